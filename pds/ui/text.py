"""The page's words, and the small pieces of HTML that carry numbers and sentences.

They go into `gr.Markdown`, which cleans them once more in the browser; `gr.HTML` would compile them
as templates. Everything that comes from a user or a file is escaped here; nothing else builds HTML.
"""

import html
from collections.abc import Iterable, Mapping, Sequence

from pds.work.record import JobView

TITLE = "Posterior Distillation Sampling"
HEADER = """
# Edit drawings and scenes by words
Say what something is and what it should become. Its own parameters move until it fits, and stop
short of destroying what it was.
"""
DRAWING_INTRO = """
A drawing's own curves and colours move until it fits the words, and the result is still an SVG.
**Press a picture below to see one happen.**
"""
BUILT_IN_NOTE = """
**What to expect.** The model that ships with this page is small: it learned everyday things, as
emoji and clip art show them, at 64 × 64 pixels. It is good at turning one simple thing into another
of similar outline, and at recolouring. It does not know landscapes, names, lettering or fine
detail; a word it never met moves the drawing nowhere useful, so the page tells you which words
those are.
"""
OTHER_NOTE = """
**What to expect.** This page runs with the model `{name}`, which takes any text. Large changes of
outline need more steps, or a lower *Keep identity*.
"""
MOVE_LABELS = {
    "points": "Shapes",
    "fill": "Fill colours",
    "stroke": "Line colours",
    "opacity": "Opacity",
    "stroke_width": "Line width",
    "gradient": "Gradients",
}
METHOD_LABELS = {
    "pds": "PDS · keeps identity",
    "dds": "DDS · changes freely",
    "sds": "SDS · ignores the source",
}
# A press that starts an edit brings the result into view, where the page is one column.
HEAD = """
<script>
document.addEventListener("click", (event) => {
  if (!event.target.closest(".starts-edit") || window.innerWidth > 900) return;
  const shown = [...document.querySelectorAll(".result")].find((part) => part.offsetParent);
  shown?.scrollIntoView({ behavior: "smooth", block: "start" });
});
</script>
"""
CURVE_BARS = 100
# Of the range of a curve that does not begin at zero, what is added below.
FLOOR_SHARE = 0.15
GRADIENT = "Size of the gradient"
ORDER_LABELS = {"falling": "Coarse to fine", "uniform": "At random"}


def escape(text: str) -> str:
    """Text as one line that stays text inside the HTML of a `gr.Markdown`."""
    escaped = html.escape(" ".join(text.split()), quote=True)
    for letter in "$`{}\\*_[]":
        escaped = escaped.replace(letter, f"&#{ord(letter)};")
    return escaped


def plain_note(name: str) -> str:
    """Markdown about the prior's abilities."""
    return BUILT_IN_NOTE if name == "built-in" else OTHER_NOTE.format(name=name.replace("`", ""))


def messages_html(sentences: Iterable[str], *, kind: str = "note") -> str:
    """A list of sentences; `kind` is `note` or `error`, an error is announced at once."""
    items = "".join(f"<li>{escape(s)}</li>" for s in sentences)
    role = ' role="alert"' if kind == "error" else ""
    return f'<ul class="messages {kind}"{role}>{items}</ul>' if items else ""


def status_html(view: JobView, *, note: str = "") -> str:
    """The status line with its progress bar; `note` replaces the run's own message."""
    share = 100 * view.step / max(1, view.total)
    bar = f'<div class="bar"><div style="width:{share:.1f}%"></div></div>'
    role = ' role="alert"' if view.state == "failed" else ""
    words = escape(note or view.message)
    return f'<div class="status {view.state}"><p{role}>{words}</p>{bar}</div>'


def idle_html(text: str, *, kind: str = "idle") -> str:
    """The status line while nothing runs; `kind` is `idle` or `failed`."""
    role = ' role="alert"' if kind == "failed" else ""
    return f'<div class="status {kind}"{role}><p>{escape(text)}</p></div>'


def curve_html(
    curve: Sequence[tuple[int, float]], *, label: str = GRADIENT, from_zero: bool = True
) -> str:
    """A number over the steps, as a small bar chart.

    Args:
        curve: (step, number).
        label: what the number is.
        from_zero: whether the bars begin at zero, or a little below the least number.
    """
    if len(curve) < 2:
        return ""
    values = [value for _, value in curve]
    width = -(-len(values) // CURVE_BARS)
    groups = [values[i : i + width] for i in range(0, len(values), width)]
    means = [sum(group) / len(group) for group in groups]
    floor = 0.0 if from_zero else min(means) - FLOOR_SHARE * (max(means) - min(means))
    range_ = (max(means) - floor) or 1.0
    bars = "".join(f'<i style="height:{100 * (mean - floor) / range_:.0f}%"></i>' for mean in means)
    caption = f"{escape(label)}, step by step: now {values[-1]:.3g}"
    return f'<div class="curve"><div>{bars}</div><p>{caption}</p></div>'


def concepts_html(concepts: Sequence[str], groups: Mapping[str, Sequence[str]]) -> str:
    """The things the prior knows, by subject where there are subjects."""
    if not concepts:
        return '<p class="help">This model takes any text.</p>'
    parts = groups or {"": concepts}
    blocks = (
        f"<p>{f'<b>{escape(name.capitalize())}</b> ' if name else ''}"
        f"{escape(', '.join(sorted(words)))}</p>"
        for name, words in parts.items()
    )
    return f'<div class="concepts">{"".join(blocks)}</div>'
