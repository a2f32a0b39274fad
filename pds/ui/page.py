"""The page: a header, one tab a kind, and everything that `launch()` must be told."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from pds.kinds import KINDS
from pds.ui import api, security, text, theme
from pds.ui.tab import KindTab
from pds.ui.wiring import answer
from pds.work.service import Service

CACHE_SWEEP_S = 600
CACHE_AGE_S = 8 * 3600
MAX_EVENTS = 64
# For videos and captures; drawings, recipes and scenes have smaller limits of their own.
MAX_UPLOAD = "200mb"
# Fixed, so that a browser finds its runs again after the program was restarted. It hides nothing:
# only ids of runs are kept there.
MEMORY_SECRET = "pds-page-memory"


def build_page(service: Service) -> gr.Blocks:
    """Builds the page; start it with `page.launch(**launch_options(...))`."""
    kinds = list(KINDS.values())
    with gr.Blocks(
        title=text.TITLE, analytics_enabled=False, delete_cache=(CACHE_SWEEP_S, CACHE_AGE_S)
    ) as page:
        runs = [_memory(f"{kind.noun}-runs", {"current": None, "runs": []}) for kind in kinds]
        last = _memory("tab", kinds[0].noun)
        gr.Markdown(value=text.HEADER, elem_id="header")
        headings, tabs = [], []
        with gr.Tabs(elem_id="tabs") as strip:
            for kind, memory in zip(kinds, runs, strict=True):
                with gr.Tab(label=kind.label, id=kind.noun, elem_id=f"{kind.noun}-tab") as heading:
                    tabs.append(KindTab(kind, service, memory, first=kind is kinds[0]))
                headings.append(heading)
        for tab in tabs:
            tab.wire(page)
        answer(page.load, tab_opener([kind.noun for kind in kinds]), [last], [strip])
        api.add_endpoints(service)
        for kind, heading in zip(kinds, headings, strict=True):
            answer(heading.select, lambda noun=kind.noun: noun, None, [last])
    return page.queue(max_size=MAX_EVENTS, default_concurrency_limit=None)


def tab_opener(nouns: list[str]) -> Any:
    """A handler that shows the tab again that this browser showed last."""

    def open_tab(last: Any) -> Any:
        return gr.update(selected=last) if last in nouns[1:] else gr.skip()

    return open_tab


def _memory(name: str, value: Any) -> gr.BrowserState:
    return gr.BrowserState(default_value=value, storage_key=f"pds-{name}", secret=MEMORY_SECRET)


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
        # Gradio's own words name an option that this program does not have.
        "quiet": True,
        "share": False,
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
