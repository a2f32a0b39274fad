"""`python -m pds`: the same edits without a browser."""

from pds.cli.main import entry

if __name__ == "__main__":
    entry()
