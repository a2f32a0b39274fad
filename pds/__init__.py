"""Text-driven editing of drawings and scenes by Posterior Distillation Sampling.

::

    from pds import EditConfig, edit, load_prior
    from pds.svg.document import Document
    from pds.svg.scene import SVGScene
"""

from pds.config import EditConfig, SVGConfig
from pds.distillation import dds_gradient, pds_gradient, sds_gradient
from pds.editing import EditStep, edit
from pds.errors import PDSError
from pds.priors import GaussianPrior, Prior, load_prior
from pds.scene import ImageScene, ParameterGroup, Scene, View
from pds.schedule import NoiseSchedule

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
    "dds_gradient",
    "edit",
    "load_prior",
    "pds_gradient",
    "sds_gradient",
]
