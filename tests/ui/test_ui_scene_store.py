import math
import os
import time
from dataclasses import replace

import pytest
from PIL import Image

from pds.base.errors import CheckpointError, ConfigError, ExportError, JobError
from pds.kinds.nerf.checkpoint import save_scene
from pds.ui.scene_store import MOST_VIEWS, SCENES_IN_MEMORY, SceneStore, View
from tests.doubles.scene_ui_doubles import ball

SMALL = View(size_px=32)


@pytest.fixture
def store(tmp_path):
    return SceneStore(tmp_path)


def test_a_scene_is_kept_under_the_digest_of_its_file(store):
    data = save_scene(ball())
    key = store.keep(data)
    assert store.keep(data) == key
    assert store.checkpoint(key).read_bytes() == data
    assert store.scene(key).name == "ball"


def test_more_scenes_are_kept_than_fit_into_memory(store):
    keys = [store.keep(save_scene(ball(str(i)))) for i in range(SCENES_IN_MEMORY + 2)]
    assert [store.scene(key).name for key in keys] == [str(i) for i in range(len(keys))]


def test_a_picture_is_drawn_once_and_differs_from_other_views(store):
    key = store.keep(save_scene(ball()))
    first = store.picture(key, SMALL)
    assert store.picture(key, SMALL) == first
    views = (replace(SMALL, azimuth_deg=-60.0), replace(SMALL, what="depth"))
    others = [store.picture(key, view) for view in views]
    drawn = {Image.open(path).tobytes() for path in (first, *others)}
    assert len(drawn) == 3


def test_the_time_of_a_picture_is_known_once_one_was_drawn(store):
    key = store.keep(save_scene(ball()))
    assert store.drawing_s(key, 32) == math.inf
    store.picture(key, SMALL)
    assert 0 < store.drawing_s(key, 32) < store.drawing_s(key, 64) < math.inf


def test_what_is_no_scene_is_refused_and_not_kept(store):
    with pytest.raises(CheckpointError, match="not a scene"):
        store.keep(b"hello, I am none")
    assert not list(store.folder.rglob("*.safetensors"))


@pytest.mark.parametrize("key", ["", "ab12", "../../etc/passwd"])
def test_a_scene_that_is_not_kept_is_told(store, key):
    with pytest.raises(JobError, match="no scene"):
        store.checkpoint(key)


def test_a_picture_of_an_impossible_size_is_refused(store):
    key = store.keep(save_scene(ball()))
    with pytest.raises(ConfigError, match="size_px"):
        store.picture(key, View(size_px=90_000))


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ExportError, match=r"\w+ \w+"):
        SceneStore(blocked).keep(save_scene(ball()))


def test_scenes_that_nobody_used_for_hours_are_removed_and_others_not(store):
    old, used = (store.keep(save_scene(ball(name))) for name in ("old", "used"))
    for key in (old, used):
        os.utime(store.checkpoint(key), (0, time.time() - 10 * 3600))
    store.checkpoint(used)
    store.keep(save_scene(ball("new")))
    assert store.checkpoint(used).exists()
    with pytest.raises(JobError, match="no scene"):
        store.checkpoint(old)


def test_the_number_of_pictures_is_bounded(store):
    drawn = Image.new("RGB", (2, 2))
    paths = [store.keep_picture(str(i), drawn) for i in range(MOST_VIEWS + 1)]
    kept = list((store.folder / "views").iterdir())
    assert len(kept) <= MOST_VIEWS
    assert paths[-1] in map(str, kept)
