"""A page that has nothing but the endpoints for programs, in a process of its own.

`python -m tests.doubles.api_cli_server PRESETS PORT`. Gradio leaves event loops and sockets open at
exit; in its own process that disturbs no test.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from pds.ui.api import add_endpoints
from pds.work.preset import load_presets
from pds.work.prior import LazyPrior
from pds.work.service import Service
from tests.doubles.cli_doubles import StagedPrior

ROOT = Path(__file__).parents[2]
START_S = 300.0


@contextlib.contextmanager
def endpoints(presets: Path) -> Iterator[str]:
    """The address of a page with the endpoints; edits are real, the prior is known exactly."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.doubles.api_cli_server", str(presets), str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


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


def main(presets: str, port: str) -> None:
    """Serves until terminated."""
    prior = StagedPrior()
    prior.name = "staged"
    lazy = LazyPrior(lambda: prior, name="staged")
    lazy.get()
    with Service(lazy, load_presets(Path(presets)), device="cpu") as service:
        with gr.Blocks() as page:
            add_endpoints(service)
        page.queue(default_concurrency_limit=None)
        page.launch(
            server_name="127.0.0.1",
            server_port=int(port),
            quiet=True,
            ssr_mode=False,
            allowed_paths=[str(service.folder)],
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
