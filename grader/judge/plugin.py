"""The pytest plugin of the judge: checks from pytest's tests, and the fixtures for authors.

Runs in: the warm judge and the judge.

Collection, imports and assertion rewriting happen once. Then `serve` is called with the suite,
inside pytest's run loop; it forks, and each child judges one submission with `Suite.run`.
"""

import __future__

import ast
import functools
import inspect
import re
import sys
import time
import types
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from _pytest.runner import runtestprotocol

from grader.errors import CourseError, did_you_mean
from grader.judge.blame import called_rightly, where
from grader.judge.compare import close
from grader.judge.credit import measured_share
from grader.judge.diagnose import DeclaredMistake, KnownMistake, recognise
from grader.judge.gradcheck import gradcheck
from grader.judge.proxy import SubmissionProxy
from grader.judge.quiz import Answer, require_answers
from grader.judge.suite import Running, Suite
from grader.record.check import Check, Visibility
from grader.sandbox.threads import Threads

_OPTIONS = [
    "--import-mode=importlib",
    "--capture=no",
    "--tb=no",
    "--quiet",
    "--disable-warnings",
    "--strict-markers",
    "-pno:cacheprovider",
    "-pno:logging",
    "-pno:faulthandler",
    "-pno:threadexception",
    "-pno:unraisableexception",
]
_HINT_SECONDS = 2.0  # CPU time to search for the known mistakes of one check
_ALL_HINTS_SECONDS = 20.0  # and of all checks of one submission
_MARKS = ("points", "exercise", "parametrize")
_NO_MARK = re.compile(r"'(\w+)' not found in `markers`")


@dataclass(frozen=True)
class Declared:
    """What a suite is collected from."""

    suites: Mapping[Visibility, Path]  # folders of test files
    exercises: Sequence[str]
    reference: Path | None  # None where a student checks: a handout has none
    data: Path
    mistakes: Sequence[DeclaredMistake] = ()
    given: Mapping[str, str] = field(default_factory=dict)  # name of a module -> its text


def collect(declared: Declared, serve: Callable[[Suite], None]) -> None:
    """Collect the checks with pytest and call `serve` with them, once.

    Raises:
        CourseError: the suite cannot be imported or declares a check wrongly.
    """
    plugin = JudgePlugin(declared, serve)
    plugin.load_modules()
    folders = [str(folder) for folder in declared.suites.values()]
    root = Path(folders[0]).parent
    pytest.main([*_OPTIONS, f"--rootdir={root}", "-c", "/dev/null", *folders], plugins=[plugin])
    if plugin.error is not None:
        raise plugin.error
    if plugin.problem:
        raise CourseError(plugin.problem)
    if not plugin.served:
        raise CourseError(f"{root}: pytest found no checks; write test functions in {folders[0]}")


