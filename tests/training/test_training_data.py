"""Pictures, colours and captions of the built-in prior's training set."""

import numpy as np
import pytest
import torch
from PIL import Image

from pds.training import dataset
from pds.training.batches import SIZES, Batches, centred
from pds.training.captions import (
    STYLES,
    Subject,
    Thing,
    all_words,
    caption,
    coloured,
    with_article,
)
from pds.training.colours import (
    PALETTE,
    main_colour,
    name_colour,
    repaint,
    ruling_colours,
    to_hsv,
    to_rgb,
)
from pds.training.emoji import on_canvas
from pds.training.errors import TrainingDataError
from pds.training.sources import Source, check_unseen, fetch, read_sources, source_named
from tests.doubles.training_doubles import CONCEPTS, batches, disc, entry, subject


def test_hsv_and_back_is_the_identity():
    picture = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    assert np.abs(to_rgb(to_hsv(picture)).astype(int) - picture).max() <= 1


def test_the_main_colour_of_a_red_disc_is_red_and_covers_nearly_all_ink():
    found = main_colour(disc())
    assert found.name == "red"
    assert found.share > 0.9


@pytest.mark.parametrize(
    "picture",
    [np.full((96, 96, 3), 255, np.uint8), disc((120, 120, 120))],
    ids=["blank", "gray"],
)
def test_a_picture_without_a_saturated_colour_has_no_main_colour(picture):
    assert main_colour(picture) is None


def test_two_equal_colours_mean_no_main_colour():
    picture = disc()
    picture[:, 40:] = disc((40, 60, 220))[:, 40:]
    assert main_colour(picture, least_share=0.6) is None


@pytest.mark.parametrize("word", sorted(PALETTE))
def test_a_repainted_disc_has_the_wanted_colour_and_keeps_core_and_paper(word):
    picture = disc()
    painted = repaint(picture, main_colour(picture), word)
    assert name_colour(*to_hsv(painted[40, 20]).tolist()) == word
    assert np.array_equal(painted[40, 40], picture[40, 40])
    assert np.array_equal(painted[2, 2], (255, 255, 255))


def test_repainting_keeps_what_has_another_hue():
    picture = disc()
    picture[34:46, 16:26] = (40, 160, 60)
    painted = repaint(picture, main_colour(picture), "blue")
    assert np.array_equal(painted[40, 20], (40, 160, 60))


def test_two_colours_that_cover_most_of_the_ink_are_named_strongest_first():
    picture = Image.new("RGBA", (40, 40))
    picture.paste((20, 20, 20, 255), (0, 0, 40, 15))
    picture.paste((250, 250, 250, 255), (0, 15, 40, 40))
    assert ruling_colours(picture) == ("white", "black")
    assert ruling_colours(Image.new("RGBA", (40, 40))) == ()
    picture.paste((250, 250, 250, 255), (0, 0, 40, 40))
    assert ruling_colours(picture) == ("white",)


@pytest.mark.parametrize(
    ("noun", "phrase"),
    [
        ("cat", "a cat"),
        ("orange cat", "an orange cat"),
        ("umbrella", "an umbrella"),
        ("unicorn", "a unicorn"),
        ("tulips", "tulips"),
        ("face with sunglasses", "a face with sunglasses"),
        ("sun", "the sun"),
    ],
)
def test_nouns_get_the_article_that_english_wants(noun, phrase):
    assert with_article(noun) == phrase


def test_the_styles_say_what_the_presets_say():
    assert "a drawing of {}".format(Thing("cat")) in {
        t.format(Thing("cat")) for t in STYLES["flat"]
    }
    assert "a cat as 3D rendered" in {t.format(Thing("cat")) for t in STYLES["rendered"]}
    assert "a 3D rendered cat" in {t.format(Thing("cat")) for t in STYLES["rendered"]}
    assert coloured("man", "red", clothes=True) == "man in red clothes"


def test_a_recoloured_picture_is_always_captioned_with_its_colour():
    rng = np.random.default_rng(0)
    about = Subject(names=("car", "automobile"), style="model", view="side view", colours=("blue",))
    texts = [caption(about, rng, name_colour=True) for _ in range(200)]
    assert all("blue" in text for text in texts)
    assert any("automobile" in text for text in texts)
    assert 0.4 < sum("3D" in t or "render" in t for t in texts) / 200 < 0.7
    assert 0.75 < sum(text.endswith(", side view") for text in texts) / 200 < 0.95


