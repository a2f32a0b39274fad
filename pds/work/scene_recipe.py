"""Recipe of a scene's edit: everything that reproduces a run but the checkpoint, which it names."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field

from pds.base.errors import RecipeError
from pds.base.version import __version__
from pds.settings.config import EditConfig
from pds.settings.scene_config import NeRFConfig, RefineConfig
from pds.work.recipe import (
    MAX_PRIOR_CHARACTERS,
    RECIPE_VERSION,
    check_encodable,
    check_fingerprint,
    check_name,
    check_text,
    check_version,
    read_recipe,
    settings_of,
)

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
    pds_version: str = __version__

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
        configs = {"edit": EditConfig, "nerf": NeRFConfig, "refine": RefineConfig}
        return read_recipe(
            cls, data, configs=configs, check_kind=_check_kind, max_bytes=MAX_SCENE_RECIPE_BYTES
        )


def _check_kind(kind: str) -> None:
    if kind != SCENE_KIND:
        raise RecipeError(
            f"The recipe is for {kind!r}, not for a scene; open it where drawings are."
        )


def digest(checkpoint: bytes) -> str:
    """What a recipe calls a checkpoint by: the SHA-256 of the file, in hex."""
    return hashlib.sha256(checkpoint).hexdigest()
