"""Dense rendering of all samples against packed rendering of those where matter is, on CUDA.

    python -m tests.bench.scene_packed [--sizes 64 256 512] [--repeats 10]

Prints milliseconds of each and their ratio, in one run. Without a CUDA device, or where nerfacc's
kernels do not load, it says so.
"""

import argparse
import statistics
import time

import torch

from pds.kinds.nerf.cameras import orbit
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.render.packed import kernels_load
from pds.kinds.nerf.render.rendering import render
from tests.doubles.nerf_samples import soft_ball


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 256, 512])
    parser.add_argument("--repeats", type=int, default=10)
    options = parser.parse_args()
    if not kernels_load():
        print("nerfacc's CUDA kernels do not load here; rays are drawn densely.")
        return
    field = soft_ball(64).to("cuda")
    occupancy = Occupancy(field)
    print(f"{'px':>5} {'dense ms':>9} {'packed ms':>10} {'ratio':>6}")
    for size in options.sizes:
        view = orbit(30, 20, distance=4, fov_deg=40, size_px=size)
        dense = median_ms(options.repeats, field, view, None)
        packed = median_ms(options.repeats, field, view, occupancy)
        print(f"{size:5d} {dense:9.1f} {packed:10.1f} {dense / packed:6.2f}")


@torch.no_grad()
def median_ms(repeats: int, field, view, occupancy) -> float:
    """Of several drawings, after one to warm up."""
    taken = []
    for _ in range(repeats + 1):
        torch.cuda.synchronize()
        begun = time.perf_counter()
        render(field, view, samples=192, occupancy=occupancy)
        torch.cuda.synchronize()
        taken.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(taken[1:])


if __name__ == "__main__":
    main()
