"""Free-text captions for the training pictures, and the words that the prior knows."""

import re
from dataclasses import dataclass

import numpy as np

STYLES: dict[str, tuple[str, ...]] = {
    "soft": ("a drawing of {}", "a drawing of {}", "an emoji of {}", "a soft drawing of {}"),
    "glossy": ("a drawing of {}", "a glossy drawing of {}", "a shaded drawing of {}"),
    "flat": (
        "a drawing of {}",
        "a flat vector drawing of {}",
        "a flat drawing of {}",
        "a flat icon of {}",
    ),
    "outlined": ("a drawing of {}", "an outlined drawing of {}", "a line drawing of {}"),
    "rendered": ("{} as 3D rendered", "a 3D rendered {0.bare}", "{} 3D rendered"),
    "model": ("a 3D model of {}", "a 3D model of {}", "a render of {}"),
}
"""Style -> caption templates; ``{}`` is the thing with its article, ``{0.bare}`` without."""

VIEWS = ("front view", "side view", "back view")

_PLURAL = frozenset({"cherries", "tulips", "orchids", "apples", "bananas", "sunglasses", "grapes"})
_PLURAL |= {"fries", "ice cream", "sunshine", "heart eyes", "broccoli", "corn", "bread", "cheese"}
_PLURAL |= {"fire", "santa", "santa claus"}
"""Nouns that take no article: plurals, things without number, names."""
_UNIQUE = frozenset({"sun", "moon", "crescent moon"})


@dataclass(frozen=True)
class Thing:
    """A noun phrase: printed with its article, `bare` without."""

    bare: str

    def __str__(self) -> str:
        return with_article(self.bare)


def with_article(noun: str) -> str:
    """``cat`` -> ``a cat``, ``orange cat`` -> ``an orange cat``, ``tulips`` -> ``tulips``."""
    last = re.split(" in | of | with ", noun)[0]
    if last in _PLURAL or last.split()[-1] in _PLURAL:
        return noun
    if last in _UNIQUE:
        return f"the {noun}"
    return f"{'an' if re.match('[aeio]|um|ug', noun) else 'a'} {noun}"


def coloured(noun: str, colour: str, *, clothes: bool = False) -> str:
    """Put a colour word to a noun: ``a red car``, or ``a man in red clothes``."""
    return f"{noun} in {colour} clothes" if clothes else f"{colour} {noun}"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What one training picture shows.

    Attributes:
        names: the concept's name and its synonyms.
        style: key into `STYLES`.
        view: one of `VIEWS`, or empty.
        colour: colour word, or empty where no colour rules.
        clothes: the colour is that of the clothes.
    """

    names: tuple[str, ...]
    style: str
    view: str = ""
    colour: str = ""
    clothes: bool = False


def caption(subject: Subject, rng: np.random.Generator, *, name_colour: bool) -> str:
    """Write one caption by chance.

    Args:
        subject: what the picture shows.
        rng: source of chance.
        name_colour: whether the colour word must be said.
    """
    main = len(subject.names) == 1 or rng.random() < 0.6
    noun = subject.names[0] if main else str(rng.choice(subject.names[1:]))
    if subject.colour and name_colour:
        noun = coloured(noun, subject.colour, clothes=subject.clothes)
    thing = Thing(noun)
    text = str(thing)
    if rng.random() < 0.55:
        template = str(rng.choice(STYLES[subject.style]))
        text = template.format(thing)
    if subject.view and rng.random() < 0.85:
        text = f"{text}, {subject.view}"
    return text


def all_words(concepts: dict, colours: tuple[str, ...]) -> list[str]:
    """Every word a caption can hold, sorted: the tokenizer's vocabulary."""
    words = {"a", "an", "the", ",", "in", "of", "clothes", "and", "with", *colours}
    for templates in STYLES.values():
        for template in templates:
            words.update(
                re.findall(r"\w+", template.replace("{0.bare}", "").replace("{}", "").lower())
            )
    words.update(word for view in VIEWS for word in view.split())
    for concept in concepts["emoji"] + concepts["models"]:
        for name in (concept["name"], *concept.get("synonyms", ())):
            words.update(name.lower().split())
    return sorted(words)
