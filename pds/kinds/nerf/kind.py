"""Scenes as a kind."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, final

import torch
from PIL import Image

from pds.base.errors import CheckpointError
from pds.kinds.asset import Asset
from pds.kinds.kind import Kind, Look, Maker
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.checkpoint import load_scene
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.making import FitMaker
from pds.kinds.nerf.moves.parametric import NeRFImage
from pds.kinds.nerf.outputs import OUTPUTS
from pds.kinds.nerf.render.pictures import picture
from pds.kinds.nerf.render.viewing import orbit_camera, path_cameras, preview_cameras
from pds.kinds.nerf.scene_asset import scene_asset
from pds.kinds.nerf.settings import NeRFSettings
from pds.kinds.output import Output
from pds.settings import Prompts, Settings

MAX_HISTORY_ENTRIES = 20
# Places on the closed path around a scene; `Look.along` takes the nearest.
PLACES = 48


@final
class NeRFKind(Kind):
    """Radiance fields: density and colours move."""

    key: ClassVar[str] = "nerf"
    label: ClassVar[str] = "Scene"
    noun: ClassVar[str] = "scene"
    intro: ClassVar[str] = (
        "A scene is seen from all sides: its shape and its colours move until **every view** fits "
        "the words."
    )
    shown_px: ClassVar[int] = 384
    endings: ClassVar[tuple[str, ...]] = (".safetensors",)
    max_bytes: ClassVar[int] = 200_000_000
    asset_field: ClassVar[str] = "scene"
    settings_field: ClassVar[str] = "nerf"
    Settings: ClassVar[type[Settings]] = NeRFSettings
    outputs: ClassVar[tuple[Output, ...]] = OUTPUTS
    turns: ClassVar[bool] = True
    looks: ClassVar[Mapping[str, str]] = {
        "color": "Colour",
        "depth": "Depth",
        "normals": "Surface",
    }
    embedded: ClassVar[bool] = False
    examples: ClassVar[tuple[str, str]] = ("a 3D model of a deer", "a 3D model of a unicorn")
    maker: ClassVar[Maker | None] = FitMaker()
    steps_slider: ClassVar[int] = 3000
    # A view of a scene takes a processor that the run needs; a checkpoint is some megabytes.
    interval_s: ClassVar[float] = 1.0
    direct_interval_s: ClassVar[float] = 2.0

    def read(self, data: bytes, *, name: str) -> Asset:
        scene = load_scene(data)
        return scene_asset(scene, name=name or scene.name, data=data)

    def parametric(
        self,
        asset: Asset,
        settings: Any,
        *,
        size_px: int,
        device: torch.device | str,
        generator: torch.Generator,
        start: Asset | None = None,
    ) -> NeRFImage:
        return NeRFImage(
            asset.content,
            settings,
            size_px=size_px,
            device=device,
            generator=generator,
            start=None if start is None else start.content.field,
        )

    def snapshot(self, moving: NeRFImage, *, name: str, prompts: Prompts) -> Asset:
        scene = moving.scene()
        history = scene.history
        if prompts.change not in history[-1:]:
            history = (*history, prompts.change)
        told = replace(
            scene, name=name, prompt=prompts.target, history=history[-MAX_HISTORY_ENTRIES:]
        )
        return scene_asset(told, name=name)

    def draw(self, asset: Asset, look: Look, size_px: int) -> Image.Image:
        scene: FittedScene = asset.content
        return _seen(scene, _camera(scene, look, size_px), look.what)

    def embed(self, asset: Asset) -> str:
        return ""

    def unembed(self, text: str) -> bytes:
        raise CheckpointError("Recipes of scenes name their scene and do not hold it.")

    def worded(self, asset: Asset, prompt: str) -> Asset:
        return scene_asset(replace(asset.content, prompt=prompt), name=asset.name)

    def measures(self, asset: Asset) -> dict[str, float | None]:
        return {"psnr": asset.content.psnr}

    def home(self, asset: Asset) -> Look:
        """An object is shown a little from the side and above."""
        bounded = asset.content.bounded
        return Look(azimuth_deg=30, elevation_deg=15) if bounded else Look()

    def preview(self, asset: Asset, number: int, size_px: int) -> Image.Image:
        scene: FittedScene = asset.content
        cameras = preview_cameras(scene, size_px)
        return _seen(scene, cameras[number % len(cameras)])


def _camera(scene: FittedScene, look: Look, size_px: int) -> Camera:
    if look.along is None:
        return orbit_camera(scene, look.azimuth_deg, look.elevation_deg, size_px)
    cameras = path_cameras(scene, PLACES, size_px=size_px)
    return cameras[round(look.along * PLACES) % PLACES]


def _seen(scene: FittedScene, camera: Camera, what: str = "color") -> Image.Image:
    return picture(scene, camera, what, occupancy=Occupancy(scene.field))


NERF = NeRFKind()
