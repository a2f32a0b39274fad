"""Recipe of a scene's edit: everything that reproduces a run but the checkpoint, which it names."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field

from pds.config import EditConfig
from pds.errors import InputError, RecipeError
from pds.recipe import (
    MAX_PRIOR_CHARACTERS,
    PROGRAM_VERSION,
    RECIPE_VERSION,
    check_encodable,
    check_fingerprint,
    check_name,
    check_text,
    check_version,
    config_from_dict,
    read_json_object,
    settings_of,
)
from pds.scene_config import NeRFConfig, RefineConfig

SCENE_KIND = "nerf"
MAX_SCENE_RECIPE_BYTES = 200_000


@dataclass(frozen=True, kw_only=True)
class SceneRecipe:
    """A run on a scene. The scene itself is too large for it and is named by its digest.

    Attributes:
        kind: `nerf`.
        name: file stem shown to the user.
        scene_sha256: of the checkpoint file, in hex; empty while there is no file yet.
        edit: the engine's settings.
        nerf: how the scene takes part.
        refine: the refinement that followed, or None.
        prior: what `load_prior` is given: `built-in`, a folder or a hub id.
        prior_fingerprint: hash of the prior's weights in hex, or empty if not known.
        version: of this format.
        pds_version: of the program that wrote it; only for the reader's information.

    Raises:
        RecipeError: a field of the wrong type or out of its range.
    """

    kind: str = SCENE_KIND
    name: str = "scene"
    scene_sha256: str
    edit: EditConfig
    nerf: NeRFConfig = field(default_factory=NeRFConfig)
    refine: RefineConfig | None = None
    prior: str = "built-in"
    prior_fingerprint: str = ""
    version: int = RECIPE_VERSION
    pds_version: str = PROGRAM_VERSION

    def __post_init__(self):
        check_version(self.version)
        _check_kind(self.kind)
        check_name(self.name)
        check_text("prior", self.prior, MAX_PRIOR_CHARACTERS)
        check_text("pds_version", self.pds_version, 40)
        check_fingerprint("scene_sha256", self.scene_sha256)
        check_fingerprint("prior_fingerprint", self.prior_fingerprint)
        check_encodable(self.to_json(), "recipe")

    def to_json(self) -> str:
        """The recipe as indented JSON; `from_json` gives the equal recipe back."""
        values = dataclasses.asdict(self)
        for name in ("edit", "nerf", "refine"):
            config = getattr(self, name)
            values[name] = None if config is None else settings_of(config)
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, data: str | bytes) -> "SceneRecipe":
        """Reads what `to_json` wrote.

        Raises:
            RecipeError: too large, broken, from a newer version, unknown or missing keys, wrong
                types, values out of range.
        """
        try:
            values = read_json_object(data, what="recipe", max_bytes=MAX_SCENE_RECIPE_BYTES)
            # First of all, since a newer version or another kind may have keys unknown here.
            check_version(values.get("version"))
            if isinstance(values.get("kind"), str):
                _check_kind(values["kind"])
            configs = {
                "edit": config_from_dict(EditConfig, values.get("edit"), what="recipe's edit"),
                "nerf": config_from_dict(NeRFConfig, values.get("nerf", {}), what="recipe's nerf"),
            }
            refine = values.get("refine")
            if refine is not None:
                refine = config_from_dict(RefineConfig, refine, what="recipe's refine")
            return config_from_dict(cls, {**values, **configs, "refine": refine}, what="recipe")
        except RecipeError:
            raise
        except InputError as error:
            raise RecipeError(str(error)) from error


def _check_kind(kind: str) -> None:
    if kind != SCENE_KIND:
        raise RecipeError(
            f"The recipe is for {kind!r}, not for a scene; open it where drawings are."
        )


def digest(checkpoint: bytes) -> str:
    """What a recipe calls a checkpoint by: the SHA-256 of the file, in hex."""
    return hashlib.sha256(checkpoint).hexdigest()
