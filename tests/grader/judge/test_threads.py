"""A course that starts threads when it is imported is named, before a judge is forked from it."""

import re
import textwrap
import threading
import time

import pytest

from grader.errors import CourseError
from grader.judge.diagnose import DeclaredMistake

pytestmark = pytest.mark.slow

STARTS = """\
import threading, time
threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
"""
JOINS = """\
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    TABLE = list(pool.map(abs, range(-9, 0)))
"""
TEST = '''
@points(1)
def test_f(submission):
    """f works."""
'''


@pytest.fixture(autouse=True)
def _last_threads_have_ended():
    """Let the threads of one test end before the next one counts."""
    yield
    for thread in threading.enumerate():
        if getattr(thread, "_target", None) is time.sleep:
            thread.join()


def test_a_reference_that_starts_a_thread_is_named_with_the_line(course):
    course.write(TEST)
    course.reference += STARTS
    with pytest.raises(CourseError, match=r"tiny\.py: starts threads .* \(line 4\)") as caught:
        course.checks()
    assert "compute inside functions" in str(caught.value)


def test_a_mistake_that_starts_a_thread_is_named(course):
    course.write(TEST)
    course.mistakes = [DeclaredMistake("late", "f", "", f"{course.reference}\n{STARTS}")]
    with pytest.raises(CourseError, match=r"mistake_late\.py: starts threads .* \(line 5\)"):
        course.checks()


def test_a_suite_that_starts_a_thread_is_named(course):
    course.write(STARTS + textwrap.dedent(TEST))
    with pytest.raises(CourseError, match=re.escape("test_tiny.py: starts threads")):
        course.checks()


def test_threads_that_have_ended_do_no_harm(course):
    course.write(JOINS + textwrap.dedent(TEST))
    course.reference += JOINS
    assert [check.id for check in course.checks()] == ["hidden/test_f"]


def test_statements_that_are_executed_one_by_one_keep_the_flags_of_the_file(course):
    course.write(TEST)
    course.reference = (
        '"""Doc."""\nfrom __future__ import annotations\n'
        'def f(x: not_defined): return 2 * x\nassert __doc__ == "Doc."\n'
    )
    assert len(course.checks()) == 1
