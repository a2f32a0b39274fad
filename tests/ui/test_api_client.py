"""The endpoints for programs, through Gradio's own client."""

import base64
import inspect
import json
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from pds.engine.distil import DistilSettings
from pds.engine.methods import PDS
from pds.kinds import KINDS
from pds.kinds.nerf.checkpoint import load_scene
from pds.kinds.svg.document import Document
from pds.work.recipe import Recipe
from tests.doubles.api_cli_server import endpoints
from tests.doubles.cli_doubles import SVG, make_preset, write_ball, write_picture

pytestmark = pytest.mark.slow
PROMPTS = {"source_prompt": "a cat", "target_prompt": "a dog"}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets")
    for kind in KINDS:
        make_preset(folder, kind)
    with endpoints(folder) as address:
        yield address


@pytest.fixture(scope="module")
def client(url):
    client = Client(url, verbose=False)
    yield client
    client.close()


@pytest.fixture
def scene(tmp_path):
    return write_ball(tmp_path / "my ball.safetensors")


def edit(client, scene, settings, **prompts):
    words = {**PROMPTS, **prompts}
    return client.predict(
        checkpoint=handle_file(scene), **words, settings=settings, api_name="/edit_scene"
    )


def test_an_svg_is_edited_and_comes_back_as_an_svg(client):
    answer = client.predict(svg=SVG, **PROMPTS, steps=3, api_name="/edit_svg")
    assert answer["state"] == "done"
    assert answer["svg"] != SVG
    assert "corner" in Document.read(answer["svg"].encode()).element_ids()
    recipe = Recipe.from_json(answer["recipe"])
    assert (recipe.run.steps, recipe.name) == (3, "drawing")


def test_every_setting_of_a_drawing_is_an_argument_with_its_declared_default(client):
    told = client.view_api(return_format="dict")["named_endpoints"]["/edit_svg"]["parameters"]
    defaults = {p["parameter_name"]: p.get("parameter_default") for p in told}
    for cls in (DistilSettings, PDS, KINDS["svg"].Settings):
        for field, declaration in cls.declarations().items():
            default = cls.defaults()[field]
            name = declaration.flag.removeprefix("--").replace("-", "_")
            assert defaults[name] == (list(default) if isinstance(default, tuple) else default)
    answer = client.predict(
        svg=SVG, **PROMPTS, steps=1, guidance=3, identity=0.5, move=["fill"], method="pds",
        name="my cat.svg", api_name="/edit_svg",
    )  # fmt: skip
    recipe = Recipe.from_json(answer["recipe"])
    assert recipe.method == PDS(guidance_scale=3, identity_weight=0.5)
    assert (recipe.settings.move, recipe.name) == (("fill",), "my cat")


def test_a_recipe_gives_the_same_result_again(client):
    first = client.predict(svg=SVG, **PROMPTS, steps=3, seed=3, api_name="/edit_svg")
    again = client.predict(recipe=first["recipe"], api_name="/edit_recipe")
    assert again["svg"] == first["svg"]


def test_results_name_the_model_that_made_them_and_say_if_it_is_another(client):
    answers = [
        client.predict(key="cat-dog-svg", api_name="/edit_preset"),
        client.predict(key="cat-dog-nerf", api_name="/edit_scene_preset")[1],
        client.predict(svg=SVG, **PROMPTS, steps=1, api_name="/edit_svg"),
    ]
    assert [Recipe.from_json(a["recipe"]).prior for a in answers] == ["staged"] * 3
    assert any("made with the model built-in" in said for said in answers[0]["warnings"])
    assert answers[2]["warnings"] == []
    foreign = json.loads(answers[2]["recipe"])
    foreign["prior"] = {"name": "another", "fingerprint": "ffff"}
    answer = client.predict(recipe=json.dumps(foreign), api_name="/edit_recipe")
    recipe = Recipe.from_json(answer["recipe"])
    assert (recipe.prior, recipe.prior_fingerprint) == ("staged", "abc123")
    assert any("made with the model another" in sentence for sentence in answer["warnings"])


def test_presets_of_every_kind_run_by_their_keys(client):
    presets = client.predict(api_name="/presets")
    assert {preset["kind"] for preset in presets} == set(KINDS)
    for preset in presets:
        answer = client.predict(key=preset["key"], api_name="/edit_preset")
        assert (answer["state"], answer["kind"]) == ("done", preset["kind"])
        kind = KINDS[preset["kind"]]
        data = answer["svg"].encode() if kind.pasted else base64.b64decode(answer["data"])
        assert kind.read(data, name="x").kind == kind.key


def test_unknown_words_are_told(client):
    sentences = client.predict(
        source_prompt="a cat", target_prompt="a dogg", api_name="/unknown_words"
    )
    assert len(sentences) == 1
    assert "dogg" in sentences[0]


