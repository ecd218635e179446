"""What is read of a folder or a file: the deliverable and its modules, each a regular file."""

import os
import socket

import pytest

from grader.intake import limits
from grader.intake.files.choose import Wanted
from grader.intake.files.folder import folder_members
from grader.intake.files.location import Location
from grader.intake.files.place import Place
from grader.intake.files.read import read
from grader.intake.submission import Submission, Unreadable

KNN = Wanted("knn", ("predict", "Net.train", "ANSWERS"))
WORK = b"def predict(X):\n    return X\n"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "ada"
    path.mkdir()
    return path


def read_folder(folder) -> Submission:
    return read(Location("ada", (Place(folder),), notes=("a note",)), KNN)


def read_place(path) -> Submission:
    return read(Location("ada", (Place(path),)), KNN)


def why_unreadable(path) -> str:
    with pytest.raises(Unreadable) as error:
        read_place(path)
    assert str(error.value).isprintable()
    return str(error.value)


def test_a_folder_gives_its_files_and_notes(folder):
    (folder / "knn.py").write_bytes(b"import helpers\n")
    (folder / "helpers.py").write_bytes(b"x = 1\n")
    submission = read_folder(folder)
    assert submission.id == "ada"
    assert submission.main == "knn.py"
    assert submission.files == {"knn.py": b"import helpers\n", "helpers.py": b"x = 1\n"}
    assert submission.notes == ("a note",)


def test_a_file_gives_itself_and_not_what_lies_beside_it(folder):
    (folder / "ada.ipynb").write_bytes(b"{}")
    (folder / "bob.py").write_bytes(b"x = 1\n")
    submission = read_place(folder / "ada.ipynb")
    assert (submission.main, submission.shown) == ("knn.ipynb", "ada.ipynb")
    assert submission.files == {"knn.ipynb": b"{}"}
    assert submission.notes == ("'ada.ipynb' is read as knn.ipynb",)


def test_the_digest_changes_with_every_byte_and_name(folder):
    digests = set()
    for files in (
        {"knn.py": b"x"},
        {"knn.py": b"y"},
        {"knn.ipynb": b"x"},
        {"knn.py": b"x", "b.py": b""},
        {"knn.py": b"x", "c.py": b""},
        {"knn.py": b"", "b.py": b"x"},
    ):
        for old in folder.iterdir():
            old.unlink()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        digests.add(read_folder(folder).digest)
    assert len(digests) == 6
    assert {len(digest) for digest in digests} == {64}


def test_the_digest_does_not_depend_on_the_place(folder, tmp_path):
    (folder / "knn.py").write_bytes(b"x")
    other = tmp_path / "bob" / "within"
    other.mkdir(parents=True)
    (other / "knn.py").write_bytes(b"x")
    assert read_folder(folder).digest == read_place(other.parent).digest


def test_the_deliverable_nearest_the_top_is_meant(folder):
    (folder / "old" / "older").mkdir(parents=True)
    (folder / "old" / "knn.py").write_bytes(b"mine")
    (folder / "old" / "older" / "knn.ipynb").write_bytes(b"theirs")
    assert read_folder(folder).files == {"knn.py": b"mine"}


def test_an_exact_name_wins_over_other_code_nearer_the_top(folder):
    (folder / "work").mkdir()
    (folder / "plots.py").write_bytes(b"other")
    (folder / "work" / "knn.py").write_bytes(b"mine")
    assert read_folder(folder).files == {"knn.py": b"mine", "plots.py": b"other"}


def test_two_deliverables_are_named(folder):
    (folder / "one").mkdir()
    (folder / "two").mkdir()
    (folder / "one" / "knn.py").write_bytes(WORK)
    (folder / "two" / "knn.py").write_bytes(WORK.replace(b"return X", b"return -X"))
    assert why_unreadable(folder) == (
        "'one/knn.py' and 'two/knn.py' could each be the submission;"
        " hand in one file, called knn.py or knn.ipynb"
    )


def test_many_candidates_are_counted(folder):
    for name in "abcde":
        (folder / f"{name}.py").touch()
    assert why_unreadable(folder).startswith("'a.py', 'b.py', 'c.py' and 2 more could each be")


def test_what_is_there_instead_is_named_in_safe_characters(folder):
    (folder / "red\x1b[31m\n.txt").touch()
    assert why_unreadable(folder) == (
        "no knn.py or knn.ipynb here, only 'red\\u001b[31m\\u000a.txt'; hand in one of them"
    )


def test_an_empty_folder(folder):
    message = "no knn.py or knn.ipynb here, nothing at all; hand in one of them"
    assert why_unreadable(folder) == message


def test_a_symbolic_link_is_not_the_deliverable(folder, tmp_path):
    (tmp_path / "reference.py").write_bytes(b"secret")
    (folder / "knn.py").symlink_to(tmp_path / "reference.py")
    assert "'knn.py' is a symbolic link, not a regular file" in why_unreadable(folder)
    assert "'knn.py' is a symbolic link, not a regular file" in why_unreadable(folder / "knn.py")


def test_other_symbolic_links_are_not_followed(folder, tmp_path):
    (tmp_path / "reference.py").write_bytes(b"secret")
    (folder / "knn.py").write_bytes(b"mine")
    (folder / "helpers.py").symlink_to(tmp_path / "reference.py")
    (folder / "up").symlink_to(tmp_path)
    submission = read_folder(folder)
    assert submission.files == {"knn.py": b"mine"}
    assert submission.notes[1:] == ("symbolic links are not followed: 'helpers.py' and 'up'",)


def test_a_folder_that_is_a_link_is_not_followed(folder, tmp_path):
    (folder / "knn.py").write_bytes(b"secret")
    (tmp_path / "bob").symlink_to(folder)
    assert "'bob' is a symbolic link" in why_unreadable(tmp_path / "bob")


