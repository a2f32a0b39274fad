"""Drawings of public sets, their restyles, and 3-D models, as training pictures."""

import json

import numpy as np
import pytest
from PIL import Image

from pds.training.batches import read_batches
from pds.training.building import DRAWERS, build
from pds.training.colours import main_colour
from pds.training.drawn_sets import code_points, icon_pictures
from pds.training.emoji import IconSet, draw_svg, iconify_svg, on_canvas
from pds.training.errors import TrainingDataError
from pds.training.model_sets import model_pictures
from pds.training.models import ModelRenderer, load_model, read_catalogue, view_words
from pds.training.restyles import came_out, line_art, outlined, recoloured, restyles, silhouette
from pds.training.sources import read_sources, source_named
from tests.doubles.training_doubles import CONCEPTS, disc

NOTO = source_named("noto", "training")
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16">'
    '<circle cx="8" cy="8" r="6" fill="#dc2828"/><path d="M6 8h4v2H6z" fill="#2828dc"/></svg>'
)


def _emoji_package(folder):
    body = '<circle cx="8" cy="8" r="7" fill="#dc2828"/>'
    pack = {"icons": {"disc": {"body": body}}, "aliases": {"ball": {"parent": "disc"}}}
    folder.mkdir()
    (folder / "icons.json").write_text(json.dumps(pack), encoding="utf-8")
    (folder / "chars.json").write_text('{"26aa": "disc"}', encoding="utf-8")


def test_an_iconify_icon_is_drawn_and_an_unknown_one_is_none(tmp_path):
    _emoji_package(tmp_path / "noto")
    icons = IconSet(tmp_path / "noto", NOTO, {"round": "26aa"})
    picture = on_canvas(icons.picture("disc"))
    assert picture.shape == (80, 80, 3)
    assert main_colour(picture).name == "red"
    for name in ("ball", "round"):  # an alias, and a name that only the code point explains
        assert np.array_equal(picture, on_canvas(icons.picture(name)))
    assert icons.picture("tree") is None
    assert iconify_svg({"icons": {}}, "tree") is None


def test_a_set_named_by_code_point_draws_its_files(tmp_path):
    (tmp_path / "assets").mkdir()
    Image.new("RGBA", (50, 30), (10, 200, 10, 255)).save(tmp_path / "assets/26aa-fe0f.webp")
    (tmp_path / "assets/25fd.svg").write_text(SVG, encoding="utf-8")
    source = source_named("fluent-emoji-3d", "training")
    icons = IconSet(tmp_path, source, {"disc": "26aa", "square": "25fd", "cube": "25fe"})
    assert main_colour(on_canvas(icons.picture("disc"))).name == "green"
    assert icons.svg("disc") is None
    assert icons.picture("square") is not None
    assert icons.picture("cube") is None
    assert icons.picture("tree") is None


def test_every_concept_is_drawn_as_it_is_restyled_and_repainted(tmp_path):
    _emoji_package(tmp_path / "noto")
    assert code_points(tmp_path) == {"disc": "26aa"}
    found = [said for _, said in icon_pictures(NOTO, CONCEPTS, tmp_path)]
    assert {(said.concept, said.design) for said in found} == {("disc", "noto")}
    plain = [said for said in found if not said.painted and not said.restyle]
    assert [said.colours for said in plain] == [("red",)]
    assert {said.restyle for said in found} >= {"", "line", "thick", "recoloured"}
    assert len([said for said in found if said.painted]) == 10


def test_a_plain_icon_of_an_animal_is_its_face(tmp_path):
    source = source_named("mdi", "training")
    (tmp_path / "mdi").mkdir()
    pack = {"icons": {"cat": {"body": '<path d="M2 2h12v9H2z"/>'}}}
    (tmp_path / "mdi" / "icons.json").write_text(json.dumps(pack), encoding="utf-8")
    things = [{"name": "cat", "icons": ["cat"]}, {"name": "cat face", "icons": ["cat-face"]}]
    found = [said for _, said in icon_pictures(source, {"emoji": things, "models": []}, tmp_path)]
    assert {said.concept for said in found} == {"cat face"}
    assert {said.restyle for said in found} <= {"", "line"}


def test_a_damaged_drawing_is_left_out(tmp_path):
    (tmp_path / "noto").mkdir()
    pack = {"icons": {"disc": {"body": "<circle"}, "square": {"body": ""}}}
    (tmp_path / "noto" / "icons.json").write_text(json.dumps(pack), encoding="utf-8")
    with pytest.raises(TrainingDataError, match="damaged"):
        draw_svg("<svg")
    assert list(icon_pictures(NOTO, CONCEPTS, tmp_path)) == []


