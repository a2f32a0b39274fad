"""The differentiable rasteriser: drawings to pictures by exact area coverage.

The coverage of a pixel is computed from the area-averaged winding number of the outline (the
signed-area accumulation of font rasterisers), not from samples, so that its derivative in the
control points exists and is exact: the gradient equals finite differences of the picture.

Two forms draw the same picture: tensor operations on any device (`torch`) and serial compiled
kernels on the CPU (`numba`).
"""

import importlib
import importlib.util
import math
from collections.abc import Callable
from dataclasses import fields
from types import ModuleType

import torch
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import SVGError
from pds.kinds.svg.raster.kernel_cache import kernels_kept
from pds.kinds.svg.raster.paint import gradient_matrices, stop_positions
from pds.kinds.svg.raster.picture import Inputs, Target
from pds.kinds.svg.raster.program import Plan, make_plan
from pds.kinds.svg.shapes import Drawing, Parameters

BACKENDS = ("auto", "torch", "numba")
SUPERSAMPLES = (1, 2)
MAX_SIZE_PX = 8192


def is_installed(package: str) -> bool:
    """Whether a package could be imported; it is not."""
    return importlib.util.find_spec(package) is not None


def available_backends(installed: Callable[[str], bool] = is_installed) -> tuple[str, ...]:
    """Names that `rasterise` accepts on this machine."""
    return tuple(name for name in BACKENDS if name != "numba" or installed("numba"))


def _form_name(name: str, device: torch.device, installed: Callable[[str], bool]) -> str:
    """The form to use; `auto` is numba on the CPU where it is installed, else torch."""
    if name not in BACKENDS:
        raise SVGError(f"The rasteriser {name!r} is unknown; known are: {', '.join(BACKENDS)}.")
    on_cpu = device.type == "cpu"
    if name == "auto":
        return "numba" if on_cpu and installed("numba") else "torch"
    if name == "numba" and not installed("numba"):
        raise SVGError("The rasteriser numba is not installed; install numba, or choose auto.")
    if name == "numba" and not on_cpu:
        raise SVGError("The rasteriser numba draws on the CPU only; choose torch or auto.")
    return name


def load_form(
    name: str, import_module: Callable[[str], ModuleType] = importlib.import_module
) -> ModuleType:
    """The module with the steps of a form; the compiled one is imported at first use.

    What numba compiles is kept by :mod:`pds.kinds.svg.raster.kernel_cache`.
    """
    module = f"pds.kinds.svg.raster.raster_{name}"
    if name != "numba":
        return import_module(module)
    with kernels_kept(import_module("numba")):
        return import_module(module)


class _Draw(torch.autograd.Function):
    """Edges and paints to a picture, by one of the forms."""

    @staticmethod
    def forward(ctx, form, plan, target, fixed, keep, *numbers):
        names = ("edges", "colors", "opacities", "stop_colors", "stop_opacities", "matrices")
        inputs = Inputs(
            **fixed,
            **{n: t.detach().contiguous() for n, t in zip(names, numbers, strict=True)},
        )
        picture, saved = form.draw(plan, inputs, target, keep=keep)
        ctx.form, ctx.plan, ctx.saved = form, plan, saved
        return picture

    @staticmethod
    def backward(ctx, grad):
        grads = ctx.form.backward(ctx.plan, ctx.saved, grad.contiguous())
        return None, None, None, None, None, *grads


