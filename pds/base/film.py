"""How a run went, as pictures at even distances: bounded in number and in memory."""

import io
from collections.abc import Iterator

from PIL import Image


class Film:
    """Frames by the step after which they were taken, the source at step 0.

    Frames are kept at steps that are multiples of one number, which doubles when there are too
    many: time is never bent. Who knows how many steps there will be says so beforehand, and no
    frame is drawn in vain. They are kept as PNG.

    Args:
        most: frames kept, at least 2.
    """

    def __init__(self, most: int):
        self._most = most
        self._every = 1
        self._frames: dict[int, bytes] = {}
        self._last: bytes | None = None

    def __len__(self) -> int:
        return len(self._frames) + (self._last is not None)

    def expect(self, steps: int) -> None:
        """Plans for this many steps; for more than before the frames that are kept stay."""
        if not any(self._frames):  # at most the source, which stays in any case
            self._every = max(self._every, -(-steps // (self._most - 1)))
        while steps // self._every >= self._most:
            self._double()

    def wants(self, step: int) -> bool:
        """Whether a frame after `step` steps would be kept for good."""
        return step % self._every == 0

    def add(self, step: int, picture: Image.Image) -> None:
        """Adds the frame after `step` steps; one that is not wanted stands for the end so far."""
        if not self.wants(step):
            self._last = _encoded(picture)
            return
        self._frames[step] = _encoded(picture)
        self._last = None
        if len(self._frames) > self._most:
            self._double()

    def _double(self) -> None:
        self._every *= 2
        self._frames = {s: frame for s, frame in self._frames.items() if self.wants(s)}

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        """The pictures in order, the last state at the end, their longer side `size_px`."""
        frames = list(self._frames.values())
        for frame in [*frames, *([] if self._last is None else [self._last])]:
            with Image.open(io.BytesIO(frame)) as picture:
                yield _scaled(picture.convert("RGB"), size_px)


def _encoded(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, format="PNG", compress_level=1)
    return file.getvalue()


def _scaled(picture: Image.Image, size_px: int) -> Image.Image:
    scale = size_px / max(picture.size)
    if scale == 1:
        return picture
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)
