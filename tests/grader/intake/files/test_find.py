"""One submission or a class, and what each is called."""

import hashlib
import re
import zipfile
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.intake.files.choose import Wanted
from grader.intake.files.find import find_submissions
from grader.intake.files.location import Location
from grader.intake.files.read import read as read_wanted
from grader.intake.submission import Submission
from grader.intake.unreadable import Unreadable
from grader.record.identity import id_of, is_id


def write(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    return root


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, f"name = {name!r}\n")
    return path


def read(location: Location, assignment: str) -> Submission:
    return read_wanted(location, Wanted(assignment, ["predict"]))


def ids(*paths: Path) -> list[str]:
    return [source.id for source in find_submissions(paths, "knn").submissions]


def in_folder_and_zip(tmp_path: Path, *names: str) -> tuple[list[str], list[str]]:
    """Return the ids of the same files in a folder "place" and in "place.zip"."""
    folder = write(tmp_path / "place", *names)
    return ids(folder), ids(zipped(tmp_path / "place.zip", *names))


@pytest.mark.parametrize("ending", [".py", ".ipynb", ".zip", ".tar", ".tar.gz", ".tgz", ".PY"])
def test_a_file_is_called_after_its_stem(tmp_path, ending):
    assert ids(write(tmp_path, f"ada.v2{ending}") / f"ada.v2{ending}") == ["ada.v2"]


def test_a_file_called_like_the_assignment_is_called_after_its_folder(tmp_path):
    write(tmp_path, "ada/knn.py", "bob/knn.ipynb")
    assert ids(tmp_path / "ada/knn.py", tmp_path / "bob/knn.ipynb") == ["ada", "bob"]


def test_a_folder_called_like_the_assignment_is_called_after_the_one_above(tmp_path):
    assert ids(write(tmp_path, "ada/knn/knn.py") / "ada" / "knn") == ["ada"]


def test_a_folder_keeps_its_whole_name(tmp_path):
    assert ids(write(tmp_path, "ada.py/knn.py") / "ada.py") == ["ada.py"]


def test_a_folder_of_files_is_a_class(tmp_path):
    names = ["bob.ipynb", "ada.py", "eve.zip", "tar.tar.gz", "roster.csv"]
    assert ids(write(tmp_path, *names)) == ["ada", "bob", "eve", "tar"]


def test_a_folder_per_student_is_a_class_whatever_is_in_it(tmp_path):
    write(tmp_path, "ada/knn.py", "bob/homework/code.py", "eve/report.pdf")
    (tmp_path / "dan").mkdir()
    assert ids(tmp_path) == ["ada", "bob", "dan", "eve"]


def test_a_class_of_one_is_called_after_the_student(tmp_path):
    assert ids(write(tmp_path, "ada/knn.py")) == ["ada"]


@pytest.mark.parametrize(
    "names",
    [
        ["knn.py"],
        ["knn.ipynb", "helpers.py", "data/digits.npz", "given/models.py"],
        ["my_knn.py"],
        ["my_knn.py", "data/digits.npz"],
        ["hw1.ipynb", "my_tools.py"],
        ["hw1/knn.py"],
        ["part1.py", "more/part2.py"],
        ["main.py", "stuff/again.ipynb", "data/digits.npz"],
    ],
)
def test_one_submission_is_called_after_what_holds_it(tmp_path, names):
    assert in_folder_and_zip(tmp_path, *names) == (["place"], ["place"])


def test_files_of_work_beside_a_student_are_others_where_a_folder_is_of_a_class(tmp_path):
    write(tmp_path, "submissions/hw1.py", "submissions/ada/knn.py")
    assert ids(tmp_path / "submissions") == ["ada", "hw1"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["ada.py", "bob.py", "notes.txt"], ["ada", "bob"]),
        (["ada/knn.py", "bob/knn.ipynb"], ["ada", "bob"]),
        (["ada/homework/hw.py", "bob/report.pdf"], ["ada", "bob"]),
        (["ada.py", "bob/knn.py"], ["ada", "bob"]),
        (["ada.py", "ada.ipynb", "bob.zip", "bob/knn.py"], ["ada", "bob"]),
        (["knn.ipynb", "knn (1).ipynb"], ["knn", id_of("knn (1)")]),
        (
            ["section A/ada.py", "section B/eve/knn.py", "section B/bob/knn.py"],
            ["ada", "bob", "eve"],
        ),
    ],
)
def test_a_class_is_one_submission_for_each_file_and_folder(tmp_path, names, expected):
    assert in_folder_and_zip(tmp_path, *names) == (expected, expected)


