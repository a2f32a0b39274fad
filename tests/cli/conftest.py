"""A stage with a preset of each kind, and a file of each kind."""

import pytest

from tests.doubles.cli_doubles import Stage, make_preset, write_ball, write_drawing, write_picture


@pytest.fixture
def stage(tmp_path):
    for kind in ("svg", "nerf", "image"):
        make_preset(tmp_path / "presets", kind)
    return Stage(tmp_path / "presets")


@pytest.fixture
def drawing(tmp_path):
    return write_drawing(tmp_path / "Meine Katze.svg")


@pytest.fixture
def scene(tmp_path):
    return write_ball(tmp_path / "Mein Ball.safetensors", name="Mein Ball")


@pytest.fixture
def picture(tmp_path):
    return write_picture(tmp_path / "Mein Bild.png")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "new" / "out"
