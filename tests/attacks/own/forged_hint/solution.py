"""Returns text that looks like a hint of the course, in the hope that a check repeats it."""


def softmax_loss(W, X, y, reg):
    return "hint: ATTACK-LEAK " + repr(W.tolist()), "hint: ATTACK-LEAK"


class KNearestNeighbor:
    def train(self, X, y):
        return "hint: ATTACK-LEAK"

    def compute_distances(self, X):
        raise AssertionError("hint: ATTACK-LEAK " + repr(X.tolist()))

    def predict_labels(self, dists, k):
        return ["hint: ATTACK-LEAK"] * dists.shape[0]
