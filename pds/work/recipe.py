"""Recipe: everything that reproduces a run, as JSON that a person can read.

A recipe comes back from outside, so nothing in it is believed: size, syntax, keys, types and ranges
are checked, and every fault is a :class:`RecipeError` in one sentence.
"""

import dataclasses
import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pds.base.errors import ConfigError, InputError, RecipeError
from pds.base.strict_json import read_json_object
from pds.base.version import __version__
from pds.settings.config import EditConfig, SVGConfig, from_dict

RECIPE_VERSION = 1
KINDS = ("svg",)
MAX_RECIPE_BYTES = 16_000_000
MAX_NAME_CHARACTERS = 80
MAX_PRIOR_CHARACTERS = 500
_HEX_DIGITS = frozenset("0123456789abcdef")
_JSON_TYPES = {str: "text", int: "a whole number", float: "a number"}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A run, complete: the asset, the settings, and which prior saw it.

    Attributes:
        kind: what is edited; `svg` is a drawing.
        name: file stem shown to the user, see :func:`clean_name`.
        source: the text of the unedited SVG.
        edit: the engine's settings.
        svg: how the drawing takes part.
        prior: what `load_prior` is given: `built-in`, a folder or a hub id.
        prior_fingerprint: hash of the prior's weights in hex, or empty if not known.
        version: of this format.
        pds_version: of the program that wrote it; only for the reader's information.

    Raises:
        RecipeError: a field of the wrong type or out of its range.
    """

    kind: str = "svg"
    name: str = "drawing"
    source: str
    edit: EditConfig
    svg: SVGConfig = field(default_factory=SVGConfig)
    prior: str = "built-in"
    prior_fingerprint: str = ""
    version: int = RECIPE_VERSION
    pds_version: str = __version__

    def __post_init__(self):
        check_version(self.version)
        check_text("kind", self.kind, 40)
        _check_kind(self.kind)
        check_name(self.name)
        check_text("prior", self.prior, MAX_PRIOR_CHARACTERS)
        check_text("pds_version", self.pds_version, 40)
        check_text("source", self.source, MAX_RECIPE_BYTES)
        check_fingerprint("prior_fingerprint", self.prior_fingerprint)
        check_encodable(self.to_json(), "recipe")

    def to_json(self) -> str:
        """The recipe as indented JSON; `from_json` gives the equal recipe back."""
        settings = {"edit": settings_of(self.edit), "svg": settings_of(self.svg)}
        values = {**dataclasses.asdict(self), **settings}
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, data: str | bytes) -> "Recipe":
        """Reads what `to_json` wrote.

        Raises:
            RecipeError: too large, broken, from a newer version, unknown or missing keys, wrong
                types, values out of range.
        """
        configs = {"edit": EditConfig, "svg": SVGConfig}
        return read_recipe(
            cls, data, configs=configs, check_kind=_check_kind, max_bytes=MAX_RECIPE_BYTES
        )


def read_recipe(
    cls: type,
    data: str | bytes,
    *,
    configs: dict[str, type],
    check_kind: Callable[[str], None],
    max_bytes: int,
) -> Any:
    """Reads the JSON of a recipe of any kind.

    Args:
        cls: the recipe's dataclass.
        data: its JSON.
        configs: fields that are settings objects, and their classes; null is read as None where
            None is the field's default.
        check_kind: raises RecipeError for a `kind` that is not this class's.
        max_bytes: longest text accepted.

    Raises:
        RecipeError: too large, broken, from a newer version, unknown or missing keys, wrong
            types, values out of range.
    """
    try:
        values = read_json_object(data, what="The recipe", max_bytes=max_bytes)
        # First of all, since a newer version or another kind may have keys unknown here.
        check_version(values.get("version"))
        if isinstance(values.get("kind"), str):
            check_kind(values["kind"])
        absent = {f.name for f in dataclasses.fields(cls) if f.default is None}
        for name, config in configs.items():
            if name in values and not (values[name] is None and name in absent):
                values[name] = config_from_dict(config, values[name], what=f"recipe's {name}")
        return config_from_dict(cls, values, what="recipe")
    except RecipeError:
        raise
    except InputError as error:
        raise RecipeError(str(error)) from error


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise RecipeError(f"The recipe is for {kind!r}; this version knows: {', '.join(KINDS)}.")


def settings_of(config: Any) -> dict[str, Any]:
    """The fields by name; a float that was given as 15 is written as 15.0, as it is read back."""
    values = {f.name: (f.type, getattr(config, f.name)) for f in dataclasses.fields(config)}
    return {name: float(v) if kind is float else v for name, (kind, v) in values.items()}


def check_version(version: Any) -> None:
    """Raises RecipeError for a version that this program does not read."""
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RecipeError(
            "The recipe has no version number; choose a recipe that this program wrote."
        )
    if version > RECIPE_VERSION:
        raise RecipeError(
            f"The recipe is of version {version}, from a newer program; this one reads up to "
            f"version {RECIPE_VERSION}. Update the program."
        )


def check_text(name: str, value: str, longest: int) -> None:
    """Raises RecipeError for blank or overlong text."""
    if not value.strip():
        raise RecipeError(f"The recipe's {name} is empty; it must be text.")
    if len(value) > longest:
        raise RecipeError(
            f"The recipe's {name} has {len(value)} characters; at most {longest} are accepted."
        )


def check_name(name: str) -> None:
    """Raises RecipeError unless this is a plain file stem, see :func:`clean_name`."""
    check_text("name", name, MAX_NAME_CHARACTERS)
    if name != _plain_name(name):
        raise RecipeError(
            f"The recipe's name {name!r} is not a plain file name; {clean_name(name)!r} would be."
        )


def check_fingerprint(name: str, value: str) -> None:
    """Raises RecipeError unless the value is empty or at most 64 hexadecimal digits."""
    if len(value) > 64 or not set(value) <= _HEX_DIGITS:
        raise RecipeError(f"The recipe's {name} must be at most 64 hexadecimal digits.")


def check_encodable(text: str, what: str) -> None:
    """Raises RecipeError for text that cannot be stored as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RecipeError(
            f"The {what} holds half a character (a lone surrogate), which no file can store; "
            "type the text again."
        ) from error


