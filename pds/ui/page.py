"""The page: a header, one tab a subject, and everything that `launch()` must be told."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from pds.ui import api, security, text, theme
from pds.ui.desk import Desk
from pds.ui.drawing import DrawingTab

CACHE_SWEEP_S = 600
CACHE_AGE_S = 8 * 3600
MAX_EVENTS = 64
MAX_UPLOAD = "20mb"
# Fixed, so that a browser finds its runs again after the program was restarted. It hides nothing:
# only ids of runs are kept there.
MEMORY_KEY = "pds-runs"
MEMORY_SECRET = "pds-page-memory"


def build_page(desk: Desk) -> gr.Blocks:
    """Builds the page; start it with `page.launch(**launch_options(...))`."""
    with gr.Blocks(
        title=text.TITLE, analytics_enabled=False, delete_cache=(CACHE_SWEEP_S, CACHE_AGE_S)
    ) as page:
        browser = gr.BrowserState(
            default_value={"current": None, "runs": []},
            storage_key=MEMORY_KEY,
            secret=MEMORY_SECRET,
        )
        gr.Markdown(value=text.HEADER, elem_id="header")
        with gr.Tabs(), gr.Tab(label="Drawing", id="drawing"):
            drawing = DrawingTab(desk, browser)
        drawing.wire(page)
        api.add_endpoints(desk)
    return page.queue(max_size=MAX_EVENTS, default_concurrency_limit=None)


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
