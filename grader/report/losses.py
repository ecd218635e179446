"""What lost points in a submission: each cause once, with all the checks that it made fail."""

from dataclasses import dataclass

from grader.record.check import Outcome
from grader.record.record import CheckResult, Record
from grader.report.place import Place, place_of
from grader.report.words import Sign, number, sign


@dataclass(frozen=True)
class Loss:
    """Checks of one exercise that ended in the same way, for the same reason."""

    checks: list[CheckResult]

    @property
    def first(self) -> CheckResult:
        return self.checks[0]

    @property
    def points(self) -> float:
        return sum(check.points - check.earned for check in self.checks)

    @property
    def place(self) -> Place | None:
        return place_of(self.first.message)

    @property
    def sign(self) -> Sign:
        return sign(self.first)

    @property
    def reason(self) -> str:
        return reason(self.first)


def losses(record: Record) -> list[Loss]:
    """Return every check that did not pass in full, in the order of the suite."""
    groups: dict[tuple[str, ...], Loss] = {}
    for check in record.checks:
        if check.outcome is not Outcome.PASSED or check.earned < check.points:
            key = (check.exercise, sign(check).word, check.message, check.hint)
            groups.setdefault(key, Loss([])).checks.append(check)
    return list(groups.values())


def reason(check: CheckResult) -> str:
    """Return what a student reads about a check, or "" if its title says all."""
    hint = f"hint: {check.hint}" if check.hint else ""
    return "\n".join(text for text in (check.message, hint) if text)


def points_of(check: CheckResult) -> str:
    """Return what a check earned of what it is worth, as "2.5 of 4"."""
    return f"{number(check.earned)} of {check.points}"
