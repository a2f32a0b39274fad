"""Everything that can go wrong in words a user can act on.

::

    PDSError                     any error of this package; its text is one clear sentence
    ├── InputError               something the user gave cannot be used
    │   ├── SVGError             not a drawing this program accepts
    │   ├── ImageError           not a picture this program accepts
    │   ├── CaptureError         photos, video or poses that make no scene
    │   ├── CheckpointError      a saved scene that cannot be opened
    │   ├── PromptError          an empty or overlong prompt
    │   ├── ConfigError          a setting out of its range, or an unknown name
    │   ├── PresetError          a preset folder that is incomplete or inconsistent
    │   └── RecipeError          a recipe that is broken, too new, or has unknown keys
    ├── PriorError               the diffusion model cannot be used
    │   ├── PriorNotFound        no such folder or hub id, or no network to fetch it
    │   └── DeviceUnavailable    the wanted device is not there
    ├── OutOfMemory              the device's memory is too small; says what would fit
    ├── NonFiniteGradient        the optimisation produced NaN or infinity; carries the step
    ├── ExportError              a result could not be written
    └── JobError                 no such run, or it cannot do what was asked

The text says what is wrong and what to do about it; nothing else needs to be shown.
"""


class PDSError(Exception):
    """Base of all errors that this package raises on purpose."""


class InputError(PDSError):
    """Something the user gave cannot be used."""


class SVGError(InputError):
    """The bytes are not a drawing this program accepts."""


class ImageError(InputError):
    """The bytes are not a picture this program accepts."""


class CaptureError(InputError):
    """Photos, video or poses from which no scene can be made."""


class CheckpointError(InputError):
    """A saved scene that cannot be opened."""


class PromptError(InputError):
    """A prompt that is empty or too long."""


class ConfigError(InputError):
    """A setting out of its range, or an unknown name where names are fixed."""


class PresetError(InputError):
    """A preset folder that is incomplete or inconsistent."""


class RecipeError(InputError):
    """A recipe that is broken, from a newer version, or has unknown keys."""


class PriorError(PDSError):
    """The diffusion model cannot be used."""


class PriorNotFound(PriorError):
    """No such model folder or hub id, or no network to fetch it."""


class DeviceUnavailable(PriorError):
    """The wanted device is not there."""


class OutOfMemory(PDSError):
    """The device's memory is too small for what was asked."""


class NonFiniteGradient(PDSError):
    """The optimisation produced NaN or infinity.

    Attributes:
        step: index of the failing step, from 0.
    """

    def __init__(self, message: str, *, step: int):
        super().__init__(message)
        self.step = step


class ExportError(PDSError):
    """A result could not be written."""


class JobError(PDSError):
    """No such run, or the run cannot do what was asked."""
