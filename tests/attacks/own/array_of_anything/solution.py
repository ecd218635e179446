"""Answers with a list that becomes an array of objects, which no check can hand on."""


class KNearestNeighbor:
    def train(self, X, y):
        pass

    def compute_distances(self, X):
        return [None, "a"]

    def predict_labels(self, dists, k):
        return {b"a": slice(None), (1, 2): ...}
