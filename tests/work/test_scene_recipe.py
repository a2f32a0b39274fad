"""Recipes of scenes: the round trip, and everything that can come back broken."""

import json

import pytest

from pds.base.errors import RecipeError
from pds.settings.config import EditConfig
from pds.settings.scene_config import NeRFConfig, RefineConfig
from pds.work.recipe import RECIPE_VERSION, Recipe, clean_name, fingerprint_warning
from pds.work.scene_recipe import MAX_SCENE_RECIPE_BYTES, SceneRecipe, digest

SHA = digest(b"a scene")


def recipe(**changes) -> SceneRecipe:
    edit = EditConfig(source_prompt="a “3D” cactus", target_prompt="tulips\n", guidance_scale=15)
    nerf = NeRFConfig(move=("color",), box=(-1, -0.5, 0, 1, 1.5, 2), view_words=False, samples=64)
    values = {"scene_sha256": SHA, "edit": edit, "nerf": nerf, "name": "Käktus 1"}
    values |= {"refine": RefineConfig(steps=7, guidance_scale=9), "prior_fingerprint": "0af"}
    return SceneRecipe(**{**values, **changes})


def as_dict(**changes) -> dict:
    return {**json.loads(recipe().to_json()), **changes}


def without(name: str) -> str:
    return json.dumps({key: value for key, value in as_dict().items() if key != name})


def changed(part: str, **changes) -> str:
    values = as_dict()
    return json.dumps({**values, part: {**values[part], **changes}})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"refine": None},
        {"nerf": NeRFConfig()},
        {"scene_sha256": "", "prior_fingerprint": ""},
        {"name": "猫 (2)", "prior": "some/model"},
    ],
)
def test_writing_and_reading_a_recipe_is_the_identity(changes):
    assert SceneRecipe.from_json(recipe(**changes).to_json()) == recipe(**changes)


def test_reading_bytes_with_a_byte_order_mark_works():
    assert SceneRecipe.from_json(b"\xef\xbb\xbf" + recipe().to_json().encode()) == recipe()


def test_reading_and_writing_json_again_gives_the_same_text():
    text = recipe().to_json()
    assert SceneRecipe.from_json(text).to_json() == text


def test_the_json_has_lines_and_readable_letters():
    text = recipe().to_json()
    assert text.count("\n") > 40
    assert "“3D”" in text


def test_defaults_fill_what_a_recipe_leaves_out():
    values = {"version": 1, "scene_sha256": SHA}
    values["edit"] = {"source_prompt": "a cactus", "target_prompt": "tulips"}
    read = SceneRecipe.from_json(json.dumps(values))
    assert (read.kind, read.nerf, read.refine) == ("nerf", NeRFConfig(), None)
    assert (read.name, read.prior, read.prior_fingerprint) == ("scene", "built-in", "")


