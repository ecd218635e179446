"""While checks run, a terminal shows how far they are and what lost points first."""

import io

from rich.console import Console

from grader.record.check import Check, CheckOutcome, Outcome, Step
from grader.report.live import LiveChecks

CHECKS = [Check(f"public/{n}", f"Title {n}.", "double", "public", 1) for n in ("one", "two", "six")]


def shown(outcomes: list[CheckOutcome | None], *, terminal: bool = True) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=80)
    with LiveChecks(console) as live:
        for n, (check, outcome) in enumerate(zip(CHECKS, outcomes, strict=False), start=1):
            live.tell(Step(check, None, n, 3))
            if outcome is not None:
                live.tell(Step(check, outcome, n, 3))
    return file.getvalue()


def ended(n: int, outcome: Outcome, message: str = "") -> CheckOutcome:
    return CheckOutcome(CHECKS[n].id, outcome, message=message)


def test_the_check_that_runs_is_named_and_counted():
    assert "1/3  double: Title two." in shown([ended(0, Outcome.PASSED), None])


def test_the_first_failure_stands_there_before_the_next_check_ends():
    first, second = ended(0, Outcome.FAILED, "got 3, expected 2"), ended(1, Outcome.FAILED, "later")
    told = shown([first, second])
    assert told.index("got 3, expected 2") < told.index("2/3")
    assert "later" not in told


def test_a_file_gets_nothing():
    assert shown([ended(0, Outcome.FAILED, "wrong")], terminal=False) == ""
