"""Opens the page: `python app.py`, then the address it prints. The code is pds/ui/app.py."""

import os

if os.environ.get("SPACES_ZERO_GPU"):
    import spaces  # noqa: F401  (before torch, whose start of CUDA it replaces)

from pds.ui.app import entry

if __name__ == "__main__":
    entry()
