# coding: utf-7
def predict(X):
    return "é"
