"""What a file is that nobody can grade, told by its ending, and what to hand in instead.

Runs in: the conductor.
"""

import re

from grader.record.inert import inert

_ARCHIVES = (".7z", ".rar", ".gz", ".bz2", ".xz", ".zst")
_LINKS = (".desktop", ".gdoc", ".gsheet", ".lnk", ".url", ".webloc")
_PAGES = (".doc", ".docx", ".htm", ".html", ".mht", ".odt", ".pages", ".pdf", ".rtf")
_RENAMED = re.compile(r"\.(?:py|ipynb)\b(?!\w)(.+)$", re.IGNORECASE)  # eve.py.txt, eve.ipynb (1)


def instead_of(name: str) -> str:
    """Return what a file is and what to hand in instead, or "" if it may be anything."""
    lower = name.lower()
    if lower.endswith(_LINKS):
        return "a link to a file; download the file itself"
    if renamed := _RENAMED.search(name):
        return f"called by one ending too many; take off '{inert(renamed[1], 20)}'"
    if lower.endswith(_ARCHIVES):
        return "an archive that is not opened; make a .zip"
    if lower.endswith(_PAGES):
        return "a page; hand in the notebook or script that it was made from"
    is_compiled = lower.endswith((".pyc", ".pyd", ".so"))
    return "compiled code; hand in the script that it was made from" if is_compiled else ""


def may_be_work(name: str) -> bool:
    """Tell whether a file that cannot be handed in was probably meant to be."""
    return name.lower().endswith((*_ARCHIVES, *_LINKS)) or bool(_RENAMED.search(name))
