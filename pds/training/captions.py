"""Free-text captions for the training pictures, and the words that the prior knows."""

import re
from dataclasses import dataclass

import numpy as np

from pds.training.colours import PALETTE
from pds.training.sources import read_sources

STYLES: dict[str, tuple[str, ...]] = {
    "soft": ("a drawing of {}", "a drawing of {}", "an emoji of {}", "a soft drawing of {}"),
    "glossy": ("a drawing of {}", "a glossy drawing of {}", "a shaded drawing of {}"),
    "flat": (
        "a drawing of {}",
        "a flat vector drawing of {}",
        "a flat drawing of {}",
        "a flat icon of {}",
    ),
    "outlined": ("a drawing of {}", "an outlined drawing of {}", "a drawing of {} with outlines"),
    "rendered": ("{} as 3D rendered", "a 3D rendered {0.bare}", "{} 3D rendered"),
    "model": ("a 3D model of {}", "a 3D model of {}", "a render of {}"),
    "icon": ("an icon of {}", "a black icon of {}", "a simple icon of {}", "a drawing of {}"),
    "line": ("a line drawing of {}", "line art of {}", "a drawing of {}", "a sketch of {}"),
    "thick": ("a drawing of {}", "a drawing of {} with thick outlines", "a cartoon of {}"),
    "silhouette": ("a silhouette of {}", "a silhouette of {}", "{} as silhouette"),
    "clipart": ("a drawing of {}", "clip art of {}", "a picture of {}"),
    "recoloured": ("a drawing of {}", "an illustration of {}"),
}
"""Style or restyle -> caption templates; ``{}`` is the thing with its article, ``{0.bare}`` not."""

VIEWS = ("front view", "side view", "back view")
FACING = {"left": "right", "right": "left"}
"""A way to face -> what a mirror makes of it."""

TEMPLATE_SHARE, RESTYLE_TEMPLATE_SHARE = 0.55, 0.75
VIEW_SHARE, FACING_SHARE, DESIGN_SHARE = 0.85, 0.5, 0.3

_PLURAL = frozenset({"cherries", "tulips", "orchids", "apples", "bananas", "sunglasses", "grapes"})
_PLURAL |= {"fries", "ice cream", "sunshine", "heart eyes", "broccoli", "corn", "bread", "cheese"}
_PLURAL |= {"fire", "santa", "santa claus", "glasses", "goggles", "spectacles", "jeans", "socks"}
_PLURAL |= {"trousers", "pants", "gloves", "shorts", "leaves", "blueberries", "peanuts", "beans"}
_PLURAL |= {"pancakes", "chopsticks", "headphones", "maracas", "scales", "swords", "scissors"}
_PLURAL |= {"pasta", "spaghetti", "popcorn", "butter", "salt", "salad", "sushi", "honey", "milk"}
_PLURAL |= {"bacon", "chocolate", "wheat", "garlic", "rain", "lightning", "soap", "money", "rice"}
_PLURAL |= {"meat", "fireworks", "sparkles", "bricks", "olives", "lips", "footprints", "soup"}
_PLURAL |= {"lettuce", "champagne", "beer", "coral", "wood", "ice", "spades", "clubs", "yarn"}
"""Nouns that take no article: plurals, things without number, names."""
_UNIQUE = frozenset({"sun", "moon", "crescent moon", "earth", "full moon"})


@dataclass(frozen=True)
class Thing:
    """A noun phrase: printed with its article, `bare` without."""

    bare: str

    def __str__(self) -> str:
        return with_article(self.bare)


def with_article(noun: str) -> str:
    """``cat`` -> ``a cat``, ``orange cat`` -> ``an orange cat``, ``tulips`` -> ``tulips``."""
    last = re.split(" in | of | with | and ", noun)[0]
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
        restyle: key into `STYLES` of what was done to the drawing, or empty.
        design: word for whose outlines they are, or empty.
        view: one of `VIEWS`, or empty.
        facing: key of `FACING`, or empty where it faces neither way.
        colours: up to two ruling colours, the first the stronger.
        clothes: the colour is that of the clothes.
    """

    names: tuple[str, ...]
    style: str
    restyle: str = ""
    design: str = ""
    view: str = ""
    facing: str = ""
    colours: tuple[str, ...] = ()
    clothes: bool = False


def caption(
    subject: Subject, rng: np.random.Generator, *, name_colour: bool, mirrored: bool = False
) -> str:
    """Write one caption by chance.

    Args:
        subject: what the picture shows.
        rng: source of chance.
        name_colour: whether the colour words must be said.
        mirrored: whether the picture is shown mirrored.
    """
    main = len(subject.names) == 1 or rng.random() < 0.6
    noun = subject.names[0] if main else str(rng.choice(subject.names[1:]))
    if subject.colours and name_colour:
        said = subject.colours[: 1 if subject.clothes or rng.random() < 0.4 else 2]
        noun = coloured(noun, " and ".join(said), clothes=subject.clothes)
    thing = Thing(noun)
    text = str(thing)
    if rng.random() < (RESTYLE_TEMPLATE_SHARE if subject.restyle else TEMPLATE_SHARE):
        template = str(rng.choice(STYLES[subject.restyle or subject.style]))
        text = template.format(thing)
    if subject.view and rng.random() < VIEW_SHARE:
        text = f"{text}, {subject.view}"
    if subject.facing and rng.random() < FACING_SHARE:
        text = f"{text}, facing {FACING[subject.facing] if mirrored else subject.facing}"
    if subject.design and rng.random() < DESIGN_SHARE:
        text = f"{text}, {subject.design} style"
    return text


def all_words(concepts: dict, colours: tuple[str, ...], designs: tuple[str, ...] = ()) -> list[str]:
    """Every word a caption can hold, sorted: the words that are trained."""
    words = {"a", "an", "the", ",", "-", "in", "of", "clothes", "and", "with", "facing", "style"}
    words |= {*colours, *FACING}
    for templates in STYLES.values():
        for template in templates:
            words.update(
                re.findall(r"\w+", template.replace("{0.bare}", "").replace("{}", "").lower())
            )
    words.update(word for view in VIEWS for word in view.split())
    for name in designs:
        words.update(re.findall(r"\w+", name))
    for concept in concepts["emoji"] + concepts["models"]:
        for name in (concept["name"], *concept.get("synonyms", ())):
            words.update(name.lower().split())
    return sorted(words)


def trained_words(concepts: dict) -> list[str]:
    """Every word that captions of the training sets can hold."""
    designs = tuple(source.design for source in read_sources("training"))
    return all_words(concepts, tuple(PALETTE), designs)
