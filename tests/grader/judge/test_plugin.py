"""A suite that is declared wrongly is refused in one line that names the file and the remedy."""

import numpy as np
import pytest

from grader.errors import CourseError
from grader.record.check import Check


def refusal(course):
    with pytest.raises(CourseError) as caught:
        course.collect(lambda suite: pytest.fail("it was served"))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_check_is_declared_by_its_marks_and_the_first_line_of_its_docstring(course):
    course.write('''
        @points(3, "g")
        def test_one(submission):
            """The first line.

            More for the author.
            """
        ''')
    assert course.checks() == [Check("hidden/test_one", "The first line.", "g", "hidden", 3)]


def test_checks_are_in_the_order_of_the_file_and_their_ids_name_the_suite(course):
    course.suites = ("public", "hidden")
    for suite in course.suites:
        course.write(
            '''
            @points(1)
            def test_b(submission):
                """B."""
            @points(2)
            def test_a(submission):
                """A."""
            ''',
            f"{suite}/test_tiny.py",
        )
    assert [check.id for check in course.checks()] == [
        "public/test_b",
        "public/test_a",
        "hidden/test_b",
        "hidden/test_a",
    ]


def test_a_parametrized_function_is_one_check(course):
    course.write('''
        @points(4)
        @pytest.mark.parametrize("n", [1, 2, 3])
        @pytest.mark.parametrize("m", ["a", "b"])
        def test_many(submission, n, m):
            """Many."""
        ''')
    (check,) = course.checks()
    assert (check.id, check.points) == ("hidden/test_many", 4)


def test_methods_of_a_class_are_checks_and_take_its_marks(course):
    course.write('''
        @pytest.mark.exercise("g")
        class TestG:
            @pytest.mark.points(1)
            def test_one(self, submission):
                """One."""
        class TestF:
            @points(2)
            def test_one(self, submission):
                """One."""
        ''')
    assert [(c.id, c.exercise, c.points) for c in course.checks()] == [
        ("hidden/TestG.test_one", "g", 1),
        ("hidden/TestF.test_one", "f", 2),
    ]


def test_a_check_worth_nothing_is_a_check(course):
    course.write('@points(0)\ndef test_free(submission):\n    """Free."""')
    assert course.checks()[0].points == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '@points(1)\ndef test_x(submission): pass',
            "test_x: has no docstring; its first line is what the student reads",
        ),
        (
            '@points(1)\ndef test_x(submission):\n    """   """',
            "test_x: has no docstring",
        ),
        (
            '@pytest.mark.exercise("f")\ndef test_x(submission):\n    """X."""',
            "test_x: needs @pytest.mark.points(...) with one value",
        ),
        (
            '@pytest.mark.points(1)\ndef test_x(submission):\n    """X."""',
            "test_x: needs @pytest.mark.exercise(...) with one value",
        ),
        (
            '@pytest.mark.points()\ndef test_x(submission):\n    """X."""',
            "test_x: needs @pytest.mark.points(...) with one value",
        ),
        (
            '@points(1.5)\ndef test_x(submission):\n    """X."""',
            "test_x: points must be a whole number >= 0, got 1.5",
        ),
        ('@points(-1)\ndef test_x(submission):\n    """X."""', "got -1"),
        ('@points(True)\ndef test_x(submission):\n    """X."""', "got True"),
        ('@points("3")\ndef test_x(submission):\n    """X."""', "got '3'"),
        (
            '@points(1, "svm_los")\ndef test_x(submission):\n    """X."""',
            "test_x: no exercise is named 'svm_los'; did you mean 'svm_loss'?",
        ),
        (
            '@points(1, ["f"])\ndef test_x(submission):\n    """X."""',
            "no exercise is named ['f']",
        ),
        (
            '@pytest.mark.pionts(1)\n@points(1)\ndef test_x(submission):\n    """X."""',
            "'pionts' not found in `markers` configuration option; did you mean 'points'?"
            " (line 8 of test_tiny.py)",
        ),
    ],
)  # fmt: skip
def test_a_check_that_is_declared_wrongly_is_refused(course, text, words):
    course.exercises = ["f", "svm_loss"]
    course.write(text)
    message = refusal(course)
    assert "hidden/test_tiny.py" in message
    assert words in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "import no_such_module",
            "ModuleNotFoundError: No module named 'no_such_module' (line 8 of test_tiny.py)",
        ),
        ("x = 0\n1 / x", "ZeroDivisionError: division by zero (line 9 of test_tiny.py)"),
        ("def test_x(:", "SyntaxError: invalid syntax (test_tiny.py, line 8)"),
        ("raise ValueError('two\\nlines')", "ValueError: two lines (line 8 of test_tiny.py)"),
        ("@pytest.mark.xyz\ndef test_x(): 'X.'", "'xyz' not found in `markers` configuration op"),
        ("@pytest.mark.parametrize('n', [1])\ndef test_x(submission): 'X.'", "n"),
    ],
)
def test_a_suite_that_cannot_be_imported_is_refused(course, text, words):
    course.write(text)
    message = refusal(course)
    assert "test_tiny.py" in message
    assert words in message


