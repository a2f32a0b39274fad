"""Presets: data that is checked, one class for all kinds; the shipped ones too."""

import json

import pytest

from pds.base.errors import InputError, PresetError, RecipeError
from pds.engine.distil import DistilSettings
from pds.engine.methods import DDS, PDS
from pds.kinds import kind_of
from pds.kinds.asset import sha256
from pds.work.preset import (
    MAX_ASSET_BYTES,
    PRESETS_FOLDER,
    Credit,
    find_asset,
    find_preset,
    load_presets,
    of_kind,
)
from pds.work.recipe import Refinement
from tests.doubles.work_doubles import KINDS, file_of, picture_bytes

CREDIT = {"author": "A. Nonym", "source": "a drawing set", "licence": "CC0"}
GOOD = {
    "title": "Cat to dog",
    "description": "A cat becomes a dog.",
    "order": 2,
    "tags": ["animals"],
    "source_prompt": "a cat",
    "target_prompt": "a dog",
    "edit": {"steps": 5, "guidance_scale": 7},
    "credit": CREDIT,
}
OWN = {
    "svg": {"drawing": "drawing.svg", "svg": {"move": ["fill"]}},
    "nerf": {
        "scene": "scene.safetensors",
        "nerf": {"move": ["color"], "box": [-1, -1, 0, 1, 1, 1]},
        "refine": {"steps": 4},
    },
    "image": {"picture": "picture.png", "image": {"size_px": 32}},
}
FILES = {kind: file_of(kind) for kind in KINDS}


def make(folder, key="cat-dog", of="svg", data=None, **changes):
    """A preset's folder; `"-"` leaves a value out."""
    values = {"kind": of, **GOOD, **OWN[of], **changes}
    path = folder / key
    path.mkdir(parents=True)
    (path / "preset.json").write_text(json.dumps({k: v for k, v in values.items() if v != "-"}))
    name = OWN[of][kind_of(of).asset_field]
    (path / name).write_bytes(FILES[of] if data is None else data)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_preset_of_any_kind_is_read_with_all_its_parts(tmp_path, kind):
    path = make(tmp_path, of=kind)
    (path / "thumbnail.png").write_bytes(b"")
    preset = load_presets(tmp_path)["cat-dog"]
    assert (preset.key, preset.title, preset.kind) == ("cat-dog", "Cat to dog", kind)
    assert (preset.description, preset.order) == ("A cat becomes a dog.", 2.0)
    assert preset.tags == ("animals",)
    assert preset.credit == Credit(**CREDIT)
    assert preset.thumbnail == path / "thumbnail.png"
    assert (preset.asset.kind, preset.asset.name) == (kind, "cat-dog")
    recipe = preset.recipe
    assert (recipe.name, recipe.asset, recipe.prior) == ("cat-dog", preset.asset.key, "built-in")
    assert recipe.settings == kind_of(kind).Settings.read(OWN[kind][kind_of(kind).settings_field])
    assert recipe.prompts.change == "a cat → a dog"
    assert (recipe.run, recipe.method) == (DistilSettings(steps=5), PDS(guidance_scale=7))
    assert recipe.after == (Refinement.take({"steps": 4}) if kind == "nerf" else None)


@pytest.mark.parametrize("kind", KINDS)
def test_what_may_be_left_out_has_defaults(tmp_path, kind):
    own = {kind_of(kind).settings_field: "-", "refine": "-"}
    make(tmp_path, of=kind, tags="-", edit="-", **own)
    preset = load_presets(tmp_path)["cat-dog"]
    assert (preset.tags, preset.thumbnail) == ((), None)
    assert (preset.recipe.run, preset.recipe.method) == (DistilSettings(), PDS())
    assert preset.recipe.settings == kind_of(kind).Settings()
    assert preset.recipe.after is None


def test_a_preset_without_a_kind_is_a_drawing(tmp_path):
    make(tmp_path, of="svg")
    path = make(tmp_path, "old")
    values = json.loads((path / "preset.json").read_text())
    del values["kind"]
    (path / "preset.json").write_text(json.dumps(values))
    assert load_presets(tmp_path)["old"].kind == "svg"


