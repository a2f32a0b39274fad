"""Stands in for pycolmap: finds at once what it was told to find."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from pds.kinds.nerf.cameras import Camera

# Focal lengths in sides of the picture, principal point in sides, and what bends.
LENSES = {"SIMPLE_RADIAL": (0.01,), "OPENCV": (0.04, 0.03, 0.02, 0.01)}


class FakePycolmap(ModuleType):
    """As much of the library as `pds.kinds.nerf.posing.structure` uses.

    Args:
        truth: the cameras it finds.
        models: the numbers, from 0, of the pictures that each of its models places, in this order.
        points: how many points of the scene each placed picture sees.
        version: what it says it is.

    Attributes:
        matched: pairs of file names that were compared.
        lenses: kind of camera, size of picture, guess of the focal length: of each lens.
        octaves: the finest scale searched in each picture, as a power of two of its pixels.
        interrupted: whether the mapping was left by an error of a callback.
    """

    def __init__(
        self,
        truth: tuple[Camera, ...] = (),
        *models: range,
        points: int = 100,
        version: str = "4.2.1",
    ):
        super().__init__("fake_pycolmap")
        self.__version__ = version
        self.Device = SimpleNamespace(cpu="cpu")
        self.CameraMode = SimpleNamespace(SINGLE="single", AUTO="auto")
        self.Database = SimpleNamespace(open=self._open_database)
        self.ImageReaderOptions = lambda: SimpleNamespace(default_focal_length_factor=1.2)
        self.FeatureExtractionOptions = lambda: SimpleNamespace(
            sift=SimpleNamespace(first_octave=-1)
        )
        self.FeatureMatchingOptions = SimpleNamespace
        self.ImportedPairingOptions = SimpleNamespace
        self.TwoViewGeometryOptions = lambda: SimpleNamespace(ransac=SimpleNamespace())
        self.IncrementalPipelineOptions = SimpleNamespace
        self.matched: list[tuple[str, str]] = []
        self.lenses: list[tuple[str, tuple[int, int], float]] = []
        self.octaves: list[int] = []
        self.interrupted = False
        self._truth = truth
        self._models = models
        self._points = points
        self._lens_of: dict[str, int] = {}

    def extract_features(
        self,
        database: Path,
        folder: Path,
        *,
        image_names: list[str],
        camera_mode: str,
        reader_options: Any,
        extraction_options: Any,
        device: str,
    ) -> None:
        lens = reader_options.existing_camera_id
        for name in image_names:
            with Image.open(folder / name) as picture:
                size = picture.size
            if lens < 0:
                guess = reader_options.default_focal_length_factor
                self.lenses.append((reader_options.camera_model, size, guess))
                lens = len(self.lenses) - 1
            assert self.lenses[lens][1] == size, "one lens for two sizes"
            self._lens_of[name] = lens
            self.octaves.append(extraction_options.sift.first_octave)

    def _open_database(self, path: Path) -> "_Database":
        return _Database(self._lens_of)

    def match_image_pairs(
        self, database: Path, matching: Any, pairing: Any, verification: Any, *, device: str
    ) -> None:
        lines = pairing.match_list_path.read_text(encoding="utf-8").splitlines()
        pairs = [tuple(line.split(" ")) for line in lines]
        assert all(set(pair) <= set(self._lens_of) for pair in pairs)
        self.matched += pairs

    def incremental_mapping(
        self,
        database: Path,
        folder: Path,
        output: Path,
        options: Any,
        *,
        initial_image_pair_callback: Callable[[], None],
        next_image_callback: Callable[[], None],
    ) -> dict[int, "_Model"]:
        self.interrupted = True
        for numbers in self._models:
            initial_image_pair_callback()
            for _ in numbers[2:]:
                next_image_callback()
        self.interrupted = False
        return {index: self._model(numbers) for index, numbers in enumerate(self._models)}

    def _model(self, numbers: range) -> "_Model":
        images = {number: self._image(number) for number in numbers}
        cameras = {lens: _lens(*facts[:2]) for lens, facts in enumerate(self.lenses)}
        return _Model(images, cameras)

    def _image(self, number: int) -> SimpleNamespace:
        name = f"{number + 1:04d}.png"
        matrix = np.eye(4)
        matrix[:3] = self._truth[number].camera_to_world.double().numpy()
        matrix[:, 1:3] *= -1
        return SimpleNamespace(
            name=name,
            camera_id=self._lens_of[name],
            num_points3D=self._points,
            cam_from_world=lambda: SimpleNamespace(matrix=lambda: np.linalg.inv(matrix)[:3]),
        )


class _Database:
    def __init__(self, lens_of: dict[str, int]):
        self._lens_of = lens_of

    def __enter__(self) -> "_Database":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def read_image_with_name(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(camera_id=self._lens_of[name])


class _Model:
    """A reconstruction with two points of the scene."""

    def __init__(self, images: dict[int, Any], cameras: dict[int, Any]):
        self._images = images
        self.cameras = cameras
        points = ((0.0, 0.2, -0.5), (0.1, 0.3, -0.4))
        self.points3D = {n: SimpleNamespace(xyz=np.array(xyz)) for n, xyz in enumerate(points)}

    def reg_image_ids(self) -> list[int]:
        return list(self._images)

    def image(self, number: int) -> Any:
        return self._images[number]


def _lens(kind: str, size: tuple[int, int]) -> SimpleNamespace:
    """A focal length of one width (and a bit more vertically, where the kind has it)."""
    width, height = size
    focal = [width] if kind == "SIMPLE_RADIAL" else [width, 1.01 * width]
    params = np.array([*focal, 0.5 * width, 0.4 * height, *LENSES[kind]], float)
    model = SimpleNamespace(name=kind)
    return SimpleNamespace(model=model, params=params, width=width, height=height)
