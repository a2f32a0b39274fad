"""Pictures, films and captures of a scene: what is in the files, as other programs read them."""

import io
import json
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from pds.base.errors import ConfigError, ExportError
from pds.kinds.nerf.capture.reading import open_source
from pds.kinds.nerf.export.capture_folder import capture_files, write_capture
from pds.kinds.nerf.export.turntable import before_after_frames, turntable_frames, write_film
from pds.kinds.nerf.render.pictures import picture
from pds.kinds.nerf.render.viewing import orbit_camera, path_cameras
from tests.doubles.film_reading import film
from tests.doubles.scene_fields import arc, ball, nothing, plain, ring, shape_scene, split, union

RED, BLUE, WHITE = (230, 51, 26), (26, 51, 230), (255, 255, 255)


def share(color) -> tuple[float, ...]:
    return tuple(value / 255 for value in color)


def near(pixel, color, tolerance: int = 3) -> bool:
    return bool(np.abs(np.subtract(pixel[:3], color)).max() <= tolerance)


def grey(image: Image.Image) -> np.ndarray:
    """Brightness of a picture all of whose pixels are grey."""
    levels = np.asarray(image)
    assert (levels == levels[..., :1]).all()
    return levels[..., 0]


def test_a_picture_shows_the_object_on_white():
    scene = shape_scene(ball())
    image = picture(scene, orbit_camera(scene, 0, 0, 33))
    assert (image.mode, image.size) == ("RGB", (33, 33))
    assert near(image.getpixel((16, 16)), RED)
    assert near(image.getpixel((1, 1)), WHITE)


def test_a_picture_of_depth_is_brighter_nearer_and_black_where_nothing_is():
    near_and_far = union(ball((0.35, -0.4, 0.0), 0.2), ball((-0.35, 0.4, 0.0), 0.2))
    scene = shape_scene(near_and_far)
    levels = grey(picture(scene, orbit_camera(scene, 0, 0, 65), "depth"))
    left, right = levels[:, :32].max(), levels[:, 33:].max()
    assert right > 240
    assert 35 <= left < right - 60
    assert levels[2, 2] == 0
    assert np.median(levels[levels > 0]) > 35


def test_a_picture_of_normals_has_the_outward_directions_as_colours():
    scene = shape_scene(ball())
    front = picture(scene, orbit_camera(scene, 0, 0, 33), "normals")
    side = picture(scene, orbit_camera(scene, 90, 0, 33), "normals")
    above = picture(scene, orbit_camera(scene, 0, 90, 33), "normals")
    assert near(front.getpixel((16, 16)), (128, 0, 128), 12)  # towards -y
    assert near(side.getpixel((16, 16)), (255, 128, 128), 12)  # towards +x
    assert near(above.getpixel((16, 16)), (128, 128, 255), 12)  # towards +z
    assert front.getpixel((1, 1)) == WHITE


def test_an_empty_scene_is_white_and_without_depth():
    scene = shape_scene(nothing())
    camera = orbit_camera(scene, 0, 0, 16)
    assert picture(scene, camera).getextrema() == ((255, 255),) * 3
    assert picture(scene, camera, "depth").getextrema() == ((0, 0),) * 3
    assert picture(scene, camera, "normals").getextrema() == ((255, 255),) * 3


def test_a_turntable_shows_every_side_once():
    scene = shape_scene(ball(), split(share(RED), share(BLUE)))
    frames = list(turntable_frames(scene, frames=4, size_px=32, elevation_deg=0))
    assert [frame.size for frame in frames] == [(32, 32)] * 4
    front, right, back, left = frames
    assert near(front.getpixel((12, 16)), RED)
    assert near(front.getpixel((20, 16)), BLUE)
    assert near(right.getpixel((16, 16)), BLUE)
    assert near(back.getpixel((12, 16)), BLUE)
    assert near(back.getpixel((20, 16)), RED)
    assert near(left.getpixel((16, 16)), RED)


def test_the_frames_of_a_turntable_have_even_sides():
    sizes = {frame.size for frame in turntable_frames(shape_scene(ball()), frames=2, size_px=33)}
    assert sizes == {(34, 34)}
    scene = shape_scene(ball(), bounded=False)
    sizes = {frame.size for frame in turntable_frames(scene, frames=2, size_px=33)}
    assert sizes == {(22, 32)}


