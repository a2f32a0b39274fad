"""Measurements, to be run by hand: `python -m tests.bench.<name>`. Each prints its tables.

raster: forward and backward of the rasteriser, over drawings, sizes, numbers of paths and forms.
"""
