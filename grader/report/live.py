"""What a terminal shows while checks run: how far they are, and the first one that lost points."""

from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from grader.record.check import Step
from grader.record.record import CheckResult, results
from grader.report.text import result_lines
from grader.report.words import one_line

_WIDTH = 24  # characters of the bar


class LiveChecks:
    """A context in which a terminal is kept up to date; it leaves no trace there."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._first: CheckResult | None = None
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
            self._live.update(Text("starting ...", style="dim"), refresh=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def tell(self, step: Step) -> None:
        """Show that a check begins or has ended."""
        if not self._live.is_started:
            return
        if step.outcome is not None and self._first is None:
            (result,) = results([step.check], [step.outcome])
            self._first = result if result.earned < result.points else None
        self._live.update(Group(*self._told(), _bar(self._console, step)), refresh=True)

    def _told(self) -> list[Text]:
        return [] if self._first is None else list(result_lines(self._console, self._first))


def _bar(console: Console, step: Step) -> Text:
    ended = step.number - (step.outcome is None)
    full, empty = ("#", ".") if console.options.ascii_only else ("━", "─")
    at = _WIDTH * ended // step.total
    title = one_line(f"{step.check.exercise}: {step.check.title}")
    told = Text.assemble((at * full, "green"), ((_WIDTH - at) * empty, "dim"))
    told.append(f" {ended}/{step.total}  {title}")
    told.truncate(console.width - 1, overflow="ellipsis")
    return told
