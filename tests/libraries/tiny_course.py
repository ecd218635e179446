"""Make a course of one exercise, and a class for it, of what one file of courses/ says.

group      the environment that the package is installed into, with others
install    what pip installs, the package itself first
imports    what the assignment allows, if that is more than numpy and the package's own name
levels     where it is graded right; both, if this is not given
alone      what pip installs without what it asks for
memory_mb  what a check may take, if the usual is too little
remark     what an author has to know, or why it works at no level or at one only
reference  the imports, then `def f(...)` with its docstring
mistake    two texts: one that stands once in the reference, and a wrong one in its place
public     the body of a check with the fixtures submission and close
hidden     the body of a check that also has reference and rng
"""

import json
import textwrap
import tomllib
from pathlib import Path
from typing import Any

COURSES = Path(__file__).parent / "courses"
POINTS = {"public": 1, "hidden": 2}
_FIXTURES = {"public": "submission, close", "hidden": "submission, reference, rng, close"}
_CHECK = '''\
import numpy as np
import pytest


@pytest.mark.points({points})
@pytest.mark.exercise("f")
def test_{suite}({fixtures}):
    """It is right."""
{body}
'''
_TEMPLATE = """\
# %% [markdown]
# # {{ title }}

# %%
{{ imports }}

# %%
{{ task("f") }}
"""


def read_courses() -> dict[str, dict[str, Any]]:
    """Return what each file of courses/ says, by its name."""
    return {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted(COURSES.glob("*.toml"))
    }


def make_course(folder: Path, name: str, said: dict[str, Any]) -> None:
    """Write the course into an empty folder."""
    assignment = folder / "assignments" / "ex"
    (folder / "reference").mkdir(parents=True)
    (folder / "reference" / "ex.py").write_text(_text(said["reference"]))
    for suite, points in POINTS.items():
        (assignment / suite).mkdir(parents=True)
        body = textwrap.indent(said[suite].strip("\n"), "    ")
        check = _CHECK.format(points=points, suite=suite, fixtures=_FIXTURES[suite], body=body)
        (assignment / suite / "test_ex.py").write_text(check)
    (assignment / "ex.py.j2").write_text(_TEMPLATE)
    (assignment / "assignment.toml").write_text(
        f'title = "{name}"\nsummary = "One exercise."\nexercises = ["f"]\n'
        f"imports = {json.dumps(said.get('imports', ['numpy', name]))}\n"
        f"[limits]\nmemory_mb = {said.get('memory_mb', 2048)}\n"
    )
    find, replace = said["mistake"]
    (assignment / "mistakes.toml").write_text(
        '[[mistake]]\nname = "wrong"\nexercise = "f"\nhint = "read again"\n'
        f"patch = [{{ find = {json.dumps(find)}, replace = {json.dumps(replace)} }}]\n"
    )


def make_class(folder: Path, said: dict[str, Any], right: int) -> None:
    """Write `right` submissions that are right and differ by a comment, and a wrong one."""
    text = _text(said["reference"])
    texts = {f"right{number}": f"{text}# {number}\n" for number in range(right)}
    for who, written in {**texts, "wrong": text.replace(*said["mistake"])}.items():
        (folder / who).mkdir(parents=True)
        (folder / who / "ex.py").write_text(written)


def _text(reference: str) -> str:
    return f'"""One exercise."""\n\n{reference.strip()}\n'
