"""An independent renderer draws what is read, and what is written, as the rasteriser does."""

import pytest

from pds.kinds.svg.document import Document
from pds.kinds.svg.raster.rasteriser import rasterise
from pds.kinds.svg.shapes import Drawing, Parameters
from tests.doubles import svg_reference
from tests.doubles.svg_samples import FEATURES
from tests.kinds.svg.test_svg_writing import jiggle

PX = 128
LIMIT = 0.005


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    return {name: Document.read(text.encode()) for name, text in FEATURES.items()}


def errors(drawn: list[tuple[Drawing, Parameters]], texts: list[str]) -> list[float]:
    pictures = svg_reference.draw(texts, PX)
    return [
        (rasterise(drawing, numbers, size_px=(PX, PX), supersample=2) - picture).abs().mean().item()
        for (drawing, numbers), picture in zip(drawn, pictures, strict=True)
    ]


def test_every_feature_is_drawn_as_by_the_reference(documents):
    drawn = [(document.drawing, document.parameters) for document in documents.values()]
    found = dict(zip(documents, errors(drawn, list(FEATURES.values()))))
    assert {name: error for name, error in found.items() if error >= LIMIT} == {}


@pytest.mark.parametrize("subdivide", [0, 1])
def test_every_written_edit_is_drawn_as_by_the_reference(documents, subdivide):
    drawn, texts = [], []
    for number, document in enumerate(documents.values()):
        fine = document.subdivide(subdivide)
        edited = jiggle(fine, seed=number)
        drawn.append((fine.drawing, edited))
        texts.append(fine.write(edited).decode())
    found = dict(zip(documents, errors(drawn, texts)))
    assert {name: error for name, error in found.items() if error >= LIMIT} == {}
