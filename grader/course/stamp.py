"""What a handout says of itself, so that `check` can tell that it is old or was changed.

Its assignment.toml has a table for it:

    [handout]
    grader = "0.1.0"                                # the version that made it

    [handout.files]
    "public/test_linear.py" = "9f86d081884c7d65"    # the start of its SHA-256
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec

import grader
from grader.course.files import course_bytes, files_below
from grader.course.toml import must_be

_DIGITS = 16  # hex digits of a digest: enough to notice a change by accident
_SUITE = "public"


class Stamp(msgspec.Struct, frozen=True):
    """Which grader made a handout, and the files in it that students leave as they are."""

    grader: Annotated[str, must_be("the version that made the handout")] = ""
    files: Annotated[dict[str, str], must_be("a table of files and digests")] = msgspec.field(
        default_factory=dict
    )


def stamp(files: Mapping[str, bytes]) -> Stamp:
    """Return the stamp of a handout with these files, by their places in it."""
    return Stamp(grader.__version__, {name: _digest(content) for name, content in files.items()})


def remarks(root: Path, made: Stamp) -> list[str]:
    """Return a line for each way in which the handout at `root` is not as this grader makes it."""
    return [*_on_age(made.grader), *_on_changes(root, made.files)]


def newer(made: Stamp) -> str:
    """Return what to do if a newer grader made the handout; "" if none did."""
    its, own = _series(made.grader), _series(grader.__version__)
    if not (its and own and its > own):
        return ""
    return (
        f"the handout is of nablagrade {made.grader}, newer than {grader.__version__} here: "
        "pip install --upgrade nablagrade"
    )


def _on_age(version: str) -> Iterator[str]:
    its, own = _series(version), _series(grader.__version__)
    if not version:
        yield "the handout is older than this grader: take it anew from your course"
    elif its and own and its < own:
        yield (
            f"the handout is of nablagrade {version}, older than {grader.__version__} here: "
            "if a check surprises you, take the handout anew from your course"
        )
    else:
        yield from filter(None, [newer(Stamp(version))])


def _on_changes(root: Path, files: Mapping[str, str]) -> Iterator[str]:
    there = {name: root / name for name in files if (root / name).is_file()}
    changed = [name for name, path in there.items() if _digest(course_bytes(path)) != files[name]]
    anew = "take it anew from the handout"
    if changed:
        yield f"not as handed out, so checks may tell you wrong: {', '.join(changed)}; {anew}"
    if missing := files.keys() - there.keys():
        yield f"missing from the handout: {', '.join(sorted(missing))}; {anew}"
    if own := _added(root, files):
        yield f"not of the handout, its checks count for no grade: {', '.join(own)}"


def _added(root: Path, files: Mapping[str, str]) -> list[str]:
    """Return the modules of the suite that the handout did not bring."""
    suite = (path.relative_to(root).as_posix() for path in files_below(root / _SUITE))
    return [name for name in suite if name.endswith(".py") and files and name not in files]


def _digest(content: bytes) -> str:
    """Return the digest of a file: the same where git or an editor changed the ends of lines."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:_DIGITS]


def _series(version: str) -> tuple[int, ...]:
    """Return (0, 2) for "0.2.1.dev3+g1234"; () if it is no version."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return tuple(map(int, found.groups())) if found else ()
