"""The version of the program, stated here and nowhere else."""

VERSION = "0.2.0"
