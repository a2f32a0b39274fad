"""Work: recipes, presets, runs, the one loop that drives them, and the service that holds them.

>>> from pds.work.prior import LazyPrior
>>> from pds.work.service import Service
>>> from pds.diffusion.loading import load_prior
>>> drawing = b'''<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">
... <circle cx="4" cy="4" r="3" fill="#c00"/></svg>'''
>>> with Service(LazyPrior(load_prior, name="built-in"), {}) as service:
...     asset = service.open("svg", drawing, name="apple")
...     print(asset.kind, asset.name, len(asset.key))
svg apple 64
"""
