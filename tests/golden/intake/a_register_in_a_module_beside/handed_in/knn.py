import helpers as tools
from helpers import PARTS, part
from numpy import vectorize


@part
def weights(D, C):
    return D * C


@tools.other_part
def biases(D, C):
    return C


def total(D, C):
    return sum(rule(D, C) for rule in PARTS)


class Net:
    pass


@tools.add_to(Net)
def predict(self):
    return 1


@vectorize
def demo(x):
    return x


def slow(D, C):
    return D


part(slow)
