import numpy as np, matplotlib.pyplot as plt
import os.path, sys; import collections as c, torch
from math import (
    sqrt,
    pi,
)
from matplotlib.pyplot import *


def predict(X):
    return np.abs(X) + sqrt(2), os.path, c
