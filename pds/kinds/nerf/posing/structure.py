"""Structure from motion: the steps of pycolmap, from pictures to cameras.

The library is an argument everywhere, so that nothing here needs it installed. Its cameras look
along +z with y down (OpenCV); ours look along -z with y up (OpenGL).
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import numpy as np
import torch

from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.capture.photos import PreparedPhoto
from pds.kinds.nerf.posing.lockstep import lockstep

Item = TypeVar("Item")

MAX_FEATURES = 4096
UPSAMPLED_SIDE_PX = 1000  # smaller pictures are searched at twice their size, too
ALL_PAIRS_UP_TO = 60  # photos; beyond, neighbours in order and a skeleton are compared
NEIGHBOURS = 10
SKELETON = 40
PAIRS_A_STEP = 32  # on one thread: about a second
SHARED_LENS_FROM = 10  # photos of one camera that pin down all of OpenCV's coefficients
MIN_POINTS = 20  # of the scene that a placed picture must see
SMALLEST_MODEL = 3
MOST_MODELS = 5


class Structure:
    """One search for the poses of some pictures.

    Args:
        library: pycolmap.
        folder: where the pictures lie; the library's database goes there too.
        pictures: PNGs directly in that folder.
        threads: how many the library may use.
        seed: of the library's chance.

    Attributes:
        cameras: what was found after `map`, by file name, in coordinates of its own.
        depth: how far in front of the cameras the scene is there; None before.
    """

    def __init__(
        self,
        library: ModuleType,
        folder: Path,
        pictures: Sequence[PreparedPhoto],
        *,
        threads: int,
        seed: int,
    ):
        self._library = library
        self._folder = folder
        self._database = folder / "database.db"
        self._pictures = tuple(pictures)
        self._threads = threads
        self._seed = seed
        self.cameras: dict[str, Camera] = {}
        self.depth: float | None = None

    def extract(self) -> Iterator[int]:
        """Finds features in all pictures; yields how many pictures are done."""
        done = 0
        for group in _by_lens(self._pictures):
            camera = -1
            for chunk in _chunks(group, self._threads):
                self._extract(chunk, camera=camera, shared=len(group))
                camera = self._camera_of(chunk[0]) if camera < 0 else camera
                done += len(chunk)
                yield done

    def _extract(self, chunk: Sequence[PreparedPhoto], *, camera: int, shared: int) -> None:
        """Pictures of one lens share one camera, whose number is -1 until the first are read."""
        library = self._library
        reader = library.ImageReaderOptions()
        reader.camera_model = "OPENCV" if shared >= SHARED_LENS_FROM else "SIMPLE_RADIAL"
        reader.existing_camera_id = camera
        if chunk[0].focal_35mm:
            reader.default_focal_length_factor = chunk[0].focal_35mm / 36
        options = library.FeatureExtractionOptions()
        options.num_threads = self._threads
        options.use_gpu = False
        options.sift.max_num_features = MAX_FEATURES  # the coarsest, if there are more
        if max(chunk[0].width, chunk[0].height) > UPSAMPLED_SIDE_PX:
            options.sift.first_octave = 0  # a quarter of the time, and enough is left
        modes = library.CameraMode
        library.extract_features(
            self._database,
            self._folder,
            image_names=[picture.path.name for picture in chunk],
            camera_mode=modes.SINGLE if camera < 0 else modes.AUTO,
            reader_options=reader,
            extraction_options=options,
            device=library.Device.cpu,
        )

    def _camera_of(self, picture: PreparedPhoto) -> int:
        with self._library.Database.open(self._database) as database:
            return database.read_image_with_name(picture.path.name).camera_id

    def match(self, blocks: Sequence[Sequence[tuple[str, str]]]) -> Iterator[int]:
        """Compares the features of pairs of pictures; yields how many blocks are done.

        Args:
            blocks: pairs of file names; names that are none of these pictures are passed over.
        """
        library = self._library
        listed = self._folder / "pairs.txt"
        pairing = library.ImportedPairingOptions()
        pairing.match_list_path = listed
        matching = library.FeatureMatchingOptions()
        matching.num_threads = self._threads
        matching.use_gpu = False
        verification = library.TwoViewGeometryOptions()
        verification.ransac.random_seed = self._seed
        known = {picture.path.name for picture in self._pictures}
        for done, block in enumerate(blocks, 1):
            lines = [f"{a} {b}\n" for a, b in block if a in known and b in known]
            listed.write_text("".join(lines), encoding="utf-8")
            if lines:
                library.match_image_pairs(
                    self._database, matching, pairing, verification, device=library.Device.cpu
                )
            yield done

    def map(self) -> Iterator[int]:
        """Places one camera after the other; yields how many are placed in the present model.

        There may be several models, where pictures fall into groups that share nothing; the
        largest one fills `cameras` at the end.
        """
        library = self._library
        options = library.IncrementalPipelineOptions()
        options.num_threads = self._threads
        options.random_seed = self._seed
        options.extract_colors = False
        options.min_model_size = SMALLEST_MODEL
        options.max_num_models = MOST_MODELS
        placed = 0

        def work(tell: Callable[[int], None]) -> dict[int, Any]:
            def start_a_model() -> None:
                nonlocal placed
                placed = 2
                tell(placed)

            def place_one() -> None:
                nonlocal placed
                placed += 1
                tell(placed)

            return library.incremental_mapping(
                self._database,
                self._folder,
                self._folder,
                options,
                initial_image_pair_callback=start_a_model,
                next_image_callback=place_one,
            )

        models = yield from lockstep(work)
        model = max(models.values(), key=lambda model: len(_placed(model)), default=None)
        if model is not None and _placed(model):
            images = _placed(model)
            self.cameras = {i.name: _camera(i, model.cameras[i.camera_id]) for i in images}
            self.depth = _depth(model, list(self.cameras.values()))


def pair_blocks(names: Sequence[str], threads: int) -> list[list[tuple[str, str]]]:
    """Which pictures to compare with which, in blocks of about a second.

    All pairs if they are few. Of many: neighbours in the given order, the distances 16, 32, ...,
    and all pairs of about forty pictures spread evenly, so that a walk that comes back closes.
    """
    count = len(names)
    if count <= ALL_PAIRS_UP_TO:
        pairs = list(itertools.combinations(range(count), 2))
    else:
        apart = [*range(1, NEIGHBOURS + 1), *(2**power for power in range(4, 10))]
        near = {(first, first + gap) for gap in apart for first in range(count - gap)}
        skeleton = itertools.combinations(range(0, count, -(-count // SKELETON)), 2)
        pairs = sorted(near.union(skeleton))
    return list(_chunks([(names[a], names[b]) for a, b in pairs], PAIRS_A_STEP * threads))


def _by_lens(pictures: Sequence[PreparedPhoto]) -> list[list[PreparedPhoto]]:
    """Pictures of one size and focal length were, most likely, taken through one lens."""
    groups: dict[tuple, list[PreparedPhoto]] = {}
    for picture in pictures:
        lens = (picture.width, picture.height, picture.focal_35mm)
        groups.setdefault(lens, []).append(picture)
    return list(groups.values())


def _chunks(items: list[Item], size: int) -> Iterator[list[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _placed(model: Any) -> list[Any]:
    """Images that see enough points; without any, poses are chance (a pan from one spot)."""
    images = [model.image(number) for number in model.reg_image_ids()]
    return [image for image in images if image.num_points3D >= MIN_POINTS]


def _depth(model: Any, cameras: Sequence[Camera]) -> float:
    """The distance along its axis at which a typical camera has the middle one of all points."""
    points = np.array([point.xyz for point in model.points3D.values()])
    poses = torch.stack([camera.camera_to_world for camera in cameras]).double().numpy()
    depths = np.einsum("cpx,cx->cp", points - poses[:, None, :, 3], -poses[:, :, 2])
    return float(np.median(depths))


def _camera(image: Any, lens: Any) -> Camera:
    world_to_camera = np.eye(4)
    world_to_camera[:3] = image.cam_from_world().matrix()
    camera_to_world = np.linalg.inv(world_to_camera)[:3]
    camera_to_world[:, 1:3] *= -1  # OpenCV's y down and z ahead to OpenGL's
    if lens.model.name == "OPENCV":
        fl_x, fl_y, cx, cy, *distortion = lens.params.tolist()
    else:  # SIMPLE_RADIAL
        fl_x, cx, cy, radial = lens.params.tolist()
        fl_y, distortion = fl_x, [radial, 0.0, 0.0, 0.0]
    return Camera(
        camera_to_world=torch.from_numpy(camera_to_world).to(torch.float32),
        width=lens.width,
        height=lens.height,
        fl_x=fl_x,
        fl_y=fl_y,
        cx=cx,
        cy=cy,
        distortion=tuple(distortion),
    )
