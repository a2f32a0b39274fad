"""Which rows of a drawing may move: not those of locked elements, not those without a place."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool
from torch import Tensor

from pds.base.errors import SVGError
from pds.kinds.svg.document import Document
from pds.kinds.svg.shapes import Gradient, Group, Layer

_SHOWN_IDS = 12


@dataclass(frozen=True, kw_only=True)
class Free:
    """True where a row of `Parameters` may move; stops stand for their colour and opacity."""

    points: Bool[Tensor, " points"]
    colors: Bool[Tensor, " colors"]
    opacities: Bool[Tensor, " opacities"]
    widths: Bool[Tensor, " widths"]
    stops: Bool[Tensor, " stops"]


def free_rows(document: Document, locked_ids: tuple[str, ...]) -> Free:
    """Rows that stay free when some elements and all they hold are locked.

    A number that a locked element shares with another (a gradient, a `<use>`d shape, the opacity
    of a group around it) is locked too.

    Raises:
        SVGError: no drawn element has such an id.
    """
    numbers, drawing = document.parameters, document.drawing
    free = Free(
        points=(drawing.point_element >= 0) & drawing.point_frame.flatten(1).any(dim=1),
        colors=torch.ones(len(numbers.colors), dtype=torch.bool),
        opacities=torch.ones(len(numbers.opacities), dtype=torch.bool),
        widths=torch.ones(len(numbers.widths), dtype=torch.bool),
        stops=torch.ones(len(numbers.stop_colors), dtype=torch.bool),
    )
    if locked_ids:
        positions = _positions(document, locked_ids)
        held = {row for row, above in enumerate(document.sources.ancestors) if above & positions}
        for item in drawing.items:
            _lock(item, held, free)
    return free


def _positions(document: Document, ids: tuple[str, ...]) -> frozenset[int]:
    known = document.id_positions()
    unknown = [id_ for id_ in ids if id_ not in known]
    if unknown:
        shown = list(known)[:_SHOWN_IDS]
        more = ", …" if len(known) > len(shown) else ""
        ids_known = f"known ids are: {', '.join(shown)}{more}" if known else "it has no ids at all"
        raise SVGError(
            f"Nothing drawn has the id {unknown[0][:40]!r}, so it cannot be locked; {ids_known}."
        )
    return frozenset(known[id_] for id_ in ids)


def _lock(item: Layer | Group, held: set[int], free: Free) -> bool:
    """Marks the rows of locked layers below an item; whether there was one."""
    if isinstance(item, Group):
        below = [_lock(child, held, free) for child in item.children]  # all of them, no shortcut
        locked = any(below)
    else:
        locked = item.element in held
        if locked:
            _lock_layer(item, free)
    if locked and item.opacities:
        free.opacities[list(item.opacities)] = False
    return locked


def _lock_layer(layer: Layer, free: Free) -> None:
    free.points[layer.outline.indices.flatten()] = False
    if isinstance(layer.paint, Gradient):
        free.stops[list(layer.paint.stops)] = False
    else:
        free.colors[layer.paint.color] = False
    if layer.stroke is not None:
        free.widths[layer.stroke.width] = False
