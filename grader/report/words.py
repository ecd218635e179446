"""The words, signs and numbers that all reports share."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from grader.record.check import Outcome
from grader.record.inert import inert
from grader.record.record import CheckResult, ExerciseScore, Record

LIMIT = 4000  # characters; the judge cuts a message shorter, so that no text is cut twice


class Sign(NamedTuple):
    """What shows an outcome: a word, a symbol and its ASCII form, as colour alone is not enough."""

    word: str
    symbol: str
    ascii: str


SIGNS = {
    Outcome.PASSED: Sign("passed", "✓", "+"),
    Outcome.FAILED: Sign("failed", "✗", "x"),
    Outcome.ERROR: Sign("error", "!", "!"),
    Outcome.TIMEOUT: Sign("timeout", "T", "T"),
    Outcome.MEMORY: Sign("memory", "M", "M"),
    Outcome.CRASHED: Sign("crashed", "C", "C"),
    Outcome.NOT_RUN: Sign("not run", "○", "o"),
}
IN_PART = Sign("in part", "◐", "~")  # a check that passed with a part of its points

_CI_COMMAND = re.compile(r"##(?=[\w.]*\[)")  # how GitHub and Azure mark a command in a log
_COMMAND_LINE = re.compile(r"^(\s*):(?=:)", re.MULTILINE)  # GitHub's
_ON = re.compile(r"on(?: \((?:abi )?(?P<detail>.+)\))?")


def shown(text: str) -> str:
    """Return text of a record as every report may show it."""
    return inert(text, LIMIT, keep="\n")


def one_line(text: str) -> str:
    """Return text of a record for a place that has one line."""
    return inert(text.replace("\n", " "), LIMIT)


def without_commands(text: str) -> str:
    """Return text in which a CI job that prints it finds no command within a line."""
    return _CI_COMMAND.sub("# #", text)


def without_command_lines(text: str) -> str:
    """Return text in which no line is a command either, for a place without a gutter."""
    return _COMMAND_LINE.sub(r"\1: ", without_commands(text))


def sign(check: CheckResult) -> Sign:
    """Return the sign of how a check ended."""
    if check.outcome is Outcome.PASSED and check.earned < check.points:
        return IN_PART
    return SIGNS[check.outcome]


def number(points: float) -> str:
    """Return points as people write them: 3, 2.5, 0.25."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def percent(earned: float, possible: float) -> int:
    """Return whole percent, rounded down: only full marks are 100."""
    exact = 100 * earned / possible if possible else 0
    return int(round(exact, 6))  # 100 * 0.57 is a little less than 57 in floating point


def own_hint(score: ExerciseScore, check: CheckResult) -> str:
    """Return the hint of a check without what is said once, at its exercise."""
    told = score.cause.text if score.cause else ""
    return check.hint.replace(told, "").rstrip("; ") if told else check.hint


def cause_lines(score: ExerciseScore) -> list[tuple[str, str]]:
    """Return what is said of an exercise as a whole: pairs of a label and a text."""
    cause = score.cause
    if cause is None:
        return []
    said = [("hint", cause.text), ("look at", cause.place), ("try", cause.example)]
    return [(label, text) for label, text in said if text]


def sign_counts(record: Record) -> dict[Sign, int]:
    """Return how many checks have each sign, from passed to not run, without zeros."""
    counts = Counter(map(sign, record.checks))
    passed, *others = SIGNS.values()
    return {mark: counts[mark] for mark in (passed, IN_PART, *others) if counts[mark]}


def outcome_counts(record: Record) -> dict[Outcome, int]:
    """Return how many checks ended in each way, in the order of Outcome, without zeros."""
    counts = Counter(check.outcome for check in record.checks)
    return {outcome: counts[outcome] for outcome in Outcome if counts[outcome]}


def problem(outcomes: Mapping[Outcome, int]) -> str:
    """Return how often a check ended without an answer, as "2 timeout, 1 not run", or ""."""
    answers = {Outcome.PASSED, Outcome.FAILED}
    return ", ".join(f"{n} {outcome}" for outcome, n in outcomes.items() if outcome not in answers)


def unread(record: Record) -> str:
    """Return why no check of a submission could be run, or "" if one was."""
    reasons = {check.message if check.outcome is Outcome.NOT_RUN else "" for check in record.checks}
    return reasons.pop() if len(reasons) == 1 else ""


def isolation_line(sandbox: Mapping[str, str]) -> str:
    """Return the level, the layers that were on, and each missing one with its reason."""
    on, missing = [], []
    for layer, state in sandbox.items():
        if layer == "level":
            continue
        if match := _ON.fullmatch(state):
            on.append(f"{layer} {match['detail'] or ''}".rstrip())
        else:
            missing.append(f"{layer} - {state}")
    parts = [", ".join(on)] if on else []
    parts += ["missing: " + ", ".join(missing)] if missing else []
    line = f"isolation: {sandbox.get('level', 'not recorded')}"
    return f"{line} ({'; '.join(parts)})" if parts else line
