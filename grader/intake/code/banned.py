"""Flag the use of names that an assignment bans inside a package that it allows.

Runs in: the judge.

A flag is for a person to look at, never a guarantee: Python has many ways to reach a name, and
only the plain ones are seen here. In the worker, a call of a banned function raises, however it was
reached (`sandbox/worker/banned.py`).
"""

import ast
from collections.abc import Collection

_LONGEST = 10  # names between dots; of a longer expression, the start is looked at by itself


def banned_uses(source: str, banned: Collection[str]) -> list[tuple[int, str]]:
    """Return line and banned name for each place in `source` that uses one, in order.

    Args:
        source: Python text.
        banned: dotted names, such as "numpy.linalg.lstsq"; a prefix bans all below it.
    """
    if not banned:
        return []
    try:
        tree = ast.parse(source)
    except (SyntaxError, RecursionError, MemoryError):  # the worker will not get further, either
        return []
    meanings = _imported(tree)
    found: set[tuple[int, str]] = set()
    for node in ast.walk(tree):
        for dotted in _names(node, meanings):
            found |= {(node.lineno, ban) for ban in banned if _is_within(dotted, ban)}  # type: ignore[attr-defined]
    return sorted(found)


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return what each name that an import statement binds stands for."""
    meanings = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                meanings[bound] = alias.name if alias.asname else bound
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                meanings[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return meanings


def _names(node: ast.AST, meanings: dict[str, str]) -> list[str]:
    """Return the dotted names that a node uses, imports included."""
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, (ast.Attribute, ast.Name)):
        dotted = _dotted(node)
        first, _, rest = dotted.partition(".")
        if first in meanings:
            return [f"{meanings[first]}.{rest}" if rest else meanings[first]]
    return []


def _dotted(node: ast.expr) -> str:
    """Return "a.b.c" for such an expression; "" for any other, and for a longer one."""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < _LONGEST:
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _is_within(dotted: str, ban: str) -> bool:
    return dotted == ban or dotted.startswith(f"{ban}.")
