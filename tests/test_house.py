"""The house: rooms import downwards only, each heavy library has one home, the checks are on."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest
import torch
from jaxtyping import TypeCheckError

from pds.diffusion.schedule import NoiseSchedule

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DOWNWARDS = "Rooms import downwards only"
NO_CIRCLES = "No circles inside a room"


def _lint(folder: Path) -> tuple[int, str]:
    """Exit code and report of the contracts, held against the package in a folder."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    environment = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"}
    ran = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True
    )
    return ran.returncode, ran.stdout + ran.stderr


def _copied(folder: Path) -> Path:
    """The package's modules and the contracts, alone in a folder."""
    for file in ROOT.glob("pds/**/*.py"):
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _add_import(folder: Path, importer: str, imported: str) -> None:
    path = folder.joinpath(*importer.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    with file.open("a", encoding="utf-8") as text:
        text.write(f"\nimport {imported}\n")


@pytest.fixture(scope="module")
def imports() -> list[tuple[str, str]]:
    """Every import among the modules of the package: who imports whom."""
    graph = grimp.build_graph("pds", cache_dir=None)
    return [
        (importer, imported)
        for importer in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
    ]


def _between(imports: list[tuple[str, str]], upper: str, lower: str) -> tuple[str, str]:
    """The first import that leads from one part of the house into another."""
    return next(
        (importer, imported)
        for importer, imported in imports
        if importer.startswith(f"{upper}.") and imported.startswith(f"{lower}.")
    )


def test_the_house_keeps_its_contracts():
    code, report = _lint(ROOT)
    assert code == 0, report


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        ("pds.settings", "pds.base"),
        ("pds.diffusion", "pds.base"),
        ("pds.engine", "pds.diffusion"),
        ("pds.kinds", "pds.engine"),
        ("pds.work", "pds.kinds"),
        ("pds.cli", "pds.work"),
        ("pds.ui", "pds.work"),
        ("pds.training", "pds.kinds"),
    ],
)
def test_an_import_between_rooms_that_is_turned_round_is_found(tmp_path, imports, upper, lower):
    importer, imported = _between(imports, upper, lower)
    _add_import(_copied(tmp_path), imported, importer)
    code, report = _lint(tmp_path)
    assert code == 1
    assert f"{DOWNWARDS} BROKEN" in report
    assert f"{imported} -> {importer}" in report


@pytest.mark.parametrize("room", ["base", "diffusion", "engine", "work", "kinds.svg.read"])
def test_an_import_inside_a_room_that_is_turned_round_is_found(tmp_path, imports, room):
    importer, imported = _between(imports, f"pds.{room}", f"pds.{room}")
    _add_import(_copied(tmp_path), imported, importer)
    code, report = _lint(tmp_path)
    assert code == 1
    assert f"{NO_CIRCLES} BROKEN" in report


@pytest.mark.parametrize(
    ("importer", "imported", "contract"),
    [
        ("pds.kinds.svg", "pds.kinds.nerf", "Kinds know nothing of each other"),
        ("pds.ui", "pds.cli", DOWNWARDS),
        ("pds.work", "gradio", "gradio and its server live in ui"),
        ("pds.engine", "diffusers", "diffusers and transformers live in diffusion"),
        ("pds.kinds.nerf.fit", "nerfacc", "nerfacc lives in kinds.nerf.render"),
        ("pds.kinds.nerf", "trimesh", "trimesh and scikit-image live in kinds.nerf.export"),
        ("pds.kinds.svg.raster", "lxml.etree", "lxml and tinycss2 live in kinds.svg"),
        ("pds.base", "numba", "numba lives in kinds.svg.raster"),
    ],
)
def test_an_import_where_it_does_not_belong_is_found(tmp_path, importer, imported, contract):
    _add_import(_copied(tmp_path), importer, imported)
    code, report = _lint(tmp_path)
    assert code == 1
    assert f"{contract} BROKEN" in report


def test_a_module_outside_every_room_is_found(tmp_path):
    (_copied(tmp_path) / "pds" / "loose.py").write_text('"""No room is mine."""\n')
    code, report = _lint(tmp_path)
    assert code == 1
    assert "pds.loose" in report


def _loaded_by(*command: str) -> set[str]:
    """Names of the packages that a run of Python loads, imported from outside the standard ones."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", *command],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in ran.stderr.splitlines() if line.startswith("import time:")]
    tops = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
    return tops - set(sys.stdlib_module_names) - {"pds"}


def test_the_package_needs_torch_numpy_and_pillow_only():
    allowed = _loaded_by("-c", "import torch, numpy, PIL.Image, jaxtyping")
    assert _loaded_by("-c", "import pds") <= allowed


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_no_heavy_library(arguments):
    heavy = {"gradio", "diffusers", "transformers", "numba", "nerfacc", "trimesh", "skimage"}
    assert not _loaded_by("-m", "pds", *arguments) & heavy


def test_wrong_shapes_are_refused_while_tests_run():
    schedule = NoiseSchedule.from_config({"num_train_timesteps": 10})
    image, noise = torch.zeros(2, 3), torch.zeros(1, 3)
    with pytest.raises(TypeCheckError):
        schedule.add_noise(image, noise, torch.tensor([1, 2]))
    with pytest.raises(TypeCheckError):
        schedule.add_noise(image, image, torch.tensor([0.5, 0.5]))


def test_a_skip_fails_but_for_want_of_a_gpu(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = gpu\n", encoding="utf-8")
    (tmp_path / "test_skips.py").write_text(
        "import pytest\n\n\n"
        "def test_plain():\n    pytest.skip('no')\n\n\n"
        "@pytest.mark.gpu\ndef test_gpu():\n    pytest.skip('no')\n",
        encoding="utf-8",
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.skips", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert "1 failed, 1 skipped" in ran.stdout
    assert "test_plain was skipped, which only tests marked gpu may be." in ran.stdout
