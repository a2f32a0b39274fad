"""The page: a header, one tab a subject, and everything that `launch()` must be told."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from pds.ui import api, scene_api, security, text, theme
from pds.ui.desks import Desks
from pds.ui.drawing import DrawingTab
from pds.ui.scene import SceneTab
from pds.ui.wiring import answer

CACHE_SWEEP_S = 600
CACHE_AGE_S = 8 * 3600
MAX_EVENTS = 64
# For videos and captures; drawings, recipes and scenes have smaller limits of their own.
MAX_UPLOAD = "200mb"
# Fixed, so that a browser finds its runs again after the program was restarted. It hides nothing:
# only ids of runs are kept there.
MEMORY_KEYS = {"drawing": "pds-runs", "scene": "pds-scene-runs", "tab": "pds-tab"}
MEMORY_SECRET = "pds-page-memory"
TABS = ("drawing", "scene")


def build_page(desks: Desks) -> gr.Blocks:
    """Builds the page; start it with `page.launch(**launch_options(...))`."""
    with gr.Blocks(
        title=text.TITLE, analytics_enabled=False, delete_cache=(CACHE_SWEEP_S, CACHE_AGE_S)
    ) as page:
        runs = {tab: _memory(tab, {"current": None, "runs": []}) for tab in TABS}
        last = _memory("tab", "drawing")
        gr.Markdown(value=text.HEADER, elem_id="header")
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(label="Drawing", id="drawing", elem_id="drawing-tab") as drawing_tab:
                drawing = DrawingTab(desks.drawing, runs["drawing"])
            with gr.Tab(label="Scene", id="scene", elem_id="scene-tab") as scene_tab:
                scene = SceneTab(desks.scene, runs["scene"])
        drawing.wire(page)
        scene.wire(page)
        answer(page.load, open_tab, [last], [tabs])
        answer(drawing_tab.select, lambda: "drawing", None, [last])
        answer(scene_tab.select, lambda: "scene", None, [last])
        api.add_endpoints(desks.drawing)
        scene_api.add_endpoints(desks.scene)
    return page.queue(max_size=MAX_EVENTS, default_concurrency_limit=None)


def open_tab(last: Any) -> Any:
    """Shows the tab again that this browser showed last."""
    return gr.update(selected=last) if last in TABS[1:] else gr.skip()


def _memory(name: str, value: Any) -> gr.BrowserState:
    return gr.BrowserState(default_value=value, storage_key=MEMORY_KEYS[name], secret=MEMORY_SECRET)


def launch_options(
    *,
    host: str,
    port: int | None,
    environment: Mapping[str, str],
    extra_hosts: Iterable[str] = (),
    open_browser: bool = False,
) -> dict[str, Any]:
    """Keyword arguments for `gr.Blocks.launch`.

    Args:
        host: address to bind.
        port: TCP port, or None for the first free one from 7860.
        environment: `os.environ`; a Space is recognised by `SPACE_HOST`.
        extra_hosts: further names under which the page may be asked for.
        open_browser: whether to open the page in the user's browser.
    """
    hosts = security.allowed_hosts(host, environment, extra_hosts)
    return {
        "server_name": host,
        "server_port": port,
        "inbrowser": open_browser,
        "theme": theme.make_theme(),
        "css": theme.read_css(),
        "head": text.HEAD,
        "favicon_path": str(Path(__file__).parent / "icon.svg"),
        "show_error": False,
        "run_history": False,
        "footer_links": [],
        "ssr_mode": False,
        "enable_monitoring": False,
        "max_file_size": MAX_UPLOAD,
        "app_kwargs": {"middleware": security.middleware(hosts, environment)},
    }
