"""Arguments of endpoints: made of the declarations of settings, or widgets that nobody sees."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from pds.settings import Declaration, Number, Settings


def called(function: Callable[..., Any], name: str, renamed: Mapping[str, str]) -> Any:
    """The function under another name, as are some of its arguments."""
    signature = inspect.signature(function)
    parameters = [
        parameter.replace(name=renamed.get(key, key))
        for key, parameter in signature.parameters.items()
    ]

    def renamed_one(*values: Any) -> Any:
        return function(*values)

    renamed_one.__name__ = name
    renamed_one.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return renamed_one


class Arguments:
    """The arguments of an endpoint: some texts, then one for every declared setting.

    A setting is called as its option of the command line, without dashes.

    Args:
        texts: with their defaults; None where there is none.
        classes: of the settings.
    """

    def __init__(self, texts: Mapping[str, str | None], classes: tuple[type[Settings], ...]):
        self._defaults: dict[str, Any] = dict(texts)
        self._types: dict[str, Any] = dict.fromkeys(texts, str)
        for cls in classes:
            defaults = cls.defaults()
            for field, declaration in cls.declarations().items():
                default = defaults[field]
                listed = list(default) if isinstance(default, tuple) else default
                self._defaults[_name(declaration)] = listed
                self._types[_name(declaration)] = _type(declaration, default)
        # Python wants those without a default first.
        self._order = sorted(self._defaults, key=lambda name: self._defaults[name] is not None)

    def read(self, values: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
        """What was given, by name, with the defaults of the rest."""
        return {**self._defaults, **dict(zip(self._order, values, strict=False)), **named}

    def fields(self, given: Mapping[str, Any], cls: type[Settings]) -> dict[str, Any]:
        """The settings of a class, by field."""
        return {field: given[_name(d)] for field, d in cls.declarations().items()}

    def named(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The function with this name and these arguments, as Gradio reads them."""
        none = inspect.Parameter.empty
        parameters = [
            inspect.Parameter(
                argument,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=none if self._defaults[argument] is None else self._defaults[argument],
                annotation=self._types[argument],
            )
            for argument in self._order
        ]
        function.__name__ = name
        function.__signature__ = inspect.Signature(parameters, return_annotation=dict[str, Any])  # type: ignore[attr-defined]
        function.__annotations__ = {**self._types, "return": dict[str, Any]}
        return function


def _name(declaration: Declaration) -> str:
    return declaration.flag.removeprefix("--").replace("-", "_")


def _type(declaration: Declaration, default: Any) -> Any:
    """What the schema says of a setting."""
    if isinstance(declaration, Number):
        return int if declaration.whole else float
    if isinstance(default, tuple):
        return list[str]
    return type(default)


class Widgets:
    """Widgets that nobody sees: what endpoints with files are made of."""

    def __init__(self) -> None:
        self.file = gr.File(label="file")
        self.words = [gr.Textbox(label=label) for label in ("source", "target")]
        self.settings = gr.JSON(label="settings", value={})
        self.out = [gr.File(label="result"), gr.JSON(label="facts")]

    def add(self, function: Callable[..., Any], inputs: list[Any], description: str) -> None:
        """Adds an endpoint that is called as the function is."""
        gr.on(
            triggers=[],
            fn=function,
            inputs=inputs,
            outputs=self.out,
            api_name=function.__name__,
            api_description=description,
            concurrency_limit=None,
            show_progress="hidden",
        )
