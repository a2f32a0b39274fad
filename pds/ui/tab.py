"""A tab, for any kind: its layout and which event calls what."""

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from pds.kinds.kind import Kind
from pds.ui import text
from pds.ui.form import EditForm
from pds.ui.ids import Ids
from pds.ui.making import Making
from pds.ui.opening import Opening
from pds.ui.panel import ResultPanel
from pds.ui.refining import Refining
from pds.ui.running import Running
from pds.ui.sessions import Sessions
from pds.ui.source import Source, icon_of
from pds.ui.taking import Taking
from pds.ui.wiring import answer, follow
from pds.ui.words import WordsPart
from pds.work.preset import of_kind
from pds.work.service import Service


class KindTab:
    """Builds the tab inside the present `gr.Tab`.

    Args:
        kind: what the tab edits.
        service: runs, prior, presets, assets and files.
        browser: the visitor's own memory of the runs of this tab.
        first: whether this is the page's first tab.
    """

    def __init__(self, kind: Kind, service: Service, browser: gr.BrowserState, *, first: bool):
        self.kind, self.service, self.browser = kind, service, browser
        self.ids = Ids(noun=kind.noun, first=first)
        self.sessions = Sessions()
        self.source = Source(kind, service, self.ids)
        self.form = EditForm(kind, prefix=self.ids.prefix)
        presets = of_kind(service.presets, kind.key)
        intro = text.intro(kind.intro, presets=bool(presets))
        gr.Markdown(value=intro, elem_classes="intro")
        self._build_presets(presets)
        with gr.Row(elem_classes="workbench"):
            with gr.Column(scale=5, min_width=300, elem_classes="inputs"):
                self._build_inputs()
            with gr.Column(
                scale=6, min_width=300, elem_id=self.ids.of_input("result"), elem_classes="result"
            ):
                self.panel = ResultPanel(kind, self.ids)
        self.opening, self.running, self.taking = Opening(self), Running(self), Taking(self)

    def _build_presets(self, presets) -> None:
        """One button a preset: its picture and its words."""
        self.preset_buttons: dict[str, gr.Button] = {}
        if not presets:
            return
        with gr.Row(elem_id=self.ids.of_input("presets"), elem_classes="presets"):
            for key, preset in presets.items():
                self.preset_buttons[key] = gr.Button(
                    value=preset.title,
                    icon=icon_of(preset.thumbnail, preset.path),
                    min_width=96,
                    elem_classes=["preset", "starts-edit"],
                    elem_id=self.ids.of_input(f"preset-{key}"),
                )

    def _build_inputs(self) -> None:
        self.source.build()
        self.making: Making | None = None
        maker = self.kind.maker
        if maker is not None:
            label = f"Or {maker.label.lower()} one to {maker.noun}"
            with gr.Accordion(label=label, open=False):
                self.making = Making(self.kind, maker, self.ids)
        self.words = WordsPart(self.kind, self.ids)
        self.form.build_main()
        with gr.Accordion(label="Method, and what may change", open=False):
            self.form.build_choices()
        advanced = self.ids.of_input("advanced")
        with gr.Accordion(label="Advanced settings", open=False, elem_id=advanced):
            self.form.build_advanced()
        self.refining = Refining(self.ids)
        gr.Markdown(
            value=text.plain_note(self.service.prior.name),
            elem_id=self.ids.of_input("note"),
            elem_classes="plain-note",
        )

    # --- what events read and write ---------------------------------------------------------

    def opened(self) -> list[Block]:
        """What opening an asset may update."""
        seen = [*self.panel.looking.components(), *self.panel.files.components()]
        return [*self.source.components(), *self.words.components(), *self.form.components, *seen]

    def outputs(self) -> list[Block]:
        """Everything a run may update."""
        making = [] if self.making is None else self.making.shown()
        parts = [*self.refining.components(), *making, *self.panel.components(), self.browser]
        return list(dict.fromkeys([*self.opened(), *parts]))

    def reading(self) -> set[Component]:
        """Everything that says what to do."""
        making = [] if self.making is None else self.making.components()
        return {
            *self.source.held(),
            *self.words.prompts(),
            *self.form.components,
            *self.refining.settings(),
            *making,
            self.browser,
        }

    def wire(self, page: gr.Blocks) -> None:
        """Connects the widgets; call inside the page, after all tabs are built."""
        running, reading, shown = self.running, self.reading(), self.outputs()
        for key, button in self.preset_buttons.items():
            follow(button.click, running.preset_runner(key), [self.browser], shown)
        follow(self.words.edit.click, running.run_edit, reading, shown)
        follow(self.words.target.submit, running.run_edit, reading, shown)
        follow(self.refining.refine.click, running.run_refine, reading, shown)
        recipe = [self.source.recipe, self.source.key, self.browser]
        follow(self.source.recipe.upload, running.run_recipe, recipe, shown)
        follow(self.panel.history.gallery.select, running.reopen, [self.browser], shown)
        follow(page.load, running.attach, [self.browser], shown)
        stop = self.panel.progress.stop
        answer(stop.click, running.stop, None, [stop])
        if self.making is not None:
            follow(self.making.make.click, running.run_make, reading, shown)
            brought = [self.making.files, self.making.brought]
            answer(self.making.bring.upload, self.making.take, [self.making.bring], brought)
        self._wire_source(page)
        self._wire_result()
        page.unload(running.leave)

    def _wire_source(self, page: gr.Blocks) -> None:
        opening, opened = self.opening, self.opened()
        answer(self.source.upload.upload, opening.open_file, [self.source.upload], opened)
        if self.source.pasted is not None:
            # Not `input`, which a paste with the mouse does not cause.
            pasted = [self.source.pasted, self.source.key]
            answer(self.source.pasted.change, opening.open_text, pasted, opened)
        answer(self.panel.reuse.click, opening.reuse, None, opened)
        answer(self.form.dice.click, opening.new_seed, None, [self.form.seed])
        prompts = self.words.prompts()
        for prompt in prompts:
            answer(prompt.change, opening.help_words, prompts, [self.words.help])
        listed = answer(page.load, opening.list_concepts, None, [self.words.concepts])
        answer(listed.then, opening.help_words, prompts, [self.words.help])
        changed = [self.words.changed, self.words.reset]
        settings = {*self.form.components}
        answer(
            [widget.change for widget in self.form.components],
            opening.tell_changed,
            settings,
            changed,
        )
        reset = [*self.form.components, *changed]
        answer(self.words.reset.click, opening.reset, [self.source.key], reset)

    def _wire_result(self) -> None:
        taking, panel = self.taking, self.panel
        files, orbit = panel.files, panel.orbit
        chosen = {self.source.key, *files.settings_components()}
        for output in self.kind.outputs:
            if output.key in files.makers:
                button = files.makers[output.key]
                follow(button.click, taking.exporter(output), chosen, files.components())
        for settings, group in files.groups.items():
            answer(
                [widget.change for widget in group.components],
                taking.chooser(settings),
                chosen,
                files.components(),
                line="write",
            )
        answer(files.stop.click, taking.stop_export, [self.source.key], [files.stop])
        if files.model is not None:
            answer(files.model_path.change, files.show_model, [files.model_path], [files.model])
        if orbit is not None:
            seen = [*orbit.components(), files.status, files.stop]
            looks = {self.source.key, *orbit.controls()}
            answer(
                [control.input for control in orbit.controls()],
                taking.look,
                looks,
                seen,
                line="look",
            )
