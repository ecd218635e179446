PARTS = []


def add_to(kind):
    def put(method):
        setattr(kind, method.__name__, method)
        return method

    return put


def patch(method):
    kind = next(iter(method.__annotations__.values()))
    setattr(kind, method.__name__, method)


class Registry:
    items = []

    @classmethod
    def add(cls, rule):
        cls.items.append(rule)
        return rule


class Shape:
    known = []

    def __init_subclass__(cls):
        cls.known.append(cls)


class Net:
    pass


@add_to(Net)
def train(self):
    return 1


@patch
def predict(self: Net):
    return 2


@Registry.add
def weights(D, C):
    return D * C


part = add_to(Net)


@part
def reset(self):
    return 3


class Square(Shape):
    pass


@patch
def draw(self: Square):
    return 4


@add_to(Registry)
def show(self):
    return 5


def total(D, C):
    return sum(rule(D, C) for rule in Registry.items)


class Unrelated:
    pass


@add_to(Unrelated)
def paint(self):
    return 6
