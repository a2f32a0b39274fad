"""Films of runs: even in time, bounded in memory, sharp."""

import doctest
import threading

import numpy as np
import pytest
from PIL import Image

from pds.base import film as film_module
from pds.base.film import Film


def shade(step: int, size=(6, 4)) -> Image.Image:
    """A picture that tells its step."""
    return Image.new("RGB", size, (step % 256, step // 256, 7))


def steps_of(film: Film) -> list[int]:
    pixels = [frame.getpixel((0, 0)) for frame in film.frames()]
    return [red + 256 * green for red, green, _ in pixels]


def filmed(steps, *, most: int) -> Film:
    film = Film(most)
    for step in steps:
        film.add(step, shade(step))
    return film


def test_the_example_of_the_module_is_true():
    assert doctest.testmod(film_module).failed == 0


def test_a_short_run_is_shown_step_by_step():
    assert steps_of(filmed(range(5), most=8)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("count", [9, 10, 16, 17, 100, 999, 1000])
def test_a_long_run_is_thinned_evenly_from_its_first_step_to_its_last(count):
    film = filmed(range(count), most=8)
    shown = steps_of(film)
    assert shown[0] == 0
    assert shown[-1] == count - 1
    gaps = np.diff(shown)
    assert set(gaps[:-1]) <= {film.every}
    assert 0 < gaps[-1] <= film.every
    assert 4 <= len(shown) <= 9


def test_the_first_picture_stays_whatever_its_step_is():
    film = filmed(range(7, 60), most=4)
    assert steps_of(film)[0] == 7
    assert set(np.diff(steps_of(film))[:-1]) == {film.every}


def test_a_time_without_a_picture_shows_the_one_before_so_that_time_does_not_bend():
    film = filmed([0, 1, 2, 6, 7], most=16)
    assert steps_of(film) == [0, 1, 2, 2, 2, 2, 6, 7]


def test_a_run_of_which_little_was_recorded_has_no_more_frames_than_others():
    film = filmed([0, 5], most=8)
    film.add(100_000, shade(9))
    assert len(steps_of(film)) <= 9
    film = filmed([0, 1, 2, 40_000], most=8)
    assert len(steps_of(film)) <= 9


def test_the_last_state_stands_at_the_end_until_there_is_a_later_one():
    film = filmed(range(9), most=8)
    film.add(9, shade(9))
    assert steps_of(film) == [0, 2, 4, 6, 8, 9]
    film.add(9, shade(9))
    assert steps_of(film).count(9) == 1
    film.add(10, shade(10))
    assert steps_of(film) == [0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize("steps", [1, 7, 8, 100, 1000])
def test_a_run_of_known_length_gets_even_frames_none_of_them_in_vain(steps):
    film = Film(8)
    film.add(0, shade(0))
    film.expect(steps)
    drawn = [step for step in range(1, steps + 1) if film.wants(step)]
    for step in drawn:
        film.add(step, shade(step))
    assert steps_of(film) == [0, *drawn]
    assert min(steps, 4) <= len(drawn) <= 7


def test_a_run_that_grows_longer_than_expected_is_thinned():
    film = Film(8)
    film.expect(10)
    for step in range(9):
        film.add(step, shade(step))
    film.expect(100)
    assert steps_of(film) == [0, 8]
    assert film.wants(16)


def test_what_is_not_kept_need_not_be_drawn():
    film = Film(4)
    for step in range(64):
        every = film.every
        if film.wants(step):
            film.add(step, shade(step))
        else:
            assert step % every != 0
    assert steps_of(film) == [0, 16, 32, 48]


def test_a_second_picture_of_a_step_takes_the_place_of_the_first():
    film = filmed([0, 4], most=8)
    film.add(4, shade(5))
    film.add(4, shade(6))
    assert steps_of(film) == [0, 0, 0, 0, 6]


def test_time_does_not_go_back():
    film = filmed([0, 4], most=8)
    with pytest.raises(ValueError, match="Step 3 comes after step 4"):
        film.add(3, shade(3))
    with pytest.raises(ValueError, match="2 frames or more"):
        Film(1)


def test_a_film_without_pictures_has_no_frames():
    assert list(Film(8).frames()) == []
    assert (len(Film(8)), Film(8).size_bytes) == (0, 0)


def test_a_film_of_one_state_is_one_picture():
    film = Film(8)
    film.add(0, shade(3))
    assert steps_of(film) == [3]


def test_the_memory_of_a_film_does_not_grow_with_its_run():
    chance = np.random.default_rng(0)
    noise = [Image.fromarray(chance.integers(0, 255, (32, 32, 3), np.uint8)) for _ in range(5)]
    film, largest = Film(8), 0
    for step in range(1000):
        film.add(step, noise[step % 5])
        largest = max(largest, film.size_bytes)
    assert len(film) <= 9
    assert largest < 10 * 32 * 32 * 3 * 1.2


def test_frames_are_as_sharp_as_they_were_recorded_and_never_enlarged():
    chance = np.random.default_rng(0)
    image = Image.fromarray(chance.integers(0, 255, (30, 40, 3), np.uint8))
    film = Film(8)
    film.add(0, image)
    for wanted in (0, 40, 500):
        (frame,) = film.frames(wanted)
        assert frame.tobytes() == image.tobytes()
    (small,) = film.frames(20)
    assert small.size == (20, 15)


def test_a_film_can_be_watched_while_it_is_recorded():
    film, stop, wrong = Film(8), threading.Event(), []

    def watch():
        while not stop.is_set():
            shown = steps_of(film)
            if shown != sorted(shown) or shown[:1] not in ([], [0]):
                wrong.append(shown)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        for step in range(600):
            film.add(step, shade(step))
    finally:
        stop.set()
    watcher.join()
    assert wrong == []
