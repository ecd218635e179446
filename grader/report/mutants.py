"""What mutants tell of suites: for a terminal, as JSON, and as a page."""

from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.record.inert import inert
from grader.record.mutants import MutantRecord, MutantScores
from grader.report.html import page_part

_MOST_SHOWN = 500  # characters of a line


def print_mutants(console: Console, scores: MutantScores) -> None:
    """Print the score of an assignment, a row for each exercise, and every survivor."""
    console.print(_table(scores))
    for mutant in scores.survivors:
        for line in _survivor(scores.assignment, mutant):
            console.print(line, soft_wrap=True)
    for name in scores.left_out:
        console.print(Text(f"  {name}: left out, its checks take too long for --quick"))
    for mark in scores.stale:
        console.print(Text(f"  mutants.toml: no survivor fits the mark of {inert(mark, 200)}"))
    console.print(Text(f"  {summary_line(scores)}", style="bold"), soft_wrap=True)


def summary_line(scores: MutantScores) -> str:
    """Return what became of the mutants in one line."""
    killed, survived = scores.count("killed"), scores.count("survived")
    left = f", {scores.untried} not tried" if scores.untried else ""
    return (
        f"{scores.assignment}: {killed} of {killed + survived} mutants killed "
        f"({_percent(scores.score)}); {scores.count('the same')} answer the same, "
        f"{scores.count('equivalent')} marked as equivalent{left}; {scores.seconds:.0f} s"
    )


def mutants_json(scores: Sequence[MutantScores]) -> bytes:
    """Return everything that is known, as one object of JSON."""
    assignments = [
        {
            "score": round(one.score, 4),
            "exercises": [
                {"score": round(part.score, 4), **msgspec.to_builtins(part)}
                for part in one.exercises
            ],
            **msgspec.to_builtins(one),
        }
        for one in scores
    ]
    return msgspec.json.format(msgspec.json.encode({"assignments": assignments})) + b"\n"


def mutants_page(scores: Sequence[MutantScores]) -> bytes:
    """Return the page on all assignments: scores, and the survivors with their diffs."""
    return page_part("mutants.html", scores=scores, percent_of=_percent).encode()


def _table(scores: MutantScores) -> Table:
    table = Table(box=None, pad_edge=True)
    table.add_column("exercise")
    for title in ("score", "killed", "survived", "the same", "equivalent"):
        table.add_column(title, justify="right")
    for part in scores.exercises:
        counts = (part.killed, part.survived, part.the_same, part.equivalent)
        style = "red" if part.survived else ""
        table.add_row(part.exercise, _percent(part.score), *map(str, counts), style=style)
    return table


def _survivor(assignment: str, mutant: MutantRecord) -> list[Text]:
    place = f"{assignment}.py:{mutant.line}"
    head = f"  {place} in {mutant.exercise}: {mutant.words}"
    lines = [Text(inert(head, _MOST_SHOWN), style="red")]
    lines += [Text(f"      {inert(line, _MOST_SHOWN)}") for line in mutant.diff.splitlines()]
    note = f"{mutant.note}; " if mutant.note else ""
    near = f"nearest check: {mutant.check}" if mutant.check else "no check comes near it"
    return [*lines, Text(f"      {inert(note + near, _MOST_SHOWN)}", style="dim")]


def _percent(score: float) -> str:
    """Return a share in percent, which says 100 only of a suite that lets nothing pass."""
    return f"{min(100 * score, 99.9):.1f} %" if score < 1 else "100 %"