class Rasteriser:
    """Draws one drawing at one size, many times with changing numbers.

    What follows from the drawing alone is tabulated once. Calling it is a pure function of the
    parameters: the same numbers give the same picture and gradient, bit for bit, on one machine.

    Args:
        drawing: what to draw; its viewBox is fitted into the picture and centred.
        size_px: `(height, width)` of the picture, 1 to 8192 each.
        supersample: 1 or 2 samples per pixel and axis. Coverage is exact in both cases; 2 also
            resolves how shapes overlap within a pixel.
        background: sRGB in [0, 1] below the drawing; None for a transparent picture.
        backend: `auto`, `torch` or `numba`.
        installed: tells whether a package is there.

    Raises:
        SVGError: an unknown or missing backend, or a size or supersampling out of range.
    """

    def __init__(
        self,
        drawing: Drawing,
        *,
        size_px: tuple[int, int],
        supersample: int = 1,
        background: tuple[float, float, float] | None = (1.0, 1.0, 1.0),
        backend: str = "auto",
        installed: Callable[[str], bool] = is_installed,
    ):
        height, width = size_px
        if not (1 <= height <= MAX_SIZE_PX and 1 <= width <= MAX_SIZE_PX):
            raise SVGError(f"A picture of {width} x {height} pixels is outside 1 to {MAX_SIZE_PX}.")
        if supersample not in SUPERSAMPLES:
            raise SVGError(f"The supersampling is {supersample}; it must be 1 or 2.")
        _form_name(backend, torch.device("cpu"), installed)
        self.drawing = drawing
        self.size_px = (height, width)
        self.supersample = supersample
        self.background = background
        self.backend = backend
        self._installed = installed
        below = (0.0, 0.0, 0.0, 0.0) if background is None else (*background, 1.0)
        self._target = Target(
            height=height * supersample, width=width * supersample, background=below
        )
        self._plan = make_plan(drawing, self._target.height, self._target.width)
        self._names: dict[torch.device, str] = {}
        self._plans: dict[tuple[torch.device, torch.dtype], Plan] = {}

    def __call__(self, parameters: Parameters) -> Float[Tensor, "channels height width"]:
        """Draws.

        Args:
            parameters: the numbers, float32 or float64, on the device that draws.

        Returns:
            sRGB in [0, 1], 3 channels, differentiable in all parameters except stop offsets and
            the points of clip paths; with `background=None` sRGB and alpha, without gradient.

        Raises:
            SVGError: a number is NaN or infinite, or the backend cannot draw on this device.
        """
        device = parameters.points.device
        if device not in self._names:
            self._names[device] = _form_name(self.backend, device, self._installed)
        backend = self._names[device]
        _check_finite(parameters)
        picture = self._draw(parameters, load_form(backend))
        picture = picture.permute(2, 0, 1)
        if self.supersample > 1:
            picture = torch.nn.functional.avg_pool2d(picture[None], self.supersample)[0]
        return picture[:3] if self.background is not None else _straight(picture)

    def _draw(self, parameters: Parameters, form: ModuleType) -> Tensor:
        """The picture `[height, width, 4]`, premultiplied, in samples."""
        plan = self._plan_for(parameters.points)
        edges, shapes, sources = _edges(form, plan, parameters)
        matrices, visible = gradient_matrices(plan.gradients, sources)
        fixed = {
            "shapes": shapes,
            "positions": stop_positions(parameters.stop_offsets, plan.gradients),
            "visible": visible,
        }
        numbers = (
            edges,
            parameters.colors,
            parameters.opacities,
            parameters.stop_colors,
            parameters.stop_opacities,
            matrices,
        )
        keep = torch.is_grad_enabled() and any(n.requires_grad for n in numbers)
        return _Draw.apply(form, plan, self._target, fixed, keep, *numbers)

    def _plan_for(self, like: Tensor) -> Plan:
        key = (like.device, like.dtype)
        if key not in self._plans:
            self._plans[key] = self._plan.to(*key)
        return self._plans[key]


def rasterise(
    drawing: Drawing,
    parameters: Parameters,
    *,
    size_px: tuple[int, int],
    supersample: int = 1,
    background: tuple[float, float, float] | None = (1.0, 1.0, 1.0),
    backend: str = "auto",
) -> Float[Tensor, "channels height width"]:
    """Draws once; see :class:`Rasteriser` for the arguments, the result and the errors."""
    draw = Rasteriser(
        drawing,
        size_px=size_px,
        supersample=supersample,
        background=background,
        backend=backend,
    )
    return draw(parameters)


def _edges(form: ModuleType, plan: Plan, parameters: Parameters) -> tuple[Tensor, Tensor, list]:
    """Edges in samples, the shape of each, and the line pieces they came from."""
    fills, pieces = form.flatten(parameters.points, plan.fills)
    edges, shapes = fills, plan.fills.shapes[pieces.segments]
    sources = [(fills, pieces.segments, plan.fills, True)]
    if len(plan.strokes.shapes):
        lines, pieces = form.flatten(parameters.points, plan.strokes)
        stroked, owners = form.stroke_edges(
            lines, pieces, plan.strokes, plan.styles, parameters.widths
        )
        edges, shapes = torch.cat([edges, stroked]), torch.cat([shapes, owners])
        sources.append((lines, pieces.segments, plan.strokes, False))
    return edges, shapes, sources


def _check_finite(parameters: Parameters) -> None:
    total = sum(getattr(parameters, f.name).detach().sum() for f in fields(parameters))
    if not math.isfinite(total):  # one NaN or infinity makes the sum one
        raise SVGError(
            "A number of the drawing is NaN or infinite; lower the learning rates or the guidance."
        )


def _straight(picture: Tensor) -> Tensor:
    """Premultiplied to straight colour; transparent pixels are black."""
    picture = picture.detach()
    alpha = picture[3:]
    color = torch.where(alpha > 1e-6, picture[:3] / alpha.clamp_min(1e-6), 0)
    return torch.cat([color.clamp(0, 1), alpha.clamp(0, 1)])
