"""Recipes: the round trip, and everything that can come back broken."""

import json
import random
from dataclasses import replace

import pytest

from pds.base.errors import InputError, RecipeError
from pds.engine.distil import DistilSettings
from pds.engine.methods import METHODS, PDS
from pds.engine.rewrite import RewriteSettings
from pds.engine.rewriters import SDEdit
from pds.kinds import kind_of
from pds.kinds.asset import sha256
from pds.settings import Prompts
from pds.work.names import clean_name
from pds.work.recipe import (
    MAX_RECIPE_BYTES,
    RECIPE_VERSION,
    Recipe,
    Refinement,
    prior_warnings,
)
from tests.doubles.work_doubles import KINDS, asset_of, picture_bytes, tiny_prior
from tests.settings.test_settings import any_values

ASSETS = {kind: asset_of(kind) for kind in KINDS}
TEXTS = ("a “red” cat", "\ta fox\n", "un sofá – ソファ", 'a "red" sofá 🛋', "x" * 400, "猫")


def recipe(kind: str = "svg", **changes) -> Recipe:
    made = Recipe.of(ASSETS[kind], Prompts(source="a “red” cat", target="a fox\n"))
    return replace(made, **{"name": "Käse 1", "prior_fingerprint": "0af", **changes})


def any_recipe(seed: int) -> Recipe:
    chance = random.Random(seed)
    kind = chance.choice(KINDS)
    after = Refinement(
        rewriter=SDEdit(**any_values(SDEdit, chance)),
        settings=RewriteSettings(**any_values(RewriteSettings, chance)),
    )
    method = METHODS[chance.choice(list(METHODS))]
    return replace(
        Recipe.of(
            ASSETS[kind],
            Prompts(source=chance.choice(TEXTS), target=chance.choice(TEXTS)),
            method=method(**any_values(method, chance)),
            run=DistilSettings(**any_values(DistilSettings, chance)),
            settings=kind_of(kind).Settings(**any_values(kind_of(kind).Settings, chance)),
            after=chance.choice([None, after]),
            prior=chance.choice(["built-in", "some/model", "/ein Ordner/ü"]),
        ),
        name=clean_name(chance.choice(["猫 (2).svg", "cat", "a/b+c"])),
        prior_fingerprint=chance.choice(["", "0af", "f" * 64]),
        pds_version=chance.choice(["0.1.0", "1.2.3rc4"]),
    )


def as_dict(of: str = "svg", **changes) -> dict:
    return {**json.loads(recipe(of).to_json()), **changes}


def text(of: str = "svg", **changes) -> str:
    return json.dumps(as_dict(of, **changes))


def changed(part: str, of: str = "svg", **changes) -> str:
    values = as_dict(of)
    return json.dumps({**values, part: {**values[part], **changes}})


def without(name: str, part: str = "") -> str:
    values = as_dict()
    del (values[part] if part else values)[name]
    return json.dumps(values)


@pytest.mark.parametrize("seed", range(60))
def test_writing_and_reading_any_recipe_is_the_identity(seed):
    made = any_recipe(seed)
    written = made.to_json()
    assert Recipe.from_json(written) == made
    assert Recipe.from_json(written).to_json() == written
    assert Recipe.from_json(b"\xef\xbb\xbf" + written.encode()) == made


def test_the_json_has_lines_and_readable_letters():
    written = recipe().to_json()
    assert written.count("\n") > 30
    assert "“red”" in written
    assert json.loads(written)["version"] == RECIPE_VERSION == 2


def test_defaults_fill_what_a_recipe_leaves_out():
    values = as_dict("nerf")
    for name in ("pds_version", "settings", "after", "run"):
        del values[name]
    values["method"] = {"name": "dds"}
    read = Recipe.from_json(json.dumps(values))
    assert read.settings == kind_of("nerf").Settings()
    assert (read.run, read.after, read.method) == (DistilSettings(), None, METHODS["dds"]())


