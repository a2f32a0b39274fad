"""Structure from motion: which lenses, pairs and models; the library only pretends."""

from itertools import pairwise
from pathlib import Path

import pytest

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.posing.posing import MAX_PHOTOS, Posing, PosingStep
from pds.kinds.nerf.posing.structure import pair_blocks
from tests.doubles.fake_pycolmap import FakePycolmap
from tests.doubles.posing_scenes import aligned_errors, plain_photos, room_cameras


def pretend(photos: Photos, work: Path, fake: FakePycolmap) -> tuple[Posing, list[PosingStep]]:
    posing = Posing(photos, work=work, load_pycolmap=lambda: fake)
    return posing, list(posing.steps())


def test_poses_that_rest_on_hardly_any_points_do_not_count(tmp_path):
    photos = plain_photos(tmp_path / "photos", 9)
    fake = FakePycolmap(room_cameras(9, size_px=64), range(9), points=19)
    with pytest.raises(CaptureError, match="None of 9 photos"):
        pretend(photos, tmp_path / "work", fake)


def test_the_largest_of_several_models_is_taken(tmp_path):
    photos = plain_photos(tmp_path / "photos", 20)
    truth = room_cameras(20, size_px=64)
    fake = FakePycolmap(truth, range(5), range(8, 20), range(5, 8))
    posing, steps = pretend(photos, tmp_path / "work", fake)
    assert posing.capture.names == photos.names[8:]
    assert max(aligned_errors(posing.capture.cameras, truth[8:])) < 1e-4
    assert steps[-1].registered == 12
    assert posing.capture.warnings[0].endswith("view 4.png, view 5.png and 3 more.")


def test_models_that_repeat_photos_do_not_run_past_the_end(tmp_path):
    photos = plain_photos(tmp_path / "photos", 9)
    fake = FakePycolmap(room_cameras(9, size_px=64), range(9), range(9), range(9))
    _, steps = pretend(photos, tmp_path / "work", fake)
    assert all(before.index < after.index for before, after in pairwise(steps))
    assert steps[-1].index == steps[-1].total - 1


@pytest.mark.parametrize(
    ("count", "distortion", "ratio"),
    [(9, (0.01, 0, 0, 0), 1), (10, (0.04, 0.03, 0.02, 0.01), 1.01)],
)
def test_large_photos_are_kept_smaller_and_their_lenses_with_them(
    tmp_path, count, distortion, ratio
):
    photos = plain_photos(tmp_path / "photos", count, size=(2000, 500))
    fake = FakePycolmap(room_cameras(count, size_px=64), range(count))
    posing, _ = pretend(photos, tmp_path / "work", fake)
    assert [size for _, size, _ in fake.lenses] == [(1600, 400)]
    for camera, image in zip(posing.capture.cameras, posing.capture.images):
        assert tuple(image.shape) == (270, 1080, 3)
        assert (camera.cx, camera.cy) == pytest.approx((540, 108))
        assert (camera.fl_x, camera.fl_y) == pytest.approx((1080, 1080 * ratio))
        assert camera.distortion == pytest.approx(distortion)


@pytest.mark.parametrize(("side_px", "octave"), [(1000, -1), (1001, 0)])
def test_small_photos_are_searched_more_finely(tmp_path, side_px, octave):
    photos = plain_photos(tmp_path / "photos", 8, size=(side_px, 64))
    fake = FakePycolmap(room_cameras(8, size_px=64), range(8))
    pretend(photos, tmp_path / "work", fake)
    assert fake.octaves == [octave] * 8


def test_photos_of_one_size_and_focal_length_share_a_lens(tmp_path):
    photos = plain_photos(tmp_path / "photos", 12)
    plain_photos(tmp_path / "photos", 5, size=(64, 96))
    plain_photos(tmp_path / "photos", 2, size=(64, 96), focal_35mm=72)
    fake = FakePycolmap(room_cameras(12, size_px=64), range(12))
    pretend(photos, tmp_path / "work", fake)
    assert fake.lenses == [
        ("SIMPLE_RADIAL", (64, 96), 2.0),
        ("SIMPLE_RADIAL", (64, 96), 1.2),
        ("SIMPLE_RADIAL", (96, 64), 1.2),
    ]


def test_few_photos_are_all_compared_with_each_other():
    blocks = pair_blocks([str(n) for n in range(60)], threads=2)
    pairs = [frozenset(pair) for block in blocks for pair in block]
    assert len(pairs) == len(set(pairs)) == 60 * 59 // 2
    assert {len(block) for block in blocks[:-1]} == {64}


@pytest.mark.parametrize("count", [61, 100, MAX_PHOTOS])
def test_of_many_photos_neighbours_and_a_skeleton_are_compared(count):
    blocks = pair_blocks([str(n) for n in range(count)], threads=1)
    pairs = {frozenset(map(int, pair)) for block in blocks for pair in block}
    assert sum(map(len, blocks)) == len(pairs) < 6000
    assert all({n, n + gap} in pairs for gap in range(1, 11) for n in range(count - gap))
    # A walk that comes back: its end is compared with its start.
    assert any(min(pair) < 0.05 * count and max(pair) > 0.93 * count for pair in pairs)
