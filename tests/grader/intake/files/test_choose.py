"""Which file of a submission is graded: asked of its code, not of its bytes or its name."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import nbformat
import pytest

from grader.intake import limits
from grader.intake.files.choose import Choice, Wanted, choose
from grader.intake.files.member import Kind, Member
from grader.intake.files.outline import outline
from grader.intake.unreadable import Unreadable

EXERCISES = ("predict", "Net.train", "ANSWERS")
WANTED = Wanted("knn", EXERCISES, {"linear": frozenset({"hinge", "predict", "Svm.loss", "bias"})})
STARTER = '''"""The handout."""
import numpy as np


def predict(X):
    """Return the labels of X."""
    # YOUR CODE HERE
    raise NotImplementedError("predict is not written yet")


class Net:
    def train(self, X):
        """Train."""
        raise NotImplementedError("train is not written yet")


ANSWERS = {
    # Which? (a) one (b) two
    "first": None,
}
'''
WORK = STARTER.replace('raise NotImplementedError("predict is not written yet")', "return X + 1")
MORE = WORK.replace('raise NotImplementedError("train is not written yet")', "self.X = X")
OTHER = WORK.replace("X + 1", "X + 2")


def notebook(text: str, **cell: object) -> str:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text, **cell)])
    return nbformat.writes(made)


def chosen(files: Mapping[str, str | bytes], dates: Mapping[str, int] | None = None) -> Choice:
    def member(path: str, content: str | bytes) -> Member:
        data = content.encode() if isinstance(content, str) else content
        day = (dates or {}).get(path)
        date = datetime(2026, 1, day) if day else None
        return Member(tuple(path.split("/")), Kind.FILE, lambda most: data[:most], date)

    return choose([member(path, content) for path, content in files.items()], WANTED)


def taken(files: Mapping[str, str | bytes], dates: Mapping[str, int] | None = None) -> str:
    return chosen(files, dates).taken.path


def why_not(files: Mapping[str, str | bytes]) -> str:
    with pytest.raises(Unreadable) as error:
        chosen(files)
    return str(error.value)


UNTOUCHED = {
    "as it was": STARTER,
    "empty": "",
    "line ends of Windows": STARTER.replace("\n", "\r\n"),
    "a byte order mark": "\ufeff" + STARTER,
    "another style": STARTER.replace('"""', "'''").replace('"first"', "'first'"),
    "without comments and docstrings": "def predict(X): ...\nANSWERS = {'first': None}\n",
    "last year's": "def predict(X):\n    '''Old.'''\n    pass\n\ndef gone(X):\n    return X\n",
    "with other imports": "import torch\n" + STARTER,
    "cells that were run": STARTER + "\nprint(np.zeros(3))\nX = np.ones(4)\n",
}


@pytest.mark.parametrize("text", UNTOUCHED.values(), ids=UNTOUCHED)
def test_the_untouched_starter_gives_way_to_the_work_beside_it(text):
    assert taken({"knn.py": text, "mine.ipynb": notebook(WORK)}) == "mine.ipynb"
    assert taken({"knn.ipynb": notebook("%matplotlib inline\n" + text), "knn.py": WORK}) == "knn.py"
    assert taken({"knn.py": WORK, "old/knn.ipynb": notebook(text)}) == "knn.py"


@pytest.mark.parametrize(
    "written",
    [
        STARTER.replace('"first": None', '"first": "b"'),
        STARTER + "\npredict = lambda X: X\n",
        STARTER + "\nif True:\n    def predict(X):\n        return X\n",
        STARTER + "\ndef _train(self, X):\n    return X\n\nNet.train = _train\n",
        STARTER + "\nsetattr(Net, 'train', lambda self, X: X)\n",
        STARTER + "\n@add_to_class(Net)\ndef train(self, X):\n    return X\n",
    ],
)
def test_a_starter_with_anything_written_into_it_is_work(written):
    choice = chosen({"knn.py": STARTER, "mine.py": written})
    assert (choice.taken.path, choice.wrote) == ("mine.py", True)


def test_what_was_passed_over_is_named_with_the_reason():
    choice = chosen({"knn.ipynb": notebook(STARTER), "knn-Copy1.ipynb": notebook(WORK)})
    assert choice.notes == ("'knn.ipynb' is not graded: no exercise is written in it",)
    assert [member.path for member in choice.passed_over] == ["knn.ipynb"]


def test_the_same_code_twice_is_one():
    pair = {"knn.py": "# %%\n" + WORK.replace("+ 1", "+  1  # one"), "knn.ipynb": notebook(WORK)}
    choice = chosen(pair)
    assert choice.taken.path == "knn.ipynb"
    assert choice.notes == ("'knn.py' is not graded: 'knn.ipynb' holds the same code",)


def test_a_helper_that_differs_is_a_difference():
    helped = "def predict(X):\n    return _add(X)\n\n\ndef _add(X):\n    return X + {}\n"
    assert taken({"a.py": helped.format(1), "b.py": helped.format(1)}) == "a.py"
    assert "could each be" in why_not({"a.py": helped.format(1), "b.py": helped.format(2)})


def test_an_older_copy_gives_way_to_the_file_that_has_more():
    assert taken({"knn.py": WORK, "knn_final.py": MORE}) == "knn_final.py"
    assert taken({"knn_old.py": WORK, "knn.py": MORE}) == "knn.py"


