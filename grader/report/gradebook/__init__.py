"""Gradebook files of platforms, which are edited where they lie: one column, and nothing else."""
