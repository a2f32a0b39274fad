"""Settings of scenes: fitting, editing and refining a radiance field; checked when made."""

from dataclasses import dataclass

from pds.base.errors import ConfigError
from pds.settings.config import check_choice, check_range, check_whole

FIELD_KINDS = ("auto", "grid", "planes")
SCENE_MOVABLE = ("density", "color")
MAX_IMAGE_PX = 2048


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """How a field is fitted to a capture.

    Attributes:
        field: `grid` (an object in a cube), `planes` (contracted space, factorised), or `auto`.
        resolution: cells along a side at the end, 16 to 256; 0 takes the kind's own.
        longer_side_px: pictures are fitted at most this large, 32 to 2048.
        steps: optimiser steps, 1 to 200 000; 0 takes the kind's own.
        minutes: stop after this time even if steps are left; 0 = no limit.
        rays_per_step: rays a step, 64 to 65 536; 0 takes the kind's own.
        holdout: every how many-th picture is held out and measured, 0 = none, else 2 to 1000.
        seed: of all chance.
    """

    field: str = "auto"
    resolution: int = 0
    longer_side_px: int = 480
    steps: int = 0
    minutes: float = 0.0
    rays_per_step: int = 0
    holdout: int = 8
    seed: int = 0

    def __post_init__(self):
        check_choice("field", self.field, FIELD_KINDS)
        if self.resolution != 0:
            check_whole("resolution", self.resolution, 16, 256)
        check_whole("longer_side_px", self.longer_side_px, 32, MAX_IMAGE_PX)
        check_whole("steps", self.steps, 0, 200_000)
        check_range("minutes", self.minutes, 0, 10_000)
        if self.rays_per_step != 0:
            check_whole("rays_per_step", self.rays_per_step, 64, 65_536)
        if self.holdout != 0:
            check_whole("holdout", self.holdout, 2, 1000)
        check_whole("seed", self.seed, 0, 2**53)


@dataclass(frozen=True, kw_only=True)
class NeRFConfig:
    """How a scene takes part in an edit.

    Attributes:
        resolution_px: longer side of a rendering that is differentiated through, 16 to 1024;
            0 takes the prior's own size.
        samples: points a ray, 16 to 1024; 0 takes the field's own number.
        move: what may change: `density`, `color` or both.
        density_rate: Adam step of the density parameters, thousandths.
        color_rate: Adam step of the colour parameters, thousandths.
        box: confines the edit: low x, y, z, high x, y, z in scene coordinates; empty = everywhere.
        view_words: whether "front view" and the like go into the prompts of a scene with a front.
        sparsity_weight: penalty on density where nothing was and little is (no haze), 0 to 1000.
        smoothness_weight: penalty on differences between neighbouring cells, 0 to 1000.
        distortion_weight: penalty on density spread along a ray (Mip-NeRF 360), 0 to 1000.
        patch_px: the gradient is taken patch by patch of this side; 0 takes it at once where it
            is small enough.
    """

    resolution_px: int = 0
    samples: int = 0
    move: tuple[str, ...] = SCENE_MOVABLE
    density_rate: float = 50.0
    color_rate: float = 50.0
    box: tuple[float, ...] = ()
    view_words: bool = True
    sparsity_weight: float = 1.0
    smoothness_weight: float = 1.0
    distortion_weight: float = 0.0
    patch_px: int = 0

    def __post_init__(self):
        if self.resolution_px != 0:
            check_whole("resolution_px", self.resolution_px, 16, 1024)
        if self.samples != 0:
            check_whole("samples", self.samples, 16, 1024)
        if not self.move:
            raise ConfigError(
                f"Nothing may move; allow at least one of: {', '.join(SCENE_MOVABLE)}."
            )
        for name in self.move:
            check_choice("move", name, SCENE_MOVABLE)
        for name in ("density_rate", "color_rate"):
            check_range(name, getattr(self, name), 0, 1000)
        self._check_box()
        if not isinstance(self.view_words, bool):
            raise ConfigError(f"view_words is {self.view_words!r}; it must be true or false.")
        for name in ("sparsity_weight", "smoothness_weight", "distortion_weight"):
            check_range(name, getattr(self, name), 0, 1000)
        if self.patch_px != 0:
            check_whole("patch_px", self.patch_px, 8, 1024)

    def _check_box(self) -> None:
        if not self.box:
            return
        if len(self.box) != 6:
            raise ConfigError("box needs six numbers: low x, y, z, then high x, y, z.")
        for value in self.box:
            check_range("box", value, -100, 100)
        if any(low >= high for low, high in zip(self.box[:3], self.box[3:], strict=True)):
            raise ConfigError("box is empty: each low number must be below its high one.")


@dataclass(frozen=True, kw_only=True)
class RefineConfig:
    """The refinement after an edit: SDEdit on renderings, the field fitted to what comes out.

    Attributes:
        steps: optimiser steps of the field, 1 to 100 000.
        refresh_every: a view's picture is refined anew every so many steps, 1 to 10 000.
        noise_low, noise_high: where SDEdit starts, as fractions of the schedule, within (0, 1).
        sdedit_steps: denoising steps of a whole schedule, 1 to 1000.
        guidance_scale: classifier-free guidance, 1 = off, up to 200.
        seed: of all chance.
    """

    steps: int = 200
    refresh_every: int = 10
    noise_low: float = 0.1
    noise_high: float = 0.2
    sdedit_steps: int = 20
    guidance_scale: float = 15.0
    seed: int = 0

    def __post_init__(self):
        check_whole("steps", self.steps, 1, 100_000)
        check_whole("refresh_every", self.refresh_every, 1, 10_000)
        check_range("noise_low", self.noise_low, 0.01, 0.99)
        check_range("noise_high", self.noise_high, 0.01, 0.99)
        if self.noise_low > self.noise_high:
            raise ConfigError("noise_low is above noise_high; swap them.")
        check_whole("sdedit_steps", self.sdedit_steps, 1, 1000)
        check_range("guidance_scale", self.guidance_scale, 1, 200)
        check_whole("seed", self.seed, 0, 2**53)
