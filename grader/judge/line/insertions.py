"""Edits that put in what a student may have left out: a factor, a term, a transpose, a copy.

Runs in: the judge.

They are built from the names of the function itself. `mutation` has the operators that change or
take out what is there.
"""

import ast
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.mutation.change import Change, Scope, last_name
from grader.mutation.operators import Operator

_MOST_FACTORS = 10
_MOST_TERMS = 16
_EPSILON = "1e-8"
_AROUND = {  # what is put around an expression -> where the student is to look
    "-({})": "sign",
    "({}).T": "transpose",
    "({}) ** 2": "power",
    "np.sqrt({})": "power",
    "({}).copy()": "copy",
    "1 - ({})": "term",
    "np.exp({})": "function",
    "np.log({})": "function",
    "np.maximum(0, {})": "function",
    "np.abs({})": "function",
    "({}) - np.max({}, axis=-1, keepdims=True)": "shift",
    "({})[:, None]": "axis",
    "np.sum({})": "sum",
    "np.sum({}, axis=0)": "axis",
    "np.sum({}, axis=1)": "axis",
    "np.sum({}, axis=1, keepdims=True)": "axis",
    "np.mean({})": "mean",
    "1 / ({})": "order",
}
_REDUCING = ("sum", "mean", "max", "min", "argmax", "argmin", "prod", "std", "var")
_LINEAR = ("sum", "mean", "dot", "float", "matmul")  # a factor within is a factor outside
_LOGARITHMS = ("log10", "log2", "log1p")
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
        if _is_place(node, scope) and not _is_scaled_outside(node, scope):
            for factor in factors:
                yield Change("factor", _parsed(f"({ast.unparse(node)}) / ({factor})"))
                yield Change("factor", _parsed(f"({ast.unparse(node)}) * ({factor})"))

    def extended(node: ast.AST, scope: Scope) -> Iterator[Change]:
        if _is_place(node, scope) and not isinstance(scope.parent, ast.BinOp):
            for term in terms:
                yield Change("term", _parsed(f"({ast.unparse(node)}) + {term}"))

    def averaged(node: ast.AST, _: Scope) -> Iterator[Change]:
        """Yield `sum(x) / N` for `mean(x)`."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            added = ast.Attribute(node.func.value, "sum", ast.Load())
            total = ast.Call(added, node.args, node.keywords)
            for number in names.numbers if node.func.attr == "mean" else ():
                yield Change("mean", ast.BinOp(total, ast.Div(), _parsed(number)))

    def indexed(node: ast.AST, _: Scope) -> Iterator[Change]:
        """Yield `x[np.arange(N), y]` for `x[:, y]`."""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            first, *rest = node.slice.elts
            if isinstance(first, ast.Slice) and ast.unparse(first) == ":":
                for number in names.numbers:
                    index = ast.Tuple([_parsed(f"np.arange({number})"), *rest], ast.Load())
                    yield Change("index", ast.Subscript(node.value, index, node.ctx))

    around = [_wrapping(text, look) for text, look in _AROUND.items()]
    renamed = _renaming(_bound_in(function))
    return [_reduced, averaged, indexed, _moved_out, _copied, scaled, *around, renamed, extended]


def _wrapping(around: str, look: str) -> Operator:
    """Return the operator that puts `np.sqrt` or the like around expressions."""

    def wrapped(node: ast.AST, scope: Scope) -> Iterator[Change]:
        if _is_place(node, scope):
            yield Change(look, _parsed(around.replace("{}", ast.unparse(node))))

    return wrapped


def _renaming(names: Sequence[str]) -> Operator:
    """Return the operator that reads another name of the function, or one for a number."""

    def renamed(node: ast.AST, scope: Scope) -> Iterator[Change]:
        is_read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        is_told = isinstance(node, ast.Constant) and isinstance(
            scope.parent, ast.Tuple | ast.Return
        )
        if (is_read and ast.unparse(node) in names) or is_told:
            for name in names:
                yield Change("name", ast.Name(name, ast.Load()))

    return renamed


def _reduced(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield `np.sum(x, axis=0)` and the like for `np.sum(x)`, and `np.log` for `np.log10`."""
    if not isinstance(node, ast.Call):
        return
    name = last_name(node.func)
    if name in _LOGARITHMS and isinstance(node.func, ast.Attribute):
        log = ast.Attribute(node.func.value, "log", ast.Load())
        yield Change("function", ast.Call(log, node.args, node.keywords))
    if name not in _REDUCING:
        return
    known = {keyword.arg for keyword in node.keywords}
    if "axis" not in known:
        for axis in (0, 1, -1):
            for kept in (False, True):
                given = [_keyword("axis", axis), *([_keyword("keepdims", True)] if kept else [])]
                yield Change("axis", ast.Call(node.func, node.args, [*node.keywords, *given]))
    elif "keepdims" not in known:
        given = [*node.keywords, _keyword("keepdims", True)]
        yield Change("axis", ast.Call(node.func, node.args, given))


def _keyword(name: str, value: int | bool) -> ast.keyword:
    return ast.keyword(name, ast.Constant(value))


def _bound_in(function: ast.FunctionDef) -> list[str]:
    """Return the names that a function binds, its parameters first."""
    given = [arg.arg for arg in (*function.args.args, *function.args.kwonlyargs)]
    stored = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
    return list(dict.fromkeys([*given, *(n.id for n in stored if isinstance(n.ctx, ast.Store))]))


def _is_scaled_outside(node: ast.AST, scope: Scope) -> bool:
    """Tell whether a factor of the expression is one of what is around it, which is tried, too."""
    parent = scope.parent
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult | ast.MatMult | ast.Div):
        return True
    return isinstance(parent, ast.Call) and last_name(parent.func) in _LINEAR


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
    yield from (*names.numbers, *names.arrays)
    for number, array in itertools.product(names.numbers, names.arrays):
        yield f"{number} * np.sum({array} ** 2)"
        yield f"2 * {number} * {array}"
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
