import asyncio
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest

from pds.base.errors import ConfigError
from pds.ui.drawing import DrawingTab
from pds.ui.drawing_events import MAX_SVG_BYTES
from pds.ui.events import other_prior, read_limited
from pds.ui.page import MAX_UPLOAD, open_tab
from tests.doubles.ui_doubles import quick_desk


def drawing_tab(desk) -> DrawingTab:
    async def make():
        with gr.Blocks(analytics_enabled=False):
            return DrawingTab(desk, gr.BrowserState(default_value={"current": None, "runs": []}))

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(make())).result()


def test_a_file_larger_than_its_limit_is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_limited(str(path), 5) == b"12345"
    with pytest.raises(ConfigError, match="larger than"):
        read_limited(str(path), 4)


def test_a_drawing_may_not_be_as_large_as_a_capture(tmp_path):
    assert MAX_UPLOAD == "200mb"
    path = tmp_path / "huge.svg"
    with path.open("wb") as file:
        file.truncate(MAX_SVG_BYTES + 1)
    with quick_desk(tmp_path) as desk:
        tab = drawing_tab(desk)
        refused = tab.events.open_file(str(path))
    assert set(refused) == {tab.source_notes}
    assert "larger than 20 MB" in refused[tab.source_notes]


def test_another_model_than_the_recipes_is_named_and_the_same_one_is_not():
    assert other_prior("built-in", "built-in") == ()
    (sentence,) = other_prior("some/model", "built-in")
    assert "some/model" in sentence
    assert "built-in" in sentence


@pytest.mark.parametrize("remembered", ["drawing", "nonsense", None, 3])
def test_only_a_tab_that_is_not_open_anyway_is_selected(remembered):
    assert open_tab("scene")["selected"] == "scene"
    assert "selected" not in open_tab(remembered)
