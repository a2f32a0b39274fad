"""Synthetic captures, and models put together."""

import json

import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.visual import TextureVisuals
from trimesh.visual.material import SimpleMaterial

from pds.training.captures import capture_cameras, fitted, write_capture
from pds.training.compositions import put_on_hat, put_on_top


def painted(mesh, colour):
    mesh.visual = TextureVisuals(material=SimpleMaterial(diffuse=[*colour, 255]))
    return mesh


def box(low, high, colour=(200, 200, 200)):
    return painted(trimesh.creation.box(bounds=[low, high]), colour)


def bounds(parts):
    return np.min([p.bounds[0] for p in parts], 0), np.max([p.bounds[1] for p in parts], 0)


def test_cameras_stand_in_three_rings_around_the_origin():
    cameras = capture_cameras(12, 32)
    positions = np.array([c.position.tolist() for c in cameras])
    assert np.allclose(np.linalg.norm(positions, axis=1), 4.0, atol=1e-5)
    assert len({round(float(z), 3) for z in positions[:, 2]}) == 3
    assert (positions[:, 2] > 0).all()


def test_a_model_fits_the_cube_and_leaves_room_above_when_asked():
    plain = fitted([box((0, 0, 0), (1, 2, 1))])
    roomy = fitted([box((0, 0, 0), (1, 2, 1))], room_above=1.0)
    for parts in (plain, roomy):
        low, high = bounds(parts)
        assert np.abs([low, high]).max() <= 1.0
    assert bounds(plain)[1][1] == pytest.approx(-bounds(plain)[0][1])
    assert bounds(roomy)[1][1] == pytest.approx(0.0, abs=1e-6)


def test_the_pictures_show_the_front_first_and_the_side_a_quarter_later(tmp_path):
    # Front (+z of the model) red, its left side (+x) blue.
    front = box((-0.5, -0.5, 0.4), (0.5, 0.5, 0.5), (200, 0, 0))
    side = box((0.5, -0.5, -0.5), (0.6, 0.5, 0.5), (0, 0, 200))
    write_capture(tmp_path, [front, side], has_front=True, views=12, size_px=24)
    values = json.loads((tmp_path / "transforms.json").read_text())
    assert values["pds"] == {"bounded": True, "has_front": True}
    assert len(values["frames"]) == 12
    centre = [np.asarray(Image.open(tmp_path / f"images/{i:03d}.png"))[12, 12] for i in (0, 1)]
    assert centre[0][0] > 100 > centre[0][2]
    assert centre[1][2] > 100 > centre[1][0]
    assert np.asarray(Image.open(tmp_path / "images/000.png"))[0, 0, 3] == 0


def test_a_model_stands_on_the_middle_of_another():
    base, top = [box((-1, 0, -1), (1, 1, 1))], [box((5, 5, 5), (6, 7, 6))]
    parts = put_on_top(base, top, height=0.5)
    (low, high), (top_low, top_high) = bounds(parts[:1]), bounds(parts[1:])
    assert top_low[1] == pytest.approx(high[1])
    middle = (top_low + top_high)[[0, 2]] / 2
    assert middle == pytest.approx((low + high)[[0, 2]] / 2)
    share = (top_high - top_low)[1] / (high - low).max()
    assert share == pytest.approx(0.5)
    low, high = bounds(parts)
    assert np.linalg.norm(high - low) == pytest.approx(2.0)


def test_a_hat_sits_on_the_highest_part_in_its_colour():
    body = box((-1, 0, -0.3), (1, 0.8, 0.3))
    head = box((0.5, 0.8, -0.2), (0.9, 1.4, 0.2))
    parts = put_on_hat([body, head], [200, 10, 10])
    hat, (_, head_high) = bounds(parts[2:]), bounds(parts[1:2])
    assert hat[1][1] > head_high[1] > hat[0][1]
    middle = (hat[0] + hat[1])[[0, 2]] / 2
    wanted = (parts[1].bounds[0] + parts[1].bounds[1])[[0, 2]] / 2
    assert middle == pytest.approx(wanted, abs=1e-6)
    assert list(parts[2].visual.material.diffuse[:3]) == [200, 10, 10]
