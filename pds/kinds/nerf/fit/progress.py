"""What a fit says of itself: a record a step, a running mean, and the quality at the end."""

from dataclasses import dataclass

MEMORY = 0.95  # of the running error


@dataclass(frozen=True, kw_only=True)
class FitStep:
    """One optimiser step.

    Attributes:
        index: from 0.
        total: steps planned; a time limit may end the fit sooner.
        psnr: of the rays fitted to, running mean, dB.
        held_out_psnr: of some rays of held-out views, dB, measured now; None at most steps.
        loss: the mean squared error of this step's rays.
        seconds: since the fit began.
    """

    index: int
    total: int
    psnr: float
    held_out_psnr: float | None
    loss: float
    seconds: float

    @property
    def curve_value(self) -> float:
        """What a progress curve shows."""
        return self.psnr


@dataclass(frozen=True, kw_only=True)
class FitQuality:
    """Means over whole held-out views.

    Attributes:
        psnr: dB.
        ssim: up to 1.
        views: how many were measured.
    """

    psnr: float
    ssim: float
    views: int


class RunningMean:
    """Mean of the last twenty or so values, all equally at first."""

    def __init__(self):
        self.value, self._count = 0.0, 0

    def add(self, value: float) -> None:
        """Takes one more value in."""
        self._count += 1
        self.value += (value - self.value) * max(1 / self._count, 1 - MEMORY)
