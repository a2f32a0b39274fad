"""The endpoints for scenes, through Gradio's own client."""

from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from pds.kinds.nerf.checkpoint import load_scene, save_scene
from pds.work.scene_recipe import SceneRecipe
from tests.doubles.page_server import quick_page
from tests.doubles.scene_ui_doubles import PROMPTS, ball

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with quick_page(tmp_path_factory.mktemp("page"), seconds=0.0) as url:
        client = Client(url, verbose=False)
        yield client
        client.close()


@pytest.fixture
def scene(tmp_path):
    path = tmp_path / "my ball.safetensors"
    path.write_bytes(save_scene(ball()))
    return path


@pytest.fixture
def capture(tmp_path):
    path = tmp_path / "garden.zip"
    path.write_bytes(b"nothing that the double reads")
    return path


def edit(client, scene, settings, **prompts):
    words = {**PROMPTS, **prompts}
    return client.predict(
        checkpoint=handle_file(scene), **words, settings=settings, api_name="/edit_scene"
    )


def test_a_scene_is_edited_and_comes_back_as_a_scene(client, scene):
    path, facts = edit(client, scene, {"edit": {"steps": 6}, "nerf": {"move": ["color"]}})
    assert load_scene(Path(path)).prompt == "a drawing of a dog"
    assert Path(path).name == "my ball.safetensors"
    assert facts["state"] == "done"
    recipe = SceneRecipe.from_json(facts["recipe"])
    assert (recipe.edit.steps, recipe.nerf.move, recipe.refine) == (6, ("color",), None)


def test_settings_may_be_left_out(client, scene):
    _, facts = client.predict(checkpoint=handle_file(scene), **PROMPTS, api_name="/edit_scene")
    assert facts["state"] == "done"


def test_a_preset_for_scenes_runs_by_its_key(client):
    (first, *_) = client.predict(api_name="/scene_presets")
    path, facts = client.predict(key=first["key"], api_name="/edit_scene_preset")
    assert load_scene(Path(path)).name == first["key"]
    assert facts["warnings"] == ["This run only pretends."]


def test_a_scene_is_fitted_to_a_capture(client, capture):
    path, facts = client.predict(
        capture=handle_file(capture), settings={"steps": 5}, api_name="/fit_scene"
    )
    assert load_scene(Path(path)).name == "garden"
    assert facts["psnr"] == pytest.approx(31.4)
    assert facts["recipe"] == ""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"edit": {"steps": 0}}, "steps"),
        ({"edit": {"stepz": 1}}, "stepz"),
        ({"svg": {}}, "known are"),
        ({"edit": 3}, "objects"),
        ([1], "objects"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_words(client, scene, settings, words):
    with pytest.raises(AppError, match=words):
        edit(client, scene, settings)


def test_what_is_no_scene_or_no_capture_is_refused_in_words(client, scene, tmp_path):
    with pytest.raises(AppError, match="empty"):
        edit(client, scene, {}, target_prompt=" ")
    scene.write_bytes(b"no scene, whatever its name says")
    with pytest.raises(AppError, match="not a scene"):
        edit(client, scene, {})
    wall = tmp_path / "wall.zip"
    wall.write_bytes(b"white")
    with pytest.raises(AppError, match="Only 2 of 12"):
        client.predict(capture=handle_file(wall), settings={}, api_name="/fit_scene")
    with pytest.raises(AppError, match="no scene file"):
        client.predict(checkpoint=None, **PROMPTS, settings={}, api_name="/edit_scene")
    with pytest.raises(AppError, match="Bring a capture"):
        client.predict(capture=None, settings={}, api_name="/fit_scene")
    with pytest.raises(AppError, match="known are"):
        client.predict(key="nothing", api_name="/edit_scene_preset")
    assert client.predict(api_name="/scene_presets")


@pytest.mark.parametrize("meta", [{"meta": {"_type": "gradio.FileData"}}, {}])
def test_a_file_that_was_not_uploaded_is_not_read(client, scene, meta):
    # Without Gradio's client, which would upload it.
    call = f"{client.src}gradio_api/call/edit_scene"
    data = {"data": [{"path": str(scene), **meta}, *PROMPTS.values(), {}]}
    event = httpx.post(call, json=data).json()["event_id"]
    answer = httpx.get(f"{call}/{event}", timeout=60).text
    assert "event: error" in answer
    assert "event: complete" not in answer
