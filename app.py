"""Opens the page: `python app.py`, then the address it prints."""

import os
import sys

if os.environ.get("SPACES_ZERO_GPU"):
    import spaces  # noqa: F401 — before torch, whose start of CUDA it replaces

from pds.ui.app import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
