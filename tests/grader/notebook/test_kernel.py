"""A student checks in a notebook what lives in the kernel, in a real kernel, cell by cell."""

import importlib.util

import pytest

from grader.course.course import Course
from grader.course.handout import write_handout

pytestmark = [
    pytest.mark.processes,
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("nbclient", "ipykernel")),
        reason="needs nbclient and ipykernel to run a notebook",
    ),
]

RIGHT = "import numpy as np\n\ndef double(x):\n    return 2 * np.asarray(x)"
CELLS = {  # in the order in which they are run
    "import": "import grader",
    "empty": 'grader.check("double")',
    "wrong": "%%time\nimport numpy as np\n\ndef double(x):\n    return 3 * np.asarray(x)",
    "told": 'grader.check("double")',
    "right": RIGHT,
    "passed": 'grader.check("double")',
    "broken": "def double(x)\n    return 0",
    "as before": 'grader.check("double")',
    "magic": "%load_ext grader\n%grader check double",
    "awful": "def double(x):\n    import os\n    os._exit(1)",
    "crashed": "value = 7\ngrader.check('double')",
    "alive": "value",
    "plotted": "def double(x):\n    return np.arange(8) ** 2\ngrader.check('mean_square')",
    "misspelt": 'grader.check("dubble")',
    "elsewhere": 'grader.check("double", handout="/")',
    "completed": "get_ipython().complete('dou', '%grader check dou', 17)[1]",
    "in a call": "get_ipython().kernel.do_complete('grader.check(\"dou', 17)['matches']",
    "second": "get_ipython().kernel.do_complete('grader.check(\"x\", \"', 19)['matches']",
    "elsewhere typed": "get_ipython().kernel.do_complete('print(\"dou', 10)['matches']",
    "attribute": "get_ipython().kernel.do_complete('grader.che', 10)['matches']",
}


ADDED = '''

@pytest.mark.points(1)
@pytest.mark.exercise("mean_square")
def test_eight_numbers(submission, close):
    """Twice 0 to 7."""
    close(submission.double(list(range(8))), [2.0 * x for x in range(8)])
'''


@pytest.fixture(scope="module")
def told(tiny, tmp_path_factory) -> dict[str, dict[str, str]]:
    """What each cell shows, by kind, in a kernel in the folder of a handout."""
    import nbformat
    from nbclient import NotebookClient

    course = Course(tiny)
    folder = write_handout(course, course.assignment("tiny"), tmp_path_factory.mktemp("out"))
    with (folder / "public/test_tiny.py").open("a") as suite:
        suite.write(ADDED)
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS.values()])
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(made, timeout=120, allow_errors=True, resources=resources).execute()
    return {name: shown(cell.outputs) for name, cell in zip(CELLS, made.cells, strict=True)}


def shown(outputs) -> dict[str, str]:
    found: dict[str, str] = {}
    for output in outputs:
        assert output.output_type != "display_data" or not found, "a cell shows its result twice"
        found |= output.get("data", {})
    return found


def test_a_kernel_without_the_names_is_told_in_one_line(told):
    assert told["empty"]["text/plain"] == (
        "grader: this kernel defines no function of tiny: run the cells with your functions "
        "first, then check"
    )


def test_a_wrong_function_is_told_as_in_a_terminal_and_as_html(told):
    assert "got 3.0, expected 2.0" in told["told"]["text/plain"]
    assert "got 3.0, expected 2.0" in told["told"]["text/html"]
    assert 'class="outcome failed"' in told["told"]["text/html"]
    assert "<script" not in told["told"]["text/html"]


def test_what_the_kernel_has_now_is_checked(told):
    assert "1 of 1 points" in told["passed"]["text/plain"]


def test_a_cell_that_is_no_python_changes_nothing(told):
    assert "1 of 1 points" in told["as before"]["text/plain"]


def test_the_magic_does_the_same(told):
    assert "1 of 1 points" in told["magic"]["text/plain"]
    assert "%grader" not in told["magic"]["text/plain"]


def test_a_crash_costs_the_check_and_the_kernel_lives(told):
    assert "ended its own process (exit code 1)" in told["crashed"]["text/plain"]
    assert told["alive"]["text/plain"] == "7"


def test_bad_input_is_one_line(told):
    assert told["misspelt"]["text/plain"] == (
        "grader: tiny has no exercise 'dubble'; did you mean 'double'?"
    )
    assert told["elsewhere"]["text/plain"] == (
        "grader: /: no handout here; say where its folder is: "
        'grader.check(..., handout="path/to/it")'
    )


def test_an_array_that_differs_on_public_data_is_plotted(told):
    assert "<svg" in told["plotted"]["text/html"]
    assert "<svg" not in told["told"]["text/html"]  # two numbers are read, not looked at


def test_a_public_suite_that_the_student_changed_is_named_with_what_to_do(told):
    words = " ".join(told["plotted"]["text/plain"].split())
    assert "not as handed out" in words
    assert "public/test_tiny.py; take it anew from the handout" in words


def test_names_are_completed(told):
    assert "double" in told["completed"]["text/plain"]
    assert told["in a call"]["text/plain"] == "['double']"
    assert told["second"]["text/plain"] == "['double', 'mean_square', 'Counter.add', 'ANSWERS']"
    assert told["elsewhere typed"]["text/plain"] == "[]"
    assert told["attribute"]["text/plain"] in ("['check']", "['grader.check']")
