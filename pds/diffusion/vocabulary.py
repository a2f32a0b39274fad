"""The words a prior was trained on, and help for those it was not."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# Words that say nothing of what there is to see: small words, and those of how it is shown.
FILLERS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "and",
        "with",
        "to",
        "as",
        "is",
        "its",
        "it",
        "some",
        "drawing",
        "picture",
        "image",
        "photo",
        "icon",
        "emoji",
        "vector",
        "3d",
        "model",
        "render",
        "rendered",
        "view",
        "front",
        "back",
        "side",
    ]
)


def _like_nothing(word: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Known words and the concepts they name.

    Attributes:
        concepts: names of the things that can be drawn, e.g. "cat", "potted plant".
        words: every single word the text encoder was trained with, lower case.
        groups: concepts by subject, for showing; may be empty.
        like: word -> concepts that a word which was not trained is drawn like, best first; empty
            if nothing is known of it.
    """

    concepts: tuple[str, ...]
    words: frozenset[str]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    like: Callable[[str], tuple[str, ...]] = _like_nothing

    def unknown_words(self, prompt: str) -> tuple[str, ...]:
        """The words of a prompt that the prior has never seen, in order, without repeats."""
        return tuple(dict.fromkeys(w for w in split_words(prompt) if w not in self.words))

    def knows_any(self, prompt: str) -> bool:
        """Whether at least one word that says what there is is known, or drawn like a known one."""
        words = [word for word in split_words(prompt) if word not in FILLERS]
        return any(word in self.words or self.like(word) for word in words)

    def nearest(self, word: str, count: int = 3) -> tuple[str, ...]:
        """Known words spelled most like `word`, best first; may be empty."""
        return tuple(difflib.get_close_matches(word.lower(), sorted(self.words), count, 0.6))

    def warnings(self, prompt: str) -> tuple[str, ...]:
        """One sentence per unknown word: what it is drawn like, or the nearest known words."""
        sentences = []
        for word in self.unknown_words(prompt):
            if alike := self.like(word):
                sentences.append(f"The prior draws “{word}” like {', '.join(alike)}.")
                continue
            near = self.nearest(word)
            hint = f"; the nearest it knows: {', '.join(near)}" if near else ""
            sentences.append(f"The prior does not know “{word}”{hint}.")
        return tuple(sentences)


def split_words(text: str) -> list[str]:
    """Lower-case words of a text in any script; digits and hyphenated parts count as words."""
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())
