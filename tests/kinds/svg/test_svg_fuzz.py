"""Mutated files: whatever the bytes, the answer is a drawing or an SVGError."""

import random
import re
from xml.sax.saxutils import escape

import pytest

from pds.base.errors import SVGError
from pds.kinds.svg.document import Document
from tests.doubles.svg_samples import FEATURES, UNDRAWN

TOKENS = (
    "NaN", "inf", "1e309", "-0", "", "99999999999999999999", "url(#a)", "#a", "\"", "'", "<", ">",
    "&", "]]>", "<!--", "<g>", "</g>", "<use href='#p'/>", "%", "none", "inherit", "-1", "0",
    "matrix(0 0 0 0 0 0)", "rotate()", "\u0660", "\u202e", "\x00", "z", "A", "M",
)  # fmt: skip
SEEDS = [*FEATURES.values(), *UNDRAWN.values()]


def mutate_value(text: str, dice: random.Random) -> bytes:
    """Another value, or a broken one, in one to three attributes."""
    for _ in range(dice.randint(1, 3)):
        values = list(re.finditer(r'="([^"]*)"', text))
        chosen, other = dice.choice(values), dice.choice(values).group(1)
        value = chosen.group(1)
        token = escape(dice.choice(TOKENS), {'"': "&quot;"})
        cut = dice.randrange(len(value) + 1)
        new = dice.choice((other, token, value[:cut] + token + value[cut:], value[:cut]))
        text = text[: chosen.start(1)] + new + text[chosen.end(1) :]
    return text.encode("utf-8", "replace")


def mutate_text(text: str, dice: random.Random) -> bytes:
    """One or two cuts, copies or insertions anywhere, and sometimes a broken byte."""
    for _ in range(dice.randint(1, 2)):
        a = dice.randrange(len(text) + 1)
        b = min(len(text), a + dice.choice((1, 3, 20)))
        other = dice.choice(SEEDS)
        start = dice.randrange(len(other))
        piece = dice.choice(("", text[a:b] * 2, dice.choice(TOKENS), other[start : start + 40]))
        text = text[:a] + piece + text[b:] or "<"
    data = bytearray(text.encode("utf-8", "replace"))
    if dice.random() < 0.2:
        data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)


@pytest.mark.parametrize("mutate", [mutate_value, mutate_text])
@pytest.mark.parametrize("seed", range(2))
def test_mutated_files_are_read_or_refused(mutate, seed):
    dice = random.Random(seed)
    read, messages = 0, []
    for _ in range(50):
        data = mutate(dice.choice(SEEDS), dice)
        try:
            document = Document.read(data)
        except SVGError as error:
            messages.append(str(error))
            continue
        read += 1
        assert document.parameters.is_finite()
        assert Document.read(document.write()).write() == document.write()
    assert read > 3
    assert all(message.endswith(".") for message in messages)
