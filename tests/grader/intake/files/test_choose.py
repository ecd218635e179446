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


def member(path: str, content: str | bytes, day: int | None = None) -> Member:
    data = content.encode() if isinstance(content, str) else content
    date = datetime(2026, 1, day) if day else None
    return Member(tuple(path.split("/")), Kind.FILE, lambda most: data[:most], date)


def chosen(files: Mapping[str, str | bytes], dates: Mapping[str, int] | None = None) -> Choice:
    days = dates or {}
    members = [member(path, content, days.get(path)) for path, content in files.items()]
    return choose(members, WANTED)


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


SCAFFOLD = '''
EPSILON = 1e-3


def predict(X):
    """Return the labels of X."""
    labels = [0] * len(X)
    # TODO: fill in the labels
    pass
    return labels


class Net:
    def train(self, X):
        loss = 0.0  # TODO
        return loss


ANSWERS = {"first": "?"}
'''


def of_scaffold(files: Mapping[str, str]) -> Choice:
    starter = outline("knn.py", SCAFFOLD.encode(), EXERCISES).codes
    members = [member(path, content) for path, content in files.items()]
    return choose(members, Wanted("knn", EXERCISES, starter=starter))


@pytest.mark.parametrize(
    "text",
    [
        SCAFFOLD,
        SCAFFOLD.replace("    pass\n", ""),
        SCAFFOLD.replace("    pass\n", "    ...\n"),
        SCAFFOLD.replace("# TODO: fill in the labels", '"I will do this tomorrow"'),
        SCAFFOLD.replace("0.0  # TODO", "(0.0)").replace('"""', "'").replace("    ", "\t"),
        "import torch\n" + SCAFFOLD + "\nprint(predict([1]))\n",
    ],
)
def test_a_gap_with_code_around_it_is_not_written_as_long_as_nothing_is_done(text):
    work = PREDICT + NET + ANSWERED
    choice = of_scaffold({"knn.py": text, "mine.py": work})
    assert (choice.taken.path, choice.shares) == ("mine.py", ())
    assert not of_scaffold({"knn.py": text, "x.py": ""}).wrote


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (SCAFFOLD.replace("[0]", "[1]"), {"predict"}),
        (SCAFFOLD.replace("    pass\n", "    labels[0] = 1\n"), {"predict"}),
        (SCAFFOLD.replace("0.0  # TODO", "1.0"), {"Net.train"}),
        (SCAFFOLD.replace('"?"', '"a"'), {"ANSWERS"}),
    ],
)
def test_each_exercise_is_compared_with_the_starters_own(text, names):
    starter = outline("knn.py", SCAFFOLD.encode(), EXERCISES).codes
    assert outline("knn.py", text.encode(), EXERCISES, starter).written.keys() == names
    assert of_scaffold({"knn.py": SCAFFOLD, "mine.py": text}).taken.path == "mine.py"


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


PREDICT = "def predict(X):\n    return X\n"
NET = "class Net:\n    def train(self, X):\n        return X\n"
ANSWERED = "ANSWERS = {'first': 'a'}\n"


def shared(files: Mapping[str, str | bytes], dates: Mapping[str, int] | None = None) -> dict:
    """Return the taken file with "", and what is taken from which other file."""
    choice = chosen(files, dates)
    return {choice.taken.path: ()} | {one.member.path: one.names for one in choice.shares}


