class Net:
    def train(self):
        raise NotImplementedError

    def predict(self):
        return self._label()

    def _label(self):
        return 2
