"""The command line: parsing, and errors as one sentence with an exit code.

Exit codes: 0 fine, 1 the run failed on its way (what it had is written), 2 bad input or settings,
130 interrupted (what it had is written).
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from pds.base.errors import PDSError
from pds.base.threads import wait_passively
from pds.base.version import VERSION
from pds.cli.backend import Backend, real_backend

FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
PROGRAM = "pds"

# What each command does, and the module that does it: imported when the command is given, since
# most take seconds. A module has `add_options(parser)` and `run_command(arguments, backend)`.
COMMANDS = {
    "edit": ("edit a drawing, a scene or a picture by words", "pds.cli.edit"),
    "fit": ("make a scene of photos, a video or a capture with poses", "pds.cli.fit"),
    "refine": ("refine what was edited", "pds.cli.refine"),
    "export": ("write films, meshes and pictures of a file", "pds.cli.export"),
    "inspect": ("say what files are, and what of them can move", "pds.cli.inspecting"),
    "presets": ("list the one-click edits", "pds.cli.presets"),
    "contact-sheet": ("draw presets by all methods into one picture", "pds.cli.contact"),
    "prior": ("say what a prior knows", "pds.cli.prior"),
    "figure": ("draw where SDS, DDS and PDS take a point of the plane", "pds.cli.figure"),
}
# `pds scene edit` and its like, from when scenes had commands of their own.
OLD_SCENE_COMMANDS = ("fit", "edit", "refine", "export")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of printing the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}. See {self.prog} --help.\n")


def build_parser(chosen: str = "") -> argparse.ArgumentParser:
    """The parser with all commands.

    Args:
        chosen: the command whose options it knows; the others have none.
    """
    parser = _Parser(
        prog=PROGRAM,
        description="Edits SVG drawings, 3D scenes and pictures by words, with Posterior "
        "Distillation Sampling.",
        epilog=(__doc__ or "").split("\n\n")[1],
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}")
    parser.add_argument(
        "--list-presets", action="store_true", help="list the one-click edits and stop"
    )
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", parser_class=_Parser
    )
    for name, (text, module) in COMMANDS.items():
        command = commands.add_parser(name, help=text, allow_abbrev=False)
        if name == chosen:
            importlib.import_module(module).add_options(command)
    return parser


def main(argv: Sequence[str] | None = None, *, backend: Backend | None = None) -> int:
    """Runs a command.

    Args:
        argv: the arguments, by default the process's own.
        backend: what loads priors, by default the real thing.

    Returns:
        The exit code. A fault in the options themselves raises SystemExit(2), as argparse does.
    """
    wait_passively()
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["scene"] and words[1:2] and words[1] in OLD_SCENE_COMMANDS:
        words = words[1:]
    if "--list-presets" in words:
        words = ["presets"]
    chosen = next((word for word in words if not word.startswith("-")), "")
    parser = build_parser(chosen)
    arguments = parser.parse_args(words)
    if arguments.command is None:
        parser.error("no command given")
    try:
        module = importlib.import_module(COMMANDS[arguments.command][1])
        return module.run_command(arguments, backend or real_backend())
    except PDSError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(f"{PROGRAM}: interrupted; nothing was written.", file=sys.stderr)
        return INTERRUPTED


def entry() -> NoReturn:
    """The installed command `pds`: runs it, and ends the process with its exit code."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has enough, as `pds presets | head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    sys.exit(code)
