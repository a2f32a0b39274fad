"""The command line when things go wrong: one sentence, an exit code, and what is kept."""

import io
import json
import signal

import pytest

from pds.base.errors import NonFiniteGradient, OutOfMemory
from pds.cli.progress import interrupt_once, take_steps
from pds.settings.config import EditConfig
from pds.work.recipe import Recipe
from tests.doubles.cli_doubles import FILES, WORDS, Stage, refused
from tests.doubles.job_doubles import SVG, FakeRun
from tests.work.test_presets import make as make_preset


@pytest.fixture
def stage(tmp_path):
    make_preset(tmp_path / "presets", "cat-dog")
    return Stage(tmp_path / "presets")


@pytest.fixture
def drawing(tmp_path):
    path = tmp_path / "Meine Katze.svg"
    path.write_text(SVG)
    return path


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (["edit", *WORDS], "No drawing given"),
        (["edit", "{drawing}", "--source", "a cat"], "--target missing"),
        (["edit", "{drawing}"], "--source and --target missing"),
        (["edit", "none.svg", *WORDS], "'none.svg' cannot be read: No such file"),
        (["edit", "nul\0.svg", *WORDS], "cannot be read"),
        (["edit", "{folder}", *WORDS], "cannot be read: Is a directory"),
        (["edit", "{html}", *WORDS], "svg"),
        (["edit", "{entity}", *WORDS], "."),
        (["edit", "{png}", *WORDS], "PNG"),
        (["edit", "{empty}", *WORDS], "empty"),
        (["edit", "{drawing}", "--source", "a cat", "--target", "  "], "target prompt is empty"),
        (["edit", "{drawing}", "--source", "a \udcff", "--target", "b"], "half a character"),
        (["edit", "{drawing}", *WORDS, "--steps", "0"], "steps is 0"),
        (["edit", "{drawing}", *WORDS, "--guidance", "nan"], "guidance_scale is nan"),
        (["edit", "{drawing}", *WORDS, "--method", "magic"], "known are: pds, dds, sds"),
        (["edit", "{drawing}", *WORDS, "--move", "legs"], "known are: points"),
        (["edit", "{drawing}", *WORDS, "--move", ","], "Nothing may move"),
        (["edit", "{drawing}", *WORDS, "--png-size", "9"], "from 16 to 4096"),
        (["edit", "{drawing}", *WORDS, "-o", "{html}"], "choose another folder"),
        (["edit", "{drawing}", *WORDS, "--prior", "nowhere"], "no prior 'nowhere'"),
        (["edit", "--preset", "zebra"], "no preset 'zebra'; known are: cat-dog"),
        (["edit", "--recipe", "{html}"], "not valid JSON"),
        (["edit", "--recipe", "none.json"], "cannot be read"),
        (["edit", "--recipe", "{newer}"], "newer program"),
        (["edit", "--recipe", "{strange}"], "unknown keys: colour"),
        (["contact-sheet", "-o", "{out}/a.png", "--presets", "zebra"], "no preset 'zebra'"),
        (["contact-sheet", "-o", "{out}/a.png", "--methods", "magic"], "method is 'magic'"),
        (["contact-sheet", "-o", "{out}/a.png", "--methods", ","], "no method"),
        (["contact-sheet", "-o", "{out}/a.png", "--cell-px", "5"], "cell-px is 5"),
        (["contact-sheet", "-o", "{html}/a.png"], "choose another folder"),
        (["contact-sheet", "-o", "{out}/a.png", "--presets", ","], "no preset to draw"),
        (["prior", "--prior", "nowhere"], "no prior 'nowhere'"),
    ],
)
def test_bad_input_is_refused_with_one_sentence(stage, drawing, tmp_path, capsys, argv, part):
    recipe = Recipe(source=SVG, edit=EditConfig(source_prompt="a", target_prompt="b"))
    values = json.loads(recipe.to_json())
    files = {
        "html": "<html></html>",
        "empty": "",
        "png": "\x89PNG",
        "entity": f'<!DOCTYPE svg [<!ENTITY a "b">]>{SVG}',
        "newer": json.dumps({**values, "version": 99}),
        "strange": json.dumps({**values, "colour": 1}),
    }
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode("latin-1"))
    names = {name: tmp_path / name for name in (*files, "out")}
    names |= {"drawing": drawing, "folder": tmp_path}
    words = [word.format(**names) for word in argv]
    if argv[0] == "edit" and "-o" not in argv:
        words += ["-o", str(tmp_path / "out")]
    assert stage(*words) == 2
    refused(capsys, part)
    assert stage.runs == []
    out = tmp_path / "out"
    assert not out.exists() or list(out.iterdir()) == []


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["paint"],
        ["edit", "a.svg", "--steps", "many"],
        ["edit", "a.svg", "--colour", "red"],
        ["edit", "--preset", "a", "--recipe", "b"],
        ["contact-sheet"],
    ],
)
def test_a_wrong_option_is_refused_with_one_line_that_names_the_help(stage, capsys, argv):
    with pytest.raises(SystemExit) as caught:
        stage(*argv)
    assert caught.value.code == 2
    refused(capsys, "--help")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NonFiniteGradient("NaN at step 3.", step=2), "NaN at step 3."),
        (OutOfMemory("Too little memory."), "Too little memory."),
    ],
)
def test_a_run_that_fails_on_its_way_writes_what_it_had(tmp_path, drawing, capsys, error, sentence):
    def before_step(index: int) -> None:
        if index == 2:
            raise error

    stage = Stage(tmp_path, before_step=before_step)
    assert stage("edit", drawing, *WORDS, "-o", tmp_path / "out") == 1
    printed, said = capsys.readouterr()
    assert sentence in said
    assert printed.count("\n") == len(FILES)
    assert (tmp_path / "out" / "edited.svg").is_file()


