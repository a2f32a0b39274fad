"""The base of settings: one declaration, from which check, JSON and schema come."""

import json
import pickle
import random

import pydantic
import pytest

from pds.base.errors import ConfigError, PromptError
from pds.engine.methods import PDS
from pds.kinds.nerf.settings import NeRFSettings
from pds.kinds.svg.settings import SVGSettings
from pds.settings import (
    Choice,
    Corners,
    Flag,
    Number,
    Prompts,
    Settings,
    Several,
    Words,
    choice,
    corners,
    flag,
    number,
    several,
    whole,
    words,
)
from tests.settings.test_ranges import CLASSES

KINDS_OF_BREAD = {"rye": "Rye", "wheat": "Wheat"}


class Oven(Settings):
    """Settings of an oven, one of every sort."""

    title = "the oven"

    degrees: float = number(180, 50, 300, label="Heat", help="how hot", flag="--heat", unit="°")
    minutes: int = whole(0, 5, 90, label="Time", help="how long", flag="--time", zero="until done")
    bread: str = choice("rye", KINDS_OF_BREAD, label="Bread", help="which", flag="--bread")
    flours: tuple[str, ...] = several(
        ("rye",), KINDS_OF_BREAD, label="Flours", help="of what", flag="--flours"
    )
    notes: tuple[str, ...] = words((), label="Notes", help="to remember", flag="--notes")
    steam: bool = flag(False, label="Steam", help="with steam", flag="--steam")
    rack: tuple[float, ...] = corners(-1, 1, label="Rack", help="where", flag="--rack")


def test_settings_are_frozen():
    oven = Oven()
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        oven.degrees = 200


@pytest.mark.parametrize("cls", CLASSES)
def test_settings_go_through_json_and_through_another_process(cls):
    made = cls()
    assert cls.read(json.loads(json.dumps(made.values()))) == made
    again = pickle.loads(pickle.dumps(made))
    assert again == made
    assert type(again) is cls


@pytest.mark.parametrize("cls", CLASSES)
def test_any_admitted_values_go_through_json(cls):
    for seed in range(25):
        made = cls(**any_values(cls, random.Random(seed)))
        assert cls.read(json.loads(json.dumps(made.values()))) == made
        assert made.but(**made.changed()) == made


def any_values(cls, chance: random.Random) -> dict:
    values = {n: any_value(d, chance) for n, d in cls.declarations().items()}
    for low, high in (("timestep_low", "timestep_high"), ("noise_low", "noise_high")):
        if low in values:
            values[low], values[high] = sorted((values[low], values[high]))
    return values


def any_value(declaration, chance: random.Random):
    match declaration:
        case Number(zero=zero) if zero and chance.random() < 0.3:
            return 0
        case Number(whole=True, low=low, high=high):
            return chance.randint(int(low), int(high))
        case Number(low=low, high=high):
            return chance.uniform(low, high)
        case Choice(labels=labels):
            return chance.choice(list(labels))
        case Several(labels=labels):
            return tuple(chance.sample(list(labels), chance.randint(1, len(labels))))
        case Words():
            return tuple(f"näse {i}" for i in range(chance.randint(0, 3)))
        case Flag():
            return chance.random() < 0.5
        case Corners(low=low, high=high):
            middle = (low + high) / 2
            lows = [chance.uniform(low, middle - 0.1) for _ in "xyz"]
            return chance.choice([(), (*lows, *(chance.uniform(middle, high) for _ in "xyz"))])
    raise AssertionError(declaration)


