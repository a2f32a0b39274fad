"""Captures that this project wrote: what they say of themselves comes back, checked."""

import json
from dataclasses import replace

import pytest
import torch

from pds.base.errors import CaptureError, ConfigError
from pds.kinds.nerf.capture.own_block import TEXTS, own_block, read_own_block
from pds.kinds.nerf.capture.reading import open_source
from pds.kinds.nerf.export.capture_folder import capture_files, write_capture
from pds.kinds.nerf.fit.fitting import Fit
from pds.kinds.nerf.render.viewing import spread_cameras
from pds.kinds.nerf.settings import FitSettings
from tests.doubles.scene_fields import arc, ball, plain, ring, shape_scene

CREDIT = "Ball by A. Maker, CC-BY 4.0, https://example.org/ball"
WORLD = torch.tensor(
    [[0.0, -2.5, 0.0, 3.0], [2.5, 0.0, 0.0, -1.0], [0.0, 0.0, 2.5, 0.1], [0.0, 0.0, 0.0, 1.0]]
)
FACTS = {
    "name": "Ball — 球",
    "prompt": "a red ball",
    "credit": CREDIT,
    "symmetric": True,
    "world_from_scene": WORLD,
}


def told_scene(**changes):
    scene = shape_scene(ball(), plain(0.9, 0.2, 0.1), has_front=True)
    return replace(scene, **(FACTS | changes))


def block(**changes) -> dict:
    return {"pds": {"bounded": True, "has_front": True} | changes}


def test_a_capture_read_back_keeps_its_words_its_credit_and_its_place_in_the_world(tmp_path):
    path = write_capture(tmp_path / "a.zip", told_scene(), size_px=16)
    capture = open_source(path, work=tmp_path)
    for name in ("name", "prompt", "credit", "symmetric"):
        assert getattr(capture, name) == FACTS[name]
    assert torch.equal(capture.world_from_scene, WORLD)


def test_a_scene_fitted_to_a_capture_of_this_project_owes_the_same_credit(tmp_path):
    capture = open_source(write_capture(tmp_path / "a.zip", told_scene()), work=tmp_path)
    config = FitSettings(resolution=16, steps=1, rays_per_step=64, longer_side_px=32)
    fit = Fit(replace(capture), config)
    for scene in (fit.scene(), fit.scene("another name")):
        assert (scene.prompt, scene.credit, scene.symmetric) == ("a red ball", CREDIT, True)
        assert torch.equal(scene.world_from_scene, WORLD)
    assert fit.scene().name == "Ball — 球"
    assert fit.scene("another name").name == "another name"


def test_other_captures_say_nothing_of_themselves():
    assert read_own_block({}, "transforms.json") is None
    silent = read_own_block(block(), "transforms.json")
    assert (silent.name, silent.prompt, silent.credit, silent.symmetric) == ("", "", "", False)
    assert silent.world_from_scene is None


def test_texts_too_long_to_be_read_are_cut_when_written():
    scene = told_scene(**dict.fromkeys(TEXTS, "x" * 10000))
    values = json.loads(json.dumps({"pds": own_block(scene)}))
    again = read_own_block(values, "transforms.json")
    assert {key: len(getattr(again, key)) for key in TEXTS} == TEXTS


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": 7}, "name of .* must be a text"),
        ({"credit": None}, "credit of .* must be a text"),
        ({"prompt": ["a"]}, "prompt of .* must be a text"),
        ({"credit": "x" * 4001}, "4001 characters; at most 4000"),
        ({"symmetric": 1}, "symmetric, true or false"),
        ({"world_from_scene": 1.0}, "4 rows of 4 numbers"),
        ({"world_from_scene": torch.eye(3).tolist()}, "4 rows of 4 numbers"),
        ({"world_from_scene": [["a"] * 4] * 4}, "must be a number"),
        ({"world_from_scene": torch.full((4, 4), torch.nan).tolist()}, "not a finite number"),
        ({"world_from_scene": torch.zeros(4, 4).tolist()}, "last row"),
        ({"world_from_scene": torch.diag(torch.tensor([1.0, 1, 0, 1])).tolist()}, "singular"),
        ({"world_from_scene": torch.diag(torch.tensor([1.0, 2, 1, 1])).tolist()}, "stretches"),
        ({"world_from_scene": torch.diag(torch.tensor([1.0, 1, -1, 1])).tolist()}, "mirrors"),
        (
            {"world_from_scene": [[1e60, 0, 0, 0], [0, 1e60, 0, 0], [0, 0, 1e60, 0], [0, 0, 0, 1]]},
            "too large",
        ),
    ],
)
def test_what_cannot_be_said_of_a_capture_is_refused(changes, words):
    with pytest.raises(CaptureError, match=words):
        read_own_block(block(**changes), "transforms.json")


@pytest.mark.parametrize("bounded", [True, False])
def test_a_capture_has_as_many_views_of_the_size_asked_for(bounded):
    scene = shape_scene(ball(), bounded=bounded)
    count = len(scene.cameras)
    for views in (1, count - 1, count, count + 5):
        files = dict(capture_files(scene, size_px=20, views=views))
        values = json.loads(files["transforms.json"])
        assert len(values["frames"]) == views == len(files) - 1
    with pytest.raises(ConfigError, match="views is 2001"):
        capture_files(scene, views=2001)
    with pytest.raises(ConfigError, match="count is 0"):
        spread_cameras(scene, 0)


def test_fewer_views_are_picked_evenly_of_the_scenes_own():
    scene = shape_scene(ball(), cameras=ring(8))
    assert spread_cameras(scene, 4) == scene.cameras[::2]


def test_further_views_of_an_object_stand_between_its_own():
    cameras = (*ring(6, elevation_deg=-20), *ring(6, elevation_deg=50))
    scene = shape_scene(ball(), cameras=cameras)
    every = spread_cameras(scene, 40)
    assert every[:12] == cameras
    heights = torch.stack([camera.position for camera in every[12:]])[:, 2] / 4
    low, high = (torch.sin(torch.deg2rad(torch.tensor(angle))) for angle in (-20.0, 50.0))
    assert bool(((heights > low) & (heights < high)).all())
    assert float(heights.diff().std()) < 1e-5


def test_further_views_of_an_open_scene_stay_where_it_was_captured():
    scene = shape_scene(ball(), cameras=arc(), bounded=False)
    further = spread_cameras(scene, len(scene.cameras) + 6)[len(scene.cameras) :]
    captured = torch.stack([camera.position for camera in scene.cameras])
    low, high = captured.amin(0) - 1e-3, captured.amax(0) + 1e-3
    assert len(further) == 6
    assert all(bool(((c.position >= low) & (c.position <= high)).all()) for c in further)
