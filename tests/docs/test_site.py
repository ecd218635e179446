"""`make docs` builds the site, refuses what is broken, and fills pages from the code."""

import html
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from msgspec.structs import fields

from grader.cli import EXIT_CODES
from grader.course.assignment import Manifest
from grader.report.formats import OF_CLASS, OF_SUBMISSION

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.processes, pytest.mark.slow]


def build(docs: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Build a site with the options of the Makefile."""
    options = re.search(r"-m sphinx (.*) docs site", (ROOT / "Makefile").read_text())[1]
    command = [sys.executable, "-m", "sphinx", *options.split(), "-d", out / ".trees", docs, out]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("site")
    done = build(ROOT / "docs", out)
    assert (done.returncode, done.stderr) == (0, "")
    return out


def text_of(page: Path) -> str:
    """Return what a page shows, without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text()))


def test_every_page_is_in_the_navigation(site):
    index = (site / "index.html").read_text()
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    for page in set(pages) - {Path("index.md")}:
        assert f'href="{page.with_suffix(".html").as_posix()}"' in index
    assert len(pages) > 15


def test_no_page_asks_for_anything_of_another_machine(site):
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|link|img)[^>]*(?:src|href)="(http[^"]*)"', page.read_text()
        )
        assert loaded == [], page


def test_the_reference_names_what_the_code_knows(site):
    reference = site / "reference"
    commands = text_of(reference / "commands.html")
    assert "grader grade PATH ... [options]" in commands
    assert "--roster CSV" in commands
    assert "grader import nbgrader SOURCE.ipynb" in commands
    assert EXIT_CODES in commands  # with its dashes as they are typed
    keys = text_of(reference / "assignment-toml.html")
    of_authors = {f.name for f in fields(Manifest)} - {"name", "defines", "handout", "limits"}
    assert not [key for key in (*of_authors, "limits.check_seconds") if key not in keys]
    formats = text_of(reference / "formats.html")
    assert not [r.format for r in (*OF_SUBMISSION, *OF_CLASS) if r.format not in formats]
    assert "Sum of the points earned." in text_of(reference / "record.html")
    assert "close(actual, expected, *, tol=1e-06" in text_of(reference / "fixtures.html")
    assert not [p for p in reference.glob("*.html") if "made:" in p.read_text()]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("See [there](nowhere.md).", "nowhere.md"),
        ("See [there](index.md#no-such-part).", "no-such-part"),
        ("<!-- made: nothing -->", "nothing"),
    ],
)
def test_a_link_that_leads_nowhere_or_a_part_that_nobody_makes_fails(line, words, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("conf.py", "made.py"):
        shutil.copy(ROOT / "docs" / name, docs)
    (docs / "index.md").write_text(f"# A page\n\n{line}\n")
    done = build(docs, tmp_path / "site")
    assert done.returncode != 0
    assert words in done.stderr


def test_what_builds_the_site_is_an_extra_that_tests_install_too():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert any("sphinx" in requirement for requirement in extras["docs"])
    assert any("docs" in requirement for requirement in extras["test"])
