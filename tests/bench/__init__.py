"""Benchmarks: run by hand, print tables, no timed assertions. See the README's "Benchmarks"."""
