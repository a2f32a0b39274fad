"""`pds inspect`: what files are, what can move, or why one is refused."""

import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from tests.doubles.cli_doubles import SVG, write_ball, write_drawing, write_picture


def said_of(stage, capsys, *files) -> tuple[int, str]:
    capsys.readouterr()
    code = stage("inspect", *files)
    out, err = capsys.readouterr()
    assert err == ""
    return code, out


def test_a_drawing_is_described_with_what_moves_what_can_be_locked_and_what_is_not_drawn(
    stage, tmp_path, capsys
):
    path = write_drawing(tmp_path / "a.svg", SVG.replace("</svg>", "<text>words</text></svg>"))
    code, out = said_of(stage, capsys, path)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == f"{path}: a drawing: 1 shape."
    assert lines[1].startswith("  can move: points (")
    assert "fill (3 numbers)" in lines[1]
    assert lines[2] == "  can be locked: corner"
    assert any(line.startswith("  note: ") and "text" in line for line in lines[3:])


def test_a_scene_and_a_picture_are_described(stage, tmp_path, capsys):
    scene = write_ball(tmp_path / "ball.safetensors", prompt="a red ball")
    picture = write_picture(tmp_path / "a.png", side=32)
    code, out = said_of(stage, capsys, scene, picture)
    assert code == 0
    assert f"{scene}: a scene: an object, known from 4 views." in out
    assert "can move: density (1728 numbers), color (5184 numbers)" in out
    assert "shows: a red ball" in out
    assert f"{picture}: a picture: 32 × 32 px." in out
    assert "can move: pixels" in out


def test_a_drawing_of_which_nothing_can_move_says_so(stage, tmp_path, capsys):
    path = write_drawing(tmp_path / "a.svg", '<svg xmlns="http://www.w3.org/2000/svg" '
                         'viewBox="0 0 8 8"><text>words</text></svg>')  # fmt: skip
    code, out = said_of(stage, capsys, path)
    assert "can move: nothing. " in out or (code == 2 and "refused. " in out)


def test_captures_photos_and_videos_are_described_without_a_fit(stage, tmp_path, capsys):
    scene = write_ball(tmp_path / "ball.safetensors")
    assert stage("export", scene, "--capture", "-q", "-o", tmp_path) == 0
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(9):
        noise = np.random.default_rng(number).integers(0, 255, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(noise).save(photos / f"{number:02d}.png")
    film = tmp_path / "walk.mp4"
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-framerate", "6"]
    command = [*ffmpeg, "-i", photos / "%02d.png", "-pix_fmt", "yuv420p", film]
    subprocess.run(command, check=True)
    code, out = said_of(stage, capsys, tmp_path / "capture.zip", photos, film)
    assert code == 0
    capture, folder, video = out.splitlines()
    assert ": a capture of an object" in capture
    assert "4 pictures with poses" in capture
    assert folder.endswith(": 9 photos, whose cameras have yet to be found.")
    assert ": a video" in video


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("a.svg", b"<html></html>", "svg"),
        ("a.safetensors", b"nothing", "not a scene"),
        ("a.png", b"nothing", "picture"),
        ("a.zip", b"nothing", "zip"),
        ("a.mp4", b"nothing", "video"),
        ("a.doc", b"nothing", "unknown ending"),
        ("empty", None, "nothing to make a scene of"),
    ],
)
def test_what_is_refused_is_said_and_the_others_are_described_all_the_same(
    stage, drawing, tmp_path, capsys, name, data, part
):
    bad = tmp_path / name
    if data is None:
        bad.mkdir()
    else:
        bad.write_bytes(data)
    code, out = said_of(stage, capsys, bad, drawing, tmp_path / "none.svg")
    assert code == 2
    lines = out.splitlines()
    assert lines[0].startswith(f"{bad}: refused. ")
    assert part in lines[0]
    assert any(line.startswith(f"{drawing}: a drawing") for line in lines)
    assert "none.svg: refused. The drawing" in lines[-1]
    code, out = said_of(stage, capsys, "--only-refused", bad, drawing)
    assert (code, out.count("\n")) == (2, 1)


def test_no_model_is_loaded(stage, drawing, capsys):
    assert said_of(stage, capsys, drawing)[0] == 0
    assert stage.loaded == []
