"""The command line with nothing put in its place: real drawing, real optimisation, real files."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pds.cli.backend import Backend
from pds.cli.main import main
from pds.kinds.svg.document import Document
from pds.work.runs import DrawingRun
from tests.doubles.cli_doubles import FILES
from tests.doubles.engine_doubles import gaussian_prior
from tests.doubles.job_doubles import SVG
from tests.doubles.tiny_pipeline import save_pipeline

ROOT = Path(__file__).resolve().parents[2]
WORDS = ["--source", "a cat", "--target", "a dog"]
SMALL = ["--png-size", "32", "--quiet"]


@pytest.fixture
def drawing(tmp_path):
    path = tmp_path / "corner.svg"
    path.write_text(SVG)
    return path


def gaussian_backend() -> Backend:
    prior = gaussian_prior(image_size=16)
    prior.means.update({"a cat": -1.0, "a dog": 1.0})
    return Backend(load_prior=lambda name, **_: prior, make_run=DrawingRun)


def results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_edit_changes_the_drawing_and_its_recipe_repeats_it_bit_for_bit(drawing, tmp_path):
    argv = ["edit", str(drawing), *WORDS, "--steps", "4", "--guidance", "3", *SMALL]
    one, two = tmp_path / "one", tmp_path / "two"
    assert main([*argv, "-o", str(one)], backend=gaussian_backend()) == 0
    recipe = ["edit", "--recipe", str(one / "recipe.json"), *SMALL, "-o", str(two)]
    assert main(recipe, backend=gaussian_backend()) == 0
    assert sorted(results(one)) == sorted(FILES)
    assert results(one)["source.svg"] == SVG.encode()
    assert results(one)["edited.svg"] != SVG.encode()
    assert results(one)["edited.svg"] == results(two)["edited.svg"]
    assert results(one)["edited.png"] == results(two)["edited.png"]


def test_another_seed_gives_another_result(drawing, tmp_path):
    for seed in ("0", "1"):
        argv = ["edit", str(drawing), *WORDS, "--steps", "3", "--seed", seed, *SMALL]
        argv += ["--timestep-order", "uniform"]
        assert main([*argv, "-o", str(tmp_path / seed)], backend=gaussian_backend()) == 0
    assert results(tmp_path / "0")["edited.svg"] != results(tmp_path / "1")["edited.svg"]


def test_a_locked_element_stays_as_it_was(drawing, tmp_path):
    argv = ["edit", str(drawing), *WORDS, "--steps", "3", "--move", "points,fill", *SMALL]
    assert main([*argv, "-o", str(tmp_path / "a")], backend=gaussian_backend()) == 0
    drawing.write_text(SVG.replace("/></svg>", '/><path id="b" d="M0 0H2V2Z"/></svg>'))
    argv = [*argv, "--lock", "corner", "-o", str(tmp_path / "b")]
    assert main(argv, backend=gaussian_backend()) == 0
    source = Document.read(drawing.read_bytes())
    edited = Document.read(results(tmp_path / "b")["edited.svg"])
    moved = (source.parameters.points - edited.parameters.points).abs().sum(1) > 1e-6
    owners = [source.drawing.elements[i].id for i in source.drawing.point_element[moved].tolist()]
    assert set(owners) == {"b"}


def test_the_built_in_prior_edits_a_preset(tmp_path):
    from pds.work.presets import load_presets

    key, preset = next(iter(load_presets().items()))
    argv = ["edit", "--preset", key, "--steps", "2", *SMALL, "-o", str(tmp_path)]
    assert main(argv) == 0
    values = json.loads((tmp_path / "recipe.json").read_bytes())
    assert values["prior"] == "built-in"
    assert len(values["prior_fingerprint"]) >= 16
    assert (tmp_path / "source.svg").read_text() == preset.recipe.source
    assert (tmp_path / "edited.svg").read_bytes() != (tmp_path / "source.svg").read_bytes()


def test_the_built_in_prior_says_what_it_knows(capsys):
    assert main(["prior"]) == 0
    printed = capsys.readouterr().out
    assert "built-in" in printed
    assert "cat" in printed


@pytest.mark.slow
def test_the_module_runs_and_ctrl_c_keeps_the_result(drawing, tmp_path):
    out = tmp_path / "out"
    prior = save_pipeline(tmp_path / "prior", vae=False)
    argv = [sys.executable, "-m", "pds", "edit", str(drawing), *WORDS, "--steps", "100000"]
    process = subprocess.Popen(
        [*argv, "--prior", str(prior), "--png-size", "32", "-o", str(out)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = ""
    while "corner: 100000 steps." not in said and process.poll() is None:
        said += process.stderr.readline()
    time.sleep(5)  # the line comes before the first step; there are steps for minutes
    process.send_signal(signal.SIGINT)
    printed, rest = process.communicate(timeout=60)
    said += rest
    assert process.returncode == 130, said
    assert "the result so far is written" in said
    assert "Traceback" not in said
    assert printed.split() == [str(out / name) for name in FILES]