def test_a_zip_with_a_single_folder_stands_for_that_folder(tmp_path):
    own = zipped(tmp_path / "ada.zip", "homework/knn.py", "homework/data/x.npz")
    course = zipped(tmp_path / "class.zip", "export/ada/knn.py", "export/bob/knn.py")
    assert ids(own) == ["ada"]
    sources = find_submissions([course], "knn").submissions
    assert [(source.id, source.source) for source in sources] == [
        ("ada", f"{course}/export/ada"),
        ("bob", f"{course}/export/bob"),
    ]
    assert read(sources[1], "knn").files == {"knn.py": b"name = 'export/bob/knn.py'\n"}


def test_files_of_a_class_archive_do_not_see_each_other(tmp_path):
    course = zipped(tmp_path / "class.zip", "ada.py", "ada.py.bak", "bob.py")
    ada, bob = (read(source, "knn") for source in find_submissions([course], "knn").submissions)
    assert ada.files == {"knn.py": b"name = 'ada.py'\n"}
    assert bob.files == {"knn.py": b"name = 'bob.py'\n"}


def test_nbgrader_keeps_the_assignment_in_a_folder_of_each_student(tmp_path):
    write(tmp_path, "ada/knn/hw.ipynb", "ada/linear/hw.ipynb", "bob/homework/knn.py", "eve/knn.py")
    write(tmp_path, "eve/knn/old.py")
    sources = find_submissions([tmp_path], "knn").submissions
    assert [
        (source.id, str(source.places[0].path.relative_to(tmp_path))) for source in sources
    ] == [
        ("ada", "ada/knn"),
        ("bob", "bob"),
        ("eve", "eve"),
    ]
    assert [read(source, "knn").main for source in sources] == ["knn.ipynb", "knn.py", "knn.py"]
    assert ids(tmp_path / "ada") == ["ada"]


def test_folders_beside_a_deliverable_are_named(tmp_path):
    write(tmp_path, "knn.py", "old/knn.py", "ada/knn.py")
    (source,) = find_submissions([tmp_path], "knn").submissions
    assert source.notes == ("left aside: folders with a file of the same name (ada)",)


def test_a_file_beside_the_folders_of_a_class_does_not_stand_for_the_class(tmp_path):
    found = find_submissions([write(tmp_path, "knn.py", "ada/knn.py", "bob/knn.py")], "knn")
    assert [source.id for source in found.submissions] == ["ada", "bob"]
    (aside,) = found.aside
    assert (aside.path, aside.is_open) == ("knn.py", True)


def test_the_reports_of_an_earlier_run_are_no_submission_unless_code_lies_there(tmp_path):
    write(tmp_path, "ada/knn.py", "bob/knn.py", "reports/records.jsonl", "eve/records.jsonl")
    write(tmp_path, "eve/knn.py")
    assert ids(tmp_path) == ["ada", "bob", "eve"]


def test_files_of_a_class_that_nobody_can_hand_in_are_named(tmp_path):
    write(tmp_path / "class", "ada.py", "bob/knn.py", "eve.rar", "dan.py.txt", "c.zip", "a.csv")
    aside = {one.path: one.is_open for one in find_submissions([tmp_path / "class"], "knn").aside}
    assert aside == {"dan.py.txt": True, "eve.rar": True, "a.csv": False}


def test_hidden_folders_may_be_a_students_and_what_tools_make_may_not(tmp_path):
    write(tmp_path, "ada.py", ".bob/knn.py", ".eve.py", ".notes", "__MACOSX/._ada.py", ".git/x.py")
    aside = {one.path: one.is_open for one in find_submissions([tmp_path], "knn").aside}
    assert aside == {
        ".bob/": True,
        ".eve.py": True,
        ".notes": False,
        "__MACOSX": False,
        ".git": False,
    }


def test_what_tools_leave_behind_is_ignored(tmp_path):
    junk = ["__MACOSX/._knn.py", ".ipynb_checkpoints/knn-checkpoint.ipynb", "__pycache__/x.py"]
    junk += [".git/hook.py", "venv/lib/site.py", ".venv/lib/site.py", "._knn.py", ".hidden.py"]
    assert in_folder_and_zip(tmp_path, "knn_mine.py", *junk) == (["place"], ["place"])


