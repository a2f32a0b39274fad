"""Presets: data that is checked; the shipped ones too."""

import json

import pytest

from pds.base.errors import PresetError
from pds.kinds.nerf.checkpoint import load_scene
from pds.settings.config import EditConfig
from pds.work.presets import MAX_ASSET_BYTES, PRESETS_FOLDER, Credit, load_preset, load_presets
from pds.work.scene_presets import load_scene_presets
from tests.doubles.job_doubles import SVG

CREDIT = {"author": "A. Nonym", "source": "a drawing set", "licence": "CC0"}
GOOD = {
    "title": "Cat to dog",
    "description": "A cat becomes a dog.",
    "order": 2,
    "tags": ["animals"],
    "drawing": "drawing.svg",
    "source_prompt": "a drawing of a cat",
    "target_prompt": "a drawing of a dog",
    "edit": {"steps": 5, "guidance_scale": 7},
    "svg": {"move": ["fill"]},
    "credit": CREDIT,
}


def make(folder, key="cat-dog", text=SVG, **changes):
    values = {**GOOD, **changes}
    path = folder / key
    path.mkdir(parents=True)
    (path / "preset.json").write_text(json.dumps({k: v for k, v in values.items() if v != "-"}))
    (path / "drawing.svg").write_text(text)
    return path


def test_a_preset_is_read_with_all_its_parts(tmp_path):
    path = make(tmp_path)
    (path / "thumbnail.png").write_bytes(b"")
    preset = load_presets(tmp_path)["cat-dog"]
    assert (preset.key, preset.title, preset.kind) == ("cat-dog", "Cat to dog", "svg")
    assert preset.tags == ("animals",)
    assert preset.credit == Credit(**CREDIT)
    assert preset.thumbnail == path / "thumbnail.png"
    recipe = preset.recipe
    assert (recipe.name, recipe.source, recipe.prior) == ("cat-dog", SVG, "built-in")
    assert recipe.svg.move == ("fill",)
    assert recipe.edit == EditConfig(
        source_prompt="a drawing of a cat",
        target_prompt="a drawing of a dog",
        steps=5,
        guidance_scale=7.0,
    )


def test_what_may_be_left_out_has_defaults(tmp_path):
    make(tmp_path, tags="-", edit="-", svg="-")
    preset = load_presets(tmp_path)["cat-dog"]
    assert preset.tags == ()
    assert preset.thumbnail is None
    assert preset.recipe.edit.steps == 200


def test_presets_come_in_their_order_and_other_folders_are_passed_over(tmp_path):
    for key, order in (("a", 3), ("b", 1), ("d", 2), ("c", 2)):
        make(tmp_path, key, order=order)
    (tmp_path / "prior").mkdir()
    (tmp_path / "LICENSES.md").write_text("x")
    assert list(load_presets(tmp_path)) == ["b", "c", "d", "a"]


def test_one_preset_by_key_and_an_unknown_key_lists_the_known(tmp_path):
    make(tmp_path, "a")
    make(tmp_path, "b")
    assert load_preset("b", tmp_path).key == "b"
    with pytest.raises(PresetError, match="no preset 'z'; known are: a, b"):
        load_preset("z", tmp_path)


def test_an_empty_folder_has_no_presets_and_a_missing_one_is_an_error(tmp_path):
    assert load_presets(tmp_path) == {}
    with pytest.raises(PresetError, match="known are: none"):
        load_preset("z", tmp_path)
    with pytest.raises(PresetError, match="no presets folder"):
        load_presets(tmp_path / "none")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": "-"}, "missing: title"),
        ({"credit": "-"}, "missing: credit"),
        ({"credit": "me"}, "credit must be an object"),
        ({"credit": {"author": "me"}}, "missing: source, licence"),
        ({"credit": {**CREDIT, "licence": " "}}, "credit.licence must be text"),
        ({"colour": 1}, "unknown keys: colour; known are: title"),
        ({"title": ""}, "title must be text"),
        ({"description": "x" * 501}, "description must be text"),
        ({"kind": "sculpture"}, "kind is 'sculpture'; known are: svg"),
        ({"kind": ["svg"]}, "known are: svg"),
        ({"order": "first"}, "order must be a number"),
        ({"order": True}, "order must be a number"),
        ({"tags": "animals"}, "must be a list of text"),
        ({"drawing": "none.svg"}, "no file 'none.svg'"),
        ({"drawing": "../cat-dog/drawing.svg"}, "no file"),
        ({"drawing": 5}, "drawing must be text"),
        ({"edit": 5}, "edit must be an object"),
        ({"edit": {"source_prompt": "x"}}, "prompts belong beside edit"),
        ({"edit": {"steps": 0}}, "steps is 0"),
        ({"edit": {"speed": 0}}, "unknown keys: speed"),
        ({"svg": {"move": []}}, "Nothing may move"),
        ({"source_prompt": " "}, "source prompt is empty"),
        ({"prior": ""}, "prior must be text"),
        ({"drawing": "preset.json"}, "SVG"),
    ],
)
def test_a_preset_at_fault_is_refused_by_name(tmp_path, changes, sentence):
    make(tmp_path, **changes)
    with pytest.raises(PresetError, match=f"(?s)Preset cat-dog: .*{sentence}"):
        load_presets(tmp_path)


def test_a_drawing_that_cannot_be_read_is_refused(tmp_path):
    make(tmp_path, text="<html/>")
    with pytest.raises(PresetError, match="Preset cat-dog: "):
        load_presets(tmp_path)


def test_a_drawing_that_is_too_large_is_refused(tmp_path):
    make(tmp_path, text=SVG + " " * MAX_ASSET_BYTES)
    with pytest.raises(PresetError, match="larger than 5 MB"):
        load_presets(tmp_path)


def test_broken_json_is_refused_by_name(tmp_path):
    (make(tmp_path) / "preset.json").write_text("{")
    with pytest.raises(PresetError, match=r"Preset cat-dog: .*not valid JSON"):
        load_presets(tmp_path)


def test_a_drawing_that_is_a_folder_in_disguise_is_refused(tmp_path):
    path = make(tmp_path)
    (path / "preset.json").unlink()
    (path / "preset.json").mkdir()
    with pytest.raises(PresetError, match=r"preset\.json cannot be read"):
        load_presets(tmp_path)


def test_every_shipped_preset_is_complete():
    folders = {path.parent.name for path in PRESETS_FOLDER.glob("*/preset.json")}
    presets, scenes = load_presets(), load_scene_presets()
    assert set(presets) | set(scenes) == folders
    for scene in scenes.values():
        assert load_scene(scene.checkpoint()).bounded
        assert scene.thumbnail is not None
        assert scene.credit.licence in ("CC0-1.0", "CC-BY-3.0", "CC-BY-3.0-US")
    for preset in presets.values():
        assert preset.recipe.source.lstrip().startswith("<")
        assert preset.recipe.prior == "built-in"
