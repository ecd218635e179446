def l1(X):
    return X
