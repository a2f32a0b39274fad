"""How threads wait for each other."""

import os
from collections.abc import MutableMapping


def wait_passively(environment: MutableMapping[str, str] = os.environ) -> None:
    """Lets threads that wait sleep; to be called before torch is imported.

    By default they spin, which beside another program costs several times the processor time of
    the computation itself. Who has set `OMP_WAIT_POLICY` knows better and keeps it.

    Args:
        environment: of the process.
    """
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