class JudgePlugin:
    """Hooks and fixtures; one per judge."""

    def __init__(self, declared: Declared, serve: Callable[[Suite], None]) -> None:
        self._declared = declared
        self._serve = serve
        self._reference: types.ModuleType | None = None
        self._mistakes: list[KnownMistake] = []
        self._given: dict[str, types.ModuleType] = {}
        self._suite: Suite | None = None
        self._threads = Threads()
        self._seconds_for_hints = _ALL_HINTS_SECONDS
        self.problem = ""
        self.error: Exception | None = None
        self.served = False

    def load_modules(self) -> None:
        path = self._declared.reference
        if path is None:
            return
        text = path.read_text(encoding="utf-8")
        self._reference = _load(f"reference_{path.stem}", text, path, self._threads)
        for name, text in self._declared.given.items():
            file = Path(f"given/{name}.py")
            self._given[name] = _load(f"given_{name}", text, file, self._threads)
        for known in self._declared.mistakes:
            name = f"mistake_{known.name}"
            module = _load(name, known.text, Path(f"{name}.py"), self._threads)
            self._mistakes.append(KnownMistake(known.exercise, known.hint, module))

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "points(n): what the check is worth")
        config.addinivalue_line("markers", "exercise(name): what the check is about")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped and not self.problem:
            self.problem = f"{report.nodeid}: skips itself; a suite runs whole or not at all"
        if report.failed and not self.problem:
            self.problem = f"{report.nodeid}: cannot be collected"
        if not self.problem and self._threads.have_come():
            self.problem = f"{report.nodeid}: {_starts_threads()}"

    def pytest_exception_interact(
        self,
        call: pytest.CallInfo[Any],
        report: pytest.CollectReport | pytest.TestReport,
    ) -> None:
        """Note why a file cannot be collected, and where: pytest's report lacks the exception."""
        if isinstance(report, pytest.CollectReport) and call.excinfo and not self.problem:
            reason = _why_not_collected(call.excinfo.value)
            self.problem = f"{report.nodeid}: cannot be collected: {reason}"

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        tests: dict[Check, list[pytest.Item]] = {}
        owners: dict[str, tuple[Check, Any]] = {}
        try:
            for item in items:
                check = _declared_check(item, self._declared)
                known, function = owners.setdefault(check.id, (check, _function_of(item)))
                if function is not _function_of(item):
                    raise CourseError(f"{item.path}: two checks are named {check.id}; rename one")
                if known != check:
                    raise CourseError(f"{item.path}: {check.id} has marks that differ by parameter")
                tests.setdefault(check, []).append(item)
        except CourseError as error:
            self.problem = self.problem or str(error)
        self._suite = Suite(tests, self._known_hint)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self.problem or session.testsfailed or not self._suite or not self._suite.checks:
            return True
        self.served = True
        hooks = functools.cache(session.gethookproxy)  # called a dozen times per check
        session.gethookproxy = hooks  # type: ignore[assignment, method-assign]
        try:
            self._serve(self._suite)
        except Exception as error:  # pytest would print it and go on
            self.error = error
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        if self._running.blocked:
            pytest.skip("its verdict is known")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        runtestprotocol(item, log=False, nextitem=nextitem)  # no plugin reads pytest's reports
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Keep what was raised, and tell pytest only whether the test passed."""
        raised = call.excinfo.value if call.excinfo is not None else None
        if self._running.error is None:
            self._running.error = raised
        outcome: Literal["passed", "failed"] = "passed" if raised is None else "failed"
        assert call.when != "collect"
        return pytest.TestReport(item.nodeid, ("", None, ""), {}, outcome, None, call.when)

    @pytest.fixture
    def submission(self) -> SubmissionProxy:
        return SubmissionProxy(self._running.talk)

    @pytest.fixture
    def reference(self) -> types.ModuleType | None:
        return self._reference

    @pytest.fixture
    def rng(self) -> np.random.Generator:
        assert self._suite is not None
        assert self._suite.attempt is not None
        return np.random.default_rng([self._suite.attempt.seed, _number(self._running.test)])

    @pytest.fixture
    def close(self) -> Callable[..., None]:
        return called_rightly("close", close)

    @pytest.fixture
    def gradcheck(self, rng: np.random.Generator) -> Callable[..., None]:
        return called_rightly("gradcheck", partial(gradcheck, rng=rng))

    @pytest.fixture
    def credit(self) -> Callable[..., float]:
        def credit(value: Any, low: float, high: float, *, name: str = "accuracy") -> float:
            self._running.share, self._running.note = measured_share(value, low, high, name)
            return self._running.share

        return called_rightly("credit", credit)

    @pytest.fixture
    def answers(self) -> Callable[..., None]:
        def answers(
            questions: Sequence[str] | Mapping[str, Answer],
            *,
            name: str = "ANSWERS",
            letters: str = "",
            hint: str | None = None,
        ) -> None:
            right = questions if isinstance(questions, Mapping) else self._right(name, questions)
            given = getattr(SubmissionProxy(self._running.talk), name)
            require_answers(given, right, name=name, letters=letters, hint=hint)

        return called_rightly("answers", answers)

    def _right(self, name: str, questions: Sequence[str]) -> dict[str, Answer]:
        """Return what the reference answers.

        Raises:
            CourseError: the check has no reference, or that knows no such question.
        """
        if self._reference is None or self._running.check.visibility == "public":
            raise CourseError("answers(): a public check gives the right ones, {question: letter}")
        known = getattr(self._reference, name)
        for question in questions:
            if question not in known:
                guess = did_you_mean(question, known)
                raise CourseError(f"answers(): {name} has no question {question!r}{guess}")
        return {question: known[question] for question in questions}

    @pytest.fixture
    def data(self) -> Callable[[str], dict[str, np.ndarray]]:
        return called_rightly("data", partial(_load_data, self._declared.data))

    def _known_hint(self, run: Running) -> str:
        events, names = run.talk.events, run.talk.names()
        if self._reference is None or events is None:
            return ""
        seconds = min(_HINT_SECONDS, self._seconds_for_hints)
        if seconds <= 0:
            return ""
        exercise, mistakes = run.check.exercise, self._mistakes
        started = time.process_time()
        hint = recognise(events, names, exercise, mistakes, self._reference, self._given, seconds)
        self._seconds_for_hints -= time.process_time() - started
        return hint

    @property
    def _running(self) -> Running:
        assert self._suite is not None
        assert self._suite.running is not None
        return self._suite.running


def _why_not_collected(error: BaseException) -> str:
    error = error.__cause__ or error  # pytest's own error only says that there was a cause
    text = " ".join(str(error).split())
    if isinstance(error, pytest.fail.Exception):
        mark = _NO_MARK.match(text)
        return text + (did_you_mean(mark[1], _MARKS) if mark else "") + where(error)
    return f"{type(error).__name__}: {text}{where(error)}"


def _declared_check(item: pytest.Item, declared: Declared) -> Check:
    where = f"{item.path}: {item.name.partition('[')[0]}"
    function = _function_of(item)
    if function is None:
        raise CourseError(f"{where}: only test functions can be checks; rewrite it as one")
    title = (inspect.getdoc(function) or "").partition("\n")[0].strip()
    if not title:
        raise CourseError(f"{where}: has no docstring; its first line is what the student reads")
    points = _mark(item, "points", where)
    if type(points) is not int or points < 0:
        raise CourseError(f"{where}: points must be a whole number >= 0, got {points!r}")
    exercise = _mark(item, "exercise", where)
    if exercise not in declared.exercises:
        guess = did_you_mean(str(exercise), declared.exercises)
        raise CourseError(f"{where}: no exercise is named {exercise!r}{guess}")
    visibility = _visibility(item.path, declared)
    if visibility == "public" and "reference" in getattr(item, "fixturenames", ()):
        raise CourseError(f"{where}: is public and asks for `reference`, which no student has")
    name = item.nodeid.partition("::")[2].partition("[")[0].replace("::", ".")
    return Check(f"{visibility}/{name}", title, exercise, visibility, points)


def _mark(item: pytest.Item, name: str, where: str) -> Any:
    mark = item.get_closest_marker(name)
    if mark is None or len(mark.args) != 1 or mark.kwargs:
        raise CourseError(f"{where}: needs @pytest.mark.{name}(...) with one value")
    return mark.args[0]


def _visibility(path: Path, declared: Declared) -> Visibility:
    for visibility, folder in declared.suites.items():
        if path.is_relative_to(folder):
            return visibility
    raise CourseError(f"{path}: lies in no suite; move it to public/ or hidden/")


def _function_of(item: pytest.Item) -> Any:
    return getattr(item, "function", None)


def _number(name: str) -> int:
    return zlib.crc32(name.encode())


def _load(name: str, text: str, path: Path, threads: Threads) -> types.ModuleType:
    """Execute code of the course: its reference, with or without a mistake, or a given module.

    Raises:
        CourseError: a statement raises or starts threads.
    """
    module = types.ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        for line, code in _statements(text, str(path)):
            exec(code, module.__dict__)
            if threads.have_come():
                raise CourseError(f"{path}: {_starts_threads(f' (line {line})')}")
    except CourseError:
        raise
    except (Exception, SystemExit) as error:
        raise CourseError(f"{path}: cannot be executed: {error}") from error
    return module


def _starts_threads(where: str = "") -> str:
    return (
        f"starts threads when it is imported{where}, so that no judge can be forked after it; "
        "compute inside functions instead"
    )


def _statements(text: str, file: str) -> Iterator[tuple[int, types.CodeType]]:
    """Yield line and code of each top-level statement, one by one, to know which one does what."""
    whole = compile(text, file, "exec", dont_inherit=True)
    flags = whole.co_flags & __future__.annotations.compiler_flag
    for node in ast.parse(text, file).body:
        one = ast.Module([node], [])
        yield node.lineno, compile(one, file, "exec", flags=flags, dont_inherit=True)


def _load_data(folder: Path, name: str) -> dict[str, np.ndarray]:
    path = folder / f"{name}.npz"
    if not path.is_file():
        known = [file.stem for file in folder.glob("*.npz")]
        raise CourseError(f"{path}: there is no such data{did_you_mean(name, known)}")
    with np.load(path, allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}
