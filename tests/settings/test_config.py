"""Settings check themselves and say what is allowed."""

import math

import pytest
from pds.settings.config import MOVABLE, EditConfig, SVGConfig, from_dict

from pds.base.errors import ConfigError, PromptError

PROMPTS = {"source_prompt": "a cat", "target_prompt": "a dog"}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("method", "vsd", "known are: pds, dds, sds"),
        ("steps", 0, "whole number from 1 to 100000"),
        ("steps", 2.5, "whole number"),
        ("steps", True, "whole number"),
        ("guidance_scale", 0.5, "from 1 to 200"),
        ("guidance_scale", math.nan, "from 1 to 200"),
        ("guidance_scale", "7", "from 1 to 200"),
        ("identity_weight", -1, "from 0 to 10"),
        ("stride", 0, "from 1 to 100"),
        ("timestep_low", 0.0, "from 0.01 to 0.99"),
        ("timestep_high", 1.0, "from 0.01 to 0.99"),
        ("timestep_low", 0.96, "above timestep_high"),
        ("timestep_order", "rising", "known are: falling, uniform"),
        ("views_per_step", 0, "from 1 to 64"),
        ("strength", 0, "from 0.05 to 10"),
        ("seed", -1, "whole number from 0"),
    ],
)
def test_an_edit_setting_out_of_range_is_refused_with_the_range(field, value, message):
    with pytest.raises(ConfigError, match=message):
        EditConfig(**{**PROMPTS, field: value})


@pytest.mark.parametrize("which", ["source_prompt", "target_prompt"])
@pytest.mark.parametrize(
    ("text", "message"), [("", "empty"), (" \t\n", "empty"), ("x" * 401, "401")]
)
def test_a_blank_or_overlong_prompt_is_refused(which, text, message):
    with pytest.raises(PromptError, match=message):
        EditConfig(**{**PROMPTS, which: text})


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("resolution_px", 8, "from 16 to 1024"),
        ("move", (), "Nothing may move"),
        ("move", ("colour",), "known are: points, fill"),
        ("locked_ids", (3,), "element ids as text"),
        ("points_rate", -1, "from 0 to 100"),
        ("color_rate", 501, "from 0 to 500"),
        ("opacity_rate", 501, "from 0 to 500"),
        ("width_rate", math.inf, "from 0 to 100"),
        ("subdivide", 5, "from 0 to 4"),
        ("extra_paths", 65, "from 0 to 64"),
        ("crossing_weight", -1, "from 0 to 1000"),
        ("smoothness_weight", -1, "from 0 to 1000"),
        ("supersample", 3, "from 1 to 2"),
    ],
)
def test_a_drawing_setting_out_of_range_is_refused_with_the_range(field, value, message):
    with pytest.raises(ConfigError, match=message):
        SVGConfig(**{field: value})


def test_a_config_is_built_from_plain_data_with_lists_as_tuples():
    built = from_dict(SVGConfig, {"move": ["fill"], "subdivide": 1}, what="drawing settings")
    assert built == SVGConfig(move=("fill",), subdivide=1)
    assert SVGConfig().move == MOVABLE


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"colour": 1}, "unknown keys: colour. Known are: coherence, color_rate"),
        ([1], "must be an object"),
    ],
)
def test_unknown_keys_are_refused_with_the_known_ones(values, message):
    with pytest.raises(ConfigError, match=message):
        from_dict(SVGConfig, values, what="drawing settings")
