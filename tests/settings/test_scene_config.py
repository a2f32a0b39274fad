"""Settings of scenes check themselves and say what is allowed."""

import dataclasses
import math

import pytest
from pds.settings.config import from_dict
from pds.settings.scene_config import SCENE_MOVABLE, FitConfig, NeRFConfig, RefineConfig

from pds.base.errors import ConfigError

WRONG_FIT = [
    ("field", "hash", "known are: auto, grid, planes"),
    ("field", 3, "known are: auto"),
    ("resolution", 15, "whole number from 16 to 256"),
    ("resolution", 257, "from 16 to 256"),
    ("resolution", 64.0, "whole number"),
    ("longer_side_px", 31, "from 32 to 2048"),
    ("longer_side_px", True, "whole number"),
    ("steps", -1, "from 0 to 200000"),
    ("minutes", -0.5, "from 0 to 10000"),
    ("minutes", math.nan, "number from 0"),
    ("minutes", math.inf, "number from 0"),
    ("minutes", True, "number from 0"),
    ("rays_per_step", 63, "from 64 to 65536"),
    ("holdout", 1, "from 2 to 1000"),
    ("seed", -1, "from 0"),
    ("seed", "0", "from 0"),
]
WRONG_SCENE = [
    ("resolution_px", 8, "from 16 to 1024"),
    ("samples", 8, "from 16 to 1024"),
    ("samples", True, "whole number"),
    ("move", (), "Nothing may move; allow at least one of: density, color"),
    ("move", ("points",), "known are: density, color"),
    ("density_rate", -1, "from 0 to 1000"),
    ("color_rate", math.nan, "from 0 to 1000"),
    ("color_rate", True, "from 0 to 1000"),
    ("box", (0.0, 0.0, 0.0, 1.0, 1.0), "six numbers"),
    ("box", (0.0,) * 7, "six numbers"),
    ("box", (0.0, 0.0, 0.0, 1.0, 1.0, math.nan), "box is nan"),
    ("box", (0.0, 0.0, 0.0, 1.0, 1.0, True), "box is True"),
    ("box", (0.0, 0.0, 0.0, 1.0, 1.0, 101.0), "from -100 to 100"),
    ("box", (0.0, 0.0, 0.0, 1.0, 1.0, 0.0), "box is empty"),
    ("view_words", 1, "true or false"),
    ("sparsity_weight", -1, "from 0 to 1000"),
    ("smoothness_weight", "1", "from 0 to 1000"),
    ("distortion_weight", math.inf, "from 0 to 1000"),
    ("patch_px", 7, "from 8 to 1024"),
]
WRONG_REFINEMENT = [
    ("steps", 0, "from 1 to 100000"),
    ("refresh_every", 0, "from 1 to 10000"),
    ("noise_low", 0.0, "from 0.01 to 0.99"),
    ("noise_high", 1.0, "from 0.01 to 0.99"),
    ("noise_low", 0.3, "noise_low is above noise_high"),
    ("sdedit_steps", 0, "from 1 to 1000"),
    ("sdedit_steps", 2.5, "whole number"),
    ("guidance_scale", 0.5, "from 1 to 200"),
    ("seed", -1, "from 0"),
]
WRONG = [
    (cls, *case)
    for cls, cases in (
        (FitConfig, WRONG_FIT),
        (NeRFConfig, WRONG_SCENE),
        (RefineConfig, WRONG_REFINEMENT),
    )
    for case in cases
]


@pytest.mark.parametrize(("cls", "field", "value", "message"), WRONG)
def test_a_setting_out_of_range_is_refused_with_what_is_allowed(cls, field, value, message):
    with pytest.raises(ConfigError, match=message) as caught:
        cls(**{field: value})
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("cls", [FitConfig, NeRFConfig, RefineConfig])
def test_every_setting_is_checked(cls):
    tested = {field for wrong, field, _, _ in WRONG if wrong is cls}
    assert tested == {f.name for f in dataclasses.fields(cls)}


@pytest.mark.parametrize(
    ("cls", "values"),
    [
        (FitConfig, {"resolution": 16, "steps": 200_000, "rays_per_step": 64, "holdout": 2}),
        (FitConfig, {"resolution": 0, "minutes": 0, "rays_per_step": 0, "holdout": 0}),
        (NeRFConfig, {"move": ("color",), "box": (-1, -1, -1, 1, 1, 1), "patch_px": 8}),
        (NeRFConfig, {"box": (), "samples": 16, "resolution_px": 1024, "view_words": False}),
        (RefineConfig, {"noise_low": 0.2, "noise_high": 0.2}),
    ],
)
def test_the_borders_of_the_ranges_are_allowed(cls, values):
    config = cls(**values)
    assert {name: getattr(config, name) for name in values} == values


def test_lists_become_tuples():
    config = from_dict(NeRFConfig, {"move": ["color"], "box": [0, 0, 0, 1, 1, 1]}, what="scene")
    assert (config.move, config.box) == (("color",), (0, 0, 0, 1, 1, 1))
    assert NeRFConfig().move == SCENE_MOVABLE


def test_settings_cannot_be_changed_afterwards():
    for config in (FitConfig(), NeRFConfig(), RefineConfig()):
        with pytest.raises(dataclasses.FrozenInstanceError):
            config.seed = 3
