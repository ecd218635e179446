"""The known mistakes of an assignment: each a patch of the reference, and the hint it deserves."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import indent
from typing import Annotated, Any

from msgspec import Meta, Struct

from grader.course.assignment import Assignment
from grader.course.source import parse_source
from grader.course.toml import must_be, read_fields, read_toml, wrong
from grader.errors import CourseError, did_you_mean

_Text = Annotated[str, Meta(pattern=r"\S")]


class _File(Struct):
    mistake: Annotated[list[Any], must_be("a list of [[mistake]] tables")]


class _Table(Struct):
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$"), must_be("a snake_case name")]
    exercise: Annotated[_Text, must_be("an exercise of the assignment")]
    hint: Annotated[_Text, must_be("a sentence that the student reads")]
    patch: Annotated[
        list[Any],
        Meta(min_length=1),
        must_be("a list of { find = ..., replace = ... }"),
    ]


class Patch(Struct, frozen=True):
    """A text of the reference, and the text that stands there in the mistake."""

    find: Annotated[_Text, must_be("a text of the exercise in the reference")]
    replace: Annotated[str, must_be("the text that stands there in the mistake")]


@dataclass(frozen=True)
class Mistake:
    """A wrong implementation of one exercise, made by patching the reference."""

    name: str
    exercise: str
    hint: str
    patches: tuple[Patch, ...]
    file: Path  # the mistakes.toml that lists it


def load_mistakes(assignment: Assignment) -> tuple[Mistake, ...]:
    """Return the mistakes that an assignment lists; none if it has no mistakes.toml.

    Raises:
        CourseError: a mistake is not written by the rules, or two have one name.
    """
    file = assignment.mistakes_path
    if not file.exists():
        return ()
    tables = read_fields(file, read_toml(file), _File)["mistake"]
    mistakes = tuple(_mistake(file, table, assignment.exercises) for table in tables)
    names = [mistake.name for mistake in mistakes]
    for name in names:
        if names.count(name) > 1:
            raise CourseError(f"{file}: two mistakes are named {name!r}; rename one")
    return mistakes


def patched(mistake: Mistake, reference_source: str) -> str:
    """Return the reference with the mistake in it.

    Every `find` must occur exactly once in the exercise's definition, either as it is written or
    with all its lines indented by the same amount; its replacement is then indented likewise.

    Raises:
        CourseError: a patch does not fit, or the result is not Python.
    """
    source = parse_source(reference_source, Path("the reference"))
    found = source.definition(mistake.exercise)
    body = _replaced(mistake, source.text(mistake.exercise))
    text = "\n".join([*source.lines[: found.first - 1], body, *source.lines[found.last :]])
    try:
        compile(text, str(mistake.file), "exec", dont_inherit=True)
    except SyntaxError as error:
        line = text.split("\n")[(error.lineno or 1) - 1].strip()
        message = f"the patched reference is not Python ({error.msg} in {line!r})"
        raise _error(mistake, message) from None
    except ValueError as error:
        raise _error(mistake, f"the patched reference is not Python ({error})") from None
    return text


def _mistake(file: Path, table: Any, exercises: Sequence[str]) -> Mistake:
    name = table.get("name", "?") if isinstance(table, dict) else "?"
    fields = read_fields(file, table, _Table, f"mistake {name}: ")
    exercise = fields["exercise"]
    if exercise not in exercises:
        near = did_you_mean(exercise, exercises)
        raise wrong(file, f"mistake {name}: exercise", "one of assignment.toml", exercise, near)
    patches = tuple(_patch(file, patch, f"mistake {name}: patch.") for patch in fields["patch"])
    return Mistake(fields["name"], exercise, fields["hint"], patches, file)


def _patch(file: Path, table: Any, where: str) -> Patch:
    """Read one patch, without the newline before the closing ''' of a text."""
    fields = read_fields(file, table, Patch, where)
    patch = Patch(fields["find"].rstrip("\n"), fields["replace"].rstrip("\n"))
    if patch.find == patch.replace:
        raise wrong(file, f"{where}replace", "different from what it replaces", patch.replace)
    return patch


def _replaced(mistake: Mistake, definition: str) -> str:
    spans = sorted(_span(mistake, patch, definition) for patch in mistake.patches)
    for (_, stop, text), (start, _, _) in pairwise(spans):
        if start < stop:
            raise _error(mistake, f"two patches overlap where one writes {text!r}")
    for start, stop, text in reversed(spans):
        definition = definition[:start] + text + definition[stop:]
    return definition


def _span(mistake: Mistake, patch: Patch, definition: str) -> tuple[int, int, str]:
    """Return (start, stop, text): what of the definition becomes which text."""
    spans = _verbatim(patch, definition) or _indented(patch, definition)
    if len(spans) == 1:
        return spans[0]
    times = f"{len(spans)} times" if spans else "nowhere"
    near = did_you_mean(patch.find, _alike(patch.find, definition)) if not spans else ""
    raise _error(
        mistake,
        f"{patch.find!r} occurs {times} in {mistake.exercise}, and must occur once{near}",
    )


def _alike(find: str, definition: str) -> Iterator[str]:
    """Yield every line of the definition, and every part of one that is as long as `find`."""
    for line in definition.split("\n"):
        yield line.strip()
        for start in range(max(len(line) - len(find), 0) + 1):
            yield line[start : start + len(find)]


def _verbatim(patch: Patch, definition: str) -> list[tuple[int, int, str]]:
    spans = []
    for match in re.finditer(re.escape(patch.find), definition):
        before = definition[: match.start()].rpartition("\n")[2]
        # When a block replaces one line, its other lines get the indentation of that line.
        hang = before if before.isspace() and "\n" not in patch.find else ""
        spans.append((*match.span(), indent(patch.replace, hang).removeprefix(hang)))
    return spans


def _indented(patch: Patch, definition: str) -> list[tuple[int, int, str]]:
    spans = []
    for margin in sorted(set(re.findall(r"^[ \t]+(?=\S)", definition, re.MULTILINE))):
        block = re.compile("^" + re.escape(indent(patch.find, margin)), re.MULTILINE)
        found = block.finditer(definition)
        spans += [(*match.span(), indent(patch.replace, margin)) for match in found]
    return spans


def _error(mistake: Mistake, message: str) -> CourseError:
    what_to_do = "" if message.endswith("?") else "; correct the patch"
    return CourseError(f"{mistake.file}: mistake {mistake.name}: {message}{what_to_do}")
