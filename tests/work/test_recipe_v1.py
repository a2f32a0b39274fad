"""Recipes of version 1 mean what they meant, and are refused as they were.

What full ones mean is held by the golden files.
"""

import json

import pytest

from pds.base.errors import RecipeError
from pds.engine.methods import DDS, PDS
from pds.kinds import kind_of
from pds.work.recipe import Recipe
from tests.golden.cases import FOLDER

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 1H7V7Z"/></svg>'
PROMPTS = {"source_prompt": "a cat", "target_prompt": "a dog"}


def v1(kind: str = "svg", **changes) -> str:
    own = {"source": SVG, "svg": {}} if kind == "svg" else {"scene_sha256": "0af", "nerf": {}}
    values = {"version": 1, "kind": kind, "edit": PROMPTS, **own, **changes}
    return json.dumps({name: value for name, value in values.items() if value != "-"})


@pytest.mark.parametrize(("kind", "name"), [("svg", "drawing"), ("nerf", "scene")])
def test_what_version_1_left_out_is_what_it_was_then(kind, name):
    read = Recipe.from_json(v1(kind, svg="-", nerf="-"))
    assert (read.name, read.prior, read.prior_fingerprint) == (name, "built-in", "")
    assert read.settings == kind_of(kind).Settings()
    assert (read.method, read.after) == (PDS(), None)


def test_a_recipe_without_a_kind_is_of_a_drawing():
    assert Recipe.from_json(v1(kind="svg").replace('"kind": "svg", ', "")).kind == "svg"


@pytest.mark.parametrize("name", ["svg", "svg_short", "nerf", "nerf_short"])
def test_a_recipe_of_version_1_is_written_as_version_2_with_the_same_meaning(name):
    read = Recipe.from_json((FOLDER / f"recipe_v1_{name}.json").read_bytes())
    written = read.to_json()
    assert json.loads(written)["version"] == 2
    assert Recipe.from_json(written) == read


def test_a_drawing_in_a_recipe_of_version_1_is_known_by_its_content():
    read = Recipe.from_json(v1())
    asset = kind_of("svg").read(SVG.encode(), name="x")
    assert read.asset == asset.key
    assert read.embedded_asset().key == asset.key


def test_settings_that_belong_to_another_method_had_no_effect_and_have_none():
    edit = {**PROMPTS, "method": "dds", "stride": 4, "identity_weight": 2, "guidance_scale": 3}
    assert Recipe.from_json(v1(edit=edit)).method == DDS(guidance_scale=3)


BROKEN = [
    (v1(edit="-"), "lacks: edit"),
    (v1(source="-"), "lacks: source"),
    (v1("nerf", scene_sha256="-"), "lacks: scene_sha256"),
    (v1(colour=1), "unknown keys: colour"),
    (v1(refine={}), "unknown keys: refine"),
    (v1(nerf={}), "unknown keys: nerf"),
    (v1(source=5), "source is 5; it must be text"),
    (v1(source=""), "asset is empty"),
    (v1(source="\ud800"), "half a character"),
    (v1(kind="image"), "this version knows: svg, nerf"),
    (v1(kind=["svg"]), "this version knows: svg, nerf"),
    (v1(edit=[1]), "edit must be an object"),
    (v1(edit={"steps": 3}), "lack: source_prompt, target_prompt"),
    (v1(edit={"steps": 3, "source_prompt": "a"}), "lack: target_prompt"),
    (v1(edit={**PROMPTS, "source_prompt": " "}), "source prompt is empty"),
    (v1(edit={**PROMPTS, "target_prompt": 3}), "it must be text"),
    (v1(edit={**PROMPTS, "steps": 0}), "steps is 0"),
    (v1(edit={**PROMPTS, "speed": 3}), "unknown keys: speed"),
    (v1(edit={**PROMPTS, "method": "vsd"}), "known are: pds, dds, sds"),
    (v1(edit={**PROMPTS, "method": ["pds"]}), "known are: pds, dds, sds"),
    (v1(edit={**PROMPTS, "method": "sds", "stride": 0}), "stride is 0"),
    (v1(edit={**PROMPTS, "guidance_scale": True}), "must be a number"),
    (v1(svg={"move": "points"}), "must be a list of text"),
    (v1(svg=None), "must be an object"),
    (v1("nerf", nerf={"box": [1, 0, 0, 0, 1, 1]}), "box is empty"),
    (v1("nerf", refine=[]), "refine must be an object"),
    (v1("nerf", refine={"noise_low": 0.9}), "noise_low is above"),
    (v1("nerf", refine={"speed": 3}), "unknown keys: speed"),
    (v1(name="a/b"), "not a plain file name"),
    (v1(name=None), "name is None; it must be text"),
    (v1(prior=3), "prior name is 3; it must be text"),
    (v1(prior_fingerprint="xyz"), "hexadecimal"),
    (v1("nerf", scene_sha256="xyz"), "hexadecimal"),
    (v1(pds_version=1), "it must be text"),
]


@pytest.mark.parametrize(("written", "sentence"), BROKEN)
def test_a_broken_recipe_of_version_1_is_refused_with_a_sentence(written, sentence):
    with pytest.raises(RecipeError, match=sentence) as caught:
        Recipe.from_json(written)
    assert str(caught.value).endswith(".")
