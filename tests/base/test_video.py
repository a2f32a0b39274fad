"""Films as files: their time is that of the frames, whatever each one's duration."""

import weakref

import pytest
from PIL import Image

from pds.base.errors import ConfigError, ExportError
from pds.base.video import write_mp4, write_webp
from tests.doubles.film_reading import film

SIZE = (16, 16)


def shades(count: int):
    return [Image.new("RGB", SIZE, (20 * index,) * 3) for index in range(count)]


def shown(path) -> list[int]:
    """Which shade each picture of the MP4 has."""
    levels = film(path)[1]
    return [round(float(level.mean()) / 20) for level in levels]


def times(path) -> list[int]:
    """How long each picture of the WebP stands, ms."""
    with Image.open(path) as webp:
        durations = []
        for index in range(webp.n_frames):
            webp.seek(index)
            webp.load()
            durations.append(webp.info["duration"])
    return durations


def test_each_frame_of_an_mp4_stands_as_long_as_it_is_told(tmp_path):
    path = write_mp4(
        tmp_path / "a.mp4", shades(4), fps=10, hold_last_s=0.2, durations_s=[0.3, 0.1, 0.0, 0.2]
    )
    assert shown(path) == [0, 0, 0, 1, 3, 3, 3, 3]


def test_each_frame_of_a_webp_stands_as_long_as_it_is_told(tmp_path):
    path = write_webp(
        tmp_path / "a.webp", shades(4), hold_last_s=0.2, durations_s=[0.3, 0.1, 0.0, 0.25]
    )
    assert times(path) == [300, 100, 450]


def test_rounding_does_not_add_up_over_a_film(tmp_path):
    durations = [0.1437] * 30
    pictures = [Image.new("RGB", SIZE, (0, 0, 8 * index)) for index in range(30)]
    path = write_mp4(tmp_path / "a.mp4", pictures, fps=10, hold_last_s=0, durations_s=durations)
    assert len(shown(path)) == round(sum(durations) * 10)
    path = write_webp(tmp_path / "a.webp", pictures, hold_last_s=0, durations_s=durations)
    assert sum(times(path)) == round(sum(durations) * 1000)


def test_the_last_frame_is_shown_even_if_it_has_no_time(tmp_path):
    path = write_mp4(tmp_path / "a.mp4", shades(2), fps=10, hold_last_s=0, durations_s=[0.2, 0.0])
    assert shown(path) == [0, 0, 1]


@pytest.mark.parametrize("write", [write_mp4, write_webp])
@pytest.mark.parametrize(
    ("durations", "words"),
    [
        ([0.1], "number of durations_s is 1"),
        ([0.1, 0.1, 0.1], "number of durations_s is 3"),
        ([0.1, -1.0], "durations_s is -1"),
        ([0.1, float("nan")], "durations_s is nan"),
        ([3000.0, 3000.0], "durations_s together is 6000"),
    ],
    ids=str,
)
def test_durations_that_cannot_be_are_refused_and_nothing_is_written(
    tmp_path, write, durations, words
):
    with pytest.raises(ConfigError, match=words):
        write(tmp_path / "a.webp", shades(2), durations_s=durations)
    assert list(tmp_path.iterdir()) == []


def test_a_frame_that_cannot_be_had_ends_the_film_and_leaves_nothing(tmp_path):
    def frames():
        yield from shades(3)
        raise RuntimeError("the field broke")

    for frame_source in (frames(), iter([*shades(2), Image.new("RGB", (8, 8))])):
        with pytest.raises((RuntimeError, ExportError), match=r"broke|differ in size"):
            write_mp4(tmp_path / "a.mp4", frame_source)
    assert list(tmp_path.iterdir()) == []


def test_an_mp4_takes_its_frames_one_at_a_time(tmp_path):
    made, most = [], 0

    def frames():
        nonlocal most
        for index in range(30):
            image = Image.new("RGB", (64, 64), (index, 0, 0))
            made.append(weakref.ref(image))
            most = max(most, sum(one() is not None for one in made))
            yield image

    write_mp4(tmp_path / "a.mp4", frames(), hold_last_s=0.5)
    assert len(made) == 30
    assert most <= 3