def test_a_preset_may_name_another_method_and_prior(tmp_path):
    make(tmp_path, edit={"method": "dds", "guidance_scale": 3}, prior="some/model")
    recipe = load_presets(tmp_path)["cat-dog"].recipe
    assert (recipe.method, recipe.prior) == (DDS(guidance_scale=3), "some/model")


def test_presets_come_in_their_order_and_other_folders_are_passed_over(tmp_path):
    for key, order in (("a", 3), ("b", 1), ("d", 2), ("c", 2)):
        make(tmp_path, key, order=order)
    (tmp_path / "prior").mkdir()
    (tmp_path / "LICENSES.md").write_text("x")
    assert list(load_presets(tmp_path)) == ["b", "c", "d", "a"]


def test_the_kinds_lie_side_by_side(tmp_path):
    for kind in KINDS:
        make(tmp_path, f"a-{kind}", kind)
    presets = load_presets(tmp_path)
    assert [list(of_kind(presets, kind)) for kind in KINDS] == [[f"a-{kind}"] for kind in KINDS]


def test_an_unknown_preset_lists_the_known(tmp_path):
    make(tmp_path, "a")
    make(tmp_path, "b")
    presets = load_presets(tmp_path)
    assert find_preset("b", presets).key == "b"
    with pytest.raises(PresetError, match="no preset 'z'; known are: a, b"):
        find_preset("z", presets)
    with pytest.raises(PresetError, match="known are: none"):
        find_preset("z", {})


def test_an_empty_folder_has_no_presets_and_a_missing_one_is_an_error(tmp_path):
    assert load_presets(tmp_path) == {}
    with pytest.raises(PresetError, match="no presets folder"):
        load_presets(tmp_path / "none")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": "-"}, "missing: title"),
        ({"description": "-"}, "missing: description"),
        ({"order": "-"}, "missing: order"),
        ({"drawing": "-"}, "missing: drawing"),
        ({"source_prompt": "-"}, "missing: source_prompt"),
        ({"target_prompt": "-"}, "missing: target_prompt"),
        ({"credit": "-"}, "missing: credit"),
        ({"credit": "me"}, "credit must be an object"),
        ({"credit": {"author": "me"}}, "missing: source, licence"),
        ({"credit": {**CREDIT, "licence": " "}}, "credit.licence must be text"),
        ({"credit": {**CREDIT, "year": "1"}}, "unknown keys: year"),
        ({"colour": 1}, "unknown keys: colour; known are: title"),
        ({"scene": "a.safetensors"}, "unknown keys: scene"),
        ({"title": ""}, "title must be text"),
        ({"description": "x" * 501}, "description must be text"),
        ({"kind": "sculpture"}, "kind is 'sculpture'; known are: svg, nerf, image"),
        ({"kind": ["svg"]}, "known are: svg"),
        ({"order": "first"}, "order must be a number"),
        ({"order": True}, "order must be a number"),
        ({"tags": "animals"}, "must be a list of text"),
        ({"tags": [1]}, "must be a list of text"),
        ({"drawing": "none.svg"}, "no file 'none.svg'"),
        ({"drawing": "../cat-dog/drawing.svg"}, "no file"),
        ({"drawing": 5}, "drawing must be text"),
        ({"edit": 5}, "edit must be an object"),
        ({"edit": {"source_prompt": "x"}}, "prompts belong beside edit"),
        ({"edit": {"steps": 0}}, "steps is 0"),
        ({"edit": {"speed": 0}}, "unknown keys in edit: speed; known are: method, guidance_scale"),
        ({"edit": {"method": "dds", "stride": 2}}, "unknown keys in edit: stride"),
        ({"edit": {"method": "vsd"}}, "known are: pds, dds, sds"),
        ({"svg": 5}, "svg settings must be an object"),
        ({"svg": {"move": []}}, "Nothing may move"),
        ({"svg": {"speed": 1}}, "unknown keys: speed"),
        ({"refine": 5}, "refine must be an object"),
        ({"refine": {"steps": 0}}, "steps is 0"),
        ({"refine": {"speed": 1}}, "unknown keys: speed"),
        ({"source_prompt": " "}, "source prompt is empty"),
        ({"target_prompt": 3}, "target prompt is empty"),
        ({"prior": ""}, "prior must be text"),
        ({"prior": 5}, "prior must be text"),
    ],
)
def test_a_preset_at_fault_is_refused_by_name_before_its_asset_is_read(tmp_path, changes, sentence):
    make(tmp_path, data=b"not read", **changes)
    with pytest.raises(PresetError, match=f"(?s)Preset cat-dog: .*{sentence}") as caught:
        load_presets(tmp_path)
    assert str(caught.value).endswith(".")


