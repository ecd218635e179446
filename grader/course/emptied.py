"""Empty an exercise: what the handout shows of a definition of the reference.

function, method    the body after the docstring becomes a NotImplementedError
class               its methods that are exercises are emptied in place
dict constant       every value becomes None, and comments beside values go
"""

import ast
import io
import tokenize
from collections.abc import Container, Iterator, Sequence
from itertools import accumulate

from grader.course.source import FUNCTION, Definition, ParsedModule, end
from grader.errors import CourseError

PLACEHOLDER = "# YOUR CODE HERE"


def emptied(source: ParsedModule, name: str, exercises: Sequence[str]) -> str:
    """Return the definition of `name` as the handout has it.

    Args:
        source: The reference.
        name: A function, a class or a dict constant of it.
        exercises: The interface names to empty; of a class, its methods among them.

    Raises:
        CourseError: `name` is not defined, or cannot be emptied.
    """
    found = source.definition(name)
    if isinstance(found.node, FUNCTION):
        return _without_bodies(source, found, [found])
    if isinstance(found.node, ast.ClassDef):
        mine = [e for e in exercises if source.full_name(e).startswith(f"{name}.")]
        methods = [source.definition(exercise) for exercise in mine]
        return _without_bodies(source, found, methods)
    return _without_values(source.text(name), found.first, _dict(source, found))


def emptied_but(source: ParsedModule, kept: Container[str], exercises: Sequence[str]) -> str:
    """Return the whole of `source`, with every exercise emptied that is not `kept`.

    Raises:
        CourseError: as emptied.
    """
    others = [exercise for exercise in exercises if exercise not in kept]
    names = {source.full_name(exercise).partition(".")[0] for exercise in others}
    lines = list(source.lines)
    for found in sorted(map(source.definition, names), key=lambda d: d.first, reverse=True):
        lines[found.first - 1 : found.last] = emptied(source, found.name, others).split("\n")
    return "\n".join(lines)


def require_exercise(source: ParsedModule, name: str) -> None:
    """Refuse an exercise that cannot be emptied.

    Raises:
        CourseError: it is a class, a function without a docstring, or not a literal dict.
    """
    found = source.definition(name)
    if isinstance(found.node, ast.ClassDef):
        raise _error(source, found, f"{name} is a class; name its methods, as {name}.method")
    if isinstance(found.node, FUNCTION):
        _docstring(source, found)
    else:
        _dict(source, found)


def _without_bodies(source: ParsedModule, whole: Definition, parts: Sequence[Definition]) -> str:
    text, at = [], whole.first
    for part in sorted(parts, key=lambda definition: definition.first):
        docstring = _docstring(source, part)
        margin = source.lines[docstring.lineno - 1][: docstring.col_offset]
        text.append(source.cut(at, end(docstring)))
        text.append(margin + PLACEHOLDER)
        text.append(f'{margin}raise NotImplementedError("{part.name} is not written yet")')
        at = part.last + 1
    if at <= whole.last:
        text.append(source.cut(at, whole.last))
    return "\n".join(text)


def _docstring(source: ParsedModule, found: Definition) -> ast.stmt:
    """Return the docstring of a function, which shares its lines with nothing else."""
    assert isinstance(found.node, FUNCTION)
    first, *others = found.node.body
    if ast.get_docstring(found.node, clean=False) is None:
        raise _error(source, found, f"{found.name} has no docstring; write what students read")
    before = source.lines[first.lineno - 1][: first.col_offset]
    if before.strip() or any(node.lineno <= end(first) for node in others):
        raise _error(source, found, f"{found.name}: give the docstring lines of its own")
    return first


def _dict(source: ParsedModule, found: Definition) -> ast.Dict:
    value = getattr(found.node, "value", None)
    if not isinstance(value, ast.Dict) or None in value.keys:
        rule = f"{found.name} must be a dict written out as {{key: value}}, without **"
        raise _error(source, found, f"{rule}; write it so, or take it off the exercises")
    return value


def _without_values(text: str, first: int, values: ast.Dict) -> str:
    """Return `text`, whose first line is `first` of its file, with None for every value."""
    lines = text.split("\n")
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))

    def offset(line: int, column: int) -> int:  # ast counts columns in bytes of UTF-8
        return starts[line - first] + len(lines[line - first].encode()[:column].decode())

    spans = [
        (offset(v.lineno, v.col_offset), offset(end(v), v.end_col_offset or 0), "None")
        for v in values.values
    ]
    for row, column, comment in _comments_of_values(lines, first, values):
        start = starts[row] + column
        if not any(a <= start < b for a, b, _ in spans):
            spans.append((start, start + len(comment), ""))
    for start, stop, new in sorted(spans, reverse=True):
        text = text[:start] + new + text[stop:]
    return "\n".join(line.rstrip() for line in text.split("\n"))


def _comments_of_values(
    lines: Sequence[str], first: int, values: ast.Dict
) -> Iterator[tuple[int, int, str]]:
    """Yield (row from 0, column, comment) beside a value, or between a key and its value."""
    pairs = [
        (key.lineno - first, end(value) - first)
        for key, value in zip(values.keys, values.values, strict=True)
        if key is not None
    ]
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
        if token.type != tokenize.COMMENT:
            continue
        row, column = token.start[0] - 1, token.start[1]
        beside = lines[row][:column].strip() and any(key <= row for key, _ in pairs)
        if beside or any(key < row <= value for key, value in pairs):
            yield row, column, token.string


def _error(source: ParsedModule, found: Definition, message: str) -> CourseError:
    return CourseError(f"{source.path}:{found.first}: {message}")
