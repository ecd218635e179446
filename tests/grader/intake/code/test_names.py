"""What a statement does to the names of its module, by the scopes of Python."""

import ast

import pytest

from grader.intake.code.names import Names, names_of


def names(code: str) -> Names:
    (statement,) = ast.parse(code).body
    return names_of(statement)


@pytest.mark.parametrize(
    ("code", "bound"),
    [
        ("x = y = 1", "x y"),
        ("a, (b, *c) = f()", "a b c"),
        ("x: int = 1", "x"),
        ("x += 1", "x"),
        ("import a.b.c, d as e", "a e"),
        ("from m import a, b as c", "a c"),
        ("from m import *", ""),
        ("def f(p):\n    inner = 1", "f"),
        ("class C(B):\n    attribute = 1", "C"),
        ("for i, j in z:\n    k = 1\nelse:\n    l = 2", "i j k l"),
        ("with f() as g, h() as (i, j): pass", "g i j"),
        ("try:\n    a = 1\nexcept E as e:\n    b = 2\nfinally:\n    c = 3", "a b c e"),
        ("if (n := f()): pass", "n"),
        ("match p:\n    case [a, *b, {'k': c, **d}] as e: f = 1", "a b c d e f"),
        ("[i for i in z]", ""),
        ("del x", ""),
        ("x.a = y[0] = 1", ""),
    ],
)
def test_binds(code, bound):
    assert names(code).binds == set(bound.split())


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("x = a + b.c[d]", "a b d"),
        ("def f(p, *q, r=d, **s) -> A: return p, q, r, s, free", "d A free"),
        ("def f():\n    local = 1\n    return local", ""),
        ("def f():\n    return g()\n    def g(): return free", "free"),
        ("def f():\n    v = 1\n    def g():\n        nonlocal v\n        v = 2", ""),
        ("def f():\n    global v\n    v = 1", "v"),
        ("def f():\n    import m\n    return m.x, n.x", "n"),
        ("def f():\n    for i in z: pass\n    with o() as w: return i, w", "z o"),
        ("def f():\n    try: pass\n    except E as e: return e", "E"),
        ("def f(x): return [x + y + i for i in x if i > t]", "y t"),
        ("def f(x): return lambda a, b=x: a + b + c", "c"),
        ("@d(a)\nclass C(B, metaclass=M):\n    x = y\n    def f(self): return x", "d a B M x y"),
        ("[i + j for i in a for j in b(i)]", "a b"),
        ("{k: v for k, v in a.items()}", "a"),
        ("def f(x: T) -> None:\n    y: U = 1", "T U"),
    ],
)
def test_reads(code, read):
    assert names(code).reads == set(read.split())


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("C.method = f", "C"),
        ("T[0][1].x = 1", "T"),
        ("T[0] += 1", "T"),
        ("del T[0]", "T"),
        ("T.append(1)", "T"),
        ("T.a[0].append(1)", "T"),
        ("for T[0] in z:\n    U.append(1)", "T U"),
        ("x = T.pop()", ""),
        ("f(T)", ""),
        ("C().fit(X)", ""),
        ("f(x).a = 1", ""),
    ],
)
def test_changes(code, changed):
    assert names(code).changes - {""} == set(changed.split())
