"""Viewports: the canvas of the outermost `<svg>`, nested ones, symbols."""

from dataclasses import dataclass

from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read.geometry import Size, length_of
from pds.kinds.svg.read.nodes import describe, local_name
from pds.kinds.svg.read.values import IDENTITY, Matrix, fit, multiply, to_length, to_view_box

MAX_ASPECT = 100.0
_SIDES = (1e-6, 1e7)


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """The outermost viewport.

    Attributes:
        view_box: what is seen, `(x, y, width, height)` in canvas units.
        matrix: user space of the root's children to canvas.
        viewport: width and height that lengths in per cent refer to.
    """

    view_box: tuple[float, float, float, float]
    matrix: Matrix
    viewport: Size


def find_canvas(root: etree._Element) -> Canvas:
    """The canvas of an `<svg>`: its viewBox, seen through width, height and aspect ratio.

    Raises:
        SVGError: no positive size can be found, or it is absurd.
    """
    if not has_size(root):
        raise SVGError(
            "The drawing has neither a viewBox nor a width and height above 0; add a viewBox "
            'such as viewBox="0 0 100 100".'
        )
    width, height = _absolute(root, "width"), _absolute(root, "height")
    named = root.get("viewBox", "").strip()
    box = to_view_box(root.get("viewBox")) if named else (0.0, 0.0, width, height)
    _check_size(box)
    viewport = (box[2], box[3])
    if width is None or height is None or abs(width * box[3] / (height * box[2]) - 1) < 1e-3:
        return Canvas(view_box=box, matrix=IDENTITY, viewport=viewport)
    m = fit(box, (width, height), root.get("preserveAspectRatio", ""))
    if m[0] != m[3]:  # stretched: canvas units are those of width and height
        seen, matrix = (0.0, 0.0, width, height), m
    else:
        seen, matrix = (-m[4] / m[0], -m[5] / m[3], width / m[0], height / m[3]), IDENTITY
    _check_size(seen)
    return Canvas(view_box=seen, matrix=matrix, viewport=viewport)


def has_size(root: etree._Element) -> bool:
    """Whether an `<svg>` says how large its canvas is, by a viewBox or by width and height.

    Raises:
        SVGError: a width or height that is no length above 0.
    """
    if root.get("viewBox", "").strip():
        return True
    sides = (_absolute(root, "width"), _absolute(root, "height"))
    return None not in sides


def boundless_canvas() -> Canvas:
    """A canvas that nothing lies outside of, for a drawing that says no size.

    Lengths in per cent refer to the 300 x 150 px that browsers give such a drawing.
    """
    far = _SIDES[1]
    return Canvas(view_box=(-far, -far, 2 * far, 2 * far), matrix=IDENTITY, viewport=(300.0, 150.0))


def _absolute(root: etree._Element, name: str) -> float | None:
    """Width or height of the root in px; None if absent or relative."""
    text = root.get(name, "").strip()
    if not text or text == "auto" or text.endswith("%"):
        return None
    value = to_length(text, f"{name}= of <svg>", percent_of=0.0)
    if value <= 0:
        raise SVGError(f"{name}= of <svg> is {text[:20]!r}; it must be above 0.")
    return value


def _check_size(box: tuple[float, float, float, float]) -> None:
    low, high = _SIDES
    short, long = sorted(box[2:])
    if not low <= short <= long <= high:
        raise SVGError(
            f"The canvas is {box[2]:g} x {box[3]:g}; sides from {low:g} to {high:g} are accepted, "
            "so rescale the drawing."
        )
    if long > MAX_ASPECT * short:
        raise SVGError(
            f"The canvas is {box[2]:g} x {box[3]:g}, more than {MAX_ASPECT:g} times as long as "
            "wide; crop the drawing."
        )


@dataclass(frozen=True, kw_only=True)
class Nested:
    """A viewport inside the drawing.

    Attributes:
        matrix: user space of its children to that around it.
        viewport: width and height that lengths in per cent refer to.
        clip: `(x, y, width, height)` around it outside of which nothing shows, or None.
    """

    matrix: Matrix
    viewport: Size
    clip: tuple[float, float, float, float] | None


def nested_viewport(
    node: etree._Element, use: etree._Element | None, around: Size, overflow: str
) -> Nested | None:
    """The viewport of a nested `<svg>` or a used `<symbol>`; None if it has no size.

    Args:
        node: the `<svg>` or `<symbol>`.
        use: what refers to it, if anything; its width and height win.
        around: width and height of the viewport around.
        overflow: the property's value.

    Raises:
        SVGError: a broken length or viewBox.
    """
    is_svg = local_name(node) == "svg"
    x, y = (length_of(node, n, "0", around) if is_svg else 0.0 for n in ("x", "y"))
    size = []
    for name in ("width", "height"):
        own = node.get(name, "100%") if is_svg else "100%"
        source = use if use is not None and use.get(name) else node
        size.append(length_of(source, name, own, around) if source is use or is_svg
                    else to_length(own, name, percent_of=around[name == "height"]))  # fmt: skip
    if size[0] <= 0 or size[1] <= 0:
        return None
    matrix: Matrix = (1.0, 0.0, 0.0, 1.0, x, y)
    viewport = (size[0], size[1])
    if node.get("viewBox", "").strip():
        box = _nested_box(node)
        aspect = node.get("preserveAspectRatio", "")
        matrix = multiply(matrix, fit(box, viewport, aspect))
        viewport = (box[2], box[3])
    sized = any(e is not None and (e.get("width") or e.get("height")) for e in (node, use))
    shows_all = overflow in ("visible", "auto") or not (sized or is_svg)
    return Nested(
        matrix=matrix, viewport=viewport, clip=None if shows_all else (x, y, size[0], size[1])
    )


def _nested_box(node: etree._Element) -> tuple[float, float, float, float]:
    try:
        return to_view_box(node.get("viewBox"))
    except SVGError as error:
        raise SVGError(f"In {describe(node)}: {error}") from None
