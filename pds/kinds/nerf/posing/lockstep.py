"""Turns a long call that only knows callbacks into a generator that can be paused and closed."""

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Stopped(Exception):
    """Raised inside the call when the generator was closed; the call must let it pass through."""


def lockstep(work: Callable[[Callable[[Item], None]], Result]) -> Generator[Item, None, Result]:
    """Runs `work(tell)` in a thread of its own; what it tells are the items of the generator.

    `tell` waits until the next item is asked for, so nothing goes on while nobody asks. Closing
    the generator makes it raise `Stopped` in the thread, and waits for the thread to end.

    Returns:
        What `work` returns; what `work` raises is raised here.
    """
    told: queue.SimpleQueue[tuple[Item, ...]] = queue.SimpleQueue()  # empty: the work has ended
    go_on: queue.SimpleQueue[bool] = queue.SimpleQueue()
    results: list[Result] = []
    errors: list[BaseException] = []

    def tell(item: Item) -> None:
        told.put((item,))
        if not go_on.get():
            raise Stopped

    def run() -> None:
        try:
            results.append(work(tell))
        except BaseException as error:  # handed over to the thread that asks
            errors.append(error)
        finally:
            told.put(())

    thread = threading.Thread(target=run, name="lockstep", daemon=True)
    thread.start()
    try:
        while items := told.get():
            yield items[0]
            go_on.put(True)
    finally:
        go_on.put(False)
        thread.join()
    if errors:
        raise errors[0]
    return results[0]
