"""Recipes: the round trip, and everything that can come back broken."""

import json

import pytest

from pds.base.errors import ConfigError, RecipeError
from pds.base.strict_json import read_json_object
from pds.settings.config import EditConfig, SVGConfig
from pds.work.recipe import (
    MAX_RECIPE_BYTES,
    RECIPE_VERSION,
    Recipe,
    clean_name,
    config_from_dict,
    fingerprint_warning,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 1H7V7Z"/></svg>'


def recipe(**changes) -> Recipe:
    edit = EditConfig(source_prompt="a “red” cat", target_prompt="a fox\n", guidance_scale=15)
    svg = SVGConfig(move=("points", "fill"), locked_ids=("eye", "näse"), subdivide=1)
    values = {"source": SVG, "edit": edit, "svg": svg, "name": "Käse 1", "prior_fingerprint": "0af"}
    return Recipe(**{**values, **changes})


def as_dict(**changes) -> dict:
    return {**json.loads(recipe().to_json()), **changes}


def changed(part: str, **changes) -> str:
    values = as_dict()
    return json.dumps({**values, part: {**values[part], **changes}})


def test_writing_and_reading_a_recipe_is_the_identity():
    assert Recipe.from_json(recipe().to_json()) == recipe()


def test_reading_bytes_with_a_byte_order_mark_works():
    assert Recipe.from_json(b"\xef\xbb\xbf" + recipe().to_json().encode()) == recipe()


def test_reading_and_writing_json_again_gives_the_same_text():
    text = recipe().to_json()
    assert Recipe.from_json(text).to_json() == text


def test_the_json_has_lines_and_readable_letters():
    text = recipe().to_json()
    assert text.count("\n") > 30
    assert "“red”" in text


def test_defaults_fill_what_a_recipe_leaves_out():
    values = {"version": 1, "source": SVG}
    values["edit"] = {"source_prompt": "a cat", "target_prompt": "a dog"}
    read = Recipe.from_json(json.dumps(values))
    assert read.svg == SVGConfig()
    assert read.prior == "built-in"


def test_a_whole_number_for_a_float_is_read_as_a_float():
    read = Recipe.from_json(changed("edit", guidance_scale=20))
    assert type(read.edit.guidance_scale) is float


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[]", "must be a JSON object"),
        (b"\xff\xfe{", "not UTF-8"),
        ("[" * 100_000, "nested too deeply"),
        ('{"version": 1, "version": 1}', "twice"),
        ('{"version": NaN}', "NaN"),
        ('{"version": ' + "9" * 30 + "}", "30 digits"),
        ('{"edit": {}}', "no version"),
        ('{"version": true}', "no version"),
        ('{"version": 0}', "no version"),
        ("x" * (MAX_RECIPE_BYTES + 1), "larger than 16 MB"),
        (json.dumps(as_dict(version=RECIPE_VERSION + 1, new_thing=1)), "newer program"),
        (json.dumps(as_dict(colour="red")), "unknown keys: colour"),
        (json.dumps(as_dict(kind="sculpture")), "this version knows: svg"),
        (json.dumps(as_dict(kind=3)), "kind is 3; it must be text"),
        (json.dumps(as_dict(name="../../etc/passwd")), "not a plain file name"),
        (json.dumps(as_dict(name="a\u202eb")), "not a plain file name"),
        (json.dumps(as_dict(name="  ")), "name is empty"),
        (json.dumps(as_dict(prior="p" * 600)), "600 characters"),
        (json.dumps(as_dict(prior_fingerprint="xyz")), "hexadecimal"),
        (json.dumps(as_dict(source=SVG + "\ud800")), "half a character"),
        (json.dumps(as_dict(edit=[1])), "must be an object"),
        (json.dumps(as_dict(edit={"steps": 3})), "lack: source_prompt, target_prompt"),
        (changed("edit", steps=0), "steps is 0"),
        (changed("edit", steps="many"), "must be a whole number"),
        (changed("edit", guidance_scale=True), "must be a number"),
        (changed("edit", source_prompt="  "), "source prompt is empty"),
        (changed("edit", speed=3), "unknown keys: speed"),
        (changed("svg", move="points"), "must be a list of text"),
        (changed("svg", locked_ids=[1]), "must be a list of text"),
        (changed("svg", move=["paths"]), "known are: points"),
    ],
)
def test_a_broken_recipe_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(RecipeError, match=sentence) as caught:
        Recipe.from_json(text)
    assert str(caught.value).endswith(".")


def test_a_recipe_without_a_drawing_is_refused():
    values = as_dict()
    del values["source"]
    with pytest.raises(RecipeError, match="lack: source"):
        Recipe.from_json(json.dumps(values))


def test_strict_reading_names_what_it_reads():
    with pytest.raises(ConfigError, match="The menu is not valid JSON"):
        read_json_object("{", what="The menu", max_bytes=100)


def test_settings_from_a_dict_keep_lists_as_tuples():
    assert config_from_dict(SVGConfig, {"move": ["fill"]}, what="x").move == ("fill",)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("cat.svg", "cat"),
        ("/tmp/a b/Küche (2).SVG", "Küche (2)"),
        ("C:\\pictures\\cat.svg", "cat"),
        ("..", "drawing"),
        ("", "drawing"),
        ("a\nb\u202e<c>.svg", "a_b__c_"),
        ("猫.svg", "猫"),
        ("x" * 200, "x" * 80),
    ],
)
def test_any_file_name_becomes_a_plain_name_that_a_recipe_accepts(given, name):
    assert clean_name(given) == name
    assert recipe(name=clean_name(given)).name == name


def test_other_weights_are_warned_of_and_unknown_ones_are_not():
    assert "0af" in fingerprint_warning(recipe(), "1bc")
    assert fingerprint_warning(recipe(), "0af") is None
    assert fingerprint_warning(recipe(), "") is None
    assert fingerprint_warning(recipe(prior_fingerprint=""), "1bc") is None
