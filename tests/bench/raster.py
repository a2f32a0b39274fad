"""What drawing and differentiating costs: `python -m tests.bench.raster [files.svg ...]`.

Prints two tables: real drawings (the given files, else those of the presets) at 64 to 512 pixels,
and generated ones of 1 to 1000 paths, with the cost of a path and of a pixel. All times are
milliseconds of processor time on one thread, the least of some repetitions, both forms taking
turns; the last column is the first form's time over the last one's.
"""

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from pds.kinds.svg.document import Document
from pds.kinds.svg.raster.rasteriser import Rasteriser, available_backends
from pds.kinds.svg.shapes import Drawing, Parameters
from tests.doubles.raster_drawings import Sketch, layer

SIZES_PX = (64, 128, 256, 512)
PATHS = (1, 10, 100, 300, 1000)
LEAVES = ("points", "colors", "opacities", "widths", "stop_colors", "stop_opacities")
PRESETS = Path(__file__).parents[2] / "presets"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Milliseconds of one rendering and of its gradient."""

    forward: float
    backward: float

    @property
    def total(self) -> float:
        return self.forward + self.backward


def stepper(drawing: Drawing, parameters: Parameters, size: int, form: str) -> Callable[[], Cost]:
    """A function that draws and differentiates once and says what it took."""
    leaves = {name: getattr(parameters, name).clone().requires_grad_() for name in LEAVES}
    moving = replace(parameters, **leaves)
    draw = Rasteriser(drawing, size_px=(size, size), backend=form)
    weights = torch.rand(3, size, size, generator=torch.Generator().manual_seed(0))

    def step() -> Cost:
        start = time.thread_time()
        picture = draw(moving)
        middle = time.thread_time()
        picture.backward(weights)
        end = time.thread_time()
        for leaf in leaves.values():
            leaf.grad = None
        return Cost(forward=1000 * (middle - start), backward=1000 * (end - middle))

    return step


def measure(
    drawing: Drawing, parameters: Parameters, size: int, forms: tuple[str, ...], seconds: float
) -> dict[str, Cost]:
    """Smallest times of every form, the forms taking turns for some seconds."""
    steps = {form: stepper(drawing, parameters, size, form) for form in forms}
    best = {form: step() for form, step in steps.items()}
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 3 or time.perf_counter() < end:
        for form, step in steps.items():
            cost = step()
            best[form] = Cost(
                forward=min(cost.forward, best[form].forward),
                backward=min(cost.backward, best[form].backward),
            )
        rounds += 1
    return best


def blobs(count: int) -> tuple[Drawing, Parameters]:
    """Disks of random place, size and colour, as four cubics each."""
    generator = torch.Generator().manual_seed(count)
    sketch = Sketch((0.0, 0.0, 64.0, 64.0))
    layers = []
    for _ in range(count):
        x, y, r, *color = torch.rand(6, generator=generator).tolist()
        outline = sketch.circle(64 * x, 64 * y, 2 + 8 * r)
        opacity = sketch.opacity(0.8)
        layers.append(layer(outline, sketch.solid(*color), opacities=(opacity,)))
    return sketch.finish(*layers, dtype=torch.float32)


def row(name: str, size: int, costs: dict[str, Cost]) -> str:
    cells = [f"{c.forward:8.2f} /{c.backward:8.2f}" for c in costs.values()]
    times = [c.total for c in costs.values()]
    ratio = f"{times[0] / times[-1]:7.1f}x" if len(times) > 1 else ""
    return f"{name:34} {size:5d}  {'  '.join(cells)}  {ratio}"


def real_table(files: list[Path], forms: tuple[str, ...], seconds: float) -> None:
    heads = "  ".join(f"{form + ' fwd / bwd':>18}" for form in forms)
    print(f"{'drawing (layers, segments)':34} {'px':>5}  {heads}")
    for file in files:
        document = Document.read(file.read_bytes())
        layers = document.drawing.layers()
        segments = sum(item.outline.orders.numel() for item in layers)
        title = file.parent.name if file.stem == "drawing" else file.stem
        name = f"{title[:20]} ({len(layers)}, {segments})"
        parameters = document.parameters.to(torch.float32)
        for size in SIZES_PX:
            print(row(name, size, measure(document.drawing, parameters, size, forms, seconds)))


def scaling_table(forms: tuple[str, ...], seconds: float) -> None:
    print("\ncost against paths and pixels (forward + backward)")
    heads = "  ".join(f"{form:>9} {'us/path':>8} {'ns/px':>8}" for form in forms)
    print(f"{'paths':>6} {'px':>5}  {heads}")
    for count in PATHS:
        drawing, parameters = blobs(count)
        for size in SIZES_PX:
            costs = measure(drawing, parameters, size, forms, seconds)
            cells = [
                f"{c.total:9.2f} {1000 * c.total / count:8.1f} {1e6 * c.total / size**2:8.1f}"
                for c in costs.values()
            ]
            print(f"{count:6d} {size:5d}  {'  '.join(cells)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="SVG files instead of the presets'")
    parser.add_argument("--seconds", type=float, default=0.5, help="per measurement")
    options = parser.parse_args()
    torch.set_num_threads(1)
    forms = tuple(name for name in ("torch", "numba") if name in available_backends())
    files = options.files or sorted(PRESETS.glob("*/drawing.svg"))
    if not math.isfinite(options.seconds) or options.seconds <= 0:
        parser.error("--seconds must be positive")
    if files:
        real_table(files, forms, options.seconds)
    scaling_table(forms, options.seconds)


if __name__ == "__main__":
    main()
