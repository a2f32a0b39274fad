"""What every room stands on: errors, checks, files, pictures and films; nothing of diffusion.

>>> from pds.base.checks import check_range
>>> check_range("strength", 11, 0.05, 10)
Traceback (most recent call last):
    ...
pds.base.errors.ConfigError: strength is 11; it must be a number from 0.05 to 10.
"""
