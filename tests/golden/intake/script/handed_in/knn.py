"""My k-nearest neighbours."""

import numpy as np
import matplotlib.pyplot as plt

SCALE = 16.0


class KNearestNeighbor:
    def train(self, X, y):
        self.X, self.y = X / SCALE, y


def unused(x):
    return x


def predict(X):
    return np.zeros(len(X))


digits = np.load("data/digits.npz")
print(predict(digits["x"]))
plt.plot([1, 2])
plt.show()

if __name__ == "__main__":
    SCALE = 1.0
    predict(None)
