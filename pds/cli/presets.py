"""`pds presets`: the one-click edits.

Read from the files alone, so that the list is there at once; what runs a preset checks it.
"""

import argparse
from pathlib import Path
from typing import Any

from pds.base.errors import InputError, PresetError
from pds.base.files import read_bounded
from pds.base.strict_json import read_json_object
from pds.cli.backend import Backend
from pds.kinds import KINDS

MAX_BYTES = 100_000
USUAL_KIND = "svg"
TEXTS = ("source_prompt", "target_prompt", "description")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    parser.description = "Lists the one-click edits: key, prompts, what they show."


def run_command(arguments: argparse.Namespace, backend: Backend) -> int:
    """Prints every preset. Raises PresetError if one is at fault."""
    presets = sorted(_listed(backend.presets_folder), key=lambda values: values["place"])
    if not presets:
        print("There are no presets.")
        return 0
    print("To run one: pds edit --preset KEY")
    width = max(len(values["key"]) for values in presets)
    for noun in dict.fromkeys(values["noun"] for values in presets):
        print(f"\n{noun.capitalize()}s:")
        for values in presets:
            if values["noun"] == noun:
                words = f"“{values['source_prompt']}” to “{values['target_prompt']}”"
                print(f"  {values['key']:<{width}}  {words}")
                print(f"  {'':<{width}}  {values['description']}")
    return 0


def _listed(folder: Path) -> list[dict[str, Any]]:
    """What the files say, with the folder's name as `key`."""
    if not folder.is_dir():
        raise PresetError(f"There is no presets folder {folder}.")
    found = []
    for file in sorted(folder.glob("*/preset.json")):
        key = file.parent.name
        try:
            data = read_bounded(file, MAX_BYTES, what="The preset.json")
            values = read_json_object(data, what="The preset.json", max_bytes=MAX_BYTES)
        except InputError as error:
            raise PresetError(f"Preset {key}: {error}") from error
        found.append({"key": key, "noun": _noun(file.parent, values), **_checked(key, values)})
    return found


def _noun(folder: Path, values: dict[str, Any]) -> str:
    """What is edited: the name under which the file in the folder is given."""
    names = (name for name, value in values.items() if isinstance(value, str))
    return next((name for name in names if (folder / values[name]).is_file()), "preset")


def _checked(key: str, values: dict[str, Any]) -> dict[str, Any]:
    """What a line needs.

    Raises:
        PresetError: something is missing, or of another type.
    """
    try:
        order = float(values["order"])
        texts = {name: values[name] for name in TEXTS}
    except KeyError as error:
        raise PresetError(f"Preset {key}: missing: {error.args[0]}.") from error
    except (TypeError, ValueError) as error:
        raise PresetError(f"Preset {key}: order must be a number.") from error
    if not all(isinstance(text, str) for text in texts.values()):
        raise PresetError(f"Preset {key}: {', '.join(TEXTS)} must be text.")
    kind = values.get("kind", USUAL_KIND)
    if kind not in tuple(KINDS):
        raise PresetError(f"Preset {key}: kind is {kind!r}; known are: {', '.join(KINDS)}.")
    return {"place": (tuple(KINDS).index(kind), order, key), **texts}
