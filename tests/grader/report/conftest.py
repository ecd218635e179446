"""Sample records, made the way the grader makes them, their reports, and a reader of pages."""

import io
from collections.abc import Callable, Sequence
from html.parser import HTMLParser

import pytest
from rich.console import Console

from grader.record.aside import Aside
from grader.record.cause import Cause
from grader.record.change import Change, Moved
from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.record import Digests, HandIn, Record, Student, make_record
from grader.report.formats import Screen
from grader.report.summary import Summary, summarise

CHECKS = [
    Check("public/test_shape", "Distances have one row per test point.", "distances", "public", 1),
    Check("hidden/test_random", "Distances are right on random data.", "distances", "hidden", 4),
    Check("hidden/test_ties", "A tie goes to the smaller label.", "predict_labels", "hidden", 3),
    Check("hidden/test_k", "Every k up to N works.", "predict_labels", "hidden", 2),
]
OUTCOMES = [
    CheckOutcome("public/test_shape", Outcome.PASSED, seconds=0.012),
    CheckOutcome("hidden/test_random", Outcome.PASSED, share=0.625, seconds=0.4),
    CheckOutcome(
        "hidden/test_ties",
        Outcome.FAILED,
        message="predict_labels: differs in 2 of 10 places\nfirst at index 3",
        hint="count the votes per label, then take the first of the largest.",
        seconds=0.03,
    ),
    CheckOutcome("hidden/test_k", Outcome.TIMEOUT, message="no answer in 10 s", seconds=10.0),
]

MakeRecord = Callable[..., Record]


@pytest.fixture
def make() -> MakeRecord:
    """A record of one submission; what is not given is that of a usual one."""
    return sample


def sample(
    submission: str = "alice",
    outcomes: Sequence[CheckOutcome] = OUTCOMES,
    notes: Sequence[str] = (),
    checks: Sequence[Check] = CHECKS,
    sandbox: dict[str, str] | None = None,
    hand_in: HandIn | None = None,
    causes: dict[str, Cause] | None = None,
) -> Record:
    exercises = list(dict.fromkeys(check.exercise for check in checks))
    return make_record(
        assignment="knn",
        submission=submission,
        seed=987654321,
        exercises=exercises,
        checks=checks,
        outcomes=outcomes,
        notes=notes,
        sandbox=sandbox or {"level": "confined", "landlock": "on (abi 4)", "namespaces": "EPERM"},
        versions={"nablagrade": "0.1.0", "python": "3.11.9", "numpy": "2.4.6"},
        digests=Digests(submission="ab" * 32, suite="cd" * 32),
        seconds=11.25,
        hand_in=hand_in,
        causes=causes,
        graded_at="2026-01-06T09:00:00+00:00",
    )


@pytest.fixture
def make_unread() -> Callable[[str, str], Record]:
    """A record of one submission that could not be read, for the reason that is given."""
    return sample_unread


def sample_unread(submission: str, reason: str) -> Record:
    outcomes = [CheckOutcome(check.id, Outcome.NOT_RUN, message=reason) for check in CHECKS]
    return sample(submission, outcomes, [reason])


@pytest.fixture
def sum_up() -> Callable[..., Summary]:
    """The summary of a class with the records that are given."""
    return lambda *records: summarise(records, "k-NN")


@pytest.fixture
def sample_class() -> list[Record]:
    """The records that the golden files are made of."""
    alice = HandIn(
        student=Student("alice", "Alice Ångström", "alice@uni.edu"),
        submitted_at="2026-01-05T12:00:00",
        attempt=2,
        source="../submitted/alice",
    )
    return [
        sample("alice", notes=["cell 3 was left out: it is not Python"], hand_in=alice),
        sample("zoe", [CheckOutcome(check.id, Outcome.PASSED) for check in CHECKS]),
        sample_unread("bob", "no knn.py or knn.ipynb here; hand in one of them"),
    ]


@pytest.fixture
def sample_summary(sample_class, sum_up) -> Summary:
    """Their sums, of a class that was graded again and had other things in its folder."""
    summary = sum_up(*sample_class)
    moved = [Moved("hidden/test_ties", 3, 0), Moved("hidden/test_k", None, 0)]
    at = "2026-01-06T09:00:00+00:00"
    summary.changes = [Change("alice", "Alice Ångström", 6.5, 3.5, moved, False, at)]
    summary.aside = [Aside("notes.txt", "not a .py file"), Aside(".eve/", "hidden", is_open=True)]
    summary.absent = ["Dan Lee (s4)"]
    return summary


@pytest.fixture
def render() -> Callable[..., bytes]:
    """What a format makes of a record or of a summary, on a terminal without colours."""

    def render(row, shown: Record | Summary, width: int = 80) -> bytes:
        if not isinstance(row, Screen):
            return row.render(shown)
        console = Console(file=io.StringIO(), width=width, color_system=None)
        row.show(console, shown)
        return console.file.getvalue().encode(errors="surrogatepass")

    return render


class Page(HTMLParser):
    """The elements of a page, and its text as a reader sees it."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self.feed(html.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.elements and self.elements[-1][0] != "style":
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    @property
    def shape(self) -> list[tuple[str, list[str]]]:
        """Its elements, and the names of their attributes."""
        return [(tag, list(attrs)) for tag, attrs in self.elements]

    def every(self, name: str) -> list[str]:
        return [attrs[name] for _, attrs in self.elements if attrs.get(name) is not None]


@pytest.fixture
def read_page() -> Callable[[bytes], Page]:
    return Page
