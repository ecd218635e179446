"""Raises and prints 10 MB of text in a public check, whose words are shown."""


def numeric_gradient(f, x, h=1e-5):
    print("A" * 10_000_000)
    raise RuntimeError("A\n" * 5_000_000)
