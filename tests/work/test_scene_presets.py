"""Presets of scenes: data that is checked; the shipped ones too."""

import json

import pytest

from pds.base.errors import PresetError, RecipeError
from pds.settings.config import EditConfig
from pds.settings.scene_config import RefineConfig
from pds.work.presets import MAX_ASSET_BYTES, PRESETS_FOLDER, Credit, find_preset, load_presets
from pds.work.scene_presets import load_scene_presets, scene_bytes
from pds.work.scene_recipe import digest
from tests.doubles.scene_cli_doubles import ball, save_scene
from tests.work.test_presets import make as make_drawing

CREDIT = {"author": "A. Nonym", "source": "a model set", "licence": "CC0"}
GOOD = {
    "kind": "nerf",
    "title": "Cactus to tulips",
    "description": "A cactus grows flowers.",
    "order": 2,
    "tags": ["plants"],
    "scene": "scene.safetensors",
    "source_prompt": "a 3D model of a cactus",
    "target_prompt": "a 3D model of tulips",
    "edit": {"steps": 5, "guidance_scale": 7},
    "nerf": {"move": ["color"], "box": [-1, -1, 0, 1, 1, 1]},
    "refine": {"steps": 4},
    "credit": CREDIT,
}


def make(folder, key="cactus-tulips", data=None, **changes):
    """A preset's folder; `"-"` leaves a value out. Without data the scene is a ball."""
    values = {**GOOD, **changes}
    path = folder / key
    path.mkdir(parents=True)
    (path / "preset.json").write_text(json.dumps({k: v for k, v in values.items() if v != "-"}))
    (path / "scene.safetensors").write_bytes(save_scene(ball()) if data is None else data)
    return path


def test_a_preset_is_read_with_all_its_parts(tmp_path):
    path = make(tmp_path, data=b"bytes")
    (path / "thumbnail.png").write_bytes(b"")
    preset = load_scene_presets(tmp_path)["cactus-tulips"]
    assert (preset.key, preset.title) == ("cactus-tulips", "Cactus to tulips")
    assert (preset.description, preset.order) == ("A cactus grows flowers.", 2.0)
    assert preset.tags == ("plants",)
    assert preset.credit == Credit(**CREDIT)
    assert preset.thumbnail == path / "thumbnail.png"
    assert (preset.scene, preset.checkpoint()) == (path / "scene.safetensors", b"bytes")
    recipe = preset.recipe
    assert (recipe.kind, recipe.name, recipe.prior) == ("nerf", "cactus-tulips", "built-in")
    assert recipe.scene_sha256 == digest(b"bytes")
    assert recipe.nerf.move == ("color",)
    assert recipe.nerf.box == (-1, -1, 0, 1, 1, 1)
    assert recipe.refine == RefineConfig(steps=4)
    assert recipe.edit == EditConfig(
        source_prompt="a 3D model of a cactus",
        target_prompt="a 3D model of tulips",
        steps=5,
        guidance_scale=7.0,
    )


def test_what_may_be_left_out_has_defaults(tmp_path):
    make(tmp_path, tags="-", edit="-", nerf="-", refine="-")
    preset = load_scene_presets(tmp_path)["cactus-tulips"]
    assert preset.tags == ()
    assert preset.thumbnail is None
    assert preset.recipe.edit.steps == EditConfig(source_prompt="a", target_prompt="b").steps
    assert preset.recipe.refine is None


def test_presets_come_in_their_order(tmp_path):
    for key, order in (("a", 3), ("b", 1), ("d", 2), ("c", 2)):
        make(tmp_path, key, data=b"x", order=order)
    (tmp_path / "prior").mkdir()
    assert list(load_scene_presets(tmp_path)) == ["b", "c", "d", "a"]


def test_drawings_and_scenes_lie_side_by_side_and_do_not_mix(tmp_path):
    make(tmp_path, "scene", data=b"x")
    make_drawing(tmp_path, "drawing")
    assert list(load_scene_presets(tmp_path)) == ["scene"]
    assert list(load_presets(tmp_path)) == ["drawing"]
    with pytest.raises(PresetError, match="no preset 'drawing'; known are: scene"):
        find_preset("drawing", load_scene_presets(tmp_path))


