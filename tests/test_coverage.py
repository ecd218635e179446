"""assignments/COVERAGE.md is true: every row is there once, and what it names is where it says."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from grader.course.course import Course
from grader.course.template import render

COURSE = Course(Path(__file__).parents[1])
TABLE = (COURSE.assignments_dir / "COVERAGE.md").read_text(encoding="utf-8")
ROWS = set(range(1, 126))
LINE = re.compile(
    r"^\| *(?P<row>\d*) *\|(?P<what>[^|]*)\| *(?P<name>\w*) *\|(?P<where>[^|]*)\|$", re.M
)


@cache
def places(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that an assignment defines, answers among them, and its headings."""
    assignment = COURSE.assignment(name)
    text = render(assignment, solution=True)
    names = set(assignment.exercises)
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "ANSWERS":
            names |= set(ast.literal_eval(node.value))
    prose = "\n".join(line.removeprefix("# ") for line in text.splitlines() if line[:2] == "# ")
    headings = re.findall(r"^#+ (?:\d+\. )?(.+)$", prose, re.M)
    headings += [" ".join(bold.split()) for bold in re.findall(r"\*\*(.+?)\*\*", prose, re.S)]
    return frozenset(names), frozenset(heading.rstrip(".:") for heading in headings)


def faults(table: str) -> list[str]:
    """Return what is wrong with a coverage table."""
    lines = [line for line in LINE.finditer(table) if line["name"] != "assignment"]
    count = Counter(int(line["row"]) for line in lines if line["row"])
    found = [f"row {row} is missing" for row in ROWS - set(count)]
    found += [f"row {row} is no row" for row in set(count) - ROWS]
    found += [f"row {row} is there twice" for row, times in count.items() if times > 1]
    if len(lines) != table.count("\n|") - 2 * table.count("\n|--"):
        found.append("a line of a table cannot be read")
    for line in lines:
        if line["row"] and not line["what"].strip():
            found.append(f"row {line['row']} does not say what it is")
        found += wrong_places(line["name"], line["where"])
    return found


def wrong_places(name: str, where: str) -> list[str]:
    if name not in COURSE.assignment_names():
        return [f"there is no assignment {name}"]
    names, headings = places(name)
    code, quoted = re.findall(r"`(.+?)`", where), re.findall(r'"(.+?)"', where)
    rest = re.sub(r'`.+?`|".+?"', "", where)
    found = [f"{name} has no {item}" for item in code if item not in names]
    found += [f"{name} has no passage {item}" for item in quoted if item not in headings]
    if not code + quoted or rest.strip(", "):
        found.append(f"not a list of places: {where.strip()}")
    return found


def test_the_table_is_true():
    assert faults(TABLE) == []


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("| 5 | ", "| 4 | ", "row 4 is there twice"),
        ("| 5 | ", "| 4 | ", "row 5 is missing"),
        ("| 5 | ", "| 126 | ", "row 126 is no row"),
        ("| 5 | The ten most similar images |", "| 5 | |", "row 5 does not say what it is"),
        ("| 5 | ", "| five | ", "a line of a table cannot be read"),
        ("| linear | `scores` |", "| lineal | `scores` |", "there is no assignment lineal"),
        ("| linear | `scores` |", "| linear | `score` |", "linear has no score"),
        ("| linear | `scores` |", "| knn | `scores` |", "knn has no scores"),
        ("`choose_k`", "`choose_the_k`", "knn has no choose_the_k"),
        ("`separable_case`", "`inseparable_case`", "linear has no inseparable_case"),
        ('"What it costs"', '"What it gives"', "knn has no passage What it gives"),
        ("| linear | `scores` |", "| linear | scores |", "not a list of places: scores"),
        ("| linear | `scores` |", "| linear | |", "not a list of places: "),
    ],
)
def test_an_untrue_table_is_noticed(right, wrong, fault):
    assert right in TABLE
    assert fault in faults(TABLE.replace(right, wrong))
