"""Rules that the page's source must keep, read from its syntax tree."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "pds" / "ui").glob("*.py"))
PLAIN = {"Row", "Column", "Group", "Blocks", "Tabs"}


def gradio_calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "gr"
    ]


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


def test_the_rules_have_files_and_calls_to_look_at():
    assert len(FILES) > 8
    assert sum(len(gradio_calls(path)) for path in FILES) > 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_gradio_is_called_with_keywords_only_since_it_drops_positional_arguments(path):
    wrong = [
        f"line {call.lineno}: gr.{call.func.attr}"
        for call in gradio_calls(path)
        if call.args and call.func.attr != "Error"
    ]
    assert not wrong


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_page_does_no_maths_and_reads_no_file_formats(path):
    assert not imported(path) & {"torch", "numpy", "lxml", "imageio", "trimesh", "diffusers"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_shown_through_templates_that_evaluate_their_data(path):
    assert not [call.lineno for call in gradio_calls(path) if call.func.attr == "HTML"]


def test_the_launcher_is_short():
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 100
