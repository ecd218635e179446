"""The judges' template is forked from the workers', and shares no more than libraries with it."""

import json
import subprocess
import sys

import pytest

DRAW = """
import json, os, random, sys
import numpy as np
import torch
from grader.engine.judge_process import _part_from_workers

def states():
    words = random.getstate(), np.random.get_state(legacy=True)[1].tolist(), torch.get_rng_state()
    return dict(zip(("random", "numpy", "torch"), map(repr, words)))

before = states()
telling = os.dup(1)
_part_from_workers()
after = states()
os.write(telling, json.dumps([name for name in before if before[name] != after[name]]).encode())
"""


def test_what_a_suite_draws_from_a_global_generator_is_not_for_workers_to_know():
    pytest.importorskip("torch")
    done = subprocess.run([sys.executable, "-c", DRAW], stdout=subprocess.PIPE, check=True)
    assert json.loads(done.stdout) == ["random", "numpy", "torch"]
