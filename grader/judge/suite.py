"""A suite: checks that pytest collected, run on one submission by pytest's own protocol.

Runs in: the judge. The warm judge has collected the checks.
"""

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from textwrap import indent

import pytest

from grader.judge.blame import CheckFault
from grader.judge.conversation import Conversation, used_up
from grader.judge.declared import shows_example
from grader.judge.evidence import Compared, Evidence, Load, Seen
from grader.judge.failures import Missing, SubmissionEnded
from grader.judge.verdict import Place, Verdict, import_of, judge_error, told_end
from grader.record.cause import Explain, Explained
from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.inert import inert
from grader.sandbox.settings import remember
from grader.sandbox.workers import Workers

_NOT_IMPORTED = ("ImportError", "ModuleNotFoundError")
_FAULTS_TOLD = 10
_PRINTED_TOLD = 1000  # characters
_MAX_KEPT = 256 << 20  # bytes of answers that are kept until the last check has ended
_SHARE_OF_A_SECOND_LOOK = 1 / 40  # of a worker's time; what took more of it is not run again
_KEPT = "right when it was called first, and wrong afterwards: what does it keep between calls?"
_TOP = "<module>"  # what a traceback calls the top level of a file
_NO_NAME = re.compile(r"NameError: name '(\w+)'")
_MISSING = re.compile(r"(?:does not define |has no method |NameError: name ')(\w+)")


@dataclass
class Attempt:
    """One submission, as the judge's child sees it."""

    seed: int
    session: Workers
    module: str  # the submission's name as a module
    file: str  # its name in messages
    place: Place
    worker_seconds: float  # wall time of a worker in one test
    exercises: Collection[str] | None = None  # run the checks of these alone
    left_out: Sequence[str] = ()  # notes on parts of the file that were left out
    # Runs the submission without the top-level statement at a line, or without all that sets up
    # imported modules; tells whether there was such a thing.
    leave_out: Callable[[int | None], bool] = lambda _: False
    binds: Callable[[int], Collection[str]] = lambda _: ("*",)  # names, "*" for any, by a line
    surplus: Collection[str] = ()  # names that it defines and nobody asks for
    text: Callable[[], str] = lambda: ""  # the module without what was left out of it
    load: Load = lambda _, __: None  # lets workers run another text, and modules beside it
    explain: Explain = "fast"


@dataclass
class Running:
    """The test that runs now."""

    check: Check
    test: str  # the name of the check and the parameters of this case
    talk: Conversation
    blocked: bool  # its verdict is known already, so that it is not run
    share: float = 1.0
    note: str = ""  # says what partial credit was given for
    error: BaseException | None = None
    ended: bool = False  # the submission has ended before the check has
    compared: list[Compared] = field(default_factory=list)
    shows: bool = True  # students may see an example that is made of its calls
    is_second: bool = False  # the test passed before, in the same worker


