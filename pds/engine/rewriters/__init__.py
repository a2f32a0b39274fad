"""The rewriters of loop 2, by name.

>>> from pds.engine.rewriters import REWRITERS
>>> REWRITERS["sdedit"].title
'the refinement'
"""

from collections.abc import Mapping

from pds.base.checks import check_choice
from pds.engine.rewriters.ddpm_inversion import DDPMInversion
from pds.engine.rewriters.rewriter import Rewriter, Wording
from pds.engine.rewriters.sdedit import SDEdit

REWRITERS: Mapping[str, type[Rewriter]] = {
    rewriter.key: rewriter for rewriter in (SDEdit, DDPMInversion)
}

__all__ = ["REWRITERS", "DDPMInversion", "Rewriter", "SDEdit", "Wording", "rewriter_class"]


def rewriter_class(key: str) -> type[Rewriter]:
    """The rewriter of that name; raises ConfigError for an unknown one and lists the known."""
    check_choice("rewriter", key, tuple(REWRITERS))
    return REWRITERS[key]