def test_lists_become_tuples_and_whole_numbers_floats():
    read = NeRFSettings.read({"move": ["color"], "box": [0, 0, 0, 1, 1, 1], "color_rate": 5})
    assert (read.move, read.box) == (("color",), (0.0, 0.0, 0.0, 1.0, 1.0, 1.0))
    assert {type(v) for v in read.box} == {type(read.color_rate)} == {float}
    assert type(PDS(guidance_scale=20).guidance_scale) is float


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"colour": 1}, "drawing settings have unknown keys: colour. Known are: coherence, color_"),
        ([1], "The drawing settings must be an object"),
        (None, "must be an object"),
        ({1: 2}, "unknown keys: 1"),
        ({1: 2, "b": 3}, "unknown keys: 1, b"),
    ],
)
def test_what_is_no_dict_of_known_names_is_refused_with_the_known_ones(values, message):
    with pytest.raises(ConfigError, match=message):
        SVGSettings.read(values)


def test_a_class_without_settings_says_that_none_are_known():
    class Nothing(Settings):
        """None."""

    assert Nothing().values() == {}
    with pytest.raises(ConfigError, match="Known are: none"):
        Nothing.read({"a": 1})


def test_but_changes_some_and_checks_them():
    assert Oven(steam=True).but(degrees=200) == Oven(steam=True, degrees=200)
    with pytest.raises(ConfigError, match="degrees is 20"):
        Oven().but(degrees=20)


def test_what_differs_from_the_defaults_is_told():
    assert Oven().changed() == {}
    assert Oven(degrees=200, notes=["a"]).changed() == {"degrees": 200.0, "notes": ("a",)}


def test_settings_are_taken_out_of_values_that_hold_others_too():
    assert Oven.take({"degrees": 90, "steps": 5}) == Oven(degrees=90)


def test_zero_stands_for_what_its_declaration_says():
    assert Oven(minutes=0).minutes == 0
    with pytest.raises(ConfigError, match="minutes is 4; it must be a whole number from 5 to 90"):
        Oven(minutes=4)
    told = Oven.declarations()["minutes"]
    assert (told.shown(0), told.shown(30)) == ("0 = until done", "30")


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("degrees", 180.0, "180"),
        ("bread", "rye", "rye"),
        ("flours", ("rye",), "rye"),
        ("flours", ("wheat", "rye"), "all"),
        ("notes", (), "none"),
        ("notes", ("a", "b"), "a, b"),
        ("steam", True, "yes"),
        ("steam", False, "no"),
        ("rack", (), "everywhere"),
        ("rack", (0.0, 0.0, 0.0, 1.0, 1.0, 0.5), "0 0 0 1 1 0.5"),
    ],
)
def test_a_value_is_shown_in_words(name, value, shown):
    assert Oven.declarations()[name].shown(value) == shown


def test_the_schema_tells_type_range_names_and_meaning():
    found = Oven.model_json_schema()["properties"]
    assert found["degrees"]["type"] == "number"
    assert (found["degrees"]["minimum"], found["degrees"]["maximum"]) == (50, 300)
    assert (found["degrees"]["title"], found["degrees"]["description"]) == ("Heat", "how hot")
    assert (found["minutes"]["minimum"], found["minutes"]["default"]) == (0, 0)
    assert found["bread"]["enum"] == ["rye", "wheat"]
    assert found["flours"]["items"]["enum"] == ["rye", "wheat"]
    assert found["steam"]["type"] == "boolean"


@pytest.mark.parametrize("cls", CLASSES)
def test_every_class_has_a_schema(cls):
    schema = cls.model_json_schema()
    assert set(schema["properties"]) == set(cls.model_fields)
    json.dumps(schema)


@pytest.mark.parametrize("which", ["source", "target"])
@pytest.mark.parametrize(
    ("text", "message"),
    [("", "empty"), (" \t\n", "empty"), ("x" * 401, "401"), (3, "empty"), (None, "empty")],
)
def test_a_blank_or_overlong_prompt_is_refused(which, text, message):
    with pytest.raises(PromptError, match=f"The {which} prompt .*{message}"):
        Prompts(**{"source": "a cat", "target": "a dog", which: text})


def test_prompts_in_a_line():
    assert Prompts(source="a cat", target="x" * 400).change.startswith("a cat → xxx")
