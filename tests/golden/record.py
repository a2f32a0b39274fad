"""Records the golden runs anew: `python -m tests.golden.record [CASE ...]`.

Only to be used on purpose: after it, what the runs give now is what they should give. Do so when
numbers are meant to change (another prior, another default, another algorithm), never to make a
failing test pass, and say in the commit why they changed. A new version of torch alone is no
reason, since machines other than the recorded one are compared within tolerances.

Every run is made twice and nothing is written unless both agree to the bit. The recipes of version
1 (`recipe_v1_*.json`, `runs/*.recipe.json`) and what they mean are no results: they are never
written here, except for a case that has none yet.

`--compare` writes nothing and prints how far this machine is from the recorded one.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from tests.golden.adapter import preset_recipe, run_preset
from tests.golden.cases import CASES, MACHINE, RUNS, STEPS, Case
from tests.golden.machine import fingerprint, machine, one_thread
from tests.golden.summary import Record, deviations, facts, summary, svg_deviation


def make(case: Case) -> tuple[Record, bytes]:
    """Runs a case; its record, and the file it wrote."""
    with one_thread():
        steps, written = run_preset(case.preset, STEPS, case.changes)
    return summary(steps, written), written


def recorded(name: str) -> Record:
    """The record of a case."""
    return json.loads((RUNS / f"{name}.json").read_text(encoding="utf-8"))


def recorded_machine() -> dict[str, str]:
    """The machine that the records are from."""
    return json.loads(MACHINE.read_text(encoding="utf-8"))


def all_deviations(name: str, record: Record, written: bytes) -> dict[str, float]:
    """How far a run of a case is from its record, the written file included."""
    found = deviations(recorded(name), record)
    if CASES[name].written == "svg":
        golden = (RUNS / f"{name}.svg").read_text(encoding="utf-8")
        found["written"] = svg_deviation(golden, written.decode())
    return found


def main() -> None:
    """Records all cases, or compares them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compare", action="store_true", help="only print the deviations")
    parser.add_argument("names", nargs="*", choices=[*CASES, []], help="by default all cases")
    given = parser.parse_args()
    names = given.names or list(CASES)
    if given.compare:
        compare(names)
    elif names == list(CASES) or fingerprint(machine()) == fingerprint(recorded_machine()):
        record_anew(names)
    else:
        raise SystemExit("Some cases alone can only be recorded on the machine of the others.")


def compare(names: list[str]) -> None:
    """Prints this machine and the deviation of every case."""
    print(fingerprint(machine()) == fingerprint(recorded_machine()), machine())
    for name in names:
        record, written = make(CASES[name])
        if facts(record) != facts(recorded(name)):
            print(name, "differs in more than rounding")
            continue
        found = all_deviations(name, record, written)
        print(name, {at: f"{value:.1e}" for at, value in found.items()})


def record_anew(names: list[str]) -> None:
    """Runs every case twice, and writes all if both runs agree for each."""
    results = {name: make(CASES[name]) for name in names}
    unsteady = [name for name in names if make(CASES[name]) != results[name]]
    if unsteady:
        raise SystemExit(f"Two runs gave different bits; nothing is written: {unsteady}.")
    RUNS.mkdir(exist_ok=True)
    _write(MACHINE, machine())
    for name, (record, written) in results.items():
        _write(RUNS / f"{name}.json", record)
        case = CASES[name]
        if case.written == "svg":
            (RUNS / f"{name}.svg").write_bytes(written)
        recipe = RUNS / f"{name}.recipe.json"
        if not recipe.exists():
            recipe.write_text(preset_recipe(case.preset, STEPS, case.changes), encoding="utf-8")


def _write(path: Path, values: Any) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
