"""Kernels are compiled once, ahead, and kept where the next process or clone finds them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pds.kinds.svg.raster as room
from pds.kinds.svg.raster import kernel_cache
from pds.kinds.svg.raster.kernel_cache import KernelLocator, kernel_digest, kernel_folder
from pds.kinds.svg.raster.rasteriser import load_form
from pds.kinds.svg.raster.warming import is_warm, warm

ROOM = Path(room.__file__).parent


def run(code: str, *, cwd: Path = ROOM.parents[3], **environment: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd,
        env=os.environ | environment,
    )
    return result.stdout


def test_warming_says_what_it_does_and_is_done_once(tmp_path):
    said = []
    warm(said.append)
    assert is_warm()
    assert said[-1] == "The drawing code is ready."
    assert all(sentence.endswith(".") for sentence in said)
    said.clear()
    warm(said.append)
    assert said == ["The drawing code is ready."]
    warm()


def test_kernels_are_kept_in_one_folder_named_by_their_sources():
    warm()
    form = load_form("numba")
    folder = Path(form.coverage_numba.windings.stats.cache_path)
    assert folder == kernel_cache.cache_folder()
    assert folder.name == kernel_digest()
    assert list(folder.glob("*.nbc"))


@pytest.mark.slow
def test_another_clone_finds_the_kernels_of_the_first(tmp_path):
    """Same sources at another place and of another age: nothing is compiled again."""
    warm()
    copy = tmp_path / "clone"
    shutil.copytree(ROOM.parents[2], copy / "pds", ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        "import sys; sys.path.insert(0, '')\n"
        "from pds.kinds.svg.raster.warming import is_warm, warm\n"
        "from pds.kinds.svg.raster.rasteriser import load_form\n"
        "print(is_warm()); warm()\n"
        "print(sum(load_form('numba').coverage_numba.windings.stats.cache_misses.values()))"
    )
    assert run(code, cwd=copy).split() == ["True", "0"]


def test_a_new_machine_is_not_warm(tmp_path):
    code = "from pds.kinds.svg.raster.warming import is_warm; print(is_warm())"
    assert run(code, NUMBA_CACHE_DIR=str(tmp_path)).split() == ["False"]


def test_without_a_writable_folder_the_kernels_get_one_of_their_own(tmp_path):
    (tmp_path / "file").touch()
    code = "from pds.kinds.svg.raster.kernel_cache import cache_folder; print(cache_folder())"
    folder = Path(run(code, NUMBA_CACHE_DIR=str(tmp_path / "file"), TMPDIR=str(tmp_path)).strip())
    assert folder.is_dir()
    assert folder.parents[2].name.startswith("pds-kernels-")


def test_the_folders_of_old_kernels_are_swept(tmp_path):
    for age in range(6):
        old = tmp_path / "pds" / "kernels" / f"old{age}"
        old.mkdir(parents=True)
        os.utime(old, (1000 - age, 1000 - age))
    folder = kernel_folder(tmp_path)
    left = {path.name for path in folder.parent.iterdir()}
    assert left == {"old0", "old1", "old2", folder.name}


def test_functions_of_others_are_not_kept_here():
    assert KernelLocator.from_function(run, __file__) is None


def test_the_users_folder_is_that_of_the_system():
    code = "from pds.kinds.svg.raster.kernel_cache import user_cache_folder as f; print(f())"
    assert run(code, NUMBA_CACHE_DIR="", XDG_CACHE_HOME="/x/y").strip() == "/x/y"
    assert run(code, NUMBA_CACHE_DIR="/n/m").strip() == "/n/m"
