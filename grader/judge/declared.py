"""What a course declares to its judge: suites, exercises and mistakes, and checks by their marks.

Runs in: the warm judge.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grader.errors import CourseError, did_you_mean
from grader.judge.diagnose import DeclaredMistake
from grader.record.check import Check, Visibility


@dataclass(frozen=True)
class Declared:
    """What a suite is collected from."""

    suites: Mapping[Visibility, Path]  # folders of test files
    exercises: Sequence[str]
    reference: Path | None  # None where a student checks: a handout has none
    data: Path
    mistakes: Sequence[DeclaredMistake] = ()
    given: Mapping[str, str] = field(default_factory=dict)  # name of a module -> its text


def declared_check(item: pytest.Item, declared: Declared) -> Check:
    """Return the check that a test is a part of.

    Raises:
        CourseError: it declares none.
    """
    where = f"{item.path}: {item.name.partition('[')[0]}"
    function = function_of(item)
    if function is None:
        raise CourseError(f"{where}: only test functions can be checks; rewrite it as one")
    title = (inspect.getdoc(function) or "").partition("\n")[0].strip()
    if not title:
        raise CourseError(f"{where}: has no docstring; its first line is what the student reads")
    points = _mark(item, "points", where)
    if item.get_closest_marker("example") and type(_mark(item, "example", where)) is not bool:
        raise CourseError(f"{where}: example must be True or False")
    if type(points) is not int or points < 0:
        raise CourseError(f"{where}: points must be a whole number >= 0, got {points!r}")
    exercise = _mark(item, "exercise", where)
    if exercise not in declared.exercises:
        guess = did_you_mean(str(exercise), declared.exercises)
        raise CourseError(f"{where}: no exercise is named {exercise!r}{guess}")
    visibility = _visibility(item.path, declared)
    if visibility == "public" and "reference" in getattr(item, "fixturenames", ()):
        raise CourseError(f"{where}: is public and asks for `reference`, which no student has")
    name = item.nodeid.partition("::")[2].partition("[")[0].replace("::", ".")
    return Check(f"{visibility}/{name}", title, exercise, visibility, points)


def shows_example(item: pytest.Item) -> bool:
    """Tell whether students may see an example that is made of a test's calls."""
    mark = item.get_closest_marker("example")
    return mark is None or bool(mark.args[0])


def _mark(item: pytest.Item, name: str, where: str) -> Any:
    mark = item.get_closest_marker(name)
    if mark is None or len(mark.args) != 1 or mark.kwargs:
        raise CourseError(f"{where}: needs @pytest.mark.{name}(...) with one value")
    return mark.args[0]


def _visibility(path: Path, declared: Declared) -> Visibility:
    for visibility, folder in declared.suites.items():
        if path.is_relative_to(folder):
            return visibility
    raise CourseError(f"{path}: lies in no suite; move it to public/ or hidden/")


def function_of(item: pytest.Item) -> Any:
    return getattr(item, "function", None)
