"""Scenes as files: what the commands read, and names for what they write."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pds.base.errors import CheckpointError, ExportError, RecipeError
from pds.base.files import check_folder
from pds.cli.files import read_given
from pds.kinds.nerf.checkpoint import MAX_BYTES
from pds.work.recipe import clean_name
from pds.work.scene_recipe import MAX_SCENE_RECIPE_BYTES, SceneRecipe


def read_checkpoint(path: str | Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a scene's file.

    Raises:
        CheckpointError: it cannot be read, or is too large for one.
    """
    data = read_given(path, CheckpointError, "scene", max_bytes=max_bytes)
    if len(data) > max_bytes:
        raise CheckpointError(
            f"The scene {str(path)!r} is larger than {max_bytes / 1e6:.0f} MB, the most accepted."
        )
    return data


def read_scene_recipe(path: str | Path) -> SceneRecipe:
    """The recipe in a file.

    Raises:
        RecipeError: it cannot be read or used.
    """
    data = read_given(path, RecipeError, "recipe", max_bytes=MAX_SCENE_RECIPE_BYTES)
    return SceneRecipe.from_json(data)


def scene_name(path: str | Path) -> str:
    """The name a scene gets from where its capture or checkpoint lies.

    What has a name that every capture has is called as its folder.
    """
    path = Path(path)
    if path.name in ("transforms.json", "scene.safetensors") and path.resolve().parent.name:
        path = path.resolve().parent
    name = clean_name(path.name if path.is_dir() or not path.suffix else path.stem)
    return "scene" if name == "drawing" else name


def check_output_file(path: str | Path) -> Path:
    """Finds before a long run whether the file can be written after it.

    Raises:
        ExportError: it is a folder, or cannot be written.
    """
    if "\0" not in str(path) and Path(path).is_dir():
        raise ExportError(
            f"{str(path)!r} is a folder; name a file in it, scene.safetensors for instance."
        )
    check_folder(Path(path).parent)
    return Path(path)


def describe_by(run: Any) -> Callable[[Any], str]:
    """What stands behind the bar of a run: its curve's name and present value."""
    return lambda step: f"{run.curve_label} {step.curve_value:.4g}"
