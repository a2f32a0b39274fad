"""Compiles the kernels ahead of the first drawing: `python -m pds.kinds.svg.raster.warming`."""

import platform
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import torch

from pds.kinds.svg.raster.kernel_cache import cache_folder
from pds.kinds.svg.raster.rasteriser import Rasteriser, available_backends
from pds.kinds.svg.read.gate import parse_svg
from pds.kinds.svg.read.reader import read_tree

_SIZE_PX = 16
# One of everything: fill, stroke with joins and caps, gradients, a clip, a group with an opacity.
_DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<linearGradient id="l"><stop/><stop offset="1" stop-color="red"/></linearGradient>
<clipPath id="c"><circle cx="8" cy="8" r="7"/></clipPath>
<g opacity=".5"><rect width="9" height="9" fill="url(#l)"/><circle cx="9" cy="9" r="4"/></g>
<path d="M2 2L8 9L14 3Q9 8 12 14" fill="none" stroke="blue" clip-path="url(#c)"/></svg>"""


def _marker() -> Path:
    """The file that says the kernels of this processor and version of Python are kept."""
    names = (*sys.version_info[:2], platform.machine(), _processor())
    return cache_folder() / ("warm-" + "-".join(str(name) for name in names))


def _processor() -> str:
    from llvmlite import binding  # not needed, and not there, without numba

    return str(binding.get_host_cpu_name())


def is_warm() -> bool:
    """Whether drawing starts at once: the kernels are compiled and kept, or none are needed."""
    return "numba" not in available_backends() or _marker().is_file()


def warm(progress: Callable[[str], None] | None = None) -> None:
    """Compiles all kernels that drawing and editing on the CPU need, and keeps them.

    Takes about ten seconds of an idle core the first time, a part of a second from then on, and
    is safe to call from any thread, twice, or in two processes at once.

    Args:
        progress: told in one sentence each what is being done.
    """
    if "numba" not in available_backends():
        return
    say = progress or (lambda sentence: None)
    if not is_warm():
        say("Compiling the drawing code for this processor, once; this takes 10 to 40 seconds.")
    drawn = read_tree(parse_svg(_DRAWING).root)
    numbers = drawn.parameters.to(dtype=torch.float32)
    numbers = replace(
        numbers, **{f.name: getattr(numbers, f.name).requires_grad_() for f in fields(numbers)}
    )
    picture = Rasteriser(drawn.drawing, size_px=(_SIZE_PX, _SIZE_PX), backend="numba")(numbers)
    if not is_warm():
        say("Compiling the second half, which tells how a drawing has to change.")
    picture.sum().backward()
    _marker().touch()
    say("The drawing code is ready.")


if __name__ == "__main__":
    warm(print)
