"""The edits of one function of a submission, the likeliest first, and their text.

Runs in: the judge. Nothing of the submission is executed here.
"""

import ast
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.judge.line.insertions import insertions
from grader.mutation.operators import OPERATORS, Mutation, mutations

_LOOK = {  # the operator of an edit -> what is to be looked at, where that is another word
    "arguments": "order of the arguments",
    "branch": "condition",
    "constant": "constant",
    "dropped call": "function",
    "dropped statement": "whole statement",
    "dropped term": "terms",
    "eps": "small number",
    "entry": "entries",
    "in place": "array that is written to",
    "keepdims": "axis",
    "loop": "loop, and what is in it",
    "mean": "mean or sum",
    "name": "names",
    "off by one": "first and the last index",
    "operator": "operator",
    "order": "order",
    "part": "slice",
    "seed": "generator",
    "rng": "generator",
    "shift": "exponents, which may be large",
    "sum": "sum",
    "term": "terms: one may be missing",
    "transpose": "shapes",
    "copy": "array that is written to",
}


@dataclass(frozen=True)
class Edit:
    """A function with one change."""

    function: ast.FunctionDef
    line: int  # in the text of the submission
    look: str  # what the student reads, e.g. "factor"
    words: str  # what staff read


def find_function(source: str, name: str) -> ast.FunctionDef | None:
    """Return the last definition of a function at the top level, without its docstring."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    return _without_docstring(found[-1]) if found else None


def edits_of(function: ast.FunctionDef) -> Iterator[Edit]:
    """Yield edits: first of what is there, then with something put in."""
    for operators in (OPERATORS, *([operator] for operator in insertions(function))):
        try:
            found = mutations(function, operators)
        except SyntaxError:  # nothing can be put around some expression
            continue
        yield from map(_edit, found)


def _edit(mutation: Mutation) -> Edit:
    assert isinstance(mutation.tree, ast.FunctionDef)
    look = _LOOK.get(mutation.operator, mutation.operator)
    return Edit(mutation.tree, mutation.line, look, mutation.words)


def module_of(edits: Sequence[Edit], own: str) -> str:
    """Return a module with the list `edits` of edited functions, which know the names of `own`."""
    lines = [
        f"import {own} as _own",
        "globals().update({k: v for k, v in vars(_own).items() if not k.startswith('__')})",
    ]
    for number, edit in enumerate(edits):
        inner = textwrap.indent(ast.unparse(edit.function), "    ")
        lines += [f"def _edit_{number}():", inner, f"    return {edit.function.name}"]
    makers = ", ".join(f"_edit_{number}()" for number in range(len(edits)))
    lines.append(f"edits = [{makers}]")
    return "\n".join(lines) + "\n"


def edited(source: str, edit: Edit) -> str:
    """Return the submission with the edited function in place of its own."""
    lines = source.split("\n")
    first = min([edit.function.lineno, *(d.lineno for d in edit.function.decorator_list)])
    last = edit.function.end_lineno or edit.function.lineno
    new = ast.unparse(edit.function).split("\n")
    new += [""] * (last - first + 1 - len(new))  # so that the lines below it keep their numbers
    return "\n".join([*lines[: first - 1], *new, *lines[last:]])


def _without_docstring(function: ast.FunctionDef) -> ast.FunctionDef:
    if ast.get_docstring(function, clean=False) is not None and len(function.body) > 1:
        del function.body[0]
    return function
