"""A stage for the scene commands: tiny scenes, quick runs, and a memory of what was asked."""

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch
from PIL import Image

from pds.base.errors import CaptureError
from pds.base.files import write_bytes
from pds.cli.backend import SceneBackend
from pds.cli.main import main
from pds.kinds.nerf.cameras import orbit
from pds.kinds.nerf.checkpoint import save_scene
from pds.kinds.nerf.export.exports import export_scene, export_scene_run
from pds.kinds.nerf.fields.grid_field import RAW_FULL, GridField
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.work.scene_recipe import SceneRecipe
from tests.doubles.cli_doubles import Stage
from tests.doubles.job_doubles import FakeStep

FILES = ["edited.safetensors", "recipe.json", "source.safetensors"]
PICTURE_FILES = [
    "view_1.png", "view_2.png", "view_3.png", "view_4.png", "process.mp4", "turntable.mp4",
    "turntable.webp", "before_after.mp4",
]  # fmt: skip
QUIET = ["--size", "32", "--film-size", "32", "--no-mesh", "--quiet"]


def ball(
    color: tuple[float, float, float] = (0.9, 0.1, 0.1), *, radius: float = 0.6, **changes
) -> FittedScene:
    """A ball of one colour in a grid of 12 cells a side, seen from four sides."""
    field = GridField(12)
    side = torch.linspace(-1, 1, field.resolution)
    points = torch.stack(torch.meshgrid(side, side, side, indexing="ij"), -1)
    with torch.no_grad():
        field.density_raw[points.norm(dim=-1) < radius] = RAW_FULL
        field.color_raw.copy_(torch.logit(torch.tensor(color)).expand_as(field.color_raw))
    cameras = tuple(
        orbit(azimuth, 15, distance=4.0, fov_deg=40.0, size_px=24) for azimuth in (0, 90, 180, 270)
    )
    values = {"name": "ball", "has_front": True, **changes}
    names = tuple(f"{index}.png" for index in range(len(cameras)))
    return FittedScene(field=field, cameras=cameras, names=names, bounded=True, **values)


def write_ball(path: Path, **changes) -> Path:
    """A ball as a checkpoint."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(save_scene(ball(**changes)))
    return path


def quick_export(folder, run, *, source, size_px, film_px, mesh, say) -> list[Path]:
    """What other commands read of an export, without its films."""
    contents = (save_scene(run.scene()), run.recipe.to_json().encode(), source)
    return [
        write_bytes(Path(folder) / name, data) for name, data in zip(FILES, contents, strict=True)
    ]


@dataclasses.dataclass(frozen=True)
class Quality:
    """What a fit measures."""

    psnr: float
    ssim: float
    views: int


class FakeSceneRun:
    """Counts its steps; the scene turns bluer with every one. `before_step(index)` may raise."""

    curve_label = "Gradient"
    quality: Quality | None = None

    def __init__(self, total: int, name: str, *, before_step: Callable[[int], None], source=None):
        self.total, self.name, self.before_step = total, name, before_step
        self.source, self.warnings = source, ()
        self.taken, self.closed = 0, False

    def steps(self) -> Iterator[FakeStep]:
        try:
            for index in range(self.total):
                self.before_step(index)
                self.taken = index + 1
                yield FakeStep(index=index, total=self.total, curve_value=20 + index)
        finally:
            self.closed = True

    def scene(self) -> FittedScene:
        return ball((0.1, 0.1, min(0.9, 0.1 + self.taken / 10)), name=self.name)

    def source_scene(self) -> FittedScene | None:
        return self.source

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        for index in range(self.taken):
            yield Image.new("RGB", (size_px, size_px), (0, 0, 40 * index))

    def picture(self, azimuth_deg, elevation_deg, size_px, *, what="color", source=False):
        red = 255 if source else 40 * self.taken
        return Image.new("RGB", (size_px, size_px), (red, int(azimuth_deg) % 256, 0))


class SceneStage(Stage):
    """A backend that remembers what it was asked, and what the runs were.

    Attributes:
        captures: what was to be read, in order: paths and keyword arguments.
        fits, edits, refinements: the runs that were made, with their arguments.
    """

    def __init__(self, presets: Path, *, warnings: tuple[str, ...] = (), **arguments):
        presets.mkdir(parents=True, exist_ok=True)
        super().__init__(presets, **arguments)
        self.warnings = warnings
        self.captures, self.fits, self.edits, self.refinements = [], [], [], []
        self.scene_of_fit: Callable[[FakeSceneRun], FittedScene] = FakeSceneRun.scene
        self.scene_backend = SceneBackend(
            read_capture=self._read,
            make_fit=self._fit,
            make_edit=self._edit,
            make_refine=self._refine,
            export_run=quick_export,
            export=export_scene,
        )
        self.backend = dataclasses.replace(self.backend, scenes=lambda: self.scene_backend)

    def export_really(self) -> None:
        """From now on all files are written."""
        self.scene_backend = dataclasses.replace(
            self.scene_backend, export_run=partial(export_scene_run, frames=2, mesh_resolution=24)
        )

    def __call__(self, *argv: object) -> int:
        return main([str(word) for word in argv], backend=self.backend)

    @property
    def recipe(self) -> SceneRecipe:
        return self.edits[-1].recipe

    def _read(self, paths, **options):
        if not paths[0].exists():
            raise CaptureError(f"There is no file or folder {str(paths[0])!r}; check the name.")
        assert options["work"].is_dir()
        self.captures.append((list(paths), options))
        return "capture"

    def _run(self, total: int, name: str, **facts) -> FakeSceneRun:
        run = FakeSceneRun(
            total, name, before_step=self.before_step, source=facts.pop("source", None)
        )
        run.warnings = self.warnings
        for fact, value in facts.items():
            setattr(run, fact, value)
        return run

    def _fit(self, source, config, *, name, work, resume, device):
        quality = None if config.holdout == 0 else Quality(psnr=31.24, ssim=0.951, views=5)
        run = self._run(config.steps or 3, name, config=config, resume=resume, quality=quality)
        run.device = device
        run.curve_label = "PSNR in dB"
        make = self.scene_of_fit
        run.scene = lambda: make(run)
        self.fits.append(run)
        return run

    def _edit(self, recipe, source, prior):
        recipe = dataclasses.replace(recipe, prior_fingerprint=prior.fingerprint)
        run = self._run(recipe.edit.steps, recipe.name, recipe=recipe, source=source)
        self.edits.append(run)
        return run

    def _refine(self, recipe, source, edited, prior):
        recipe = dataclasses.replace(recipe, prior_fingerprint=prior.fingerprint)
        run = self._run(recipe.refine.steps, recipe.name, recipe=recipe, source=source)
        run.edited = edited
        self.refinements.append(run)
        return run


def options_of(table, values):
    """The settings as words of a command line."""
    words = []
    for name, value in values.items():
        option, kind, metavar, _ = table[name]
        if kind is bool:
            words.append(option if value else option.replace("--", "--no-", 1))
        elif isinstance(metavar, tuple):
            words += [option, *map(str, value)]
        else:
            words += [option, ",".join(value) if isinstance(value, tuple) else str(value)]
    return words


def all_differ_from_the_defaults(values, cls) -> bool:
    defaults = {f.name: f.default for f in dataclasses.fields(cls)}
    return set(values) == set(defaults) and all(values[n] != defaults[n] for n in defaults)
