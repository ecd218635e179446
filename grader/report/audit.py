"""The findings of an audit, for a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from grader.record.inert import inert


def print_finding(
    console: Console,
    subject: str,
    earned: float,
    possible: int,
    holes: Sequence[str],
    remarks: Sequence[str],
) -> None:
    """Print one line for the subject of a finding, and one for each hole and remark."""
    mark = Text("hole", style="red") if holes else Text("ok  ", style="green")
    points = "" if subject == "suite" else f"{earned:g} of "
    line = Text.assemble("  ", mark, f"  {subject}: {points}{possible} points")
    console.print(line, soft_wrap=True)
    for text in (*holes, *(f"remark: {remark}" for remark in remarks)):
        console.print(Text(f"        {inert(text, 500)}"), soft_wrap=True)
