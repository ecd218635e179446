"""Every handout as a student meets it: the starter stops at the first task, the solution runs.

The solution's .py is run top to bottom in the folder of its handout, where a warning is an error.
Of the starter's notebook the code cells are run in order. One solution goes through a real kernel;
that notebooks and kernels agree with the text is tests/grader/course/test_notebooks.py's business.
"""

import importlib.util
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from grader.course.assignment import Assignment
from grader.course.course import Course
from grader.course.handout import write_handout, write_solutions

COURSE = Course(Path(__file__).parents[1])
KERNEL = all(importlib.util.find_spec(name) for name in ("nbclient", "ipykernel"))


def missing(assignment: Assignment) -> list[str]:
    """Return the packages that the cells of an assignment need and that are not installed."""
    needed = (*assignment.imports, "matplotlib")
    return [package for package in needed if importlib.util.find_spec(package) is None]


@pytest.fixture(scope="module", params=COURSE.assignment_names())
def assignment(request) -> Assignment:
    found = COURSE.assignment(request.param)
    if missing(found):
        pytest.skip(f"needs {', '.join(missing(found))}")
    return found


@pytest.fixture(scope="module")
def handout(assignment, tmp_path_factory) -> Path:
    return write_handout(COURSE, assignment, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def solutions(assignment, tmp_path_factory) -> Path:
    return write_solutions(COURSE, assignment, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def ended(tmp_path_factory) -> dict[str, subprocess.CompletedProcess[str]]:
    """How each solution ended that can run here, by the name of its assignment."""
    found = [COURSE.assignment(name) for name in COURSE.assignment_names()]
    found = [assignment for assignment in found if not missing(assignment)]
    folders, scripts = [], []
    for assignment in found:
        out = tmp_path_factory.mktemp(assignment.name)
        folders.append(write_handout(COURSE, assignment, out))
        script = write_solutions(COURSE, assignment, out) / f"{assignment.name}.py"
        scripts.append(script.read_text(encoding="utf-8"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = pool.map(run, folders, scripts)
        return dict(zip([assignment.name for assignment in found], runs, strict=True))


def run(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder, without a screen; a warning ends it."""
    environment = {**os.environ, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}
    warnings = ["-Werror", "-Wignore:FigureCanvasAgg is non-interactive"]  # where there is a screen
    path = folder / "run.py"
    path.write_text(script, encoding="utf-8")
    command = [sys.executable, *warnings, path.name]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )


def code_cells(path: Path) -> list[str]:
    made = nbformat.read(path, as_version=4)
    nbformat.validate(made)
    return [cell.source for cell in made.cells if cell.cell_type == "code"]


def stopped_at(ended: subprocess.CompletedProcess[str]) -> str | None:
    """Return the task whose absence ended a run; None if something else did, or nothing."""
    lines = ended.stderr.splitlines()
    last = re.fullmatch(
        r"NotImplementedError: (\S+) is not written yet", lines[-1] if lines else ""
    )
    return last[1] if last else None


def test_a_solution_runs_from_top_to_bottom(assignment, ended):
    assert ended[assignment.name].returncode == 0, ended[assignment.name].stderr


def test_a_starter_runs_up_to_the_first_task_that_it_needs(assignment, handout):
    ended = run(handout, "\n\n".join(code_cells(handout / f"{assignment.name}.ipynb")))
    assert stopped_at(ended) in assignment.exercises, ended.stderr


def test_starter_and_solution_have_the_same_cells(assignment, handout, solutions):
    name = f"{assignment.name}.ipynb"
    starter, solution = code_cells(handout / name), code_cells(solutions / name)
    assert len(starter) == len(solution)
    tasks = [cell for cell, solved in zip(starter, solution, strict=True) if cell != solved]
    assert all("# YOUR CODE HERE" in cell or ": None," in cell for cell in tasks)


@pytest.mark.skipif(not KERNEL, reason="needs nbclient and ipykernel to run a notebook")
def test_a_solution_runs_in_a_kernel(tmp_path):
    from nbclient import NotebookClient

    assignment = COURSE.assignment("descent")
    folder = write_handout(COURSE, assignment, tmp_path)
    made = nbformat.read(
        write_solutions(COURSE, assignment, tmp_path) / "descent.ipynb", as_version=4
    )
    NotebookClient(made, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    figures = [
        output
        for cell in made.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert figures


def errors(path: Path) -> list[str]:
    """Run all cells of a notebook in a kernel, as Jupyter does; return the errors it goes over.

    Raises:
        CellExecutionError: a cell without the tag raises.
    """
    from nbclient import NotebookClient

    made = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(made, timeout=120, resources=resources).execute()
    outputs = [output for cell in made.cells for output in cell.get("outputs", [])]
    return [output.ename for output in outputs if output.output_type == "error"]


@pytest.mark.slow
@pytest.mark.skipif(not KERNEL, reason="needs nbclient and ipykernel to run a notebook")
@pytest.mark.parametrize("name", ["linear", "backprop", "convnet"])
def test_all_cells_of_an_untouched_starter_are_run(name, tmp_path):
    handout = write_handout(COURSE, COURSE.assignment(name), tmp_path)
    assert "NotImplementedError" in errors(handout / f"{name}.ipynb")


@pytest.mark.slow
@pytest.mark.skipif(not KERNEL, reason="needs nbclient and ipykernel to run a notebook")
def test_without_the_tags_a_starter_stops_at_the_first_task(tmp_path):
    from nbclient.exceptions import CellExecutionError

    path = write_handout(COURSE, COURSE.assignment("linear"), tmp_path) / "linear.ipynb"
    path.write_text(path.read_text("utf-8").replace("raises-exception", "other"), "utf-8")
    with pytest.raises(CellExecutionError, match="is not written yet"):
        errors(path)


@pytest.mark.parametrize("wrong", ["1 / 0", "import warnings; warnings.warn('old', stacklevel=1)"])
def test_a_broken_cell_is_noticed(tmp_path, wrong):
    assert run(tmp_path, f"x = 1\n{wrong}").returncode != 0


@pytest.mark.parametrize("wrong", ["", "helper()", "raise NotImplementedError('no')"])
def test_a_starter_that_ends_otherwise_is_noticed(tmp_path, wrong):
    assert stopped_at(run(tmp_path, wrong)) is None