def test_every_word_of_every_caption_is_in_the_vocabulary():
    words = set(all_words(CONCEPTS, tuple(PALETTE), ("fx",)))
    rng = np.random.default_rng(0)
    for style in STYLES:
        for colours in ((), ("blue",), ("black", "white")):
            about = subject(
                "disc", style=style, colours=colours, view="side view", facing="left", design="fx"
            )
            for _ in range(30):
                text = caption(about, rng, name_colour=True).lower().replace(",", " ,")
                assert set(text.split()) <= words


def test_a_mirrored_picture_faces_the_other_way():
    rng = np.random.default_rng(0)
    about = subject("horse", facing="left")
    kept = {caption(about, rng, name_colour=False) for _ in range(60)}
    turned = {caption(about, rng, name_colour=False, mirrored=True) for _ in range(60)}
    assert any(text.endswith("facing left") for text in kept)
    assert any(text.endswith("facing right") for text in turned)
    assert not any("right" in text for text in kept) | any("left" in text for text in turned)


def test_the_shipped_concept_list_is_consistent():
    concepts = dataset.read_concepts()
    for kind, drawn_from in (("emoji", ("icons",)), ("models", ("models", "game"))):
        listed = [concept["name"] for concept in concepts[kind]]
        assert len(listed) == len(set(listed))
        for concept in concepts[kind]:
            assert concept["weight"] > 0
            assert any(concept.get(part) for part in drawn_from), concept["name"]
    assert {"cat", "cat face", "dog", "dog face", "pumpkin", "banana"} <= {
        concept["name"] for concept in concepts["emoji"]
    }


def test_batches_hold_both_kinds_and_name_the_colour_of_the_repainted():
    source = batches(empty_share=0.0)
    images, texts, labels = source.draw(64, np.random.default_rng(0))
    assert images.shape == (64, 3, 16, 16)
    assert images.min() >= 0
    assert images.max() <= 1
    assert source.concepts == ["3d:cube", "disc"]
    blue = images[:, 2].mean((1, 2)) > images[:, 0].mean((1, 2)) + 0.02
    assert blue.any()
    assert all("blue" in text for text, is_blue in zip(texts, blue, strict=True) if is_blue)
    assert {"cube" in text for text, label in zip(texts, labels, strict=True) if not label} == {
        True
    }


