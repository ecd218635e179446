"""docs/architecture.md counts files that exist, and as many as its headings say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
CHANGES = re.findall(r"^### (a|an) ([^:\n]+): (\d) files\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S)


def places(text: str) -> list[str]:
    """Return what begins the lines of a list: the file or folder that a change touches."""
    return re.findall(r"^- (?:`(\S+)`|The module that acts on it)", text, re.M)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change[1])
def test_a_change_touches_as_many_places_as_its_heading_says(change):
    _, _, count, text = change
    assert len(places(text)) == int(count)


def test_four_changes_are_counted():
    assert len(CHANGES) == 4


def paths_named(page: str) -> set[str]:
    """Return the paths in backticks; those without a first folder are of the package."""
    named = set(re.findall(r"`([\w./]+/[\w.]*)`", page))
    return {path if (ROOT / path.split("/")[0]).exists() else f"grader/{path}" for path in named}


def test_every_file_that_the_page_names_exists():
    missing = {path for path in paths_named(PAGE) if not (ROOT / path).exists()}
    assert missing == set()
    assert len(paths_named(PAGE)) > 20


def test_a_file_that_does_not_exist_is_found():
    (path,) = paths_named("see `sandbox/wire/no_such.py`")
    assert not (ROOT / path).exists()
