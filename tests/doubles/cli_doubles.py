"""A stage for the command line: a prior known in closed form, small assets, real runs.

Nothing is put in the place of the program's own parts but the prior and the folder of presets.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from pds.base.errors import PriorNotFound
from pds.cli.backend import Backend
from pds.cli.main import main
from pds.diffusion.gaussian import GaussianPrior
from pds.diffusion.vocabulary import Vocabulary
from pds.kinds.nerf.cameras import orbit
from pds.kinds.nerf.checkpoint import save_scene
from pds.kinds.nerf.fields.grid_field import RAW_FULL, GridField
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.work.recipe import Recipe
from tests.doubles.engine_doubles import sd_schedule

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">'
    '<path id="corner" fill="#ff0000" d="M1 1H7V7Z"/></svg>'
)
DRAWING_FILES = (
    "edited.svg",
    "edited.png",
    "process.mp4",
    "process.webp",
    "recipe.json",
    "source.svg",
)
SCENE_FILES = ("edited.safetensors", "recipe.json", "source.safetensors")
PICTURE_FILES = ("edited.png", "process.mp4", "process.webp", "recipe.json", "source.png")
WORDS = ["--source", "a cat", "--target", "a dog", "--steps", "3", "--quiet"]
QUICK = ["--no-film", "--no-png", "--quiet"]
QUICK_SCENE = ["--no-views", "--no-film", "--no-turntable", "--no-mesh", "--quiet"]
CREDIT = {"author": "A. Nonym", "source": "a set", "licence": "CC0"}
VOCABULARY = Vocabulary(
    concepts=("cat", "dog"),
    words=frozenset({"a", "cat", "dog", "red", "drawing", "of"}),
    groups={"animals": ("cat", "dog")},
)


class StagedPrior(GaussianPrior):
    """Knows dark cats and bright dogs. `before_call(index)` may raise, or press Ctrl-C."""

    def __init__(self, *, vocabulary: Vocabulary | None = VOCABULARY, fingerprint: str = "abc123"):
        super().__init__({}, schedule=sd_schedule(), image_size=16)
        self.name = "built-in"
        self.vocabulary, self.fingerprint = vocabulary, fingerprint
        self.before_call: Callable[[int], None] = lambda index: None
        self.calls = 0

    def embed(self, prompts: list[str]):
        self.means |= {prompt: 1.0 if "dog" in prompt else -1.0 for prompt in prompts}
        return super().embed(prompts)

    def predict_noise(self, noisy, timestep, embedding, guidance_scale):
        self.before_call(self.calls)
        self.calls += 1
        return super().predict_noise(noisy, timestep, embedding, guidance_scale)


class Stage:
    """Runs commands; remembers which priors were asked for.

    Attributes:
        prior: of every run; counts its calls anew with every command.
        loaded: name, device and dtype of each prior that was asked for.
    """

    def __init__(self, presets: Path, *, prior: StagedPrior | None = None):
        presets.mkdir(parents=True, exist_ok=True)
        self.prior = prior or StagedPrior()
        self.loaded: list[tuple[str, str, str]] = []
        self.backend = Backend(load_prior=self._load, presets_folder=presets)

    def _load(self, name: str, *, device: str, dtype: str) -> StagedPrior:
        self.loaded.append((name, device, dtype))
        if name == "nowhere":
            raise PriorNotFound("There is no prior 'nowhere'; choose built-in.")
        return self.prior

    def __call__(self, *argv: object) -> int:
        self.prior.calls = 0
        return main([str(word) for word in argv], backend=self.backend)


def written_recipe(folder: Path) -> Recipe:
    """The recipe that an edit has written."""
    return Recipe.from_json((folder / "recipe.json").read_bytes())


def names_in(folder: Path) -> list[str]:
    """The files that lie there."""
    return sorted(path.name for path in folder.iterdir())


def refused(capsys, *parts: str) -> None:
    """The last command said one line on stderr, nothing on stdout, no traceback."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.startswith("pds")
    for part in parts:
        assert part in err


def failing_at(index: int, error: Exception) -> Callable[[int], None]:
    """Raises at that call of the prior, and at all later ones."""

    def before_call(now: int) -> None:
        if now >= index:
            raise error

    return before_call


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
    """A ball as a scene's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(save_scene(ball(**changes)))
    return path


def write_drawing(path: Path, text: str = SVG) -> Path:
    """A drawing's file."""
    path.write_text(text)
    return path


def write_picture(path: Path, color: tuple[int, int, int] = (200, 60, 60), side: int = 24) -> Path:
    """A picture's file: a square of one colour on white."""
    pixels = np.full((side, side, 3), 255, np.uint8)
    pixels[side // 4 : -side // 4, side // 4 : -side // 4] = color
    Image.fromarray(pixels).save(path)
    return path


def make_preset(folder: Path, kind: str = "svg", key: str = "", **changes) -> Path:
    """A preset from cat to dog, of any kind; returns its folder."""
    key = key or f"cat-dog-{kind}"
    path = folder / key
    path.mkdir(parents=True)
    own = {
        "svg": {"drawing": "drawing.svg", "svg": {"move": ["fill"]}},
        "nerf": {"scene": "scene.safetensors", "nerf": {"move": ["color"]}},
        "image": {"picture": "picture.png"},
    }[kind]
    if kind == "svg":
        write_drawing(path / "drawing.svg")
    elif kind == "nerf":
        write_ball(path / "scene.safetensors")
    else:
        write_picture(path / "picture.png")
    values = {
        "kind": kind,
        "title": "Cat to dog",
        "description": f"A cat becomes a dog ({kind}).",
        "order": 2,
        "tags": ["animals"],
        "source_prompt": "a cat",
        "target_prompt": "a dog",
        "edit": {"steps": 4, "guidance_scale": 7},
        "credit": CREDIT,
        **own,
        **changes,
    }
    (path / "preset.json").write_text(json.dumps(values))
    return path


def options_of(cls, values):
    """The settings as words of a command line."""
    words = []
    for name, value in values.items():
        flag = cls.declarations()[name].flag
        if isinstance(value, bool):
            words.append(flag if value else flag.replace("--", "--no-", 1))
        elif isinstance(value, tuple) and isinstance(value[0], float):
            words += [flag, *map(str, value)]
        else:
            words += [flag, ",".join(value) if isinstance(value, tuple) else str(value)]
    return words


def all_differ_from_the_defaults(cls, values) -> bool:
    """Whether these are all settings of the class, each another than the default."""
    defaults = cls.defaults()
    return set(values) == set(defaults) and all(values[n] != defaults[n] for n in defaults)
