def train(X):
    a = X
      b = X
    return a

def predict(X):
    return X