def test_a_problem_in_one_file_stops_the_whole_suite(course):
    course.write('@points(1)\ndef test_x(submission):\n    """X."""')
    course.write("1 / 0", "hidden/test_broken.py")
    assert "test_broken.py" in refusal(course)


def test_two_checks_of_one_name_are_refused(course):
    for name in ("test_a", "test_b"):
        course.write('@points(1)\ndef test_x(submission):\n    """X."""', f"hidden/{name}.py")
    assert "two checks are named hidden/test_x; rename one" in refusal(course)


def test_an_empty_suite_is_refused(course):
    course.write("def helper(): pass")
    assert "found no checks" in refusal(course)


def test_a_folder_that_is_not_there_is_refused(course):
    assert str(course.root) in refusal(course)


def test_a_reference_that_does_not_run_is_refused(course):
    course.reference = "import numpy\n1 / 0\n"
    course.write('@points(1)\ndef test_x(submission):\n    """X."""')
    message = refusal(course)
    assert "tiny.py: cannot be executed" in message


def test_settings_of_the_course_folder_are_not_read(course):
    (course.root / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    course.write('@points(1)\ndef test_x(submission):\n    """X."""')
    assert len(course.checks()) == 1


def test_data_comes_as_fresh_arrays(course, judge):
    (course.root / "data").mkdir()
    np.savez(course.root / "data" / "digits.npz", x=np.arange(3), y=np.ones(2))
    course.write('''
        @points(1)
        def test_x(data, submission):
            """X."""
            first, second = data("digits"), data("digits")
            first["x"][:] = 9
            assert sorted(second) == ["x", "y"]
            assert second["x"].tolist() == [0, 1, 2]
        @points(1)
        def test_y(data, submission):
            """Y."""
            with pytest.raises(Exception, match="no such data; did you mean 'digits'"):
                data("digit")
        ''')
    assert [outcome.outcome for outcome in judge("")] == ["passed", "passed"]


def test_random_numbers_depend_on_seed_check_and_parameter_only(course, judge):
    course.write('''
        @points(1)
        def test_x(rng, submission):
            """X."""
            assert False, f"hint: {rng.random()}"
        @points(1)
        def test_y(rng, submission):
            """Y."""
            submission.f()
            assert False, f"hint: {rng.random()}"
        @points(1)
        @pytest.mark.parametrize("n", [1, 2])
        def test_z(rng, submission, n):
            """Z."""
            assert n == 1 or False, f"hint: {rng.random()}"
        ''')
    first, again, other = (
        [outcome.hint for outcome in judge("def f(): return 1", seed=seed)] for seed in (1, 1, 2)
    )
    assert first == again
    assert len({*first, *other}) == 6
