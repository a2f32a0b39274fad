"""The words a prior knows, in any script."""

import pytest

from pds.diffusion import open_words
from pds.diffusion.loading import BUILT_IN_FOLDER
from pds.diffusion.pretrained import _manifest, _vocabulary
from pds.diffusion.vocabulary import Vocabulary

KNOWN = Vocabulary(
    concepts=("rabbit",), words=frozenset({"a", "rabbit", "red", "drawing", "of", "3d", "café"})
)


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("A red rabit, a rabit!", ("rabit",)),
        ("猫", ("猫",)),
        ("кошка", ("кошка",)),
        ("a red 猫 кошка", ("猫", "кошка")),
        ("قطة", ("قطة",)),
        ("RED Rabbit", ()),
        ("red-rabbit 3D", ()),
        ("caf\u0065\u0301", ()),  # as another keyboard writes it
        ("", ()),
        ("?!", ()),
    ],
)
def test_words_that_the_prior_never_saw_are_named_in_any_script(prompt, unknown):
    assert KNOWN.unknown_words(prompt) == unknown


@pytest.mark.parametrize(
    ("prompt", "known"),
    [
        ("a drawing of a rabbit", True),
        ("a red 猫", True),
        ("猫", False),
        ("кошка", False),
        ("a drawing of a 猫", False),
        ("a 3d кошка", False),
        ("a", False),
        ("", False),
        ("🐱", False),
    ],
)
def test_small_words_and_those_of_how_it_is_shown_say_nothing(prompt, known):
    assert KNOWN.knows_any(prompt) is known


def test_help_names_the_nearest_words_where_there_are_some():
    assert KNOWN.warnings("a rabit") == (
        "The prior does not know “rabit”; the nearest it knows: rabbit.",
    )
    assert KNOWN.warnings("猫") == ("The prior does not know “猫”.",)


def test_the_built_in_prior_knows_every_thing_on_its_list_and_nothing_in_other_scripts():
    words = BUILT_IN_FOLDER / "text_encoder" / open_words.FILE
    vocabulary = _vocabulary(_manifest(BUILT_IN_FOLDER), words, {})
    assert vocabulary is not None
    assert len(vocabulary.concepts) > 100
    for concept in vocabulary.concepts:
        assert vocabulary.knows_any(concept), concept
    assert not vocabulary.knows_any("猫 кошка")
