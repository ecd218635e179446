import sys

sys.path.append('..')
from cs231n.layers import double


def predict(X):
    return double(X)
