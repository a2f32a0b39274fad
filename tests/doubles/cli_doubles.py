"""A stage for the command line: no prior, quick runs, and a memory of what was asked."""

from pathlib import Path

import torch

from pds.base.errors import PriorNotFound
from pds.cli.backend import Backend
from pds.cli.main import main
from pds.diffusion.vocabulary import Vocabulary
from pds.work.recipe import Recipe
from tests.doubles.job_doubles import FakeRun

FILES = ["edited.svg", "edited.png", "process.mp4", "process.webp", "recipe.json", "source.svg"]
WORDS = ["--source", "a cat", "--target", "a dog", "--steps", "3", "--quiet"]
VOCABULARY = Vocabulary(
    concepts=("cat", "dog"),
    words=frozenset({"a", "cat", "dog", "red"}),
    groups={"animals": ("cat", "dog")},
)


class FakePrior:
    """What the command line reads of a prior."""

    name = "built-in"
    image_size = 64
    device = torch.device("cpu")
    dtype = torch.float32

    def __init__(self, vocabulary: Vocabulary | None = VOCABULARY, fingerprint: str = "abc123"):
        self.vocabulary, self.fingerprint = vocabulary, fingerprint


class Stage:
    """A backend that remembers what it was asked, and what the runs were."""

    def __init__(self, presets: Path, *, prior=None, before_step=lambda index: None):
        self.prior, self.before_step = prior or FakePrior(), before_step
        self.loaded, self.runs = [], []
        self.backend = Backend(load_prior=self._load, make_run=self._make, presets_folder=presets)

    def _load(self, name: str, *, device: str, dtype: str):
        self.loaded.append((name, device, dtype))
        if name == "nowhere":
            raise PriorNotFound("There is no prior 'nowhere'; choose built-in.")
        return self.prior

    def _make(self, recipe: Recipe, prior):
        unknown = prior.vocabulary.warnings(recipe.edit.target_prompt)
        run = FakeRun(
            recipe.edit.steps, before_step=self.before_step, recipe=recipe, warnings=unknown
        )
        self.runs.append(run)
        return run

    def __call__(self, *argv: object) -> int:
        if "edit" in argv[:1] and "--png-size" not in argv:
            argv = (argv[0], "--png-size", 16, *argv[1:])
        return main([str(word) for word in argv], backend=self.backend)

    @property
    def recipe(self) -> Recipe:
        return self.runs[-1].recipe


def refused(capsys, *parts: str) -> None:
    """The last command said one line on stderr, nothing on stdout, no traceback."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.startswith("python -m pds")
    for part in parts:
        assert part in err
