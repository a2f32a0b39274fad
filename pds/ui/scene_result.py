"""The result side of the Scene tab: live view, looking around, films, mesh, files, history."""

from collections.abc import Mapping

import gradio as gr
from gradio.blocks import Block

from pds.ui import scene_text, text
from pds.ui.form import choices
from pds.ui.result import ResultPanel, Updates
from pds.ui.scene_desk import FILM_PX
from pds.ui.scene_exports import FILES, TITLES
from pds.ui.scene_store import FROM_AZIMUTH_DEG, FROM_ELEVATION_DEG, SHOWN_PX, View
from pds.work.record import JobView

PICTURES = ("color", "depth", "normals")
PICTURE_SIZES = (256, 384, 512, 768, 1024)
FILM_SIZES = (128, 256, 384, 512)


class ScenePanel(ResultPanel):
    """Builds its widgets in the present layout block and makes their updates."""

    def __init__(self, prefix: str):
        super().__init__(prefix, thing="scene")
        self.buttons: dict[str, gr.DownloadButton] = {}
        self.makers: dict[str, gr.Button] = {}
        with gr.Tabs(elem_id="scene-views") as self.tabs:
            with gr.Tab(label="Live", id="live", elem_id="live-tab"):
                self.build_preview()
            with gr.Tab(label="Look around", id="look", elem_id="look-tab"):
                self._build_look()
            with gr.Tab(label="Films", id="films", elem_id="films-tab"):
                self._build_films()
            with gr.Tab(label="Mesh", id="mesh", elem_id="mesh-tab"):
                self._build_mesh()
        self.build_progress(scene_text.IDLE)
        self._build_files()
        self.build_reuse()
        self.build_history()

    def _build_look(self) -> None:
        self.look = gr.Image(
            label="The scene from here",
            show_label=False,
            interactive=False,
            buttons=["fullscreen"],
            placeholder="Move a slider.",
            alt_text="The scene from the chosen side.",
            elem_id="scene-look",
            elem_classes=["picture", "look"],
        )
        self.look_both = gr.ImageSlider(
            label="Source and result from here",
            show_label=False,
            interactive=False,
            visible=False,
            buttons=["fullscreen"],
            max_height=420,
            elem_id="scene-look-both",
            elem_classes=["picture", "compare"],
        )
        self.azimuth = gr.Slider(
            label="Around, in degrees",
            minimum=-180,
            maximum=180,
            step=5,
            value=FROM_AZIMUTH_DEG,
            elem_id="azimuth",
        )
        self.elevation = gr.Slider(
            label="Up or down, in degrees",
            minimum=-85,
            maximum=85,
            step=5,
            value=FROM_ELEVATION_DEG,
            elem_id="elevation",
        )
        self.what = gr.Radio(
            label="What is shown",
            show_label=False,
            container=False,
            choices=choices(PICTURES, scene_text.WHAT_LABELS),
            value="color",
            elem_id="look-what",
        )
        with gr.Row(elem_classes="downloads"):
            self.picture_px = _sizes("Size of the picture", PICTURE_SIZES, SHOWN_PX, "look-size")
            self.buttons["png"] = self.download("Picture, PNG", "png")
        gr.Markdown(value=scene_text.LOOK_NOTE, elem_classes="plain-note")

    def _build_films(self) -> None:
        self.video = gr.Video(
            label="Turntable",
            show_label=False,
            interactive=False,
            loop=True,
            autoplay=False,
            buttons=[],
            visible=False,
            elem_id="scene-film",
            elem_classes="picture",
        )
        with gr.Row(elem_classes="downloads"):
            self.film_px = _sizes("Size of the films", FILM_SIZES, FILM_PX, "film-size")
            self._maker("turntable", "Make the turntable")
        with gr.Row(elem_classes="downloads"):
            self.buttons["turntable"] = self.download("Turntable, MP4", "turntable")
            self.buttons["turntable-webp"] = self.download("Turntable, WebP", "turntable-webp")
            self.buttons["before-after"] = self.download("Before and after", "before-after")
        with gr.Row(elem_classes="downloads"):
            self._maker("depth", "Make a depth film")
            self.buttons["depth"] = self.download("Depth, MP4", "depth")
            self.buttons["process"] = self.download("Process, MP4", "process")

    def _build_mesh(self) -> None:
        gr.Markdown(value=scene_text.MESH_NOTE, elem_classes="plain-note")
        # The viewer of Gradio 6.31 stays empty if anything else of it changes while it loads: it is
        # always visible, and an event of its own sets it once.
        self.model_path = gr.State(value=None)
        self.model = gr.Model3D(
            label="Mesh",
            show_label=False,
            interactive=False,
            display_mode="solid",
            clear_color=(1.0, 1.0, 1.0, 1.0),
            height=360,
            buttons=[],
            elem_id="scene-mesh",
        )
        with gr.Row(elem_classes="downloads"):
            self._maker("mesh", "Make the mesh")
            self.buttons["glb"] = self.download("Mesh, GLB", "glb")
            self.buttons["ply"] = self.download("Mesh, PLY", "ply")

    def _build_files(self) -> None:
        self.export_status = gr.Markdown(
            value="", elem_id="export-status", elem_classes="only-status"
        )
        self.stop_export = gr.Button(
            value="Stop the export", size="sm", visible=False, elem_id="stop-export"
        )
        with gr.Row(elem_classes="downloads"):
            self.buttons["scene"] = self.download("Scene file", "scene")
            self.buttons["recipe"] = self.download("Recipe", "recipe")
            self._maker("capture", "Make a capture")
            self.buttons["capture"] = self.download("Capture, zip", "capture")

        gr.Markdown(value=scene_text.TAKE_NOTE, elem_classes="plain-note")

    def _maker(self, kind: str, label: str) -> None:
        self.makers[kind] = gr.Button(value=label, size="sm", min_width=120, elem_id=f"make-{kind}")

    def file_buttons(self) -> dict[str, gr.DownloadButton]:
        return self.buttons

    def components(self) -> list[Block]:
        own = [self.tabs, *self.export_components(), *self.look_components()]
        return [*super().components(), *own]

    def export_components(self) -> list[Block]:
        """Everything that an export may update."""
        return [
            self.export_status,
            self.stop_export,
            self.video,
            self.model_path,
            *(self.buttons[name] for files in FILES.values() for name in files),
        ]

    def look_components(self) -> list[Block]:
        """Everything that the orbit control may update."""
        shown = [self.look, self.look_both, self.buttons["png"], self.export_status]
        return [*shown, self.azimuth, self.elevation]

    def started(self, picture: str | None, view: JobView) -> Updates:
        live = {self.tabs: gr.update(selected="live")}
        return super().started(picture, view) | self.cleared() | self.looked(picture, None) | live

    def compared(self, before: str | None, after: str | None) -> Updates:
        """The end of a run: source and result under one slider, in view."""
        return self.looked(before, after) | {self.tabs: gr.update(selected="look")}

    def cleared(self) -> Updates:
        """Nothing is exported (yet)."""
        files = (self.buttons[name] for names in FILES.values() for name in names)
        return {
            self.export_status: "",
            self.stop_export: gr.update(visible=False),
            self.video: gr.update(value=None, visible=False),
            self.model_path: None,
            **{button: gr.update(interactive=False) for button in files},
        }

    def looked(self, before: str | None, after: str | None) -> Updates:
        """A view of the source and of the result, by path, as far as there are any."""
        both = before is not None and after is not None
        shown = after or before
        updates: Updates = {
            self.look: gr.update(value=None if both else shown, visible=not both),
            self.look_both: gr.update(value=(before, after) if both else None, visible=both),
        }
        if shown is not None:
            updates[self.buttons["png"]] = gr.update(value=shown, interactive=True)
        return updates

    def turned(self, view: View) -> Updates:
        """The orbit control at this view."""
        return {self.azimuth: view.azimuth_deg, self.elevation: view.elevation_deg}

    def exporting(self, kind: str, view: JobView) -> Updates:
        """An export on its way, or its end without files."""
        note = scene_text.going(TITLES[kind], view.message)
        going = not view.finished
        return {
            self.export_status: text.status_html(view, note=note),
            self.stop_export: gr.update(visible=going, interactive=going),
        }

    def exported(self, kind: str, files: Mapping[str, str]) -> Updates:
        """The files of a finished export."""
        updates = self.files(files) | {
            self.export_status: "",
            self.stop_export: gr.update(visible=False),
        }
        if kind == "turntable":
            film = files.get("before-after", files["turntable"])
            updates[self.video] = gr.update(value=film, visible=True)
        if kind == "mesh":
            updates[self.model_path] = files["glb"]
        return updates

    def show_model(self, path: str | None) -> Updates:
        """The mesh in its viewer, or no viewer."""
        return {self.model: path}

    def export_error(self, sentence: str) -> Updates:
        """An export or a view that could not be made."""
        return {
            self.export_status: text.idle_html(sentence, kind="failed"),
            self.stop_export: gr.update(visible=False),
        }


def _sizes(label: str, sizes: tuple[int, ...], value: int, elem_id: str) -> gr.Dropdown:
    return gr.Dropdown(
        label=label,
        show_label=False,
        container=False,
        choices=[(f"{size} px", size) for size in sizes],
        value=value,
        interactive=True,
        min_width=90,
        elem_id=elem_id,
    )
