"""The open vocabulary: which words it holds and what they mean."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pds.diffusion.open_words import Meanings, multiplied_out, read_meanings
from pds.diffusion.pretrained import load_diffusion_prior
from pds.training.building import build_words
from pds.training.errors import TrainingDataError
from pds.training.export import export
from pds.training.sources import read_sources
from pds.training.words import (
    WIDTH,
    WordTable,
    build_table,
    concept_tags,
    concrete_nouns,
    plural,
)
from tests.doubles.training_doubles import CONCEPTS, TABLE, trainer

DATA = """  1 This software and database is being provided to you
00000010 05 n 01 dog 0 001 @ 00000001 n 0000 | a domestic animal; "the dog barked"
00000020 18 n 01 dog 0 001 @ 00000001 n 0000 | a dull unattractive person
00000030 04 n 01 leap 0 001 @ 00000001 n 0000 | a light springing movement
00000040 07 n 01 red 0 001 @ 00000001 n 0000 | red color or pigment
00000050 15 n 01 paris 0 001 @i 00000001 n 0000 | a city
00000060 13 n 01 hot_dog 0 001 @ 00000001 n 0000 | a sausage in a bun
00000070 06 n 01 eiffel 0 001 @i 00000001 n 0000 | a tower
"""
INDEX = """  1 This software and database is being provided to you
dog n 2 1 @ 2 1 00000010 00000020
eiffel n 1 1 @i 1 0 00000070
hot_dog n 1 1 @ 1 0 00000060
leap n 1 1 @ 1 1 00000030
paris n 1 1 @i 1 1 00000050
red n 1 1 @ 1 1 00000040
"""


def _wordnet(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.noun").write_text(DATA, encoding="utf-8")
    (folder / "index.noun").write_text(INDEX, encoding="utf-8")
    return folder


def _letters(sentences):
    """How often each letter occurs, a vector of unit length: alike for words spelled alike."""
    counts = np.array([[s.count(chr(97 + n)) for n in range(26)] for s in sentences], float)
    wide = np.concatenate([counts, counts**2, np.sqrt(counts)], axis=1).astype(np.float32)
    return wide / np.linalg.norm(wide, axis=1, keepdims=True)


def test_single_words_for_things_and_colours_are_taken_with_their_first_gloss(tmp_path):
    found = concrete_nouns(_wordnet(tmp_path))
    assert found == {"dog": "a domestic animal", "red": "red color or pigment"}


@pytest.mark.parametrize(
    ("word", "many"),
    [("cat", "cats"), ("berry", "berries"), ("fox", "foxes"), ("toy", "toys"), ("dish", "dishes")],
)
def test_plurals_follow_the_rules(word, many):
    assert plural(word) == many


def _emojibase(folder):
    (folder / "en").mkdir(parents=True)
    rows = [
        {"hexcode": "26AA", "tags": ["round", "geometric shape", "common"]},
        {"hexcode": "25FD", "tags": ["box", "common"]},
        {"hexcode": "0023"},
    ]
    (folder / "en" / "data.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder


def test_keywords_and_synonyms_name_the_few_things_that_have_them(tmp_path):
    codes = {"disc": "26aa", "square": "25fd"}
    found = concept_tags(_emojibase(tmp_path), CONCEPTS, codes)
    assert found["round"] == ["disc"]
    assert found["ball"] == ["disc"]
    assert found["common"] == ["disc", "square"]
    many = {"emoji": [{"name": str(n), "icons": [], "synonyms": ["all"]} for n in range(4)]}
    assert concept_tags(tmp_path, many | {"models": []}, codes) == {}


def test_a_keyword_is_pulled_towards_its_thing_and_plurals_mean_the_same():
    nouns = {word: f"the {word}" for word in ("disc", "box", "zebra", "kettle", "lorry")}
    tables = [
        build_table(nouns, ["disc", "square one"], ["disc", "square", "a"], tags, _letters)
        for tags in ({}, {"zebra": ["disc"]})
    ]
    free, pulled = (table.find(["zebra", "disc"]).astype(float) for table in tables)
    assert pulled[0] @ pulled[1] > free[0] @ free[1]
    table = tables[0]
    assert {"square", "squares", "discs", "lorry"} <= set(table.words)
    assert "lorries" not in table.words  # no caption says lorry
    assert "one" not in table.words
    one, many = table.find(["disc", "discs"])
    assert np.array_equal(one, many)
    assert table.rows.shape == (len(table.words), WIDTH)
    lengths = np.linalg.norm(table.rows.astype(float), axis=1)
    assert lengths.min() > 120


def test_the_table_is_saved_and_loaded_whole_and_knows_nothing_of_other_words(tmp_path):
    TABLE.save(tmp_path / "words.npz")
    again = WordTable.load(tmp_path / "words.npz")
    assert again.words == TABLE.words
    assert np.array_equal(again.rows, TABLE.rows)
    assert not again.find(["zebra"]).any()
    assert again.find([]).shape == (0, 4)
    with pytest.raises(TrainingDataError, match="no word table"):
        WordTable.load(tmp_path / "none.npz")


def test_the_shipped_way_to_build_the_table_reads_the_unpacked_packages(tmp_path):
    for source in read_sources("training"):
        (tmp_path / "data" / source.name).mkdir(parents=True)
    (tmp_path / "data" / "minilm").mkdir()
    _wordnet(tmp_path / "data" / "wordnet" / "usr" / "share" / "wordnet")
    _emojibase(tmp_path / "data" / "emojibase-data")
    table = build_words(tmp_path, CONCEPTS, ["disc", "square"], encoder=lambda folder: _letters)
    assert {"dog", "red", "disc", "squares"} <= set(table.words)
    assert WordTable.load(tmp_path / "words.npz").words == table.words


def test_a_word_is_like_the_things_that_mean_most_nearly_the_same():
    rows = torch.from_numpy(np.concatenate([TABLE.rows, np.zeros((1, 4), np.int8)]))
    ids = {word: number for number, word in enumerate((*TABLE.words, "hello"))}
    meanings = Meanings(rows, ids, ["square", "blue disc", "disc"])
    assert meanings.like("globe") == ("blue disc", "disc")
    assert meanings.like("globe", 1) == ("blue disc",)
    assert meanings.like("hello") == ()
    assert meanings.like("zebra") == ()


def test_an_exported_prior_says_what_an_untrained_word_is_drawn_like(tmp_path):
    run = trainer()
    export(run, CONCEPTS, tmp_path)
    vocabulary = load_diffusion_prior(tmp_path, device="cpu", dtype="float32").vocabulary
    assert vocabulary.warnings("a red globe") == ("The prior draws “globe” like disc, square.",)
    assert vocabulary.warnings("a red zebra") == ("The prior does not know “zebra”.",)
    (tmp_path / "text_encoder" / "words.safetensors").unlink()
    assert read_meanings(tmp_path / "words.safetensors", {}, ["disc"]) is None


def test_an_embedding_is_multiplied_out_from_its_file(tmp_path):
    parts = {
        "rows": torch.tensor([[127, 0], [0, 127]], dtype=torch.int8),
        "meaning": torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        "residual_embedding": torch.tensor([[0.5, 0.5, 0.5]]),
    }
    save_file(parts, tmp_path / "words.safetensors")
    wanted = torch.tensor([[1.5, 2.5, 3.5], [4.0, 5.0, 6.0]])
    torch.testing.assert_close(multiplied_out(tmp_path / "words.safetensors"), wanted)
