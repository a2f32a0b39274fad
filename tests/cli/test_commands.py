"""The help, the options, and what a command does not import."""

import subprocess
import sys
from pathlib import Path

import pytest

from pds.base.version import VERSION
from pds.cli.editing import all_sections
from pds.cli.main import COMMANDS, build_parser, main
from pds.cli.options import Section, add_sections, check_belonging, number, words
from pds.cli.writing import Switches
from pds.kinds import KINDS
from pds.settings import Corners, Flag, Number, Several, Words

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "gradio", "diffusers", "transformers", "numba", "nerfacc", "pycolmap")


def imported_by(*argv: str) -> set[str]:
    """Which heavy libraries a command imports, in a process of its own."""
    code = (
        "import sys\nfrom pds.cli.main import main\n"
        f"try:\n    main({list(argv)!r})\nexcept SystemExit:\n    pass\n"
        f"print('\\n', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(eval(ran.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "argv", [["--help"], ["--version"], ["presets"], ["presets", "--help"], ["prior", "--help"], []]
)
def test_what_needs_no_arithmetic_imports_no_heavy_library(argv):
    assert imported_by(*argv) == set()


@pytest.mark.parametrize(
    "argv", [["inspect", "presets/red-apple-to-green/drawing.svg"], ["edit", "--help"]]
)
def test_what_loads_no_model_imports_no_library_of_models(argv):
    assert imported_by(*argv).isdisjoint({"gradio", "diffusers", "transformers", "pycolmap"})


def test_the_package_itself_imports_nothing_heavy():
    code = f"import sys, pds\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"


def help_of(capsys, *argv: str) -> str:
    with pytest.raises(SystemExit) as caught:
        main([*argv, "--help"])
    assert caught.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_in_sentences(capsys, command):
    text = help_of(capsys, command)
    assert text.startswith(f"usage: pds {command}")
    assert "None" not in text


def test_the_help_of_an_edit_names_every_option_of_every_kind(capsys):
    text = " ".join(help_of(capsys, "edit").split())
    for section in all_sections():
        for flag in section.flags():
            assert f"{flag} " in text or f"{flag}," in text
    assert "drawings, scenes: side of the rendering" in text
    assert "scenes: penalty on uneven neighbouring cells" in text
    assert "default: yes) (default" not in text


def test_the_help_names_the_commands_and_the_exit_codes():
    text = build_parser().format_help()
    assert all(command in text for command in COMMANDS)
    assert "130" in text


def test_the_version_is_the_programs(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"pds {VERSION}\n"


def test_options_that_kinds_share_take_values_of_one_form():
    def form(declaration):
        forms = (Flag, Corners, Number, (Several, Words))
        return [isinstance(declaration, kind) for kind in forms]

    forms = {}
    for section in all_sections():
        for declaration in section.declarations().values():
            assert forms.setdefault(declaration.flag, form(declaration)) == form(declaration)
    switches = Switches(list(KINDS.values()))
    assert not set(forms) & set().union(*(switches.of(kind) for kind in KINDS.values()))


def test_numbers_and_words_are_read():
    assert [number("3"), number("3.5"), number("1e2")] == [3, 3.5, 100.0]
    assert isinstance(number("3"), int)
    with pytest.raises(ValueError, match="many"):
        number("many")
    assert words(" a, b,,c") == ("a", "b", "c")


def test_an_option_of_one_section_is_refused_where_another_counts():
    from pds.base.errors import ConfigError

    mine, other = (
        Section(settings=KINDS[key].Settings, whose=f"{KINDS[key].noun}s")
        for key in ("image", "svg")
    )
    check_belonging({"--color-rate": 3}, [mine], [mine, other])
    with pytest.raises(ConfigError, match="--lock is an option of drawings; this is about pict"):
        check_belonging({"--lock": ("a",)}, [mine], [mine, other])


def test_options_of_an_unknown_parser_can_be_added_twice_without_a_clash():
    parser = build_parser()
    add_sections(parser, [Section(settings=KINDS[key].Settings, whose=key) for key in KINDS])
    given = vars(parser.parse_args(["--resolution", "64"]))
    assert given["--resolution"] == 64


def test_who_reads_less_than_is_printed_sees_no_traceback():
    done = subprocess.run(
        f"{sys.executable} -m pds presets | head -n 1", shell=True, capture_output=True, text=True
    )
    assert done.stdout.startswith("To run one")
    assert done.stderr == ""
