"""The scene commands with nothing put in its place: real rays, real optimisation, real files."""

import dataclasses
import json
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from pds.base.errors import CaptureError
from pds.cli.backend import Backend, real_scenes
from pds.cli.main import main
from pds.cli.scene_capture import read_capture
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.checkpoint import load_scene
from pds.kinds.nerf.export.capture_folder import write_capture
from pds.work.runs import DrawingRun
from tests.doubles.cli_doubles import refused
from tests.doubles.engine_doubles import gaussian_prior
from tests.doubles.scene_cli_doubles import FILES, QUIET, ball, quick_export, write_ball

WORDS = ["--source", "a cat", "--target", "a dog", "--view-words", "--guidance", "3"]


def gaussian_backend(**changes) -> Backend:
    """A prior that only knows dark cats and bright dogs; quick exports unless changed."""
    prior = gaussian_prior(image_size=16)
    for words in ("", ", front view", ", side view", ", back view"):
        prior.means |= {f"a cat{words}": -1.0, f"a dog{words}": 1.0}
    scenes = dataclasses.replace(real_scenes(), **{"export_run": quick_export, **changes})
    return Backend(load_prior=lambda name, **_: prior, make_run=DrawingRun, scenes=lambda: scenes)


def run(*argv: object, backend: Backend | None = None) -> int:
    return main([str(word) for word in argv], backend=backend or gaussian_backend())


@pytest.fixture(scope="module")
def capture(tmp_path_factory) -> Path:
    """A zip with transforms.json and four pictures of a ball."""
    return write_capture(tmp_path_factory.mktemp("capture") / "my ball.zip", ball())


def brightness(path: Path) -> float:
    with Image.open(path) as picture:
        return float(np.asarray(picture, dtype=np.float64).mean())


def test_a_capture_becomes_a_scene_an_edit_and_a_refinement(capture, tmp_path, capsys):
    scene, out = tmp_path / "scene.safetensors", tmp_path / "out"
    argv = ["--steps", 30, "--resolution", 16, "--holdout", 4, "--device", "cpu", "-q"]
    assert run("scene", "fit", capture, *argv, "-o", scene) == 0
    assert "On the pictures that were held out (1): PSNR" in capsys.readouterr().err
    fitted = load_scene(scene)
    assert (fitted.name, fitted.bounded, len(fitted.cameras)) == ("my ball", True, 4)

    assert run("scene", "edit", scene, *WORDS, "--steps", 8, *QUIET, "-o", out) == 0
    edited = load_scene(out / "edited.safetensors")
    assert (edited.name, edited.prompt) == ("my ball", "a dog")
    assert (out / "source.safetensors").read_bytes() == scene.read_bytes()

    again = tmp_path / "again"
    assert run("scene", "edit", "--recipe", out / "recipe.json", *QUIET, "-o", again) == 0
    for name in FILES:
        assert (again / name).read_bytes() == (out / name).read_bytes()

    assert run("scene", "refine", out, "--steps", 2, "--sdedit-steps", 4, *QUIET) == 0
    refined = out / "refined" / "edited.safetensors"
    assert refined.read_bytes() != (out / "edited.safetensors").read_bytes()
    values = json.loads((out / "refined" / "recipe.json").read_text())
    assert values["refine"]["steps"] == 2
    assert values["scene_sha256"] == json.loads((out / "recipe.json").read_text())["scene_sha256"]


def test_an_edit_moves_the_scene_towards_its_target(tmp_path):
    scene = write_ball(tmp_path / "ball.safetensors", color=(0.3, 0.3, 0.3))
    argv = ["--steps", 12, "--move", "color", "--color-rate", 200, *QUIET]
    for number, words in enumerate((["a cat", "a dog"], ["a dog", "a cat"])):
        out = tmp_path / str(number)
        prompts = ["--source", words[0], "--target", words[1]]
        assert run("scene", "edit", scene, *prompts, *argv, "-o", out) == 0
        view = ["--png", "0,15", "--size", 32, "-o", out]
        assert run("scene", "export", out / "edited.safetensors", *view) == 0
    assert run("scene", "export", scene, "--png", "0,15", "--size", 32, "-o", tmp_path) == 0
    source = brightness(tmp_path / "view_0_15.png")
    assert brightness(tmp_path / "0" / "view_0_15.png") > source + 2
    assert brightness(tmp_path / "1" / "view_0_15.png") < source - 2


