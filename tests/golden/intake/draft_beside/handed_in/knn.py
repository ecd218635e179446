def predict(X):
    return X


def choose(X):
    return X
