"""What the rewriting loop asks of a rewriter."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from pds.diffusion.prior import Embedding, Prior
from pds.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The words of one view as the network reads them: one row each."""

    target: Embedding
    source: Embedding


class Rewriter(Settings, ABC):
    """An editor of single pictures, with its settings; a file here and a line in the registry.

    Attributes:
        key: its name in recipes and options.
        label: its name on the page.
        paper: where it is from.
    """

    title: ClassVar[str] = "the refinement"
    key: ClassVar[str]
    label: ClassVar[str]
    paper: ClassVar[str]

    @abstractmethod
    def rewrite(
        self,
        prior: Prior,
        image: Float[Tensor, "1 3 size size"],
        source: Float[Tensor, "1 3 size size"],
        wording: Wording,
        *,
        generator: torch.Generator,
    ) -> Float[Tensor, "1 3 size size"]:
        """The picture made more like the target words.

        Args:
            prior: the frozen diffusion model.
            image: the present rendering, at the prior's size, device and precision.
            source: the unedited asset from the same view, likewise.
            wording: the prompts of the view.
            generator: of all chance, on the CPU.
        """
