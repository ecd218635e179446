"""Mistakes in a call: another function, one too few, arguments swapped or left out."""

import ast
import re
from collections.abc import Iterator

from grader.mutation.change import Change, Scope, last_name, same

_PAIRS = (
    ("mean", "sum"),
    ("max", "min"),
    ("amax", "amin"),
    ("argmax", "argmin"),
    ("maximum", "minimum"),
    ("any", "all"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("floor", "ceil"),
    ("var", "std"),
    ("hstack", "vstack"),
    ("column_stack", "vstack"),
    ("cumsum", "cumprod"),
    ("prod", "sum"),
    ("median", "mean"),
    ("log2", "log"),
    ("log1p", "log"),
    ("expm1", "exp"),
    ("sigmoid", "tanh"),
    ("softmax", "log_softmax"),
    ("rand", "randn"),
    ("rand_like", "randn_like"),
    ("standard_normal", "random"),
    ("train", "eval"),
    ("logical_and", "logical_or"),
    ("float64", "float32"),
    ("relu", "sigmoid"),
)
_OTHER_NAMES = {
    **{second: first for first, second in _PAIRS},
    **{first: second for first, second in _PAIRS},
    "log": "log2",
    "exp": "expm1",
    "sum": "mean",
    "mean": "sum",
    "vstack": "hstack",
}
_DROPPED = re.compile(  # functions that return something like their argument
    "abs|fabs|absolute|sqrt|exp|log|log1p|log2|square|sign|tanh|sigmoid|relu|leaky_relu|softmax"
    "|log_softmax|clip|clamp|minimum|maximum|floor|ceil|round|sort|sorted|argsort|unique|cumsum"
    "|flip|reversed|copy|clone|deepcopy|detach|detach_|requires_grad_|array|ravel|flatten|squeeze"
    "|int|astype|long|normalize|norm|dropout|shuffle|permutation|flatnonzero|fill_diagonal"
    "|nan_to_num|transpose|permute|swapaxes|mean|sum|max|min|pad|roll"
)
_LIBRARIES = frozenset(("np", "numpy", "torch", "F", "nn", "math", "functional", "copy"))
_COMMUTE = re.compile(  # functions that do not care, or where it would make no sense
    "maximum|minimum|add|multiply|max|min|isinstance|issubclass|getattr|hasattr|print|allclose"
    "|isclose|array_equal|equal|logical_and|logical_or|super|enumerate"
)
_SEEDED = frozenset(("default_rng", "manual_seed", "seed", "RandomState", "Generator"))
_GENERATORS = frozenset(("rng", "generator"))
_FLOATS = {"float64": "float32", "float32": "float64"}


def other_function(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield `x.sum()` for `x.mean()`, `np.min(x)` for `np.max(x)`, and so on."""
    if isinstance(node, ast.Call):
        other = _OTHER_NAMES.get(last_name(node.func))
        function: ast.expr = node.func
        if other and isinstance(function, ast.Attribute):
            function = ast.Attribute(function.value, other, ast.Load())
        elif other in ("max", "min", "any", "all"):
            function = ast.Name(other, ast.Load())
        if function is not node.func:
            yield Change("function", ast.Call(function, node.args, node.keywords))


def dropped_call(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield `x` for `np.sqrt(x)`, `x.detach()` and the like."""
    if not isinstance(node, ast.Call) or not _DROPPED.fullmatch(last_name(node.func)):
        return
    called = node.func
    if isinstance(called, ast.Name):
        if node.args:
            yield Change("dropped call", node.args[0])
    elif isinstance(called, ast.Attribute) and last_name(called.value) in _LIBRARIES:
        for given in node.args[:2] if called.attr in ("maximum", "minimum") else node.args[:1]:
            yield Change("dropped call", given)
    elif isinstance(called, ast.Attribute):
        yield Change("dropped call", called.value)


def dropped_keyword(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield a call without one of its keywords: axis, keepdims, dtype, generator, or any other."""
    if isinstance(node, ast.Call):
        for index, keyword in enumerate(node.keywords):
            if keyword.arg is not None:
                rest = [*node.keywords[:index], *node.keywords[index + 1 :]]
                new = ast.Call(node.func, node.args, rest)
                yield Change(keyword.arg, new, f"no `{ast.unparse(keyword)}`")


def swapped_arguments(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield `f(b, a)` for `f(a, b)` where both are of one kind."""
    if not isinstance(node, ast.Call) or _COMMUTE.fullmatch(last_name(node.func)):
        return
    for index in range(len(node.args) - 1):
        first, second = node.args[index : index + 2]
        if _alike(first, second) and not same(first, second):
            args = [*node.args[:index], second, first, *node.args[index + 2 :]]
            yield Change("arguments", ast.Call(node.func, args, node.keywords))


def axis(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield axis 1 for 0, and 0 for any other."""
    if isinstance(node, ast.keyword) and node.arg in ("axis", "dim"):
        if isinstance(node.value, ast.Constant) and type(node.value.value) is int:
            other = 0 if node.value.value else 1
            yield Change("axis", ast.keyword(node.arg, ast.Constant(other)))
        elif isinstance(node.value, ast.UnaryOp):
            yield Change("axis", ast.keyword(node.arg, ast.Constant(0)))


def off_by_one(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield `range(n - 1)`, `range(n + 1)` and `range(1, n)` for `range(n)`; `len(x) - 1`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return
    if node.func.id == "range" and node.args:
        last = min(len(node.args), 2) - 1
        for op in (ast.Sub(), ast.Add()):
            args = list(node.args)
            args[last] = ast.BinOp(args[last], op, ast.Constant(1))
            yield Change("off by one", ast.Call(node.func, args, []))
        if len(node.args) == 1:
            yield Change("off by one", ast.Call(node.func, [ast.Constant(1), *node.args], []))
    elif node.func.id == "len":
        for op in (ast.Sub(), ast.Add()):
            yield Change("off by one", ast.BinOp(node, op, ast.Constant(1)))
    elif node.func.id == "enumerate" and len(node.args) == 1:
        yield Change("off by one", ast.Call(node.func, [*node.args, ast.Constant(1)], []))


def seed(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield `default_rng(0)` for `default_rng(seed)`, and a generator of its own for `rng`."""
    if not isinstance(node, ast.Call):
        return
    if last_name(node.func) in _SEEDED and node.args and not isinstance(node.args[0], ast.Constant):
        yield Change("seed", ast.Call(node.func, [ast.Constant(0)], node.keywords))
    called = node.func
    if isinstance(called, ast.Attribute) and last_name(called.value) in _GENERATORS:
        fresh = ast.parse("np.random.default_rng(0)", mode="eval").body
        new = ast.Call(ast.Attribute(fresh, called.attr, ast.Load()), node.args, node.keywords)
        yield Change("rng", new)


def dtype(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield float32 for float64 and the other way round, and int for float."""
    if isinstance(node, ast.Attribute) and node.attr in _FLOATS:
        yield Change("dtype", ast.Attribute(node.value, _FLOATS[node.attr], ast.Load()))
    if isinstance(node, ast.Name) and node.id == "float":
        parent = scope.parent
        cast = isinstance(parent, ast.Call) and last_name(parent.func) == "astype"
        if cast or isinstance(parent, ast.keyword):
            yield Change("dtype", ast.Name("int", ast.Load()))


def _alike(first: ast.expr, second: ast.expr) -> bool:
    """Are two arguments of one kind: both numbers, or both things that have a name?"""
    constants = [isinstance(part, ast.Constant) for part in (first, second)]
    named = [isinstance(p, ast.Name | ast.Attribute | ast.Subscript) for p in (first, second)]
    return all(constants) or all(named)


CALLS = (
    other_function,
    dropped_call,
    dropped_keyword,
    swapped_arguments,
    axis,
    off_by_one,
    seed,
    dtype,
)
