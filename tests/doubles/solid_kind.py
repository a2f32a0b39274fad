"""A kind in one short file: a picture of one colour, whose three numbers move."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import torch
from PIL import Image

from pds.base.errors import InputError
from pds.base.files import write_bytes
from pds.base.images import to_pil
from pds.base.pngs import check_size
from pds.engine.parametric import ParameterGroup, ParametricImage, View
from pds.kinds.asset import Asset
from pds.kinds.film_output import film_output
from pds.kinds.kind import Kind
from pds.kinds.output import Made, Output, OutputFile, OutputStep
from pds.kinds.shared_outputs import recipe_output, source_output
from pds.settings import Settings, number


class SolidSettings(Settings):
    """How fast the colour moves.

    Attributes:
        rate: Adam step, thousandths of the range [0, 1].
    """

    title: ClassVar[str] = "the colour"
    rate: float = number(20, 0, 500, label="Speed", help="of the colour", flag="--rate")


class SolidImage(ParametricImage):
    """One colour."""

    def __init__(self, source, color, settings: SolidSettings, size_px: int):
        self.first, self.settings, self.size_px = source, settings, size_px
        self.color = color.clone().requires_grad_()

    def parameter_groups(self):
        rate = self.settings.rate / 1000
        return [ParameterGroup(name="color", parameters=(self.color,), learning_rate=rate)]

    def views(self):
        return (View(),)

    def render(self, view):
        return self.color.view(1, 3, 1, 1).expand(1, 3, self.size_px, self.size_px)

    def source(self, view):
        return self.first.view(1, 3, 1, 1).expand(1, 3, self.size_px, self.size_px)

    @torch.no_grad()
    def project(self):
        self.color.clamp_(0, 1)


def _bytes(color: torch.Tensor) -> bytes:
    return b"solid " + bytes((color * 255).round().byte().tolist()).hex().encode()


def _write(made: Made, settings: Settings, path: Callable[[str], Path]) -> Iterator[OutputStep]:
    write_bytes(path("solid"), made.edited.data)
    yield OutputStep(index=0, total=1)


class SolidKind(Kind):
    """Counts how often it reads and draws."""

    key = "solid"
    label, noun = "Colour", "colour"
    endings = (".solid",)
    max_bytes = 100
    asset_field = settings_field = "solid"
    Settings = SolidSettings
    outputs = (
        Output(
            key="solid",
            label="Colour",
            quick=True,
            files=(
                OutputFile(key="solid", label="File", tail="", ending=".solid", plain="a.solid"),
            ),
            write=_write,
        ),
        film_output(64),
        recipe_output(),
        source_output(".solid"),
    )
    examples = ("a dark colour", "a light colour")

    def __init__(self):
        self.reads = self.draws = 0

    def read(self, data, *, name):
        self.reads += 1
        try:
            head, digits = data.decode().split()
            numbers = list(bytes.fromhex(digits))
        except ValueError as error:
            raise InputError("This is no colour; write “solid rrggbb”.") from error
        if head != "solid" or len(numbers) != 3:
            raise InputError("This is no colour; write “solid rrggbb”.")
        return self._asset(torch.tensor(numbers) / 255, name)

    def _asset(self, color, name):
        return Asset(kind=self.key, name=name, content=color, write=_bytes)

    def parametric(self, asset, settings, *, size_px, device, generator, start=None):
        return SolidImage(asset.content, (start or asset).content, settings, size_px)

    def snapshot(self, moving, *, name, prompts):
        return self._asset(moving.color.detach().clone(), name)

    def draw(self, asset, look, size_px) -> Image.Image:
        check_size(size_px)
        self.draws += 1
        return to_pil(asset.content.view(1, 3, 1, 1).expand(1, 3, size_px, size_px))

    def embed(self, asset):
        return asset.data.decode()

    def unembed(self, text):
        return text.encode()