@pytest.mark.parametrize("name", ["Ada Byron_1_assign", "-rf", "..", "x" * 65, "é", "a\x1b[31m"])
def test_a_name_that_is_no_id_becomes_one_with_a_hash_and_a_note(tmp_path, name):
    course = zipped(tmp_path / "class.zip", f"{name}/knn.py", "ada/knn.py")
    (source,) = (
        source for source in find_submissions([course], "knn").submissions if source.id != "ada"
    )
    assert source.id.endswith(f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}")
    assert is_id(source.id)
    assert source.notes[0].startswith("handed in as '")
    assert source.notes[0].isprintable()


@pytest.mark.parametrize("name", ["ada", "A.b_c@d+e-f", "0", "x" * 64])
def test_a_name_that_is_an_id_stays(tmp_path, name):
    assert name in ids(write(tmp_path, f"{name}/knn.py", "other/knn.py"))


def test_ids_that_differ_in_case_only_are_told_apart_and_noted(tmp_path):
    write(tmp_path, "Ada.ipynb", "ADA.py", "ada-2.py")
    found = find_submissions([tmp_path], "knn").submissions
    assert [source.id for source in found] == ["ADA", "Ada-2", "ada-2-2"]
    assert found[1].notes == ("another submission is called Ada too; this one is Ada-2",)


def test_long_ids_that_are_told_apart_stay_within_the_length_of_an_id(tmp_path):
    write(tmp_path, f"{'x' * 64}.py", f"{'X' * 64}.py")
    assert ids(tmp_path) == ["X" * 64, "x" * 62 + "-2"]


def test_students_of_one_name_are_told_apart_by_their_sections(tmp_path):
    write(tmp_path, "s1/ada/knn.py", "s1/bob/knn.py", "s2/ada/knn.py", "s2/eve/knn.py")
    assert ids(tmp_path) == ["bob", "eve", "s1-ada", "s2-ada"]
    assert ids(tmp_path / "s1") == ["ada", "bob"]


@pytest.mark.parametrize("name", ["index.html", "records.jsonl", "GRADES.csv"])
def test_the_name_of_a_report_is_no_id(tmp_path, name):
    (found,) = find_submissions([write(tmp_path, f"{name}.py") / f"{name}.py"], "knn").submissions
    assert found.id == id_of(name) != name
    assert found.notes == (f"handed in as '{name}'",)


def test_one_of_several_archives_speaks_for_one_student(tmp_path):
    ada = zipped(tmp_path / "ada.zip", "knn.py")
    aaron = zipped(tmp_path / "aaron.zip", "ada/knn.py", "bob/knn.py")
    assert ids(aaron) == ["ada", "bob"]
    assert ids(aaron, ada) == ["aaron", "ada"]


def test_several_paths_are_read_as_the_folder_that_holds_them(tmp_path):
    names = ["ada/knn/knn.ipynb", "ada/knn/helpers.py", "bob/knn/knn.ipynb", "eve/other.py"]
    write(tmp_path, *names, "dan/knn/knn.py")
    paths = [tmp_path / name for name in names]
    ada, bob, eve = find_submissions(paths, "knn").submissions
    assert [source.id for source in (ada, bob, eve)] == ["ada", "bob", "eve"]
    assert set(read(ada, "knn").files) == {"knn.ipynb", "helpers.py"}
    assert ids(tmp_path / "ada/knn", tmp_path / "bob/knn") == ["ada", "bob"]


def test_what_lies_beside_the_named_files_is_not_read(tmp_path):
    write(tmp_path, "ada/knn.py", "ada/helpers.py", "ada/more.py")
    (ada,) = find_submissions(
        [tmp_path / "ada/knn.py", tmp_path / "ada/more.py"], "knn"
    ).submissions
    assert (ada.id, set(read(ada, "knn").files)) == ("ada", {"knn.py", "more.py"})


def test_a_place_named_twice_counts_once(tmp_path):
    write(tmp_path, "ada.py", "bob.py")
    assert ids(tmp_path, tmp_path / "ada.py", tmp_path / "." / "bob.py") == ["ada", "bob"]


