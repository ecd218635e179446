"""Pack an assignment, its course's part and the grader itself into the zip that Gradescope takes.

The zip holds this very grader and pins the packages that submissions may import, so that what was
audited here decides there, too. Every file has the same date: the same course gives the same bytes.
"""

import io
import re
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

import msgspec

import grader
from grader.course.assignment import Assignment
from grader.course.files import course_bytes, files_below
from grader.run.gradescope import COURSE, SETTINGS, Settings

_UV = "0.13.9"

_SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image of the autograder.
set -euo pipefail
cd /autograder/source

apt-get update
apt-get install -y --no-install-recommends ca-certificates curl
export UV_INSTALL_DIR=/usr/local/bin UV_NO_MODIFY_PATH=1 UV_PYTHON_INSTALL_DIR=/opt/python
curl -LsSf https://astral.sh/uv/{uv}/install.sh | sh

# Gradescope's default image has Python 3.10, which is too old for the grader.
uv venv --python {python} /autograder/python
export VIRTUAL_ENV=/autograder/python
{packages}
cp -r nablagrade/grader "$(/autograder/python/bin/python -c \\
    'import sysconfig; print(sysconfig.get_path("purelib"))')"
"""

_RUN = """\
#!/usr/bin/env bash
# Gradescope runs a copy of this for each submission, in /autograder. With -P, nothing that lies
# there is imported.
exec /autograder/python/bin/python -P -m grader.run.gradescope
"""


_GRADING = re.compile(r"extra == .grade\b")  # of the requirements of nablagrade


def gradescope_zip(assignment: Assignment, settings: Settings) -> bytes:
    """Return the zip to upload as an autograder."""
    packages = requirements(assignment)
    torch = [name for name in packages if name.startswith("torch==")]
    install = [f'uv pip install --torch-backend cpu "{name}"' for name in torch]
    install.append("uv pip install --requirement requirements.txt")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    setup = _SETUP.format(uv=_UV, python=python, packages="\n".join(install))
    others = [name for name in packages if name not in torch]
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", setup.encode(), is_program=True)
        _add(archive, "run_autograder", _RUN.encode(), is_program=True)
        _add(archive, "requirements.txt", "".join(f"{name}\n" for name in others).encode())
        _add(archive, SETTINGS, msgspec.json.format(msgspec.json.encode(settings)) + b"\n")
        for name, path in _files(assignment):
            _add(archive, name, course_bytes(path))
    return data.getvalue()


def requirements(assignment: Assignment) -> list[str]:
    """Return what the grader needs, and the packages of the assignment as they are here."""
    own = [
        need.partition(";")[0]
        for need in requires("nablagrade") or []
        if "extra ==" not in need or _GRADING.search(need)
    ]
    known = packages_distributions()
    allowed = {known[name][0] for name in assignment.imports}
    return own + [f"{name}=={version(name).partition('+')[0]}" for name in sorted(allowed)]


def memory_needed(assignment: Assignment) -> str:
    """Return what to set in Gradescope: torch needs up to 1 GB, and the default is 0.75 GB."""
    return "at least 1.5 GB" if "torch" in assignment.imports else "0.75 GB, the default"


def _files(assignment: Assignment) -> Iterator[tuple[str, Path]]:
    reference = assignment.reference_path
    assert reference is not None, "an assignment of a course has one"
    yield f"{COURSE}/reference/{reference.name}", reference
    yield from _below(assignment.root, f"{COURSE}/assignments/{assignment.name}")
    for name in assignment.data:
        path = assignment.data_path(name)
        yield f"{COURSE}/assignments/data/{path.name}", path
    yield from _below(Path(grader.__file__).parent, "nablagrade/grader")


def _below(root: Path, name: str) -> Iterator[tuple[str, Path]]:
    for path in files_below(root):
        parts = path.relative_to(root).parts
        if not any(part == "__pycache__" or part.startswith(".") for part in parts):
            yield "/".join((name, *parts)), path


def _add(archive: zipfile.ZipFile, name: str, content: bytes, *, is_program: bool = False) -> None:
    entry = zipfile.ZipInfo(name)  # its date is that of 1980
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100755 if is_program else 0o100644) << 16
    archive.writestr(entry, content)
