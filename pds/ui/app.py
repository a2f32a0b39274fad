"""The program that serves the page: options, start and end."""

import argparse
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from typing import NoReturn

from pds.base.errors import ConfigError, PDSError
from pds.base.threads import wait_passively
from pds.base.version import VERSION


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(
        prog="pds-app", description="Edit drawings, scenes and pictures by words, in a page."
    )
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves the page until interrupted or terminated.

    Returns:
        The exit code: 0, or 2 with one sentence on the error output.
    """
    options = parse_options(sys.argv[1:] if arguments is None else arguments)
    wait_passively()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        check_port(options.host, options.port)
        serve(options, ended)
    except PDSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def check_port(host: str, port: int | None) -> None:
    """Raises ConfigError if the page cannot listen there; no port is any free one."""
    if port is None:
        return
    try:
        with socket.create_server((host, port)):
            return
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"The page cannot listen on port {port} of {host} ({reason}); choose another --port, "
            "or leave it out for a free one."
        ) from error


def serve(options: argparse.Namespace, ended: threading.Event) -> None:
    """Serves until `ended` is set; then everything is stopped and removed.

    Raises:
        PDSError: presets that cannot be read, no such device, no free port.
    """
    print("Starting; the libraries take some seconds.", flush=True)
    # These take seconds, which nobody should wait for who only asks for help.
    from pds.diffusion.loading import load_prior
    from pds.kinds import KINDS
    from pds.ui.security import guard_images
    from pds.work.preset import load_presets
    from pds.work.prior import LazyPrior
    from pds.work.service import Service

    guard_images()
    on_zero_gpu = bool(os.environ.get("SPACES_ZERO_GPU"))
    prior = LazyPrior(lambda: load_prior(options.prior, device=options.device), name=options.prior)
    with Service(
        prior,
        load_presets(),
        max_waiting=options.max_waiting,
        device=options.device,
        decorate=borrowed_gpu() if on_zero_gpu else None,
    ) as service:
        # What Gradio keeps of uploads and results goes with the rest.
        os.environ["GRADIO_TEMP_DIR"] = str(service.folder / "cache")
        warming = service.warm(*KINDS)
        if on_zero_gpu:
            warming.join()  # there each run is in a fork, which must find the prior loaded
        page = open_page(options, service)
        try:
            tell(service.preparation.text, warming, ended)
            ended.wait()
        finally:
            page.close(verbose=False)


def open_page(options: argparse.Namespace, service):
    """Builds the page of a service and begins to serve it.

    Raises:
        ConfigError: there is no free port.
    """
    from pds.ui.page import build_page, launch_options

    page = build_page(service)
    try:
        _, address, _ = page.launch(
            prevent_thread_lock=True,
            **launch_options(
                host=options.host,
                port=options.port,
                environment=os.environ,
                extra_hosts=options.allow_host,
                open_browser=options.open,
            ),
        )
    except OSError as error:
        raise ConfigError("The page finds no free port; choose another --port.") from error
    print(f"The page is at {address}", flush=True)
    return page


def tell(
    preparing: Callable[[], str], warming: threading.Thread, ended: threading.Event, every_s=0.5
) -> None:
    """Prints what is being prepared, each thing once, while the thread is at it."""
    told = ""
    while warming.is_alive() and not ended.is_set():
        words = preparing()
        what = words.split(":")[0].split(";")[0]
        if what and what != told:
            told = what
            print(words, flush=True)
        warming.join(every_s)
    if not ended.is_set():
        print("Ready.", flush=True)


def borrowed_gpu():
    """What ZeroGPU asks to be put around a run."""
    import spaces

    return spaces.GPU(duration=60)


def entry() -> NoReturn:
    """Serves the page by the process's own arguments."""
    sys.exit(main())