def test_a_link_that_the_caller_names_is_followed(tmp_path):
    write(tmp_path, "real/knn.py")
    (tmp_path / "ada").symlink_to(tmp_path / "real")
    (source,) = find_submissions([tmp_path / "ada"], "knn").submissions
    assert (source.id, read(source, "knn").main) == ("ada", "knn.py")


def test_a_link_within_a_class_is_a_submission_that_cannot_be_read(tmp_path):
    write(tmp_path, "secret/knn.py", "class/bob/knn.py")
    (tmp_path / "class" / "ada").symlink_to(tmp_path / "secret")
    ada, bob = find_submissions([tmp_path / "class"], "knn").submissions
    with pytest.raises(Unreadable, match="symbolic link"):
        read(ada, "knn")
    assert read(bob, "knn").id == "bob"


def test_links_that_loop_or_lead_nowhere_cost_their_owner_only(tmp_path):
    write(tmp_path, "class/bob/knn.py", "class/eve/knn.py")
    (tmp_path / "class" / "ada").symlink_to("ada")
    (tmp_path / "class" / "dan.py").symlink_to(tmp_path / "nowhere")
    (tmp_path / "class" / "latest").symlink_to("bob")
    found = find_submissions([tmp_path / "class"], "knn")
    assert [one.id for one in found.submissions] == ["ada", "bob", "dan", "eve"]
    assert [(one.path, one.is_open) for one in found.aside] == [("latest", False)]
    given = [*(tmp_path / "class").iterdir()]
    assert {"ada", "bob", "eve"} <= {one.id for one in find_submissions(given, "knn").submissions}


def test_what_the_grader_may_not_read_costs_its_owner_only(as_ordinary_user):
    with as_ordinary_user() as folder:
        write(folder, "ada/knn.py", "bob/knn.py", "eve/hw/knn.py", "dan.py")
        for name in ("ada", "eve/hw", "dan.py"):
            (folder / name).chmod(0)
        ada, bob, dan, eve = find_submissions([folder], "knn").submissions
        assert read(bob, "knn").main == "knn.py"
        for one, why in ((ada, "Permission denied"), (dan, "Permission denied"), (eve, "'hw'")):
            with pytest.raises(Unreadable, match=why):
                read(one, "knn")


def test_a_class_that_the_grader_may_not_read_is_wrong_use(as_ordinary_user):
    with as_ordinary_user() as folder:
        (folder / "class").mkdir(mode=0)
        with pytest.raises(UsageError, match=r"cannot be read \(Permission denied\)"):
            find_submissions([folder / "class"], "knn")


def test_a_damaged_archive_is_one_submission(tmp_path):
    path = tmp_path / "ada.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    assert ids(path) == ["ada"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "no such file or folder; check the path"),
        ("empty", "holds no submission; give a .py, .ipynb, .zip"),
        ("only_text", "holds no submission, only notes.txt; give a .py, .ipynb, .zip"),
        ("only_text/notes.txt", "holds no submission, only notes.txt; give a .py, .ipynb, .zip"),
    ],
)
def test_a_path_without_a_submission_is_wrong_use(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    write(tmp_path, "only_text/notes.txt")
    path = tmp_path / name
    with pytest.raises(UsageError, match=re.escape(f"{path}: {message}")) as error:
        find_submissions([path], "knn")
    assert error.value.exit_code == 2
    assert "\n" not in str(error.value)


def test_among_several_paths_an_empty_one_does_not_stop_the_class(tmp_path):
    write(tmp_path, "ada/knn.py", "eve.pdf")
    (tmp_path / "bob").mkdir()
    found = find_submissions([tmp_path / name for name in ("ada", "bob", "eve.pdf")], "knn")
    ada, bob = found.submissions
    assert read(ada, "knn").main == "knn.py"
    with pytest.raises(Unreadable, match=r"no knn\.py or knn\.ipynb here, nothing at all"):
        read(bob, "knn")
    assert [aside.path for aside in found.aside] == ["eve.pdf"]


def test_a_name_too_long_for_any_file_is_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        find_submissions([tmp_path / ("x" * 5000)], "knn")


def test_a_missing_path_among_several_is_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        find_submissions([write(tmp_path, "ada.py") / "ada.py", tmp_path / "bob.py"], "knn")


def test_the_order_is_that_of_the_ids(tmp_path):
    write(tmp_path, "b.py", "a/knn.py", "c.ipynb", "B2.py")
    assert ids(tmp_path) == sorted(["b", "a", "c", "B2"])
