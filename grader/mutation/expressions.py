"""Mistakes in an expression: its operators, numbers, comparisons, slices and names."""

import ast
from collections.abc import Iterator

from grader.mutation.change import Change, Scope, last_name

_OTHER_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitOr,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}
_ORDERED = (ast.Sub, ast.Div, ast.FloorDiv, ast.Pow, ast.MatMult)  # a and b may be confused
_OTHER_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OTHER_WORDS = {
    "mean": "sum",
    "sum": "mean",
    "ij": "xy",
    "xy": "ij",
    "same": "valid",
    "valid": "same",
    "edge": "constant",
    "reflect": "constant",
    "constant": "edge",
}
_SMALL = 1e-2  # a float below it is there so that nothing is divided by 0, or a small step
_NOT_NUMBERS = (ast.List, ast.Tuple, ast.Dict, ast.JoinedStr, ast.ListComp)


def operator(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield `a - b` for `a + b`, `a * b` for `a @ b`, and so on; `b @ a` for `a @ b`."""
    if isinstance(node, ast.AugAssign):
        for other in _OTHER_OPERATORS.get(type(node.op), ()):
            yield Change("operator", ast.AugAssign(node.target, other(), node.value))
    if isinstance(node, ast.BinOp) and not _joins(node):
        for other in _OTHER_OPERATORS.get(type(node.op), ()):
            yield Change("operator", ast.BinOp(node.left, other(), node.right))
        if isinstance(node.op, _ORDERED):
            yield Change("order", ast.BinOp(node.right, node.op, node.left))


def dropped_term(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield `a` and `b` for `a + b` and `a * b`, `a` and `-b` for `a - b`, `a` for `a / b`."""
    if not isinstance(node, ast.BinOp) or _joins(node) or isinstance(node.op, ast.MatMult):
        return
    yield Change("dropped term", node.left)
    if isinstance(node.op, ast.Add | ast.Mult | ast.BitAnd | ast.BitOr):
        yield Change("dropped term", node.right)
    elif isinstance(node.op, ast.Sub):
        yield Change("dropped term", ast.UnaryOp(ast.USub(), node.right))


def transposed(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield `x` for `x.T`, and `x.T` for an operand of `@`."""
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield Change("transpose", node.value)
    elif isinstance(getattr(scope.parent, "op", None), ast.MatMult) and _is_read(node):
        assert isinstance(node, ast.expr)
        yield Change("transpose", ast.Attribute(node, "T", ast.Load()))


def sign(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield `x` for `-x`, `not x` and `~x`, and `-x` for what is returned or assigned."""
    if isinstance(node, ast.UnaryOp):
        yield Change("sign", node.operand)
    is_last = isinstance(scope.parent, ast.Return | ast.Assign | ast.AugAssign | ast.Tuple)
    if is_last and isinstance(node, ast.BinOp) and not _joins(node):
        yield Change("sign", ast.UnaryOp(ast.USub(), node))


def constant(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield the neighbours of a whole number, twice a float and none of it, and `not` of a bool.

    An axis has an operator of its own, and so has a keyword that is left out.
    """
    if not isinstance(node, ast.Constant):
        return
    value, keyword = node.value, getattr(scope.parent, "arg", None)
    if keyword in ("axis", "dim") or (keyword and value is True):
        return
    if isinstance(value, bool):
        yield Change("constant", ast.Constant(not value))
    elif isinstance(value, int):
        yield Change("constant", ast.Constant(value + 1))
        yield Change("constant", _number(value - 1))
    elif isinstance(value, float):
        small = 0 < abs(value) < _SMALL
        for other in (value * (1000 if small else 2), 0.0 if value else 1.0):
            yield Change("eps" if small else "constant", ast.Constant(other))
    elif isinstance(value, str) and value in _OTHER_WORDS:
        yield Change("constant", ast.Constant(_OTHER_WORDS[value]))


def comparison(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield `a <= b` and `a >= b` for `a < b`, and so on."""
    if isinstance(node, ast.Compare):
        for index, used in enumerate(node.ops):
            for other in _OTHER_COMPARISONS[type(used)]:
                ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
                yield Change("comparison", ast.Compare(node.left, ops, node.comparators))


def condition(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield `a or b`, `a` and `b` for `a and b`; `x` and `y` for `x if a else y`."""
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield Change("condition", ast.BoolOp(other, node.values))
        for index in range(len(node.values)):
            rest = [value for place, value in enumerate(node.values) if place != index]
            yield Change("condition", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
    elif isinstance(node, ast.IfExp):
        yield Change("condition", node.body)
        yield Change("condition", node.orelse)
    elif isinstance(node, ast.comprehension) and node.ifs:
        new = ast.comprehension(node.target, node.iter, [], node.is_async)
        test = ast.unparse(node.ifs[0])
        yield Change("condition", new, f"no `if {test}`")


def part(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield a slice without a bound or with the next one, and `x` for `x[x > 0]` or `x[::-1]`."""
    if isinstance(node, ast.Slice):
        yield from _slices(node)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        index = node.slice
        if isinstance(index, ast.Compare) or (isinstance(index, ast.Slice) and index.step):
            yield Change("part", node.value)


def name(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield another parameter of the same kind for a parameter."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    if annotation := scope.parameters.get(node.id):
        alike = [known for known, its in scope.parameters.items() if its == annotation]
        other = alike[(alike.index(node.id) + 1) % len(alike)]
        yield Change("name", ast.Name(other, ast.Load()))


def entry(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield a dict of texts, each of its values in turn replaced by another one of them."""
    if not isinstance(node, ast.Dict):
        return
    texts = [v.value for v in node.values if isinstance(v, ast.Constant) and type(v.value) is str]
    for index, value in enumerate(node.values):
        if isinstance(value, ast.Constant) and type(value.value) is str:
            other = next(text for text in (*texts, "a", "b") if text != value.value)
            values = [*node.values[:index], ast.Constant(other), *node.values[index + 1 :]]
            words = f"{other!r} for {value.value!r} at {ast.unparse(node.keys[index] or value)}"
            yield Change("entry", ast.Dict(node.keys, values), words)


def _slices(node: ast.Slice) -> Iterator[Change]:
    for low, high in ((None, node.upper), (node.lower, None)):
        yield Change("part", ast.Slice(low, high, node.step))
    if node.upper is not None and last_name(node.upper):
        for op in (ast.Add(), ast.Sub()):
            bound = ast.BinOp(node.upper, op, ast.Constant(1))
            yield Change("off by one", ast.Slice(node.lower, bound, node.step))
    if node.lower is not None and last_name(node.lower):
        bound = ast.BinOp(node.lower, ast.Add(), ast.Constant(1))
        yield Change("off by one", ast.Slice(bound, node.upper, node.step))


def _joins(node: ast.BinOp) -> bool:
    """Does it join lists or texts, and not add numbers?"""
    return any(
        isinstance(side, _NOT_NUMBERS)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def _is_read(node: ast.AST) -> bool:
    """Is it a name, an attribute or a part, and its value asked for?"""
    named = isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
    return named and isinstance(getattr(node, "ctx", None), ast.Load)


def _number(value: int) -> ast.expr:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


EXPRESSIONS = (
    operator,
    dropped_term,
    transposed,
    sign,
    constant,
    comparison,
    condition,
    part,
    name,
    entry,
)
