"""Poses for photos: the true ones for a drawn room, and a clear sentence where there are none."""

import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pds.base.errors import CaptureError
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.normalising import normalised
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.posing.posing import MAX_PHOTOS, Posing, PosingStep
from tests.doubles.fake_pycolmap import FakePycolmap
from tests.doubles.posing_scenes import (
    aligned_errors,
    pan_cameras,
    plain_photos,
    poses_of,
    room_cameras,
    room_photos,
    unrelated_photos,
    white_photos,
)

ADVICE = "Take 20 to 60 sharp photos"


def run(photos: Photos, work: Path, **options) -> tuple[Posing, list[PosingStep]]:
    posing = Posing(photos, work=work, **options)
    return posing, list(posing.steps())


def pretend(photos: Photos, work: Path, fake: FakePycolmap) -> tuple[Posing, list[PosingStep]]:
    return run(photos, work, load_pycolmap=lambda: fake)


def refusal(photos: Photos, work: Path, **options) -> str:
    with pytest.raises(CaptureError) as caught:
        run(photos, work, **options)
    assert not list(work.glob("*"))
    return str(caught.value)


# The real library.

ROOM_PX = 240


@pytest.fixture(scope="module")
def room(tmp_path_factory) -> tuple[tuple[Camera, ...], Photos, Capture, list[PosingStep], Path]:
    """Ten photos of a room and two of other things, posed."""
    folder = tmp_path_factory.mktemp("room")
    truth = room_cameras(10, size_px=ROOM_PX)
    known, others = room_photos(folder / "room", truth), unrelated_photos(folder / "others", 2)
    photos = Photos((*known.names, "garden.png", "street.png"), (*known.paths, *others.paths))
    posing, steps = run(photos, folder / "work")
    return truth, photos, posing.capture, steps, folder / "work"


@pytest.mark.slow
def test_the_cameras_of_a_room_are_found(room):
    truth, photos, capture, _, _ = room
    assert capture.names == photos.names[:10]
    distance, angle_deg = aligned_errors(capture.cameras, truth)
    assert distance < 0.01
    assert angle_deg < 0.5
    for camera in capture.cameras:
        assert camera.fl_x == pytest.approx(truth[0].fl_x, rel=0.01)
        assert camera.fl_y == pytest.approx(truth[0].fl_y, rel=0.01)
        assert np.abs(camera.distortion).max() < 0.02


@pytest.mark.slow
def test_the_capture_is_in_scene_coordinates_with_its_pictures_unchanged(room):
    truth, photos, capture, _, work = room
    assert not capture.bounded
    assert not capture.has_front
    assert capture.alphas is None
    expected, _ = normalised(truth, bounded=False)
    torch.testing.assert_close(poses_of(capture.cameras), poses_of(expected), atol=0.02, rtol=0)
    for image, path in zip(capture.images, photos.paths):
        assert np.array_equal(image.numpy(), np.asarray(Image.open(path)))
    assert list(work.iterdir()) == []


@pytest.mark.slow
def test_photos_of_other_things_are_left_out_by_name(room):
    _, _, capture, _, _ = room
    sentence = "2 of 12 photos found no place and are left out: garden.png, street.png."
    assert capture.warnings == (sentence,)


@pytest.mark.slow
def test_progress_rises_to_the_end_through_all_stages(room):
    *_, steps, _ = room
    assert all(before.index < after.index for before, after in pairwise(steps))
    assert all(before.seconds <= after.seconds for before, after in pairwise(steps))
    assert steps[0].index == 0
    assert steps[-1].index == steps[-1].total - 1
    assert {step.total for step in steps} == {steps[0].total}
    assert steps[-1].message == "10 of 12 photos found their place."
    for start in ("Reading", "Finding details", "Comparing", "Placing"):
        assert any(step.message.startswith(start) for step in steps)
    assert steps[-1].curve_value == 10.0
    assert [step.registered for step in steps if step.registered] == [*range(2, 11), 10]


@pytest.mark.slow
def test_the_real_search_stops_between_two_cameras(tmp_path):
    photos = room_photos(tmp_path / "room", room_cameras(8, size_px=200))
    posing = Posing(photos, work=tmp_path / "work")
    steps = posing.steps()
    assert next(step for step in steps if step.registered >= 3).registered == 3
    steps.close()
    assert posing.capture is None
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.slow
def test_a_turn_on_one_spot_has_no_depth(tmp_path):
    photos = room_photos(tmp_path / "pan", pan_cameras(8, size_px=160))
    assert "taken from one spot" in refusal(photos, tmp_path / "work")


