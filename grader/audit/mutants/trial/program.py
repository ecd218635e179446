"""The process that tries mutants: it collects the hidden suite once and forks for each of them.

It is started as a process of its own. A `Plan` comes as a line on its standard input, and what is
found out goes to its standard output line by line. It ends when that is closed.
"""

import importlib
import os
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec

from grader.audit.mutants.messages import LeftOut, Measured, Plan, Problem, Told, Trial, Tried
from grader.audit.mutants.trial.forks import Ended, Task, in_forks
from grader.audit.mutants.trial.threads import ThreadWorkers
from grader.audit.mutants.trial.values import Watch, watched
from grader.course.files import course_text
from grader.course.handed_out import handed_out
from grader.engine.suite_of import collect_suite
from grader.errors import CourseError, GraderError
from grader.judge.blame import CheckFault
from grader.judge.suite import Attempt, Suite
from grader.record.check import CheckOutcome
from grader.sandbox.folders import copy_into
from grader.sandbox.terms import Terms

_SEED = 1  # so that two runs agree
_OTHER_SEEDS = (2, 3)  # with which a survivor is compared with the reference
_LEAST_SECONDS = 2.0  # that a mutant may take
_PATIENCE = 5  # times what the reference takes
_MIB = 1 << 20

_Write = Callable[[bytes], None]


def main() -> None:
    """Do what the plan says, and end."""
    out = _own_output()
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan, dec_hook=_path)
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        copy_into(Path(folder) / "work", handed_out(plan.settings.assignment))
        os.chdir(Path(folder) / "work")
        for name in plan.settings.assignment.imports:
            with suppress(ImportError):  # the reference says so
                importlib.import_module(name)
        if torch := sys.modules.get("torch"):
            torch.set_num_threads(1)  # as in a sandbox, where it sums in the same order
        try:
            collect_suite(plan.settings, lambda suite: _Trials(plan, suite, out).run())
        except GraderError as error:
            _tell(out, Problem(str(error), isinstance(error, CourseError)))
        os.chdir("/")


def _path(_: type, text: str) -> Path:
    return Path(text)


def _own_output() -> int:
    """Return a descriptor for messages; what the course's code prints goes nowhere."""
    warnings.simplefilter("ignore")  # nobody reads what numpy says of arithmetic on wrong answers
    out, null = os.dup(1), os.open(os.devnull, os.O_RDWR)
    for fd in (1, 2):
        os.dup2(null, fd)
    os.close(null)
    return out


def _tell(out: int, message: Told) -> None:
    left = memoryview(msgspec.json.encode(message) + b"\n")
    while left:
        left = left[os.write(out, left) :]


class _Lost(Exception):
    """The first check that a mutant loses ends its trial."""


