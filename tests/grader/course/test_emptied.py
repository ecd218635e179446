"""What the handout shows of an exercise, and that the answer is not in it."""

from pathlib import Path

import pytest

from grader.course.emptied import emptied, emptied_but, require_exercise
from grader.course.source import parse_source
from grader.errors import CourseError


def of(text):
    return parse_source(text, Path("x.py"))


def test_a_function_keeps_signature_and_docstring_only(reference):
    assert emptied(of(reference), "mean", ["mean"]) == (
        "def mean(values: Sequence[float]) -> float:\n"
        '    """Return the mean of `values`.\n'
        "\n"
        "    Raises:\n"
        "        ValueError: there are none.\n"
        '    """\n'
        "    # YOUR CODE HERE\n"
        '    raise NotImplementedError("mean is not written yet")'
    )


def test_a_class_loses_the_bodies_of_its_exercises_in_place(reference):
    text = emptied(of(reference), "Scaler", ["mean", "Scaler.transform", "Scaler.fit"])
    assert text == (
        "class Scaler:\n"
        '    """Shift and scale columns."""\n'
        "\n"
        "    def __init__(self, width=1.0):\n"
        "        self.width = width  # of the result\n"
        "\n"
        "    @staticmethod\n"
        "    def name() -> str:\n"
        '        """Return the name."""\n'
        '        return "scaler"\n'
        "\n"
        "    def fit(self, X):\n"
        '        """Remember mean and deviation of each column of X: (N, D)."""\n'
        "        # YOUR CODE HERE\n"
        '        raise NotImplementedError("Scaler.fit is not written yet")\n'
        "\n"
        "    # What fit remembered, transform applies.\n"
        "    def transform(self, X):\n"
        '        """Return (X - shift) / scale."""\n'
        "        # YOUR CODE HERE\n"
        '        raise NotImplementedError("Scaler.transform is not written yet")'
    )


def test_a_method_that_is_no_exercise_is_given_in_full(reference):
    text = emptied(of(reference), "Scaler", ["Scaler.fit"])
    assert "return (X - self.shift) / self.scale" in text


def test_a_dict_loses_its_values_and_the_comments_beside_them(reference):
    assert emptied(of(reference), "ANSWERS", ["ANSWERS"]) == (
        "ANSWERS = {  # one letter for each\n"
        "    # Is the mean moved by one outlier?  a) yes  b) no\n"
        '    "outlier": None,\n'
        "    # Which é is scaled?\n"
        '    "é": (\n'
        "\n"
        "        None\n"
        "    ),\n"
        '    "many": None,\n'
        "}"
    )


def test_a_dict_on_one_line_after_other_statements_is_emptied():
    text = "x = 1\n\nA: dict[str, int] = {'é': 1, 'b': {'c': 2}}  # 1 and 2\n"
    assert emptied(of(text), "A", ["A"]) == "A: dict[str, int] = {'é': None, 'b': None}"


def test_comments_after_the_last_statement_of_a_method_go_with_its_body():
    text = (
        "class A:\n"
        "    def f(self):\n"
        '        """Doc."""\n'
        "        return 42\n"
        "\n"
        "        # 42 is the answer\n"
        "\n"
        "    x = 1\n"
    )
    assert "answer" not in emptied(of(text), "A", ["A.f"])
    assert emptied(of(text), "A", ["A.f"]).endswith("\n\n    x = 1")


def test_tabs_stay_tabs():
    text = 'def f():\n\t"""Doc."""\n\treturn 1\n'
    assert "\n\t# YOUR CODE HERE\n\traise" in emptied(of(text), "f", ["f"])


EXERCISES = ["mean", "Scaler.fit", "Scaler.transform", "ANSWERS"]


def test_all_exercises_but_some_are_emptied_in_their_places(reference):
    text = emptied_but(of(reference), {"Scaler.transform"}, EXERCISES)
    assert "return (X - self.shift) / self.scale" in text
    for answer in ("fsum", "self.shift = X.mean", '"a"'):
        assert answer in reference
        assert answer not in text
    rest = text.split("ANSWERS = {")
    assert text.startswith(reference[: reference.index("    _require_some(values)")])
    assert rest[1].endswith(reference[reference.index("\n\n\ndef _require_some") :])


def test_nothing_is_emptied_where_all_is_kept(reference):
    assert emptied_but(of(reference), EXERCISES, EXERCISES) == reference


REFUSED = [
    ("def f():\n    return 1\n", "f has no docstring; write what students read"),
    ('def f(): "Doc."; return 1\n', "f: give the docstring lines of its own"),
    ('def f():\n    "Doc."; return 1\n', "f: give the docstring lines of its own"),
    ("f = dict(a=1)\n", "f must be a dict written out"),
    ("f = {**{}, 'a': 1}\n", "f must be a dict written out"),
    ("f: dict\n", "f must be a dict written out"),
    ("class f:\n    pass\n", "f is a class; name its methods"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_cannot_be_emptied_is_no_exercise(text, message):
    with pytest.raises(CourseError, match=rf"^x\.py:1: {message}"):
        require_exercise(of(text), "f")


@pytest.mark.parametrize("name", ["mean", "Scaler.fit", "ANSWERS"])
def test_what_can_be_emptied_is_accepted(name, reference):
    require_exercise(of(reference), name)
