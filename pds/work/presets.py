"""One-click edits: data in `presets/`, loaded and checked here.

A preset is a folder with a `preset.json`, the drawing it names and maybe a `thumbnail.png`::

    {
      "title": "Cat to dog",
      "description": "One sentence.",
      "order": 10,
      "tags": ["animals"],
      "drawing": "drawing.svg",
      "source_prompt": "a drawing of a cat",
      "target_prompt": "a drawing of a dog",
      "edit": {"steps": 150, "guidance_scale": 20},
      "svg": {"points_rate": 5},
      "credit": {"author": "...", "source": "...", "licence": "..."}
    }

`kind` (default `svg`), `tags`, `edit`, `svg` and `prior` may be left out. Other folders, such as
the built-in prior's, have no `preset.json` and are passed over. A new preset needs no code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pds.base.errors import InputError, PresetError
from pds.base.resources import presets_folder
from pds.base.strict_json import read_json_object
from pds.kinds.svg.read.svg_text import svg_text
from pds.settings.config import EditConfig, SVGConfig
from pds.work.recipe import KINDS, Recipe, check_text_list, config_from_dict

PRESETS_FOLDER = presets_folder()
MAX_PRESET_BYTES = 100_000
MAX_ASSET_BYTES = 5_000_000
_REQUIRED = ("title", "description", "order", "drawing", "source_prompt", "target_prompt", "credit")
PRESET_KINDS = ("svg", "nerf")
_OPTIONAL = ("kind", "tags", "edit", "svg", "prior")
AnyPreset = TypeVar("AnyPreset")
_CREDIT = ("author", "source", "licence")


@dataclass(frozen=True, kw_only=True)
class Credit:
    """Who made the drawing, where it is from, and under which licence it may be shared."""

    author: str
    source: str
    licence: str


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A one-click edit.

    Attributes:
        key: its folder's name.
        title: two or three words for a button.
        description: one sentence.
        kind: what is edited; `svg` is a drawing.
        recipe: everything that the run needs.
        drawing: where the asset lies.
        thumbnail: a small picture, or None.
        tags: words to group by.
        order: place in the gallery, small first.
        credit: of the asset.
    """

    key: str
    title: str
    description: str
    kind: str
    recipe: Recipe
    drawing: Path
    thumbnail: Path | None
    tags: tuple[str, ...]
    order: float
    credit: Credit


def load_presets(folder: Path = PRESETS_FOLDER) -> dict[str, Preset]:
    """All presets of a folder by key, in gallery order.

    Raises:
        PresetError: no such folder, or one of its presets is at fault (it is named).
    """
    return read_presets(folder, KINDS, _build)


def load_preset(key: str, folder: Path = PRESETS_FOLDER) -> Preset:
    """The preset of that key.

    Raises:
        PresetError: unknown (the known ones are listed), or at fault.
    """
    return find_preset(key, load_presets(folder))


def find_preset(key: str, presets: Mapping[str, AnyPreset]) -> AnyPreset:
    """The preset of that key among loaded ones.

    Raises:
        PresetError: unknown; the known ones are listed.
    """
    if key not in presets:
        raise PresetError(f"There is no preset {key!r}; known are: {', '.join(presets) or 'none'}.")
    return presets[key]


def read_presets(
    folder: Path, kinds: Sequence[str], build: Callable[[Path, dict[str, Any]], AnyPreset]
) -> dict[str, AnyPreset]:
    """All presets of some kinds by key, in gallery order; those of other known kinds are passed.

    Args:
        folder: holds one folder a preset.
        kinds: which to read, out of `PRESET_KINDS`.
        build: makes a preset of its folder and the values of its `preset.json`.

    Raises:
        PresetError: no such folder, or one of its presets is at fault (it is named).
    """
    if not folder.is_dir():
        raise PresetError(f"There is no presets folder {folder}.")
    presets = []
    for file in sorted(folder.glob("*/preset.json")):
        try:
            data = read_file(file, MAX_PRESET_BYTES)
            values = read_json_object(data, what="The preset.json", max_bytes=MAX_PRESET_BYTES)
            if _kind(values.get("kind", "svg")) in kinds:
                presets.append(build(file.parent, values))
        except InputError as error:
            raise PresetError(f"Preset {file.parent.name}: {error}") from error
    presets.sort(key=lambda preset: (preset.order, preset.key))
    return {preset.key: preset for preset in presets}


