class KNearestNeighbor:
    def train(self, X):
        self.X = X

    def predict(self, X):
        return self.X


class KNearestNeighbor:
    def train(self, X):
        self.X = X

    def predict(self, X):
        """Return labels."""
        # YOUR CODE HERE
        raise NotImplementedError("KNearestNeighbor.predict is not written yet")
