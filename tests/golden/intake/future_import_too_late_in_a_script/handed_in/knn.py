"""Doc."""
import numpy as np
from __future__ import annotations


def predict(X):
    return np.abs(X)
