"""How fast fields are fitted: PSNR of held-out views over time.

    python -m tests.bench.fit [--object FOLDER] [--fox FOLDER] [--steps N] [--threads 2] [--out DIR]

Fits an object with alpha (a drawn figure of 36 views of 96 px, or the capture in FOLDER) and, if
its folder is given, a real capture; prints wall and processor time, since a busy machine makes them
differ. With --out, held-out views are saved beside their renderings.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch
from PIL import Image

from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.capture.reading import open_source
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fit.fitting import Fit
from pds.kinds.nerf.render.rendering import render
from pds.kinds.nerf.settings import FitSettings
from tests.doubles.nerf_samples import object_capture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--object", type=Path, help="a capture with alpha; a drawn figure if absent"
    )
    parser.add_argument("--fox", type=Path, help="a real capture without bounds")
    parser.add_argument("--steps", type=int, default=0, help="0 = the plan's own")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="folder for pictures")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    config = FitSettings(steps=options.steps)
    thing = object_capture() if options.object is None else read(options.object)
    measure("object", thing, config, options.out)
    if options.fox:
        measure("fox", read(options.fox), config, options.out)


def read(folder: Path) -> Capture:
    """A capture that has poses."""
    with tempfile.TemporaryDirectory() as work:
        capture = open_source(folder, work=Path(work))
    if isinstance(capture, Photos):
        raise SystemExit(f"{folder} has no poses.")
    return capture


def measure(name: str, capture: Capture, config: FitSettings, out: Path | None) -> None:
    """Prints a table of one fit."""
    fit = Fit(capture, config)
    first = capture.cameras[0]
    print(f"{name}: {len(capture)} views of {first.width} x {first.height} px, {fit.field.kind}")
    print(f"{'step':>6} {'wall s':>8} {'cpu s':>8} {'fitted dB':>10} {'held out dB':>12}")
    began = time.process_time()
    for step in fit.steps():
        if step.held_out_psnr is not None:
            spent = time.process_time() - began
            print(
                f"{step.index + 1:6d} {step.seconds:8.1f} {spent:8.1f} {step.psnr:10.2f} "
                f"{step.held_out_psnr:12.2f}",
                flush=True,
            )
    quality = fit.held_out
    print(
        f"whole held-out views ({quality.views}): {quality.psnr:.2f} dB, SSIM {quality.ssim:.3f}\n"
    )
    if out:
        out.mkdir(parents=True, exist_ok=True)
        compare(fit, capture).save(out / f"{name}.png")


@torch.no_grad()
def compare(fit: Fit, capture: Capture) -> Image.Image:
    """Held-out pictures above what the field shows there, up to four."""
    held = range(fit.config.holdout // 2, len(capture), fit.config.holdout)
    occupancy, columns = Occupancy(fit.field), []
    for index in list(held)[:4]:
        drawn = render(fit.field, fit.capture.cameras[index], occupancy=occupancy).image[0]
        below = (drawn.permute(1, 2, 0).clamp(0, 1) * 255).round().byte().cpu()
        columns.append(torch.cat([fit.capture.images[index], below]))
    return Image.fromarray(torch.cat(columns, 1).numpy())


if __name__ == "__main__":
    main()
