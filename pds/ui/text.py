"""The page's words, and the small pieces of HTML that carry numbers and sentences.

They go into `gr.Markdown`, which cleans them once more in the browser; `gr.HTML` would compile them
as templates. Everything that comes from a user or a file is escaped here; nothing else builds HTML.
"""

import html
from collections.abc import Iterable, Mapping, Sequence

from pds.work.record import JobView, duration

TITLE = "Posterior Distillation Sampling"
HEADER = """
# Edit drawings, scenes and pictures by words
Say what something is and what it should become. Its own parameters move until it fits, and stop
short of destroying what it was.
"""
PRESS_A_PICTURE = "**Press a picture below to see one happen**, or bring your own."
BRING_YOUR_OWN = "**Bring your own**, and say what it should become."
BUILT_IN_NOTE = """
**What to expect.** The model that ships with this page is small: it learned everyday things, as
emoji, clip art and renders of 3-D models show them, at 64 × 64 pixels. It is good at turning one
simple thing into another of similar outline, and at recolouring. It does not know landscapes,
names, lettering or fine detail; a word it never met moves nothing usefully, so the page tells you
which words those are.
"""
OTHER_NOTE = """
**What to expect.** This page runs with the model `{name}`, which takes any text. Large changes of
outline need more steps, or a lower *Keep identity*.
"""
REFINE_NOTE = """
**Refine.** After an edit: every view is cleaned up by the model, and the asset is fitted to what
comes out. Edges become clearer; what it shows stays.
"""
LOOK_NOTE = (
    "Any view, also while a run goes on. A place without bounds is seen from where it was captured."
)
IDLE = "Nothing runs. Say what it should become, then press Edit."
WRITING = "Finished; the result is ready, the film is being written…"
MADE = "It is open now: say what it shows and what it should become, then press Edit."
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


def escape(text: str) -> str:
    """Text as one line that stays text inside the HTML of a `gr.Markdown`."""
    escaped = html.escape(" ".join(text.split()), quote=True)
    for letter in "$`{}\\*_[]":
        escaped = escaped.replace(letter, f"&#{ord(letter)};")
    return escaped


def intro(words: str, *, presets: bool) -> str:
    """Markdown above a tab: what an edit does to its kind, and how to begin."""
    return f"{words} {PRESS_A_PICTURE if presets else BRING_YOUR_OWN}"


def plain_note(name: str) -> str:
    """Markdown about the prior's abilities."""
    return BUILT_IN_NOTE if name == "built-in" else OTHER_NOTE.format(name=name.replace("`", ""))


def messages_html(sentences: Iterable[str], *, kind: str = "note") -> str:
    """A list of sentences; `kind` is `note` or `error`, an error is announced at once."""
    items = "".join(f"<li>{escape(s)}</li>" for s in sentences)
    role = ' role="alert"' if kind == "error" else ""
    return f'<ul class="messages {kind}"{role}>{items}</ul>' if items else ""


def status_html(view: JobView, *, note: str = "", doing: str = "", limit_s: float = 0.0) -> str:
    """The status line with its progress bar.

    Args:
        view: of the run.
        note: in place of the run's own message.
        doing: what is going on, in place of what the view says.
        limit_s: the run ends after so many seconds, whatever steps are left; 0 if it does not.
    """
    share = view.step / max(1, view.total)
    words = view.message
    if limit_s and view.state == "running" and view.step:
        share = max(share, min(1.0, view.elapsed_s / limit_s))
        words = f"{duration(view.elapsed_s)} of at most {duration(limit_s)}, {view.step} steps."
    doing = doing or view.doing
    if doing and not view.finished:
        words = f"{doing[:1].upper()}{doing[1:]} · {words}"
    bar = f'<div class="bar"><div style="width:{100 * share:.1f}%"></div></div>'
    role = ' role="alert"' if view.state == "failed" else ""
    return f'<div class="status {view.state}"><p{role}>{escape(note or words)}</p>{bar}</div>'


def idle_html(text: str, *, kind: str = "idle") -> str:
    """The status line while nothing runs; `kind` is `idle` or `failed`."""
    role = ' role="alert"' if kind == "failed" else ""
    return f'<div class="status {kind}"{role}><p>{escape(text)}</p></div>'


def curve_html(
    curve: Sequence[tuple[int, float]], *, label: str = "", from_zero: bool = True
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


def source_html(name: str, about: str, warnings: Sequence[str], note: str = "") -> str:
    """What is said under the picture of an opened asset.

    Args:
        name: of the asset.
        about: what it is.
        warnings: what is not drawn of it.
        note: what to do next.
    """
    line = f"<b>{escape(name)}</b>{f': {escape(about)}' if about else ''}."
    return f'<p class="about">{line}</p>' + messages_html(((note,) if note else ()) + (*warnings,))


def changed_html(changed: Sequence[str]) -> str:
    """Which settings are not at their defaults; empty if all are."""
    if not changed:
        return ""
    return f'<p class="changed"><b>Changed:</b> {escape("; ".join(changed))}.</p>'


def words_html(fault: str, warnings: Sequence[str]) -> str:
    """What is to be known of the words: why the target cannot be reached, and unknown words."""
    return messages_html((fault,) if fault else (), kind="error") + messages_html(warnings)


def brought_html(names: Sequence[str], label: str) -> str:
    """A line about files that wait for the button of that label."""
    what = names[0] if len(names) == 1 else f"{len(names)} files"
    return messages_html((f"{what}: ready. Press {label}.",))
