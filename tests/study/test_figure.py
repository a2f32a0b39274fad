"""The figure of the two-dimensional experiment is a drawing that others open."""

import io

import numpy as np
import pytest
import resvg_py
import torch
from lxml import etree
from PIL import Image

from pds.kinds import kind_of
from pds.study.figure import COLOURS, figure_svg
from pds.study.toy import Walk, marginals

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def svg():
    samples = marginals(torch.Generator().manual_seed(0), count=300)
    paths = {"sds": [(-1, 0), (2, 0)], "dds": [(-1, 0), (1.9, 1)], "pds": [(-1, 0), (1, 0.2)]}
    walks = [Walk(method=key, path=torch.tensor(path).float()) for key, path in paths.items()]
    return figure_svg(walks, samples)


def test_it_shows_marginals_paths_starts_and_a_legend(svg):
    root = etree.fromstring(svg.encode())
    ids = [node.get("id") for node in root if node.get("id")]
    assert ids == ["source", "target", "sds", "dds", "pds", "starts", "legend"]
    assert root.find(f"{SVG}title").text == "Where SDS, DDS, PDS take a point"
    words = {node.text for node in root.iter(f"{SVG}text")}
    assert words == {"source", "target", "start", "SDS", "DDS", "PDS"}


def test_another_renderer_draws_it(svg):
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg))))
    seen = {tuple(c) for c in np.asarray(picture.convert("RGB")).reshape(-1, 3).tolist()}
    for colour in COLOURS.values():
        assert tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) in seen


def test_this_program_opens_it_as_a_drawing(svg):
    asset = kind_of("svg").read(svg.encode(), name="figure")
    assert "pds" in asset.parts


def test_a_method_without_a_colour_of_its_own_is_drawn_in_grey():
    walks = [Walk(method="new", path=torch.tensor([[-1.0, 0.0], [1.0, 0.0]]))]
    samples = marginals(torch.Generator().manual_seed(0), count=10)
    assert 'id="new" stroke="#555555"' in figure_svg(walks, samples)
