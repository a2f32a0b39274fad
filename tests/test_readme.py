"""What the README shows as code runs."""

import re
from pathlib import Path

from pds.engine.distil import DistilSettings, distil
from pds.engine.methods import Method
from pds.settings import Prompts
from tests.doubles.engine_doubles import gaussian_prior, pixels

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """The Python block behind that marker."""
    found = re.search(rf"<!-- example: {name} -->\n```python\n(.*?)```", README, re.S)
    assert found, f"README.md has no example of {name}"
    return found[1]


def test_the_example_of_a_method_edits_a_picture():
    names: dict = {"__name__": "example"}
    exec(compile(example("a method"), "README.md", "exec"), names)
    made = names["Damped"]
    assert issubclass(made, Method)
    method = made(guidance_scale=1, power=0.5)
    assert made.declarations()["power"].flag == "--power"
    moving, before = pixels(0.3), pixels(0.3).pixels.mean()
    prompts = Prompts(source="source", target="target")
    for _ in distil(moving, gaussian_prior(), prompts, method, DistilSettings(steps=20)):
        pass
    assert moving.pixels.mean() > before + 0.02


def test_the_map_names_every_room():
    rooms = sorted(door.parent.name for door in ROOT.glob("pds/*/__init__.py"))
    text = README[README.index("## Map of the code") :]
    assert [room for room in rooms if f"{room}/" not in text] == []
