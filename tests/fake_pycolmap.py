"""Stands in for pycolmap: finds at once what it was told to find."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
from PIL import Image

from pds.nerf.cameras import Camera
from tests.posing_scenes import room_cameras


class FakePycolmap:
    """As much of the library as `pds.nerf.structure` uses.

    Args:
        models: the numbers, from 0, of the pictures that each model places, in this order.
        points: how many points of the scene each placed picture sees.
        version: what it says it is.

    Attributes:
        matched: pairs of file names that were compared.
        lenses: kind of camera, size and first guess of the focal length, for each lens.
    """

    def __init__(self, *models: range, points: int = 100, version: str = "4.2.1"):
        self.__version__ = version
        self.matched: list[tuple[str, str]] = []
        self.lenses: list[tuple[str, tuple[int, int], float]] = []
        self.Device = SimpleNamespace(cpu="cpu")
        self.CameraMode = SimpleNamespace(SINGLE="single", AUTO="auto")
        self.Database = SimpleNamespace(open=_Database)
        self._models = models
        self._points = points
        self._lens_of: dict[str, int] = {}
        _Database.lens_of = self._lens_of

    def ImageReaderOptions(self) -> SimpleNamespace:
        return SimpleNamespace(default_focal_length_factor=1.2)

    def FeatureExtractionOptions(self) -> SimpleNamespace:
        return SimpleNamespace(sift=SimpleNamespace())

    def TwoViewGeometryOptions(self) -> SimpleNamespace:
        return SimpleNamespace(ransac=SimpleNamespace())
