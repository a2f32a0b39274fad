"""The command line: parsing, and errors as one sentence with an exit code.

Exit codes: 0 fine, 1 the run failed on its way (what it had is written), 2 bad input or settings,
130 interrupted (what it had is written).
"""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from pds.base.errors import PDSError
from pds.base.version import VERSION
from pds.cli.backend import Backend, real_backend
from pds.cli.contact import add_contact_sheet
from pds.cli.edit import add_edit
from pds.cli.info import add_presets, add_prior_info, list_presets
from pds.cli.scene import add_scene

BAD_INPUT = 2
INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of printing the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}. See {self.prog} --help.\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of `python -m pds`, with all subcommands."""
    parser = _Parser(
        prog="python -m pds",
        description="Edits SVG drawings and 3D scenes by words, with Posterior Distillation "
        "Sampling.",
        epilog=__doc__.split("\n\n")[1],
    )
    parser.add_argument("--version", action="version", version=VERSION)
    parser.add_argument(
        "--list-presets", action="store_true", help="list the one-click edits and stop"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for add in (add_edit, add_scene, add_presets, add_contact_sheet, add_prior_info):
        add(commands)
    return parser


def main(argv: Sequence[str] | None = None, *, backend: Backend | None = None) -> int:
    """Runs a command.

    Args:
        argv: the arguments, by default the process's own.
        backend: what loads priors and makes runs, by default the real thing.

    Returns:
        The exit code. A fault in the options themselves raises SystemExit(2), as argparse does.
    """
    parser = build_parser()
    arguments = parser.parse_args(argv)
    listing = arguments.list_presets
    if not listing and "command" not in arguments:
        parser.error("no command given")
    try:
        backend = backend or real_backend()
        command = list_presets if listing else arguments.command
        return command(arguments, backend)
    except PDSError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted; nothing was written.", file=sys.stderr)
        return INTERRUPTED


def entry() -> NoReturn:
    """The installed command `pds`: runs it, and ends the process with its exit code."""
    sys.exit(main())
