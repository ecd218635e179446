"""A notebook of nbgrader's or of otter's becomes the beginning of an assignment.

`nbgrader generate_assignment` 0.9.6 and `otter assign` 7.0.0 take the notebooks that are made here.
"""

import tomllib
from fractions import Fraction
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from grader.course.course import Course
from grader.course.elsewhere.nbgrader import read_nbgrader
from grader.course.elsewhere.otter import read_otter
from grader.course.elsewhere.pieces import Checked
from grader.course.elsewhere.written import write_draft
from grader.course.template import render
from grader.errors import UsageError


def save(path: Path, *cells) -> Path:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})
    nbformat.write(notebook, path)
    return path


text, code, raw = v4.new_markdown_cell, v4.new_code_cell, v4.new_raw_cell


def of_nbgrader(source: str, name: str, points: float | None = None, **kinds: bool):
    cell = (text if kinds.pop("is_text", False) else code)(source)
    about = {"schema_version": 3, "grade_id": name, "locked": False, "task": False}
    about |= {"grade": points is not None, "solution": False, "cell_type": cell.cell_type} | kinds
    cell.metadata["nbgrader"] = about | ({} if points is None else {"points": points})
    return cell


def shown(source: str, output: str):
    data = {"text/plain": output}
    return code(source, outputs=[v4.new_output("execute_result", data=data, execution_count=1)])


SOFTMAX = '''\
def softmax(x):
    """Return the softmax of x."""
    ### BEGIN SOLUTION
    e = np.exp(stable(x))
    return e / e.sum()
    ### END SOLUTION'''
SOFTMAX_TESTS = """\
p = softmax(np.array([1.0, 2.0, 3.0]))
assert np.isclose(p.sum(), 1)
### BEGIN HIDDEN TESTS
assert np.allclose(softmax(np.array([0.0, 1000.0])), [0, 1])
### END HIDDEN TESTS"""
LAYER = """\
class Layer:
    def __init__(self, W):
        self.W = W

    # What comes out.
    def forward(self, x):
        ### BEGIN SOLUTION
        return softmax(self.W @ x)
        ### END SOLUTION"""
WHY = "Why?\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
SETUP = """\
import numpy as np
import matplotlib.pyplot as plt
%matplotlib inline

# Softmax of large numbers needs this.
def stable(x):
    return x - x.max()

print("ready")"""


def nbgrader_cells():
    return [
        text("# Softmax by hand\n\nFor {{ everybody }}: ${\\%}$ {# no comment #}"),
        code(SETUP),
        of_nbgrader(SOFTMAX, "softmax", solution=True),
        of_nbgrader(SOFTMAX_TESTS, "softmax-test", 3, locked=True),
        of_nbgrader(LAYER, "layer", solution=True),
        of_nbgrader(
            "layer = Layer(np.eye(2))\nassert layer.forward(np.zeros(2))[0] == 0.5", "l", 1.5
        ),
        of_nbgrader(
            "### BEGIN SOLUTION\nn_params = 3 * 4 + 4\n### END SOLUTION", "n", solution=True
        ),
        of_nbgrader("assert n_params == 16", "count", 1),
        of_nbgrader(WHY, "why", 2, is_text=True, solution=True),
        code("plt.plot(softmax(np.arange(3.0)))"),
    ]


def block(kind: str, *cells, about: str = ""):
    return [raw(f"# BEGIN {kind}\n{about}".strip()), *cells, raw(f"# END {kind}")]


def question(about: str, prompt: str, solution, tests):
    inner = [
        text(prompt),
        *block("SOLUTION", *solution),
        *(block("TESTS", *tests) if tests else []),
    ]
    return block("QUESTION", *inner, about=about)


CONFIG = '""" # BEGIN TEST CONFIG\npoints: 0.5\nhidden: true\n""" # END TEST CONFIG\n'


def otter_cells():
    return [
        raw("# ASSIGNMENT CONFIG\nexport_cell: false"),
        text("# Data"),
        code("import numpy as np\nimport otter\ngrader = otter.Notebook()"),
        code("data = np.array([1.0, 2.0, 6.0])\nsecret = 7 # IGNORE"),
        *question(
            "name: q1\npoints: 2",
            "**Question 1.**",
            [code("average = data.mean() # SOLUTION\nspread = ... # SOLUTION NO PROMPT")],
            [shown("average > 0", "True"), shown("# HIDDEN\naverage", "3.0")],
        ),
        *question(
            "name: q2\npoints: 1",
            "**Question 2.**",
            [
                code("def square(x):\n    return x ** 2 # SOLUTION"),
                code("# BEGIN SOLUTION\nside = square(4)\n# END SOLUTION"),
            ],
            [
                shown(CONFIG + "square(3) == 9", "True"),
                code("def test_zero(square):\n    assert square(0) == 0\n\ntest_zero(square)"),
                shown("side", "16"),
            ],
        ),
        *question("name: q3\nmanual: true", "Why?", [text("Because.")], []),
        text("```otter\n# BEGIN QUESTION\nname: q4\n```"),
        *block("SOLUTION", code("words = 'a b'.split() # SOLUTION")),
        *block("TESTS", shown("print(*words)", "a b")),
        raw("# END QUESTION"),
    ]


