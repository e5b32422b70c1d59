"""Benchmarks: `make bench`. The method is in README.md beside this file."""
