"""Marks of mutants that are equivalent: mutants.toml beside an assignment.

    [[equivalent]]
    exercise = "softmax"                   # may be left out: of any exercise
    at = "shifted = s - s.max("            # a text of the line; may be left out
    mutants = ["`s.min(", "`axis=0`"]      # texts of what a survivor says; without, all of the line
    reason = "any shift gives the same quotient, and the check of large scores ..."

A mark is for mutants that no check could notice, or that are no mistake by what the assignment
asks. One that fits no survivor is told: it is stale.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from grader.audit.mutants.mutant import Mutant
from grader.course.assignment import Assignment
from grader.course.toml import must_be, read_fields, read_toml, wrong
from grader.errors import CourseError, did_you_mean

_FILE = "mutants.toml"
_Text = Annotated[str, Meta(pattern=r"\S"), must_be("a text that is not empty")]


class _File(Struct):
    equivalent: Annotated[list[Any], must_be("a list of tables, [[equivalent]]")] = []


class Mark(Struct, frozen=True):
    """Mutants that are equivalent, and why."""

    reason: Annotated[str, Meta(pattern=r"\S"), must_be("why the mutants are equivalent")]
    exercise: Annotated[str, must_be("one of assignment.toml")] = ""
    at: Annotated[str, must_be("a text of the line in the reference")] = ""
    mutants: Annotated[tuple[_Text, ...], must_be("a list of texts of what survivors say")] = ()

    def fits(self, mutant: Mutant) -> bool:
        return (
            self.exercise in ("", *mutant.exercises)
            and self.at in mutant.code
            and (not self.mutants or any(text in mutant.words for text in self.mutants))
        )

    def __str__(self) -> str:
        parts = (self.exercise, self.at, *self.mutants)
        return ", ".join(part for part in parts if part)


def load_marks(assignment: Assignment) -> Sequence[Mark]:
    """Return the marks of an assignment; none if it has no mutants.toml.

    Raises:
        CourseError: a mark is not written by the rules.
    """
    file = assignment.root / _FILE
    if not file.exists():
        return ()
    marks = []
    for number, table in enumerate(read_fields(file, read_toml(file), _File)["equivalent"], 1):
        where = f"equivalent {number}: "
        mark = Mark(**read_fields(file, table, Mark, where))
        if mark.exercise and mark.exercise not in assignment.exercises:
            near = did_you_mean(mark.exercise, assignment.exercises)
            raise wrong(file, f"{where}exercise", "one of assignment.toml", mark.exercise, near)
        if not (mark.exercise or mark.at or mark.mutants):
            raise CourseError(f"{file}: {where}names no mutant; add exercise, at or mutants")
        marks.append(mark)
    return marks
