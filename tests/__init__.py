"""Tests of everything, in the rooms of the package."""

import os

# One thread a process, before torch counts processors: on a busy machine the threads of a small
# computation wait for each other longer than they compute.
os.environ.setdefault("OMP_NUM_THREADS", "1")
