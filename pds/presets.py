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

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pds.config import EditConfig, SVGConfig
from pds.errors import InputError, PresetError
from pds.recipe import KINDS, Recipe, check_text_list, config_from_dict, read_json_object
from pds.svg_source import svg_text

PRESETS_FOLDER = Path(__file__).resolve().parent.parent / "presets"
MAX_PRESET_BYTES = 100_000
MAX_ASSET_BYTES = 5_000_000
_REQUIRED = ("title", "description", "order", "drawing", "source_prompt", "target_prompt", "credit")
_OPTIONAL = ("kind", "tags", "edit", "svg", "prior")
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
    if not folder.is_dir():
        raise PresetError(f"There is no presets folder {folder}.")
    files = sorted(folder.glob("*/preset.json"))
    presets = [_read_preset(file.parent) for file in files]
    presets.sort(key=lambda preset: (preset.order, preset.key))
    return {preset.key: preset for preset in presets}


def load_preset(key: str, folder: Path = PRESETS_FOLDER) -> Preset:
    """The preset of that key.

    Raises:
        PresetError: unknown (the known ones are listed), or at fault.
    """
    return find_preset(key, load_presets(folder))


def find_preset(key: str, presets: dict[str, Preset]) -> Preset:
    """The preset of that key among loaded ones.

    Raises:
        PresetError: unknown; the known ones are listed.
    """
    if key not in presets:
        raise PresetError(f"There is no preset {key!r}; known are: {', '.join(presets) or 'none'}.")
    return presets[key]


def _read_preset(folder: Path) -> Preset:
    """Reads one folder; every fault names it."""
    try:
        data = _read_file(folder / "preset.json", MAX_PRESET_BYTES)
        values = read_json_object(data, what="preset.json", max_bytes=MAX_PRESET_BYTES)
        return _build(folder, values)
    except InputError as error:
        raise PresetError(f"Preset {folder.name}: {error}") from error


def _build(folder: Path, values: dict[str, Any]) -> Preset:
    _check_keys(values, required=_REQUIRED, optional=_OPTIONAL)
    tags = values.get("tags", [])
    check_text_list("tags", tags)
    drawing = _asset(folder, values["drawing"])
    settings = values.get("edit", {})
    if not isinstance(settings, dict):
        raise PresetError("edit must be an object of named values.")
    prompts = {name: values[name] for name in ("source_prompt", "target_prompt")}
    if set(prompts) & set(settings):
        raise PresetError("the prompts belong beside edit, not into it.")
    recipe = Recipe(
        kind=_kind(values.get("kind", "svg")),
        name=folder.name,
        source=svg_text(_read_file(drawing, MAX_ASSET_BYTES)),
        edit=config_from_dict(EditConfig, {**prompts, **settings}, what="edit"),
        svg=config_from_dict(SVGConfig, values.get("svg", {}), what="svg"),
        prior=_text("prior", values.get("prior", "built-in")),
    )
    thumbnail = folder / "thumbnail.png"
    return Preset(
        key=folder.name,
        title=_text("title", values["title"]),
        description=_text("description", values["description"]),
        kind=recipe.kind,
        recipe=recipe,
        drawing=drawing,
        thumbnail=thumbnail if thumbnail.is_file() else None,
        tags=tuple(tags),
        order=_number("order", values["order"]),
        credit=_credit(values["credit"]),
    )


def _check_keys(values: dict[str, Any], *, required, optional=()) -> None:
    missing = [name for name in required if name not in values]
    if missing:
        raise PresetError(f"missing: {', '.join(missing)}.")
    unknown = sorted(set(values) - set(required) - set(optional))
    if unknown:
        known = ", ".join((*required, *optional))
        raise PresetError(f"unknown keys: {', '.join(unknown)}; known are: {known}.")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise PresetError(f"{name} must be text of 1 to 500 characters.")
    return value.strip()


def _number(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise PresetError(f"{name} must be a number.")
    return float(value)


def _kind(value: Any) -> str:
    if value not in KINDS:
        raise PresetError(f"kind is {value!r}; known are: {', '.join(KINDS)}.")
    return value


def _credit(values: Any) -> Credit:
    if not isinstance(values, dict):
        raise PresetError(f"credit must be an object with {', '.join(_CREDIT)}.")
    _check_keys(values, required=_CREDIT)
    return Credit(**{name: _text(f"credit.{name}", values[name]) for name in _CREDIT})


def _asset(folder: Path, name: Any) -> Path:
    """The asset's path, which must lie directly in the preset's own folder."""
    name = _text("drawing", name)
    if Path(name).name != name or not (folder / name).is_file():
        raise PresetError(f"there is no file {name!r} in the folder.")
    return folder / name


def _read_file(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise PresetError(f"{path.name} cannot be read: {error.strerror}.") from error
    if len(data) > max_bytes:
        raise PresetError(f"{path.name} is larger than {max_bytes / 1e6:g} MB.")
    return data
