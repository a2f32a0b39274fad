"""Every declared setting of the package: its range, its borders, its words."""

import math

import pytest

from pds.base.errors import ConfigError
from pds.engine.distil import DistilSettings
from pds.engine.methods import DDS, PDS, SDS
from pds.engine.rewrite import RewriteSettings
from pds.engine.rewriters import SDEdit
from pds.kinds import KINDS
from pds.kinds.image.settings import ImageSettings
from pds.kinds.nerf.settings import FitSettings, NeRFSettings
from pds.kinds.svg.settings import SVGSettings

OUTPUTS = {output.Settings for kind in KINDS.values() for output in kind.outputs}
CLASSES = [DistilSettings, PDS, DDS, SDS, RewriteSettings, SDEdit, FitSettings]
CLASSES += [*(kind.Settings for kind in KINDS.values()), *sorted(OUTPUTS, key=lambda c: c.__name__)]

WRONG = {
    DistilSettings: [
        ("steps", 0, "whole number from 1 to 100000"),
        ("steps", 2.5, "whole number"),
        ("steps", True, "whole number"),
        ("steps", "many", "whole number"),
        ("timestep_low", 0.0, "from 0.01 to 0.99"),
        ("timestep_high", 1.0, "from 0.01 to 0.99"),
        ("timestep_low", 0.96, "above timestep_high"),
        ("timestep_order", "rising", "known are: falling, uniform"),
        ("views_per_step", 0, "from 1 to 64"),
        ("strength", 0, "from 0.05 to 10"),
        ("cooldown", 1.1, "from 0 to 1"),
        ("seed", -1, "whole number from 0"),
    ],
    PDS: [
        ("guidance_scale", 0.5, "from 1 to 200"),
        ("guidance_scale", math.nan, "from 1 to 200"),
        ("guidance_scale", "7", "from 1 to 200"),
        ("guidance_scale", True, "from 1 to 200"),
        ("guidance_scale", 10**400, "from 1 to 200"),
        ("guidance_end", 0.5, "from 1 to 200"),
        ("identity_weight", -1, "from 0 to 10"),
        ("stride", 0, "from 1 to 100"),
    ],
    SVGSettings: [
        ("resolution_px", 8, "from 16 to 1024"),
        ("move", (), "Nothing may move"),
        ("move", ("colour",), "known are: points, fill"),
        ("move", "points", "must be a list of text"),
        ("locked_ids", (3,), "must be a list of text"),
        ("points_rate", -1, "from 0 to 100"),
        ("color_rate", 501, "from 0 to 500"),
        ("opacity_rate", 501, "from 0 to 500"),
        ("width_rate", math.inf, "from 0 to 100"),
        ("subdivide", 5, "from 0 to 4"),
        ("extra_paths", 65, "from 0 to 64"),
        ("crossing_weight", -1, "from 0 to 1000"),
        ("smoothness_weight", -1, "from 0 to 1000"),
        ("coherence", 201, "from 0 to 200"),
        ("supersample", 3, "from 1 to 2"),
    ],
    ImageSettings: [
        ("size_px", 15, "from 16 to 1024"),
        ("color_rate", -0.1, "from 0 to 500"),
        ("smoothness_weight", 1001, "from 0 to 1000"),
    ],
    FitSettings: [
        ("field", "hash", "known are: auto, grid, planes"),
        ("frames", 7, "from 8 to 300"),
        ("field", 3, "known are: auto"),
        ("resolution", 15, "whole number from 16 to 256"),
        ("resolution", 257, "from 16 to 256"),
        ("resolution", 64.0, "whole number"),
        ("resolution", 0.0, "whole number"),
        ("longer_side_px", 31, "from 32 to 2048"),
        ("longer_side_px", True, "whole number"),
        ("steps", -1, "from 1 to 200000"),
        ("minutes", -0.5, "from 0 to 10000"),
        ("minutes", math.nan, "number from 0"),
        ("minutes", math.inf, "number from 0"),
        ("minutes", True, "number from 0"),
        ("rays_per_step", 63, "from 64 to 65536"),
        ("holdout", 1, "from 2 to 1000"),
        ("holdout", False, "whole number"),
        ("seed", -1, "from 0"),
        ("seed", "0", "from 0"),
    ],
    NeRFSettings: [
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
        ("box", (0.0, 0.0, 0.0, 1.0, 1.0, True), "list of numbers"),
        ("box", "0 0 0 1 1 1", "list of numbers"),
        ("box", (0.0, 0.0, 0.0, 1.0, 1.0, 101.0), "from -100 to 100"),
        ("box", (0.0, 0.0, 0.0, 1.0, 1.0, 0.0), "box is empty"),
        ("view_words", 1, "true or false"),
        ("sparsity_weight", -1, "from 0 to 1000"),
        ("smoothness_weight", "1", "from 0 to 1000"),
        ("distortion_weight", math.inf, "from 0 to 1000"),
        ("patch_px", 7, "from 8 to 1024"),
    ],
    RewriteSettings: [
        ("steps", 0, "from 1 to 100000"),
        ("refresh_every", 0, "from 1 to 10000"),
        ("seed", 1.5, "whole number"),
    ],
    SDEdit: [
        ("noise_low", 0.0, "from 0.01 to 0.99"),
        ("noise_high", 1.0, "from 0.01 to 0.99"),
        ("noise_low", 0.3, "noise_low is above noise_high"),
        ("sdedit_steps", 0, "from 1 to 1000"),
        ("sdedit_steps", 2.5, "whole number"),
        ("guidance_scale", 0.5, "from 1 to 200"),
    ],
}
CASES = [(cls, *case) for cls, cases in WRONG.items() for case in cases]


