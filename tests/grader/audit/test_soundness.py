"""An audit accepts a sound assignment and names the hole of one that is not."""

import shutil

import pytest


@pytest.fixture
def course(tiny, tmp_path):
    shutil.copytree(tiny, tmp_path / "course")
    return tmp_path / "course"


def change(course, file, old, new):
    replace(course / "assignments" / "tiny" / file, old, new)


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_sound_assignment_passes(grader, tiny):
    done = grader("audit", "tiny", "--course", tiny)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "reference: 10 of 10 points" in done.stdout
    assert "starter: 0 of 10 points" in done.stdout
    assert "ok    each exercise alone: 10 of 10 points" in done.stdout


def test_a_suite_that_refuses_the_reference_is_a_hole(grader, course):
    change(course, "hidden/test_tiny.py", "sum(numbers)", "sum(numbers) + 1")
    done = grader("audit", "--course", course)
    assert done.returncode == 2
    assert "hidden/test_counter_adds_up_random_numbers does not pass" in done.stdout


def test_audit_says_why_the_reference_loses_points(grader, course):
    reference = course / "reference" / "tiny.py"
    replace(reference, "import numpy", "import jinja2\nimport numpy")
    replace(reference, "    return 2 *", "    assert jinja2\n    return 2 *")
    done = grader("audit", "--course", course)
    assert done.returncode == 2
    assert "line 3 of tiny.py could not be imported: ModuleNotFoundError: jinja2 is" in done.stdout


def test_a_check_that_the_starter_passes_is_a_hole(grader, course):
    change(
        course,
        "hidden/test_tiny.py",
        'assert submission.ANSWERS["derivative"] == reference.ANSWERS["derivative"]',
        'assert "derivative" in submission.ANSWERS',
    )
    done = grader("audit", "--course", course)
    assert done.returncode == 2
    assert "hidden/test_derivative passes without any work" in done.stdout


def test_a_mistake_that_no_hidden_check_catches_is_a_hole(grader, course):
    change(course, "hidden/test_tiny.py", "assert counter.total == sum(numbers)", "assert True")
    done = grader("audit", "--course", course)
    assert done.returncode == 2
    assert "mistake forgets in Counter.add" in done.stdout
    assert "no hidden check of the exercise catches it" in done.stdout


def test_an_exercise_without_points_is_a_hole(grader, course):
    mark = '@pytest.mark.exercise("ANSWERS")'
    change(course, "hidden/test_tiny.py", f"points(1)\n{mark}", f"points(0)\n{mark}")
    done = grader("audit", "--course", course)
    assert done.returncode == 2
    assert "no check gives points for ANSWERS" in done.stdout


def lean(course):
    """Let the gradient of mean_square call another exercise."""
    for path in (course / "reference/tiny.py", course / "assignments/tiny/mistakes.toml"):
        replace(path, "2 * x / x.size", "double(x) / x.size")


def test_an_exercise_that_leans_on_another_is_a_hole(grader, course):
    lean(course)
    done = grader("audit", "--course", course)
    assert done.returncode == 2
    assert "reference: 10 of 10 points" in done.stdout
    assert "hole  each exercise alone: 7 of 10 points" in done.stdout
    assert done.stdout.count("leans on another exercise") == 1
    assert (
        "mean_square leans on another exercise: with the others empty, "
        "hidden/test_value_and_gradient does not pass: error"
    ) in done.stdout


def test_an_exercise_may_build_on_what_its_assignment_says(grader, course):
    lean(course)
    change(
        course, "assignment.toml", "imports", 'builds_on = { mean_square = ["double"] }\nimports'
    )
    done = grader("audit", "--course", course)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_decides_nothing_or_pays_for_no_answer_is_a_hole(grader, course):
    lenient = "counter.total == 1\n    assert counter.total >= 0"
    change(course, "hidden/test_tiny.py", "assert counter.total == sum(numbers)", lenient)
    done = grader("audit", "--course", course)
    assert done.returncode == 2
    assert "counter.total == 1 is computed and thrown away; write assert" in done.stdout
    assert "passes when Counter.add answers None" in done.stdout
