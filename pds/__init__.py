"""Text-driven editing of drawings, scenes and pictures by Posterior Distillation Sampling.

An edit in ten lines:

>>> from pds import EditRun, Prompts, Recipe, kind_of, load_prior
>>> from pds import DistilSettings, make_method
>>> svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">' + (
...     b'<circle cx="4" cy="4" r="3" fill="#c00"/></svg>')
>>> asset = kind_of("svg").read(svg, name="apple")
>>> recipe = Recipe.of(
...     asset, Prompts(source="a red apple", target="a green apple"),
...     method=make_method("pds", {"guidance_scale": 12}), run=DistilSettings(steps=2))
>>> run = EditRun(recipe, asset, load_prior())
>>> for step in run.steps():
...     print(step.index + 1, "of", step.total)
1 of 2
2 of 2
>>> run.result.edited.data.startswith(b"<svg")
True
"""

import importlib
from typing import Any

from pds.base.version import VERSION

__version__ = VERSION

# Where the public names are; imported when they are first asked for, since some take seconds.
_HOMES = {
    "Asset": "pds.kinds.asset",
    "Chain": "pds.work.run",
    "DDS": "pds.engine.methods",
    "DistilSettings": "pds.engine.distil",
    "EditRun": "pds.work.runs",
    "GaussianPrior": "pds.diffusion.gaussian",
    "KINDS": "pds.kinds",
    "METHODS": "pds.engine.methods",
    "NoiseSchedule": "pds.diffusion.schedule",
    "PDS": "pds.engine.methods",
    "PDSError": "pds.base.errors",
    "ParameterGroup": "pds.engine.parametric",
    "ParametricImage": "pds.engine.parametric",
    "Prior": "pds.diffusion.prior",
    "Prompts": "pds.settings",
    "Recipe": "pds.work.recipe",
    "SDS": "pds.engine.methods",
    "View": "pds.engine.parametric",
    "distil": "pds.engine.distil",
    "kind_of": "pds.kinds",
    "load_prior": "pds.diffusion.loading",
    "make_method": "pds.engine.methods",
    "rewrite": "pds.engine.rewrite",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pds' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
