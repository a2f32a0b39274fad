import subprocess
import sys
import urllib.request

import pytest

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


@pytest.mark.slow
def test_the_command_of_the_readme_opens_the_page_with_its_presets():
    port = free_port()
    command = [sys.executable, "app.py", "--port", str(port)]
    with served(command, port) as url, urllib.request.urlopen(f"{url}/config") as answer:
        text = answer.read().decode()
        assert "preset-" in text
        assert "nosniff" in answer.headers["x-content-type-options"]
