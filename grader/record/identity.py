"""What a submission may be called: its id names a folder beside the reports on the class."""

import hashlib
import re
import unicodedata

LOG = "records.jsonl"
CSV = "grades.csv"
PAGE = "index.html"
ID_LENGTH = 64

_READABLE = 40  # characters of a name that is no id, in the id made of it
_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._@+-]{{0,{ID_LENGTH - 1}}}")


def is_id(name: str) -> bool:
    """Tell whether `name` is plain, and not that of a report on the class."""
    return _ID.fullmatch(name) is not None and name.lower() not in {LOG, CSV, PAGE}


def id_of(name: str) -> str:
    """Return `name` if it is an id, else what can be read of it and a hash of the whole."""
    if is_id(name):
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:_READABLE]
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{words or 'id'}-{digest[:8]}"
