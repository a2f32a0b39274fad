"""Changed numbers back into the original tree; everything else stays as it was."""

import copy

import torch
from jaxtyping import Bool
from lxml import etree
from torch import Tensor

from pds.base.errors import SVGError
from pds.kinds.svg.read import names
from pds.kinds.svg.read.css import split_declarations
from pds.kinds.svg.read.nodes import local_name
from pds.kinds.svg.read.rows import Owner, Sources
from pds.kinds.svg.read.styles import Cascade
from pds.kinds.svg.read.values import to_length
from pds.kinds.svg.shapes import Parameters
from pds.kinds.svg.write.pathtext import format_number, path_text

_COLOR_STEP = 0.5 / 255  # written in eight bits
_FRACTION_STEP = 5e-5  # written with four decimals


def write_changes(
    root: etree._Element, sources: Sources, base: Parameters, new: Parameters
) -> None:
    """Sets what differs between `base` and `new` in a tree (in place).

    Args:
        root: of the tree that was read.
        sources: the way back from rows to elements.
        base: the numbers that were read.
        new: the numbers to write.

    Raises:
        SVGError: a number is NaN or infinite, or rows are missing or too many.
    """
    new = new.detach().to(device="cpu", dtype=torch.float64)
    if new.points.shape != base.points.shape or new.colors.shape != base.colors.shape:
        raise SVGError("The numbers belong to another drawing; write them into their own.")
    if not new.is_finite():
        raise SVGError("The edited drawing holds numbers that are not finite; nothing is written.")
    writer = _Writer(root, sources)
    writer.geometry(base, new)
    writer.colors(base, new)
    writer.opacities(base, new)
    writer.widths(base, new)
    writer.stops(base, new)


def _moved(before: Tensor, after: Tensor, step: float) -> list[int]:
    """Rows that differ by more than `step`."""
    far = (before - after).abs() > step
    far = far.any(dim=1) if far.dim() == 2 else far
    return far.nonzero().flatten().tolist()


