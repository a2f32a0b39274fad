"""Text-driven editing of drawings and scenes by Posterior Distillation Sampling.

::

    from pds import EditConfig, edit, load_prior
    from pds.kinds.svg.document import Document
    from pds.kinds.svg.moves.parametric import SVGScene
"""

from pds.base.errors import PDSError
from pds.base.version import __version__
from pds.diffusion import GaussianPrior, Prior, load_prior
from pds.diffusion.schedule import NoiseSchedule
from pds.engine.distil import EditStep, edit
from pds.engine.gradients import dds_gradient, pds_gradient, sds_gradient
from pds.engine.parametric import ImageScene, ParameterGroup, Scene, View
from pds.settings.config import EditConfig, SVGConfig

__all__ = [
    "EditConfig",
    "EditStep",
    "GaussianPrior",
    "ImageScene",
    "NoiseSchedule",
    "PDSError",
    "ParameterGroup",
    "Prior",
    "SVGConfig",
    "Scene",
    "View",
    "__version__",
    "dds_gradient",
    "edit",
    "load_prior",
    "pds_gradient",
    "sds_gradient",
]
