"""Is called like the page of the class, so that its folder would lie in its place."""


def softmax_loss(W, X, y, reg):
    return 0.0, W * 0
