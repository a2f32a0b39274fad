"""What a file may hold that is not drawn, and how the user is told."""

from collections import Counter

from pds.kinds.svg.read.styles import Cascade

UNDRAWN_TAGS = {
    "text": "text (convert it to paths to see it)",
    "image": "embedded pictures",
}
# property -> (values that change nothing, name of the feature)
UNDRAWN_PROPERTIES = {
    "filter": (("none",), "filter effects such as blur and shadow"),
    "mask": (("none",), "masks"),
    "mix-blend-mode": (("none", "normal"), "blend modes"),
    "stroke-dasharray": (("none", "0"), "dashes (strokes are drawn solid)"),
    "marker": (("none",), "markers"),
    "marker-start": (("none",), "markers"),
    "marker-mid": (("none",), "markers"),
    "marker-end": (("none",), "markers"),
    "vector-effect": (("none",), "vector effects such as non-scaling strokes"),
}


def sentences(notes: Counter, cascade: Cascade) -> tuple[str, ...]:
    """One sentence for each kind of thing in the file that is not drawn."""
    found = []
    for feature, count in sorted(notes.items()):
        times = "once" if count == 1 else f"{count} times"
        found.append(f"Not drawn: {feature}, found {times}.")
    if cascade.unknown_selectors:
        shown = ", ".join(sorted(set(cascade.unknown_selectors))[:5])
        found.append(f"Not read: style rules other than tag, .class and #id ({shown[:120]}).")
    if cascade.unknown_colors:
        shown = ", ".join(sorted(cascade.unknown_colors)[:5])
        found.append(f"Not read: colours this program does not know ({shown[:120]}).")
    return tuple(found)
