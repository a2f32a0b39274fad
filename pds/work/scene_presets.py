"""One-click edits of scenes: presets of the kind `nerf`.

A folder with a `preset.json` like a drawing's, but with the checkpoint of a fitted scene::

    {
      "kind": "nerf",
      "title": "Cactus to tulips",
      "description": "One sentence.",
      "order": 10,
      "scene": "scene.safetensors",
      "source_prompt": "a 3D model of a cactus",
      "target_prompt": "a 3D model of tulips",
      "edit": {"steps": 600},
      "nerf": {"sparsity_weight": 2},
      "credit": {"author": "...", "source": "...", "licence": "..."}
    }

`tags`, `edit`, `nerf`, `refine` and `prior` may be left out. A new preset needs no code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pds.base.errors import RecipeError
from pds.settings.scene_config import NeRFConfig, RefineConfig
from pds.work.presets import (
    MAX_ASSET_BYTES,
    PRESETS_FOLDER,
    Credit,
    asset_path,
    check_keys,
    check_line,
    check_number,
    read_credit,
    read_edit,
    read_file,
    read_presets,
)
from pds.work.recipe import check_text_list, config_from_dict
from pds.work.scene_recipe import SCENE_KIND, SceneRecipe, digest

_REQUIRED = ("kind", "title", "description", "order", "scene", "source_prompt", "target_prompt")
_REQUIRED += ("credit",)
_OPTIONAL = ("tags", "edit", "nerf", "refine", "prior")


@dataclass(frozen=True, kw_only=True)
class ScenePreset:
    """A one-click edit of a scene.

    Attributes:
        key: its folder's name.
        title: two or three words for a button.
        description: one sentence.
        recipe: everything that the run needs but the scene.
        scene: where the checkpoint lies.
        thumbnail: a small picture, or None.
        tags: words to group by.
        order: place in the gallery, small first.
        credit: of the scene.
    """

    key: str
    title: str
    description: str
    recipe: SceneRecipe
    scene: Path
    thumbnail: Path | None
    tags: tuple[str, ...]
    order: float
    credit: Credit

    def checkpoint(self) -> bytes:
        """The bytes of the scene.

        Raises:
            PresetError: they cannot be read.
        """
        return read_file(self.scene, MAX_ASSET_BYTES)


def load_scene_presets(folder: Path = PRESETS_FOLDER) -> dict[str, ScenePreset]:
    """All presets for scenes by key, in gallery order.

    Raises:
        PresetError: no such folder, or one of its presets is at fault (it is named).
    """
    return read_presets(folder, (SCENE_KIND,), _build)


def scene_bytes(
    recipe: SceneRecipe, presets: Mapping[str, ScenePreset], given: bytes | None = None
) -> bytes:
    """The checkpoint that a recipe names: the one given, or else a preset's.

    Raises:
        RecipeError: neither has that digest; says to bring the checkpoint.
    """
    if given is not None and recipe.scene_sha256 in ("", digest(given)):
        return given
    for preset in presets.values():
        if preset.recipe.scene_sha256 == recipe.scene_sha256:
            return preset.checkpoint()
    raise RecipeError(
        f"The recipe is for another scene ({recipe.scene_sha256[:8]}…); open the checkpoint "
        f"it was made with ({recipe.name}.safetensors) first."
    )


def _build(folder: Path, values: dict[str, Any]) -> ScenePreset:
    check_keys(values, required=_REQUIRED, optional=_OPTIONAL)
    tags = values.get("tags", [])
    check_text_list("tags", tags)
    scene = asset_path(folder, "scene", values["scene"])
    refine = values.get("refine")
    if refine is not None:
        refine = config_from_dict(RefineConfig, refine, what="refine")
    recipe = SceneRecipe(
        name=folder.name,
        scene_sha256=digest(read_file(scene, MAX_ASSET_BYTES)),
        edit=read_edit(values),
        nerf=config_from_dict(NeRFConfig, values.get("nerf", {}), what="nerf"),
        refine=refine,
        prior=check_line("prior", values.get("prior", "built-in")),
    )
    thumbnail = folder / "thumbnail.png"
    return ScenePreset(
        key=folder.name,
        title=check_line("title", values["title"]),
        description=check_line("description", values["description"]),
        recipe=recipe,
        scene=scene,
        thumbnail=thumbnail if thumbnail.is_file() else None,
        tags=tuple(tags),
        order=check_number("order", values["order"]),
        credit=read_credit(values["credit"]),
    )