def test_depth_is_measured_alike_in_all_frames_of_a_turntable():
    scene = shape_scene(ball((0.0, -0.6, 0.0), 0.2))
    frames = turntable_frames(scene, frames=4, size_px=48, elevation_deg=0, what="depth")
    front, right, back, left = (int(grey(frame).max()) for frame in frames)
    assert front > 245
    assert right == pytest.approx(left, abs=3)
    assert front - right > 60
    assert right - back > 40
    assert back > 35


def test_before_and_after_are_shown_from_the_same_side():
    source = shape_scene(ball(), split(share(RED), share(BLUE)))
    edited = shape_scene(ball(radius=0.7), split(share(BLUE), share(RED)))
    both = list(before_after_frames(source, edited, frames=3, size_px=24))
    alone = [list(turntable_frames(s, frames=3, size_px=24)) for s in (source, edited)]
    for frame, before, after in zip(both, *alone, strict=True):
        assert frame.size == (48, 24)
        assert np.array_equal(np.asarray(frame)[:, :24], np.asarray(before))
        assert np.array_equal(np.asarray(frame)[:, 24:], np.asarray(after))


def test_the_edited_half_follows_the_path_of_the_source():
    source = shape_scene(ball())
    edited = shape_scene(ball(), cameras=ring(elevation_deg=60, size_px=10))
    frame = next(before_after_frames(source, edited, frames=3, size_px=24))
    levels = np.asarray(frame)
    assert np.array_equal(levels[:, :24], levels[:, 24:])


def test_before_and_after_share_one_measure_of_depth():
    source = shape_scene(ball((0.0, -0.6, 0.0), 0.2))
    edited = shape_scene(ball((0.0, 0.6, 0.0), 0.2))
    frames = before_after_frames(source, edited, frames=2, size_px=32, what="depth")
    levels = grey(next(frames))
    assert levels[:, :32].max() - levels[:, 32:].max() > 100


def test_a_turntable_film_is_h264_of_the_exact_size_without_a_pause(tmp_path):
    scene = shape_scene(ball())
    path = write_film(tmp_path / "a.mp4", turntable_frames(scene, frames=6, size_px=32))
    facts, frames = film(path)
    assert "h264" in facts
    assert "yuv420p" in facts
    assert frames.shape == (6, 32, 32, 3)
    assert near(frames[0][16, 16], RED, 20)
    assert near(frames[0][2, 2], WHITE, 20)
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_turntable_webp_repeats_for_ever_without_a_pause(tmp_path):
    scene = shape_scene(ball(), split(share(RED), share(BLUE)))
    frames = turntable_frames(scene, frames=4, size_px=32)
    with Image.open(write_film(tmp_path / "a.webp", frames)) as webp:
        assert (webp.n_frames, webp.size, webp.info["loop"]) == (4, (32, 32), 0)
        durations = set()
        for index in range(4):
            webp.seek(index)
            webp.load()
            durations.add(webp.info["duration"])
    assert len(durations) == 1


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"frames": 0}, "count is 0"),
        ({"size_px": 4}, "size_px is 4"),
        ({"elevation_deg": 100.0}, "elevation_deg is 100"),
        ({"what": "smell"}, "known are: color, depth"),
    ],
)
def test_impossible_films_are_refused_before_the_first_frame(wanted, words):
    scene = shape_scene(ball())
    with pytest.raises(ConfigError, match=words):
        turntable_frames(scene, **wanted)
    with pytest.raises(ConfigError, match=words):
        before_after_frames(scene, scene, **wanted)


def test_an_unknown_kind_of_picture_is_refused():
    scene = shape_scene(ball())
    with pytest.raises(ConfigError, match="known are: color, depth, normals"):
        picture(scene, ring()[0], "smell")


def test_a_capture_read_back_has_the_same_cameras_and_what_they_saw(tmp_path):
    scene = shape_scene(ball(), has_front=True)
    capture = open_source(write_capture(tmp_path / "a.zip", scene), work=tmp_path)
    assert capture.bounded
    assert capture.has_front
    assert capture.warnings == ()
    assert len(capture) == len(scene.cameras)
    for camera, original in zip(capture.cameras, scene.cameras, strict=True):
        assert torch.allclose(camera.camera_to_world, original.camera_to_world, atol=1e-6)
        assert (camera.fl_x, camera.fl_y) == pytest.approx((original.fl_x, original.fl_y))
        assert (camera.cx, camera.cy, camera.width) == (original.cx, original.cy, original.width)
    image = picture(scene, scene.cameras[3])
    assert np.abs(capture.images[3].numpy().astype(int) - np.asarray(image)).max() <= 2
    assert int(capture.alphas[3][12, 12]) == 255
    assert int(capture.alphas[3][0, 0]) == 0