def test_files_that_wrote_different_exercises_are_one_submission():
    choice = chosen({"part1.py": PREDICT + ANSWERED, "part2.py": NET})
    assert choice.taken.path == "part1.py"
    assert [(one.member.path, one.names, one.module) for one in choice.shares] == [
        ("part2.py", ("Net",), "")
    ]
    assert choice.notes == ("'part2.py' is graded, too: Net",)
    assert choice.passed_over == ()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.py": PREDICT, "knn.py": NET}, {"knn.py": (), "a.py": ("predict",)}),
        (
            {"a.py": PREDICT, "b.ipynb": notebook(NET), "c.py": ANSWERED},
            {"a.py": (), "b.ipynb": ("Net",), "c.py": ("ANSWERS",)},
        ),
        (  # each is the whole handout, with other gaps filled in
            {"a.py": WORK, "b.py": STARTER.replace("None", "'b'"), "c.py": STARTER},
            {"a.py": (), "b.py": ("ANSWERS",)},
        ),
        (  # what one more holds is the same again
            {"a.py": PREDICT + NET, "b.py": NET + ANSWERED, "c.py": PREDICT + ANSWERED},
            {"a.py": (), "b.py": ("ANSWERS",)},
        ),
        (  # what lies below is older where both wrote it, and else is work like any other
            {"knn.py": MORE, "src/a.py": OTHER.replace("None", "'b'")},
            {"knn.py": (), "src/a.py": ("ANSWERS",)},
        ),
        (  # two old ones that differ are not asked for what the new one has dropped
            {"knn.py": MORE, "1/a.py": PREDICT + ANSWERED, "2/a.py": ANSWERED.replace("a", "b")},
            {"knn.py": ()},
        ),
    ],
)
def test_an_exercise_is_taken_from_the_file_that_wrote_it(files, expected):
    assert shared(files) == expected


def test_a_module_shares_what_the_file_that_imports_it_does_not_take_itself():
    main = "import layers\n\n\ndef predict(X):\n    return layers.Net().train(X)\n"
    choice = chosen({"main.py": main, "layers.py": NET})
    assert [(one.member.path, one.names, one.module) for one in choice.shares] == [
        ("layers.py", ("Net",), "layers")
    ]
    for taken in ("from layers import *", "from layers import Net"):
        assert shared({"main.py": main.replace("import layers", taken), "layers.py": NET}) == {
            "main.py": ()
        }
    run = notebook("%run ./layers.ipynb\n" + PREDICT)
    assert shared({"hw.ipynb": run, "layers.ipynb": notebook(NET)}) == {"hw.ipynb": ()}


def test_two_parts_that_differ_in_one_exercise_are_a_question():
    files = {"a.py": PREDICT + NET, "b.py": PREDICT.replace("X\n", "-X\n") + ANSWERED}
    assert "could each be" in why_not(files)
    expected = {"b.py": (), "a.py": ("Net",)}
    assert shared(files, {"a.py": 1, "b.py": 2}) == expected


def test_methods_of_one_class_in_several_files_are_taken_one_by_one():
    wanted = Wanted("knn", ("Net.train", "Net.predict", "Net.loss"))
    files = {
        "a.py": "class Net:\n    def train(self): return 1\n    def loss(self): pass\n",
        "b.py": "class Net:\n    def predict(self): return 1\n    def loss(self): return 2\n",
    }
    choice = choose([member(path, text) for path, text in files.items()], wanted)
    assert choice.taken.path == "b.py"
    assert [(one.member.path, one.names) for one in choice.shares] == [("a.py", ("Net.train",))]


def test_a_later_version_takes_the_place_of_all_of_an_earlier_one():
    files = {
        "HW 1/Version 1/knn.py": MORE,
        "HW 1/Version 10/knn.py": OTHER,
        "HW 1/Version 9/extra.py": ANSWERED,
        "HW 1/Version 11/report.txt": "",
    }
    choice = chosen({path: text for path, text in files.items() if path.endswith(".py")})
    assert (choice.taken.path, choice.shares) == ("HW 1/Version 10/knn.py", ())
    assert choice.notes == (
        "'HW 1/Version 1/knn.py' is not graded: there is a version 10",
        "'HW 1/Version 9/extra.py' is not graded: there is a version 10",
    )
    assert taken({"Attempt 2/knn.py": "x = 1\n", "Attempt 1/knn.py": WORK}) == "Attempt 2/knn.py"
    assert "could each be" in why_not({"a/Version 1/knn.py": WORK, "b/Version 2/knn.py": OTHER})


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
