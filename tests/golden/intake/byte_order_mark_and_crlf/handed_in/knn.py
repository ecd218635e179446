import numpy as np

def predict(X):
    '''One
    two.'''
    return np.abs(X)
