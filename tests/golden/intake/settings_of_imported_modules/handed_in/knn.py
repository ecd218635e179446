import sys
import os
import decimal
import random
import plotting
import numpy as np
from numpy import seterr

SEED = 3
sys.setrecursionlimit(20_000)
os.environ["KERAS_BACKEND"] = "jax"
decimal.getcontext().prec = 50
seterr(all="raise")
np.random.seed(SEED)
np.int = int
if sys.maxsize > 2**32:
    np.set_printoptions(precision=3)
plotting.style.use("dark")


def train(X):
    return X


def f(x):
    return sorted(TABLE)[x]


TABLE = [3, 1, 2]
random.shuffle(TABLE)
last = TABLE.pop()
losses = train(3)
np.savetxt("losses.txt", losses)
np.testing.assert_allclose(train(np.ones(2)), 1)
sys.exit(train(1))
