"""Expressions and blocks nested until a parser or compiler written in C gives up."""

from deep import *


def softmax_loss(W, X, y, reg):
    return 0.0, W * 0
