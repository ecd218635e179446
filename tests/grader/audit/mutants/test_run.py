"""Mutants find a suite with holes, and nothing in one without; no mutant stops the others."""

import json
import shutil

import msgspec
import pytest

from grader.audit.mutants.mutant import mutants
from grader.audit.mutants.run import try_mutants
from grader.course.course import Course
from grader.errors import CourseError

pytestmark = [pytest.mark.processes, pytest.mark.slow]

WEAK = """
import pytest

@pytest.mark.points(1)
@pytest.mark.exercise("mean_square")
def test_weak(submission, reference, rng, close):
    '''The value of one number is right.'''
    x = rng.normal(size=1)
    close(submission.mean_square(x)[0], reference.mean_square(x)[0])
"""


@pytest.fixture
def course(tiny, tmp_path):
    shutil.copytree(tiny, tmp_path / "course")
    return tmp_path / "course"


def tried(course, **options):
    return try_mutants(Course(course).assignment("tiny"), 2, **options)


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_strong_suite_kills_every_mutant_and_the_page_says_so(grader, course, tmp_path):
    hint = '"hint: the total is kept between calls"'
    suite = course / "assignments/tiny/hidden/test_tiny.py"
    replace(suite, hint, f"{hint}\n    assert counter.add(1) == counter.total")
    done = grader("audit", "--course", course, "--mutants", "--jobs", "2", "--out", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    found = len(mutants(Course(course).assignment("tiny")))
    assert f"tiny: {found} of {found} mutants killed (100 %)" in done.stdout
    told = json.loads((tmp_path / "mutants.json").read_bytes())["assignments"][0]
    assert (told["score"], told["untried"], len(told["mutants"])) == (1.0, 0, found)
    assert "tiny: 100 %" in (tmp_path / "mutants.html").read_text()


def test_a_weak_suite_is_found_with_diff_and_nearest_check(grader, course, tmp_path):
    suite = course / "assignments/tiny/hidden/test_tiny.py"
    start, rest = suite.read_text().split("@pytest.mark.points(3)", 1)
    suite.write_text(start + WEAK + "@pytest.mark.points(2)" + rest.split("points(2)", 1)[1])
    done = grader("audit", "--course", course, "--mutants", "--out", tmp_path / "kept")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "in mean_square: `2 * x * x.size` for `2 * x / x.size`" in done.stdout
    assert "+    return (float((x * x).mean()), 2 * x * x.size)" in done.stdout
    assert "nearest check: hidden/test_weak" in done.stdout
    told = json.loads((tmp_path / "kept/mutants.json").read_bytes())["assignments"][0]
    (part,) = (part for part in told["exercises"] if part["exercise"] == "mean_square")
    words = {m["words"] for m in told["mutants"] if m["fate"] == "survived"}
    assert part["score"] < 0.7
    assert "`(x * x).sum()` for `(x * x).mean()`" in words
    assert not any("double" in m["exercise"] for m in told["mutants"] if m["fate"] == "survived")


def test_endless_and_ended_mutants_stop_nothing(course):
    replace(
        course / "reference/tiny.py",
        "    return 2 * np.asarray(x)",
        "    if x is None:\n        __import__('os')._exit(3)\n"
        "    n = 1\n    while n < 2:\n        n += 1\n    return n * np.asarray(x)",
    )
    found = tried(course)
    notes = {m.words: m.note for m in found.mutants}
    assert notes["no `n += 1`"] == "took too long"
    assert notes["`x is not None` for `x is None`"] == "ended its process"
    assert found.untried == 0
    assert found.count("killed") > 20


def test_a_run_that_was_stopped_goes_on_and_a_changed_suite_begins_anew(course, tmp_path):
    log = tmp_path / "kept" / "tiny.jsonl"
    whole = tried(course, log=log)
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:5]) + lines[5][:20])
    again = tried(course, log=log)
    assert again.mutants == whole.mutants
    assert len(log.read_bytes().splitlines()) == len(lines)
    replace(course / "assignments/tiny/hidden/test_tiny.py", "size=7", "size=8")
    tried(course, log=log)
    assert len(log.read_bytes().splitlines()) == len(lines)
    assert not set(log.read_bytes().splitlines()) & {line.strip() for line in lines}


def test_what_answers_the_same_is_found_and_a_mark_needs_a_survivor(course):
    replace(
        course / "reference/tiny.py",
        "2 * x / x.size\n",
        "2 * np.where(x >= 0, x, -np.abs(x)) / x.size\n",
    )
    found = tried(course)
    same = ["`x > 0` for `x >= 0`", "`x >= -1` for `x >= 0`"]
    assert [m.words for m in found.mutants if m.fate == "the same"] == same
    marks = course / "assignments/tiny/mutants.toml"
    marks.write_text(
        '[[equivalent]]\nat = "np.where("\nmutants = ["`x > 0`"]\nreason = "x is 0 at 0"\n'
        '[[equivalent]]\nexercise = "double"\nat = "3 *"\nreason = "no such line"\n'
    )
    found = tried(course)
    (marked,) = (m for m in found.mutants if m.fate == "equivalent")
    assert (marked.words, marked.note) == ("`x > 0` for `x >= 0`", "x is 0 at 0")
    assert found.stale == ["double, 3 *"]


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('exercise = "dubble"\nat = "2"\nreason = "r"', "did you mean 'double'"),
        ('reason = "r"', "names no mutant"),
        ('at = "2"', "reason"),
    ],
)
def test_a_mark_that_is_wrong_is_named(course, mark, said):
    path = course / "assignments/tiny/mutants.toml"
    path.write_text(f"[[equivalent]]\n{mark}\n")
    with pytest.raises(CourseError, match=said):
        tried(course)


def test_a_reference_that_loses_points_is_no_ground_for_mutants(course):
    replace(course / "assignments/tiny/hidden/test_tiny.py", "sum(numbers)", "sum(numbers) + 1")
    with pytest.raises(CourseError, match="test_counter_adds_up_random_numbers does not pass"):
        tried(course)


def test_a_reference_that_ends_its_process_is_no_ground_either(course):
    replace(
        course / "reference/tiny.py",
        "    return 2 *",
        "    __import__('os')._exit(0)\n    return 2 *",
    )
    with pytest.raises(CourseError, match="double ended the process of its checks"):
        tried(course)


def test_a_sample_says_how_many_were_not_tried(course):
    assert tried(course, quick=True).untried == 0


def test_only_what_students_write_is_mutated(course):
    replace(
        course / "reference/tiny.py",
        "def double",
        "def _twice(x):\n    return 2 * x\n\n\ndef double",
    )
    replace(
        course / "reference/tiny.py", "return 2 * np.asarray(x)", "return _twice(np.asarray(x))"
    )
    found = {m.functions: m.text for m in mutants(Course(course).assignment("tiny"))}
    lines = [m.code for m in mutants(Course(course).assignment("tiny"))]
    assert ("double",) in found
    assert "return 2 * x" in lines  # a helper that students do not get
    assert not any("self.total = start" in line for line in lines)  # the starter has it


def test_scores_can_be_read_back(course):
    found = tried(course)
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found