class _Trials:
    """The suite, and what its checks take with the reference."""

    def __init__(self, plan: Plan, suite: Suite, out: int) -> None:
        self._plan = plan
        self._suite = suite
        self._out = out
        self._assignment = plan.settings.assignment
        assert self._assignment.reference_path is not None
        self._lines = course_text(self._assignment.reference_path).split("\n")
        self._seconds: dict[str, float] = {}  # exercise -> what its checks take
        self._spent: defaultdict[str, float] = defaultdict(
            float
        )  # exercise -> what its mutants have taken
        self._survivors: list[Trial] = []  # that are to be compared with the reference
        self._started = time.monotonic()

    def run(self) -> None:
        """Measure the reference, try every mutant, and compare the survivors."""
        self._measure()
        trials = [t for t in self._plan.trials if set(t.exercises) <= self._seconds.keys()]
        by_number = {trial.number: trial for trial in trials}
        for ended in self._ended(self._tasks(trials)):
            tried, trial = _tried(ended), by_number[ended.number]
            for exercise in trial.exercises:
                self._spent[exercise] += tried.seconds
            if tried.outcome == "survived" and trial.compare:
                self._survivors.append(trial)
            else:
                _tell(self._out, tried)
        for ended in self._ended(map(self._comparison, self._survivors)):
            _tell(self._out, _compared(ended))

    def _ended(self, tasks: Iterator[Task]) -> Iterator[Ended]:
        """Yield what became of tasks.

        Raises:
            GraderError: one of them raised what no mutant can be blamed for.
        """
        for ended in in_forks(tasks, self._plan.jobs):
            if ended.fault:
                raise GraderError(f"the process that tries mutants failed: {ended.fault}")
            yield ended

    def _measure(self) -> None:
        """Run the checks of each exercise with the reference.

        Raises:
            CourseError: the reference loses one of them.
        """
        exercises = sorted({check.exercise for check in self._suite.checks})
        tasks = (
            Task(number, self._plan.longest, partial(self._run_reference, exercise))
            for number, exercise in enumerate(exercises)
        )
        times: dict[str, float] = {}
        for ended in self._ended(tasks):
            exercise = exercises[ended.number]
            if ended.late:
                _tell(self._out, LeftOut(exercise))
                continue
            self._seconds[exercise] = ended.seconds
            if len(ended.lines) < sum(check.exercise == exercise for check in self._suite.checks):
                raise CourseError(
                    f"{self._assignment.reference_path}: {exercise} ended the process of its checks"
                )
            for line in ended.lines:
                outcome = msgspec.json.decode(line, type=CheckOutcome)
                if outcome.outcome != "passed" or outcome.share < 1:
                    raise CourseError(
                        f"{self._assignment.reference_path}: {outcome.id} does not pass: "
                        f"{outcome.outcome}, {outcome.message}"
                    )
                times[outcome.id] = outcome.seconds
                _tell(self._out, Measured(outcome.id, exercise, outcome.seconds))
        self._suite.sort(lambda check: times.get(check.id, 0.0))

    def _tasks(self, trials: list[Trial]) -> Iterator[Task]:
        for trial in trials:
            if self._plan.seconds and time.monotonic() - self._started > self._plan.seconds:
                return
            if all(self._spent[name] > self._plan.exercise_seconds for name in trial.exercises):
                continue
            yield Task(trial.number, self._longest(trial), partial(self._try, trial))

    def _longest(self, trial: Trial) -> float:
        return _LEAST_SECONDS + _PATIENCE * sum(self._seconds[name] for name in trial.exercises)

    def _comparison(self, trial: Trial) -> Task:
        seconds = 10 + 4 * self._longest(trial)
        return Task(trial.number, seconds, partial(self._compare, trial))

    def _run_reference(self, exercise: str, write: _Write) -> None:
        def emit(outcome: CheckOutcome) -> None:
            write(msgspec.json.encode(outcome))

        self._attempt(self._lines, [exercise], _SEED, emit)

    def _try(self, trial: Trial, write: _Write) -> None:
        def emit(outcome: CheckOutcome) -> None:
            if outcome.outcome != "passed" or outcome.share < 1:
                write(f"killed {outcome.id}".encode())
                raise _Lost

        self._limit_memory()
        try:
            self._attempt(self._mutated(trial), trial.exercises, _SEED, emit)
            write(b"survived")
        except _Lost:
            pass
        except CheckFault as fault:
            write(f"broken {' '.join(str(fault).split())}".encode())

    def _compare(self, trial: Trial, write: _Write) -> None:
        self._limit_memory()
        watch = Watch(self._assignment.name)
        text = [*self._mutated(trial), watched(trial.functions)]

        def emit(outcome: CheckOutcome) -> None:
            if outcome.outcome != "passed" or outcome.share < 1:
                watch.difference = f"another seed, where {outcome.id} notices it"
            if watch.difference:
                raise _Lost

        with watch, suppress(CheckFault, _Lost):
            for seed in _OTHER_SEEDS:
                self._attempt(text, trial.exercises, seed, emit)
        write(msgspec.json.encode([watch.is_same, watch.difference]))

    def _attempt(
        self,
        lines: list[str],
        exercises: "tuple[str, ...] | list[str]",
        seed: int,
        emit: Callable[[CheckOutcome], None],
    ) -> None:
        name = self._assignment.name
        terms = Terms.of(self._assignment)
        workers = ThreadWorkers(name, "\n".join(lines), self._plan.settings.given, terms)
        seconds = self._assignment.limits.worker_seconds
        attempt = Attempt(seed, workers, name, f"{name}.py", lambda *_: "", seconds, exercises)
        self._suite.run(attempt, lambda _: None, emit)

    def _mutated(self, trial: Trial) -> list[str]:
        return [*self._lines[: trial.first - 1], trial.text, *self._lines[trial.last :]]

    def _limit_memory(self) -> None:
        """Let a mutant take what a submission may, on top of what this process has."""
        if sys.platform == "linux":
            import resource  # here, because Windows has none

            with open("/proc/self/statm", encoding="ascii") as statm:
                data = int(statm.read().split()[5]) * resource.getpagesize()
            most = data + self._assignment.limits.memory_mb * _MIB
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _tried(ended: Ended) -> Tried:
    words = ended.lines[0].decode().split(" ", 1) if ended.lines else []
    if words:
        outcome = msgspec.convert(words[0], type=Tried.__annotations__["outcome"])
        return Tried(ended.number, outcome, words[1] if words[1:] else "", ended.seconds)
    return Tried(ended.number, "late" if ended.late else "crashed", seconds=ended.seconds)


def _compared(ended: Ended) -> Tried:
    same, difference = msgspec.json.decode(ended.lines[0]) if ended.lines else (False, "")
    return Tried(ended.number, "survived", "", ended.seconds, same, difference)


if __name__ == "__main__":
    main()