def test_a_draft_gives_way_to_the_file_called_like_the_assignment():
    draft = "def predict(X):\n    return 0 * X\n"
    assert taken({"scratch.ipynb": notebook(draft), "knn.ipynb": notebook(MORE)}) == "knn.ipynb"
    assert taken({"scratch.ipynb": notebook(draft), "mine.ipynb": notebook(MORE)}) == "mine.ipynb"


def test_several_that_wrote_one_exercise_differently_are_a_question():
    files = {"knn.ipynb": notebook(WORK), "knn.py": OTHER}
    message = "'knn.ipynb' and 'knn.py' could each be the submission; hand in one file, called"
    assert why_not(files) == f"{message} knn.py or knn.ipynb"


def test_the_dates_of_an_archive_answer_the_question():
    files = {"knn.ipynb": notebook(WORK), "knn.py": OTHER, "c.py": OTHER.replace("2", "3")}
    choice = chosen(files, {"knn.ipynb": 2, "knn.py": 3, "c.py": 1})
    assert choice.taken.path == "knn.py"
    assert choice.notes[0].endswith("is not graded: 'knn.py' was changed later")
    with pytest.raises(Unreadable):
        chosen(files, {"knn.ipynb": 3, "knn.py": 3, "c.py": 1})
    with pytest.raises(Unreadable):
        chosen(files, {"knn.ipynb": 2, "knn.py": 3})


def test_a_module_gives_way_to_the_file_that_imports_it():
    files = {
        "hw.ipynb": notebook("from layers import Net\n\ndef predict(X):\n    return X\n"),
        "layers.py": "class Net:\n    def train(self, X):\n        return X\n",
    }
    choice = chosen(files)
    assert choice.taken.path == "hw.ipynb"
    assert choice.passed_over == ()


def test_a_script_of_ones_own_tests_does_not_displace_what_it_imports():
    tests = "import knn\n\ndef predict(X):\n    return knn.predict(X) == 1\n"
    assert taken({"try_it.py": tests, "knn.py": MORE}) == "knn.py"


def test_a_file_gives_way_to_one_that_lies_above_it():
    assert taken({"knn.py": WORK, "old/knn.py": OTHER}) == "knn.py"
    assert taken({"knn.py": STARTER, "old/knn.py": OTHER}) == "old/knn.py"
    assert "could each be" in why_not({"a/knn.py": WORK, "b/knn.py": OTHER})


def test_of_files_that_wrote_different_exercises_the_others_are_named():
    files = {"part1.py": "def predict(X):\n    return X\nANSWERS = {'first': 'a'}\n"}
    files["part2.py"] = "class Net:\n    def train(self, X):\n        return X\n"
    choice = chosen(files)
    assert choice.taken.path == "part1.py"
    assert choice.notes == (
        "'part2.py' is not graded: 'part1.py' has more exercises; "
        "hand in one file with all of them",
    )


LINEAR = "def hinge(x):\n    return x\n\nclass Svm:\n    def loss(self):\n        return 0\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("linear/linear.py", "def predict(X):\n    return X\n"),  # both ask for it
        ("linear.ipynb", notebook("def predict(X):\n    return X\n")),
        ("homework.py", LINEAR + "def predict(X):\n    return X\n"),
    ],
)
def test_a_file_of_another_assignment_earns_nothing(path, text):
    message = f"nothing was handed in for knn: '{path}' is of another assignment"
    assert why_not({path: text}) == message
    assert taken({path: text, "mine.py": WORK}) == "mine.py"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("linear.py", MORE),  # the wrong name, and the work of this assignment
        ("homework.py", "def predict(X):\n    return X\n"),
        ("homework.py", WORK + LINEAR + "class Net:\n    def train(self):\n        return 1\n"),
        ("knn.py", LINEAR),
        ("knn/main.py", LINEAR),
    ],
)
def test_what_may_be_of_this_assignment_is_graded(path, text):
    assert taken({path: text}) == path


def test_a_broken_file_called_like_the_assignment_may_hold_the_work():
    assert taken({"knn.ipynb": "{not json, predict", "knn.py": STARTER}) == "knn.ipynb"
    choice = chosen({"knn.ipynb": "{not json, predict", "knn.py": WORK})
    assert choice.taken.path == "knn.py"
    assert choice.notes[0].startswith("'knn.ipynb' is not graded: knn.ipynb: not a notebook")


def test_files_in_which_no_exercise_is_are_a_question_unless_one_has_the_name():
    assert "could each be" in why_not({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    assert taken({"a.py": "x = 1\n", "KNN.py": "y = 1\n"}) == "KNN.py"


def test_hostile_code_is_not_parsed_beyond_the_limits():
    deep = "predict = " + "(" * 100_000
    long = "predict = 1" + " + 1" * limits.CODE_CHARACTERS
    files = {"knn.py": WORK, "deep.py": deep, "long.py": long}
    files |= {f"{n}.py": f"predict = {n}" + " " * limits.CODE_CHARACTERS for n in range(20)}
    assert taken(files) == "knn.py"


def test_the_starters_of_the_course_that_ships_are_not_written_yet(tmp_path):
    from grader.course.course import find_course
    from grader.course.template import render

    course = find_course(Path(__file__).parents[4])
    for name in course.assignment_names():
        assignment = course.assignment(name)
        for solution, written in ((False, 0), (True, len(assignment.exercises))):
            text = render(assignment, solution=solution).encode()
            found = outline(f"{name}.py", text, assignment.exercises)
            assert found.asked == {*assignment.exercises}
            assert len(found.written) == written


def test_json_that_only_mentions_an_exercise_is_no_notebook():
    text = json.dumps({"predict": 1})
    assert taken({"knn.py": WORK, "config.ipynb": text}) == "knn.py"
