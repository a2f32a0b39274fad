"""One-click edits: data in `presets/`, loaded and checked here.

A preset is a folder with a `preset.json`, the asset it names and maybe a `thumbnail.png`::

    {
      "kind": "svg",
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

The asset and the kind's own settings stand under the kind's names (`drawing` and `svg`, `scene` and
`nerf`, `picture` and `image`); `edit` holds the settings of the method, its name among them, and of
the loop. `kind` (default `svg`), `tags`, `edit`, the kind's settings, `refine` and `prior` may be
left out. Other folders, such as the built-in prior's, have no `preset.json` and are passed over. A
new preset needs no code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pds.base.errors import InputError, PresetError, RecipeError
from pds.base.files import read_bounded
from pds.base.resources import presets_folder
from pds.base.strict_json import read_json_object
from pds.engine.distil import DistilSettings
from pds.engine.methods import PDS, Method, method_class
from pds.kinds import KINDS, kind_of
from pds.kinds.asset import Asset, sha256
from pds.settings import Prompts
from pds.work.recipe import Recipe, Refinement
from pds.work.recipe_checks import check_name

PRESETS_FOLDER = presets_folder()
MAX_PRESET_BYTES = 100_000
MAX_ASSET_BYTES = 5_000_000
_REQUIRED = ("title", "description", "order", "source_prompt", "target_prompt", "credit")
_OPTIONAL = ("kind", "tags", "edit", "refine", "prior")
_CREDIT = ("author", "source", "licence")


@dataclass(frozen=True, kw_only=True)
class Credit:
    """Who made the asset, where it is from, and under which licence it may be shared."""

    author: str
    source: str
    licence: str


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A one-click edit. Its asset is read when it is first asked for.

    Attributes:
        key: its folder's name.
        title: two or three words for a button.
        description: one sentence.
        kind: key of what is edited.
        path: where the asset lies.
        prompts: what it is and becomes.
        values: what else the `preset.json` says.
        thumbnail: a small picture, or None.
        tags: words to group by.
        order: place in the gallery, small first.
        credit: of the asset.
    """

    key: str
    title: str
    description: str
    kind: str
    path: Path
    prompts: Prompts
    values: Mapping[str, Any]
    thumbnail: Path | None
    tags: tuple[str, ...]
    order: float
    credit: Credit

    @cached_property
    def asset(self) -> Asset:
        """What is edited.

        Raises:
            InputError: it cannot be read.
        """
        return kind_of(self.kind).read(read_file(self.path, MAX_ASSET_BYTES), name=self.key)

    @cached_property
    def recipe(self) -> Recipe:
        """Everything that the run needs.

        Raises:
            InputError: a setting that cannot be, or an asset that cannot be read.
        """
        method, run = read_edit(self.values.get("edit", {}))
        kind, refine = kind_of(self.kind), self.values.get("refine")
        own = kind.Settings.read(self.values.get(kind.settings_field, {}), what=kind.settings_field)
        return Recipe.of(
            self.asset,
            self.prompts,
            method=method,
            run=run,
            settings=own,
            after=None if refine is None else Refinement.take(_dict("refine", refine)),
            prior=check_line("prior", self.values.get("prior", "built-in")),
        )


