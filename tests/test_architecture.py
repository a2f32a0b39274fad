"""Imports point one way only, and each heavy library has one home."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LEVELS = (
    ("errors",),
    ("images", "coupling", "strict_json"),
    ("scene",),
    ("config", "scene_config", "schedule", "svg", "nerf"),
    ("priors", "exports", "recipe", "scene_recipe", "svg_source"),
    ("distillation", "optimising", "sdedit", "presets", "scene_presets"),
    ("editing", "refinement"),
    ("runs", "scene_runs", "contact_sheet"),
    ("jobs", "job_run", "job_view"),
    ("ui", "cli", "__main__"),
)
RANK = {room: rank for rank, rooms in enumerate(LEVELS) for room in rooms}

# Rooms of one level that may use another room of the same level, and why.
SIDEWAYS = {
    ("svg", "config"),  # a scene is built from its config
    ("nerf", "config"),
    ("scene_config", "config"),
    ("nerf", "scene_config"),
    ("scene_recipe", "recipe"),
    ("scene_presets", "presets"),
    ("schedule", "config"),  # both check names the same way
    ("exports", "scene_recipe"),
    ("exports", "recipe"),  # a recipe is one of the exported files
    ("jobs", "job_run"),
    ("jobs", "job_view"),
    ("job_run", "job_view"),
    ("__main__", "cli"),
}

HOMES = {
    "gradio": ("pds/ui/", "app.py"),
    "diffusers": ("pds/priors/diffusion.py", "pds/training/"),
    "transformers": ("pds/priors/diffusion.py", "pds/training/"),
    "nerfacc": ("pds/nerf/rendering.py", "pds/nerf/packed.py"),
    "trimesh": ("pds/exports/", "pds/training/"),
    "skimage": ("pds/exports/",),
    "imageio_ffmpeg": ("pds/exports/", "pds/nerf/video.py"),
    "pycolmap": ("pds/nerf/posing.py",),
    "lxml": ("pds/svg/",),
    "numba": ("pds/svg/",),
}


def sources() -> list[Path]:
    return sorted([*ROOT.glob("pds/**/*.py"), ROOT / "app.py"])


def imported(path: Path) -> list[str]:
    """Full names of all modules a file imports, lazily or not."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def room_of(name: str) -> str:
    return name.split(".")[1]


def own_imports(path: Path) -> list[str]:
    return [room_of(n) for n in imported(path) if n.startswith("pds.") and n.count(".") >= 1]


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_from_high_to_low(path):
    relative = path.relative_to(ROOT)
    if relative.parts[0] != "pds" or relative.parts[1] in ("training", "__init__.py"):
        return
    room = relative.parts[1].removesuffix(".py")
    for other in own_imports(path):
        assert other != "training", f"{relative} imports the training code"
        fine = other == room or RANK[other] < RANK[room] or (room, other) in SIDEWAYS
        assert fine, f"{relative} imports pds.{other}"


def test_every_room_has_a_level():
    rooms = {p.relative_to(ROOT).parts[1].removesuffix(".py") for p in ROOT.glob("pds/**/*.py")}
    assert rooms - {"training", "__init__"} <= set(RANK)


@pytest.mark.parametrize("library", HOMES)
def test_each_heavy_library_has_one_home(library):
    for path in sources():
        relative = path.relative_to(ROOT).as_posix()
        uses = any(name.split(".")[0] == library for name in imported(path))
        assert not uses or relative.startswith(HOMES[library]), f"{relative} imports {library}"


def test_importing_the_package_loads_no_heavy_library():
    heavy = sorted(HOMES)
    code = f"import sys, pds; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
