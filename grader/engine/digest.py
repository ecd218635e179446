"""The digest of what decides a grade: a submission that has a record by the same digest is kept.

Runs in: the conductor.

The grader's own code is a part of it: a grader that was changed never takes the records of the one
before for its own. The room `report` is not, because it only shows what was decided.
"""

import hashlib
from functools import cache
from pathlib import Path

from grader.course.assignment import Assignment
from grader.course.files import course_bytes, files_below

PACKAGE = Path(__file__).parents[1]  # the folder `grader`

_DECIDES_NOTHING = "report"


def suite_digest(assignment: Assignment) -> str:
    """Return the SHA-256 of the grader and of every file of an assignment that decides a grade."""
    own = [assignment.manifest_path, assignment.mistakes_path]
    for folder in (assignment.public_suite, assignment.hidden_suite, assignment.given_dir):
        own += files_below(folder)
    shared = [assignment.data_path(name) for name in assignment.data]
    if assignment.reference_path is not None:
        shared.append(assignment.reference_path)
    digest = hashlib.sha256(package_digest().encode())
    for path in own:
        digest.update(_named_content(path, assignment.root))
    for path in shared:
        digest.update(_named_content(path, path.parent))
    return digest.hexdigest()


@cache
def package_digest(package: Path = PACKAGE) -> str:
    """Return the SHA-256 of all files of the grader that can decide a grade."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.relative_to(package).parts[0] != _DECIDES_NOTHING:
            digest.update(_named_content(path, package))
    return digest.hexdigest()


def _named_content(path: Path, root: Path) -> bytes:
    """Return the name below `root` and the content of a file; nothing for all that is none."""
    if not path.is_file() or "__pycache__" in path.parts:
        return b""
    content = course_bytes(path)
    return f"\n{path.relative_to(root).as_posix()} {len(content)}\n".encode() + content
