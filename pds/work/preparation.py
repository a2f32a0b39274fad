"""What has to be there before the first step: the model loaded, kernels compiled; said in words."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pds.kinds import kind_of
from pds.work.record import duration


class Preparation:
    """Prepares kinds, once each, and knows what is being prepared.

    Args:
        clock: seconds, ever growing.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._ready: set[str] = set()
        self._preparing = threading.Lock()
        self._doing: tuple[str, float, float] | None = None

    def kind(self, key: str) -> None:
        """Prepares the drawing of a kind, or waits until who does it is done.

        Raises:
            PDSError: it cannot be drawn here.
        """
        if key in self._ready:
            return
        with self._preparing:
            if key not in self._ready:
                kind = kind_of(key)
                with self.saying(f"Preparing how a {kind.noun} is drawn", kind.cold_s()):
                    kind.warm()
                self._ready.add(key)

    @contextmanager
    def saying(self, what: str, about_s: float) -> Iterator[None]:
        """Says what goes on inside, and about how long it takes; 0 says nothing."""
        before = self._doing
        if about_s > 0:
            self._doing = (what, self._clock(), about_s)
        try:
            yield
        finally:
            self._doing = before

    def text(self) -> str:
        """What is being prepared, and how long it still takes; empty if nothing is."""
        doing = self._doing
        if doing is None:
            return ""
        what, begun, about_s = doing
        left = about_s - (self._clock() - begun)
        if left < 1:
            return f"{what}; nearly there, this machine is slow or busy."
        return f"{what}: about {duration(math.ceil(left))} left, only this time."
