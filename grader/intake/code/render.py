"""Write chosen statements back as text, each on the lines where the student wrote it.

Runs in: the judge.
"""

import ast
from collections.abc import Collection, Iterable, Sequence

from grader.intake.code.names import imported_name
from grader.intake.code.slicing import Part


def render(parts: Iterable[Part], lines: Sequence[str], needed: Collection[str]) -> list[str]:
    """Return as many lines as `lines`, blank but for the code of `parts`."""
    rendered = [""] * len(lines)
    for part in parts:
        first, code = code_of(part, lines, needed)
        if rendered[first]:  # `import a; import b`
            code[0] = f"{rendered[first]}; {code[0]}"
        rendered[first : first + len(code)] = code
    return rendered


def code_of(part: Part, lines: Sequence[str], needed: Collection[str]) -> tuple[int, list[str]]:
    """Return the index of the first line of a statement, and its lines.

    Of an import only the names in `needed` are left: the others may not be installed.
    """
    first, last = _first(part, lines), part.above + (part.node.end_lineno or 1) - 1
    imports = _imports(part.node, needed)
    if imports is not None:
        return first, [imports]
    code = list(lines[first : last + 1])
    code[-1] = _cut(code[-1], None, part.node.end_col_offset)
    if first == part.above + part.node.lineno - 1:
        code[0] = _cut(code[0], part.node.col_offset, None)
    return first, code


def _first(part: Part, lines: Sequence[str]) -> int:
    """Return the index of the first line, of the first decorator if there is one."""
    node = part.node
    line = node.lineno
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        line = min([line, *(decorator.lineno for decorator in node.decorator_list)])
        if node.decorator_list:
            while line > 1 and not lines[part.above + line - 1].startswith("@"):
                line -= 1  # the "@" stands above its expression
    return part.above + line - 1


def _imports(node: ast.stmt, needed: Collection[str]) -> str | None:
    """Return an import without the names that are not needed, or None if all are."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return None
    names = [alias for alias in node.names if imported_name(alias) in needed]
    if not names or len(names) == len(node.names):
        return None
    if isinstance(node, ast.Import):
        return ast.unparse(ast.Import(names))
    return ast.unparse(ast.ImportFrom(node.module, names, node.level))


def _cut(line: str, start: int | None, end: int | None) -> str:
    """Return a part of a line; positions count bytes of UTF-8, as in a syntax tree."""
    return line.encode()[start:end].decode()
