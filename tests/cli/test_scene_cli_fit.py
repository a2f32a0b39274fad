"""`scene fit`: from a capture to a scene."""

import pytest
import torch

from pds.cli.options import FIT_OPTIONS
from pds.kinds.nerf.checkpoint import load_scene
from pds.settings.scene_config import FitConfig
from tests.doubles.scene_cli_doubles import (
    QUIET,
    SceneStage,
    all_differ_from_the_defaults,
    options_of,
    write_ball,
)
from tests.work.test_scene_presets import make as make_preset


@pytest.fixture
def stage(tmp_path):
    make_preset(tmp_path / "presets")
    return SceneStage(tmp_path / "presets")


@pytest.fixture
def scene(tmp_path):
    return write_ball(tmp_path / "Mein Ball.safetensors", name="Mein Ball")


@pytest.fixture
def capture(tmp_path):
    (tmp_path / "fox").mkdir()
    return tmp_path / "fox"


def test_a_fit_writes_the_scene_and_says_how_good_it_is(stage, capture, tmp_path, capsys):
    out = tmp_path / "new" / "fox.safetensors"
    assert stage("scene", "fit", capture, "-o", out) == 0
    printed, said = capsys.readouterr()
    assert printed == f"{out}\n"
    assert said.splitlines() == [
        "fox: 3 steps.",
        "On the pictures that were held out (5): PSNR 31.24 dB, SSIM 0.951.",
    ]
    assert load_scene(out).name == "fox"
    assert sorted(path.name for path in out.parent.iterdir()) == ["fox.safetensors"]
    assert stage.loaded == []


def test_every_setting_of_a_fit_has_an_option_that_sets_it(stage, capture, tmp_path):
    values = {
        "field": "planes", "resolution": 96, "longer_side_px": 270, "steps": 2, "minutes": 1.5,
        "rays_per_step": 128, "holdout": 5, "seed": 7,
    }  # fmt: skip
    assert all_differ_from_the_defaults(values, FitConfig)
    argv = [*options_of(FIT_OPTIONS, values), "-o", tmp_path / "a.safetensors"]
    assert stage("scene", "fit", capture, *argv) == 0
    assert stage.fits[-1].config == FitConfig(**values)
    assert stage.captures[-1][1]["longer_side_px"] == 270


def test_a_fit_takes_place_where_wished(stage, capture, tmp_path):
    out = tmp_path / "a.safetensors"
    assert stage("scene", "fit", capture, "--device", "cpu", "-o", out, "-q") == 0
    assert stage.fits[-1].device == torch.device("cpu")


def test_a_fit_goes_on_from_a_scene(stage, capture, scene, tmp_path):
    out = tmp_path / "a.safetensors"
    assert stage("scene", "fit", capture, "--resume", scene, "-o", out, "-q") == 0
    assert stage.fits[-1].resume.name == "Mein Ball"
    assert stage("scene", "fit", capture, "-o", out, "-q") == 0
    assert stage.fits[-1].resume is None


def test_photos_are_read_together_and_a_video_in_so_many_frames(stage, tmp_path):
    photos = [tmp_path / f"{number}.jpg" for number in range(3)]
    for photo in photos:
        photo.write_bytes(b"")
    out = tmp_path / "a.safetensors"
    assert stage("scene", "fit", *photos, "-o", out, "-q", "--frames", 24) == 0
    paths, options = stage.captures[-1]
    assert (paths, options["frames"]) == (photos, 24)


def test_a_scene_is_named_after_its_capture_or_as_wished(stage, capture, tmp_path):
    (capture / "transforms.json").write_text("{}")
    video = tmp_path / "a walk.mp4"
    video.write_bytes(b"")
    for given, name in ((capture / "transforms.json", "fox"), (video, "a walk")):
        assert stage("scene", "fit", given, "-o", tmp_path / "a.safetensors", "-q") == 0
        assert stage.fits[-1].name == name
    argv = ["--name", "my fox", "-o", tmp_path / "a.safetensors", "-q"]
    assert stage("scene", "fit", capture, *argv) == 0
    assert stage.fits[-1].name == "my fox"


def test_a_fit_keeps_what_the_scene_shows_and_an_edit_begins_with_it(stage, capture, tmp_path):
    out = tmp_path / "a.safetensors"
    assert stage("scene", "fit", capture, "-o", out, "--prompt", "a fox ", "-q") == 0
    assert load_scene(out).prompt == "a fox"
    argv = ["--target", "a cat", "--steps", 1, *QUIET, "-o", tmp_path / "out"]
    assert stage("scene", "edit", out, *argv) == 0
    assert stage.recipe.edit.source_prompt == "a fox"
    assert stage("scene", "edit", out, "--source", "a dog", *argv) == 0
    assert stage.recipe.edit.source_prompt == "a dog"


def test_intermediate_files_are_kept_only_where_wished(stage, capture, tmp_path):
    assert stage("scene", "fit", capture, "-o", tmp_path / "a.safetensors", "-q") == 0
    assert not stage.captures[-1][1]["work"].exists()
    argv = ["--work", tmp_path / "work", "-o", tmp_path / "a.safetensors", "-q"]
    assert stage("scene", "fit", capture, *argv) == 0
    assert stage.captures[-1][1]["work"] == tmp_path / "work"
    assert (tmp_path / "work").is_dir()


def test_what_a_capture_lacks_is_said_once(capture, tmp_path, capsys):
    stage = SceneStage(tmp_path / "presets", warnings=("17 pictures are missing.",))
    argv = ["--holdout", 0, "-o", tmp_path / "a.safetensors", "-q"]
    assert stage("scene", "fit", capture, *argv) == 0
    assert capsys.readouterr().err == "Warning: 17 pictures are missing.\n"
