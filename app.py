"""Opens the page: `python app.py`, then the address it prints."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

if os.environ.get("SPACES_ZERO_GPU"):
    import spaces  # before torch, whose start of CUDA it replaces

from pds.errors import PDSError
from pds.jobs import Jobs
from pds.presets import load_presets
from pds.priors import load_prior
from pds.recipe import Recipe
from pds.runs import DrawingRun, rehearse
from pds.ui.desk import Desk
from pds.ui.direct import DirectDriver
from pds.ui.driver import Driver, LocalDriver
from pds.ui.page import build_page, launch_options
from pds.ui.prior import LazyPrior
from pds.ui.security import guard_images


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(description="Edit drawings by words, in a page.")
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


def make_driver(
    make_run: Callable[[Recipe], DrawingRun],
    max_waiting: int,
    decorate: Callable[[Callable], Callable] | None = None,
) -> Driver:
    """Runs edits on a thread of their own, or in calls that the platform decorates."""
    if decorate is not None:
        return DirectDriver(make_run, decorate=decorate)
    return LocalDriver(Jobs(max_waiting=max_waiting), make_run)


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
    decorate = spaces.GPU(duration=60) if on_zero_gpu else None
    driver = make_driver(
        lambda recipe: DrawingRun(recipe, prior.get()), options.max_waiting, decorate
    )
    loading = prior.warm()
    if on_zero_gpu:
        loading.join()  # there each edit runs in a fork, which must find the prior loaded
    with tempfile.TemporaryDirectory(prefix="pds-") as folder:
        page = build_page(Desk(driver, prior, presets, folder=Path(folder)))
        page.launch(
            **launch_options(
                host=options.host,
                port=options.port,
                environment=os.environ,
                extra_hosts=options.allow_host,
                open_browser=options.open,
            )
        )


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except PDSError as error:
        sys.exit(f"error: {error}")
