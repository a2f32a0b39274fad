"""What can be taken away of a result: buttons, settings and viewers, made of a kind's outputs."""

from collections.abc import Mapping
from pathlib import Path

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from pds.kinds.output import NoSettings, Output
from pds.settings import Settings
from pds.ui import text
from pds.ui.form import Group
from pds.ui.ids import Ids
from pds.ui.widgets import Updates, Values
from pds.work.record import JobView

FILM, MESH = ".mp4", ".glb"


class Files:
    """Builds its widgets piece by piece in the present layout block and makes their updates.

    Args:
        outputs: of the kind.
        ids: of the tab.
    """

    def __init__(self, outputs: tuple[Output, ...], ids: Ids):
        self.outputs, self.ids = outputs, ids
        self.buttons: dict[str, gr.DownloadButton] = {}
        self.makers: dict[str, gr.Button] = {}
        self.groups: dict[type[Settings], Group] = {}
        self.video: gr.Video | None = None
        self.model: gr.Model3D | None = None
        has_films = any(has(output, FILM) and not at_once(output) for output in outputs)
        self.films = [o for o in outputs if has_films and has(o, FILM)]
        self.meshes = [o for o in outputs if has(o, MESH)]
        self.others = [o for o in outputs if o not in self.films and o not in self.meshes]

    # --- layout -----------------------------------------------------------------------------

    def build_films(self) -> None:
        """Films that are made when asked for, and what plays them."""
        self.video = gr.Video(
            label="Film",
            show_label=False,
            interactive=False,
            loop=True,
            autoplay=False,
            buttons=[],
            visible=False,
            elem_id=self.ids.of_result("film"),
            elem_classes=["picture", "film"],
        )
        for output in self.films:
            self._build_output(output)

    def build_meshes(self) -> None:
        """Meshes, and what shows them."""
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
            elem_id=self.ids.of_result("mesh"),
        )
        for output in self.meshes:
            self._build_output(output)

    def build_others(self) -> None:
        """Everything else, and how an export goes."""
        self.status = gr.Markdown(
            value="", elem_id=self.ids.of_result("export-status"), elem_classes="only-status"
        )
        self.stop = gr.Button(
            value="Stop the export",
            size="sm",
            visible=False,
            elem_id=self.ids.of_result("stop-export"),
        )
        plain = [output for output in self.others if output.Settings is NoSettings]
        with gr.Row(elem_classes="downloads"):
            for output in plain:
                self._build_buttons(output)
        for output in self.others:
            if output not in plain:
                self._build_output(output)

    def _build_output(self, output: Output) -> None:
        with gr.Row(elem_classes="downloads"):
            if output.Settings is not NoSettings and output.Settings not in self.groups:
                group = Group(output.Settings, prefix=self.ids.of_result(f"{output.key}-"))
                self.groups[output.Settings] = group
                for field in group.at("main"):
                    field.build()
                rest = group.at("choice", "advanced")
            else:
                rest = []
            if not at_once(output):
                self.makers[output.key] = gr.Button(
                    value=output.label,
                    size="sm",
                    min_width=120,
                    elem_id=self.ids.of_result(f"make-{output.key}"),
                )
            self._build_buttons(output)
        if rest:
            with gr.Accordion(label=f"More of {output.Settings.title}", open=False), gr.Row():
                for field in rest:
                    field.build()
        if output.note:
            gr.Markdown(value=output.note, elem_classes="plain-note")

    def _build_buttons(self, output: Output) -> None:
        for file in output.files:
            self.buttons[file.key] = gr.DownloadButton(
                label=file.label,
                size="sm",
                interactive=False,
                min_width=150,
                elem_id=self.ids.of_result(f"download-{file.key}"),
            )

    # --- settings ---------------------------------------------------------------------------

    def settings_components(self) -> list[Component]:
        """All widgets of settings."""
        return [widget for group in self.groups.values() for widget in group.components]

    def read(self, output: Output, values: Values) -> Settings:
        """The settings of an output, as its widgets say.

        Raises:
            ConfigError: a setting out of its range.
        """
        group = self.groups.get(output.Settings)
        return output.Settings() if group is None else group.read(output.Settings, values)

    # --- updates ----------------------------------------------------------------------------

    def components(self) -> list[Block]:
        """Everything that a run, or an export, may update."""
        viewers = [] if self.video is None else [self.video]
        if self.model is not None:
            viewers.append(self.model_path)
        return [self.status, self.stop, *viewers, *self.buttons.values()]

    def cleared(self) -> Updates:
        """Nothing is there (yet)."""
        updates: Updates = {self.status: "", self.stop: gr.update(visible=False)}
        if self.video is not None:
            updates[self.video] = gr.update(value=None, visible=False)
        if self.model is not None:
            updates[self.model_path] = None
        return updates | {button: gr.update(interactive=False) for button in self.buttons.values()}

    def ready(self, paths: Mapping[str, Path]) -> Updates:
        """Files that can be taken away, by key."""
        return {
            self.buttons[key]: gr.update(value=str(path), interactive=True)
            for key, path in paths.items()
        }

    def going(self, output: Output, view: JobView) -> Updates:
        """An export on its way, or its end without files."""
        going = not view.finished
        return {
            self.status: text.status_html(view, doing=output.Settings.title.removeprefix("the ")),
            self.stop: gr.update(visible=going, interactive=going),
        }

    def made(self, output: Output, paths: Mapping[str, Path]) -> Updates:
        """The files of a finished export, the last film and the mesh in their viewers."""
        updates = self.ready(paths) | {self.status: "", self.stop: gr.update(visible=False)}
        films = [path for path in paths.values() if path.suffix == FILM]
        meshes = [path for path in paths.values() if path.suffix == MESH]
        if films and self.video is not None:
            updates[self.video] = gr.update(value=str(films[-1]), visible=True)
        if meshes and self.model is not None:
            updates[self.model_path] = str(meshes[-1])
        return updates

    def show_model(self, path: str | None) -> Updates:
        """The mesh in its viewer, or no viewer."""
        return {self.model: path}

    def refused(self, sentence: str) -> Updates:
        """An export or a view that could not be made."""
        return {
            self.status: text.idle_html(sentence, kind="failed"),
            self.stop: gr.update(visible=False),
        }


def has(output: Output, ending: str) -> bool:
    """Whether it writes a file with that ending."""
    return any(file.ending == ending for file in output.files)


def at_once(output: Output) -> bool:
    """Whether it is written at the end of a run without being asked for."""
    return output.quick or output.Settings is NoSettings
