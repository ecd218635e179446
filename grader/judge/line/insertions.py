"""Edits that put in what a student may have left out: a factor, a term, a transpose, a copy.

Runs in: the judge.

They are built from the names of the function itself. `mutation` has the operators that change or
take out what is there.
"""

import ast
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.mutation.change import Change, Scope
from grader.mutation.operators import Operator

_MOST_FACTORS = 10
_MOST_TERMS = 10
_EPSILON = "1e-8"
_AROUND = {  # what is put around an expression -> where the student is to look
    "-({})": "sign",
    "({}).T": "transpose",
    "np.sqrt({})": "power",
    "({}) ** 2": "power",
    "np.exp({})": "function",
    "np.log({})": "function",
    "np.abs({})": "function",
    "np.maximum(0, {})": "function",
    "np.sum({})": "sum",
    "np.sum({}, axis=0)": "axis",
    "np.sum({}, axis=1)": "axis",
    "np.sum({}, axis=1, keepdims=True)": "axis",
    "np.mean({})": "mean",
    "({})[:, None]": "axis",
    "({}) - np.max({}, axis=-1, keepdims=True)": "shift",
    "({}).copy()": "copy",
    "1 - ({})": "term",
    "1 / ({})": "order",
}
_NO_NUMBERS = (
    *(ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Starred, ast.JoinedStr, ast.Lambda),
    *(ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr, ast.Slice),
)


@dataclass(frozen=True)
class _Names:
    """The names of a function, by what they seem to be."""

    numbers: Sequence[str]
    arrays: Sequence[str]


def insertions(function: ast.FunctionDef) -> list[Operator]:
    """Return operators for this function, which put something in."""
    names = _names_of(function)
    factors = [*_factors(names)][:_MOST_FACTORS]
    terms = [*_terms(names)][:_MOST_TERMS]

    def scaled(node: ast.AST, scope: Scope) -> Iterator[Change]:
        if _is_place(node, scope):
            for factor in factors:
                yield Change("factor", _parsed(f"({ast.unparse(node)}) / ({factor})"))
                yield Change("factor", _parsed(f"({ast.unparse(node)}) * ({factor})"))

    def extended(node: ast.AST, scope: Scope) -> Iterator[Change]:
        if _is_place(node, scope):
            for term in terms:
                yield Change("term", _parsed(f"({ast.unparse(node)}) + {term}"))

    return [scaled, _wrapped, extended, _moved_out, _copied]


def _wrapped(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield `-x`, `x.T`, `np.sqrt(x)` and so on for an expression x."""
    if _is_place(node, scope):
        text = ast.unparse(node)
        for around, operator in _AROUND.items():
            yield Change(operator, _parsed(around.replace("{}", text)))


def _moved_out(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield a loop with its last statement after it, or with its first one before it."""
    if isinstance(node, (ast.For, ast.While)) and len(node.body) > 1:
        *rest, last = node.body
        yield Change("loop", [_with_body(node, rest), last], "the last statement after the loop")
        first, *rest = node.body
        yield Change("loop", [first, _with_body(node, rest)], "the first statement before the loop")


def _copied(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield a statement after a copy of a parameter that it writes into."""
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            name = _base(target)
            if name in scope.parameters:
                yield Change("copy", [_statement(f"{name} = {name}.copy()"), node])


def _is_place(node: ast.AST, scope: Scope) -> bool:
    """Tell whether something can be put around an expression, where it would matter."""
    if not isinstance(node, ast.expr) or isinstance(node, _NO_NUMBERS):
        return False
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return False
    places = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.BinOp, ast.Call, ast.Tuple)
    if not isinstance(scope.parent, (*places, ast.UnaryOp)):
        return False
    return not (isinstance(scope.parent, ast.Call) and node is scope.parent.func)


def _names_of(function: ast.FunctionDef) -> _Names:
    """Tell numbers from arrays: an array has attributes, is indexed, or is an operand of @."""
    given = [arg.arg for arg in (*function.args.args, *function.args.kwonlyargs)]
    arrays: dict[str, None] = {}
    numbers: dict[str, None] = {}
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id=name)) | ast.Subscript(value=ast.Name(id=name)):
                arrays[name] = None
            case ast.BinOp(op=ast.MatMult(), left=left, right=right):
                arrays |= dict.fromkeys(n.id for n in (left, right) if isinstance(n, ast.Name))
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]):
                arrays[name] = None
            case ast.Assign(targets=targets, value=value) if "shape" in ast.unparse(value):
                stored = itertools.chain.from_iterable(map(ast.walk, targets))
                numbers |= dict.fromkeys(n.id for n in stored if isinstance(n, ast.Name))
    numbers |= dict.fromkeys(name for name in given if name not in arrays)
    return _Names(
        [name for name in numbers if name not in arrays and name != "self"],
        [name for name in given if name in arrays],
    )


def _factors(names: _Names) -> Iterator[str]:
    yield from names.numbers
    yield "2"
    for name in names.arrays:
        yield f"{name}.shape[0]"


def _terms(names: _Names) -> Iterator[str]:
    for number, array in itertools.product(names.numbers, names.arrays):
        yield f"{number} * np.sum({array} ** 2)"
        yield f"2 * {number} * {array}"
        yield f"{number} * {array}"
    yield from names.numbers
    yield from (_EPSILON, "1", "-1")


def _base(target: ast.expr) -> str:
    while isinstance(target, ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def _with_body(loop: ast.For | ast.While, body: list[ast.stmt]) -> ast.stmt:
    if isinstance(loop, ast.While):
        return ast.While(loop.test, body, loop.orelse)
    return ast.For(loop.target, loop.iter, body, loop.orelse)


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _statement(text: str) -> ast.stmt:
    return ast.parse(text).body[0]
