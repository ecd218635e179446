"""A mistake is the reference with one thing wrong in it, and in the right place."""

import re
from pathlib import Path

import pytest

from grader.course.mistakes import Mistake, Patch, load_mistakes, patched
from grader.errors import CourseError

MISTAKES = "assignments/scaling/mistakes.toml"


def mistake(exercise, *patches):
    made = tuple(Patch(*patch) for patch in patches)
    return Mistake("slip", exercise, "Look again.", made, Path("mistakes.toml"))


def test_listed_mistakes_are_loaded(assignment):
    first, second = load_mistakes(assignment)
    assert (first.name, first.exercise) == ("sum_for_mean", "mean")
    assert first.hint == "Divide by the number of values."
    assert first.patches == (Patch("total / len(values)", "total"),)
    assert second.patches[0].find.startswith("self.scale = ")


def test_an_assignment_may_list_none(assignment):
    assignment.mistakes_path.unlink()
    assert load_mistakes(assignment) == ()


def test_a_patched_reference_is_wrong_where_it_is_patched_and_nowhere_else(assignment, reference):
    first, _ = load_mistakes(assignment)
    text = patched(first, reference)
    assert text == reference.replace("return total / len(values)", "return total")
    module = {}
    exec(text, module)
    assert module["mean"]([1.0, 2.0]) == 3.0


def test_a_block_may_be_written_without_its_indentation(assignment, reference):
    _, second = load_mistakes(assignment)
    lines = patched(second, reference).split("\n")
    at = lines.index("        if self.width > 0:")
    assert lines[at + 1 : at + 4] == [
        "            if True:",
        "                self.scale = X.std(axis=0)",
        "        return self",
    ]


def test_a_block_may_be_written_with_its_indentation(reference):
    find = "        self.shift = X.mean(axis=0)\n        if self.width > 0:\n"
    replace = "        self.shift = 0\n        if self.width < 0:\n"
    text = patched(mistake("Scaler.fit", (find, replace)), reference)
    assert text == reference.replace(find, replace)


def test_a_line_may_become_a_block(reference):
    slip = mistake("Scaler.fit", ("self.shift = X.mean(axis=0)", "if True:\n    self.shift = 0"))
    assert "        if True:\n            self.shift = 0\n" in patched(slip, reference)


def test_a_line_may_be_removed(reference):
    slip = mistake("Scaler.fit", ("self.scale /= self.width", ""))
    assert "/= self.width" not in patched(slip, reference)


def test_an_answer_is_an_exercise_too(reference):
    assert '"outlier": "b",' in patched(mistake("ANSWERS", ('"a",  #', '"b",  #')), reference)


def test_several_patches_each_see_the_reference_and_not_one_another(reference):
    slip = mistake("mean", ("math.fsum(values)", "len(values)"), ("/ len(values)", "/ total"))
    text = patched(slip, reference)
    assert "total = len(values)" in text
    assert "return total / total" in text


MISFITS = [
    ("mean", [("totall / len(values)", "total")], "occurs nowhere in mean, and must occur once"),
    ("mean", [("return total / len(value)", "x")], "; did you mean 'return total / len(values)'?"),
    ("mean", [("totall /", "x")], "; did you mean 'total / '?"),
    ("mean", [("values", "v")], "occurs 6 times in mean"),
    ("mean", [("self.shift = X.mean(axis=0)", "pass")], "occurs nowhere in mean"),
    ("mean", [("total = math", "total = ="), ("= math.fsum", "= 1")], "two patches overlap"),
    (
        "mean",
        [("return total", "return return")],
        "is not Python (invalid syntax in 'return return",
    ),
]


@pytest.mark.parametrize(("exercise", "patches", "message"), MISFITS)
def test_a_patch_that_does_not_fit_is_refused(exercise, patches, message, reference):
    with pytest.raises(CourseError, match=re.escape(message)) as info:
        patched(mistake(exercise, *patches), reference)
    assert str(info.value).startswith("mistakes.toml: mistake slip: ")


def test_a_block_that_occurs_twice_is_refused():
    text = (
        'def f():\n    """Doc."""\n    if 1:\n        a = 1\n        b = 2\n    a = 1\n    b = 2\n'
    )
    with pytest.raises(CourseError, match="occurs 2 times in f"):
        patched(mistake("f", ("a = 1\nb = 2", "pass")), text)


WRONG = [
    ('hint = "Divide', 'hnit = "Divide', "unknown key 'mistake sum_for_mean: hnit'; did you mean"),
    ('hint = "Divide by the number of values."', "", "mistake sum_for_mean: hint is missing"),
    ('"sum_for_mean"', '"Sum for mean"', "name must be a snake_case name"),
    ('"sum_for_mean"', '"width_forgotten"', "two mistakes are named 'width_forgotten'"),
    (
        '"mean"',
        '"meen"',
        "exercise must be one of assignment.toml, got 'meen'; did you mean 'mean'",
    ),
    ('replace = "total"', 'repalce = "total"', "did you mean 'replace'?"),
    ('replace = "total"', 'replace = "total / len(values)"', "replace must be different"),
    ('find = "total / len(values)"', 'find = ""', "find must be a text of the exercise"),
    ('[ { find = "total / len(values)", replace = "total" } ]', "[]", "patch must be a list of {"),
    ('[ { find = "total / len(values)", replace = "total" } ]', "[3]", "must be a table, got 3"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_a_wrong_mistakes_toml_is_refused(assignment, edit, old, new, message):
    edit(MISTAKES, old, new)
    with pytest.raises(CourseError, match=re.escape(message)) as info:
        load_mistakes(assignment)
    assert str(info.value).startswith(str(assignment.mistakes_path))