def test_a_scene_is_edited_and_comes_back_as_a_scene(client, scene):
    path, facts = edit(client, scene, {"edit": {"steps": 3}, "nerf": {"move": ["color"]}})
    assert load_scene(Path(path).read_bytes()).prompt == "a dog"
    assert Path(path).suffix == ".safetensors"
    assert (facts["state"], facts["psnr"]) == ("done", None)
    recipe = Recipe.from_json(facts["recipe"])
    assert (recipe.run.steps, recipe.settings.move, recipe.after) == (3, ("color",), None)


def test_a_picture_is_edited_and_comes_back_as_a_picture(client, tmp_path):
    picture = write_picture(tmp_path / "apple.png")
    path, facts = client.predict(
        picture=handle_file(picture),
        **PROMPTS,
        settings={"edit": {"method": "dds", "steps": 2}, "refine": {"steps": 2}},
        api_name="/edit_image",
    )
    assert Path(path).read_bytes() != picture.read_bytes()
    assert facts["state"] == "done"
    recipe = Recipe.from_json(facts["recipe"])
    assert (recipe.kind, recipe.method.key) == ("image", "dds")
    assert recipe.after.settings.steps == 2


def test_a_scene_is_fitted_to_a_capture(client, tmp_path):
    from pds.cli.main import main

    scene = write_ball(tmp_path / "ball.safetensors")
    assert main(["export", str(scene), "--capture", "-o", str(tmp_path), "-q"]) == 0
    settings = {"steps": 3, "resolution": 16, "holdout": 4}
    path, facts = client.predict(
        capture=handle_file(tmp_path / "capture.zip"), settings=settings, api_name="/fit_scene"
    )
    assert load_scene(Path(path).read_bytes()).bounded
    assert facts["psnr"] > 0
    assert facts["recipe"] == ""


@pytest.mark.parametrize(
    ("endpoint", "arguments", "words"),
    [
        ("/edit_svg", {"svg": "<svg", **PROMPTS}, "well-formed"),
        ("/edit_svg", {"svg": SVG, **PROMPTS, "steps": 0}, "steps"),
        ("/edit_svg", {"svg": SVG, "source_prompt": " ", "target_prompt": "x"}, "empty"),
        ("/edit_svg", {"svg": SVG, **PROMPTS, "method": "magic"}, "known are"),
        ("/edit_svg", {"svg": SVG, **PROMPTS, "move": ["legs"]}, "known are"),
        ("/edit_svg", {"svg": "<svg>" + " " * 21_000_000, **PROMPTS}, "up to"),
        ("/edit_preset", {"key": "nothing"}, "known are"),
        ("/edit_scene_preset", {"key": "nothing"}, "known are"),
        ("/edit_recipe", {"recipe": "{"}, "JSON"),
        ("/edit_scene", {"checkpoint": None, **PROMPTS, "settings": {}}, "no scene file"),
        ("/edit_image", {"picture": None, **PROMPTS, "settings": {}}, "no picture file"),
        ("/fit_scene", {"capture": None, "settings": {}}, "Bring a capture"),
    ],
)
def test_bad_input_is_refused_in_words_and_the_page_lives_on(client, endpoint, arguments, words):
    with pytest.raises(AppError, match=words):
        client.predict(**arguments, api_name=endpoint)
    assert client.predict(api_name="/presets")


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
    with pytest.raises(AppError, match="zip"):
        client.predict(capture=handle_file(wall), settings={}, api_name="/fit_scene")


def test_the_documented_endpoints_are_the_useful_ones(client):
    named = set(client.view_api(return_format="dict")["named_endpoints"])
    edits = {"/edit_svg", "/edit_scene", "/edit_image", "/edit_preset", "/edit_recipe"}
    others = {"/fit_scene", "/presets", "/unknown_words", "/edit_scene_preset", "/scene_presets"}
    assert named == edits | others


@pytest.mark.parametrize("meta", [{"meta": {"_type": "gradio.FileData"}}, {}])
def test_a_file_that_was_not_uploaded_is_not_read(client, scene, meta):
    # Without Gradio's client, which would upload it.
    call = f"{client.src}gradio_api/call/edit_scene"
    data = {"data": [{"path": str(scene), **meta}, *PROMPTS.values(), {}]}
    event = httpx.post(call, json=data).json()["event_id"]
    answer = httpx.get(f"{call}/{event}", timeout=60).text
    assert "event: error" in answer
    assert "event: complete" not in answer


def test_the_service_is_all_that_endpoints_need():
    from pds.ui.api import add_endpoints

    assert list(inspect.signature(add_endpoints).parameters) == ["service"]