def test_a_pipe_blocks_nothing(folder):
    os.mkfifo(folder / "knn.py")
    assert "'knn.py' is a named pipe" in why_unreadable(folder)
    assert "'knn.py' is a named pipe" in why_unreadable(folder / "knn.py")


def test_a_file_replaced_by_a_pipe_after_the_look_blocks_nothing(folder):
    (folder / "knn.py").touch()
    (member,) = folder_members(folder)
    (folder / "knn.py").unlink()
    os.mkfifo(folder / "knn.py")
    with pytest.raises(Unreadable, match="is a named pipe"):
        member.read(10)


def test_a_file_replaced_by_a_link_after_the_look_is_not_followed(folder, tmp_path):
    (folder / "knn.py").touch()
    (member,) = folder_members(folder)
    (folder / "knn.py").unlink()
    (folder / "knn.py").symlink_to(tmp_path / "reference.py")
    (tmp_path / "reference.py").write_bytes(b"secret")
    with pytest.raises(Unreadable, match="is a symbolic link"):
        member.read(10)


def test_a_socket_is_no_file(folder, monkeypatch):
    monkeypatch.chdir(folder)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("knn.py")
        assert "is a special file" in why_unreadable(folder)


def test_a_folder_called_like_the_deliverable(folder):
    (folder / "knn.py").mkdir()
    assert "nothing at all" in why_unreadable(folder)


def test_a_deliverable_that_the_grader_may_not_read(as_ordinary_user):
    with as_ordinary_user() as folder:
        (folder / "knn.py").touch(mode=0o000)
        assert why_unreadable(folder) == "knn.py: cannot be read (Permission denied)"


def test_a_folder_that_the_grader_may_not_read(as_ordinary_user):
    with as_ordinary_user() as folder:
        (folder / "ada").mkdir(mode=0o000)
        assert why_unreadable(folder / "ada") == "ada: cannot be read (Permission denied)"


def test_what_cannot_be_looked_into_beside_the_deliverable_is_named(as_ordinary_user):
    with as_ordinary_user() as folder:
        (folder / "knn.py").write_bytes(WORK)
        (folder / "old").mkdir(mode=0o000)
        (folder / "helper.py").touch(mode=0o000)
        submission = read_place(folder)
    assert submission.files == {"knn.py": WORK}
    assert "folders that cannot be looked into: 'old'" in submission.notes
    assert "left out, more than 512 KiB of modules or unreadable: 'helper.py'" in submission.notes


def test_a_file_that_is_gone(folder):
    assert why_unreadable(folder / "knn.py") == "nothing was handed in for knn"


@pytest.mark.parametrize(
    ("name", "most", "words"),
    [
        ("knn.py", limits.PYTHON_BYTES, "4 MiB; hand in code without data"),
        ("knn.ipynb", limits.NOTEBOOK_BYTES, "32 MiB without outputs; hand in code only"),
    ],
)
def test_a_deliverable_may_be_as_large_as_the_limit_and_no_larger(folder, name, most, words):
    path = folder / name
    path.touch()
    os.truncate(path, most)
    assert len(read_folder(folder).files[name]) == most
    os.truncate(path, most + 1)
    assert why_unreadable(folder) == f"'{name}' is larger than {words}"


def test_a_notebook_has_a_limit_with_its_outputs_too(folder):
    path = folder / "knn.ipynb"
    path.touch()
    os.truncate(path, limits.NOTEBOOK_FILE_BYTES + 1)
    assert why_unreadable(folder) == "'knn.ipynb' is larger than 256 MiB; clear the outputs"


def test_the_outputs_of_a_notebook_count_neither_for_its_size_nor_for_its_digest(folder):
    path = folder / "knn.ipynb"
    cell = '{"cell_type": "code", "source": "def predict(X): return X", "outputs": [%s]}'
    path.write_text('{"cells": [%s]}' % (cell % ""), encoding="utf-8")
    small = read_folder(folder)
    log = '"' + "epoch 1 loss 0.5 " * 2_000_000 + '"'
    path.write_text('{"cells": [%s]}' % (cell % log), encoding="utf-8")
    large = read_folder(folder)
    assert large.files == small.files
    assert large.digest == small.digest


def test_modules_that_there_is_no_room_for_are_left_out(folder):
    (folder / "knn.py").touch()
    for name, size in (("a", 10), ("b", limits.MODULES_BYTES), ("c", limits.MODULES_BYTES - 10)):
        (folder / f"{name}.py").write_bytes(bytes(size))
    submission = read_folder(folder)
    assert set(submission.files) == {"knn.py", "a.py", "c.py"}
    assert submission.notes[-1] == "left out, more than 512 KiB of modules or unreadable: 'b.py'"


def test_too_many_files(folder):
    (folder / "knn.py").touch()
    for number in range(limits.MEMBERS - 1):
        (folder / str(number)).touch()
    assert read_folder(folder).main == "knn.py"
    (folder / "one more").touch()
    assert why_unreadable(folder) == "ada: more than 2000 files; hand in only the code"


def test_folders_that_tools_make_are_neither_read_nor_counted(folder):
    (folder / "knn.py").touch()
    for place in (".git", "venv/lib", "__MACOSX", ".ipynb_checkpoints"):
        (folder / place).mkdir(parents=True)
        (folder / place / "knn.ipynb").touch()
        os.mkfifo(folder / place / "pipe")
    assert read_folder(folder).main == "knn.py"


def test_only_plain_module_names_go_along(folder):
    for name in ("knn.py", "good.py", "not-good.py", "1.py", "é.py", "UP.PY", "data.txt", "x.pth"):
        (folder / name).touch()
    assert sorted(read_folder(folder).files) == ["good.py", "knn.py"]
