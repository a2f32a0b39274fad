"""The Drawing tab: its layout and which event calls what."""

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from pds.ui import form, text
from pds.ui.drawing_desk import DrawingDesk
from pds.ui.drawing_events import DrawingEvents
from pds.ui.drawing_result import DrawingPanel
from pds.ui.wiring import answer, follow


class DrawingTab:
    """Builds the tab inside the present `gr.Tab`.

    Args:
        desk: runs, prior, presets and files.
        browser: the visitor's own memory of run ids, shared by the tabs of a page.
    """

    def __init__(self, desk: DrawingDesk, browser: gr.BrowserState):
        self.desk = desk
        self.browser = browser
        self.widgets: dict[str, Component] = {}
        self.name = gr.State(value="drawing")
        self.opened = gr.State(value="")  # the text that the picture shows
        gr.Markdown(value=text.DRAWING_INTRO, elem_classes="intro")
        self.presets = self._build_presets()
        with gr.Row(elem_classes="workbench"):
            with gr.Column(scale=5, min_width=300, elem_classes="inputs"):
                self._build_source()
                self._build_prompts()
                self._build_settings()
                gr.Markdown(
                    value=text.plain_note(desk.prior.name),
                    elem_id="note",
                    elem_classes="plain-note",
                )
            with gr.Column(scale=6, min_width=300, elem_id="result", elem_classes="result"):
                self.result = DrawingPanel("drawing")
        self.events = DrawingEvents(self)

    def _build_presets(self) -> dict[str, gr.Button]:
        """One button a preset: its picture and its words."""
        buttons = {}
        with gr.Row(elem_id="presets", elem_classes="presets"):
            for key, preset in self.desk.presets.items():
                buttons[key] = gr.Button(
                    value=preset.title,
                    icon=str(preset.thumbnail or preset.drawing),
                    min_width=96,
                    elem_classes=["preset", "starts-edit"],
                    elem_id=f"preset-{key}",
                )
        return buttons

    def _build_source(self) -> None:
        self.source = gr.Image(
            label="Source drawing",
            show_label=False,
            interactive=False,
            buttons=[],
            alt_text="The source drawing.",
            elem_id="source-picture",
            elem_classes=["picture", "source-picture"],
        )
        with gr.Row():
            self.upload = gr.UploadButton(
                label="Open an SVG", file_types=[".svg"], size="sm", min_width=120
            )
            self.load_recipe = gr.UploadButton(
                label="Open a recipe",
                file_types=[".json"],
                size="sm",
                min_width=120,
                elem_classes="starts-edit",
            )
        with gr.Accordion(label="Paste SVG text", open=False):
            self.svg_text = gr.Textbox(
                label="SVG text",
                lines=5,
                max_lines=10,
                placeholder="<svg …",
                elem_id="svg-text",
            )
        self.source_notes = gr.Markdown(
            value="", elem_id="source-notes", elem_classes="only-messages"
        )

    def _build_prompts(self) -> None:
        with gr.Group():
            self.widgets["source_prompt"] = gr.Textbox(
                label="What the drawing shows", placeholder="a drawing of a cat", max_lines=3
            )
            self.widgets["target_prompt"] = gr.Textbox(
                label="What it should become", placeholder="a drawing of a dog", max_lines=3
            )
        self.word_help = gr.Markdown(value="", elem_id="word-help", elem_classes="only-messages")
        self.edit = gr.Button(
            value="Edit", variant="primary", elem_id="edit", elem_classes="starts-edit"
        )
        with gr.Accordion(label="Words this page's model knows", open=False):
            self.concepts = gr.Markdown(value='<p class="help">The model is being loaded…</p>')

    def _build_settings(self) -> None:
        self.widgets |= form.main_widgets()
        self.widgets["seed"], self.dice = form.seed_row("dice")
        with gr.Accordion(label="Method, and what may change", open=False):
            self.widgets |= form.choice_widgets()
        with gr.Accordion(label="Advanced settings", open=False, elem_id="advanced"):
            self.widgets |= form.advanced_widgets()

    def outputs(self) -> list[Block]:
        """Everything a run may update."""
        return [
            *self.widgets.values(),
            self.name,
            self.opened,
            self.source,
            self.svg_text,
            self.source_notes,
            self.word_help,
            self.edit,
            *self.result.components(),
            self.result.png_size,
            self.browser,
        ]

    def wire(self, page: gr.Blocks) -> None:
        """Connects the widgets; call inside the page, after all tabs are built."""
        events, shown = self.events, self.outputs()
        for key, button in self.presets.items():
            follow(button.click, events.preset_runner(key), [self.browser], shown)
        fields = {*self.widgets.values(), self.svg_text, self.name, self.browser}
        follow(self.edit.click, events.run_form, fields, shown)
        follow(self.widgets["target_prompt"].submit, events.run_form, fields, shown)
        follow(self.load_recipe.upload, events.run_recipe, [self.load_recipe, self.browser], shown)
        follow(self.result.history.select, events.reopen, [self.browser], shown)
        follow(page.load, events.attach, [self.browser], shown)
        answer(self.result.stop.click, events.stop, None, [self.result.stop])
        source = [self.source, self.svg_text, self.source_notes, self.name, self.opened]
        source.append(self.widgets["locked_ids"])
        answer(self.upload.upload, events.open_file, [self.upload], source)
        # Not `input`, which a paste with the mouse does not cause.
        pasted = [self.svg_text, self.opened]
        answer(self.svg_text.change, events.open_text, pasted, source)
        prompts = [self.widgets["source_prompt"], self.widgets["target_prompt"]]
        for prompt in prompts:
            answer(prompt.change, events.help_words, prompts, [self.word_help])
        answer(self.dice.click, events.new_seed, None, [self.widgets["seed"]])
        reused = [*source, *prompts]
        answer(self.result.reuse.click, events.reuse, None, reused)
        size = self.result.png_size
        answer(size.input, events.resize, [size], [self.result.png, self.result.status])
        listed = answer(page.load, events.list_concepts, None, [self.concepts])
        answer(listed.then, events.help_words, prompts, [self.word_help])
        page.unload(events.leave)
