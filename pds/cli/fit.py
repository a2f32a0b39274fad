"""`pds fit`: a scene of photos, of a video or of a capture with poses."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from pds.base.checks import check_prompt
from pds.base.errors import ConfigError, ExportError
from pds.base.files import check_folder, write_bytes
from pds.cli.backend import Backend
from pds.cli.files import read_asset
from pds.cli.options import Section, add_device, add_sections, given_options
from pds.cli.progress import INTERRUPTED, exit_code, follow, say
from pds.diffusion.devices import pick_device
from pds.kinds import KINDS
from pds.kinds.asset import Asset
from pds.kinds.kind import Kind, Maker
from pds.work.names import clean_name
from pds.work.order import MakeOrder, Tools

COMMAND = "fit"


def fitted_kind() -> tuple[Kind, Maker]:
    """The kind that is made by this command, and how."""
    return next(
        (kind, kind.maker) for kind in KINDS.values() if kind.maker and kind.maker.key == COMMAND
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    kind, maker = fitted_kind()
    default = f"{kind.noun}{kind.endings[0]}"
    parser.description = (
        f"Makes a {kind.noun} of {maker.noun} and writes it to a file. Photos and videos are posed "
        "first, which needs the extra package pycolmap. Ctrl-C stops and keeps what there is so "
        "far; --resume goes on from it."
    )
    parser.add_argument(
        "pictures",
        nargs="+",
        metavar="PICTURES",
        help="a folder or zip (transforms.json, COLMAP, LLFF, or photos), a transforms.json, a "
        "video, or several photos",
    )
    parser.add_argument(
        "-o",
        "--output",
        dest="output",
        metavar="FILE",
        default=default,
        help=f"the {kind.noun} (default: {default})",
    )
    parser.add_argument(
        "--resume",
        dest="resume",
        metavar="FILE",
        help=f"go on from this {kind.noun} of the same pictures",
    )
    parser.add_argument(
        "--name", dest="name", metavar="TEXT", help="what to call it (default: after the pictures)"
    )
    parser.add_argument(
        "--prompt",
        dest="prompt",
        metavar="TEXT",
        help="what it shows, in words: the source prompt of later edits",
    )
    add_device(parser)
    parser.add_argument("-q", "--quiet", dest="quiet", action="store_true", help="no progress bar")
    add_sections(parser, [Section(settings=maker.Settings)])


def run_command(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code.

    Raises:
        PDSError: anything that keeps the fit from starting or its result from being written.
    """
    kind, maker = fitted_kind()
    output = _checked_output(arguments.output, kind)
    order = _order(arguments, kind, maker)
    with tempfile.TemporaryDirectory(prefix="pds-fit-") as folder:
        work = Path(folder)
        tools = Tools(prior=backend.load_prior, folder=work, device=arguments.device)
        record = follow(
            lambda: order.make_run(tools), label=order.asset_name, quiet=arguments.quiet
        )
        code = exit_code(record)
        reached = record.snapshot
        run: Any = record.run
    if reached is None:
        if record.steps_taken:
            say("There is nothing to keep yet. Nothing was written.")
        return code
    if arguments.prompt is not None:
        reached = kind.worded(reached, arguments.prompt.strip())
    write_bytes(output, reached.data)
    _say_quality(run, reached)
    if code == INTERRUPTED:
        say(f"Interrupted after step {record.steps_taken}; the {kind.noun} so far is written.")
    print(output)
    return code


def _order(arguments: argparse.Namespace, kind: Kind, maker: Maker) -> MakeOrder:
    """What is asked for, checked as far as that is quick."""
    settings = maker.Settings(**Section(settings=maker.Settings).values(given_options(arguments)))
    if arguments.prompt is not None:
        check_prompt("prompt", arguments.prompt)
    pick_device(arguments.device)
    paths = tuple(Path(path) for path in arguments.pictures)
    maker.check(paths)
    resume = None if arguments.resume is None else read_asset(arguments.resume, kind)
    return MakeOrder(
        kind=kind.key,
        files=paths,
        asset_name=clean_name(arguments.name or _called(paths[0]), otherwise=kind.noun),
        settings=settings,
        resume=resume,
        filmed=False,
    )


def _called(path: Path) -> str:
    """The name of what was brought; of a file that every capture has, its folder's."""
    path = path.resolve()
    return path.parent.name if path.name == "transforms.json" else path.name


def _checked_output(path: str, kind: Kind) -> Path:
    """The file to write, in a folder that can be written.

    Raises:
        ConfigError: it has another ending than files of the kind.
        ExportError: it is a folder, or cannot be written.
    """
    output = Path(path)
    if "\0" not in path and output.is_dir():
        raise ExportError(f"{path!r} is a folder; name a file in it.")
    check_folder(output.parent)
    if output.suffix.lower() not in kind.endings:
        raise ConfigError(f"{path!r} must end in {' or '.join(kind.endings)}, as {kind.noun}s do.")
    return output


def _say_quality(run: Any, reached: Asset) -> None:
    """What was measured: at the end, or else, if the run was ended before, last."""
    if run.quality is not None:
        quality = run.quality
        say(
            f"On the pictures that were held out ({quality.views}): PSNR {quality.psnr:.2f} dB, "
            f"SSIM {quality.ssim:.3f}."
        )
    elif reached.about:
        say(f"{reached.name}: {reached.about}.")
