"""What the documents say works as they say it."""

import re
from pathlib import Path

import pytest

from grader.course.assignment import Manifest
from grader.course.first import first_course
from grader.judge.verdict import FIXTURES
from grader.sandbox.terms import Limits

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "course.md").read_text()
FILES = dict(re.findall(r"^### `(\S+)`\n.*?^```\w+\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE))


@pytest.fixture
def guided(tmp_path):
    """The course that docs/course.md makes."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_the_guide_explains_the_files_that_grader_new_writes():
    assert {name: text.encode() for name, text in FILES.items()} == first_course("stats")


def test_the_course_of_the_guide_is_sound(guided, grader):
    assert len(FILES) == 6
    done = grader("audit", "--course", ".", cwd=guided)
    assert done.stdout.endswith("sound\n"), done.stdout + done.stderr
    assert done.returncode == 0


def test_the_course_of_the_guide_is_not_sound_when_a_mistake_gets_through(guided, grader):
    hidden = guided / "assignments/stats/hidden/test_stats.py"
    hidden.write_text(hidden.read_text().replace("submission.mean(x)", "reference.mean(x)"))
    done = grader("audit", "--course", ".", cwd=guided)
    assert done.returncode == 2
    assert "sum_for_mean" in done.stdout


def test_a_student_of_the_guides_course_reads_the_hint(guided, grader):
    assert grader("generate", "--course", ".", "--out", "handouts", cwd=guided).returncode == 0
    starter = guided / "handouts/stats/stats.py"
    wrong = FILES["reference/stats.py"].replace("** 2).mean()", "** 2).sum() / (len(x) - 1)")
    starter.write_text(wrong)
    told = grader("check", starter).stdout
    assert "variance equals the right one times 2" in told
    where = ["--assignment", "stats", "--course", ".", "--out", "reports"]
    done = grader("grade", starter, *where, "--isolation", "split", cwd=guided)
    assert done.returncode == 0, done.stderr
    (page,) = (guided / "reports").glob("*/report.html")
    assert "Divide by N: N - 1" in page.read_text()


def test_the_guide_names_every_key_and_every_fixture():
    fields = Manifest.__struct_fields__ + Limits.__struct_fields__
    keys = set(fields) - {"name", "defines", "handout", "limits"}
    assert not {key for key in (*keys, *FIXTURES) if f"`{key}" not in GUIDE}


def test_every_document_that_another_names_is_there():
    for page in [*DOCS.glob("*.md"), DOCS.parent / "README.md"]:
        for name in re.findall(r"\b(?:docs/)?([\w-]+\.md)\b", page.read_text()):
            assert list(DOCS.parent.rglob(name)), f"{page.name} names {name}"
