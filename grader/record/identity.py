"""What a submission may be called: its id names a folder beside the reports on the class."""

import re

LOG = "records.jsonl"
CSV = "grades.csv"
PAGE = "index.html"
ID_LENGTH = 64

_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._@+-]{{0,{ID_LENGTH - 1}}}")


def is_id(name: str) -> bool:
    """Tell whether `name` is plain, and not that of a report on the class."""
    return _ID.fullmatch(name) is not None and name.lower() not in {LOG, CSV, PAGE}
