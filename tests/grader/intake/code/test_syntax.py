"""What is left of code that does not parse, and why the rest is not Python."""

import pytest

from grader.intake.code.syntax import Problem, parse


def problem(text: str) -> Problem:
    (found,) = parse(text).problems
    return found


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('print "loss", x', "print is a function: print(...)"),
        ("print x", "print is a function: print(...)"),
        ("exec 'x = 1'", "exec is a function: exec(...)"),
        ("raise ValueError, 'no'", "it is `raise ValueError(...)`"),
        ("x <> 1", "`<>` is `!=`"),
        ("x = 017", "it is 0o17 for 017, and 17 for 17L"),
        ("x = 17L", "it is 0o17 for 017, and 17 for 17L"),
    ],
)
def test_python_2_is_called_by_its_name(line, told):
    found = problem(f"a = 1\ndef f(x):\n    {line}\n    return x\ndef g(): pass\n")
    assert found.reason == f"this is Python 2: in Python 3, {told}"
    assert (found.line, found.part) == (3, "def f(x):")


@pytest.mark.parametrize("line", ["print(x", "x = = 1", "x = 0x1g", "return x y"])
def test_other_errors_keep_pythons_words(line):
    found = problem(f"def f(x):\n    {line}\n")
    assert "Python 2" not in found.reason


def test_line_numbers_in_pythons_words_count_from_the_first_line_of_the_file():
    found = parse("x = 1\n\ndef f(x):\n\ny = 2\n", first=11).problems[0]
    assert found.line == 3
    assert found.reason == "expected an indented block after function definition on line 13"


def test_marks_of_a_merge_are_told_once_for_each_pair():
    parsed = parse("<<<<<<< a\nx = 1\n=======\nx = 2\n>>>>>>> b\n")
    assert [problem.line for problem in parsed.problems] == [1]
    assert len(parsed.statements) == 2
    assert parsed.text.split("\n")[3] == "x = 2"


def test_a_row_of_signs_is_no_mark():
    text = "x = '''\n=======\n<<<<<<< a\n'''\n"
    assert parse(text).text == text


def test_a_broken_class_is_taken_without_the_broken_method():
    text = "class A:\n    def a(self): pass\n    def b(self) pass\n\nx = 1\n"
    parsed = parse(text)
    assert [type(statement.node).__name__ for statement in parsed.statements] == [
        "ClassDef",
        "Assign",
    ]
    assert parsed.text == text.replace("def b(self) pass", "pass")
