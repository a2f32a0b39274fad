"""The prior of a program: loaded once, off the threads that wait for answers, when first needed."""

import threading
from collections.abc import Callable

from pds.base.errors import PDSError
from pds.diffusion.prior import Prior
from pds.diffusion.vocabulary import Vocabulary


class LazyPrior:
    """Loads a prior at the first :meth:`get`, so that the page can open before it is there.

    An error is raised to the one who asked; the next one tries again.

    Args:
        load: makes the prior; may raise a PDSError.
        name: what `load` was told to load, for recipes.
    """

    def __init__(self, load: Callable[[], Prior], *, name: str):
        self.name = name
        self._load = load
        self._lock = threading.Lock()
        self._prior: Prior | None = None

    def get(self) -> Prior:
        """The prior; waits while it loads.

        Raises:
            PDSError: the prior cannot be loaded.
        """
        with self._lock:
            if self._prior is None:
                self._prior = self._load()
            return self._prior

    @property
    def loaded(self) -> bool:
        """Whether `get` answers at once."""
        return self._prior is not None

    def vocabulary(self) -> Vocabulary | None:
        """The words the prior knows; None if it takes any text or is not loaded (yet)."""
        return None if self._prior is None else self._prior.vocabulary

    def warm(self) -> threading.Thread:
        """Starts loading in the background and returns that thread."""
        thread = threading.Thread(target=self._warm, name="load-prior", daemon=True)
        thread.start()
        return thread

    def _warm(self) -> None:
        try:
            self.get()
        except PDSError:
            return  # raised to the first run that needs the prior