def test_an_open_scene_read_back_keeps_its_lenses_and_is_not_moved(tmp_path):
    cameras = (*arc(), *arc(azimuths=[3], width=30, height=20))
    scene = shape_scene(ball(), cameras=cameras, bounded=False, has_front=False)
    capture = open_source(write_capture(tmp_path / "a.zip", scene), work=tmp_path)
    assert not capture.bounded
    assert not capture.has_front
    assert capture.alphas is None
    for camera, original in zip(capture.cameras, cameras, strict=True):
        assert torch.allclose(camera.camera_to_world, original.camera_to_world, atol=1e-6)
        assert camera.distortion == pytest.approx(original.distortion)
        assert (camera.width, camera.height) == (original.width, original.height)
        assert (camera.cx, camera.cy) == (original.cx, original.cy)
    image = picture(scene, cameras[-1])
    assert np.abs(capture.images[-1].numpy().astype(int) - np.asarray(image)).max() <= 2


def test_the_pictures_of_an_object_have_straight_colours_and_a_clear_background():
    files = dict(capture_files(shape_scene(ball())))
    with Image.open(io.BytesIO(files["images/0001.png"])) as image:
        levels = np.asarray(image)
    assert image.mode == "RGBA"
    partly = (levels[..., 3] > 30) & (levels[..., 3] < 225)
    assert partly.any()
    assert np.abs(levels[partly][:, :3].astype(int) - RED).max() <= 6
    assert levels[0, 0, 3] == 0


def test_the_pictures_can_be_of_another_size():
    scene = shape_scene(ball(), bounded=False)
    files = dict(capture_files(scene, size_px=45))
    values = json.loads(files["transforms.json"])
    assert (values["w"], values["h"]) == (30, 45)
    assert values["fl_x"] == pytest.approx(25.0 * 1.5)
    with Image.open(io.BytesIO(files["images/0001.png"])) as image:
        assert (image.size, image.mode) == ((30, 45), "RGB")


def test_transforms_name_what_other_programs_need():
    scene = shape_scene(ball(), prompt="a ball", credit="nobody")
    values = json.loads(dict(capture_files(scene))["transforms.json"])
    assert values["camera_model"] == "OPENCV"
    assert values["aabb_scale"] == 1
    assert values["camera_angle_x"] == pytest.approx(np.radians(40))
    assert values["pds"]["prompt"] == "a ball"
    assert values["pds"]["credit"] == "nobody"
    assert len(values["frames"]) == len(scene.cameras)
    matrix = np.array(values["frames"][0]["transform_matrix"])
    assert matrix.shape == (4, 4)
    assert matrix[3].tolist() == [0, 0, 0, 1]


def test_the_same_scene_gives_the_same_zip(tmp_path):
    first = write_capture(tmp_path / "a.zip", shape_scene(ball())).read_bytes()
    assert first == write_capture(tmp_path / "b.zip", shape_scene(ball())).read_bytes()


def test_the_zip_holds_files_that_can_be_read_once_unpacked(tmp_path):
    with zipfile.ZipFile(write_capture(tmp_path / "a.zip", shape_scene(ball()))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[:2] == ["transforms.json", "images/0001.png"]
        assert all(entry.external_attr >> 16 == 0o644 for entry in archive.infolist())


def test_a_capture_of_an_impossible_size_or_place_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="size_px is 3"):
        write_capture(tmp_path / "a.zip", shape_scene(ball()), size_px=3)
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(ExportError, match="cannot be written"):
        write_capture(blocked / "a.zip", shape_scene(ball()))
    assert list(tmp_path.iterdir()) == [blocked]


def test_a_capture_that_fails_halfway_leaves_the_older_file(tmp_path):
    def fails(points, directions):
        raise RuntimeError("the field broke")

    path = tmp_path / "a.zip"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="broke"):
        write_capture(path, shape_scene(ball(), fails))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_path_is_drawn_without_gradient():
    scene = shape_scene(ball(), plain(0.5, 0.5, 0.5))
    scene.field.requires_grad_(True)
    camera = path_cameras(scene, 1, size_px=16)[0]
    assert picture(scene, camera).size == (16, 16)
    assert scene.field.unused.grad is None
