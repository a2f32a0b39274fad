"""Pictures, colours and captions of the built-in prior's training set."""

import json

import numpy as np
import pytest
from PIL import Image

from pds.training import dataset
from pds.training.batches import Batches
from pds.training.captions import (
    STYLES,
    Subject,
    Thing,
    all_words,
    caption,
    coloured,
    with_article,
)
from pds.training.colours import PALETTE, main_colour, name_colour, repaint, to_hsv, to_rgb
from pds.training.emoji import EmojiSet, iconify_svg, on_canvas
from pds.training.errors import TrainingDataError
from pds.training.models import ModelRenderer, load_model, read_catalogue, view_words
from pds.training.sources import Source, fetch
from tests.doubles.training_doubles import CONCEPTS, batches, disc, entry


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
    picture[:, 48:] = disc((40, 60, 220))[:, 48:]
    assert main_colour(picture, least_share=0.6) is None


@pytest.mark.parametrize("word", sorted(PALETTE))
def test_a_repainted_disc_has_the_wanted_colour_and_keeps_core_and_paper(word):
    picture = disc()
    painted = repaint(picture, main_colour(picture), word)
    assert name_colour(*to_hsv(painted[48, 25]).tolist()) == word
    assert np.array_equal(painted[48, 48], picture[48, 48])
    assert np.array_equal(painted[2, 2], (255, 255, 255))


def test_repainting_keeps_what_has_another_hue():
    picture = disc()
    picture[40:56, 20:30] = (40, 160, 60)
    painted = repaint(picture, main_colour(picture), "blue")
    assert np.array_equal(painted[48, 25], (40, 160, 60))


def test_colour_variants_cover_the_palette_once_and_name_each():
    found = dataset.colour_variants(disc(), Subject(names=("disc",), style="flat"))
    assert [said.colour for _, said, _ in found].count("red") == 1
    assert {said.colour for _, said, _ in found} == set(PALETTE)
    assert [recoloured for _, _, recoloured in found].count(False) == 1


def test_skin_is_never_taken_for_the_colour_of_clothes():
    subject = Subject(names=("man",), style="model", clothes=True)
    assert len(dataset.colour_variants(disc((200, 140, 100)), subject)) == 1
    assert len(dataset.colour_variants(disc((40, 60, 220)), subject)) == len(PALETTE)


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
    subject = Subject(names=("car", "automobile"), style="model", view="side view", colour="blue")
    texts = [caption(subject, rng, name_colour=True) for _ in range(200)]
    assert all("blue" in text for text in texts)
    assert any("automobile" in text for text in texts)
    assert 0.4 < sum("3D" in t or "render" in t for t in texts) / 200 < 0.7
    assert 0.75 < sum(text.endswith(", side view") for text in texts) / 200 < 0.95


def test_every_word_of_every_caption_is_in_the_vocabulary():
    words = set(all_words(CONCEPTS, tuple(PALETTE)))
    rng = np.random.default_rng(0)
    for style in STYLES:
        for colour in ("", "blue"):
            subject = Subject(names=("disc", "ball"), style=style, colour=colour, view="side view")
            for _ in range(30):
                text = caption(subject, rng, name_colour=True).lower().replace(",", " ,")
                assert set(text.split()) <= words


def test_the_shipped_concept_list_is_consistent():
    concepts = dataset.read_concepts()
    for kind, names in (("emoji", "icons"), ("models", "models")):
        listed = [concept["name"] for concept in concepts[kind]]
        assert len(listed) == len(set(listed))
        assert all(concept[names] and concept["weight"] > 0 for concept in concepts[kind])
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
    entries = [entry("disc"), entry("square", weight=0)]
    source = Batches(np.stack([disc(), disc()]), entries, image_size=16)
    assert source.concepts == ["disc"]


def test_the_set_is_saved_and_loaded_whole(tmp_path):
    kept = [(disc(), entry("disc", names=("disc", "ball"))), (disc((0, 0, 200)), entry("3d:cube"))]
    assert dataset.save(iter(kept), tmp_path / "set.npz") == 2
    pictures, entries = dataset.load(tmp_path / "set.npz")
    assert np.array_equal(pictures, np.stack([picture for picture, _ in kept]))
    assert entries == [said for _, said in kept]


def test_an_empty_or_missing_set_is_refused(tmp_path):
    with pytest.raises(TrainingDataError, match="no picture was drawn"):
        dataset.save(iter(()), tmp_path / "set.npz")
    with pytest.raises(TrainingDataError, match=r"run `python -m pds.training data`"):
        dataset.load(tmp_path / "set.npz")


def _emoji_package(folder):
    body = '<circle cx="8" cy="8" r="7" fill="#dc2828"/>'
    pack = {"icons": {"disc": {"body": body}}, "aliases": {"ball": {"parent": "disc"}}}
    folder.mkdir()
    (folder / "icons.json").write_text(json.dumps(pack), encoding="utf-8")
    (folder / "chars.json").write_text('{"26aa": "disc"}', encoding="utf-8")


