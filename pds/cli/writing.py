"""Writing what a run has made: options of the outputs, and their files."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pds.base.files import check_folder
from pds.cli.options import Section
from pds.cli.progress import FAILED, FINE, INTERRUPTED, follow, say
from pds.kinds.kind import Kind
from pds.kinds.output import Made, NoSettings, Output
from pds.settings import Settings
from pds.work.runs import ExportRun


def whose(kind: Kind) -> str:
    """Many of a kind, in a sentence: "drawings"."""
    return f"{kind.noun}s"


def output_sections(kind: Kind) -> list[Section]:
    """The options of a kind's outputs; settings that several outputs share stand once."""
    classes = dict.fromkeys(output.Settings for output in kind.outputs)
    return [Section(settings=c, whose=whose(kind)) for c in classes if c is not NoSettings]


@dataclass(frozen=True)
class Switches:
    """Options that say which outputs are written.

    Attributes:
        kinds: whose outputs.
        wanted: whether they are options that ask for an output, as for an export; else those that
            leave one out, or ask for what is not written without being asked for.
    """

    kinds: Sequence[Kind]
    wanted: bool = False

    def add(self, group: Any) -> None:
        """Adds them."""
        flags: dict[str, list[tuple[Kind, Output]]] = {}
        for kind in self.kinds:
            for output in kind.outputs:
                flag = self.flag(output)
                if flag:
                    flags.setdefault(flag, []).append((kind, output))
        for flag, of_flag in flags.items():
            files = dict.fromkeys(f.plain for _, output in of_flag for f in output.files)
            kinds = ", ".join(whose(kind) for kind, _ in of_flag)
            verb = "without " if flag.startswith("--no-") else "also " * (not self.wanted)
            group.add_argument(
                flag,
                dest=flag,
                action="store_true",
                default=argparse.SUPPRESS,
                help=f"{verb}{', '.join(files)} ({kinds})",
            )

    def flag(self, output: Output) -> str:
        """The option of an output; empty if it has none."""
        if self.wanted:
            return "" if output.key in ("recipe", "source", "film") else f"--{output.key}"
        if not output.whole:
            return f"--{output.key}"
        return f"--no-{output.key}"

    def chosen(self, kind: Kind, given: Mapping[str, Any]) -> list[Output]:
        """The outputs that the options ask for."""
        if self.wanted:
            asked = [output for output in kind.outputs if self.flag(output) in given]
            return asked or [output for output in kind.outputs if output.whole]
        return [o for o in kind.outputs if o.whole != (self.flag(o) in given)]

    def of(self, kind: Kind) -> set[str]:
        """All options that mean something to a kind."""
        return {self.flag(output) for output in kind.outputs} - {""}


@dataclass(frozen=True)
class Writer:
    """Writes outputs into a folder, and prints the paths.

    Made before a long run: what can be wrong with the output is found then.

    Attributes:
        folder: where to; made.
        outputs: what.
        settings: of each output's class.
        quiet: whether to show no bar.

    Raises:
        ConfigError: a size out of range.
        ExportError: the folder cannot be written.
    """

    folder: Path
    outputs: Sequence[Output]
    settings: Mapping[type[Settings], Any]
    quiet: bool = False

    @classmethod
    def of(
        cls,
        folder: str | Path,
        kind: Kind,
        outputs: Sequence[Output],
        given: Mapping[str, Any],
        *,
        quiet: bool,
    ) -> "Writer":
        """The writer that the options ask for."""
        sections = [*output_sections(kind), Section(settings=NoSettings)]
        settings = {s.settings: s.settings(**s.values(given)) for s in sections}
        return cls(check_folder(folder), outputs, settings, quiet)

    def write(self, made: Made) -> int:
        """Writes; what fails is said, and the others are written all the same.

        Returns:
            The exit code.
        """
        code = FINE
        for output in self.outputs:
            if not output.offered(made):
                continue
            chosen = self.settings[output.Settings]
            run = ExportRun(output, lambda: made, chosen, self.folder)
            label = output.files[0].plain
            record = follow(lambda run=run: run, label=label, quiet=self.quiet or not _slow(output))
            if record.state == "stopped":
                say("Interrupted; the files named are written.")
                return INTERRUPTED
            if record.error:
                say(f"{label} was not written: {record.error}")
                code = FAILED
                continue
            for path in (run.result or {}).values():
                print(path)
        return code


def _slow(output: Output) -> bool:
    """Whether it takes long enough for a bar."""
    return not output.quick and output.Settings is not NoSettings
