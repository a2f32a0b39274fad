"""The short runs that are recorded."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
RUNS = FOLDER / "runs"
MACHINE = FOLDER / "machine.json"
STEPS = 10


@dataclass(frozen=True, kw_only=True)
class Case:
    """A preset, run for `STEPS` steps.

    Attributes:
        preset: its key.
        written: ending of the file that the run writes; only drawings are kept whole.
        changes: other settings than the preset's, by their names in recipes of version 1.
    """

    preset: str
    written: str = "svg"
    changes: dict[str, Any] = field(default_factory=dict)


CASES = {
    # Strokes and gradients.
    "cat-3d-to-dog-3d": Case(preset="cat-3d-to-dog-3d"),
    # Only colours move; locked elements.
    "red-apple-to-green": Case(preset="red-apple-to-green"),
    # Plain; the guidance falls.
    "bear-to-panda": Case(preset="bear-to-panda"),
    # Chance places extra paths before the first step.
    "pine-to-christmas-tree": Case(preset="pine-to-christmas-tree"),
    # The other two methods, each with other settings that no preset has.
    "bear-to-panda-dds": Case(
        preset="bear-to-panda",
        changes={"edit.method": "dds", "edit.timestep_order": "uniform", "edit.strength": 0.5},
    ),
    "bear-to-panda-sds": Case(
        preset="bear-to-panda",
        changes={"edit.method": "sds", "edit.views_per_step": 2, "svg.smoothness_weight": 10.0},
    ),
    # Density and colours within a box.
    "table-with-tulips": Case(preset="table-with-tulips", written="safetensors"),
    # Only colours move; the views are named.
    "red-sofa": Case(preset="red-sofa", written="safetensors"),
}
