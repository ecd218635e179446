def predict(X):
    return X


def predict(X):
    return -X
