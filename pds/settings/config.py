"""Settings of an edit: frozen, keyword-only, checked when made."""

import math
from dataclasses import dataclass, fields
from typing import Any

from pds.base.errors import ConfigError, PromptError

METHODS = ("pds", "dds", "sds")
TIMESTEP_ORDERS = ("falling", "uniform")
MOVABLE = ("points", "fill", "stroke", "opacity", "stroke_width", "gradient")
MAX_PROMPT_CHARACTERS = 400


def check_range(name: str, value: object, low: float, high: float) -> None:
    """Raises ConfigError unless `low <= value <= high` (and the value is a finite number)."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low <= value <= high:
        raise ConfigError(f"{name} is {value!r}; it must be a number from {low:g} to {high:g}.")


def check_whole(name: str, value: object, low: int, high: int) -> None:
    """Raises ConfigError unless the value is an integer from `low` to `high`."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ConfigError(f"{name} is {value!r}; it must be a whole number from {low} to {high}.")


def check_choice(name: str, value: object, known: tuple[str, ...]) -> None:
    """Raises ConfigError unless the value is one of `known`."""
    if value not in known:
        raise ConfigError(f"{name} is {value!r}; known are: {', '.join(known)}.")


def check_prompt(name: str, text: object) -> None:
    """Raises PromptError if the text is not text, blank, or longer than 400 characters."""
    if not isinstance(text, str) or not text.strip():
        raise PromptError(f"The {name} is empty; describe the picture in a few words.")
    if len(text) > MAX_PROMPT_CHARACTERS:
        raise PromptError(
            f"The {name} has {len(text)} characters; shorten it to {MAX_PROMPT_CHARACTERS}."
        )


