CALLS = 0
SEEN = []
cache = {}


def predict(X):
    global CALLS, LATER
    CALLS += 1
    return remember(X)


def remember(X):
    SEEN.append(X)
    return cache.get(X)


cache["a"] = 1
LATER = None
