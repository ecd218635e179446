def predict(X):
    return X

x = ‮[31m evil )
