"""Parameters that move together: rows that are neighbours, and rows that belong to one thing."""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Coupling:
    """How the rows of a parameter hang together. An optimiser then moves them as one material.

    Where every row takes its own step, an outline frays: each point follows its own noise. So the
    parameter x is moved in coordinates u with x = S u, where S averages over neighbours ("large
    steps", Nicolet et al. 2021): what is coherent along the outline moves at full speed, the rest
    slowly, and nothing is out of reach. And rows of one block share the size of their gradient,
    so that their steps keep its direction ("VectorAdam", Ling et al. 2022).

    Attributes:
        pairs: rows that are neighbours, each pair once.
        blocks: number of the block that each row belongs to.
        passes: how often S averages; 0 leaves every row to itself.
    """

    pairs: Int[Tensor, "pairs 2"]
    blocks: Int[Tensor, " rows"]
    passes: int

    @cached_property
    def _share(self) -> float:
        """Half the inverse of the most neighbours: every pass keeps S symmetric, not negative."""
        counts = torch.bincount(self.pairs.flatten(), minlength=1)
        return 0.5 / max(1, int(counts.max()))

    @cached_property
    def _sizes(self) -> Int[Tensor, " blocks"]:
        return torch.bincount(self.blocks, minlength=1).clamp_min(1)

    def spread(self, values: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows columns"]:
        """S applied to the rows: a symmetric map that keeps their mean."""
        first, second = self.pairs.unbind(1)
        for _ in range(self.passes):
            flow = self._share * (values[first] - values[second])
            values = values.index_add(0, first, -flow).index_add(0, second, flow)
        return values

    def pooled(self, values: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows 1"]:
        """The mean over each block's rows and columns, handed back to every row of it."""
        sums = values.new_zeros(len(self._sizes)).index_add(0, self.blocks, values.mean(1))
        return (sums / self._sizes)[self.blocks][:, None]
