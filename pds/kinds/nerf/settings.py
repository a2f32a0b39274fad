"""How a scene is fitted, and how it takes part in an edit."""

from typing import ClassVar

from pds.settings import Settings, choice, corners, flag, number, several, whole

FIELD_KINDS = {"auto": "Find out", "grid": "An object", "planes": "A place"}
MOVABLE = {"density": "Shape", "color": "Colours"}
MAX_IMAGE_PX = 2048
OWN = "the kind's own"
# Of a mesh: points along a side that it is made of, and triangles at most.
MESH_RESOLUTION = 160
MESH_FACES = 20_000


class FitSettings(Settings):
    """How a field is fitted to a capture.

    Attributes:
        field: `grid` (an object in a cube), `planes` (contracted space, factorised), or `auto`.
        resolution: cells along a side at the end, 16 to 256; 0 takes the kind's own.
        longer_side_px: pictures are fitted at most this large, 32 to 2048.
        steps: optimiser steps, 1 to 200 000; 0 takes the kind's own.
        minutes: stop after this time even if steps are left; 0 = no limit.
        rays_per_step: rays a step, 64 to 65 536; 0 takes the kind's own.
        holdout: every how many-th picture is held out and measured, 0 = none, else 2 to 1000.
        frames: sharp frames that are picked from a video, 8 to 300.
        seed: of all chance.
    """

    title: ClassVar[str] = "the fit"

    field: str = choice(
        "auto",
        FIELD_KINDS,
        label="Kind of scene",
        help=f"one of {', '.join(FIELD_KINDS)}",
        flag="--field",
        level="main",
    )
    minutes: float = number(
        0.0,
        0,
        10_000,
        label="Minutes at most",
        help="stop after this time; 0 is no limit",
        flag="--minutes",
        level="main",
        step=0.5,
        unit="min",
    )
    longer_side_px: int = whole(
        480,
        32,
        MAX_IMAGE_PX,
        label="Longer side of the pictures in px",
        help="pictures are fitted at most this large",
        flag="--longer-side",
        level="main",
        metavar="PX",
        unit="px",
    )
    steps: int = whole(
        0, 1, 200_000, label="Steps of the fit", help="optimiser steps", flag="--steps", zero=OWN
    )
    resolution: int = whole(
        0,
        16,
        256,
        label="Cells along a side",
        help="cells along a side",
        flag="--resolution",
        zero=OWN,
    )
    rays_per_step: int = whole(
        0, 64, 65_536, label="Rays a step", help="rays a step", flag="--rays", zero=OWN
    )
    holdout: int = whole(
        8,
        2,
        1000,
        label="Hold out every how many-th picture",
        help="every N-th picture is not fitted to, but measured",
        flag="--holdout",
        zero="none",
    )
    frames: int = whole(
        60,
        8,
        300,
        label="Frames of a video",
        help="sharp frames picked from a video",
        flag="--frames",
    )
    seed: int = whole(0, 0, 2**53, label="Seed of the fit", help="of all randomness", flag="--seed")


class NeRFSettings(Settings):
    """What may move, how fast, where, and what is held against haze.

    Attributes:
        resolution_px: longer side of a rendering that is differentiated through, 16 to 1024;
            0 takes the prior's own size.
        samples: points a ray, 16 to 1024; 0 takes the field's own number.
        move: what may change: `density`, `color` or both.
        density_rate: Adam step of the density parameters, thousandths.
        color_rate: Adam step of the colour parameters, thousandths.
        box: confines the edit: low x, y, z, high x, y, z in scene coordinates; empty = everywhere.
        view_words: whether "front view" and the like go into the prompts of a scene with a front.
        sparsity_weight: penalty on density where nothing was and little is (no haze), 0 to 1000.
        smoothness_weight: penalty on differences between neighbouring cells, 0 to 1000.
        distortion_weight: penalty on density spread along a ray (Mip-NeRF 360), 0 to 1000.
        patch_px: the gradient is taken patch by patch of this side; 0 takes it at once where it
            is small enough.
    """

    title: ClassVar[str] = "the scene"

    move: tuple[str, ...] = several(
        tuple(MOVABLE),
        MOVABLE,
        label="What may change",
        help=f"what may change, of {', '.join(MOVABLE)}",
        flag="--move",
        level="choice",
    )
    view_words: bool = flag(
        True,
        label="Name the view in the prompts",
        help="put “front view” and the like into the prompts where the scene knows its front",
        flag="--view-words",
        level="choice",
    )
    box: tuple[float, ...] = corners(
        -100,
        100,
        label="Change nothing outside of this box",
        help="confine the edit: low corner, high corner; an object lies within -1 to 1, its front "
        "faces -y, z is up",
        flag="--box",
        level="choice",
    )
    resolution_px: int = whole(
        0,
        16,
        1024,
        label="Resolution in px",
        help="side of the rendering",
        flag="--resolution",
        metavar="PX",
        zero="the prior's own",
        unit="px",
    )
    samples: int = whole(
        0,
        16,
        1024,
        label="Samples a ray",
        help="points a ray",
        flag="--samples",
        zero="the field's own",
    )
    density_rate: float = number(
        50.0,
        0,
        1000,
        label="Speed of shapes",
        help="step of the density, thousandths",
        flag="--density-rate",
        step=0.1,
    )
    color_rate: float = number(
        50.0,
        0,
        1000,
        label="Speed of colours",
        help="step of the colours, thousandths",
        flag="--color-rate",
        step=0.1,
    )
    sparsity_weight: float = number(
        1.0,
        0,
        1000,
        label="Against haze",
        help="penalty on haze where nothing was",
        flag="--sparsity",
        step=0.1,
    )
    smoothness_weight: float = number(
        1.0,
        0,
        1000,
        label="For smooth changes",
        help="penalty on uneven neighbouring cells",
        flag="--smoothness",
        step=0.1,
    )
    distortion_weight: float = number(
        0.0,
        0,
        1000,
        label="For clear surfaces",
        help="penalty on density spread along a ray",
        flag="--distortion",
        step=0.1,
    )
    patch_px: int = whole(
        0,
        8,
        1024,
        label="Side of a patch in px",
        help="take the gradient by patches of this side; smaller needs less memory",
        flag="--patch",
        metavar="PX",
        zero="at once",
        unit="px",
    )
