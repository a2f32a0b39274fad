"""The README's table of settings is the declarations'."""

from pathlib import Path

from pds.engine.distil import DistilSettings
from pds.engine.methods import METHODS
from pds.engine.rewrite import RewriteSettings
from pds.engine.rewriters import REWRITERS
from pds.kinds import KINDS
from pds.settings import Settings, choice, corners, flag, number, several, whole, words
from pds.settings.table import HEAD, settings_table

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- settings table -->", "<!-- end of settings table -->"


def all_classes() -> list[type[Settings]]:
    """In the order of the README: method, loop, kinds, makers, refinement, outputs."""
    kinds = list(KINDS.values())
    outputs = [output.Settings for kind in kinds for output in kind.outputs]
    return [
        *METHODS.values(),
        DistilSettings,
        *(kind.Settings for kind in kinds),
        RewriteSettings,
        *REWRITERS.values(),
        *(kind.maker.Settings for kind in kinds if kind.maker),
        *dict.fromkeys(outputs),
    ]


class Oven(Settings):
    title = "the oven"
    degrees: float = number(180, 50, 300, label="H", help="how | hot", flag="--heat", unit="°C")
    rounds: int = whole(0, 2, 9, label="R", help="turns", flag="--rounds", zero="none")
    fan: bool = flag(True, label="F", help="blow", flag="--fan")
    mode: str = choice("bake", {"bake": "B", "grill": "G"}, label="M", help="how", flag="--mode")
    sides: tuple[str, ...] = several(
        ("top", "low"), {"top": "T", "low": "L"}, label="S", help="where", flag="--sides"
    )
    trays: tuple[str, ...] = words(label="T", help="which", flag="--trays")
    room: tuple[float, ...] = corners(-1, 1, label="C", help="part", flag="--room")


def test_every_form_of_a_setting_has_its_row():
    assert settings_table(Oven, Oven).splitlines() == [
        *HEAD.splitlines(),
        "| **oven** | | | | |",
        "| `degrees` | `--heat` | 180 | 50 to 300 °C | how / hot |",
        "| `rounds` | `--rounds` | 0 = none | 0, 2 to 9 | turns |",
        "| `fan` | `--fan, --no-fan` | yes | yes, no | blow |",
        "| `mode` | `--mode` | bake | bake, grill | how |",
        "| `sides` | `--sides` | all | top, low | where |",
        "| `trays` | `--trays` | none | ids | which |",
        "| `room` | `--room` | everywhere | six numbers, -1 to 1 | part |",
    ]


def test_the_table_in_the_readme_is_the_declarations():
    # To write it anew: python -m tests.settings.test_table
    text = README.read_text(encoding="utf-8")
    _, _, rest = text.partition(BEGIN)
    table, end, _ = rest.partition(END)
    assert end
    assert table.strip() == settings_table(*all_classes())


if __name__ == "__main__":
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    table = settings_table(*all_classes())
    README.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
