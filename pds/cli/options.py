"""Command-line options: every field of the settings has one."""

import argparse
import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from pds.config import METHODS, MOVABLE, TIMESTEP_ORDERS, EditConfig, SVGConfig


def words(text: str) -> tuple[str, ...]:
    """`a,b` as `("a", "b")`; blanks are dropped."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


# field: (option, type, metavar, help)
EDIT_OPTIONS: Mapping[str, tuple] = {
    "source_prompt": ("--source", str, "TEXT", "what the drawing shows, in words"),
    "target_prompt": ("--target", str, "TEXT", "what it should become"),
    "method": ("--method", str, "NAME", f"one of {', '.join(METHODS)}"),
    "steps": ("--steps", int, "N", "optimiser steps"),
    "guidance_scale": ("--guidance", float, "X", "pull of the prompts, 1 (off) to 200"),
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
    "supersample": ("--supersample", int, "N", "samples per pixel and axis, 1 or 2"),
}


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Adds an option for every field of EditConfig and SVGConfig; not given means not set."""
    for title, cls, options in (
        ("the edit", EditConfig, EDIT_OPTIONS),
        ("the drawing", SVGConfig, SVG_OPTIONS),
    ):
        group = parser.add_argument_group(title)
        defaults = {f.name: f.default for f in dataclasses.fields(cls)}
        for name, (option, kind, metavar, text) in options.items():
            group.add_argument(
                option,
                dest=name,
                type=kind,
                metavar=metavar,
                default=argparse.SUPPRESS,
                help=text + _default(defaults[name]),
            )


def _default(value: Any) -> str:
    if value is dataclasses.MISSING or value == ():
        return ""
    if value == MOVABLE:
        return " (default: all)"
    return f" (default: {value:g})" if isinstance(value, float) else f" (default: {value})"


def given(arguments: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    """The settings that were given on the command line, by field name."""
    return {name: getattr(arguments, name) for name in names if name in arguments}


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
