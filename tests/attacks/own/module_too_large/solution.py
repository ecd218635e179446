"""Modules of 4 MiB of statements beside the submission: each takes seconds and gigabytes."""

from helpers import softmax_loss
