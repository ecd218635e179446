import layers


class Net:
    def train(self):
        return layers.f(1)
