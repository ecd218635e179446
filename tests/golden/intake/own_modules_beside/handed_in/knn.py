from distances import l1
from helpers import *


def predict(X):
    return l1(X)
