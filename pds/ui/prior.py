"""The prior of a page: loaded once, off the page's own threads, when first needed."""

import threading
from collections.abc import Callable

from pds.base.errors import PDSError
from pds.diffusion import Prior, Vocabulary


class LazyPrior:
    """Loads a prior at the first :meth:`get`, so that the page can open before it is there.

    Args:
        load: makes the prior; may raise a PDSError, which every later `get` raises again.
        name: what `load` was told to load, for recipes.
    """

    def __init__(self, load: Callable[[], Prior], *, name: str):
        self.name = name
        self._load = load
        self._lock = threading.Lock()
        self._prior: Prior | None = None
        self._error: PDSError | None = None

    def get(self) -> Prior:
        """The prior; waits while it loads.

        Raises:
            PDSError: the prior cannot be loaded.
        """
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._prior is None:
                try:
                    self._prior = self._load()
                except PDSError as error:
                    self._error = error
                    raise
            return self._prior

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
            return  # kept, and raised to the first run that needs the prior
