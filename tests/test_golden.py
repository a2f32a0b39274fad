"""Golden files: short runs of presets give the recorded numbers, old recipes mean what they meant.

On a machine that computes like the recorded one (`golden.machine`) runs are compared bit for bit;
on any other, within the tolerances below. What is no result of rounding (timesteps, names, shapes)
is compared everywhere. `golden.record` says how to record anew, and when.
"""

import json

import pytest
import torch

from tests.golden.adapter import preset_settings, read_recipe_v1, without_idle
from tests.golden.cases import CASES, FOLDER, RUNS, STEPS
from tests.golden.machine import fingerprint, machine, one_thread
from tests.golden.record import all_deviations, make, recorded, recorded_machine
from tests.golden.summary import deviations, facts, summary, svg_deviation

# How far another machine may be off, see `golden.summary.deviations`. The recorded machine was
# made to compute with other instructions (torch, oneDNN and MKL with AVX2, with SSE and in MKL's
# compatible mode, the rasteriser compiled for any x86-64); the largest deviation of any case is
# beside each number, which is 10 to 90 times as much. Tried, and beyond them: 1 % of the guidance,
# the strength or a rate, 10 % of a scene's smoothness, 20 % of the identity weight, another seed.
TOLERANCES = {
    "svg": {
        "first norm": 2e-5,  # 4.3e-7
        "first image": 5e-6,  # 0
        "first groups": 1e-4,  # 2.7e-6
        "last norm": 1e-4,  # 1.1e-6
        "last image": 1e-5,  # 1.1e-7
        "last groups": 1e-4,  # 1.4e-6
        "written": 1e-3,  # 7.1e-8, but a few channels may be rounded to another whole 255th
    },
    # Adam makes steps of full size out of gradients that are all rounding, in cells hardly seen.
    "safetensors": {
        "first norm": 5e-5,  # 1.4e-6
        "first image": 5e-6,  # 1.5e-7
        "first groups": 5e-5,  # 5.2e-6
        "last norm": 1e-4,  # 2.8e-6
        "last image": 1e-5,  # 1.4e-7
        "last groups": 4e-4,  # 4.0e-5
        "written": 4e-4,  # 4.0e-5
    },
}
RECIPES = ("svg", "svg_short", "nerf", "nerf_short")


def flat(values):
    result = {}
    for name, value in values.items():
        if isinstance(value, dict):
            result |= {f"{name}.{setting}": inner for setting, inner in value.items()}
        else:
            result[name] = value
    return result


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_short_run_gives_the_recorded_numbers(name):
    record, written = make(CASES[name])
    golden = recorded(name)
    assert facts(record) == facts(golden)
    limits = TOLERANCES[CASES[name].written]
    off = all_deviations(name, record, written)
    assert {at: value for at, value in off.items() if not value <= limits[at]} == {}
    if fingerprint(machine()) == fingerprint(recorded_machine()):
        assert record == golden, "within the tolerances, but not the same bits"
        if CASES[name].written == "svg":
            assert written == (RUNS / f"{name}.svg").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_preset_still_has_the_settings_of_its_recorded_recipe(name):
    recipe = read_recipe_v1((RUNS / f"{name}.recipe.json").read_bytes())
    found = preset_settings(CASES[name].preset, STEPS, CASES[name].changes)
    # The program that writes a recipe may be a newer one.
    assert {**found, "pds_version": recipe["pds_version"]} == recipe


@pytest.mark.parametrize("name", CASES)
def test_a_recorded_recipe_of_version_1_reads_as_what_it_says(name):
    data = (RUNS / f"{name}.recipe.json").read_bytes()
    says = flat(json.loads(data))
    assert says.pop("version") == 1
    assert read_recipe_v1(data) == without_idle(says)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_of_version_1_means_what_it_meant(name):
    """With every setting at another value than its default, and with hardly any given."""
    found = read_recipe_v1((FOLDER / f"recipe_v1_{name}.json").read_bytes())
    expected = json.loads((FOLDER / f"recipe_v1_{name}.expected.json").read_text(encoding="utf-8"))
    expected = without_idle(expected)
    assert found == expected
    # 8 and 8.0 are equal, but are written differently.
    assert {n: type(v) for n, v in found.items()} == {n: type(v) for n, v in expected.items()}


@pytest.mark.parametrize("kind", ["svg", "nerf"])
def test_the_full_recipes_leave_no_setting_at_its_default(kind):
    full, short = (
        json.loads((FOLDER / f"recipe_v1_{name}.expected.json").read_text(encoding="utf-8"))
        for name in (kind, f"{kind}_short")
    )
    assert full.keys() == short.keys()
    assert [name for name in full if full[name] == short[name]] == ["kind"]


def test_the_machine_is_recognised_whatever_number_of_threads_torch_has():
    before = torch.get_num_threads()
    once = machine()
    with one_thread():
        assert machine() == once
    assert torch.get_num_threads() == before
    assert fingerprint(once) != fingerprint({**once, "arithmetic": "another"})


def made_up_run(scale=1.0, timestep=5):
    step = {
        "timestep": timestep,
        "gradient_norm": 0.25 * scale,
        "image": torch.full((1, 3, 2, 2), 0.5 * scale),
        "groups": [("points", [torch.tensor([[1.0, -2.0 * scale]]), torch.zeros(2)])],
    }
    return summary([step, step], b"<svg/>")


def test_a_record_tells_rounding_from_facts_and_measures_it():
    one, near, other = made_up_run(), made_up_run(scale=1.01), made_up_run(timestep=6)
    assert facts(one) == facts(near) != facts(other)
    assert set(deviations(one, one).values()) == {0.0}
    found = deviations(one, near)
    assert found["last norm"] == pytest.approx(0.01)
    assert found["first image"] == pytest.approx(0.005)
    assert 0.005 < found["last groups"] < 0.01
    assert one["first"]["image"]["sha256"] != near["first"]["image"]["sha256"]


def test_drawings_are_compared_by_their_numbers():
    drawing = '<path id="a1" fill="#ff8000" d="M1 2.5L-3-4e1"/>'
    assert svg_deviation(drawing, drawing) == 0
    assert svg_deviation(drawing, drawing.replace("L-3-4", "L-3 -4")) == 0
    # Five numbers, three channels: one of them off by 1 of 40, or by 1 of 255.
    moved = svg_deviation(drawing, drawing.replace("L-3", "L-2"))
    assert moved == pytest.approx(1 / 40 / 8**0.5)
    coloured = svg_deviation(drawing, drawing.replace("ff8000", "fe8000"))
    assert coloured == pytest.approx(1 / 255 / 8**0.5)
    assert svg_deviation(drawing, drawing.replace("fill", "stroke")) == float("inf")
    assert svg_deviation(drawing, drawing.replace("M1 2.5", "M1 2.5 3")) == float("inf")
