def predict(X):
    return 0
