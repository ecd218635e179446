import numpy as np


class KNearestNeighbor:
    pass


def predict(self, X):
    return np.abs(TABLE[0] * X)


KNearestNeighbor.predict = predict
knn = KNearestNeighbor()
knn.train = None
KNearestNeighbor().predict(3)
TABLE = [1]
TABLE.append(2)
TABLE[0] += 3
for step in range(3):
    TABLE.append(step)
del TABLE[0]
TABLE += [4]
np.random.seed(0)
print(TABLE)
OTHER = [TABLE]
OTHER.append(1)
del TABLE