def test_an_iconify_icon_is_drawn_and_an_unknown_one_is_none(tmp_path):
    _emoji_package(tmp_path / "noto")
    icons = EmojiSet(tmp_path / "noto", "noto", {})
    picture = icons.draw("disc")
    assert picture.shape == (96, 96, 3)
    assert main_colour(picture).name == "red"
    assert np.array_equal(picture, icons.draw("ball"))
    assert icons.draw("tree") is None
    assert iconify_svg({"icons": {}}, "tree") is None


def test_a_set_named_by_code_point_draws_its_files(tmp_path):
    (tmp_path / "assets").mkdir()
    Image.new("RGBA", (50, 30), (10, 200, 10, 255)).save(tmp_path / "assets/26aa-fe0f.webp")
    icons = EmojiSet(tmp_path, "fluent-emoji-3d", {"disc": "26aa", "square": "25fd"})
    assert main_colour(icons.draw("disc")).name == "green"
    assert icons.draw("square") is None
    assert icons.draw("tree") is None


def test_the_emoji_pictures_name_concept_source_and_natural_colour(tmp_path):
    for source in dataset.EMOJI_SOURCES:
        _emoji_package(tmp_path / source.name)
    found = [said for _, said in dataset.emoji_pictures(CONCEPTS, tmp_path)]
    assert {said.concept for said in found} == {"disc"}
    plain = [said for said in found if not said.recoloured]
    assert len(plain) == len(dataset.EMOJI_SOURCES) - 1  # fxemoji has names of its own
    assert {said.subject.colour for said in plain} == {"red"}


def test_a_transparent_picture_is_refused():
    with pytest.raises(TrainingDataError, match="empty"):
        on_canvas(Image.new("RGBA", (8, 8), (0, 0, 0, 0)))


def _catalogue(folder):
    folder.mkdir()
    (folder / "PluginFurnitureCatalog.properties").write_text(
        "id=Shop\nname#1=Slab\nmodel#1=/slab.obj\nwidth#1=40\ndepth#1=10\nheight#1=20\n"
        "name#2=Gone\nmodel#2=/gone.obj\nwidth#2=1\ndepth#2=1\nheight#2=1\n",
        encoding="latin-1",
    )
    (folder / "slab.obj").write_text(
        "mtllib slab.mtl\nusemtl red\n"
        + "".join(f"v {x} {y} {z}\n" for x in (0, 1) for y in (0, 1) for z in (0, 1))
        + "f 1 2 4 3\nf 5 7 8 6\nf 1 5 6 2\nf 3 4 8 7\nf 1 3 7 5\nf 2 6 8 4\n"
    )
    (folder / "slab.mtl").write_text("newmtl red\nKd 0.8 0.1 0.1\n")


def test_a_model_is_scaled_as_its_catalogue_says_and_seen_from_its_front(tmp_path):
    _catalogue(tmp_path / "Shop")
    renderer = ModelRenderer(load_model(tmp_path / "Shop", read_catalogue(tmp_path / "Shop")[1]))
    front, side = (renderer.draw(azimuth, 0) for azimuth in (0, 90))
    assert main_colour(front).name == "red"

    def ink(picture):
        rows, columns = np.where(picture.min(-1) < 200)
        return np.ptp(columns) / np.ptp(rows)

    assert ink(front) == pytest.approx(2.0, rel=0.1)
    assert ink(side) == pytest.approx(0.5, rel=0.2)


def test_models_are_drawn_from_all_around_with_view_words(tmp_path):
    _catalogue(tmp_path / "Shop")
    found = [said for _, said in dataset.model_pictures(CONCEPTS, tmp_path)]
    assert {said.concept for said in found} == {"3d:cube"}
    assert {said.subject.view for said in found} == {"front view", "side view", "back view"}


def test_a_model_file_that_is_missing_is_named(tmp_path):
    _catalogue(tmp_path / "Shop")
    with pytest.raises(TrainingDataError, match=r"gone\.obj"):
        load_model(tmp_path / "Shop", read_catalogue(tmp_path / "Shop")[2])


@pytest.mark.parametrize(
    ("azimuth", "words"),
    [
        (0, "front view"),
        (345, "front view"),
        (90, "side view"),
        (270, "side view"),
        (180, "back view"),
    ],
)
def test_view_words_follow_the_direction(azimuth, words):
    assert view_words(azimuth, symmetric=False) == words
    assert view_words(azimuth, symmetric=True) == ""


def test_what_is_there_already_is_not_fetched_again(tmp_path):
    source = Source(
        name="here",
        package="no-such-package",
        registry="npm",
        version="0",
        style="flat",
        author="nobody",
        licence="MIT",
    )
    (tmp_path / "here").mkdir()
    assert fetch(source, tmp_path) == tmp_path / "here"