def test_a_scene_goes_to_another_program_and_back(tmp_path):
    scene = write_ball(tmp_path / "ball.safetensors", prompt="a red ball")
    assert run("scene", "export", scene, "--transforms", "-o", tmp_path) == 0
    back = read_capture(
        [tmp_path / "capture.zip"], frames=60, longer_side_px=480, work=tmp_path / "work"
    )
    assert isinstance(back, Capture)
    assert (len(back), back.bounded, back.has_front) == (4, True, True)


def test_a_fit_goes_on_where_it_was(capture, tmp_path):
    one, fresh, resumed = (tmp_path / f"{name}.safetensors" for name in ("a", "b", "c"))
    argv = ["--resolution", 16, "--holdout", 4, "--device", "cpu", "-q"]
    assert run("scene", "fit", capture, "--steps", 30, *argv, "-o", one) == 0
    assert run("scene", "fit", capture, "--steps", 2, *argv, "-o", fresh) == 0
    again = ["--steps", 2, *argv, "--resume", one, "-o", resumed]
    assert run("scene", "fit", capture, *again) == 0
    assert load_scene(resumed).psnr > load_scene(fresh).psnr + 3


def photos(folder: Path, count: int) -> list[Path]:
    paths = []
    for number in range(count):
        paths.append(folder / f"{number:02d}.png")
        noise = np.random.default_rng(number).integers(0, 255, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(noise).save(paths[-1])
    return paths


def test_several_photos_are_taken_as_they_are(tmp_path):
    paths = photos(tmp_path, 3)
    found = read_capture(paths, frames=60, longer_side_px=480, work=tmp_path / "work")
    assert isinstance(found, Photos)
    assert (found.paths, found.names) == (tuple(paths), ("00.png", "01.png", "02.png"))


def test_a_video_becomes_as_many_photos_as_wished(tmp_path):
    photos(tmp_path, 24)
    film = tmp_path / "walk.MP4"
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-framerate", "6"]
    command = [*ffmpeg, "-i", tmp_path / "%02d.png", "-pix_fmt", "yuv420p", film]
    subprocess.run(command, check=True)
    (tmp_path / "work").mkdir()
    found = read_capture([film], frames=8, longer_side_px=480, work=tmp_path / "work")
    assert isinstance(found, Photos)
    assert len(found) == 8
    assert all(path.is_relative_to(tmp_path / "work") for path in found.paths)


def test_what_is_no_capture_is_refused(tmp_path):
    (one, two) = photos(tmp_path, 2)
    (tmp_path / "fake.mp4").write_bytes(b"nothing")
    for paths, sentence in (
        ([tmp_path / "none"], "no file or folder"),
        ([Path("nul\0")], "no file or folder"),
        ([one, tmp_path / "none.png"], "no file or folder"),
        ([one, tmp_path], "is not a photo"),
        ([one, two, one], "same name"),
        ([tmp_path / "fake.mp4"], "video"),
    ):
        with pytest.raises(CaptureError, match=sentence):
            read_capture(paths, frames=60, longer_side_px=480, work=tmp_path / "work")


def test_too_few_photos_are_refused_with_what_to_do(tmp_path, capsys):
    out = tmp_path / "out" / "a.safetensors"
    assert run("scene", "fit", *photos(tmp_path, 3), "-o", out, "-q") == 2
    refused(capsys, "3 photos", "at least 8 are needed")
    assert list(out.parent.iterdir()) == []
