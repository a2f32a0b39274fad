import subprocess
import sys
import urllib.request

import pytest

import app
from pds.ui.direct import DirectDriver
from pds.ui.driver import LocalDriver
from tests.page_server import ROOT, free_port, served
from tests.ui_doubles import FakeRun, recipe


def test_by_default_the_page_is_for_this_machine_only_and_uses_the_built_in_prior():
    options = app.parse_options([])
    assert options.host == "127.0.0.1"
    assert options.prior == "built-in"
    assert not options.open


def test_edits_run_on_a_thread_of_the_program():
    driver = app.make_driver(FakeRun, 1)
    assert isinstance(driver, LocalDriver)
    job_id = driver.start(recipe())
    assert list(driver.watch(job_id))[-1].state == "done"
    driver.jobs.close()


def test_where_a_platform_decorates_them_edits_run_in_its_calls():
    decorated = []

    def decorate(generator):
        decorated.append(generator)
        return generator

    driver = app.make_driver(FakeRun, 1, decorate)
    assert isinstance(driver, DirectDriver)
    assert len(decorated) == 1


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
