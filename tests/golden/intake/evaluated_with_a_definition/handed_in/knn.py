import functools
from abc import ABC

DEFAULT = 3
LIMIT: int = 4
Rows = list


def logged(function):
    return function


@functools.lru_cache(
    maxsize=LIMIT,
)
@(
    logged
)
def predict(X: Rows, k=DEFAULT):
    return X


class Base(ABC):
    pass


class Net(Base, metaclass=type(Base)):
    pass
