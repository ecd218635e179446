class Model:
    def __call__(self, x):
        return x


def predict(x):
    raise NotImplementedError


predict = Model()


def other(x):
    return predict(x)


other += 1