class _Writer:
    def __init__(self, root: etree._Element, sources: Sources):
        self._nodes = list(root.iter(etree.Element))
        self._sources = sources
        self._cascade = Cascade(root)

    def geometry(self, base: Parameters, new: Parameters) -> None:
        for position, outline in self._sources.outlines.items():
            grid = self._sources.grids[position]
            rows = outline.indices.flatten()
            if self._differs(base.points[rows], new.points[rows], grid).any():
                self._keep_clips(position)
                data = path_text(outline, new.points, grid)
                self._to_path(self._nodes[position], data)

    @staticmethod
    def _differs(before: Tensor, after: Tensor, grid: float) -> Bool[Tensor, " rows"]:
        return ((before - after).abs() > 0.5 * grid).any(dim=1)

    def _keep_clips(self, position: int) -> None:
        """Gives clip paths that refer to a shape a copy of it, before it changes."""
        for chain in self._sources.clip_uses:
            nodes = [self._nodes[i] for i in chain]
            if chain[-1] != position or nodes[0].getparent() is None:
                continue
            clone = copy.deepcopy(nodes[-1])
            moves = []
            for node in nodes[:-1]:
                moves += [node.get("transform"), _offset_text(node)]
            moves.append(clone.get("transform"))
            if any(moves):
                clone.set("transform", " ".join(move for move in moves if move))
            rules = [self._cascade.declared(node).get("clip-rule") for node in reversed(nodes)]
            if any(rules):
                clone.set("clip-rule", next(rule for rule in rules if rule))
            clone.attrib.pop("id", None)
            if nodes[0].get("id"):
                clone.set("id", nodes[0].get("id"))
            clone.tail = nodes[0].tail
            nodes[0].getparent().replace(nodes[0], clone)

    def _to_path(self, node: etree._Element, data: str) -> None:
        tag = local_name(node)
        if tag != "path":
            rules = [rule for rule in self._cascade.matched(node) if rule.tag]
            for rule in rules:  # would no longer apply to a <path>
                for name, (value, important) in rule.declarations.items():
                    if name not in self._cascade.written(node):
                        _set_style(node, name, value, important)
            for name in names.GEOMETRY_ATTRIBUTES[tag]:
                node.attrib.pop(name, None)
            if tag == "line":  # which has no fill, while a path has
                self._set_property(node, "fill", "none")
            node.tag = names.qualified("path")
        node.set("d", data)

    def colors(self, base: Parameters, new: Parameters) -> None:
        rows = set(_moved(base.colors, new.colors, _COLOR_STEP))
        for row in _moved(base.opacities, new.opacities, _FRACTION_STEP):
            owner = self._sources.opacities[row]
            if owner.name == "alpha":
                rows.add(owner.alpha)
        for row in sorted(rows):
            owner = self._sources.colors[row]
            alpha = float(new.opacities[owner.alpha]) if owner.alpha >= 0 else 1.0
            self._set(owner, _color_text(new.colors[row], alpha))

    def opacities(self, base: Parameters, new: Parameters) -> None:
        for row in _moved(base.opacities, new.opacities, _FRACTION_STEP):
            owner = self._sources.opacities[row]
            if owner.name != "alpha":
                self._set(owner, _fraction_text(new.opacities[row]))

    def widths(self, base: Parameters, new: Parameters) -> None:
        grid = min(self._sources.grids.values(), default=1e-4)
        for row in _moved(base.widths, new.widths, 0.5 * grid):
            self._set(
                self._sources.widths[row], format_number(max(0.0, float(new.widths[row])), grid)
            )

    def stops(self, base: Parameters, new: Parameters) -> None:
        stops = [self._nodes[position] for position in self._sources.stops]
        color = set(_moved(base.stop_colors, new.stop_colors, _COLOR_STEP))
        alpha = set(_moved(base.stop_opacities, new.stop_opacities, _FRACTION_STEP))
        for row in sorted(color | alpha):
            # a colour may bring its own alpha, so both are always written together
            opacity = new.stop_opacities[row]
            self._set_property(stops[row], "stop-color", _color_text(new.stop_colors[row], 1.0))
            if float(opacity) < 1 or "stop-opacity" in self._cascade.declared(stops[row]):
                self._set_property(stops[row], "stop-opacity", _fraction_text(opacity))
        for row in _moved(base.stop_offsets, new.stop_offsets, _FRACTION_STEP):
            stops[row].set("offset", _fraction_text(new.stop_offsets[row]))

    def _set(self, owner: Owner, value: str) -> None:
        self._set_property(self._nodes[owner.node], owner.name, value)

    def _set_property(self, node: etree._Element, name: str, value: str) -> None:
        place = self._cascade.place(node, name)
        if place == "attribute":
            node.set(name, value)
        else:
            _set_style(node, name, value, place == "important")


def _offset_text(use: etree._Element) -> str:
    """x and y of a `<use>` as a transform; empty if they are zero."""
    x, y = (to_length(use.get(name, "0"), name, percent_of=0) for name in ("x", "y"))
    return f"translate({x!r},{y!r})" if x or y else ""


def _set_style(node: etree._Element, name: str, value: str, important: bool) -> None:
    """Replaces one declaration of `style=`, or appends it; the others stay as written."""
    text = f"{name}:{value}" + (" !important" if important else "")
    parts = split_declarations(node.get("style", ""))
    kept = [p for p in parts if p.partition(":")[0].strip().lower() != name]
    at = next((i for i, p in enumerate(parts) if p not in kept), len(kept))
    kept.insert(min(at, len(kept)), text)
    node.set("style", ";".join(kept))


def _color_text(rgb: Tensor, alpha: float) -> str:
    channels = [round(255 * min(1.0, max(0.0, value))) for value in rgb.tolist()]
    if alpha >= 1:
        return "#{:02x}{:02x}{:02x}".format(*channels)
    return "rgba({},{},{},{})".format(*channels, format_number(max(0.0, alpha), 1e-4))


def _fraction_text(value: Tensor) -> str:
    return format_number(min(1.0, max(0.0, float(value))), 1e-4)
