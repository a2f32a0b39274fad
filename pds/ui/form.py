"""The settings of an edit, and of everything else, as widgets; both ways."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from gradio.components import Component

from pds.engine.distil import DistilSettings
from pds.engine.methods import METHODS, PDS, Method, method_class
from pds.kinds.kind import Kind
from pds.settings import Choice, Declaration, Settings, Several
from pds.settings.declaration import LEVELS
from pds.ui.widgets import Field, Updates, Values, make_field, shown

DICE = Path(__file__).parent / "dice.svg"


class Group:
    """Settings that belong together, as widgets.

    Args:
        *settings: their classes; what two of them declare alike is one widget.
        prefix: of the widgets' ids.
    """

    def __init__(self, *settings: type[Settings], prefix: str):
        self.fields: dict[str, Field] = {}
        for each in settings:
            defaults = each.defaults()
            for name, declaration in each.declarations().items():
                elem_id = f"{prefix}{name}".replace("_", "-")
                field = make_field(name, declaration, defaults[name], elem_id=elem_id)
                self.fields.setdefault(name, field)

    def at(self, *levels: str) -> list[Field]:
        """The fields of these levels, in order."""
        return [field for field in self.fields.values() if field.declaration.level in levels]

    @property
    def components(self) -> list[Component]:
        """All widgets that are built."""
        return [widget for field in self.fields.values() for widget in field.components]

    def read(self, settings: type[Settings], values: Values) -> Any:
        """One of the classes, out of the widgets' values.

        Raises:
            ConfigError: a setting out of its range.
        """
        return settings(**{name: self.fields[name].read(values) for name in settings.model_fields})

    def fill(self, settings: Settings, parts: Sequence[str] = ()) -> Updates:
        """Updates that show settings."""
        updates: Updates = {}
        for name, value in settings.as_fields().items():
            updates |= self.fields[name].fill(value, parts)
        return updates

    def changed(self, settings: Settings) -> Iterator[str]:
        """What differs from the defaults, such as "Steps 150"."""
        for name, value in settings.changed().items():
            told = self.fields[name].declaration
            yield f"{told.label} {worded(told, value)}"


def worded(told: Declaration, value: Any) -> str:
    """A value in the words of its widget."""
    if isinstance(told, Choice):
        return told.labels[value]
    if isinstance(told, Several):
        return ", ".join(told.labels[item] for item in value)
    return told.shown(value)


class Edit(NamedTuple):
    """The settings of an edit: everything of a recipe but asset, prompts, prior and refinement."""

    method: Method
    run: DistilSettings
    own: Settings


class EditForm:
    """The settings of an edit of one kind, as widgets.

    Args:
        kind: of what is edited.
        prefix: of the widgets' ids.
    """

    def __init__(self, kind: Kind, *, prefix: str):
        self.kind, self.prefix = kind, prefix
        self.methods = Group(*METHODS.values(), prefix=prefix)
        self.run = Group(DistilSettings, prefix=prefix)
        self.own = Group(kind.Settings, prefix=prefix)
        self._groups = (self.methods, self.run, self.own)
        self._seed = self.run.fields["seed"]
        steps = self.run.fields["steps"]
        steps.declaration = replace(steps.declaration, slider=kind.steps_slider)

    def build_main(self) -> None:
        """What matters most, the seed last with a button for another; in the present block."""
        for field in self._at(LEVELS[0]):
            if field is not self._seed:
                field.build()
        with gr.Row(elem_classes="seed"):
            self._seed.build()
            self.dice = gr.Button(
                value="New seed",
                icon=str(DICE),
                size="sm",
                min_width=110,
                elem_id=f"{self.prefix}dice",
            )

    def build_choices(self) -> None:
        """The method, and what may change."""
        self.method = gr.Radio(
            label="Method",
            choices=shown({key: method.label for key, method in METHODS.items()}),
            value=PDS.key,
            elem_id=f"{self.prefix}method",
        )
        for field in self._at(LEVELS[1]):
            field.build()

    def build_advanced(self) -> None:
        """Everything else, for people who know the method."""
        for field in self._at(LEVELS[2]):
            field.build()

    def _at(self, level: str) -> list[Field]:
        return [field for group in self._groups for field in group.at(level)]

    @property
    def seed(self) -> Component:
        """The seed's widget."""
        return self._seed.components[0]

    @property
    def components(self) -> list[Component]:
        """All widgets of settings."""
        return [self.method, *(widget for group in self._groups for widget in group.components)]

    def defaults(self) -> Edit:
        """What is there when nobody has changed anything."""
        return Edit(PDS(), DistilSettings(), self.kind.Settings())

    def read(self, values: Values) -> Edit:
        """The settings that the widgets say.

        Raises:
            ConfigError: a setting out of its range.
        """
        return Edit(
            self.methods.read(method_class(values[self.method]), values),
            self.run.read(DistilSettings, values),
            self.own.read(self.kind.Settings, values),
        )

    def fill(self, edit: Edit, parts: Sequence[str] = ()) -> Updates:
        """Updates that show settings; what the method does not have is at its default.

        Args:
            edit: the settings.
            parts: ids of what can be locked in the open asset.
        """
        updates: Updates = {self.method: edit.method.key}
        for method in METHODS.values():
            updates |= self.methods.fill(method())
        updates |= self.methods.fill(edit.method)
        return updates | self.run.fill(edit.run) | self.own.fill(edit.own, parts)

    def changed(self, edit: Edit) -> tuple[str, ...]:
        """What differs from the defaults, in words."""
        other = () if edit.method.key == PDS.key else (f"Method {edit.method.label}",)
        return (
            *other,
            *self.methods.changed(edit.method),
            *self.run.changed(edit.run),
            *self.own.changed(edit.own),
        )