def test_a_white_wall_is_refused_and_the_library_keeps_quiet(tmp_path, capfd):
    sentence = refusal(white_photos(tmp_path / "wall", 9), tmp_path / "work")
    assert sentence.startswith("None of 9 photos found its place")
    assert "too little texture" in sentence
    assert ADVICE in sentence
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_photos_without_overlap_are_refused(tmp_path):
    sentence = refusal(unrelated_photos(tmp_path / "photos", 8), tmp_path / "work")
    assert sentence.startswith("None of 8 photos found its place: they have too little in common")
    assert ADVICE in sentence


# What is decided around it.


@pytest.mark.parametrize(("count", "words"), [(1, "1 photo cannot"), (3, "3 photos cannot")])
def test_a_few_photos_are_refused_before_any_work(tmp_path, count, words):
    photos = white_photos(tmp_path / "wall", count)
    with pytest.raises(CaptureError, match=f"{words} show .* at least 8 are needed. {ADVICE}"):
        Posing(photos, work=tmp_path / "work")


def test_too_many_photos_are_refused_before_any_work(tmp_path):
    names = tuple(map(str, range(MAX_PHOTOS + 1)))
    with pytest.raises(CaptureError, match="choose at most 300"):
        Posing(Photos(names, tuple(map(Path, names))), work=tmp_path)


@pytest.mark.parametrize("error", [ImportError("no such module"), RuntimeError("no backend")])
def test_a_missing_library_is_told_with_what_to_install(tmp_path, error):
    def load():
        raise error

    with pytest.raises(CaptureError, match=r"needs pycolmap: pip install 'pycolmap>=4\.0,<5'"):
        Posing(white_photos(tmp_path, 8), work=tmp_path, load_pycolmap=load)


def test_what_the_message_tells_to_install_is_what_the_extra_installs():
    project = Path(__file__).parents[3] / "pyproject.toml"
    extras = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert extras["posing"] == ["pycolmap>=4.0,<5"]


def test_an_old_library_is_told(tmp_path):
    with pytest.raises(CaptureError, match=r"newer pycolmap than 3\.13\.0: pip install"):
        pretend(white_photos(tmp_path, 8), tmp_path, FakePycolmap(version="3.13.0"))


def test_unreadable_photos_are_left_out_by_name(tmp_path):
    photos = plain_photos(tmp_path / "photos", 10)
    photos.paths[1].write_bytes(b"no picture")
    fake = FakePycolmap(room_cameras(10, size_px=64), range(2, 10))
    posing, steps = pretend(photos, tmp_path / "work", fake)
    broken, unplaced = posing.capture.warnings
    assert broken.startswith("view 2.png is left out: This is not a picture")
    assert unplaced.startswith("1 of 10 photos found no place and are left out: view 1.png.")
    assert not [pair for pair in fake.matched if "0002.png" in pair]
    assert all(before.index < after.index for before, after in pairwise(steps))


def test_too_few_readable_photos_are_refused_with_the_reason(tmp_path):
    photos = plain_photos(tmp_path / "photos", 8)
    photos.paths[1].write_bytes(b"no picture")
    with pytest.raises(CaptureError, match=r"^7 photos cannot .* view 2.png is left out: This is"):
        pretend(photos, tmp_path / "work", FakePycolmap())


@pytest.mark.parametrize(("placed", "given"), [(7, 10), (8, 27)])
def test_few_placed_photos_are_refused_with_their_number(tmp_path, placed, given):
    photos = plain_photos(tmp_path / "photos", given)
    fake = FakePycolmap(room_cameras(given, size_px=64), range(placed))
    sentence = f"Only {placed} of {given} photos found their place, too few .* {ADVICE}"
    with pytest.raises(CaptureError, match=sentence):
        pretend(photos, tmp_path / "work", fake)


@pytest.mark.parametrize("stop_at", ["Reading", "Finding", "Comparing", "Placing"])
def test_closing_stops_in_every_stage_and_leaves_nothing_behind(tmp_path, stop_at):
    photos = plain_photos(tmp_path / "photos", 12)
    fake = FakePycolmap(room_cameras(12, size_px=64), range(12))
    posing = Posing(photos, work=tmp_path / "work", load_pycolmap=lambda: fake)
    steps = posing.steps()
    assert next(step for step in steps if step.message.startswith(stop_at))
    steps.close()
    assert list((tmp_path / "work").iterdir()) == []
    assert posing.capture is None
    assert fake.interrupted == (stop_at == "Placing")


def test_stopped_work_can_be_begun_again(tmp_path):
    photos = plain_photos(tmp_path / "photos", 12)
    fake = FakePycolmap(room_cameras(12, size_px=64), range(12))
    posing = Posing(photos, work=tmp_path / "work", load_pycolmap=lambda: fake)
    next(posing.steps())
    assert list(posing.steps())[-1].registered == 12
    assert len(posing.capture) == 12
