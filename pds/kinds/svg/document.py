"""An SVG file as an edit sees it: tensors to move, and a tree to write them back into."""

from dataclasses import dataclass, replace

import torch
from lxml import etree

from pds.kinds.svg.raster.rasteriser import rasterise
from pds.kinds.svg.read import names
from pds.kinds.svg.read.gate import parse_svg, safe_parser, serialise
from pds.kinds.svg.read.halving import blob_points, check_halvings, choose_places, halve
from pds.kinds.svg.read.reader import read_tree
from pds.kinds.svg.read.rows import Sources
from pds.kinds.svg.shapes import Drawing, Parameters
from pds.kinds.svg.write.pathtext import format_number
from pds.kinds.svg.write.writer import write_changes

_LOOK_PX = 96  # size of the picture in which new paths find their places
_BLOB_RADIUS = 0.05  # of the canvas side
_BLOB_OPACITY = 0.6


@dataclass(frozen=True, kw_only=True)
class Document:
    """A drawing together with the file it came from. Make one with :meth:`read`.

    Attributes:
        drawing: its structure.
        parameters: its numbers as they are in the file, float64 on the CPU.
        warnings: what was dropped or is not drawn, one sentence each.
        tree: the safe file, serialised.
        text: the file as a recipe carries it; reading it gives this document again. It is the
            file as it came, unless something in it acts or reaches out, it has a DOCTYPE, or is
            in another encoding than UTF-8: then it is the safe file.
        sources: the way from rows back to elements.
        ids: of everything that is drawn or holds something drawn, in document order, with the
            positions of their elements in the file.
        subdivisions: how often its segments were halved after reading.
    """

    drawing: Drawing
    parameters: Parameters
    warnings: tuple[str, ...]
    tree: bytes
    text: str
    sources: Sources
    ids: dict[str, int]
    subdivisions: int = 0

    @classmethod
    def read(cls, data: bytes) -> "Document":
        """Reads the bytes of an SVG file from anywhere.

        Raises:
            SVGError: the file is refused; the text says why and what to do.
        """
        safe = parse_svg(data)
        return cls._from_root(safe.root, safe.declared, safe.dropped, safe.text)

    @classmethod
    def _from_root(
        cls, root: etree._Element, declared: bool, dropped: tuple[str, ...], text: str | None
    ) -> "Document":
        reading = read_tree(root)  # before it is serialised: it gives a size where there is none
        tree = serialise(root, declared)
        return cls(
            drawing=reading.drawing,
            parameters=reading.parameters,
            warnings=(*dropped, *(w for w in reading.warnings if w not in dropped)),
            tree=tree,
            text=tree.decode("utf-8") if text is None else text,
            sources=reading.sources,
            ids=_drawn_ids(root, reading.sources),
        )

    def write(self, parameters: Parameters | None = None) -> bytes:
        """The whole file with these numbers in place of those that were read.

        Args:
            parameters: any dtype and device; None for the file as it was read.

        Raises:
            SVGError: numbers that are not finite, or of another drawing.
        """
        if parameters is None:
            return self.tree
        root = self._root()
        write_changes(root, self.sources, self.parameters, parameters)
        return serialise(root, self.tree.startswith(b"<?xml"))

    def _root(self) -> etree._Element:
        return etree.fromstring(self.tree, safe_parser())

    def subdivide(self, times: int) -> "Document":
        """The same picture with every drawn segment halved `times` times.

        Raises:
            SVGError: more segments than a drawing may have.
        """
        check_halvings(self.sources, times)
        document = self
        for _ in range(times):
            drawing, parameters, sources = halve(
                document.drawing, document.parameters, document.sources
            )
            document = replace(
                document,
                drawing=drawing,
                parameters=parameters,
                sources=sources,
                subdivisions=document.subdivisions + 1,
            )
        return document

    def with_extra_paths(self, count: int, generator: torch.Generator) -> "Document":
        """The drawing with small new paths on top, for the edit to grow.

        Each is a closed `<path>` of four cubics with an id `extra-…`, placed where something is
        painted, in nearly the colour found there.

        Args:
            count: how many.
            generator: of places and colours.
        """
        if count == 0:
            return self
        picture = rasterise(
            self.drawing,
            self.parameters.to(dtype=torch.float32),  # for which the kernels are compiled anyway
            size_px=(_LOOK_PX, _LOOK_PX),
            background=None,
        )
        places, colors = choose_places(picture.detach().cpu(), count, generator)
        root = self._root()
        taken = {node.get("id") for node in root.iter(etree.Element)}
        free = (f"extra-{i}" for i in range(1, count + len(taken) + 1) if f"extra-{i}" not in taken)
        for place, color, id_ in zip(places.tolist(), colors.tolist(), free):
            root.append(self._blob(place, color, id_))
        declared = self.tree.startswith(b"<?xml")
        return self._from_root(root, declared, self.warnings, None).subdivide(self.subdivisions)

    def _blob(self, place: list[float], color: list[float], id_: str) -> etree._Element:
        x, y, width, height = self.drawing.view_box
        side = self.drawing.side  # the picture is square, the canvas in its middle
        center = (
            x + width / 2 + (place[0] - 0.5) * side,
            y + height / 2 + (place[1] - 0.5) * side,
        )
        radius = _BLOB_RADIUS * side
        grid = min(self.sources.grids.values())
        data = f"M{format_number(center[0] + radius, grid)} {format_number(center[1], grid)}"
        for points in blob_points(center, radius):
            data += "C" + " ".join(format_number(v, grid) for point in points for v in point)
        channels = "".join(f"{round(255 * channel):02x}" for channel in color)
        attributes = {
            "id": id_,
            "d": data + "z",
            "fill": f"#{channels}",
            "fill-opacity": str(_BLOB_OPACITY),
            "stroke": "none",
        }
        return etree.Element(names.qualified("path"), attributes)

    def element_ids(self) -> tuple[str, ...]:
        """Ids of everything that is drawn or holds something drawn, in document order."""
        return tuple(self.ids)

    def id_positions(self) -> dict[str, int]:
        """The ids of :meth:`element_ids` with the positions of their elements in the file."""
        return dict(self.ids)


def _drawn_ids(root: etree._Element, sources: Sources) -> dict[str, int]:
    nodes = list(root.iter(etree.Element))
    found: dict[str, int] = {}
    for position in sorted(frozenset().union(*sources.ancestors)):
        id_ = nodes[position].get("id")
        if id_:
            found.setdefault(id_, position)
    return found