def load_presets(folder: Path = PRESETS_FOLDER) -> dict[str, Preset]:
    """All presets of a folder by key, in gallery order; their assets are not read yet.

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
            presets.append(_preset(file.parent, values))
        except InputError as error:
            raise PresetError(f"Preset {file.parent.name}: {error}") from error
    presets.sort(key=lambda preset: (preset.order, preset.key))
    return {preset.key: preset for preset in presets}


def of_kind(presets: Mapping[str, Preset], kind: str) -> dict[str, Preset]:
    """Those of one kind, in order."""
    return {key: preset for key, preset in presets.items() if preset.kind == kind}


def find_preset(key: str, presets: Mapping[str, Preset]) -> Preset:
    """The preset of that key among loaded ones.

    Raises:
        PresetError: unknown; the known ones are listed.
    """
    if key not in presets:
        raise PresetError(f"There is no preset {key!r}; known are: {', '.join(presets) or 'none'}.")
    return presets[key]


def find_asset(recipe: Recipe, presets: Mapping[str, Preset], given: Asset | None = None) -> Asset:
    """The asset of a recipe: its own, the one given, or a preset's.

    Raises:
        RecipeError: none of these; says to open the asset.
        InputError: the recipe's own cannot be read.
    """
    if recipe.embedded:
        return recipe.embedded_asset()
    if given is not None and recipe.asset in ("", given.key):
        return given
    for preset in of_kind(presets, recipe.kind).values():
        # The file's own digest: most presets need not be read to see that they are others.
        if sha256(read_file(preset.path, MAX_ASSET_BYTES)) == recipe.asset:
            return preset.asset
    kind = recipe.of_kind
    raise RecipeError(
        f"The recipe is for another {kind.noun} ({recipe.asset[:8]}…); open the file "
        f"it was made with ({recipe.name}{kind.endings[0]}) first."
    )


def _preset(folder: Path, values: dict[str, Any]) -> Preset:
    key = values.get("kind", "svg")
    if key not in tuple(KINDS):
        raise PresetError(f"kind is {key!r}; known are: {', '.join(KINDS)}.")
    kind = kind_of(key)
    check_keys(
        values,
        required=(*_REQUIRED, kind.asset_field),
        optional=(*_OPTIONAL, kind.settings_field),
    )
    thumbnail = folder / "thumbnail.png"
    preset = Preset(
        key=folder.name,
        title=check_line("title", values["title"]),
        description=check_line("description", values["description"]),
        kind=key,
        path=asset_path(folder, kind.asset_field, values[kind.asset_field]),
        prompts=Prompts(source=values["source_prompt"], target=values["target_prompt"]),
        values=values,
        thumbnail=thumbnail if thumbnail.is_file() else None,
        tags=check_lines("tags", values.get("tags", [])),
        order=check_number("order", values["order"]),
        credit=read_credit(values["credit"]),
    )
    # What the asset is not needed for is checked at once.
    check_name(preset.key)
    check_line("prior", values.get("prior", "built-in"))
    read_edit(values.get("edit", {}))
    kind.Settings.read(values.get(kind.settings_field, {}), what=kind.settings_field)
    if values.get("refine") is not None:
        Refinement.take(_dict("refine", values["refine"]))
    return preset


def read_edit(values: Any) -> tuple[Method, DistilSettings]:
    """Method and loop out of flat values; what belongs to another method is refused.

    Raises:
        InputError: a setting that cannot be, or a prompt in the wrong place.
    """
    values = dict(_dict("edit", values))
    prompts = {"source_prompt", "target_prompt"} & set(values)
    if prompts:
        raise PresetError("the prompts belong beside edit, not into it.")
    method = method_class(values.pop("method", PDS.key))
    known = ("method", *method.model_fields, *DistilSettings.model_fields)
    check_keys(values, what="in edit", optional=known)
    return method.take(values), DistilSettings.take(values)


def check_keys(
    values: dict[str, Any],
    *,
    required: Sequence[str] = (),
    optional: Sequence[str] = (),
    what: str = "",
) -> None:
    """Raises PresetError for missing and for unknown keys; `what` says where they stand."""
    where = what and f" {what}"
    missing = [name for name in required if name not in values]
    if missing:
        raise PresetError(f"missing{where}: {', '.join(missing)}.")
    unknown = sorted(set(values) - set(required) - set(optional))
    if unknown:
        known = ", ".join((*required, *optional))
        raise PresetError(f"unknown keys{where}: {', '.join(unknown)}; known are: {known}.")


def check_line(name: str, value: Any) -> str:
    """The text without blanks around it; raises PresetError if it is none, or overlong."""
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise PresetError(f"{name} must be text of 1 to 500 characters.")
    return value.strip()


def check_lines(name: str, value: Any) -> tuple[str, ...]:
    """The texts; raises PresetError unless the value is a list of text."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise PresetError(f"{name} is {value!r}; it must be a list of text.")
    return tuple(value)


def check_number(name: str, value: Any) -> float:
    """The number as a float; raises PresetError if it is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise PresetError(f"{name} must be a number.")
    return float(value)


def _dict(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PresetError(f"{name} must be an object of named values.")
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
    line = check_line(key, name)
    if Path(line).name != line or not (folder / line).is_file():
        raise PresetError(f"there is no file {line!r} in the folder.")
    return folder / line


def read_file(path: Path, max_bytes: int) -> bytes:
    """Raises PresetError if the file cannot be read or is larger."""
    return read_bounded(path, max_bytes, what=path.name, error=PresetError)
