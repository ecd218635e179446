def hinge(x):
    return x


def predict(X):
    return X
