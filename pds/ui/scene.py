"""The Scene tab: its layout and which event calls what."""

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from pds.ui import form, scene_form, scene_text
from pds.ui.scene_desk import SceneDesk
from pds.ui.scene_events import SceneEvents
from pds.ui.scene_orders import CAPTURE_ENDINGS
from pds.ui.scene_result import ScenePanel
from pds.ui.wiring import answer, follow


class SceneTab:
    """Builds the tab inside the present `gr.Tab`.

    Args:
        desk: runs, prior, presets, scenes and files.
        browser: the visitor's own memory of the runs of this tab.
    """

    def __init__(self, desk: SceneDesk, browser: gr.BrowserState):
        self.desk = desk
        self.browser = browser
        self.fit_widgets: dict[str, Component] = {}
        self.edit_widgets: dict[str, Component] = {}
        self.refine_widgets: dict[str, Component] = {}
        self.key = gr.State(value="")  # of the open scene
        self.name = gr.State(value="scene")
        self.files = gr.State(value=[])  # what was brought to be fitted
        gr.Markdown(value=scene_text.INTRO, elem_classes="intro")
        self.presets = self._build_presets()
        with gr.Row(elem_classes="workbench"):
            with gr.Column(scale=5, min_width=300, elem_classes="inputs"):
                self._build_source()
                self._build_edit()
                self._build_refine()
                gr.Markdown(value=scene_text.note(desk.prior.name), elem_classes="plain-note")
            with gr.Column(scale=6, min_width=300, elem_id="scene-result", elem_classes="result"):
                self.result = ScenePanel("scene")
        self.events = SceneEvents(self)

    def _build_presets(self) -> dict[str, gr.Button]:
        """One button a preset: its picture and its words."""
        buttons = {}
        with gr.Row(elem_id="scene-presets", elem_classes="presets"):
            for key, preset in self.desk.presets.items():
                buttons[key] = gr.Button(
                    value=preset.title,
                    icon=None if preset.thumbnail is None else str(preset.thumbnail),
                    min_width=96,
                    elem_classes=["preset", "starts-edit"],
                    elem_id=f"scene-preset-{key}",
                )
        return buttons

    def _build_source(self) -> None:
        gr.Markdown(value=scene_text.SCENE_HEADING, elem_classes="step")
        self.source = gr.Image(
            label="Source scene",
            show_label=False,
            interactive=False,
            buttons=[],
            placeholder="The open scene appears here.",
            alt_text="The source scene.",
            elem_id="scene-source",
            elem_classes=["picture", "source-picture"],
        )
        self.about = gr.Markdown(value="", elem_id="scene-about")
        with gr.Row():
            self.open_scene = gr.UploadButton(
                label="Open a scene", file_types=[".safetensors"], size="sm", min_width=120
            )
            self.load_recipe = gr.UploadButton(
                label="Open a recipe",
                file_types=[".json"],
                size="sm",
                min_width=120,
                elem_classes="starts-edit",
            )
        with gr.Accordion(label="Or fit one to photos, a video or a capture", open=False):
            self._build_fit()

    def _build_fit(self) -> None:
        gr.Markdown(value=scene_text.BRING_NOTE, elem_classes="plain-note")
        self.bring = gr.UploadButton(
            label="Bring photos, a video or a zip",
            file_types=list(CAPTURE_ENDINGS),
            file_count="multiple",
            size="sm",
            elem_id="bring",
        )
        self.brought = gr.Markdown(value="", elem_id="brought", elem_classes="only-messages")
        self.fit_widgets |= scene_form.fit_main_widgets()
        self.resume = gr.Checkbox(
            label="Go on from the open scene",
            info="If it was fitted to the same pictures before.",
            value=False,
            elem_id="resume",
        )
        self.fit = gr.Button(
            value="Fit", variant="primary", elem_id="fit", elem_classes="starts-edit"
        )
        with gr.Accordion(label="More settings of the fit", open=False):
            self.fit_widgets |= scene_form.fit_more_widgets()

    def _build_edit(self) -> None:
        gr.Markdown(value=scene_text.EDIT_HEADING, elem_classes="step")
        with gr.Group():
            self.edit_widgets["source_prompt"] = gr.Textbox(
                label="What the scene shows", placeholder="a 3D model of a deer", max_lines=3
            )
            self.edit_widgets["target_prompt"] = gr.Textbox(
                label="What the scene should show",
                placeholder="a 3D model of a unicorn",
                max_lines=3,
            )
        self.word_help = gr.Markdown(
            value="", elem_id="scene-word-help", elem_classes="only-messages"
        )
        self.edit = gr.Button(
            value="Edit", variant="primary", elem_id="scene-edit", elem_classes="starts-edit"
        )
        with gr.Accordion(label="Words this page's model knows", open=False):
            self.concepts = gr.Markdown(value='<p class="help">The model is being loaded…</p>')
        self.edit_widgets |= scene_form.main_widgets()
        self.edit_widgets["seed"], self.dice = form.seed_row("scene-dice")
        with gr.Accordion(label="Method, and what may change", open=False):
            self.edit_widgets |= scene_form.choice_widgets()
        with gr.Accordion(label="Advanced settings", open=False):
            self.edit_widgets |= scene_form.advanced_widgets()

    def _build_refine(self) -> None:
        gr.Markdown(value=scene_text.REFINE_HEADING, elem_classes="step")
        gr.Markdown(value=scene_text.REFINE_NOTE, elem_classes="plain-note")
        self.refine = gr.Button(
            value="Refine the result",
            interactive=False,
            elem_id="refine",
            elem_classes="starts-edit",
        )
        with gr.Accordion(label="Settings of the refinement", open=False):
            self.refine_widgets |= scene_form.refine_widgets()

    def opened(self) -> list[Block]:
        """What opening a scene may update."""
        return [
            self.source,
            self.about,
            self.key,
            self.name,
            self.edit_widgets["source_prompt"],
            *self.result.look_components(),
            *self.result.export_components(),
        ]

    def outputs(self) -> list[Block]:
        """Everything a run may update."""
        return list(
            dict.fromkeys(
                [
                    *self.fit_widgets.values(),
                    *self.edit_widgets.values(),
                    *self.refine_widgets.values(),
                    *self.opened(),
                    self.files,
                    self.brought,
                    self.resume,
                    self.word_help,
                    self.fit,
                    self.edit,
                    self.refine,
                    *self.result.components(),
                    self.browser,
                ]
            )
        )

    def wire(self, page: gr.Blocks) -> None:
        """Connects the widgets; call inside the page, after all tabs are built."""
        events, shown = self.events, self.outputs()
        for key, button in self.presets.items():
            follow(button.click, events.preset_runner(key), [self.browser], shown)
        held = {self.key, self.name, self.files, self.browser}
        fitted = held | {self.resume, *self.fit_widgets.values()}
        edited = held | {*self.edit_widgets.values()}
        follow(self.fit.click, events.run_fit, fitted, shown)
        follow(self.edit.click, events.run_edit, edited, shown)
        target_prompt = self.edit_widgets["target_prompt"]
        follow(target_prompt.submit, events.run_edit, edited, shown)
        refined = held | {*self.refine_widgets.values()}
        follow(self.refine.click, events.run_refine, refined, shown)
        recipe = [self.load_recipe, self.key, self.browser]
        follow(self.load_recipe.upload, events.run_recipe, recipe, shown)
        follow(self.result.history.select, events.reopen, [self.browser], shown)
        follow(page.load, events.attach, [self.browser], shown)
        answer(self.result.stop.click, events.stop, None, [self.result.stop])
        answer(self.open_scene.upload, events.open_file, [self.open_scene], self.opened())
        brought = [self.files, self.brought]
        answer(self.bring.upload, events.bring_files, [self.bring], brought)
        answer(self.result.reuse.click, events.reuse, None, [*self.opened(), target_prompt])
        answer(self.dice.click, events.new_seed, None, [self.edit_widgets["seed"]])
        for prompt in self._prompts():
            answer(prompt.change, events.help_words, self._prompts(), [self.word_help])
        listed = answer(page.load, events.list_concepts, None, [self.concepts])
        answer(listed.then, events.help_words, self._prompts(), [self.word_help])
        self._wire_result()
        page.unload(events.leave)

    def _wire_result(self) -> None:
        panel, events = self.result, self.events
        orbit = [panel.azimuth, panel.elevation, panel.what, panel.picture_px, self.key]
        for listen in (
            panel.azimuth.input,
            panel.elevation.input,
            panel.what.input,
            panel.picture_px.input,
        ):
            answer(listen, events.look, orbit, panel.look_components(), line="look")
        for kind, button in panel.makers.items():
            size = [panel.film_px]
            follow(button.click, events.exporter(kind), size, panel.export_components())
        answer(panel.model_path.change, panel.show_model, [panel.model_path], [panel.model])
        answer(panel.stop_export.click, events.stop_export, None, [panel.stop_export])

    def _prompts(self) -> list[Component]:
        return [self.edit_widgets["source_prompt"], self.edit_widgets["target_prompt"]]