@pytest.mark.parametrize(("cls", "field", "value", "message"), CASES)
def test_a_setting_out_of_range_is_refused_with_what_is_allowed(cls, field, value, message):
    with pytest.raises(ConfigError, match=message) as caught:
        cls(**{field: value})
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("cls", WRONG)
def test_every_setting_is_tried_out_of_its_range(cls):
    assert {field for field, _, _ in WRONG[cls]} == set(cls.model_fields)


@pytest.mark.parametrize(
    ("cls", "values"),
    [
        (DistilSettings, {"steps": 100_000, "timestep_low": 0.99, "timestep_high": 0.99}),
        (PDS, {"identity_weight": 0.0, "stride": 100, "guidance_end": 0.0}),
        (FitSettings, {"resolution": 16, "steps": 200_000, "rays_per_step": 64, "holdout": 2}),
        (FitSettings, {"resolution": 0, "minutes": 0.0, "rays_per_step": 0, "holdout": 0}),
        (NeRFSettings, {"move": ("color",), "box": (-1, -1, -1, 1, 1, 1), "patch_px": 8}),
        (NeRFSettings, {"box": (), "samples": 16, "resolution_px": 1024, "view_words": False}),
        (SDEdit, {"noise_low": 0.2, "noise_high": 0.2}),
    ],
)
def test_the_borders_of_the_ranges_are_allowed(cls, values):
    made = cls(**values)
    assert {name: getattr(made, name) for name in values} == values


@pytest.mark.parametrize("cls", CLASSES)
def test_the_defaults_pass_their_own_check(cls):
    assert cls(**cls.defaults()) == cls()
    assert cls.read({}) == cls()


@pytest.mark.parametrize("cls", CLASSES)
def test_every_setting_says_what_it_is_for(cls):
    assert cls.title.startswith("the ")
    for name, declaration in cls.declarations().items():
        assert declaration.label[0].isupper(), name
        assert declaration.help, name
        assert not declaration.help.endswith("."), name
        assert declaration.flag.startswith("--"), name
        assert declaration.level in ("main", "choice", "advanced"), name
        assert declaration.shown(cls.defaults()[name]), name


@pytest.mark.parametrize("cls", CLASSES)
def test_the_documented_attributes_of_a_class_are_its_settings(cls):
    """A setting that is declared is explained where it is declared, in the class or its base."""
    told = "\n".join(c.__doc__ or "" for c in cls.__mro__)
    one_liners = {"PNGSettings", "ViewSettings", "TurntableSettings", "MeshSettings"}
    if cls.__name__ in one_liners | {"CaptureSettings"}:
        return
    for name in cls.model_fields:
        assert name in told, name
