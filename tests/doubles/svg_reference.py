"""An independent renderer (resvg) in a process of its own, where a crash harms nobody."""

import base64
import io
import json
import subprocess
import sys

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

_CHILD = """
import base64, json, sys, resvg_py
for text in json.load(sys.stdin):
    options = {"skip_system_fonts": True, "background": "#ffffff", "dpi": 96.0}
    data = resvg_py.svg_to_bytes(svg_string=text, width=%d, height=%d, **options)
    print(base64.b64encode(bytes(data)).decode())
"""


def draw(texts: list[str], size_px: int = 128) -> list[Float[Tensor, "3 size size"]]:
    """Pictures on white of drawings with a square canvas, supersampled 2 x 2."""
    side = 2 * size_px
    result = subprocess.run(
        [sys.executable, "-c", _CHILD % (side, side)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    return [_to_tensor(line) for line in result.stdout.split()]


def _to_tensor(line: str) -> Float[Tensor, "3 size size"]:
    image = Image.open(io.BytesIO(base64.b64decode(line))).convert("RGB")
    pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
    pixels = pixels.reshape(image.height, image.width, 3).permute(2, 0, 1).double() / 255
    return torch.nn.functional.avg_pool2d(pixels[None], 2)[0]
