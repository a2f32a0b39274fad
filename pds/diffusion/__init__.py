"""Diffusion models that know how pictures of a prompt look."""

from pds.diffusion.gaussian import GaussianPrior
from pds.diffusion.loading import load_prior
from pds.diffusion.prior import Embedding, Prior
from pds.diffusion.vocabulary import Vocabulary

__all__ = ["Embedding", "GaussianPrior", "Prior", "Vocabulary", "load_prior"]
