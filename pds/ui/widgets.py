"""A widget of every kind of setting, made of its declaration; values go both ways."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from pds.settings import Choice, Corners, Declaration, Flag, Number, Several, Words

Values = Mapping[Any, Any]
Updates = dict[Block, Any]
# Offered for a size in pixels among the settings that matter most.
SIZES_PX = (128, 256, 384, 512, 768, 1024, 1536, 2048, 4096)
WHOLE_BOX = (-1.0, -1.0, -1.0, 1.0, 1.0, 1.0)


class Field(ABC):
    """A setting as one or more widgets. Made by `make_field`, shown by `build`.

    Args:
        name: of the setting.
        declaration: what is declared of it.
        default: its value at first.
        elem_id: of the widget.
    """

    def __init__(self, name: str, declaration: Any, default: Any, elem_id: str):
        self.name, self.declaration, self.default = name, declaration, default
        self.elem_id = elem_id
        self.components: tuple[Component, ...] = ()

    @abstractmethod
    def build(self) -> None:
        """Makes the widgets, in the present layout block."""

    @abstractmethod
    def read(self, values: Values) -> Any:
        """The setting, as its declaration takes it; what cannot be is left for it to refuse."""

    @abstractmethod
    def fill(self, value: Any, parts: Sequence[str]) -> Updates:
        """Updates that show a value.

        Args:
            value: of the setting.
            parts: ids of what can be locked in the open asset.
        """

    @property
    def label(self) -> str:
        """What the widget is called."""
        return self.declaration.label


class NumberField(Field):
    """A slider where the declaration has an end for one, else a field that states its range."""

    declaration: Number

    def build(self) -> None:
        told = self.declaration
        look = {
            "label": told.label,
            "info": info(told),
            "value": self.default,
            "minimum": min(told.low, 0) if told.zero else told.low,
            "step": told.step,
            "elem_id": self.elem_id,
        }
        if told.slider:
            widget = gr.Slider(**look, maximum=told.slider)
        else:
            widget = gr.Number(**look, maximum=told.high, min_width=140)
        self.components = (widget,)

    def read(self, values: Values) -> Any:
        value = values[self.components[0]]
        if self.declaration.whole and isinstance(value, float) and value.is_integer():
            return int(value)
        return value

    def fill(self, value: Any, parts: Sequence[str]) -> Updates:
        if not self.declaration.slider:
            return {self.components[0]: value}
        # A slider ends where most people stop, and grows for a value beyond.
        end = max(value, self.declaration.slider)
        return {self.components[0]: gr.update(value=value, maximum=end)}


class SizeField(Field):
    """A size in pixels as one of some usual ones."""

    declaration: Number

    def build(self) -> None:
        told = self.declaration
        sizes = [size for size in SIZES_PX if told.low <= size <= told.high]
        choices = [(f"{size} px", size) for size in sorted({*sizes, self.default} - {0})]
        if told.zero:
            choices.insert(0, (told.zero[:1].upper() + told.zero[1:], 0))
        widget = gr.Dropdown(
            label=told.label,
            choices=choices,
            value=self.default,
            interactive=True,
            min_width=190,
            elem_id=self.elem_id,
            elem_classes="size",
        )
        self.components = (widget,)

    def read(self, values: Values) -> Any:
        return values[self.components[0]]

    def fill(self, value: Any, parts: Sequence[str]) -> Updates:
        return {self.components[0]: value}


class ChoiceField(Field):
    """One of some names."""

    declaration: Choice

    def build(self) -> None:
        widget = gr.Radio(
            label=self.declaration.label,
            choices=shown(self.declaration.labels),
            value=self.default,
            elem_id=self.elem_id,
        )
        self.components = (widget,)

    def read(self, values: Values) -> Any:
        return values[self.components[0]]

    def fill(self, value: Any, parts: Sequence[str]) -> Updates:
        return {self.components[0]: value}


class SeveralField(Field):
    """Some of some names."""

    declaration: Several

    def build(self) -> None:
        widget = gr.CheckboxGroup(
            label=self.declaration.label,
            choices=shown(self.declaration.labels),
            value=list(self.default),
            elem_id=self.elem_id,
        )
        self.components = (widget,)

    def read(self, values: Values) -> Any:
        return tuple(values[self.components[0]] or ())

    def fill(self, value: Any, parts: Sequence[str]) -> Updates:
        return {self.components[0]: list(value)}


class WordsField(Field):
    """Names that only the open asset knows."""

    declaration: Words

    def build(self) -> None:
        widget = gr.Dropdown(
            label=self.declaration.label,
            info=info(self.declaration),
            choices=[],
            value=list(self.default),
            multiselect=True,
            allow_custom_value=True,
            elem_id=self.elem_id,
        )
        self.components = (widget,)

    def read(self, values: Values) -> Any:
        return tuple(values[self.components[0]] or ())

    def fill(self, value: Any, parts: Sequence[str]) -> Updates:
        choices = list(dict.fromkeys((*parts, *value)))
        return {self.components[0]: gr.update(value=list(value), choices=choices)}


class FlagField(Field):
    """Yes or no."""

    declaration: Flag

    def build(self) -> None:
        widget = gr.Checkbox(
            label=self.declaration.label,
            info=info(self.declaration),
            value=self.default,
            elem_id=self.elem_id,
        )
        self.components = (widget,)

    def read(self, values: Values) -> Any:
        return values[self.components[0]]

    def fill(self, value: Any, parts: Sequence[str]) -> Updates:
        return {self.components[0]: value}


class CornersField(Field):
    """A box: whether there is one, and its six numbers."""

    declaration: Corners

    def build(self) -> None:
        told = self.declaration
        with gr.Accordion(label="Only inside a box", open=False):
            boxed = gr.Checkbox(
                label=told.label, info=info(told), value=False, elem_id=self.elem_id
            )
            sides = []
            for end, word in enumerate(("From", "To")):
                with gr.Row():
                    sides += [
                        gr.Number(
                            label=f"{word} {axis}",
                            value=WHOLE_BOX[3 * end + place],
                            minimum=told.low,
                            maximum=told.high,
                            step=0.05,
                            min_width=70,
                        )
                        for place, axis in enumerate(told.axes)
                    ]
        self.components = (boxed, *sides)

    def read(self, values: Values) -> Any:
        boxed, *sides = self.components
        return tuple(values[side] for side in sides) if values[boxed] else ()

    def fill(self, value: Any, parts: Sequence[str]) -> Updates:
        boxed, *sides = self.components
        return {boxed: bool(value), **dict(zip(sides, value or WHOLE_BOX, strict=True))}


FIELDS: Mapping[type[Declaration], type[Field]] = {
    Number: NumberField,
    Choice: ChoiceField,
    Several: SeveralField,
    Words: WordsField,
    Flag: FlagField,
    Corners: CornersField,
}


def make_field(name: str, declaration: Declaration, default: Any, *, elem_id: str) -> Field:
    """The field of a declaration, not built yet."""
    is_size = isinstance(declaration, Number) and declaration.unit == "px"
    if is_size and declaration.level == "main":
        return SizeField(name, declaration, default, elem_id)
    return FIELDS[type(declaration)](name, declaration, default, elem_id)


def shown(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """(shown, value) pairs, as Gradio takes them."""
    return [(label, value) for value, label in labels.items()]


def info(declaration: Declaration) -> str:
    """What a setting does, as a sentence under its label."""
    words = declaration.help
    if isinstance(declaration, Number) and declaration.zero:
        words = f"{words}; 0 is {declaration.zero}"
    return f"{words[:1].upper()}{words[1:]}."
