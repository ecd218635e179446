"""The id of a submission: a name that people can read, and that is safe as the name of a folder."""

import hashlib
import re
import unicodedata

from grader.record.files import may_be_report

ID_LENGTH = 64

_READABLE = 40  # how many characters of a name stay readable in the id that is made of it
_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._@+-]{{0,{ID_LENGTH - 1}}}")


def is_id(name: str) -> bool:
    """Tell whether `name` is plain, and cannot be that of a report on the class."""
    return _ID.fullmatch(name) is not None and not may_be_report(name)


def id_of(name: str) -> str:
    """Return `name` if it is an id, else what can be read of it and a hash of the whole."""
    if is_id(name):
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:_READABLE]
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{words or 'id'}-{digest[:8]}"
