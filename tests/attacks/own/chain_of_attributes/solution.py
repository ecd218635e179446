"""An expression of thousands of attributes, which no recursive function can walk."""


def softmax_loss(W, X, y, reg):
    return 0.0, W * 0
