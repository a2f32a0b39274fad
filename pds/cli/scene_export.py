"""`python -m pds scene export`: films, meshes, pictures and captures of a scene."""

import argparse
from typing import Any

from pds.base.files import check_folder
from pds.cli.backend import Backend
from pds.cli.progress import say
from pds.cli.scene_files import read_checkpoint
from pds.cli.scene_output import FAILED, add_sizes
from pds.kinds.nerf.checkpoint import load_scene


def add_scene_export(commands: Any) -> None:
    """Adds the subcommand."""
    parser = commands.add_parser(
        "export",
        help="write films, meshes and pictures of a scene",
        description="Writes what is asked for into a folder; if nothing is, a turntable and a "
        "mesh. A mesh is rougher than the rendering.",
    )
    parser.add_argument("scene", help="a file written by scene fit, edit or refine")
    parser.add_argument("-o", "--output", default="out", help="folder (default: out)")
    parts = parser.add_argument_group("what")
    for option, text in (
        ("--turntable", "turntable.mp4 and turntable.webp: once around"),
        ("--mesh", "mesh.glb, y up, with colours"),
        ("--ply", "mesh.ply, z up, with colours"),
        ("--depth", "depth too: depth.mp4 and view_..._depth.png; nearer is brighter"),
        ("--transforms", "capture.zip: transforms.json and pictures, for nerfstudio, instant-ngp"),
    ):
        parts.add_argument(option, action="store_true", help=text)
    parts.add_argument(
        "--png", type=_view, action="append", default=[], metavar="AZ,EL",
        help="view_AZ_EL.png, from so many degrees around and above (0,15 is the front); may be "
        "given again; write --png=-30,15 where the first is negative",
    )  # fmt: skip
    numbers = parser.add_argument_group("how")
    add_sizes(numbers)
    for option, default, metavar, text in (
        ("--frames", 48, "N", "frames of the turntable"),
        ("--faces", 20_000, "N", "triangles of the mesh at most"),
        ("--mesh-resolution", 160, "N", "points along a side the mesh is made of, 16 to 384"),
    ):
        help_text = f"{text} (default: {default})"
        numbers.add_argument(option, type=int, default=default, metavar=metavar, help=help_text)
    numbers.add_argument(
        "--elevation", type=float, default=15.0, metavar="DEG",
        help="of the turntable, above the horizon (default: 15)",
    )  # fmt: skip
    parser.set_defaults(command=run_scene_export)


def run_scene_export(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code: 1 if a mesh was asked for in vain.

    Raises:
        PDSError: the scene cannot be read, a number is out of range, a file cannot be written.
    """
    from pds.kinds.nerf.export.exports import Choice

    anything = arguments.turntable or arguments.mesh or arguments.ply
    anything = anything or arguments.transforms or bool(arguments.png)
    choice = Choice(
        turntable=arguments.turntable or not anything,
        depth=arguments.depth,
        mesh=arguments.mesh or not anything,
        ply=arguments.ply,
        transforms=arguments.transforms,
        views=tuple(arguments.png),
        size_px=arguments.size,
        film_px=arguments.film_size,
        frames=arguments.frames,
        elevation_deg=arguments.elevation,
        faces=arguments.faces,
        resolution=arguments.mesh_resolution,
    )
    check_folder(arguments.output)
    scene = load_scene(read_checkpoint(arguments.scene))
    problems: list[str] = []
    for path in backend.scenes().export(arguments.output, scene, choice, say=problems.append):
        print(path)
    for sentence in problems:
        say(sentence)
    return FAILED if problems else 0


def _view(text: str) -> tuple[float, float]:
    """`30,15` as degrees around and above; argparse reports a ValueError."""
    azimuth, elevation = (float(part) for part in text.split(","))
    return azimuth, elevation
