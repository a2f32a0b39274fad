"""What page, command line and API hold: one prior, one engine, the presets, assets and files."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pds.base.errors import JobError, PDSError
from pds.diffusion.devices import pick_device
from pds.diffusion.prior import Prior
from pds.kinds import kind_of
from pds.kinds.asset import Asset
from pds.kinds.kind import Look
from pds.kinds.output import Made
from pds.settings import Settings
from pds.work.direct import Decorate, DirectDriver
from pds.work.driver import Driver, LocalDriver, made_of
from pds.work.exports import Exports
from pds.work.order import EditOrder, ExportOrder, Order, RefineOrder, Tools
from pds.work.preparation import Preparation
from pds.work.preset import Preset, find_asset, find_preset
from pds.work.prior import LazyPrior
from pds.work.recipe import Recipe, Refinement
from pds.work.record import JobView
from pds.work.runs import no_word_known
from pds.work.store import Store

# Of the built-in prior on a slow machine, its libraries included.
LOADING_S = 10.0


class Service:
    """Everything behind a page that is no widget. Use it as a context manager.

    Closing stops the runs and ends the threads before it removes the folder.

    Args:
        prior: of all edits.
        presets: one-click edits by key.
        folder: where files are written; by default a temporary folder that is removed at the end.
        max_waiting: runs that may wait in line.
        device: where assets are made.
        decorate: what a platform asks to be put around a run whose device exists only there;
            None where runs may have a thread of their own.

    Raises:
        DeviceUnavailable: there is no such device.
    """

    def __init__(
        self,
        prior: LazyPrior,
        presets: Mapping[str, Preset],
        *,
        folder: Path | None = None,
        max_waiting: int = 8,
        device: str = "auto",
        decorate: Decorate | None = None,
        driver: Callable[..., Driver] | None = None,
    ):
        if decorate is None:
            pick_device(device)
        self.prior, self.presets = prior, dict(presets)
        self._own = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="pds-")) if folder is None else folder
        self.store = Store(self.folder / "pictures")
        self.preparation = Preparation()
        tools = Tools(
            prior=self._load_prior,
            folder=self.folder / "work",
            device=device,
            prepare=self.preparation.kind,
        )
        self.exporter = LocalDriver(tools, max_waiting=max_waiting)
        self._exports = Exports(self.folder / "runs", self.exporter, is_kept=self._is_kept)
        if driver is not None:
            self.driver = driver(tools, forgotten=self._forgotten)
        elif decorate is not None:
            self.driver = DirectDriver(tools, decorate=decorate, forgotten=self._forgotten)
        else:
            self.driver = LocalDriver(
                tools,
                max_waiting=max_waiting,
                forgotten=self._forgotten,
                preparing=self.preparation.text,
            )

    def __enter__(self) -> "Service":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self, *kinds: str) -> threading.Thread:
        """Loads the prior and prepares some kinds in a thread of its own, which is returned."""

        def prepare() -> None:
            try:
                self._load_prior()
                for key in kinds:
                    self.preparation.kind(key)
            except PDSError:
                return  # raised again to the first run that needs what could not be prepared

        thread = threading.Thread(target=prepare, name="pds-warm", daemon=True)
        thread.start()
        return thread

    def _load_prior(self) -> Prior:
        """The prior; waits while it loads, and lets that be said."""
        if self.prior.loaded:
            return self.prior.get()
        with self.preparation.saying("Loading the model", LOADING_S):
            return self.prior.get()

    def close(self) -> None:
        """Stops the runs, ends the threads, removes the folder if it is the service's own."""
        self.driver.close()
        self.exporter.close()
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- assets -----------------------------------------------------------------------------

    def open(self, kind: str, data: bytes, *, name: str) -> Asset:
        """Reads a file of a kind, once. Raises InputError if it is refused."""
        return self.store.open(kind_of(kind), data, name=name)

    def open_text(self, kind: str, text: str, *, name: str) -> Asset:
        """The same of a file that is text. Raises InputError if it is refused."""
        return self.open(kind, text.encode("utf-8", "replace"), name=name)

    def picture(
        self, asset: Asset, look: Look | None = None, size_px: int | None = None, *, name: str = ""
    ) -> Path:
        """Where a PNG of an asset lies; from its home and as the page shows it by default.

        Args:
            asset: of what.
            look: from where.
            size_px: longer side.
            name: stem of the file's name; by default the asset's.

        Raises:
            ConfigError: a number out of range.
            ExportError: it cannot be written.
        """
        kind = kind_of(asset.kind)
        look = kind.home(asset) if look is None else look
        return self.store.picture(asset, look, size_px or kind.shown_px, name=name)

    # --- orders -----------------------------------------------------------------------------

    def preset_order(self, key: str) -> EditOrder:
        """A preset's edit. Raises InputError if there is none, or it cannot be read."""
        preset = find_preset(key, self.presets)
        return self.edit_order(preset.recipe, self.store.keep(preset.asset))

    def recipe_order(self, data: bytes | str, *, given: Asset | None = None) -> EditOrder:
        """The edit of a recipe file, on its own asset, the given one or a preset's.

        Raises:
            RecipeError: it cannot be read, or belongs to another asset.
        """
        recipe = Recipe.from_json(data)
        return self.edit_order(recipe, self.store.keep(find_asset(recipe, self.presets, given)))

    def edit_order(self, recipe: Recipe, asset: Asset) -> EditOrder:
        """The edit of a recipe with this program's prior; notes it if that is another one."""
        here = self.prior.name
        notes = () if recipe.prior == here else (other_prior(recipe.prior, here),)
        fingerprint = recipe.prior_fingerprint if recipe.prior == here else ""
        return EditOrder(recipe=recipe.with_prior(here, fingerprint), asset=asset, notes=notes)

    def refine_order(self, job_id: str | None, refinement: Refinement) -> RefineOrder:
        """The refinement of an edit's result.

        Raises:
            JobError: there is no such result.
        """
        order = None if job_id is None else self.driver.order(job_id)
        made = None if job_id is None else self.made(job_id)
        if made is None or not isinstance(order, EditOrder | RefineOrder):
            raise JobError("There is nothing edited to refine yet: press Edit first.")
        return RefineOrder(
            recipe=replace(order.recipe, after=refinement), asset=order.asset, edited=made.edited
        )

    # --- runs -------------------------------------------------------------------------------

    def start(self, order: Order, *, instead_of: str | None = None) -> str:
        """Accepts an order and returns its id.

        Args:
            order: what to do.
            instead_of: a run that is stopped, once the new one is accepted.

        Raises:
            JobError: too many are waiting; then nothing is stopped.
        """
        self._exports.sweep()
        job_id = self.driver.start(order)
        if instead_of is not None and self.is_kept(instead_of):
            self.driver.stop(instead_of)
        return job_id

    def watch(self, job_id: str) -> Iterator[JobView]:
        """Views of a run until the final one. Raises JobError if it is not kept."""
        return self.driver.watch(job_id)

    def view(self, job_id: str) -> JobView:
        """The run as it is now. Raises JobError if it is not kept."""
        return self.driver.view(job_id)

    def stop(self, job_id: str) -> None:
        """Ends a run within a step. Raises JobError if it is not kept."""
        self.driver.stop(job_id)

    def order(self, job_id: str) -> Order:
        """What a run was started with. Raises JobError if it is not kept."""
        return self.driver.order(job_id)

    def is_kept(self, job_id: str) -> bool:
        """Whether the run can still be asked for."""
        return self.driver.is_kept(job_id)

    def reached(self, job_id: str) -> Asset | None:
        """What a run has reached so far. Raises JobError if it is not kept."""
        return self.driver.reached(job_id)

    def made(self, job_id: str) -> Made | None:
        """What an ended run has made; None if nothing. Raises JobError if it is not kept."""
        return made_of(self.driver.result(job_id))

    # --- files of runs ----------------------------------------------------------------------

    def run_folder(self, job_id: str) -> Path:
        """Where files of a run belong; made when one is written."""
        return self._exports.folder_of(job_id)

    def export(self, job_id: str, output: str, settings: Settings | None = None) -> str:
        """Starts writing an output of a run's result, or finds the export that does; its id.

        Args:
            job_id: of the run.
            output: key of the output.
            settings: of the output; its defaults if None.

        Raises:
            JobError: the run has made nothing, or too many exports are waiting.
        """
        return self._exports.start(job_id, self._export_order(job_id, output, settings))

    def export_asset(self, asset: Asset, output: str, settings: Settings | None = None) -> str:
        """The same of an asset that no run has made.

        Raises:
            JobError: too many exports are waiting.
        """
        made = Made(edited=asset)
        order = self._exports.order(asset.key, made, output, settings, stem=asset.name)
        return self._exports.start(asset.key, order)

    def exports(self, of: str) -> dict[str, str]:
        """The last export of each output that is going on or done, of a run or an asset.

        Args:
            of: id of the run, or key of the asset.

        Returns:
            Ids of exports by the key of their output.
        """
        return self._exports.of(of)

    def files(self, job_id: str, output: str, settings: Settings | None = None) -> dict[str, Path]:
        """Writes an output here and now and returns its files by key; those there are kept.

        Raises:
            JobError: the run has made nothing.
            ExportError: a file cannot be written.
        """
        return self._exports.write(job_id, self._export_order(job_id, output, settings))

    def _export_order(self, job_id: str, output: str, settings: Settings | None) -> ExportOrder:
        order, made = self.driver.order(job_id), self.made(job_id)
        if made is None:
            raise JobError("There is no result to write yet: run something first.")
        return self._exports.order(job_id, made, output, settings, stem=order.name)

    def _is_kept(self, owner: str) -> bool:
        """Whether a run of that id, or an asset of that key, can still be asked for."""
        return self.driver.is_kept(owner) or self.store.has(owner)

    def _forgotten(self, job_id: str) -> None:
        """The run is no longer kept: nor are its files."""
        self._exports.forget(job_id)

    # --- words ------------------------------------------------------------------------------

    def word_help(self, *prompts: str) -> tuple[str, ...]:
        """Sentences about words the prior never saw; none while it is not loaded."""
        vocabulary = self.prior.vocabulary()
        if vocabulary is None:
            return ()
        return vocabulary.warnings(" ".join(prompt or "" for prompt in prompts))

    def target_fault(self, target: str) -> str:
        """Why a target cannot be reached with this prior; empty if it can, or that is not known."""
        vocabulary = self.prior.vocabulary()
        if not (target or "").strip() or vocabulary is None or vocabulary.knows_any(target):
            return ""
        return no_word_known(target)


def other_prior(asked: str, here: str) -> str:
    """What to say of a recipe that was made with another model than this program runs."""
    return (
        f"The recipe was made with the model {asked}; this page runs {here}, so the result differs."
    )