def test_whole_numbers_for_floats_are_read_as_floats():
    read = SceneRecipe.from_json(changed("nerf", density_rate=20, box=[0, 0, 0, 1, 1, 1]))
    assert type(read.nerf.density_rate) is float
    read = SceneRecipe.from_json(changed("refine", guidance_scale=3))
    assert type(read.refine.guidance_scale) is float


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
        (recipe().to_json().replace("50.0", "NaN"), "NaN"),
        (recipe().to_json().replace("50.0", "Infinity"), "Infinity"),
        ('{"version": ' + "9" * 30 + "}", "30 digits"),
        ('{"edit": {}}', "no version"),
        ('{"version": true}', "no version"),
        ('{"version": 0}', "no version"),
        ("x" * (MAX_SCENE_RECIPE_BYTES + 1), "larger than 0.2 MB"),
        (json.dumps(as_dict(version=RECIPE_VERSION + 1, new_thing=1)), "newer program"),
        (json.dumps(as_dict(colour="red")), "unknown keys: colour"),
        (json.dumps(as_dict(kind="svg")), "for 'svg', not for a scene"),
        (json.dumps(as_dict(kind=3)), "kind is 3; it must be text"),
        (json.dumps(as_dict(name="../../etc/passwd")), "not a plain file name"),
        (json.dumps(as_dict(name="a\u202eb")), "not a plain file name"),
        (json.dumps(as_dict(name="  ")), "name is empty"),
        (json.dumps(as_dict(name=["a"])), "name is .*; it must be text"),
        (json.dumps(as_dict(prior="p" * 600)), "600 characters"),
        (json.dumps(as_dict(prior="a \ud800")), "half a character"),
        (json.dumps(as_dict(prior_fingerprint="xyz")), "prior_fingerprint .* hexadecimal"),
        (json.dumps(as_dict(scene_sha256="xyz")), "scene_sha256 .* hexadecimal"),
        (json.dumps(as_dict(scene_sha256="a" * 65)), "scene_sha256 .* hexadecimal"),
        (json.dumps(as_dict(scene_sha256=5)), "scene_sha256 is 5; it must be text"),
        (json.dumps(as_dict(edit=[1])), "must be an object"),
        (json.dumps(as_dict(nerf=None)), "must be an object"),
        (json.dumps(as_dict(refine=[])), "must be an object"),
        (json.dumps(as_dict(edit={"steps": 3})), "lack: source_prompt, target_prompt"),
        (without("scene_sha256"), "lack: scene_sha256"),
        (without("edit"), "lack: edit"),
        (changed("edit", steps=0), "steps is 0"),
        (changed("edit", steps="many"), "must be a whole number"),
        (changed("edit", guidance_scale=True), "must be a number"),
        (changed("edit", source_prompt="  "), "source prompt is empty"),
        (changed("edit", speed=3), "unknown keys: speed"),
        (changed("nerf", move="color"), "must be a list of text"),
        (changed("nerf", move=["points"]), "known are: density, color"),
        (changed("nerf", box=[0, 0, 0, 1, 1]), "six numbers"),
        (changed("nerf", box=[1, 0, 0, 0, 1, 1]), "box is empty"),
        (changed("nerf", box=[False, 0, 0, 1, 1, 1]), "must be a list of numbers"),
        (changed("nerf", box="0 0 0 1 1 1"), "must be a list of numbers"),
        (changed("nerf", samples=True), "must be a whole number"),
        (changed("nerf", view_words=1), "must be true or false"),
        (changed("nerf", view_words="no"), "must be true or false"),
        (changed("nerf", density_rate="fast"), "must be a number"),
        (changed("nerf", speed=3), "unknown keys: speed"),
        (changed("refine", steps=0), "steps is 0"),
        (changed("refine", noise_low=0.9), "noise_low is above"),
        (changed("refine", seed=1.5), "must be a whole number"),
        (changed("refine", speed=3), "unknown keys: speed"),
    ],
)
def test_a_broken_recipe_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(RecipeError, match=sentence) as caught:
        SceneRecipe.from_json(text)
    assert str(caught.value).endswith(".")


def test_a_drawings_recipe_is_refused_by_its_kind_and_a_scenes_where_drawings_are():
    edit = EditConfig(source_prompt="a", target_prompt="b")
    drawing = Recipe(source='<svg xmlns="http://www.w3.org/2000/svg"/>', edit=edit)
    with pytest.raises(RecipeError, match="for 'svg', not for a scene"):
        SceneRecipe.from_json(drawing.to_json())
    with pytest.raises(RecipeError, match="for 'nerf'; this version knows: svg"):
        Recipe.from_json(recipe().to_json())


def test_a_scene_recipe_of_another_kind_cannot_be_made():
    with pytest.raises(RecipeError, match="for 'svg', not for a scene"):
        recipe(kind="svg")


def test_a_digest_is_that_of_the_files_bytes():
    assert len(SHA) == 64
    assert digest(b"a scene") == SHA != digest(b"another")


@pytest.mark.parametrize(
    ("given", "name"),
    [("a b/Käse.safetensors", "Käse"), ("fox.ZIP", "fox"), ("..", "drawing"), ("a/b/", "drawing")],
)
def test_any_file_name_becomes_a_plain_name_that_a_recipe_accepts(given, name):
    assert clean_name(given) == name
    assert recipe(name=name).name == name


def test_other_weights_are_warned_of():
    assert "0af" in fingerprint_warning(recipe(), "1bc")
    assert fingerprint_warning(recipe(prior_fingerprint=""), "1bc") is None
