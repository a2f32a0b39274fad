"""A page with quick runs, in a process of its own.

`python -m tests.doubles.page_server FOLDER SECONDS`.

Gradio leaves event loops and sockets open at exit; in its own process that disturbs no test.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from pds.kinds.svg.document import Document
from pds.kinds.svg.raster.rasteriser import rasterise
from pds.ui.page import build_page, launch_options
from pds.ui.security import guard_images
from tests.doubles.svg_samples import FEATURES
from tests.doubles.ui_doubles import quick_service

ROOT = Path(__file__).parent.parent.parent
START_S = 300.0


@contextlib.contextmanager
def served(
    command: list[str],
    port: int,
    *,
    environment: Mapping[str, str] | None = None,
    stdout: IO[str] | None = None,
) -> Iterator[str]:
    """Runs a command that serves a page at that port, and yields the page's address.

    Args:
        command: what to run; terminated at the end.
        port: where it serves.
        environment: in addition to this process's.
        stdout: where its output goes.
    """
    own = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **own, **(environment or {})}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stdout)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def quick_page(folder: Path, *, seconds: float) -> Iterator[str]:
    """The address of a page whose runs take so many seconds a step."""
    port = free_port()
    options = [str(folder), str(seconds), str(port)]
    with served([sys.executable, "-m", "tests.doubles.page_server", *options], port) as url:
        yield url


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(url: str, process: subprocess.Popen) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"The page ended at once, with code {process.returncode}.")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise TimeoutError("The page did not open.")


def main(folder: str, seconds: str, port: str) -> None:
    """Serves until terminated."""
    guard_images()
    for text in FEATURES.values():  # compiles the kernels before anybody waits
        document = Document.read(text.encode())
        rasterise(document.drawing, document.parameters, size_px=(32, 32))
    with quick_service(Path(folder), seconds=float(seconds)) as service:
        options = launch_options(host="127.0.0.1", port=int(port), environment={})
        build_page(service).launch(**options)


if __name__ == "__main__":
    main(*sys.argv[1:])
