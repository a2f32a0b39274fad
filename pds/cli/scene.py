"""`python -m pds scene`: from photos to an edited radiance field, without a browser."""

from typing import Any

from pds.cli.scene_edit import add_scene_edit
from pds.cli.scene_export import add_scene_export
from pds.cli.scene_fit import add_scene_fit
from pds.cli.scene_refine import add_scene_refine


def add_scene(commands: Any) -> None:
    """Adds the subcommand with its own subcommands."""
    parser = commands.add_parser(
        "scene",
        help="fit, edit, refine and export 3D scenes (NeRF)",
        description="Makes 3D scenes (radiance fields) of photos and edits them by words. The "
        "usual way is: fit (or a preset), edit, maybe refine, export.",
    )
    steps = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (add_scene_fit, add_scene_edit, add_scene_refine, add_scene_export):
        add(steps)
