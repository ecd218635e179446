"""What lives in a kernel becomes a submission: what took effect, and nothing that did not."""

import json

import pytest

from grader.course.assignment import Assignment
from grader.errors import UsageError
from grader.notebook.check import chosen, find_handout
from grader.notebook.sources import Cell, executed, own_submission

F1, F2 = "def f():\n    return 1", "def f():\n    return 2"


def texts(*cells: str, names: str = "f g") -> list[str]:
    return executed([Cell(cell, cell) for cell in cells], names.split())


def test_a_later_definition_takes_the_place_of_an_earlier_one():
    assert texts(f"x = 1\n{F1}", F2) == ["x = 1\n\n", F2]


def test_a_cell_that_was_no_python_is_left_out():
    assert texts(F1, "def f(:\n  return 2") == [F1, ""]


def test_a_definition_that_never_took_effect_is_left_out():
    assert texts("1 / 0\ndef h():\n    pass\n" + F1) == ["1 / 0\n\n\n" + F1]


def test_an_empty_definition_that_was_run_last_counts():
    empty = "def f():\n    raise NotImplementedError"
    assert texts(F1, empty) == ["\n", empty]


def test_a_decorator_goes_with_its_function():
    assert texts("@cache\n" + F1, F2) == ["\n\n", F2]


def test_a_cell_with_magics_keeps_its_text():
    cell = Cell(f"%%time\n{F1}", f"\n{F1}")
    assert executed([cell], ["f"]) == [cell.text]


def test_without_a_history_the_namespace_is_put_together():
    namespace: dict[str, object] = {"__name__": "here"}
    exec("import numpy as np\nfrom math import tau\nRATE = [1, 2.5]\nother = object()", namespace)
    namespace["dumps"] = json.dumps
    made = own_submission("knn", namespace, None)
    (first, *_) = json.loads(made.files["knn.ipynb"])["cells"]
    assert first["source"].splitlines() == [
        "import numpy as np",
        f"tau = {namespace['tau']!r}",
        "RATE = [1, 2.5]",
        "from json import dumps as dumps",
    ]


def test_functions_of_a_file_come_with_their_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "mine_alone.py").write_text("def f(x):\n    return x\n")
    import mine_alone  # type: ignore[import-not-found]

    made = own_submission("knn", {"__name__": "mine_alone", "f": mine_alone.f}, None)
    assert json.loads(made.files["knn.ipynb"])["cells"][1]["source"] == "def f(x):\n    return x"
    assert made.files["mine_alone.py"] == (tmp_path / "mine_alone.py").read_bytes()


def test_a_handout_is_found_around_and_just_below(tmp_path):
    handout = tmp_path / "linear"
    (handout / "deep").mkdir(parents=True)
    (handout / "assignment.toml").touch()
    assert find_handout(handout / "deep") == find_handout(tmp_path) == handout


def test_several_handouts_below_are_a_question(tmp_path):
    for name in ("knn", "linear"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "assignment.toml").touch()
    with pytest.raises(UsageError, match="no handout here; there are knn, linear; say where"):
        find_handout(tmp_path)


def test_a_class_stands_for_its_methods_and_a_wrong_name_is_corrected():
    assignment = Assignment(
        name="knn", title="t", summary="s", exercises=("Net.fit", "Net.loss", "hinge"),
        root=None, data_dir=None, reference_path=None,
    )  # type: ignore[arg-type]  # fmt: skip
    assert chosen(assignment, ["Net"]) == ["Net.fit", "Net.loss"]
    assert chosen(assignment, []) is None
    with pytest.raises(UsageError, match="no exercise 'hing'; did you mean 'hinge'"):
        chosen(assignment, ["hing"])
