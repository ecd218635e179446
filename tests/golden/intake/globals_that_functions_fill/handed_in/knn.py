BIAS = 0


def main():
    global TABLE, UNUSED
    TABLE = build()
    UNUSED = 1


def build():
    return {"a": 1}


def demo():
    print(n_params(1, 2))


def n_params(D, C):
    return TABLE["a"] * D * C


def scale(x):
    global BIAS
    BIAS = x
    return BIAS + FACTOR


globals()["FACTOR"] = 2
if __name__ == "__main__":
    demo()
main()
demo()
