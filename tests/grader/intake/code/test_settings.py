"""What sets up a module is kept, if it takes no result of a demonstration."""

import ast

import pytest

from grader.intake.code.settings import Settings

ABOVE = """
import os, sys, decimal, wandb
import numpy as np
from numpy import seterr
SEED = 3
OPTIONS = {"all": "raise"}
SIZE = np.arange(SEED)
DTYPE = np.float64 if SEED else np.float32
TABLE = [1, 2]
twice = 1
twice = 2
losses = train(3)
def train(x): return x
def helper(x): return np.sum(x) + SEED
def shows(x): return losses
"""


def is_setting(code: str) -> bool:
    statements = ast.parse(ABOVE + code).body
    return Settings(statements, {"numpy"}).is_setting(statements[-1], {"TABLE", "train"})


@pytest.mark.parametrize(
    "code",
    [
        "sys.setrecursionlimit(10**6)",
        "seterr(all='raise')",
        "seterr(**OPTIONS)",
        "np.random.seed(SEED)",
        "np.random.shuffle(TABLE)",
        "np.set_default(DTYPE)",
        "np.set_default(np.dtype('f8'))",
        "os.environ['A'] = 'b'",
        "del os.environ['A']",
        "np.int, np.bool = int, bool",
        "sys.path += ['..']",
        "decimal.getcontext().prec = 50",
        "np.register(helper)",
        "np.register(train)",
        "if sys.maxsize > 2: np.seterr(all='raise')",
        "with np.errstate(all='raise'): np.seterr(all='warn')",
        "exec('def f(): return 1')",
        "last = TABLE.pop()",
        "next(TABLE)",
    ],
)
def test_is_kept(code):
    assert is_setting(code)


@pytest.mark.parametrize(
    "code",
    [
        "np.save('x', losses)",
        "np.save('x', train(3))",
        "np.save('x', twice)",
        "np.save('x', SIZE)",
        "np.register(shows)",
        "print(np.ones(3))",
        "x = np.ones(3)",
        "train(3)",
        "SIZE.sort()",
        "wandb.init()",
        "np.use(wandb.config)",
        "np.save('x', not_defined)",
        "if sys.maxsize > 2: print(1)",
        "if losses: np.seterr(all='raise')",
        "with np.errstate(all='raise'): train(3)",
        "for name in TABLE: pass",
        "x = losses.pop()",
        "def f(): np.seterr(all='raise')",
        "exec(losses)",
    ],
)
def test_is_left_out(code):
    assert not is_setting(code)


def test_nothing_is_refused_when_it_is_not_known_what_can_be_imported():
    statements = ast.parse("import wandb\nwandb.init()").body
    assert Settings(statements, None).is_setting(statements[1], ())
