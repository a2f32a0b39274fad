"""Peak memory of a rendering and its gradient against the picture's size, in one and in two passes.

    python -m tests.bench.scene_memory [--sizes 64 128 256 512] [--patch 64] [--device cpu]

Every figure is taken in a process of its own: what it held at most beyond what it held before.
"""

import argparse
import resource
import subprocess
import sys
import time

import torch

from pds.kinds.nerf.cameras import orbit
from pds.kinds.nerf.render.rendering import render
from pds.kinds.nerf.render.two_pass import two_pass_render
from tests.doubles.nerf_samples import soft_ball

MIB = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256, 512])
    parser.add_argument("--patch", type=int, default=64, help="side of a patch of the second pass")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(*measure(options.one, options.sizes[0], options.patch, options.device))
        return
    print(f"{'side px':>8} {'passes':>7} {'peak MiB':>9} {'seconds':>8}")
    for size in options.sizes:
        for passes in ("one", "two"):
            command = [sys.executable, "-m", "tests.bench.scene_memory", "--one", passes]
            command += ["--sizes", str(size), "--patch", str(options.patch)]
            command += ["--device", options.device]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            peak, seconds = (float(part) for part in done.stdout.split())
            print(f"{size:8d} {passes:>7} {peak:9.0f} {seconds:8.2f}", flush=True)


def measure(passes: str, size: int, patch: int, device: str) -> tuple[float, float]:
    """Peak memory in MiB, and processor seconds, of one forward and backward."""
    field = soft_ball(64).to(device)
    step(field, "one", 8, patch)  # libraries load what they need
    before = held(device)
    began = time.process_time()
    step(field, passes, size, patch)
    return (held(device) - before) / MIB, time.process_time() - began


def step(field, passes: str, size: int, patch: int) -> None:
    """Draws a view and takes a gradient."""
    camera = orbit(30, 20, distance=4, fov_deg=36, size_px=size)
    if passes == "two":
        image = two_pass_render(field, camera, patch_px=patch)
    else:
        image = render(field, camera).image
    image.square().mean().backward()


def held(device: str) -> int:
    """The most bytes held at one time so far."""
    if device == "cpu":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return torch.cuda.max_memory_allocated(device)


if __name__ == "__main__":
    main()
