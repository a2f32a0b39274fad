"""`pds export`: what can be taken away of a drawing, a scene or a picture, as files."""

import argparse
from typing import Any

from pds.base.errors import ConfigError
from pds.base.pngs import write_image
from pds.cli.backend import Backend
from pds.cli.edit import add_output
from pds.cli.files import read_asset
from pds.cli.options import add_sections, check_belonging, given_options
from pds.cli.writing import Switches, Writer, output_sections, whose
from pds.kinds import KINDS
from pds.kinds.asset import Asset
from pds.kinds.kind import Kind, Look
from pds.kinds.output import Made

VIEW_PX = 512


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    kinds = list(KINDS.values())
    parser.description = (
        "Writes what is asked for into a folder; if nothing is, all that an edit would write but "
        "the film of its process. A mesh is rougher than the rendering."
    )
    parser.add_argument("file", metavar="FILE", help="a drawing, a scene or a picture")
    parts = parser.add_argument_group("what")
    Switches(kinds, wanted=True).add(parts)
    turning = ", ".join(whose(kind) for kind in kinds if kind.turns)
    parts.add_argument(
        "--view",
        dest="views",
        nargs=2,
        type=float,
        action="append",
        default=[],
        metavar=("AZ", "EL"),
        help=f"view_AZ_EL.png, from so many degrees around and above; 0 15 is the front; may be "
        f"given again ({turning})",
    )
    looks = dict.fromkeys(look for kind in kinds for look in kind.looks)
    parts.add_argument(
        "--look",
        dest="look",
        metavar="NAME",
        default="color",
        help=f"what the views of --view show, one of {', '.join(looks)} (default: color)",
    )
    add_sections(parser, [section for kind in kinds for section in output_sections(kind)])
    add_output(parser, default="out")


def run_command(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code: 1 if something was asked for in vain.

    Raises:
        PDSError: the file cannot be read, a number is out of range, a file cannot be written.
    """
    given = given_options(arguments)
    asset = read_asset(arguments.file)
    kind = KINDS[asset.kind]
    _check(given, arguments, kind)
    switches = Switches([kind], wanted=True)
    outputs = switches.chosen(kind, given)
    if arguments.views and not switches.of(kind) & set(given):
        outputs = []  # the views are what is asked for
    writer = Writer.of(arguments.output, kind, outputs, given, quiet=arguments.quiet)
    pictures = [
        (name, kind.draw(asset, look, given.get("--size", VIEW_PX)))
        for name, look in _looks(arguments, kind)
    ]
    for name, picture in pictures:
        print(write_image(writer.folder / name, picture))
    return writer.write(made_of(asset))


def made_of(asset: Asset) -> Made:
    """An asset as if a run had just made it."""
    return Made(edited=asset)


def _check(given: dict[str, Any], arguments: argparse.Namespace, kind: Kind) -> None:
    """Refuses what is of other kinds only."""
    known = [section for other in KINDS.values() for section in output_sections(other)]
    check_belonging(given, output_sections(kind), known)
    switches = Switches(list(KINDS.values()), wanted=True)
    for flag in set(given) - switches.of(kind):
        others = [whose(other) for other in KINDS.values() if flag in switches.of(other)]
        if others:
            raise ConfigError(
                f"{flag} is an option of {' and '.join(others)}; this is about {whose(kind)}."
            )
    if arguments.views and not kind.turns:
        raise ConfigError(f"A {kind.noun} is flat: it has one view, and no --view.")
    if arguments.look not in kind.looks:
        raise ConfigError(f"look is {arguments.look!r}; known are: {', '.join(kind.looks)}.")


def _looks(arguments: argparse.Namespace, kind: Kind) -> list[tuple[str, Look]]:
    """The views that are asked for, with the names of their files."""
    tail = "" if arguments.look == "color" else f"_{arguments.look}"
    return [
        (
            f"view_{azimuth:g}_{elevation:g}{tail}.png",
            Look(azimuth_deg=azimuth, elevation_deg=elevation, what=arguments.look),
        )
        for azimuth, elevation in arguments.views
    ]
