"""Two loops that move parameters: `distil` along a method's gradient, `rewrite` towards pictures.

With a prior whose means are known, a grey picture becomes a light one:

>>> import torch
>>> from pds.diffusion.gaussian import GaussianPrior
>>> from pds.diffusion.schedule import NoiseSchedule
>>> from pds.engine.distil import DistilSettings, distil
>>> from pds.engine.methods import DDS
>>> from pds.engine.parametric import Pixels
>>> from pds.settings import Prompts
>>> prior = GaussianPrior({"dark": 0.2, "light": 0.8}, schedule=NoiseSchedule.from_config({}))
>>> picture = Pixels(torch.full((1, 3, 8, 8), 0.2))
>>> words = Prompts(source="dark", target="light")
>>> settings = DistilSettings(steps=100)
>>> steps = list(distil(picture, prior, words, DDS(guidance_scale=1), settings))
>>> round(picture.pixels.mean().item(), 1)
0.8
"""