def test_a_whole_number_for_a_float_is_read_as_a_float():
    read = Recipe.from_json(changed("method", guidance_scale=20))
    assert type(read.method.guidance_scale) is float


@pytest.mark.parametrize("kind", KINDS)
def test_a_recipe_of_an_asset_names_it_and_carries_it_if_its_kind_does(kind):
    made = recipe(kind)
    assert made.asset == ASSETS[kind].key
    if not kind_of(kind).embedded:
        assert made.embedded == ""
        with pytest.raises(RecipeError, match="only names its scene; open that too"):
            made.embedded_asset()
        return
    carried = Recipe.from_json(made.to_json()).embedded_asset()
    assert (carried.key, carried.name, carried.kind) == (ASSETS[kind].key, "Käse 1", kind)


def test_a_recipe_moves_to_another_asset_and_to_another_prior():
    other = kind_of("image").read(picture_bytes(seed=3), name="other")
    moved = recipe("image").on(other)
    assert (moved.name, moved.asset) == ("other", other.key)
    assert moved.embedded_asset().key == other.key
    assert moved.with_prior("a/b", "12").prior == "a/b"
    assert recipe().with_prior("a/b").prior_fingerprint == ""


def test_a_carried_asset_that_is_none_is_refused_when_it_is_wanted():
    read = Recipe.from_json(text(asset={"sha256": "", "text": "no drawing"}))
    with pytest.raises(InputError):
        read.embedded_asset()
    read = Recipe.from_json(text("image", asset={"sha256": "", "text": "%%%"}))
    with pytest.raises(InputError, match="not base64"):
        read.embedded_asset()
    read = Recipe.from_json(text("image", asset={"sha256": "", "text": "aGVsbG8="}))
    with pytest.raises(InputError, match="not a picture"):
        read.embedded_asset()


