"""Newer syntax is recognised, and nothing else is taken for it."""

import ast
import sys

import pytest

from grader.intake.code.newer import newer_syntax

QUOTES = "needs Python 3.12 (quotes within quotes in an f-string), and is graded by 3.11"
GENERIC = (
    "needs Python 3.12 (type parameters in brackets, or `type X = ...`), and is graded by 3.11"
)


def why(part: str, message: str = "invalid syntax") -> str:
    return newer_syntax(SyntaxError(message), part, (3, 11))


@pytest.mark.parametrize(
    "part",
    [
        'x = f"{a["b"]}"',
        "x = f'{a['b']}' 'more'",
        'x = f"{a["b"]!r:>{width["c"]}} {{no}} {y=}"',
        'x = rf"{a["b"]}\\d"',
        'x = f"{f"{f"{1}"}"}"',
        'def f(x):\n    print(f"{x["a"]}")\n    return x',
    ],
)
def test_quotes_within_quotes(part):
    assert why(part, "f-string: unmatched '['") == QUOTES
    if sys.version_info >= (3, 12):
        ast.parse(part)


@pytest.mark.parametrize(
    ("part", "message", "what"),
    [
        ("f'{\"\\n\".join(x)}'", "f-string expression part cannot include a backslash", "backsl"),
        ("f'''{\nx # why\n}'''", "f-string expression part cannot include '#'", "a comment"),
        ("f'{x +\n1}'", "unterminated string literal (detected at line 1)", "line ends"),
    ],
)
def test_what_else_may_stand_in_the_braces(part, message, what):
    assert what in why(part, message)
    if sys.version_info >= (3, 12):
        ast.parse(part)


@pytest.mark.parametrize(
    "part",
    [
        "def f[T](x: T) -> T: return x",
        "async def f[T: list[int], *Ts, **P](x): pass",
        "class C[T](Base):\n    def m[U](self): pass",
        "type X = int",
        "type Pair[T] = tuple[T, T]",
    ],
)
def test_type_parameters(part):
    assert why(part) == GENERIC
    if sys.version_info >= (3, 12):
        ast.parse(part)


@pytest.mark.parametrize(
    ("part", "version"),
    [
        ('x = t"hello {name}"', "3.14"),
        ("x = rt'hello {name}'", "3.14"),
        ("try: pass\nexcept ValueError, KeyError: pass", "3.14"),
        ("lazy import numpy as np", "3.15"),
        ("lazy from numpy import array", "3.15"),
        ('def f[T](x): return t"{x}"', "3.14"),
        ('def f[T](x): return f"{x["a"]}"', "3.12"),
    ],
)
def test_later_versions(part, version):
    assert why(part).startswith(f"needs Python {version} (")


@pytest.mark.parametrize(
    "part",
    [
        'x = f"{a b}"',
        'x = f"{a["b"} c"',
        'x = f"{a["b" "c" d]}"',
        'x = f"{a}" y',
        'x = f"{',
        "x = f'{a[",
        "def f[T(x): pass",
        "def f[T](x) pass",
        "class [T]: pass",
        "type = = 3",
        "x = t'a' b'c",
        "try: pass\nexcept ValueError, error: pass",
        "lazy imports",
        "print 'a'",
    ],
)
def test_what_no_python_understands(part):
    assert why(part) == ""


def test_what_this_python_understands_is_not_newer():
    assert newer_syntax(SyntaxError("x"), 'f"{a["b"]}"', (3, 12)) == ""
    assert "graded by 3.13" in newer_syntax(SyntaxError("x"), 't"a"', (3, 13))


@pytest.mark.parametrize("part", ["f'{" * 2000, 'f"{a["' * 2000, "def f[" * 5000])
def test_hostile_strings_end(part):
    assert why(part) == ""


def test_strings_within_strings_take_no_time():
    part = "1"
    for _ in range(25):
        part = f'f"{{{part}}}"'
    assert why(part) == QUOTES
