"""Pages of a real class in a real browser: `make pages`, or `make test` where chromium is found."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from grader.record.aside import Aside
from grader.record.change import Change, Moved
from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.excerpt import Excerpt
from grader.record.figure import Heatmap
from grader.record.record import About, Digests, HandIn, Record, Student, make_record
from grader.report.summary import summarise
from grader.report.write import write_class, write_submission

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
HOSTILE = "\"'><script>document.title = 'owned'</script><img src=http://x.invalid onerror=alert(1)>"
STUDENTS = {"ann": "Ann Ångström", "bob": "Bob Haddad", "eve": HOSTILE, "zoe": "Zoë Øster"}
SCORES = {"ann": (1, 1, 1), "bob": (0, 1, 0), "eve": (0, 0, 0), "zoe": (1, 0, 1)}
CHECKS = [
    Check("public/test_shape", "Distances have one row per point.", "distances", "public", 2),
    Check("hidden/test_random", "Distances are right.", "distances", "hidden", 4),
    Check("hidden/test_ties", "A tie goes to the smaller label.", "predict", "hidden", 5),
]


def outcome(check: Check, is_right: int, text: str) -> CheckOutcome:
    if is_right:
        return CheckOutcome(check.id, Outcome.PASSED, seconds=0.01)
    figure = Heatmap(text, "", ["..44", "dx.."], (2, 4), 3.25)
    hint = f"write `import numpy as np`: {text}"
    return CheckOutcome(check.id, Outcome.FAILED, message=text, hint=hint, figure=figure)


def record(submission: str) -> Record:
    is_hostile = submission == "eve"
    text = HOSTILE if is_hostile else "ValueError: bad\n  line 2 of knn.py, in distances"
    made = make_record(
        assignment="knn",
        submission=submission,
        seed=1,
        exercises=["distances", "predict"],
        checks=CHECKS,
        outcomes=[outcome(*pair, text) for pair in zip(CHECKS, SCORES[submission], strict=True)],
        notes=[text] if is_hostile else [],
        sandbox={"level": "isolated", "landlock": "on"},
        versions={"nablagrade": "1", "python": "3.11.9"},
        digests=Digests(submission="ab" * 32, suite="cd" * 32),
        seconds=1.0,
        code=[Excerpt("distances", "knn.py", 1, f"def distances(X):\n    {text!r}\n    return X")],
        hand_in=HandIn(student=Student(submission, STUDENTS[submission]), attempt=1),
        graded_at="2026-01-06T09:00:00+00:00",
        about=About("k-NN", "2026-01-05T18:00", "ta@uni.edu"),
    )
    return msgspec.structs.replace(made, source=text)


@pytest.fixture(scope="session")
def reports(tmp_path_factory) -> Path:
    """The folder of reports of a class of four, one of whom is hostile in every field."""
    out = tmp_path_factory.mktemp("reports")
    records = [record(name) for name in STUDENTS]
    for one in records:
        write_submission(out, one)
    summary = summarise(records, "k-NN")
    summary.changes = [
        Change("bob", "Bob", 6.0, 4.0, [Moved("hidden/test_ties", 2, None)], True, "2026-01-06")
    ]
    summary.aside = [Aside(HOSTILE, "hidden", is_open=True)]
    summary.absent = [HOSTILE]
    write_class(out, summary)
    return out


@pytest.fixture(scope="session")
def browser() -> Iterator:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium is installed: its Debian package is called chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, reports) -> Iterator[Callable]:
    """Open a page of the reports; whatever else is asked for, or complained of, fails the test."""
    contexts, faults = [], []

    def open_page(name: str, **settings):
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("console", lambda message: faults.append(f"console: {message.text}"))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda request: request.url.startswith("file:") or faults.append(request.url),
        )
        page.goto((reports / name).as_uri())
        return page

    open_page.faults, open_page.has_faults = faults, False  # what a test expects
    yield open_page
    for context in contexts:
        context.close()
    assert open_page.has_faults or faults == []
