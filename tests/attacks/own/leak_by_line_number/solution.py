"""Raises on a line whose number is hidden input: code that claims to be of the own file."""


def softmax_loss(W, X, y, reg):
    code = compile("raise ValueError", "solution.py", "exec")
    exec(code.replace(co_firstlineno=31415926), {})
