"""A fitted scene as an asset."""

from pds.kinds.asset import Asset
from pds.kinds.nerf.checkpoint import save_scene
from pds.kinds.nerf.fitted_scene import FittedScene

KEY = "nerf"


def scene_asset(scene: FittedScene, *, name: str, data: bytes | None = None) -> Asset:
    """The asset of a scene.

    Args:
        scene: fitted or edited.
        name: file stem shown to the user.
        data: the bytes of the file it was read from; None if it is to be written.
    """
    asset = Asset(
        kind=KEY,
        name=name,
        content=scene,
        write=save_scene,
        prompt=scene.prompt,
        about=_about(scene),
    )
    if data is not None:
        # As read, so that its key is that of the file; `data` would write it anew.
        vars(asset)["data"] = data
    return asset


def _about(scene: FittedScene) -> str:
    kind = "an object" if scene.bounded else "a place"
    pictures = "1 view" if len(scene.cameras) == 1 else f"{len(scene.cameras)} views"
    parts = [f"{kind}, known from {pictures}"]
    if scene.psnr is not None:
        parts.append(f"views held out reach {scene.psnr:.1f} dB")
    if scene.history:
        parts.append(f"edited: {'; '.join(scene.history[-2:])}")
    if scene.credit:
        parts.append(scene.credit)
    return "; ".join(parts)
