"""Float32 or bfloat16: whichever this machine computes faster.

What a processor claims says little: one with bfloat16 instructions may run them at half the speed
of float32, and one without them is many times slower. So a convolution is timed.
"""

import time
from collections.abc import Callable

import torch

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_ROUNDS = 8


def convolve(kind: torch.dtype) -> None:
    """One convolution of the size that fills a training step."""
    weight = torch.ones(128, 128, 3, 3, dtype=kind)
    torch.nn.functional.conv2d(torch.ones(8, 128, 16, 16, dtype=kind), weight, padding=1)


def faster_precision(
    work: Callable[[torch.dtype], None] = convolve,
    clock: Callable[[], float] = time.process_time,
) -> str:
    """Key of `DTYPES` whose convolution takes less time, the best of eight each.

    Args:
        work: what is timed.
        clock: seconds.
    """
    best = {}
    for name, kind in DTYPES.items():
        work(kind)  # the first call prepares the kernel
        times = []
        for _ in range(_ROUNDS):
            start = clock()
            work(kind)
            times.append(clock() - start)
        best[name] = min(times)
    return min(best, key=best.__getitem__)
