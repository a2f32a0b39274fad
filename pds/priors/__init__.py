"""Diffusion models that know how pictures of a prompt look."""

from pds.priors.base import Embedding, Prior
from pds.priors.gaussian import GaussianPrior
from pds.priors.loading import load_prior
from pds.priors.vocabulary import Vocabulary

__all__ = ["Embedding", "GaussianPrior", "Prior", "Vocabulary", "load_prior"]