@pytest.fixture
def imported(tmp_path):
    """Import a notebook with these cells into a course, and return it with what is open."""

    def imported(read, cells):
        path = save(tmp_path / "PS 1.ipynb", *cells)
        folder, still_open = write_draft(read(path), path, tmp_path / "course")
        assert folder == tmp_path / "course/assignments/ps_1"
        return Course(tmp_path / "course").assignment("ps_1"), still_open

    return imported


def test_functions_methods_and_variables_of_nbgrader_become_exercises(imported):
    assignment, _ = imported(read_nbgrader, nbgrader_cells())
    assert assignment.exercises == ("softmax", "Layer.forward", "n")
    assert assignment.builds_on == {"Layer.forward": ("softmax",)}
    assert (assignment.imports, assignment.tolerated) == (("numpy",), ("matplotlib",))
    assert assignment.title == "Softmax by hand"
    reference = assignment.reference_path.read_text()
    assert "SOLUTION" not in reference
    assert "# Softmax of large numbers needs this.\ndef stable(x):" in reference
    assert (
        'def n():\n    """Return a dict with n_params."""\n    n_params = 3 * 4 + 4\n' in reference
    )


def test_the_starter_of_nbgraders_notebook_holds_no_solution_and_its_text_as_it_was(imported):
    assignment, _ = imported(read_nbgrader, nbgrader_cells())
    starter, solution = render(assignment, solution=False), render(assignment, solution=True)
    assert "# For {{ everybody }}: ${\\%}$ {# no comment #}\n" in starter
    assert "import numpy as np\nimport matplotlib.pyplot as plt\n" in starter
    for secret in ("e / e.sum()", "softmax(self.W @ x)", "3 * 4", "Because", "1000"):
        assert secret not in starter
    assert "e / e.sum()" in solution
    assert starter.count("YOUR CODE HERE") == 3
    assert 'n_params = n()["n_params"]\n' in starter


def test_visible_tests_count_and_where_some_are_hidden_all_of_them_do_at_once(imported):
    assignment, still_open = imported(read_nbgrader, nbgrader_cells())
    public = (assignment.public_suite / "test_ps_1.py").read_text()
    hidden = (assignment.hidden_suite / "test_ps_1.py").read_text()
    assert [public.count(f"points({n})") for n in (0, 3, 2)] == [1, 1, 1]  # times 2
    assert hidden.count("@pytest.mark.points(6)") == hidden.count("def test_") == 1
    assert "1000" in hidden
    assert "1000" not in public
    assert "p.sum()" in hidden
    assert "p.sum()" in public
    assert "points are whole here: each was multiplied by 2" in still_open


def test_what_needs_a_person_is_listed_by_cell(imported):
    _, still_open = imported(read_nbgrader, nbgrader_cells())
    assert still_open[:4] == [
        "cell 9 (why): a person gave its 2 points; test it",
        "cell 2: left out '%matplotlib inline'",
        "forward: has no docstring; write what students read",
        "cell 7: n_params became what n() returns",
    ]


def test_questions_of_otter_become_exercises_and_its_outputs_become_asserts(imported):
    assignment, still_open = imported(read_otter, otter_cells())
    assert assignment.exercises == ("q1", "square", "q2", "q4")
    public = (assignment.public_suite / "test_ps_1.py").read_text()
    hidden = (assignment.hidden_suite / "test_ps_1.py").read_text()
    assert "    assert average > 0\n" in public
    assert "    test_zero(square)\n" in public
    assert "    assert (side) == 16" in public
    assert "    assert (average) == 3.0" in hidden
    assert "    assert square(3) == 9" in hidden
    reference = assignment.reference_path.read_text()
    assert "otter" not in reference
    assert "secret" not in reference
    assert "SOLUTION" not in reference
    starter = render(assignment, solution=False)
    assert "data.mean()" not in starter
    assert "Because" not in starter
    assert "secret" not in starter
    assert "question q3: a person graded it; test it" in still_open
    assert "cell 38: its output was compared as text; write a test" in still_open


def test_tests_of_otter_get_the_points_that_otter_gives_them(tmp_path):
    path = save(tmp_path / "a.ipynb", *otter_cells())
    points = [piece.points for piece in read_otter(path).pieces if isinstance(piece, Checked)]
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    assert points == [1, 1, half, quarter, quarter, 1]


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ("points: [1, 2, 3]", [1, 2, 3]),
        ("points:\n  each: 2", [2, 2, 2]),
        ("points: 1", [Fraction(1, 3)] * 3),
        ("", [Fraction(1, 3)] * 3),
    ],
)
def test_points_of_otter_in_every_form_are_shared_out(tmp_path, about, expected):
    tests = [shown(f"f({n})", f"{n}") for n in range(3)]
    cells = question(f"name: q\n{about}", "?", [code("f = int # SOLUTION")], tests)
    pieces = read_otter(save(tmp_path / "a.ipynb", *cells)).pieces
    assert [piece.points for piece in pieces if isinstance(piece, Checked)] == expected