def test_equal_chance_gives_equal_batches_and_other_chance_gives_others():
    first, again, other = (batches().draw(8, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first[0].equal(again[0])
    assert first[1] == again[1]
    assert not first[0].equal(other[0])


def test_empty_captions_come_in_the_asked_share():
    _, texts, _ = batches(empty_share=0.5).draw(400, np.random.default_rng(0))
    assert 0.4 < texts.count("") / 400 < 0.6


def test_a_concept_of_weight_zero_is_never_drawn():
    entries = [entry("disc"), entry("square")]
    about = [subject("disc"), subject("square")]
    weights = {"disc": 1.0, "square": 0.0}
    source = Batches(np.stack([disc(), disc()]), entries, about, weights=weights, image_size=16)
    assert source.concepts == ["disc"]


def test_a_design_in_many_renderings_is_drawn_as_often_as_one_in_one():
    dark, light = disc((40, 20, 20)), disc((250, 150, 150))
    entries = [entry("disc", design="fluent")] * 9 + [entry("disc", design="noto")]
    source = Batches(
        np.stack([dark] * 9 + [light]),
        entries,
        [subject("disc")] * 10,
        weights={"disc": 1.0},
        image_size=16,
    )
    images, _, _ = source.draw(200, np.random.default_rng(0))
    ink = images[:, 1] < 0.9
    reds = (images[:, 0] * ink).sum((1, 2)) / ink.sum((1, 2))
    assert 0.4 < (reds > 0.5).float().mean() < 0.6


def test_what_is_drawn_has_a_margin_and_is_never_cropped():
    images, _, _ = batches(image_size=64).draw(64, np.random.default_rng(0))
    ink = images.amin(1) < 0.9
    assert not ink[:, [0, -1]].any()
    assert not ink[:, :, [0, -1]].any()
    sides = torch.maximum(ink.any(1).sum(1), ink.any(2).sum(1))
    assert sides.min() >= SIZES[0] * 64 - 6  # a turned disc is smaller than its turned box
    assert sides.max() <= SIZES[1] * 64 + 2  # pixels covered in part


def test_pictures_to_measure_with_stand_upright_in_the_middle():
    images = centred(np.stack([disc(), disc()]), 40, share=0.8)
    ink = images[0].amin(0) < 0.9
    assert abs(ink.any(0).sum().item() - 32) <= 2
    assert ink.equal(ink.flip(0))
    assert images[0].equal(images[1])


def test_the_set_is_saved_and_loaded_whole(tmp_path):
    kept = [
        (disc(), entry("disc", colours=("red", "black"))),
        (disc((0, 0, 200)), entry("3d:cube")),
    ]
    assert dataset.save(iter(kept[:1]), tmp_path / "sets" / "a.npz") == 1
    assert dataset.save(iter(kept[1:]), tmp_path / "sets" / "b.npz") == 1
    pictures, entries = dataset.load(tmp_path / "sets")
    assert np.array_equal(pictures, np.stack([picture for picture, _ in kept]))
    assert entries == [said for _, said in kept]
    assert [said.is_model for said in entries] == [False, True]


def test_an_empty_or_missing_set_is_refused(tmp_path):
    with pytest.raises(TrainingDataError, match="no picture was drawn"):
        dataset.save(iter(()), tmp_path / "set.npz")
    with pytest.raises(TrainingDataError, match=r"run `python -m pds.training data`"):
        dataset.load(tmp_path)


def test_a_set_kept_for_evaluation_is_neither_saved_nor_loaded(tmp_path):
    for said in (entry("disc", source="emojione-v1"), entry("disc", design="streamline")):
        with pytest.raises(TrainingDataError, match="kept for evaluation"):
            dataset.save(iter([(disc(), said)]), tmp_path / "set.npz")
    np.savez(
        tmp_path / "set.npz",
        pictures=np.stack([disc()]),
        entries=np.array(
            ['{"concept": "disc", "source": "tuxpaint-stamps", "design": "", "colours": []}']
        ),
    )
    with pytest.raises(TrainingDataError, match="tuxpaint-stamps is kept for evaluation"):
        dataset.load(tmp_path)


def test_no_evaluation_set_is_among_the_training_sources():
    kept = read_sources("evaluation")
    assert {source.name for source in kept} == {
        "emojione-v1",
        "streamline-emojis",
        "tuxpaint-stamps",
    }
    training = read_sources("training")
    for what in ("name", "package", "design"):
        learned = {getattr(source, what) for source in training} - {""}
        assert not learned & {getattr(source, what) for source in kept}, what
    check_unseen(source.name for source in training)
    with pytest.raises(TrainingDataError, match="no packages for 'secret'"):
        read_sources("secret")


def test_share_alike_sets_are_known_as_such():
    named = {source.name for source in read_sources("training") if source.share_alike}
    assert named == {"openmoji", "0ad"}
    assert source_named("tuxpaint-stamps", "evaluation").share_alike


def test_a_subject_says_design_and_facing_of_its_set():
    concept = {"name": "horse", "facing": "left", "frontal": ["fx"], "synonyms": ["pony"]}
    for name, facing in (("noto", "left"), ("fxemoji", ""), ("openclipart", "")):
        source = source_named(name, "training")
        found = dataset.subject_of(entry("horse", restyle="line"), concept, source)
        assert (found.names, found.facing, found.restyle) == (("horse", "pony"), facing, "line")
        assert found.design == source.design
    model = dataset.subject_of(
        entry("3d:cube"), {"name": "cube"}, source_named("models", "training")
    )
    assert (model.design, model.facing, model.style) == ("", "", "model")


def test_subjects_are_those_of_the_entries_in_order():
    said = dataset.subjects([entry("square"), entry("3d:cube", source="models")], CONCEPTS)
    assert [about.names for about in said] == [("square",), ("cube",)]


def test_a_transparent_picture_is_refused():
    with pytest.raises(TrainingDataError, match="empty"):
        on_canvas(Image.new("RGBA", (8, 8), (0, 0, 0, 0)))


def _source(**said) -> Source:
    about = {"name": "here", "package": "no-such-package", "registry": "npm", "version": "0"}
    about |= {"kind": "icons", "style": "flat", "design": "here", "author": "nobody"}
    return Source(**(about | {"licence": "MIT", "project": "https://example.org"} | said))


def test_what_is_there_already_is_not_fetched_again(tmp_path):
    (tmp_path / "here").mkdir()
    assert fetch(_source(), tmp_path) == tmp_path / "here"


def test_a_client_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    for registry, client in (("npm", "npm"), ("apt", "apt-get"), ("pypi", "pip")):
        with pytest.raises(TrainingDataError, match=f"install '{client}'"):
            fetch(_source(registry=registry), tmp_path)
