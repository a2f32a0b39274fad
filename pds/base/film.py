"""A film of something that is still going on: few frames, evenly spread, whatever its length.

>>> from PIL import Image
>>> film = Film(4)
>>> for step in range(100):
...     if film.wants(step):
...         film.add(step, Image.new("RGB", (8, 8), (step, 0, 0)))
>>> film.add(99, Image.new("RGB", (8, 8), (99, 0, 0)))
>>> [frame.getpixel((0, 0))[0] for frame in film.frames()]
[0, 32, 64, 96, 99]
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

# Of 1 to 9: a frame costs milliseconds, and little more memory than at 9.
PNG_LEVEL = 2


@dataclass(frozen=True)
class _Frame:
    """A picture as the bytes of a PNG, and how many steps were taken when it was drawn."""

    step: int
    png: bytes


class Film:
    """Records pictures of a run, of which nobody knows how long it will be, at even steps.

    Kept are the first picture (the source) and those a multiple of `every` steps after it. When
    there are too many, `every` doubles and those in between go, so time never bends. What is kept
    is encoded; any thread may ask for the frames while another records.

    Args:
        most: frames kept, 2 or more; beside them stands the last state.

    Raises:
        ValueError: fewer than 2 frames.

    Attributes:
        every: steps between two kept frames.
    """

    def __init__(self, most: int):
        if most < 2:
            raise ValueError(f"A film has 2 frames or more, not {most}.")
        self._most, self.every = most, 1
        # Replaced as a whole, never changed, so that a reader sees one moment.
        self._kept: tuple[_Frame, ...] = ()
        self._last: _Frame | None = None

    def __len__(self) -> int:
        """How many frames are kept."""
        return len(self._all())

    @property
    def size_bytes(self) -> int:
        """Memory that the frames take, encoded."""
        return sum(len(frame.png) for frame in self._all())

    def expect(self, steps: int) -> None:
        """Plans for a run of so many steps, so that no picture is drawn in vain.

        Who says so before there is more than the source gets about as many frames as are kept at
        most; later, or for more steps than before, those in between go.
        """
        if len(self._kept) <= 1:
            first = self._kept[0].step if self._kept else 0
            self.every = max(self.every, -(-(steps - first) // (self._most - 1)))
        self._thin(steps)

    def wants(self, step: int) -> bool:
        """Whether a picture after so many steps would be kept, so that none is drawn in vain."""
        return not self._kept or (step - self._kept[0].step) % self.every == 0

    def add(self, step: int, picture: Image.Image) -> None:
        """Keeps the picture if it is one of the even ones; else it stands for the end so far.

        One of the same step as the one before takes its place.

        Args:
            step: how many steps were taken; 0 is the source.
            picture: the state then; all pictures of a film have one size.

        Raises:
            ValueError: a picture of a later step is kept already.
        """
        if self._kept and step < self._kept[-1].step:
            raise ValueError(f"Step {step} comes after step {self._kept[-1].step} in a film.")
        self._thin(step)
        frame = _encoded(step, picture)
        if self.wants(step):
            earlier = tuple(kept for kept in self._kept if kept.step < step)
            self._kept, self._last = (*earlier, frame), None
        else:
            self._last = frame

    def _thin(self, step: int) -> None:
        """Doubles the steps between two frames until the time up to this step has few enough."""
        if not self._kept:
            return
        first, newest = self._kept[0].step, self._kept[-1]
        while (step - first) // self.every >= self._most:
            self.every *= 2
        self._kept = tuple(f for f in self._kept if (f.step - first) % self.every == 0)
        if self._last is None and self._kept[-1] is not newest:
            self._last = newest

    def frames(self, size_px: int = 0) -> Iterator[Image.Image]:
        """The pictures at even times from the first step to the last, the last state at the end.

        A time of which there is no picture shows the one before.

        Args:
            size_px: longer side at most; 0 as recorded. Nothing is enlarged.

        Yields:
            RGB pictures of one size; their number is at most one more than are kept.
        """
        every, frames = self.every, self._all()
        return _even(frames, every, size_px)

    def _all(self) -> tuple[_Frame, ...]:
        kept, last = self._kept, self._last
        if last is None:
            return kept
        return (*(frame for frame in kept if frame.step < last.step), last)


def _even(frames: tuple[_Frame, ...], every: int, size_px: int) -> Iterator[Image.Image]:
    if not frames:
        return
    first, last = frames[0].step, frames[-1].step
    coming = 0
    for time in range(first, last, every):
        while coming + 1 < len(frames) and frames[coming + 1].step <= time:
            coming += 1
        yield _decoded(frames[coming], size_px)
    yield _decoded(frames[-1], size_px)


def _encoded(step: int, picture: Image.Image) -> _Frame:
    data = io.BytesIO()
    picture.convert("RGB").save(data, format="PNG", compress_level=PNG_LEVEL)
    return _Frame(step, data.getvalue())


def _decoded(frame: _Frame, size_px: int) -> Image.Image:
    with Image.open(io.BytesIO(frame.png)) as stored:
        image = stored.convert("RGB")
    scale = size_px / max(image.size) if size_px else 1.0
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)
