"""A file that is no notebook is called what it is."""

import pytest

from grader.intake.code.strange import not_code, strange


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"PK\x03\x04...", "an archive or an office document"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x1f\x8b\x08", "a compressed file"),
        ("{}".encode("utf-16"), "text in UTF-16"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"<HTML>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS"),
        (b"{\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> b\n}", "(lines 2 to 6 of the file)"),
        (b"{\r\n<<<<<<< HEAD\r\n", "(line 2 of the file)"),
    ],
)
def test_what_a_file_is(data, what):
    assert what in strange(data)


@pytest.mark.parametrize("data", [b"{}", b"import x\n", b"=======\n", b'"<<<<<<< HEAD"', b"<b>"])
def test_what_is_not_known(data):
    assert strange(data) == ""


def test_marks_of_a_merge_leave_a_script_readable():
    assert not_code(b"<<<<<<< HEAD\nx = 1\n=======\n>>>>>>> b\n") == ""
