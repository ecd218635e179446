"""What a file is that cannot be read, in the words of what made it so.

Runs in: the conductor and the judge.
"""

import re

_MERGE = re.compile(rb"^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?\r?$", re.MULTILINE)
_BEGINNINGS = {  # of a file -> what it is, what to do
    b"PK\x03\x04": ("an archive or an office document", "hand in the file itself"),
    b"%PDF": ("a PDF", "hand in the file that it was made from"),
    b"\x1f\x8b": ("a compressed file", "unpack it"),
    b"\x89PNG": ("a picture", "hand in the code itself"),
    b"\xff\xd8\xff": ("a picture", "hand in the code itself"),
    b"\xff\xfe": ("text in UTF-16", "save it as UTF-8"),
    b"\xfe\xff": ("text in UTF-16", "save it as UTF-8"),
    b"version https://git-lfs": ("a pointer of Git LFS", "hand in the file that it points to"),
    b"<!doctype html": ("a web page", "download the file itself, on GitHub by `Raw`"),
    b"<html": ("a web page", "download the file itself, on GitHub by `Raw`"),
}


def strange(data: bytes) -> str:
    """Return what is wrong with a notebook, and what to do, or "" if that is not known."""
    if not data.strip():
        return "it is empty; save it again"
    return not_code(data) or _merge(data)


def not_code(data: bytes) -> str:
    """Return what a file is that is no text of a student's, and what to do, or ""."""
    start = data[:200].lstrip().lower()
    for beginning, (what, advice) in _BEGINNINGS.items():
        if start.startswith(beginning.lower()):
            return f"it is {what}; {advice}"
    return ""


def _merge(data: bytes) -> str:
    """Name the lines between which git could not merge two versions."""
    marks = list(_MERGE.finditer(data))
    if not any(mark[0].startswith(b"<<<<<<<") for mark in marks):
        return ""
    first, last = (data.count(b"\n", 0, mark.start()) + 1 for mark in (marks[0], marks[-1]))
    where = f"line {first}" if first == last else f"lines {first} to {last}"
    return (
        f"the marks of a merge in git stand in it ({where} of the file), and Jupyter cannot open"
        " it either; choose one of the two versions and save it"
    )
