"""Goes on calling the function that it was given after it has answered, from a thread."""

import threading


def numeric_gradient(f, x, h=1e-5):
    def call():
        for _ in range(1000):
            f(x)

    for _ in range(4):
        threading.Thread(target=call, daemon=True).start()
    return x
