"""The two kinds of events of a tab: those that follow a run, and those that answer at once."""

import functools
from typing import Any

import gradio as gr
from gradio.blocks import Block


def follow(listen: Any, fn: Any, inputs: Any, outputs: list[Block]) -> Any:
    """An event that follows a run: as many at a time as there are visitors."""
    return listen(
        fn=fn,
        inputs=inputs,
        outputs=outputs,
        show_progress="hidden",
        trigger_mode="multiple",
        concurrency_limit=None,
        api_visibility="private",
    )


def answer(
    listen: Any, fn: Any, inputs: Any, outputs: list[Block], *, line: str | None = None
) -> Any:
    """An event that answers at once; of several, the last counts.

    Args:
        listen: the event, `button.click` for instance, or a list of events.
        fn: its handler.
        inputs: as Gradio takes them.
        outputs: what the handler may update.
        line: events of one line are answered one at a time, since each keeps the machine busy.
    """
    if isinstance(listen, list):
        listen = functools.partial(gr.on, triggers=listen)
    return listen(
        fn=fn,
        inputs=inputs,
        outputs=outputs,
        show_progress="hidden",
        trigger_mode="always_last",
        concurrency_limit=None if line is None else 1,
        concurrency_id=line,
        api_visibility="private",
    )