def _build(folder: Path, values: dict[str, Any]) -> Preset:
    check_keys(values, required=_REQUIRED, optional=_OPTIONAL)
    tags = values.get("tags", [])
    check_text_list("tags", tags)
    drawing = asset_path(folder, "drawing", values["drawing"])
    recipe = Recipe(
        name=folder.name,
        source=svg_text(read_file(drawing, MAX_ASSET_BYTES)),
        edit=read_edit(values),
        svg=config_from_dict(SVGConfig, values.get("svg", {}), what="svg"),
        prior=check_line("prior", values.get("prior", "built-in")),
    )
    thumbnail = folder / "thumbnail.png"
    return Preset(
        key=folder.name,
        title=check_line("title", values["title"]),
        description=check_line("description", values["description"]),
        kind=recipe.kind,
        recipe=recipe,
        drawing=drawing,
        thumbnail=thumbnail if thumbnail.is_file() else None,
        tags=tuple(tags),
        order=check_number("order", values["order"]),
        credit=read_credit(values["credit"]),
    )


def read_edit(values: dict[str, Any]) -> EditConfig:
    """The engine's settings from a preset's values; the prompts stand beside them.

    Raises:
        InputError: a setting that cannot be, or a prompt in the wrong place.
    """
    settings = values.get("edit", {})
    if not isinstance(settings, dict):
        raise PresetError("edit must be an object of named values.")
    prompts = {name: values[name] for name in ("source_prompt", "target_prompt")}
    if set(prompts) & set(settings):
        raise PresetError("the prompts belong beside edit, not into it.")
    return config_from_dict(EditConfig, {**prompts, **settings}, what="edit")


def check_keys(values: dict[str, Any], *, required, optional=()) -> None:
    """Raises PresetError for missing and for unknown keys."""
    missing = [name for name in required if name not in values]
    if missing:
        raise PresetError(f"missing: {', '.join(missing)}.")
    unknown = sorted(set(values) - set(required) - set(optional))
    if unknown:
        known = ", ".join((*required, *optional))
        raise PresetError(f"unknown keys: {', '.join(unknown)}; known are: {known}.")


def check_line(name: str, value: Any) -> str:
    """The text without blanks around it; raises PresetError if it is none, or overlong."""
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise PresetError(f"{name} must be text of 1 to 500 characters.")
    return value.strip()


def check_number(name: str, value: Any) -> float:
    """The number as a float; raises PresetError if it is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise PresetError(f"{name} must be a number.")
    return float(value)


def _kind(value: Any) -> str:
    if value not in PRESET_KINDS:
        raise PresetError(f"kind is {value!r}; known are: {', '.join(PRESET_KINDS)}.")
    return value


def read_credit(values: Any) -> Credit:
    """Raises PresetError unless all of the credit is there."""
    if not isinstance(values, dict):
        raise PresetError(f"credit must be an object with {', '.join(_CREDIT)}.")
    check_keys(values, required=_CREDIT)
    return Credit(**{name: check_line(f"credit.{name}", values[name]) for name in _CREDIT})


def asset_path(folder: Path, key: str, name: Any) -> Path:
    """The asset's path, which must lie directly in the preset's own folder.

    Raises:
        PresetError: it does not.
    """
    name = check_line(key, name)
    if Path(name).name != name or not (folder / name).is_file():
        raise PresetError(f"there is no file {name!r} in the folder.")
    return folder / name


def read_file(path: Path, max_bytes: int) -> bytes:
    """Raises PresetError if the file cannot be read or is larger."""
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise PresetError(f"{path.name} cannot be read: {error.strerror}.") from error
    if len(data) > max_bytes:
        raise PresetError(f"{path.name} is larger than {max_bytes / 1e6:g} MB.")
    return data
