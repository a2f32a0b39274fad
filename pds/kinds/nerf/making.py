"""A scene made of a capture, of photos or of a video: the fit as a maker."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, final

import torch

from pds.base.errors import CaptureError
from pds.kinds.asset import Asset
from pds.kinds.kind import Brought, Maker
from pds.kinds.nerf.capture.bringing import CAPTURE_ENDINGS, check_files, read_pictures
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.describing import describe_pictures
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.fit.fitting import Fit
from pds.kinds.nerf.fit.progress import FitQuality
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.posing.posing import Posing
from pds.kinds.nerf.scene_asset import scene_asset
from pds.kinds.nerf.settings import FitSettings
from pds.settings import Settings


class Fitting:
    """Finds the cameras of photos that have none, then fits a field.

    Args:
        source: what to fit to.
        settings: how.
        name: file stem of the scene.
        work: a folder for what finding the cameras writes.
        resume: a scene fitted before to the same capture, to go on from.
        device: where to fit.

    Attributes:
        doing: what is going on, in a few words.
        curve_label: what the curve's value is.
        warnings: one sentence each.
        quality: of held-out views, after the last step; None before, or if none are held out.
    """

    def __init__(
        self,
        source: Capture | Photos,
        settings: FitSettings,
        *,
        name: str,
        work: Path,
        resume: FittedScene | None = None,
        device: torch.device | str = "cpu",
    ):
        self.name, self.settings, self.device = name, settings, device
        self.doing, self.curve_label = "Fitting", "PSNR in dB"
        self.warnings: tuple[str, ...] = ()
        self.quality: FitQuality | None = None
        self._posing = Posing(source, work=work) if isinstance(source, Photos) else None
        self._resume = resume
        self._fit: Fit | None = None
        if isinstance(source, Capture):
            self._begin(source)

    def _begin(self, capture: Capture) -> None:
        self.warnings = (*self.warnings, *capture.warnings)
        if self._resume is None:
            self._fit = Fit(capture, self.settings, device=self.device)
        else:
            self._fit = Fit.going_on(capture, self.settings, self._resume, device=self.device)

    def steps(self) -> Iterator[Any]:
        """First those that find the cameras, then those of the fit, counted separately."""
        if self._fit is None:
            doing, label = self.doing, self.curve_label
            self.curve_label = "Photos placed"
            assert self._posing is not None
            for step in self._posing.steps():
                self.doing = step.message.rstrip(".")
                yield step
            self.doing, self.curve_label = doing, label
            if self._posing.capture is None:
                raise CaptureError("The cameras of the photos were not found.")
            self._begin(self._posing.capture)
        assert self._fit is not None
        yield from self._fit.steps()
        self.quality = self._fit.held_out

    def snapshot(self) -> Asset | None:
        """The scene after the last finished step; None while cameras are looked for."""
        if self._fit is None:
            return None
        return scene_asset(self._fit.scene(self.name), name=self.name)


@final
class FitMaker(Maker):
    """Fits a scene to pictures."""

    key: ClassVar[str] = "fit"
    label: ClassVar[str] = "Fit"
    noun: ClassVar[str] = "photos, a video or a capture"
    note: ClassVar[str] = (
        "Bring **20 to 60 photos** taken while walking around something, a short **video**, or a "
        "**zip** of photos or of a capture with poses (nerfstudio, instant-ngp, COLMAP, LLFF). "
        "Finding the cameras and fitting take minutes; you can stop when it looks right."
    )
    endings: ClassVar[tuple[str, ...]] = CAPTURE_ENDINGS
    Settings: ClassVar[type[Settings]] = FitSettings

    def limit_s(self, settings: Any) -> float:
        return 60 * settings.minutes

    def check(self, files: Sequence[Path]) -> None:
        check_files(tuple(files))

    def inspect(self, file: Path, *, work: Path) -> Brought:
        return describe_pictures(file, work=work)

    def begin(
        self,
        files: Sequence[Path],
        settings: Any,
        *,
        name: str,
        work: Path,
        resume: Asset | None,
        device: torch.device | str,
    ) -> Fitting:
        return Fitting(
            read_pictures(
                tuple(files),
                longer_side_px=settings.longer_side_px,
                frames=settings.frames,
                work=work,
            ),
            settings,
            name=name,
            work=work,
            resume=None if resume is None else resume.content,
            device=device,
        )