class Suite:
    """The collected checks, run one submission at a time; `running` is the current test."""

    def __init__(
        self,
        tests: Mapping[Check, Sequence[pytest.Item]],
        explain: Callable[[Sequence[Evidence]], Iterator[Explained]],
    ) -> None:
        self._tests = tests
        self._explain = explain  # finds out why exercises lost points
        self.checks = list(tests)
        self._methods = {check.exercise.rpartition(".")[2] for check in tests}
        self.fixed = [  # hidden checks that draw nothing: their answers can be learnt by heart
            check.id
            for check, items in tests.items()
            if check.visibility == "hidden" and not any(map(_draws, items))
        ]
        self.attempt: Attempt | None = None
        self.running: Running | None = None
        self.faults: list[str] = []  # notes: what failed on import, or took too long
        self._fault_lines: dict[str, int] = {}  # the line in the module that a fault is about
        self._seen: dict[str, list[Seen]] = {}  # exercise -> its tests that have ended
        self._kept = 0  # bytes of the answers in them
        self._lost = 0.0  # seconds that workers took in runs that do not count
        self._dead: Verdict | None = None  # on all checks, if the import ended the submission

    def sort(self, key: Callable[[Check], float]) -> None:
        """Run the checks in the order of a number from now on."""
        self._tests = {check: self._tests[check] for check in sorted(self._tests, key=key)}

    def run(
        self,
        attempt: Attempt,
        begin: Callable[[Check], None],
        emit: Callable[[CheckOutcome], None],
        tell: Callable[[Explained], None] = lambda _: None,
    ) -> None:
        """Judge one submission; `emit` gets each check's outcome as soon as it is known.

        The checks after the one in which the submission used up its time are not run. `tell` gets
        the causes of what was lost when all checks have ended.

        Raises:
            CheckFault: a check is broken.
        """
        self.attempt, self._dead, self.faults, self._fault_lines = attempt, None, [], {}
        self._seen, self._kept = {}, 0
        self._lost = 0.0
        chosen = {
            check: items
            for check, items in self._tests.items()
            if attempt.exercises is None or check.exercise in attempt.exercises
        }
        following = dict(pairwise(item for items in chosen.values() for item in items))
        for check, items in chosen.items():
            begin(check)
            started = time.monotonic()
            verdicts: list[Verdict] = []
            for item in items:
                verdict = self._judge(
                    attempt, check, item, following.get(item), verdicts, twice=True
                )
                verdicts.append(verdict)
                self._note_seen(verdict)
            emit(_outcome(check, verdicts, time.monotonic() - started))
            if attempt.session.seconds_left <= 0:
                self.faults.append(used_up(attempt.session))
                break
        if attempt.explain != "off":
            for explained in self._explain(self._evidence(attempt)):
                tell(explained)

    def _evidence(self, attempt: Attempt) -> list[Evidence]:
        """Return what is known of every exercise that lost points."""
        again = partial(self._again, attempt)
        return [
            Evidence(
                exercise,
                seen,
                again,
                attempt.session,
                attempt.place,
                attempt.text(),
                attempt.module,
                attempt.load,
            )
            for exercise, seen in self._seen.items()
            if any(one.lost for one in seen)
        ]

    def _again(self, attempt: Attempt, seen: Seen, number: int) -> Seen:
        """Run a test on the submission once more, with inputs of the seed after so many."""
        (item,) = [item for item in self._tests[seen.check] if item.name == seen.test]
        before, dead, faults = self.attempt, self._dead, len(self.faults)
        self.attempt = replace(attempt, seed=attempt.seed + number)
        try:
            verdict = self._judge(self.attempt, seen.check, item, None, [])
        finally:
            self.attempt, self._dead = before, dead
            del self.faults[faults:]
        assert self.running is not None
        return self._as_seen(self.running, verdict)

    def _judge(
        self,
        attempt: Attempt,
        check: Check,
        item: pytest.Item,
        following: pytest.Item | None,
        so_far: list[Verdict],
        twice: bool = False,
    ) -> Verdict:
        lost = [verdict for verdict in so_far if verdict.outcome is not Outcome.PASSED]
        known = self._dead or (lost[0] if lost else None)
        run = self._run_twice(attempt, check, item, following, known is not None, twice)
        talk = run.talk
        if known is not None:
            return known
        if run.error is None:
            return Verdict(Outcome.PASSED, run.note, share=run.share)
        try:
            verdict = judge_error(run.error, check.visibility, talk.last_answer, attempt.place)
        except CheckFault as fault:
            raise CheckFault(f"{check.id}: {fault}") from fault
        self._note_faults(attempt, talk)
        if verdict.outcome in (Outcome.FAILED, Outcome.ERROR):
            verdict = replace(verdict, hint=verdict.hint or self._left_out(attempt, run.error))
            verdict = replace(verdict, hint=_KEPT) if run.is_second else verdict
        if isinstance(run.error, SubmissionEnded) and not talk.imported:
            verdict = replace(verdict, message=f"while it was imported, {verdict.message}")
            self._dead = verdict
        if check.visibility == "public" and (printed := talk.output.strip("\n")):
            text = indent(inert(printed, _PRINTED_TOLD, keep="\n"), "  ")
            verdict = replace(verdict, message=f"{verdict.message}\nyour code printed:\n{text}")
        return verdict

    def _look_again(
        self, attempt: Attempt, run: Running, item: pytest.Item, following: pytest.Item | None
    ) -> Running:
        """Run a test that passed once more, with other numbers and in the same worker.

        Code that is right once, and keeps something for the next call, is not right. A check that
        draws nothing has no other numbers; one that takes long, as a training does, or that gives
        a part of its points, is run once.

        Returns:
            The run that counts.
        """
        talk, events = run.talk, len(run.talk.events or ())
        is_over = run.blocked or run.error is not None or bool(run.note)
        if (
            is_over
            or not _draws(item)
            or not talk.has_room(attempt.worker_seconds * _SHARE_OF_A_SECOND_LOOK)
        ):
            return run
        self.running = again = Running(
            run.check, f"{run.test} again", talk, blocked=False, is_second=True
        )
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if again.error is None:
            if talk.events is not None:
                del talk.events[events:]
            self.running = run
        else:
            self.running = replace(again, test=run.test, shows=run.shows)
        return self.running

    def _note_seen(self, verdict: Verdict) -> None:
        """Keep what a test saw, which tells only together with the others of its exercise."""
        run = self.running
        assert run is not None
        if run.blocked:
            return
        self._kept += run.talk.received
        seen = self._as_seen(run, verdict)
        self._seen.setdefault(run.check.exercise, []).append(
            seen if self._kept <= _MAX_KEPT else replace(seen, events=())
        )

    @staticmethod
    def _as_seen(run: Running, verdict: Verdict) -> Seen:
        events, names = run.talk.events or (), run.talk.names()
        compared = tuple(run.compared)
        return Seen(run.check, run.test, verdict, run.error, events, names, compared, run.shows)

    def _run_twice(
        self,
        attempt: Attempt,
        check: Check,
        item: pytest.Item,
        following: pytest.Item | None,
        blocked: bool,
        twice: bool,
    ) -> Running:
        """Run a test, and once more if it did not pass in a worker that served another one before.

        Then the run in a new worker is the one that counts: it starts as if there had been no
        other, with the same time and the same generators.
        """
        set_back = remember() if attempt.session.shared else None
        left = attempt.session.seconds_left
        run = self._run(attempt, check, item, following, blocked, twice)
        if set_back is None or not run.talk.used or (run.error is None and not run.ended):
            return run
        set_back()
        self._lost += run.talk.seconds_taken
        attempt.session.seconds_left = left
        attempt.session.shared &= self._lost < attempt.worker_seconds
        return self._run(attempt, check, item, following, blocked, twice, alone=True)

    def _run(
        self,
        attempt: Attempt,
        check: Check,
        item: pytest.Item,
        following: pytest.Item | None,
        blocked: bool,
        twice: bool,
        alone: bool = False,
    ) -> Running:
        leave_out = partial(self._leave_out, attempt)
        talk = Conversation(
            attempt.session,
            attempt.file,
            attempt.worker_seconds,
            self._methods,
            leave_out,
            attempt.surplus,
            alone,
        )
        self.running = run = Running(check, item.name, talk, blocked)
        run.shows = shows_example(item)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if twice:
            run = self._look_again(attempt, run, item, following)
        run.ended = talk.is_over()
        talk.close(passed=run.error is None)
        return run

    def _leave_out(self, attempt: Attempt, ended: SubmissionEnded) -> bool:
        """Go on with less of a submission that ended on import, if it is known of what.

        When its time was up, that is the top-level statement that it was at; when it died, what
        sets up imported modules is tried to be done without.
        """
        file, told = f"{attempt.module}.py", inert(told_end(ended, attempt.place))
        lines = [step.line for step in ended.steps if (step.file, step.function) == (file, _TOP)]
        if lines and attempt.leave_out(lines[0]):
            place = attempt.place(file, lines[0])
            self._note(f"{place} took too long and was left out: {told}", lines[0])
            return True
        if not lines and ended.outcome is Outcome.CRASHED and attempt.leave_out(None):
            self._note(f"what sets up imported modules was left out: {told}", 0)
            return True
        return False

    def _note_faults(self, attempt: Attempt, talk: Conversation) -> None:
        """Note what failed on import; as no input was there yet, its words may be shown."""
        for line, text in talk.faults:
            place = attempt.place(f"{attempt.module}.py", line)
            fails = "could not be imported" if text.startswith(_NOT_IMPORTED) else "was left out"
            self._note(f"{place} {fails}: {inert(text)}", line)

    def _note(self, note: str, line: int) -> None:
        if note not in self._fault_lines:
            self._fault_lines[note] = line
            self.faults += [note] if len(self.faults) < _FAULTS_TOLD else []

    def _left_out(self, attempt: Attempt, error: BaseException) -> str:
        """Return the note on what was left out, if a missing name is or may be bound there."""
        missing = _MISSING.search(str(error))
        if not missing or not isinstance(error, (NameError, Missing, SubmissionEnded)):
            return ""
        return self._first_cause(attempt, missing[1])

    def _first_cause(self, attempt: Attempt, name: str) -> str:
        """Return the note on what a name is missing for, or else how to import it, or ""."""
        seen, cause = {""}, import_of(name)
        while name not in seen:
            seen.add(name)
            note = self._unbound(attempt, name)
            missing = _NO_NAME.search(note)
            cause = note or import_of(name) or cause
            name = missing[1] if missing else ""
        return cause

    def _unbound(self, attempt: Attempt, name: str) -> str:
        """Return the note on what was left out and binds a name, or may bind it, or ""."""
        definition = re.compile(rf"\b(def|class) {re.escape(name)}\b")
        notes = [note for note in attempt.left_out if definition.search(note)]
        for note, line in self._fault_lines.items():
            if not {name, "*"}.isdisjoint(attempt.binds(line)):
                notes.append(note)
        return next(iter(notes), "")


def _draws(item: pytest.Item) -> bool:
    return "rng" in getattr(item, "fixturenames", ())


def _outcome(check: Check, verdicts: Sequence[Verdict], seconds: float) -> CheckOutcome:
    """Return the outcome of a check: that of its first case that lost points."""
    lost = [verdict for verdict in verdicts if verdict.outcome is not Outcome.PASSED]
    telling = lost[0] if lost else min(verdicts, key=lambda verdict: verdict.share)
    return CheckOutcome(
        id=check.id,
        outcome=telling.outcome,
        share=telling.share,
        message=telling.message,
        hint=telling.hint,
        seconds=seconds,
        figure=telling.figure,
    )
