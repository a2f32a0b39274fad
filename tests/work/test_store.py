"""The store: an asset is parsed once, a picture drawn once, and neither pile grows without end."""

import threading
from pathlib import Path

import pytest
from PIL import Image

from pds.base.errors import ConfigError, InputError, JobError
from pds.kinds import kind_of
from pds.kinds.kind import Look
from pds.work.store import Store
from tests.doubles.solid_kind import SolidKind
from tests.doubles.work_doubles import KINDS, asset_of, file_of, picture_bytes


@pytest.mark.parametrize("key", KINDS)
def test_a_file_is_parsed_once_whatever_it_is_called(tmp_path, key):
    kind, store, data = kind_of(key), Store(tmp_path), file_of(key)
    first = store.open(kind, data, name="one")
    again = store.open(kind, data, name="one")
    other = store.open(kind, data, name="two")
    assert again is first
    assert (first.name, other.name) == ("one", "two")
    assert other.content is first.content
    assert other.key == first.key
    assert store.asset(first.key).key == first.key


def test_the_same_bytes_are_read_once():
    kind, store = SolidKind(), Store(Path("nowhere"))
    for name in ("one", "one", "two"):
        store.open(kind, b"solid 102030", name=name)
    assert kind.reads == 1


def test_what_is_refused_is_not_kept(tmp_path):
    store = Store(tmp_path)
    for _ in range(2):
        with pytest.raises(InputError):
            store.open(kind_of("svg"), b"<html/>", name="x")


def test_an_asset_that_is_not_kept_says_so(tmp_path):
    store, kind = Store(tmp_path, most_assets=2), SolidKind()
    assets = [store.open(kind, b"solid 00000%d" % i, name="x") for i in range(3)]
    assert store.asset(assets[2].key) is assets[2]
    with pytest.raises(JobError, match="no longer kept; open it again"):
        store.asset(assets[0].key)
    store.open(kind, b"solid 000000", name="x")
    assert kind.reads == 4


def test_those_used_last_stay(tmp_path):
    store = Store(tmp_path, most_assets=2)
    first, second = (
        store.open(kind_of("image"), picture_bytes(seed=s), name="x") for s in range(2)
    )
    store.asset(first.key)
    store.open(kind_of("image"), picture_bytes(seed=2), name="x")
    assert store.asset(first.key) is first
    with pytest.raises(JobError):
        store.asset(second.key)


def test_the_memory_of_assets_is_bounded_but_for_the_last(tmp_path):
    store = Store(tmp_path, most_bytes=1)
    for seed in range(3):
        last = store.open(kind_of("image"), picture_bytes(seed=seed), name="x")
        assert store.asset(last.key) is last


@pytest.mark.parametrize("key", KINDS)
def test_a_picture_is_drawn_once_and_can_be_opened(tmp_path, key):
    store, asset = Store(tmp_path / "new"), asset_of(key)
    path = store.picture(asset, Look(), 24)
    before = path.stat().st_ino
    assert store.picture(asset, Look(), 24) == path
    assert path.stat().st_ino == before
    assert store.picture(asset, Look(), 25) != path
    with Image.open(path) as picture:
        assert max(picture.size) == 24
    assert store.drawing_s(asset, 24) > 0


def test_pictures_of_what_cannot_be_drawn_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="PNG size"):
        Store(tmp_path).picture(asset_of("image"), Look(), 3)


def test_pictures_on_disk_are_bounded_and_those_asked_for_last_stay(tmp_path):
    store, asset = Store(tmp_path, most_pictures=6), asset_of("image")
    for size in range(16, 46):
        path = store.picture(asset, Look(), size)
        assert path.exists()
    assert len(list(tmp_path.iterdir())) <= 6


def test_many_may_ask_at_a_time(tmp_path):
    store, asset, found = Store(tmp_path, most_pictures=3), asset_of("image"), []

    def ask():
        for size in range(16, 24):
            found.append(store.picture(asset, Look(), size))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 32
