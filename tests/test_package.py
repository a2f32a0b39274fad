"""The package: what it asks for, the one version, its data, and that it runs once installed."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest
import yaml

import pds
from pds.base.resources import presets_folder, prior_folder
from pds.base.version import VERSION
from pds.work.recipe import Recipe

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUFF = re.compile(r"ruff==(\S+)")


def test_requirements_for_the_space_are_the_dependencies_of_the_package():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    required = [line for line in lines if line and not line.startswith("#")]
    assert required == PROJECT["project"]["dependencies"]


def test_the_space_runs_the_gradio_that_the_package_asks_for():
    front_matter = (ROOT / "README.md").read_text(encoding="utf-8").split("---")[1]
    minor = yaml.safe_load(front_matter)["sdk_version"].rpartition(".")[0]
    assert f"gradio>={minor},<7" in PROJECT["project"]["dependencies"]


def test_commits_are_checked_by_the_ruff_that_the_tests_use():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    pinned = {repo["repo"].rpartition("/")[2]: repo.get("rev") for repo in hooks["repos"]}
    extra = " ".join(PROJECT["project"]["optional-dependencies"]["test"])
    assert pinned["ruff-pre-commit"] == f"v{RUFF.search(extra)[1]}"


def test_the_changelog_tells_of_this_version():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{VERSION}]" in changes


def test_package_recipes_and_command_line_name_one_version():
    said = subprocess.run(
        [sys.executable, "-m", "pds", "--version"], cwd=ROOT, capture_output=True, text=True
    )
    recipes = Recipe.__dataclass_fields__["pds_version"].default
    assert said.stdout.strip() == f"pds {VERSION}"
    assert pds.__version__ == recipes == VERSION


def test_a_checkout_finds_its_presets_and_its_prior_beside_the_package():
    assert presets_folder() == ROOT / "presets"
    assert (prior_folder() / "unet").is_dir()


def test_an_installed_package_finds_its_data_inside_itself(tmp_path, monkeypatch):
    inside = tmp_path / "packed_example" / "_presets"
    inside.mkdir(parents=True)
    (tmp_path / "packed_example" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert presets_folder("packed_example") == inside
    assert prior_folder("packed_example") == inside / "prior"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The folder of commands of a fresh environment, which holds the wheel of this checkout.

    Other packages are those of the environment that runs the tests; no registry is asked.
    """
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run(build, cwd=folder, check=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    names = {"base": str(folder / "env"), "platbase": str(folder / "env")}
    packages = Path(sysconfig.get_path("purelib", "venv", names))
    commands = Path(sysconfig.get_path("scripts", "venv", names))
    present = sysconfig.get_path("purelib")
    (packages / "present.pth").write_text(f"{present}\n", encoding="utf-8")
    python = str(commands / "python")
    install = [*pip, "--python", python, "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, cwd=folder, check=True)
    return commands


def _said(command: list[str | Path], folder: Path) -> str:
    """What a command prints from a folder outside the checkout, as a new user would run it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    ran = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.slow
def test_the_wheel_is_what_runs_and_carries_its_data(installed, tmp_path):
    show = "from pds.base import resources as r; print(r.__file__, r.prior_folder(), sep='\\n')"
    code, prior = map(Path, _said([installed / "python", "-c", show], tmp_path).splitlines())
    assert code.is_relative_to(installed.parent)
    assert prior.is_relative_to(installed.parent)
    sheets = [path.name for path in prior.parent.rglob("*.png") if path.stat().st_size > 100_000]
    assert not sheets


@pytest.mark.slow
def test_the_installed_command_edits_a_preset_of_its_own_far_from_the_checkout(installed, tmp_path):
    preset = ["--preset", "red-apple-to-green", "--steps", "5", "-o", "out"]
    _said([installed / "pds", "edit", *preset], tmp_path)
    recipe = Recipe.from_json((tmp_path / "out" / "recipe.json").read_bytes())
    assert recipe.run.steps == 5
    assert (tmp_path / "out" / "edited.svg").read_bytes() != recipe.embedded.encode()


@pytest.mark.slow
def test_both_commands_are_installed_and_tell_their_version(installed, tmp_path):
    for command in ("pds", "pds-app"):
        assert _said([installed / command, "--version"], tmp_path).strip() == f"{command} {VERSION}"
