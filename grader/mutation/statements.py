"""Mistakes in the statements: one too few, in place for a copy, a branch or a loop cut short."""

import ast
from collections.abc import Iterator
from typing import TypeGuard

from grader.mutation.change import Change, Scope, cut, last_name, shown

_MODES = frozenset(("no_grad", "inference_mode", "enable_grad"))


def dropped_statement(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield nothing for a call, an update, an item that is set, or a name that is bound again."""
    if _can_go(node, scope):
        yield Change("dropped statement", [ast.Pass()], f"no `{cut(shown(node))}`")


def swapped_statements(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield two calls in the other order."""
    following = scope.following
    if _is_call(node) and _is_call(following):
        words = f"`{cut(shown(following))}` before `{cut(shown(node))}`"
        yield Change("order", [following, node], words, takes=2)


def in_place(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield `x += y` for `x = x + y`, and for `x = p + y` what writes into the parameter p."""
    if isinstance(node, ast.AugAssign):
        yield Change("dropped term", ast.Assign([node.target], node.value))
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        target, read = node.target, ast.Name(node.target.id, ast.Load())
        yield Change("in place", ast.Assign([target], ast.BinOp(read, node.op, node.value)))
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
        yield from _in_place(node, node.value, scope)


def _in_place(node: ast.Assign, value: ast.BinOp, scope: Scope) -> Iterator[Change]:
    target, left = node.targets[0], value.left
    if isinstance(left, ast.Name) and isinstance(target, ast.Name):
        written = ast.AugAssign(ast.Name(left.id, ast.Store()), value.op, value.right)
        if isinstance(value.op, ast.MatMult):  # its result has another shape
            return
        if target.id == left.id:
            yield Change("in place", written)
        elif left.id in scope.parameters:
            yield Change("in place", [written, ast.Assign([target], left)])


def branch(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield one branch of an `if` for both, and a `with` that turns gradients off without it."""
    if isinstance(node, ast.If):
        test = cut(shown(node.test))
        yield Change("branch", node.body, f"as if `{test}` always held")
        yield Change("branch", node.orelse or [ast.Pass()], f"as if `{test}` never held")
    elif isinstance(node, ast.With) and _is_mode(node.items[0].context_expr):
        yield Change("no_grad", node.body, f"no `with {cut(shown(node.items[0]))}`")


def nothing_returned(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield a `return` that is forgotten."""
    if isinstance(node, ast.Return) and node.value is not None:
        yield Change(
            "return", [ast.Expr(node.value)], f"no `return` before `{cut(shown(node.value))}`"
        )


def loop(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield a loop that ends after its first round, and `continue` for `break`."""
    if isinstance(node, ast.For):
        body = [*node.body, ast.Break()]
        words = f"only the first round of the loop over `{cut(shown(node.iter))}`"
        yield Change("loop", ast.For(node.target, node.iter, body, node.orelse), words)
    elif isinstance(node, ast.Break):
        yield Change("loop", ast.Continue())
    elif isinstance(node, ast.Continue):
        yield Change("loop", ast.Break())


def undecorated(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Yield a function without the decorator that turns gradients off."""
    if isinstance(node, ast.FunctionDef):
        for index, mark in enumerate(node.decorator_list):
            if _is_mode(mark):
                rest = [*node.decorator_list[:index], *node.decorator_list[index + 1 :]]
                new = ast.FunctionDef(node.name, node.args, node.body, rest, node.returns)
                yield Change("no_grad", new, f"no `@{shown(mark)}`")


def _is_mode(node: ast.expr) -> bool:
    return last_name(node.func if isinstance(node, ast.Call) else node) in _MODES


def _can_go(node: ast.AST, scope: Scope) -> bool:
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        again = isinstance(target, ast.Name) and target.id in scope.bound and len(node.targets) == 1
        return again or isinstance(target, ast.Subscript | ast.Attribute)
    return isinstance(node, ast.AugAssign | ast.Raise | ast.Assert | ast.Delete) or _is_call(node)


def _is_call(node: ast.AST | None) -> TypeGuard[ast.Expr]:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


STATEMENTS = (
    dropped_statement,
    swapped_statements,
    in_place,
    branch,
    nothing_returned,
    loop,
    undecorated,
)
