"""The command line with nothing put in its place: the built-in prior, a process of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pds.cli.main import main
from tests.doubles.cli_doubles import DRAWING_FILES, QUICK, write_drawing, written_recipe
from tests.doubles.tiny_pipeline import save_pipeline

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("key", ["red-apple-to-green", "man-in-red"])
def test_the_built_in_prior_edits_a_preset(tmp_path, key):
    quick = QUICK if key == "red-apple-to-green" else ["--no-views", "--no-film", "--no-turntable"]
    quick += ["--no-mesh"] if key == "man-in-red" else []
    argv = ["edit", "--preset", key, "--steps", "2", *quick, "-o", str(tmp_path)]
    assert main(argv) == 0
    recipe = written_recipe(tmp_path)
    assert (recipe.name, recipe.prior) == (key, "built-in")
    assert len(recipe.prior_fingerprint) >= 16
    ending = recipe.of_kind.endings[0]
    edited, source = (tmp_path / f"{name}{ending}" for name in ("edited", "source"))
    assert edited.read_bytes() != source.read_bytes()


def test_the_built_in_prior_says_what_it_knows(capsys):
    assert main(["prior"]) == 0
    printed = capsys.readouterr().out
    assert "built-in" in printed
    assert "cat" in printed


def test_the_module_runs_and_ctrl_c_keeps_the_result(tmp_path):
    out = tmp_path / "out"
    drawing = write_drawing(tmp_path / "corner.svg")
    prior = save_pipeline(tmp_path / "prior", vae=False)
    words = ["--source", "a cat", "--target", "a dog", "--steps", "100000"]
    argv = [sys.executable, "-m", "pds", "edit", str(drawing), *words]
    process = subprocess.Popen(
        [*argv, "--prior", str(prior), "--png-size", "32", "-o", str(out)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = ""
    while "corner: Editing, 100000 steps." not in said and process.poll() is None:
        said += process.stderr.readline()
    time.sleep(2)  # there are steps for minutes
    process.send_signal(signal.SIGINT)
    printed, rest = process.communicate(timeout=100)
    said += rest
    assert process.returncode == 130, said
    assert "the result so far is written" in said
    assert "Traceback" not in said
    assert printed.split() == [str(out / name) for name in DRAWING_FILES]
