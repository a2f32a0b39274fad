"""`python -m pds`: the same edits without a browser."""

import sys

from pds.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
