"""The endpoints for programs, through Gradio's own client."""

import json

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from pds.kinds.svg.document import Document
from pds.work.recipe import Recipe
from tests.doubles.page_server import quick_page
from tests.doubles.ui_doubles import CAT, recipe

pytestmark = pytest.mark.slow
PROMPTS = {"source_prompt": "a drawing of a cat", "target_prompt": "a drawing of a dog"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with quick_page(tmp_path_factory.mktemp("page"), seconds=0.0) as url:
        client = Client(url, verbose=False)
        yield client
        client.close()


def test_an_svg_is_edited_and_comes_back_as_an_svg(client):
    answer = client.predict(svg=CAT, **PROMPTS, steps=8, api_name="/edit_svg")
    assert answer["state"] == "done"
    assert answer["svg"] != CAT
    assert "face" in Document.read(answer["svg"].encode()).element_ids()
    assert Recipe.from_json(answer["recipe"]).edit.steps == 8


def test_a_recipe_gives_the_same_result_again(client):
    first = client.predict(svg=CAT, **PROMPTS, steps=8, seed=3, api_name="/edit_svg")
    again = client.predict(recipe=first["recipe"], api_name="/edit_recipe")
    assert again["svg"] == first["svg"]


def test_a_preset_runs_by_its_key(client):
    (first, *_) = client.predict(api_name="/presets")
    answer = client.predict(key=first["key"], api_name="/edit_preset")
    assert answer["state"] == "done"


def test_unknown_words_are_told(client):
    sentences = client.predict(
        source_prompt="a cat", target_prompt="a dogg", api_name="/unknown_words"
    )
    assert len(sentences) == 1
    assert "dogg" in sentences[0]


@pytest.mark.parametrize(
    ("endpoint", "arguments", "words"),
    [
        ("/edit_svg", {"svg": "<svg", **PROMPTS}, "well-formed"),
        ("/edit_svg", {"svg": CAT, **PROMPTS, "steps": 0}, "steps"),
        ("/edit_svg", {"svg": CAT, "source_prompt": " ", "target_prompt": "x"}, "empty"),
        ("/edit_svg", {"svg": CAT, **PROMPTS, "method": "magic"}, "known are"),
        ("/edit_preset", {"key": "nothing"}, "known are"),
        ("/edit_recipe", {"recipe": "{"}, "JSON"),
        (
            "/edit_recipe",
            {"recipe": json.dumps({**json.loads(recipe().to_json()), "version": 99})},
            "newer",
        ),
    ],
)
def test_bad_input_is_refused_in_words_and_the_page_lives_on(client, endpoint, arguments, words):
    with pytest.raises(AppError, match=words):
        client.predict(**arguments, api_name=endpoint)
    assert client.predict(api_name="/presets")


def test_the_documented_endpoints_are_the_useful_ones(client):
    named = set(client.view_api(return_format="dict")["named_endpoints"])
    drawings = {"/edit_svg", "/edit_preset", "/edit_recipe", "/presets", "/unknown_words"}
    assert named == drawings | {"/edit_scene", "/edit_scene_preset", "/fit_scene", "/scene_presets"}


def test_an_svg_may_not_be_as_large_as_a_capture(client):
    with pytest.raises(AppError, match="at most"):
        client.predict(svg="<svg>" + " " * 21_000_000, **PROMPTS, api_name="/edit_svg")
