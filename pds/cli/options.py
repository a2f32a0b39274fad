"""Command-line options: every field of the settings has one."""

import argparse
import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from pds.settings.config import METHODS, MOVABLE, TIMESTEP_ORDERS, EditConfig, SVGConfig
from pds.settings.scene_config import (
    FIELD_KINDS,
    SCENE_MOVABLE,
    FitConfig,
    NeRFConfig,
    RefineConfig,
)


def words(text: str) -> tuple[str, ...]:
    """`a,b` as `("a", "b")`; blanks are dropped."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


# field: (option, type, metavar, help). A tuple of metavars takes as many values; a bool is an
# option with a --no- form.
EDIT_OPTIONS: Mapping[str, tuple] = {
    "source_prompt": ("--source", str, "TEXT", "what is there, in words"),
    "target_prompt": ("--target", str, "TEXT", "what it should become"),
    "method": ("--method", str, "NAME", f"one of {', '.join(METHODS)}"),
    "steps": ("--steps", int, "N", "optimiser steps"),
    "guidance_scale": ("--guidance", float, "X", "pull of the prompts, 1 (off) to 200"),
    "guidance_end": ("--guidance-end", float, "X", "guidance of the last step; 0 = constant"),
    "identity_weight": (
        "--identity",
        float,
        "X",
        "keep identity: 1 as published, 0 not at all, up to 10",
    ),
    "stride": ("--stride", int, "N", "distance of the two timesteps of PDS; 2 as published"),
    "timestep_low": ("--timestep-low", float, "X", "least noise, as a fraction of the schedule"),
    "timestep_high": ("--timestep-high", float, "X", "most noise, as a fraction of the schedule"),
    "timestep_order": ("--timestep-order", str, "NAME", f"one of {', '.join(TIMESTEP_ORDERS)}"),
    "views_per_step": ("--views", int, "N", "renderings per step (noises, for a drawing)"),
    "strength": ("--strength", float, "X", "factor on all learning rates, 0.05 to 10"),
    "cooldown": ("--cooldown", float, "X", "last share of the steps, in which the rates fall to 0"),
    "seed": ("--seed", int, "N", "of all randomness: same seed, same result"),
}
SVG_OPTIONS: Mapping[str, tuple] = {
    "resolution_px": ("--resolution", int, "PX", "side of the rendering; 0 = the prior's own"),
    "move": ("--move", words, "A,B", f"what may change, of {', '.join(MOVABLE)}"),
    "locked_ids": ("--lock", words, "ID,ID", "ids of elements that stay as they are"),
    "points_rate": ("--points-rate", float, "X", "step of points, thousandths of the canvas"),
    "color_rate": ("--color-rate", float, "X", "step of colours, thousandths of their range"),
    "opacity_rate": ("--opacity-rate", float, "X", "step of opacities, thousandths"),
    "width_rate": ("--width-rate", float, "X", "step of stroke widths, thousandths of the canvas"),
    "subdivide": ("--subdivide", int, "N", "how often every segment is halved before, 0 to 4"),
    "extra_paths": ("--extra-paths", int, "N", "small new paths that may grow, 0 to 64"),
    "crossing_weight": ("--crossing", float, "X", "penalty on outlines that cross themselves"),
    "smoothness_weight": ("--smoothness", float, "X", "penalty on points that leave neighbours"),
    "coherence": (
        "--coherence",
        int,
        "N",
        "how far along an outline points move together, 0 (not) to 200",
    ),
    "supersample": ("--supersample", int, "N", "samples per pixel and axis, 1 or 2"),
}

FIT_OPTIONS: Mapping[str, tuple] = {
    "field": ("--field", str, "NAME", f"one of {', '.join(FIELD_KINDS)}"),
    "resolution": ("--resolution", int, "N", "cells along a side, 16 to 256; 0 = the kind's own"),
    "longer_side_px": ("--longer-side", int, "PX", "pictures are fitted at most this large"),
    "steps": ("--steps", int, "N", "optimiser steps; 0 = the kind's own"),
    "minutes": ("--minutes", float, "X", "stop after this time; 0 = no limit"),
    "rays_per_step": ("--rays", int, "N", "rays a step; 0 = the kind's own"),
    "holdout": ("--holdout", int, "N", "every N-th picture is held out and measured; 0 = none"),
    "seed": ("--seed", int, "N", "of all randomness"),
}
NERF_OPTIONS: Mapping[str, tuple] = {
    "resolution_px": ("--resolution", int, "PX", "side of the rendering; 0 = the prior's own"),
    "samples": ("--samples", int, "N", "points a ray, 16 to 1024; 0 = the field's own"),
    "move": ("--move", words, "A,B", f"what may change, of {', '.join(SCENE_MOVABLE)}"),
    "density_rate": ("--density-rate", float, "X", "step of the density, thousandths"),
    "color_rate": ("--color-rate", float, "X", "step of the colours, thousandths"),
    "box": (
        "--box",
        float,
        ("X", "Y", "Z", "X", "Y", "Z"),
        "confine the edit: low corner, high corner; an object lies within -1 to 1, its front "
        "faces -y, z is up",
    ),
    "view_words": ("--view-words", bool, None, "put “front view” and the like into the prompts"),
    "sparsity_weight": ("--sparsity", float, "X", "penalty on haze where nothing was"),
    "smoothness_weight": ("--smoothness", float, "X", "penalty on uneven neighbouring cells"),
    "distortion_weight": ("--distortion", float, "X", "penalty on density spread along a ray"),
    "patch_px": ("--patch", int, "PX", "take the gradient by patches of this side; 0 = at once"),
}
REFINE_OPTIONS: Mapping[str, tuple] = {
    "steps": ("--steps", int, "N", "optimiser steps"),
    "refresh_every": ("--refresh-every", int, "N", "refine a view's picture anew every N steps"),
    "noise_low": ("--noise-low", float, "X", "least noise to start from, as a fraction"),
    "noise_high": ("--noise-high", float, "X", "most noise to start from, as a fraction"),
    "sdedit_steps": ("--sdedit-steps", int, "N", "denoising steps of a whole schedule"),
    "guidance_scale": ("--guidance", float, "X", "pull of the prompt, 1 (off) to 200"),
    "seed": ("--seed", int, "N", "of all randomness"),
}
EDIT = ("the edit", EditConfig, EDIT_OPTIONS)
DRAWING = ("the drawing", SVGConfig, SVG_OPTIONS)
FIT = ("the fit", FitConfig, FIT_OPTIONS)
SCENE = ("the scene", NeRFConfig, NERF_OPTIONS)
REFINEMENT = ("the refinement", RefineConfig, REFINE_OPTIONS)


def add_settings(parser: argparse.ArgumentParser, *sections: tuple[str, type, Mapping]) -> None:
    """Adds an option for every field of some settings; not given means not set.

    Args:
        parser: where to.
        sections: title, config class and its table of options, `EDIT` for instance.
    """
    for title, cls, options in sections:
        group = parser.add_argument_group(title)
        defaults = {f.name: f.default for f in dataclasses.fields(cls)}
        for name, (option, kind, metavar, text) in options.items():
            group.add_argument(
                option,
                dest=name,
                default=argparse.SUPPRESS,
                help=text + _default(defaults[name]),
                **_values(kind, metavar),
            )


def _values(kind: Any, metavar: Any) -> dict[str, Any]:
    """What argparse is told about an option's values."""
    if kind is bool:
        return {"action": argparse.BooleanOptionalAction}
    several = {"nargs": len(metavar)} if isinstance(metavar, tuple) else {}
    return {"type": kind, "metavar": metavar, **several}


def _default(value: Any) -> str:
    if value is dataclasses.MISSING or value == ():
        return ""
    if value in (MOVABLE, SCENE_MOVABLE):
        return " (default: all)"
    if isinstance(value, bool):
        return f" (default: {'yes' if value else 'no'})"
    return f" (default: {value:g})" if isinstance(value, float) else f" (default: {value})"


def given(arguments: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    """The settings that were given on the command line, by field name."""
    values = {name: getattr(arguments, name) for name in names if name in arguments}
    return {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}


def add_prior(parser: argparse.ArgumentParser, *, default: str | None = "built-in") -> None:
    """Adds `--prior`, `--device`, `--dtype`."""
    group = parser.add_argument_group("the prior")
    group.add_argument(
        "--prior",
        metavar="NAME",
        default=default,
        help="built-in, a folder in diffusers format, or a model of the hub (default: built-in)",
    )
    group.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")
    group.add_argument(
        "--dtype", default="auto", help="auto, float32, float16 or bfloat16 (default: auto)"
    )
