"""An edit and its refinement as one run: what a recipe with both asks for."""

from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image

from pds.kinds.nerf.fitted_scene import FittedScene


class RefinedEdit:
    """Takes the steps of an edit, then those of the refinement of what it made.

    Args:
        edit: the run of the edit.
        make_refinement: makes the run of the refinement from the edited scene.
    """

    def __init__(self, edit: Any, make_refinement: Callable[[FittedScene], Any]):
        self._stages = [edit]
        self._make_refinement = make_refinement

    def steps(self) -> Iterator[Any]:
        """The records of both, the second ones counted anew."""
        yield from self._now.steps()
        self._stages.append(self._make_refinement(self._now.scene()))
        yield from self._now.steps()

    @property
    def _now(self) -> Any:
        return self._stages[-1]

    @property
    def name(self) -> str:
        return self._now.name

    @property
    def doing(self) -> str:
        return self._now.doing

    @property
    def recipe(self) -> Any:
        return self._now.recipe

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._stages[0].warnings

    @property
    def curve_label(self) -> str:
        return self._now.curve_label

    def preview(self) -> Image.Image:
        """See `pds.work.scene_runs.SceneRun`."""
        return self._now.preview()

    def picture(self, *place: float, **what: Any) -> Image.Image:
        """See `pds.work.scene_runs.SceneRun`."""
        return self._now.picture(*place, **what)

    def scene(self) -> FittedScene:
        """The scene as it is now."""
        return self._now.scene()

    def source_scene(self) -> FittedScene | None:
        """The scene before the edit."""
        return self._stages[0].source_scene()

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        """The process of both."""
        for stage in self._stages:
            yield from stage.frames(size_px)
