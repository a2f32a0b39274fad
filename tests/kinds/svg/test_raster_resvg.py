"""Small files drawn by this package and by resvg; resvg runs in a child process."""

import base64
import io
import json
import subprocess
import sys

import pytest
import torch
from PIL import Image

from pds.kinds.svg.document import Document
from pds.kinds.svg.raster.rasteriser import rasterise

SIZE = 64
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
STOPS = '<stop offset="0" stop-color="#fc0"/><stop offset="1" stop-color="#06c" stop-opacity=".6"/>'
FILES = {
    "shapes": '<rect x="5" y="6" width="30" height="20" rx="6" fill="#c33"/>'
    '<circle cx="44" cy="40" r="15" fill="#3a5"/><ellipse cx="20" cy="48" rx="14" ry="7"/>',
    "even-odd": '<path fill-rule="evenodd" d="M32 4 50 58 4 24H60L14 58Z"/>',
    "arcs": '<path fill="#84c" d="M10 40A20 12 30 1 1 50 30Q40 60 10 40Z"/>',
    "strokes": '<g fill="none" stroke="#222" stroke-width="5"><path d="M8 20 20 8 32 20 40 10"/>'
    '<path stroke-linecap="round" stroke-linejoin="round" d="M8 40C20 20 30 60 44 36L56 50"/>'
    '<path stroke-linecap="square" stroke-linejoin="bevel" d="M48 8 58 12 50 26"/></g>',
    "skewed stroke": '<g transform="matrix(1.4 .3 -.5 .6 12 6)"><circle cx="18" cy="30" r="14"'
    ' fill="#fd8" stroke="#a40" stroke-width="6"/></g>',
    "linear": f'<linearGradient id="a" x2="1" y2="1">{STOPS}</linearGradient>'
    '<path fill="url(#a)" d="M6 6H58L40 56 10 50Z"/>',
    "radial": '<radialGradient id="a" cx="30" cy="30" r="18" fx="22" fy="24" spreadMethod="reflect"'
    f' gradientUnits="userSpaceOnUse">{STOPS}</radialGradient>'
    '<rect x="4" y="4" width="56" height="56" fill="url(#a)"/>',
    "clip": '<clipPath id="a"><circle cx="26" cy="30" r="20"/><rect x="36" y="30" width="20"'
    ' height="20"/></clipPath><g clip-path="url(#a)"><rect width="64" height="64" fill="#48c"/>'
    '<circle cx="40" cy="36" r="14" fill="#fe4"/></g>',
    "group": '<g opacity=".5"><rect x="8" y="8" width="30" height="30" fill="#e22"/>'
    '<rect x="24" y="24" width="30" height="30" fill="#22e" opacity=".8"/></g>',
}
CHILD = """
import base64, json, sys, resvg_py
pictures = [
    bytes(resvg_py.svg_to_bytes(svg_string=text, width=size, height=size, background="white"))
    for text, size in json.load(sys.stdin)
]
json.dump([base64.b64encode(picture).decode() for picture in pictures], sys.stdout)
"""


@pytest.fixture(scope="module")
def references():
    """What resvg draws at eight times the size, averaged down."""
    files = [(f"{HEAD}{body}</svg>", 8 * SIZE) for body in FILES.values()]
    child = subprocess.run(
        [sys.executable, "-c", CHILD], input=json.dumps(files), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    pictures = {}
    for name, encoded in zip(FILES, json.loads(child.stdout), strict=True):
        image = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB")
        values = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).double() / 255
        pictures[name] = values.view(SIZE, 8, SIZE, 8, 3).mean((1, 3)).permute(2, 0, 1)
    return pictures


@pytest.mark.parametrize("name", FILES)
def test_resvg_draws_the_same_picture(references, name):
    document = Document.read(f"{HEAD}{FILES[name]}</svg>".encode())
    assert document.warnings == ()
    picture = rasterise(document.drawing, document.parameters, size_px=(SIZE, SIZE))
    assert (picture - references[name]).abs().mean() < 0.0025
    assert (picture - 1).abs().mean() > 0.05