def test_an_outline_surrounds_what_is_filled():
    before, after = on_canvas(draw_svg(SVG)), on_canvas(draw_svg(outlined(SVG, 0.05)))
    edge = slice(2, 5), 40
    assert before[edge].max(-1).min() > 150
    assert after[edge].max() < 80
    assert main_colour(after).name == "red"


def test_line_art_is_dark_lines_on_white():
    picture = on_canvas(draw_svg(line_art(SVG, 0.03)))
    assert np.ptp(picture.astype(int), axis=-1).max() < 12
    assert 0.05 < (picture < 120).mean() < 0.3
    assert picture[20, 40].min() > 250


def test_equal_colours_stay_equal_when_recoloured():
    text = recoloured(SVG.replace("#2828dc", "#dc2828"), np.random.default_rng(0), turn_deg=120)
    assert text.count("#dc2828") == 0
    (colour,) = {part.split('"')[1] for part in text.split("fill=")[1:]}
    assert text.count(colour) == 2
    short = recoloured(SVG.replace("#2828dc", "#fff"), np.random.default_rng(0), turn_deg=120)
    assert "#fff" in short


def test_a_silhouette_has_one_colour():
    picture = on_canvas(silhouette(draw_svg(SVG), "blue"))
    assert main_colour(picture).name == "blue"
    assert main_colour(picture).share > 0.97


def test_restyles_that_do_not_show_are_left_out():
    assert {name for name, _ in restyles(SVG, np.random.default_rng(0))} == {
        "outlined",
        "thick",
        "line",
        "recoloured",
    }
    star = SVG.replace("circle", 'path d="M8 1 10 7 15 8 10 9 8 15 6 9 1 8 6 7Z"')
    assert restyles(star, np.random.default_rng(0))[0][0] == "silhouette"
    assert not came_out("outlined", disc(), disc())
    assert not came_out("line", disc(), np.full_like(disc(), 255))
    assert not came_out("line", np.full_like(disc(), 255), disc((0, 0, 0)))


def test_a_drawing_without_a_view_box_is_not_restyled():
    with pytest.raises(TrainingDataError, match="viewBox"):
        outlined('<svg width="16" height="16"/>', 0.02)


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
    front, side = (on_canvas(renderer.draw(azimuth, 0)) for azimuth in (0, 90))
    assert main_colour(front).name == "red"

    def ink(picture):
        rows, columns = np.where(picture.min(-1) < 200)
        return np.ptp(columns) / np.ptp(rows)

    assert ink(front) == pytest.approx(2.0, rel=0.1)
    assert ink(side) == pytest.approx(0.5, rel=0.2)


def test_models_are_drawn_from_all_around_with_view_words(tmp_path):
    (tmp_path / "models").mkdir()
    _catalogue(tmp_path / "models" / "Shop")
    source = source_named("models", "training")
    found = [said for _, said in model_pictures(source, CONCEPTS, tmp_path)]
    assert {(said.concept, said.design) for said in found} == {("3d:cube", "Shop #1")}
    assert {said.view for said in found} == {"front view", "side view", "back view"}


def test_skin_is_never_taken_for_the_colour_of_clothes(tmp_path):
    (tmp_path / "models").mkdir()
    _catalogue(tmp_path / "models" / "Shop")
    path = tmp_path / "models" / "Shop" / "slab.mtl"
    source = source_named("models", "training")
    dressed = [{**CONCEPTS["models"][0], "clothes": True, "colour": True}]
    for paint, colours in (("0.8 0.55 0.4", set()), ("0.1 0.2 0.9", {"blue"})):
        path.write_text(f"newmtl red\nKd {paint}\n")
        listed = {"emoji": [], "models": dressed}
        found = [said for _, said in model_pictures(source, listed, tmp_path)]
        assert {c for said in found if not said.painted for c in said.colours} == colours
        assert any(said.painted for said in found) == bool(colours)


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


def test_the_sets_are_built_once_and_read_as_batches(tmp_path):
    for source in read_sources("training"):
        (tmp_path / "data" / source.name).mkdir(parents=True)
    (tmp_path / "data" / "noto").rmdir()
    _emoji_package(tmp_path / "data" / "noto")
    counts = build(tmp_path, CONCEPTS, ["noto"])
    assert counts["noto"] > 10
    source = read_batches(tmp_path, CONCEPTS, 16)
    assert source.concepts == ["disc"]
    with pytest.raises(TrainingDataError, match="no training source secret"):
        build(tmp_path, CONCEPTS, ["secret"])
    assert {source.kind for source in read_sources("training")} == set(DRAWERS)
