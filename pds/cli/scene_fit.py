"""`python -m pds scene fit`: from a capture, photos or a video to a scene's file."""

import argparse
import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pds.base.errors import PDSError
from pds.base.files import check_folder, write_bytes
from pds.cli.backend import Backend
from pds.cli.options import FIT, FIT_OPTIONS, add_settings, given
from pds.cli.progress import Outcome, say, say_warnings, take_steps
from pds.cli.scene_files import check_output_file, describe_by, read_checkpoint, scene_name
from pds.diffusion.devices import pick_device
from pds.kinds.nerf.checkpoint import load_scene, save_scene
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.settings.config import check_prompt, check_whole
from pds.settings.scene_config import FitConfig

FAILED = 1
INTERRUPTED = 130


def add_scene_fit(commands: Any) -> None:
    """Adds the subcommand."""
    parser = commands.add_parser(
        "fit",
        help="make a scene of photos, a video or a capture with poses",
        description="Fits a radiance field and writes it to a file. Photos and videos are posed "
        "first, which needs the extra package pycolmap. Ctrl-C stops and keeps the scene so far; "
        "--resume goes on from it.",
    )
    parser.add_argument(
        "capture",
        nargs="+",
        help="a folder or zip (transforms.json, COLMAP, LLFF, or photos), a transforms.json, a "
        "video, or several photos",
    )
    parser.add_argument(
        "-o", "--output", default="scene.safetensors", metavar="FILE",
        help="the scene (default: scene.safetensors)",
    )  # fmt: skip
    parser.add_argument(
        "--resume", metavar="FILE", help="go on from this scene of the same capture"
    )
    parser.add_argument("--name", help="what to call it (default: after the capture)")
    parser.add_argument(
        "--prompt", metavar="TEXT", help="what it shows, in words: the source prompt of later edits"
    )
    parser.add_argument(
        "--frames", type=int, default=60, metavar="N",
        help="sharp frames taken from a video, 8 to 300 (default: 60)",
    )  # fmt: skip
    parser.add_argument(
        "--work", metavar="FOLDER", help="keep intermediate files there (default: none are kept)"
    )
    parser.add_argument(
        "--device", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")
    add_settings(parser, FIT)
    parser.set_defaults(command=run_fit)


def run_fit(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code.

    Raises:
        PDSError: anything that keeps the fit from starting or the scene from being written.
    """
    config = FitConfig(**given(arguments, FIT_OPTIONS))
    check_whole("frames", arguments.frames, 8, 300)
    if arguments.prompt is not None:
        check_prompt("prompt", arguments.prompt)
    device = pick_device(arguments.device)
    output = check_output_file(arguments.output)
    scenes = backend.scenes()
    resume = None
    if arguments.resume is not None:
        resume = load_scene(read_checkpoint(arguments.resume))
    paths = [Path(path) for path in arguments.capture]
    name = scene_name(arguments.name or paths[0])
    with _work_folder(arguments.work) as work:
        source = scenes.read_capture(
            paths, frames=arguments.frames, longer_side_px=config.longer_side_px, work=work
        )
        run = scenes.make_fit(source, config, name=name, work=work, resume=resume, device=device)
        say_warnings(run)
        said = run.warnings
        outcome = take_steps(run, label=name, describe=describe_by(run), quiet=arguments.quiet)
        # What was left out of photos is known only when they have been posed.
        say_warnings(run, said)
        if outcome.error:
            say(outcome.error)
        scene = _scene_of(run, outcome)
    if scene is None:
        return INTERRUPTED if outcome.interrupted else FAILED
    if arguments.prompt is not None:
        scene = dataclasses.replace(scene, prompt=arguments.prompt.strip())
    write_bytes(output, save_scene(scene))
    _say_quality(run, scene)
    if outcome.interrupted:
        say(f"Interrupted after step {outcome.steps}; the scene so far is written.")
    print(output)
    if outcome.interrupted:
        return INTERRUPTED
    return FAILED if outcome.error else 0


def _scene_of(run: Any, outcome: Outcome) -> FittedScene | None:
    """The scene, or None (and why) if the run was ended before there was one."""
    if outcome.steps == 0:
        return None
    try:
        return run.scene()
    except PDSError as error:
        if not (outcome.interrupted or outcome.error):
            raise
        say(f"{error} Nothing was written.")
        return None


def _say_quality(run: Any, scene: FittedScene) -> None:
    """What was measured: at the end, or else, if the run was ended before, last."""
    if run.quality is not None:
        quality = run.quality
        say(
            f"On the pictures that were held out ({quality.views}): PSNR {quality.psnr:.2f} dB, "
            f"SSIM {quality.ssim:.3f}."
        )
    elif scene.psnr is not None:
        say(f"On the pictures that were held out: PSNR {scene.psnr:.2f} dB.")


@contextmanager
def _work_folder(kept: str | None) -> Iterator[Path]:
    """The folder the user wants kept, or one that is gone afterwards."""
    if kept is not None:
        yield check_folder(kept)
        return
    with tempfile.TemporaryDirectory(prefix="pds-fit-") as folder:
        yield Path(folder)
