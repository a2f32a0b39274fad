"""What can go wrong while the built-in prior is being made."""

from pds.base.errors import PDSError


class TrainingError(PDSError):
    """The prior cannot be trained, exported or judged."""


class TrainingDataError(TrainingError):
    """The training pictures cannot be fetched, read or drawn."""
