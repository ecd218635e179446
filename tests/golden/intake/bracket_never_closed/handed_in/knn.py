def train(X):
    return (X + [1

def predict(X):
    return X
