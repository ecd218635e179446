"""A submission as JUnit XML, which Jenkins, GitLab and most systems of continuous integration read.

A suite is a submission, a case is a check. Jenkins' xUnit plugin and pytest each have a schema
called junit-10.xsd, and the two differ: `junit_xml` keeps to what both allow. So every check that
did not pass is a `failure`, whose `type` is the outcome; a check that was not run is one, too, as
it earned nothing. What a check is worth stands in the properties of the suite, and in its text.

junitparser writes with lxml where that is installed, and two ways of writing differ in a space:
the canonical form of XML is the same in both.
"""

import re
from functools import cache
from typing import Any
from xml.etree.ElementTree import canonicalize

from grader.record.check import Outcome
from grader.record.inert import inert
from grader.record.record import CheckResult, Record
from grader.report.losses import points_of
from grader.report.place import place_of
from grader.report.words import LIMIT, number, one_line, without_command_lines

# GitLab takes at most 30 MB; a character is at most six bytes of XML ("&quot;").
MOST_TEXT = 4_000_000  # characters of all messages and hints
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_DIGITS = 3  # of a time: pytest's schema refuses a fourth

_ATTACHMENT = re.compile(r"\[(?=\[ATTACHMENT\|)", re.IGNORECASE)  # GitLab shows the file it names


def junit_xml(record: Record) -> bytes:
    """Return the document of the family xunit2."""
    return _document(record, has_places=False)


def junit_xunit1(record: Record) -> bytes:
    """Return the document of the family xunit1: with the file and line that raised, if one did."""
    return _document(record, has_places=True)


def _document(record: Record, *, has_places: bool) -> bytes:
    from junitparser import xunit2  # what students run in a terminal never loads it

    suite = xunit2.TestSuite(_line(record.assignment))
    for name, value in _properties(record).items():
        suite.add_property(name, value)
    limit = min(LIMIT, MOST_TEXT // (2 * max(1, len(record.checks))))
    suite.add_testcases([_case(record, check, limit, has_places) for check in record.checks])
    document = xunit2.JUnitXml(_line(record.assignment))
    document.add_testsuite(suite)
    return (_DECLARATION + canonicalize(document.tostring()) + "\n").encode()


def _properties(record: Record) -> dict[str, str]:
    return {
        "submission": _line(record.submission),
        "earned": number(record.earned),
        "possible": str(record.possible),
        **{f"points.{_line(check.id)}": points_of(check) for check in record.checks},
    }


def _case(record: Record, check: CheckResult, limit: int, has_places: bool) -> Any:
    from junitparser import Failure

    # GitLab keeps the first of two cases with the same name and class name, Jenkins sorts by
    # the class name up to its last dot: so it starts with the assignment and the submission.
    class_name = f"{record.assignment}.{record.submission}.{check.exercise}"
    seconds = round(check.seconds, _DIGITS)
    case = _case_class()(_line(check.id), _line(class_name), seconds)
    if check.outcome is not Outcome.PASSED:
        failure = Failure(_line(_heading(check)), str(check.outcome))
        failure.text = _text(check, limit)
        case.result = [failure]
    elif check.earned < check.points:
        case.system_out = _text(check, limit)
    if has_places and (place := place_of(check.message)):
        case.file = _line(place.file)
        case.line = None if place.cell else place.line  # of a notebook, it is a line of its JSON
    return case


@cache
def _case_class() -> Any:
    from junitparser import Attr, xunit2

    class Case(xunit2.TestCase):  # type: ignore[misc]
        file = Attr()
        line = Attr()

    return Case


def _text(check: CheckResult, limit: int) -> str:
    hint = f"hint: {check.hint}" if check.hint else ""
    told = (inert(text, limit, keep="\n") for text in (check.message, hint) if text)
    return _apart("\n".join((_line(_heading(check)), *told)))


def _heading(check: CheckResult) -> str:
    return f"{check.title} ({points_of(check)} points)"


def _line(text: str) -> str:
    return _apart(one_line(text))


def _apart(text: str) -> str:
    """Return text that names no file to GitLab, and is no command where a job prints it."""
    return without_command_lines(_ATTACHMENT.sub("[ ", text))
