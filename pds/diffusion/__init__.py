"""Diffusion models that know how pictures of a prompt look.

The identity term of PDS is what the published weights leave of it, see `pds_weights`:

>>> import torch
>>> from pds.diffusion.schedule import NoiseSchedule
>>> schedule = NoiseSchedule.from_config(
...     {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012})
>>> [round(schedule.pds_weights(torch.tensor([201]), stride)[0].item(), 3) for stride in (2, 4)]
[0.14, 0.421]
"""

from pds.diffusion.gaussian import GaussianPrior
from pds.diffusion.loading import load_prior
from pds.diffusion.prior import Embedding, Prior
from pds.diffusion.vocabulary import Vocabulary

__all__ = ["Embedding", "GaussianPrior", "Prior", "Vocabulary", "load_prior"]
