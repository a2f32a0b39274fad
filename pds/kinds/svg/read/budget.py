"""Limits on what a drawing may ask for, counted while it is read."""

from collections import Counter
from collections.abc import Callable

from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read.geometry import Geometry
from pds.kinds.svg.read.nodes import describe, local_name
from pds.kinds.svg.read.pathdata import MAX_SEGMENTS
from pds.kinds.svg.read.sweeper import MAX_ELEMENTS
from pds.kinds.svg.read.values import Matrix

MAX_NESTING = 100
MAX_SIDES = 10_000  # how far outside a shape may lie, in canvas sides
_CONTAINERS = ("svg", "g", "a", "switch")


class Budget:
    """Counts segments and checks sizes.

    Args:
        view_box: of the canvas.
    """

    def __init__(self, view_box: tuple[float, float, float, float]):
        x, y, width, height = view_box
        self._middle = (x + width / 2, y + height / 2)
        self._reach = MAX_SIDES * max(width, height)
        self._segments = 0
        self._parsed = 0

    def parsed(self, segments: int) -> None:
        """Counts segments that were read, whether or not they are drawn.

        Raises:
            SVGError: more than twice as many as may be drawn.
        """
        self._parsed += segments
        if self._parsed > 2 * MAX_SEGMENTS:
            raise SVGError(
                f"The file holds more than {2 * MAX_SEGMENTS} path segments; simplify its paths."
            )

    def spend(self, segments: int) -> int:
        """Takes segments off the budget and returns what is left.

        Raises:
            SVGError: nothing is left.
        """
        self._segments += segments
        if self._segments > MAX_SEGMENTS:
            raise SVGError(
                f"The drawing has more than {MAX_SEGMENTS} path segments; simplify its paths."
            )
        return MAX_SEGMENTS - self._segments

    def check_matrix(self, matrix: Matrix) -> Matrix:
        """The matrix, if its numbers are of sensible size.

        Raises:
            SVGError: they are not.
        """
        if not all(abs(v) <= 1e12 for v in matrix):
            raise SVGError("Nested transforms grow beyond all bounds; correct the transforms.")
        return matrix

    def check_points(self, geometry: Geometry, matrix: Matrix) -> None:
        """Refuses shapes that lie absurdly far outside the canvas.

        Raises:
            SVGError: a point is more than `MAX_SIDES` canvas sides away.
        """
        a, b, c, d, e, f = matrix
        e, f = e - self._middle[0], f - self._middle[1]
        for x, y in geometry.points:
            if abs(a * x + c * y + e) > self._reach or abs(b * x + d * y + f) > self._reach:
                raise SVGError(
                    f"A shape lies more than {MAX_SIDES} canvas sides outside the picture; "
                    "remove it or correct the viewBox."
                )


def count_uses(
    root: etree._Element,
    target_of: Callable[[etree._Element], etree._Element | None],
    budget: Budget,
) -> Counter:
    """How often each element is drawn once every `<use>` is followed.

    Args:
        root: of the tree.
        target_of: what a `<use>` refers to.
        budget: unused so far.

    Raises:
        SVGError: a `<use>` that contains itself, too many elements, or too deep nesting.
    """
    counts: Counter = Counter()
    total = 0
    stack = [(root, (), 0)]
    while stack:
        node, through, depth = stack.pop()
        total += 1
        counts[node] += 1
        if total > MAX_ELEMENTS:
            raise SVGError(
                f"With every <use> drawn there are more than {MAX_ELEMENTS} elements; simplify "
                "the drawing."
            )
        if depth > MAX_NESTING:
            raise SVGError(f"Elements are nested more than {MAX_NESTING} deep; ungroup them.")
        if local_name(node) == "use":
            target = target_of(node)
            if target is None:
                continue
            if target in through or target in node.iterancestors():
                raise SVGError(f"{describe(node)} contains itself; remove it.")
            stack.append((target, (*through, target), depth + 1))
        elif local_name(node) in _CONTAINERS or (through and node is through[-1]):
            children = node.iterchildren(etree.Element)
            stack.extend((child, through, depth + 1) for child in children)
    return counts
