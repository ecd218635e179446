"""The bytes of one file of code, as far as the limits go.

Runs in: the conductor.
"""

from grader.intake.files.member import Kind, Member
from grader.intake.files.outputs import without_outputs
from grader.intake.limits import MIB, NOTEBOOK_BYTES, NOTEBOOK_FILE_BYTES, PYTHON_BYTES
from grader.intake.submission import NOTEBOOK
from grader.intake.unreadable import Unreadable


def read_file(member: Member, called: str, most: int = NOTEBOOK_FILE_BYTES) -> bytes:
    """Return the whole of a file, counting its real bytes.

    Args:
        called: what a message calls the file.
        most: bytes that may be read, if that is less than a file of its kind may have.

    Raises:
        Unreadable: it is no regular file, or larger than it may be.
    """
    if member.kind is not Kind.FILE:
        raise Unreadable(f"{called} is {member.kind}, not a regular file; hand in the file itself")
    is_notebook = member.name.lower().endswith(NOTEBOOK)
    limit = min(most, NOTEBOOK_FILE_BYTES if is_notebook else PYTHON_BYTES)
    data = member.read(limit + 1)
    if len(data) > limit:
        advice = "clear the outputs" if is_notebook else "hand in code without data"
        raise Unreadable(f"{called} is larger than {limit // MIB} MiB; {advice}")
    return data


def code_in(member: Member, data: bytes, called: str) -> bytes:
    """Return a file of code, a notebook without its outputs.

    Raises:
        Unreadable: there is too much in a notebook besides its outputs.
    """
    if not member.name.lower().endswith(NOTEBOOK):
        return data
    data = without_outputs(data)
    if len(data) > NOTEBOOK_BYTES:
        size = f"{NOTEBOOK_BYTES // MIB} MiB"
        raise Unreadable(f"{called} is larger than {size} without outputs; hand in code only")
    return data