BROKEN = [
    ("", "not valid JSON"),
    ("{", "not valid JSON"),
    ("[]", "must be a JSON object"),
    (b"\xff\xfe{", "not UTF-8"),
    ("[" * 100_000, "nested too deeply"),
    ('{"version": 2, "version": 2}', "twice"),
    ('{"version": NaN}', "NaN"),
    (recipe().to_json().replace("20.0", "Infinity"), "Infinity"),
    (recipe().to_json().replace("20.0", "1e999"), "1e999, which is too large"),
    ('{"version": ' + "9" * 30 + "}", "30 digits"),
    ('{"edit": {}}', "no version"),
    ('{"version": true}', "no version"),
    ('{"version": 0}', "no version"),
    ('{"version": "2"}', "no version"),
    ("x" * (MAX_RECIPE_BYTES + 1), "larger than 24 MB"),
    (text(version=RECIPE_VERSION + 1, new_thing=1), "newer program"),
    (text(colour="red"), "unknown keys: colour. Known are: after"),
    (text(kind="sculpture"), "this version knows: svg, nerf, image"),
    (text(kind=3), "for 3; this version knows"),
    (text(kind=["svg"]), "this version knows"),
    (without("kind"), "for None"),
    (without("asset"), "lacks: asset"),
    (without("prompts"), "lacks: prompts"),
    (without("method"), "lacks: method"),
    (without("prior"), "lacks: prior"),
    (without("name"), "lacks: name"),
    (without("source", "prompts"), "prompts lacks: source"),
    (without("name", "method"), "method's name is None; it must be text"),
    (text(name="../../etc/passwd"), "not a plain file name"),
    (text(name="a\u202eb"), "not a plain file name"),
    (text(name="  "), "name is empty"),
    (text(name=["a"]), "name is .*; it must be text"),
    (text(pds_version=""), "pds_version is empty"),
    (text(pds_version="1" * 41), "41 characters"),
    (text(pds_version=2), "it must be text"),
    (changed("prior", name="p" * 600), "600 characters"),
    (changed("prior", name=" "), "prior is empty"),
    (changed("prior", name=None), "prior name is None; it must be text"),
    (changed("prior", fingerprint="xyz"), "prior_fingerprint .* hexadecimal"),
    (changed("prior", colour="red"), "prior has unknown keys: colour"),
    (text(prior="built-in"), "prior must be an object"),
    (changed("asset", sha256="xyz"), "sha256 .* hexadecimal"),
    (changed("asset", sha256="a" * 65), "sha256 .* hexadecimal"),
    (changed("asset", sha256=5), "sha256 is 5; it must be text"),
    (changed("asset", text=5), "asset text is 5"),
    (changed("asset", text=""), "asset is empty"),
    (changed("asset", path="/etc/passwd"), "unknown keys: path"),
    (text(asset=None), "asset must be an object"),
    (text(asset={"sha256": "", "text": "<svg>\ud800"}), "half a character"),
    (changed("prior", name="a \ud800"), "half a character"),
    (text(prompts=[1]), "prompts must be an object"),
    (changed("prompts", source="  "), "source prompt is empty"),
    (changed("prompts", target=7), "target is 7; it must be text"),
    (changed("prompts", target="x" * 401), "401 characters"),
    (text(method="pds"), "method must be an object"),
    (changed("method", name="vsd"), "known are: pds, dds, sds"),
    (changed("method", name=["pds"]), "it must be text"),
    (changed("method", guidance_scale=True), "must be a number"),
    (changed("method", speed=3), "method settings have unknown keys: speed"),
    (text(method={"name": "dds", "stride": 2}), "unknown keys: stride"),
    (text(run=[1]), "run settings must be an object"),
    (changed("run", steps=0), "steps is 0"),
    (changed("run", steps="many"), "must be a whole number"),
    (changed("run", speed=3), "unknown keys: speed"),
    (changed("run", timestep_low=0.97), "above timestep_high"),
    (text(settings=None), "must be an object"),
    (changed("settings", move="points"), "must be a list of text"),
    (changed("settings", locked_ids=[1]), "must be a list of text"),
    (changed("settings", move=["paths"]), "known are: points"),
    (changed("settings", "nerf", box=[0, 0, 0, 1, 1]), "six numbers"),
    (changed("settings", "nerf", box=[False, 0, 0, 1, 1, 1]), "must be a list of numbers"),
    (changed("settings", "nerf", view_words="no"), "must be true or false"),
    (changed("settings", "image", points_rate=3), "unknown keys: points_rate"),
    (text(after=[1]), "after must be an object"),
    (text(after={}), "rewriter is None; it must be text"),
    (text(after={"rewriter": "magic"}), "known are: sdedit"),
    (text(after={"rewriter": "sdedit", "steps": 0}), "steps is 0"),
    (text(after={"rewriter": "sdedit", "noise_low": 0.9}), "noise_low is above"),
    (text(after={"rewriter": "sdedit", "speed": 1}), "unknown keys: speed"),
]


@pytest.mark.parametrize(("written", "sentence"), BROKEN)
def test_a_broken_recipe_is_refused_with_a_sentence(written, sentence):
    with pytest.raises(RecipeError, match=sentence) as caught:
        Recipe.from_json(written)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("cat.svg", "cat"),
        ("/tmp/a b/Küche (2).SVG", "Küche (2)"),
        ("C:\\pictures\\cat.svg", "cat"),
        ("fox.ZIP", "fox"),
        ("a/b/", "drawing"),
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
    prior = tiny_prior()
    for fingerprint, told in (("1bc", True), ("0af", False), ("", False)):
        prior.fingerprint = fingerprint
        assert any("0af" in said for said in prior_warnings(recipe(), prior)) is told
    assert prior_warnings(recipe(prior_fingerprint=""), prior) == ()


def test_the_digest_of_a_recipe_is_that_of_the_assets_file():
    assert recipe("nerf").asset == sha256(ASSETS["nerf"].data)
    assert recipe().method == PDS()
