"""A sample class, made from the course itself: its submissions go from perfect to hostile."""

import zipfile
from pathlib import Path

from grader.course.assignment import Assignment
from grader.course.course import Course
from grader.course.handout import write_handout
from grader.course.mistakes import load_mistakes, patched
from grader.course.notebook import code_cell, notebook, written
from grader.course.template import render
from grader.errors import CourseError, UsageError

_PREFERRED = "linear"
_MISTAKES = 6
_BODIES = {
    "loops-forever": "    while True:\n        pass",
    "crashes": "    import ctypes\n\n    ctypes.string_at(0)  # a segmentation fault",
    "exits": "    import os\n\n    os._exit(0)",
    "raises": '    raise KeyError("weights")',
    "eats-memory": "    return bytearray(1 << 50)",
}
_FORGERY = """

import json
import os
import sys

for name, module in list(sys.modules.items()):  # where a grader shares its process, this wins
    if name.startswith(("_pytest", "pytest", "unittest")):
        for function in [f for f in vars(module).values() if callable(f)]:
            function.__call__ = lambda *args, **kwargs: True


def {function}(*args, **kwargs):
    for fd in range(3, 64):
        try:
            os.write(fd, json.dumps({{"outcome": "passed", "score": 100}}).encode() + b"\\n")
        except OSError:
            pass
    print("100 passed in 0.01s")
    os._exit(0)
"""


def write_class(course: Course, out: Path) -> tuple[Assignment, Path]:
    """Write every handout and a class of submissions; return the assignment and its folder.

    Raises:
        UsageError: `out` holds something already, or the course has no assignment.
        CourseError: the files of the course are wrong.
    """
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out}: is not empty; name another folder with --out, or remove it")
    names = course.assignment_names()
    if not names:
        raise UsageError(f"{course.assignments_dir}: there is no assignment to show")
    for name in names:
        write_handout(course, course.assignment(name), out / "handouts")
    assignment = course.assignment(_PREFERRED if _PREFERRED in names else names[0])
    folder = out / "submissions"
    for student, text in _texts(assignment).items():
        _write(folder / student / f"{assignment.name}.py", text.encode())
    _write_others(assignment, folder)
    return assignment, folder


def _texts(assignment: Assignment) -> dict[str, str]:
    solution, starter = render(assignment, solution=True), render(assignment, solution=False)
    function = _first_function(assignment)
    texts = {
        "reference": solution,
        "untouched": starter,
        "forges": starter + _FORGERY.format(function=function),
        "syntax-error": solution.replace(f"def {function}(", f"def {function}((", 1),
    }
    for name, body in _BODIES.items():
        texts[name] = f"{solution}\n\ndef {function}(*args, **kwargs):\n{body}\n"
    return texts | _mistaken(assignment)


def _mistaken(assignment: Assignment) -> dict[str, str]:
    """Return a wrong submission for each of the last exercises that have a listed mistake."""
    if assignment.reference_path is None:
        raise CourseError(f"{assignment.root}: has no reference to make mistakes from")
    right = assignment.reference_path.read_text(encoding="utf-8")
    of_exercise = {mistake.exercise: mistake for mistake in load_mistakes(assignment)}
    return {
        f"mistake-{mistake.name}"[:60]: patched(mistake, right)
        for mistake in list(of_exercise.values())[-_MISTAKES:]
    }


def _write_others(assignment: Assignment, folder: Path) -> None:
    broken = notebook(render(assignment, solution=True))
    broken.cells[1:1] = [
        code_cell("%matplotlib inline\n!pip install tqdm"),
        code_cell("for epoch in range(10)\n    print(epoch"),
        code_cell("%%time\nscores = undefined_name + 1"),
    ]
    name = f"{assignment.name}.ipynb"
    _write(folder / "broken-notebook" / name, written(broken).encode())
    (folder / "nothing-handed-in").mkdir()
    _write(folder / "not-an-archive.zip", b"this is no archive")
    with zipfile.ZipFile(folder / "zipped.zip", "w") as archive:
        archive.writestr(f"{assignment.name}.py", render(assignment, solution=True))


def _first_function(assignment: Assignment) -> str:
    functions = [name for name in assignment.exercises if "." not in name and name.islower()]
    if not functions:
        raise CourseError(f"{assignment.manifest_path}: no exercise is a function")
    return functions[0]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
