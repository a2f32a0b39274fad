"""`pds figure` writes the drawing and prints the distances."""

import pytest
from lxml import etree

from pds.cli.main import main


def test_it_writes_a_drawing_and_prints_a_table(tmp_path, capsys):
    path = tmp_path / "new" / "fig3.svg"
    assert main(["figure", "-o", str(path), "--training-steps", "5"]) == 0
    assert etree.parse(path).getroot().tag.endswith("svg")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["method", "SDS", "DDS", "PDS"]
    assert lines[-1] == str(path)


@pytest.mark.parametrize("options", [["--seed", "-1"], ["--training-steps", "0"]])
def test_numbers_out_of_range_are_refused(tmp_path, capsys, options):
    assert main(["figure", "-o", str(tmp_path / "a.svg"), *options]) == 2
    assert "must be a whole number" in capsys.readouterr().err
    assert not (tmp_path / "a.svg").exists()