def from_dict(cls: type, values: Any, *, what: str) -> Any:
    """Builds a config dataclass from a dict, lists turned into tuples.

    Raises:
        ConfigError: an unknown key (the known ones are listed) or a value out of range.
    """
    if not isinstance(values, dict):
        raise ConfigError(f"The {what} must be an object of named values.")
    known = {f.name for f in fields(cls)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(
            f"The {what} has unknown keys: {', '.join(unknown)}. "
            f"Known are: {', '.join(sorted(known))}."
        )
    return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


@dataclass(frozen=True, kw_only=True)
class EditConfig:
    """The engine's settings, the same for drawings and scenes.

    The defaults were found by eye with the built-in prior. Published for drawings are 1000 steps,
    guidance 100, identity_weight 1, uniform timesteps from 0.10 to 0.98.

    Attributes:
        source_prompt: what the asset is, in words.
        target_prompt: what it should become.
        method: `pds`, `dds` or `sds`.
        steps: optimiser steps, 1 to 100 000.
        guidance_scale: classifier-free guidance, 1 = off, up to 200.
        guidance_end: guidance of the last step, to which the guidance moves by equal factors;
            0 = constant, as published. Strong words give a new shape early, weak ones let the
            colours come right late.
        identity_weight: factor on psi of Eq. 14: 1 = as published, 0 = weighted DDS, up to 10.
        stride: how far apart t and the previous timestep are taken; 2 = the published weights.
        timestep_low, timestep_high: range of t as a fraction of the schedule, within (0, 1).
        timestep_order: `falling` over the run, or `uniform` at random.
        views_per_step: views drawn and differentiated in one step, 1 to 64.
        strength: factor on all learning rates, 0.05 to 10.
        cooldown: share of the steps, at the end, over which the learning rates fall to 0 in a
            straight line, so that the noise of single steps settles; 0 = none, as published.
        seed: of the generator that draws timesteps, noises and views.
    """

    source_prompt: str
    target_prompt: str
    method: str = "pds"
    steps: int = 200
    guidance_scale: float = 8.0
    guidance_end: float = 0.0
    identity_weight: float = 0.1
    stride: int = 2
    timestep_low: float = 0.4
    timestep_high: float = 0.95
    timestep_order: str = "falling"
    views_per_step: int = 1
    strength: float = 1.0
    cooldown: float = 0.4
    seed: int = 0

    def __post_init__(self):
        check_prompt("source prompt", self.source_prompt)
        check_prompt("target prompt", self.target_prompt)
        check_choice("method", self.method, METHODS)
        check_whole("steps", self.steps, 1, 100_000)
        check_range("guidance_scale", self.guidance_scale, 1, 200)
        if self.guidance_end != 0:
            check_range("guidance_end", self.guidance_end, 1, 200)
        check_range("identity_weight", self.identity_weight, 0, 10)
        check_whole("stride", self.stride, 1, 100)
        check_range("timestep_low", self.timestep_low, 0.01, 0.99)
        check_range("timestep_high", self.timestep_high, 0.01, 0.99)
        if self.timestep_low > self.timestep_high:
            raise ConfigError(
                f"timestep_low {self.timestep_low:g} is above timestep_high "
                f"{self.timestep_high:g}; swap them."
            )
        check_choice("timestep_order", self.timestep_order, TIMESTEP_ORDERS)
        check_whole("views_per_step", self.views_per_step, 1, 64)
        check_range("strength", self.strength, 0.05, 10)
        check_range("cooldown", self.cooldown, 0, 1)
        check_whole("seed", self.seed, 0, 2**53)


@dataclass(frozen=True, kw_only=True)
class SVGConfig:
    """How a drawing takes part in an edit.

    Attributes:
        resolution_px: longer side of the rendering, 16 to 1024; 0 takes the prior's own size.
        move: which groups may change, out of MOVABLE.
        locked_ids: elements (and their descendants) that stay as they are.
        points_rate: step of control points, thousandths of the canvas side.
        color_rate: step of colours, thousandths of the range [0, 1].
        opacity_rate: step of opacities, thousandths of the range [0, 1].
        width_rate: step of stroke widths, thousandths of the canvas side.
        subdivide: how often every segment is halved before the edit, 0 to 4.
        extra_paths: number of small new paths the edit may grow, 0 to 64.
        crossing_weight: penalty on self-crossing control polygons beyond the source's (Xing).
        smoothness_weight: penalty on displacements that differ between neighbouring points.
        coherence: how far along an outline a point's step is shared with its neighbours, in passes
            of averaging, 0 to 200; 0 moves every point, and every channel of a colour, for itself.
        supersample: samples per pixel and axis of the rasteriser, 1 or 2.
    """

    resolution_px: int = 0
    move: tuple[str, ...] = MOVABLE
    locked_ids: tuple[str, ...] = ()
    points_rate: float = 5.0
    color_rate: float = 20.0
    opacity_rate: float = 5.0
    width_rate: float = 1.0
    subdivide: int = 0
    extra_paths: int = 0
    crossing_weight: float = 1.0
    smoothness_weight: float = 1.0
    coherence: int = 8
    supersample: int = 1

    def __post_init__(self):
        if self.resolution_px != 0:
            check_whole("resolution_px", self.resolution_px, 16, 1024)
        for name in self.move:
            check_choice("move", name, MOVABLE)
        if not self.move:
            raise ConfigError(f"Nothing may move; allow at least one of: {', '.join(MOVABLE)}.")
        for name in self.locked_ids:
            if not isinstance(name, str):
                raise ConfigError(f"locked_ids holds {name!r}; give element ids as text.")
        check_range("points_rate", self.points_rate, 0, 100)
        check_range("color_rate", self.color_rate, 0, 500)
        check_range("opacity_rate", self.opacity_rate, 0, 500)
        check_range("width_rate", self.width_rate, 0, 100)
        check_whole("subdivide", self.subdivide, 0, 4)
        check_whole("extra_paths", self.extra_paths, 0, 64)
        check_range("crossing_weight", self.crossing_weight, 0, 1000)
        check_range("smoothness_weight", self.smoothness_weight, 0, 1000)
        check_whole("coherence", self.coherence, 0, 200)
        check_whole("supersample", self.supersample, 1, 2)
