"""The command `pds-app`, and what `python app.py` runs: options, the page, launch."""

import argparse
import importlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from pds.base.errors import PDSError
from pds.base.version import VERSION
from pds.diffusion import load_prior
from pds.ui.desks import make_desks
from pds.ui.page import build_page, launch_options
from pds.ui.prior import LazyPrior
from pds.ui.security import guard_images
from pds.work.presets import load_presets
from pds.work.runs import rehearse
from pds.work.scene_presets import load_scene_presets


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(description="Edit drawings and scenes by words, in a page.")
    parser.add_argument("--version", action="version", version=VERSION)
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (%(default)s)")
    parser.add_argument("--port", type=int, help="TCP port (the first free one from 7860)")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name under which browsers may ask for the page; may be repeated",
    )
    parser.add_argument(
        "--prior",
        default="built-in",
        help="diffusion model: built-in, a folder in diffusers format, or a hub id (%(default)s)",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (%(default)s)")
    parser.add_argument(
        "--max-waiting", type=int, default=8, help="edits that may wait in line (%(default)s)"
    )
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> None:
    """Builds the page and serves it until interrupted."""
    options = parse_options(arguments)
    guard_images()
    presets = load_presets()
    first = next(iter(presets.values())).recipe  # a step of it compiles what is yet to compile
    prior = LazyPrior(
        lambda: rehearse(first, load_prior(options.prior, device=options.device)),
        name=options.prior,
    )
    on_zero_gpu = bool(os.environ.get("SPACES_ZERO_GPU"))
    loading = prior.warm()
    if on_zero_gpu:
        loading.join()  # there each run is in a fork, which must find the prior loaded
    with tempfile.TemporaryDirectory(prefix="pds-") as folder:
        desks = make_desks(
            prior,
            presets,
            load_scene_presets(),
            folder=Path(folder),
            max_waiting=options.max_waiting,
            device=options.device,
            decorate=importlib.import_module("spaces").GPU(duration=60) if on_zero_gpu else None,
        )
        build_page(desks).launch(
            **launch_options(
                host=options.host,
                port=options.port,
                environment=os.environ,
                extra_hosts=options.allow_host,
                open_browser=options.open,
            )
        )


def entry() -> NoReturn:
    """Serves the page by the process's own arguments; a fault of ours ends in one sentence."""
    try:
        main(sys.argv[1:])
    except PDSError as error:
        sys.exit(f"error: {error}")
    sys.exit()
