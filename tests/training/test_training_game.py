"""Models of the game and clip art as training pictures."""

import io
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image

from pds.training import clipart
from pds.training.clipart import clipart_pictures, read_clipart
from pds.training.colours import main_colour
from pds.training.dataset import read_concepts
from pds.training.emoji import on_canvas
from pds.training.errors import TrainingDataError
from pds.training.game_models import ARCHIVE, game_pictures, load_game_model, read_pmd
from pds.training.models import ModelRenderer
from pds.training.sources import source_named

CORNERS = [(x, y, z) for x in (-1, 1) for y in (-2, 2) for z in (-3, 3)]
FACES = [
    (0, 2, 3), (0, 3, 1), (4, 5, 7), (4, 7, 6), (0, 1, 5), (0, 5, 4),
    (2, 6, 7), (2, 7, 3), (0, 4, 6), (0, 6, 2), (1, 3, 7), (1, 7, 5),
]  # fmt: skip


def _pmd(version: int) -> bytes:
    """A box in the format of the game."""
    sets = b"" if version < 4 else struct.pack("<I", 1)
    body = b"".join(
        struct.pack("<8f4B4f", x, y, z, 0, 1, 0, (x + 1) / 2, (y + 2) / 4, 0, 0, 0, 0, 1, 0, 0, 0)
        for x, y, z in CORNERS
    )
    faces = struct.pack("<I", len(FACES)) + b"".join(struct.pack("<3H", *f) for f in FACES)
    head = struct.pack("<3I", version, len(body) + len(faces), len(CORNERS))
    return b"PSMD" + head + sets + body + faces


def _archive(path):
    path.parent.mkdir(parents=True)
    skin = io.BytesIO()
    Image.new("RGBA", (8, 8), (40, 60, 220, 0)).save(skin, "DDS")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("art/meshes/skeletal/box.dae.cached.pmd", _pmd(4))
        archive.writestr("art/textures/skins/skeletal/box.png.cached.dds", skin.getvalue())
        archive.writestr("art/textures/skins/skeletal/old.dds.cached.dds", skin.getvalue())
    return path


@pytest.mark.parametrize("version", [3, 4])
def test_a_mesh_is_read_whole(version):
    vertices, where, faces = read_pmd(_pmd(version))
    assert np.array_equal(vertices, np.array(CORNERS, float))
    assert np.array_equal(faces, np.array(FACES))
    assert where.min() == 0
    assert where.max() == 1


def test_what_is_no_mesh_is_refused():
    with pytest.raises(TrainingDataError, match="no PMD mesh"):
        read_pmd(b"PSA!" + bytes(40))
    with pytest.raises(TrainingDataError, match="no PMD mesh"):
        read_pmd(b"PSMD")


def test_a_model_is_drawn_opaque_and_fills_a_unit_sphere(tmp_path):
    with zipfile.ZipFile(_archive(tmp_path / ARCHIVE)) as archive:
        parts = load_game_model(archive, "skeletal/box", "skeletal/box")
        assert np.linalg.norm(parts[0].vertices, axis=1).max() == pytest.approx(1)
        picture = on_canvas(ModelRenderer(parts).draw(90, 0))
        assert main_colour(picture).name == "blue"
        rows, columns = np.where(picture.min(-1) < 200)
        assert np.ptp(columns) / np.ptp(rows) == pytest.approx(1.5, rel=0.1)
        assert load_game_model(archive, "skeletal/box", "skeletal/old.dds")
        with pytest.raises(TrainingDataError, match="no such model"):
            load_game_model(archive, "skeletal/fox", "skeletal/box")


def test_concepts_are_drawn_from_their_models_of_the_game(tmp_path):
    source = source_named("0ad", "training")
    _archive(tmp_path / source.name / ARCHIVE)
    listed = {
        "emoji": [],
        "models": [{"name": "box", "game": [["skeletal/box", "skeletal/box"]]}, {"name": "cube"}],
    }
    found = [said for _, said in game_pictures(source, listed, tmp_path)]
    assert {(said.concept, said.design) for said in found} == {("3d:box", "0ad skeletal/box")}
    assert {said.view for said in found} == {"front view", "side view", "back view"}
    assert found[0].colours == ("blue",)


def test_listed_clip_art_is_drawn_each_as_a_design_and_damaged_files_are_left_out(tmp_path):
    source = source_named("openclipart", "training")
    folder = tmp_path / source.name / clipart.FOLDER
    listed = {"apple": ["a.svg", "b.svg"], "pear": ["c.svg"]}
    for name in ("a.svg", "b.svg"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
            '<circle cx="4" cy="4" r="4" fill="#d22"/></svg>'
        )
    (folder / "c.svg").write_text("<svg")
    things = [{"name": name} for name in ("apple", "pear", "plum")]
    concepts = {"emoji": things, "models": []}
    found = [said for _, said in clipart_pictures(source, concepts, tmp_path, listed)]
    assert {(said.concept, said.design) for said in found} == {
        ("apple", "a.svg"),
        ("apple", "b.svg"),
    }


def test_the_shipped_clip_art_shows_shipped_concepts():
    names = {concept["name"] for concept in read_concepts()["emoji"]}
    assert set(read_clipart()) <= names
