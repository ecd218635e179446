def train(X, X):
    return X


def predict(X):
    return X


if predict:
    LIMIT = 3
    return LIMIT