def test_a_folder_whose_name_cannot_be_a_recipes_is_refused(tmp_path):
    make(tmp_path, "a*b")
    with pytest.raises(PresetError, match=r"Preset a\*b: .*not a plain file name"):
        load_presets(tmp_path)


def test_an_asset_that_cannot_be_read_says_so_when_it_is_wanted(tmp_path):
    make(tmp_path, data=b"<html/>")
    preset = load_presets(tmp_path)["cat-dog"]
    with pytest.raises(InputError):
        _ = preset.asset
    make(tmp_path, "large", data=b" " * (MAX_ASSET_BYTES + 1))
    with pytest.raises(PresetError, match="larger than 5 MB"):
        _ = load_presets(tmp_path)["large"].asset
    path = make(tmp_path, "gone")
    preset = load_presets(tmp_path)["gone"]
    (path / "drawing.svg").unlink()
    with pytest.raises(PresetError, match=r"drawing\.svg cannot be read"):
        _ = preset.recipe


def test_broken_json_is_refused_by_name(tmp_path):
    (make(tmp_path) / "preset.json").write_text("{")
    with pytest.raises(PresetError, match=r"Preset cat-dog: .*not valid JSON"):
        load_presets(tmp_path)


def test_a_folder_in_disguise_is_refused(tmp_path):
    path = make(tmp_path)
    (path / "preset.json").unlink()
    (path / "preset.json").mkdir()
    with pytest.raises(PresetError, match=r"preset\.json cannot be read"):
        load_presets(tmp_path)


def test_the_asset_of_a_recipe_is_its_own_the_given_one_or_that_of_a_preset(tmp_path):
    make(tmp_path, "one", "nerf", data=b"one: never read")
    make(tmp_path, "two", "nerf")
    make(tmp_path, "drawing")
    presets = load_presets(tmp_path)
    recipe = presets["two"].recipe
    given = presets["two"].asset.named("given")
    assert recipe.asset == sha256(FILES["nerf"])
    assert find_asset(recipe, presets).name == "two"
    assert find_asset(recipe, presets, given) is given
    assert find_asset(recipe, {}, given) is given
    with pytest.raises(RecipeError, match=f"another scene .{recipe.asset[:8]}….*two.safetensors"):
        find_asset(recipe, of_kind(presets, "svg"))
    drawing = presets["drawing"]
    assert find_asset(drawing.recipe, {}).key == drawing.asset.key


def test_a_given_asset_of_other_content_is_not_taken_for_the_recipes(tmp_path):
    make(tmp_path, of="nerf")
    recipe = load_presets(tmp_path)["cat-dog"].recipe
    picture = kind_of("image").read(picture_bytes(), name="x")
    with pytest.raises(RecipeError, match="another scene"):
        find_asset(recipe, {}, picture)


def test_every_shipped_preset_loads_with_its_asset_and_its_credit():
    folders = {path.parent.name for path in PRESETS_FOLDER.glob("*/preset.json")}
    presets = load_presets()
    assert set(presets) == folders
    assert {preset.kind for preset in presets.values()} >= {"svg", "nerf"}
    for preset in presets.values():
        assert preset.asset.key == sha256(preset.asset.data)
        assert preset.recipe.prior == "built-in"
        assert preset.credit.licence
        if preset.kind == "nerf":
            assert preset.asset.content.bounded
            assert preset.thumbnail is not None
            assert preset.credit.licence in ("CC0-1.0", "CC-BY-3.0", "CC-BY-3.0-US")
