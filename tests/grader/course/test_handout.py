"""What students receive: all they need, nothing hidden, and no work of theirs lost."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.course.handout import write_handout, write_solutions
from grader.course.readme import readme
from grader.errors import ReportError, UsageError

HANDOUT = {
    "README.md",
    "assignment.toml",
    "data/README.md",
    "data/digits.npz",
    "given/models.py",
    "public/test_scaling.py",
    "scaling.ipynb",
    "scaling.py",
}


def files(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in paths}


def test_a_handout_holds_what_a_student_needs_and_nothing_else(course, assignment, tmp_path):
    folder = write_handout(course, assignment, tmp_path / "out")
    assert folder == tmp_path / "out" / "scaling"
    assert files(tmp_path / "out") == {f"scaling/{name}" for name in HANDOUT}


def test_nothing_hidden_and_no_answer_is_in_a_handout(course, assignment, tmp_path):
    folder = write_handout(course, assignment, tmp_path / "out")
    for name in HANDOUT - {"data/digits.npz"}:
        text = (folder / name).read_text(encoding="utf-8")
        for secret in ("HIDDEN", "fsum", "sum_for_mean"):
            assert secret not in text, name


def test_solutions_go_to_their_own_folder(course, assignment, tmp_path):
    folder = write_solutions(course, assignment, tmp_path / "out")
    assert folder == tmp_path / "out" / "solutions" / "scaling"
    assert files(tmp_path / "out") == {
        "solutions/scaling/scaling.py",
        "solutions/scaling/scaling.ipynb",
    }
    assert "fsum" in (folder / "scaling.py").read_text(encoding="utf-8")
    assert json.loads((folder / "scaling.ipynb").read_text(encoding="utf-8"))["nbformat"] == 4


@pytest.mark.parametrize("write", [write_handout, write_solutions])
def test_writing_twice_changes_nothing(course, assignment, tmp_path, write):
    folder = write(course, assignment, tmp_path)
    before = {name: (folder / name).read_bytes() for name in files(folder)}
    assert write(course, assignment, tmp_path) == folder
    assert {name: (folder / name).read_bytes() for name in files(folder)} == before


@pytest.mark.parametrize("name", ["scaling.py", "scaling.ipynb"])
def test_a_students_work_is_not_overwritten(course, assignment, tmp_path, edit, name):
    folder = write_handout(course, assignment, tmp_path / "out")
    (folder / name).write_text("my work")
    edit("assignments/scaling/public/test_scaling.py", "1", "2")
    with pytest.raises(UsageError, match=rf"{name}: exists and differs.*--force"):
        write_handout(course, assignment, tmp_path / "out")
    assert (folder / name).read_text() == "my work"
    assert (folder / "public/test_scaling.py").read_text() == "PUBLIC = 1\n"  # all or nothing


def test_a_starter_is_overwritten_when_told_so(course, assignment, tmp_path):
    folder = write_handout(course, assignment, tmp_path / "out")
    (folder / "scaling.py").write_text("my work")
    write_handout(course, assignment, tmp_path / "out", force=True)
    assert "my work" not in (folder / "scaling.py").read_text(encoding="utf-8")


def test_a_new_public_suite_reaches_an_untouched_handout(course, assignment, tmp_path, edit):
    folder = write_handout(course, assignment, tmp_path / "out")
    edit("assignments/scaling/public/test_scaling.py", "1", "2")
    write_handout(course, assignment, tmp_path / "out")
    assert (folder / "public/test_scaling.py").read_text() == "PUBLIC = 2\n"


@pytest.mark.parametrize("write", [write_handout, write_solutions])
def test_the_course_itself_is_not_overwritten(course, assignment, write):
    manifest = assignment.manifest_path.read_text(encoding="utf-8")
    for force in (False, True):
        with pytest.raises(UsageError, match=r"lies inside the course's assignments/"):
            write(course, assignment, course.assignments_dir, force=force)
    assert assignment.manifest_path.read_text(encoding="utf-8") == manifest
    assert not (course.assignments_dir / "solutions").exists()


def test_a_folder_that_cannot_be_written_is_said_in_one_line(course, assignment, tmp_path):
    (tmp_path / assignment.name).write_text("a file")
    with pytest.raises(ReportError, match=r"cannot be written \(.+\); make room or name another"):
        write_handout(course, assignment, tmp_path)


def test_the_readme_says_what_to_do(assignment):
    text = readme(assignment)
    assert text.startswith('# Scaling "columns"\n\nTake the mean, é included.\n')
    for wanted in (
        "- `Scaler.fit`\n",
        '    pip install "nablagrade[plots]"\n    grader check scaling.py\n',
        "You may import the standard library, `numpy` and what lies in `given/`.",
        "Hand in `scaling.py` or `scaling.ipynb`",
        "- `data/digits.npz`",
    ):
        assert wanted in text, wanted
    assert "MNIST" not in text


def test_the_readme_takes_torch_for_cpus_where_torch_is_used(assignment):
    text = readme(replace(assignment, imports=("numpy", "torch")))
    lines = [line for line in text.splitlines() if "pip install" in line]
    assert lines == [
        "    pip install uv",
        '    uv pip install --torch-backend cpu "nablagrade[plots,torch]"',
    ]
    assert "torch" not in readme(assignment)


def test_code_that_lies_beside_the_data_goes_along(course, assignment, tmp_path):
    (assignment.data_dir / "load.py").write_text("def mnist(folder): ...\n")
    folder = write_handout(course, assignment, tmp_path)
    assert (folder / "data" / "load.py").read_text() == "def mnist(folder): ...\n"
    assert "from data.load import cifar10, mnist" in (folder / "README.md").read_text()


def test_the_readme_says_what_an_exercise_builds_on(course, edit):
    manifest = "assignments/scaling/assignment.toml"
    edit(
        manifest, "[limits]", '[builds_on]\n"Scaler.transform" = ["mean", "Scaler.fit"]\n\n[limits]'
    )
    text = readme(course.assignment("scaling"))
    assert "- `Scaler.fit`\n- `Scaler.transform`, which builds on `mean`, `Scaler.fit`\n" in text


def test_the_readme_of_an_assignment_without_data_has_no_data_section(course, edit):
    edit("assignments/scaling/assignment.toml", 'data = ["digits"]', "")
    text = readme(course.assignment("scaling"))
    assert "Data" not in text
    assert "MNIST" not in text