def test_an_empty_folder_has_no_presets_and_a_missing_one_is_an_error(tmp_path):
    assert load_scene_presets(tmp_path) == {}
    with pytest.raises(PresetError, match="no presets folder"):
        load_scene_presets(tmp_path / "none")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": "-"}, "missing: title"),
        ({"description": "-"}, "missing: description"),
        ({"order": "-"}, "missing: order"),
        ({"scene": "-"}, "missing: scene"),
        ({"source_prompt": "-"}, "missing: source_prompt"),
        ({"target_prompt": "-"}, "missing: target_prompt"),
        ({"credit": "-"}, "missing: credit"),
        ({"credit": "me"}, "credit must be an object"),
        ({"credit": {"author": "me"}}, "missing: source, licence"),
        ({"credit": {**CREDIT, "licence": " "}}, "credit.licence must be text"),
        ({"credit": {**CREDIT, "year": "1"}}, "unknown keys: year"),
        ({"colour": 1}, "unknown keys: colour; known are: kind, title"),
        ({"drawing": "a.svg"}, "unknown keys: drawing"),
        ({"title": ""}, "title must be text"),
        ({"description": "x" * 501}, "description must be text"),
        ({"kind": "sculpture"}, "kind is 'sculpture'; known are: svg, nerf"),
        ({"kind": ["nerf"]}, "known are: svg, nerf"),
        ({"order": "first"}, "order must be a number"),
        ({"order": True}, "order must be a number"),
        ({"tags": "plants"}, "must be a list of text"),
        ({"scene": "none.safetensors"}, "no file 'none.safetensors'"),
        ({"scene": "../cactus-tulips/scene.safetensors"}, "no file"),
        ({"scene": 5}, "scene must be text"),
        ({"edit": 5}, "edit must be an object"),
        ({"edit": {"source_prompt": "x"}}, "prompts belong beside edit"),
        ({"edit": {"steps": 0}}, "steps is 0"),
        ({"edit": {"speed": 0}}, "unknown keys: speed"),
        ({"nerf": 5}, "nerf settings must be an object"),
        ({"nerf": {"move": []}}, "Nothing may move"),
        ({"nerf": {"box": [0, 0, 0, 1, 1]}}, "six numbers"),
        ({"nerf": {"samples": True}}, "must be a whole number"),
        ({"nerf": {"speed": 1}}, "unknown keys: speed"),
        ({"refine": 5}, "refine settings must be an object"),
        ({"refine": {"steps": 0}}, "steps is 0"),
        ({"refine": {"speed": 1}}, "unknown keys: speed"),
        ({"source_prompt": " "}, "source prompt is empty"),
        ({"target_prompt": 3}, "target_prompt is 3; it must be text"),
        ({"prior": ""}, "prior must be text"),
    ],
)
def test_a_preset_at_fault_is_refused_by_name(tmp_path, changes, sentence):
    make(tmp_path, data=b"x", **changes)
    with pytest.raises(PresetError, match=f"(?s)Preset cactus-tulips: .*{sentence}") as caught:
        load_scene_presets(tmp_path)
    assert str(caught.value).endswith(".")


def test_a_folder_whose_name_cannot_be_a_recipes_is_refused(tmp_path):
    make(tmp_path, "a*b", data=b"x")
    with pytest.raises(PresetError, match=r"Preset a\*b: .*not a plain file name"):
        load_scene_presets(tmp_path)


def test_a_scene_that_is_too_large_is_refused(tmp_path):
    make(tmp_path, data=bytes(MAX_ASSET_BYTES + 1))
    with pytest.raises(PresetError, match=r"scene\.safetensors is larger than 5 MB"):
        load_scene_presets(tmp_path)


def test_a_scene_that_vanished_is_named_when_it_is_wanted(tmp_path):
    path = make(tmp_path, data=b"x")
    preset = load_scene_presets(tmp_path)["cactus-tulips"]
    (path / "scene.safetensors").unlink()
    with pytest.raises(PresetError, match=r"scene\.safetensors cannot be read"):
        preset.checkpoint()


def test_broken_json_is_refused_by_name(tmp_path):
    (make(tmp_path, data=b"x") / "preset.json").write_text("{")
    with pytest.raises(PresetError, match=r"Preset cactus-tulips: .*not valid JSON"):
        load_scene_presets(tmp_path)


def test_a_checkpoint_is_found_by_its_digest(tmp_path):
    make(tmp_path, "one", data=b"one")
    make(tmp_path, "two", data=b"two")
    presets = load_scene_presets(tmp_path)
    recipe = presets["two"].recipe
    assert scene_bytes(recipe, presets) == b"two"
    assert scene_bytes(recipe, presets, b"two") == b"two"
    assert scene_bytes(recipe, presets, b"other") == b"two"
    assert scene_bytes(recipe, {}, b"two") == b"two"
    with pytest.raises(RecipeError, match=f"another scene .{recipe.scene_sha256[:8]}…"):
        scene_bytes(recipe, {}, b"other")
    with pytest.raises(RecipeError, match=r"two\.safetensors"):
        scene_bytes(recipe, {})


def test_every_shipped_scene_is_complete_and_opens():
    from pds.kinds.nerf.checkpoint import load_scene

    values = {
        path.parent.name: json.loads(path.read_bytes())
        for path in PRESETS_FOLDER.glob("*/preset.json")
    }
    presets = load_scene_presets()
    assert set(presets) == {key for key, v in values.items() if v.get("kind") == "nerf"}
    for preset in presets.values():
        assert load_scene(preset.checkpoint()).bounded
        assert preset.recipe.prior == "built-in"
