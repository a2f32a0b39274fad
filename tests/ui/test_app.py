import socket
import subprocess
import sys
import threading
import urllib.request

import pytest

from pds.base.errors import ConfigError
from pds.ui import app
from tests.doubles.page_server import ROOT, free_port, served


def test_by_default_the_page_is_for_this_machine_only_and_uses_the_built_in_prior():
    options = app.parse_options([])
    assert options.host == "127.0.0.1"
    assert options.prior == "built-in"
    assert not options.open


def test_help_names_every_option():
    command = [sys.executable, "app.py", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for option in ("--host", "--port", "--allow-host", "--prior", "--device", "--max-waiting"):
        assert option in shown


def test_a_taken_port_is_told_in_one_sentence_and_exit_code_2():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match="choose another --port"):
            app.check_port("127.0.0.1", port)
        command = [sys.executable, "app.py", "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: The page cannot listen on port {port}")
    assert len(done.stderr.splitlines()) == 1


def test_a_port_that_cannot_be_is_told_too():
    with pytest.raises(ConfigError, match="99999"):
        app.check_port("127.0.0.1", 99_999)
    app.check_port("127.0.0.1", None)


def test_what_is_being_prepared_is_printed_once_each(capsys):
    said = iter(["", "Loading: about 9 s left.", "Loading: about 8 s left.", "Drawing: 3 s."])
    done = threading.Event()

    def preparing() -> str:
        words = next(said)
        if words.startswith("Drawing"):
            done.set()
        return words

    warming = threading.Thread(target=done.wait)
    warming.start()
    app.tell(preparing, warming, threading.Event(), every_s=0.01)
    assert capsys.readouterr().out.splitlines() == [
        "Loading: about 9 s left.",
        "Drawing: 3 s.",
        "Ready.",
    ]


@pytest.mark.slow
def test_the_program_opens_the_page_with_its_presets_and_leaves_nothing_behind(tmp_path):
    port, log = free_port(), tmp_path / "log"
    command = [sys.executable, "app.py", "--port", str(port)]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with (
        log.open("w") as out,
        served(command, port, environment={"TMPDIR": str(temporary)}, stdout=out) as url,
        urllib.request.urlopen(f"{url}/config") as answer,
    ):
        text = answer.read().decode()
        assert "preset-" in text
        assert "nosniff" in answer.headers["x-content-type-options"]
        assert list(temporary.glob("pds-*"))
    assert not list(temporary.glob("pds-*"))  # served() ends it by SIGTERM
    assert f"The page is at {url}" in log.read_text()
    assert "share" not in log.read_text()