def test_a_run_that_fails_at_once_writes_nothing(tmp_path, drawing, capsys):
    def before_step(_index: int) -> None:
        raise OutOfMemory("Too little memory.")

    stage = Stage(tmp_path, before_step=before_step)
    assert stage("edit", drawing, *WORDS, "-o", tmp_path / "out") == 1
    assert capsys.readouterr() == ("", "Too little memory.\n")
    assert list((tmp_path / "out").iterdir()) == []


def test_ctrl_c_stops_after_the_step_and_writes_the_result_so_far(tmp_path, drawing, capsys):
    def before_step(index: int) -> None:
        if index == 1:
            signal.raise_signal(signal.SIGINT)

    stage = Stage(tmp_path, before_step=before_step)
    assert stage("edit", drawing, *WORDS, "-o", tmp_path / "out") == 130
    printed, said = capsys.readouterr()
    assert said == "Interrupted after step 2; the result so far is written.\n"
    assert printed.count("\n") == len(FILES)
    assert (stage.runs[0].taken, stage.runs[0].closed) == (2, True)


def test_a_second_ctrl_c_gives_up_at_once(tmp_path, drawing, capsys):
    def before_step(index: int) -> None:
        if index == 1:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    stage = Stage(tmp_path, before_step=before_step)
    assert stage("edit", drawing, *WORDS, "-o", tmp_path / "out") == 130
    refused(capsys, "interrupted; nothing was written")
    assert list((tmp_path / "out").iterdir()) == []


def test_ctrl_c_during_a_contact_sheet_writes_nothing(tmp_path, capsys):
    def before_step(index: int) -> None:
        signal.raise_signal(signal.SIGINT)

    make_preset(tmp_path / "presets", "cat-dog")
    stage = Stage(tmp_path / "presets", before_step=before_step)
    assert stage("contact-sheet", "-o", tmp_path / "a.png") == 130
    assert "nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


def test_the_handler_of_ctrl_c_is_put_back():
    before = signal.getsignal(signal.SIGINT)
    with interrupt_once():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_steps_are_counted_and_the_iterator_is_closed(capsys):
    run = FakeRun(4)
    assert take_steps(run, total=4, label="cat").steps == 4
    assert run.closed
    assert capsys.readouterr().err == "cat: 4 steps.\n"


class Terminal(io.StringIO):
    """Where a bar is worth drawing."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_unless_it_should_be_quiet():
    loud, quiet = Terminal(), Terminal()
    take_steps(FakeRun(4), total=4, label="cat", stream=loud)
    take_steps(FakeRun(4), total=4, label="cat", quiet=True, stream=quiet)
    assert "cat: 100%" in loud.getvalue()
    assert "4/4" in loud.getvalue()
    assert "gradient 0.3" in loud.getvalue()
    assert quiet.getvalue() == ""