def config_from_dict(cls: type, values: Any, *, what: str) -> Any:
    """As `config.from_dict`, and also checks missing keys and the types that JSON may get wrong.

    Whole numbers given for a float become floats, so that writing and reading is the identity.

    Raises:
        ConfigError: unknown or missing keys, a wrong type, or a value out of range.
        PromptError: an empty or overlong prompt.
    """
    if not isinstance(values, dict):
        raise ConfigError(f"The {what} settings must be an object of named values.")
    known = {f.name: f for f in dataclasses.fields(cls)}
    missing = [
        name
        for name, f in known.items()
        if f.default is dataclasses.MISSING
        and f.default_factory is dataclasses.MISSING
        and name not in values
    ]
    if missing:
        raise ConfigError(f"The {what} settings lack: {', '.join(missing)}.")
    converted = {}
    for name, value in values.items():
        kind = known[name].type if name in known else None
        whole = isinstance(value, int) and not isinstance(value, bool)
        value = float(value) if kind is float and whole else value
        _check_type(name, value, kind)
        converted[name] = value
    return from_dict(cls, converted, what=f"{what} settings")


def _check_type(name: str, value: Any, kind: Any) -> None:
    """Raises ConfigError if JSON gave a value of another type than the field's."""
    if kind == tuple[str, ...]:
        check_text_list(name, value)
    elif kind == tuple[float, ...]:
        _check_number_list(name, value)
    elif kind is bool and not isinstance(value, bool):
        raise ConfigError(f"{name} is {value!r}; it must be true or false.")
    elif kind in _JSON_TYPES and (not isinstance(value, kind) or isinstance(value, bool)):
        raise ConfigError(f"{name} is {value!r}; it must be {_JSON_TYPES[kind]}.")


def check_text_list(name: str, value: Any) -> None:
    """Raises ConfigError unless the value is a list (or tuple) of text."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{name} is {value!r}; it must be a list of text.")


def _check_number_list(name: str, value: Any) -> None:
    numbers = isinstance(value, list | tuple) and all(
        isinstance(item, int | float) and not isinstance(item, bool) for item in value
    )
    if not numbers:
        raise ConfigError(f"{name} is {value!r}; it must be a list of numbers.")


def clean_name(text: str) -> str:
    """Makes a recipe's name of any file name: no folders, no extension, nothing unprintable.

    Letters, digits and marks of any script, spaces and `-_.()+` stay; the rest becomes `_`.
    """
    stem = text.replace("\\", "/").rsplit("/", 1)[-1]
    if stem.lower().endswith((".svg", ".json", ".safetensors", ".zip")):
        stem = stem.rsplit(".", 1)[0]
    return _plain_name(stem) or "drawing"


def _plain_name(text: str) -> str:
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LNM" or letter in " -_.()+" else "_"
        for letter in unicodedata.normalize("NFC", text)
    )
    return " ".join(kept.split()).strip(" .")[:MAX_NAME_CHARACTERS].strip(" .")


def fingerprint_warning(recipe: Any, fingerprint: str) -> str | None:
    """A sentence if the prior at hand is not the one the recipe was made with, else None.

    Args:
        recipe: of any kind; its `prior_fingerprint` counts.
        fingerprint: of the prior at hand.
    """
    wanted = recipe.prior_fingerprint
    if not wanted or not fingerprint or wanted == fingerprint:
        return None
    return (
        "The recipe was made with other weights of the prior "
        f"({wanted[:8]}, here {fingerprint[:8]}); the result will differ."
    )


def prior_warnings(recipe: Any, prior: Any) -> tuple[str, ...]:
    """Sentences on other weights than the recipe's, and on words that the prior does not know.

    Args:
        recipe: of any kind.
        prior: the loaded prior; its `fingerprint` and `vocabulary` count.
    """
    other_weights = fingerprint_warning(recipe, prior.fingerprint)
    unknown = ()
    if prior.vocabulary is not None:
        unknown = prior.vocabulary.warnings(
            f"{recipe.edit.source_prompt} {recipe.edit.target_prompt}"
        )
    return (*([other_weights] if other_weights else []), *unknown)