def test_a_function_on_one_line_gets_a_docstring_too(imported):
    cells = [
        of_nbgrader("@decorated\ndef f(x): return x  # all of it", "f", solution=True),
        of_nbgrader("assert f(1) == 1", "t", 1),
    ]
    assignment, _ = imported(read_nbgrader, [code("def decorated(f): return f"), *cells])
    assert "YOUR CODE HERE" in render(assignment, solution=False)


def test_what_a_test_uses_and_nothing_defines_is_listed(imported):
    cells = [
        code("this is no Python"),
        of_nbgrader("def f(x):\n    return x", "f", solution=True),
        of_nbgrader("assert f(missing) == 1", "t", 1),
        of_nbgrader("assert 1 +", "broken", 1),
        of_nbgrader("print('done')", "p", solution=True),
    ]
    _, still_open = imported(read_nbgrader, cells)
    assert "cell 1: left out, since it is no Python (or only comments)" in still_open
    assert "cell 3 (t): uses missing, which is not defined" in still_open
    assert "cell 4 (broken): is no Python; write its check" in still_open
    assert "cell 5 (p): gives no value that can be asked for" in still_open
    assert "no test is hidden: write checks in hidden/ that draw their inputs" in still_open


@pytest.mark.parametrize(
    ("read", "cells", "told"),
    [
        (read_nbgrader, [code("x")], "no cell is nbgrader's"),
        (read_otter, [code("x")], "no cell says BEGIN QUESTION"),
        (
            read_nbgrader,
            [of_nbgrader("### BEGIN SOLUTION\nx = 1", "x", solution=True)],
            "cell 1: a region is not ended",
        ),
        (
            read_nbgrader,
            [of_nbgrader("x = 1\n### END HIDDEN TESTS", "x", 1)],
            "cell 1: '### END HIDDEN TESTS' has no partner",
        ),
        (read_otter, block("QUESTION", about="name: [q"), "is not YAML"),
        (read_nbgrader, [of_nbgrader("x", "x", "two")], "cell 1: points must be a number >= 0"),
        (read_nbgrader, [of_nbgrader("x", "x", -1)], "cell 1: points must be a number >= 0"),
        (
            read_otter,
            question("name: q\npoints: [1, 2]", "?", [], [code("x")]),
            "has 1 tests, and 2",
        ),
        (read_otter, question("name: q\npoints: many", "?", [], [code("x")]), "question q: points"),
        (
            read_otter,
            question("name: q\npoints: 0.25", "?", [], [code(CONFIG + "x")]),
            "question q: is worth 1/4, and its tests 1/2",
        ),
    ],
)
def test_a_notebook_that_the_tool_itself_would_refuse_is_named(tmp_path, read, cells, told):
    with pytest.raises(UsageError, match=told):
        read(save(tmp_path / "a.ipynb", *cells))


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"cells": 3}', "x"])
def test_what_is_no_notebook_is_refused(tmp_path, content):
    path = tmp_path / "a.ipynb"
    path.write_text(content)
    with pytest.raises(UsageError, match="is not a notebook"):
        read_nbgrader(path)


def test_an_assignment_that_is_there_stays_as_it_is(tmp_path):
    path = save(tmp_path / "a.ipynb", *nbgrader_cells())
    write_draft(read_nbgrader(path), path, tmp_path / "course")
    with pytest.raises(UsageError, match="is there already; name another with --name"):
        write_draft(read_nbgrader(path), path, tmp_path / "course")
    folder, _ = write_draft(read_nbgrader(path), path, tmp_path / "course", "again")
    assert tomllib.loads((folder / "assignment.toml").read_text())["title"] == "Softmax by hand"
    with pytest.raises(UsageError, match="is no Python name"):
        write_draft(read_nbgrader(path), path, tmp_path / "course", "class")


@pytest.mark.parametrize(("tool", "cells"), [("nbgrader", nbgrader_cells), ("otter", otter_cells)])
def test_an_imported_assignment_lacks_nothing_but_mistakes_and_strict_tests(
    grader, tmp_path, tool, cells
):
    path = save(tmp_path / "ps1.ipynb", *cells())
    done = grader("import", tool, path, "--out", tmp_path / "course")
    assert done.returncode == 0, done.stderr
    assert "what needs a person:\n  - " in done.stdout
    if tool == "otter":  # a check that compared what was printed
        public = tmp_path / "course/assignments/ps1/public/test_ps1.py"
        public.write_text(public.read_text().replace("print(*words)", "assert words == ['a', 'b']"))
    told = grader("audit", "--course", tmp_path / "course").stdout
    for line in ("reference", "solution", "starter", "each exercise alone"):
        assert f"  ok    {line}: " in told, told
    found = [line.strip() for line in told.splitlines() if line.startswith("        ")]
    # The tests themselves are the course's own, with what was lenient in them.
    holes = [hole for hole in found if not hole.startswith(("public/test_", "hidden/test_"))]
    assert {hole.partition(":")[0].partition(" for ")[0] for hole in holes} == {
        "no mistake is listed",
        "remark",
    }
