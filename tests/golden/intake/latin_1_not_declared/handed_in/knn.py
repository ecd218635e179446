def predict(X):
    return X
# café
