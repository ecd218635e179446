"""The pytest plugin of the judge: checks from pytest's tests, and the fixtures for authors.

Runs in: the warm judge and the judge.

Collection, imports and assertion rewriting happen once. Then `serve` is called with the suite,
inside pytest's run loop; it forks, and each child judges one submission with `Suite.run`.
"""

import functools
import os
import re
import types
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from _pytest.runner import runtestprotocol

from grader.errors import CourseError, did_you_mean
from grader.judge.blame import called_rightly, where
from grader.judge.compare import TOLERANCE, close
from grader.judge.credit import measured_share
from grader.judge.declared import Declared, declared_check, function_of
from grader.judge.details import Details
from grader.judge.diagnose import Diagnosis, KnownMistake
from grader.judge.evidence import Compared, Evidence
from grader.judge.gradcheck import gradcheck
from grader.judge.gradients import grad
from grader.judge.loading import load, starts_threads
from grader.judge.proxy import SubmissionProxy
from grader.judge.quiz import Answer, require_answers
from grader.judge.speed import faster
from grader.judge.suite import Running, Suite
from grader.record.cause import Explained
from grader.record.check import Check
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
_OF_A_USER = ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS")  # pytest does and says more if they are set
_MARKS = ("points", "exercise", "example", "parametrize")
_NO_MARK = re.compile(r"'(\w+)' not found in `markers`")


def collect(declared: Declared, serve: Callable[[Suite], None]) -> None:
    """Collect the checks with pytest and call `serve` with them, once.

    Raises:
        CourseError: the suite cannot be imported or declares a check wrongly.
    """
    _forget_user()
    plugin = JudgePlugin(declared, serve)
    plugin.load_modules()
    folders = [str(folder) for folder in declared.suites.values()]
    root = Path(folders[0]).parent
    pytest.main([*_OPTIONS, f"--rootdir={root}", "-c", os.devnull, *folders], plugins=[plugin])
    if plugin.error is not None:
        raise plugin.error
    if plugin.problem:
        raise CourseError(plugin.problem)
    if not plugin.served:
        raise CourseError(f"{root}: pytest found no checks; write test functions in {folders[0]}")


def _forget_user() -> None:
    """Let pytest be the same for everybody, whatever plugins and options a user has for it."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in _OF_A_USER:
        os.environ.pop(name, None)


class JudgePlugin:
    """Hooks and fixtures; one per judge."""

    def __init__(self, declared: Declared, serve: Callable[[Suite], None]) -> None:
        self._declared = declared
        self._serve = serve
        self._reference: types.ModuleType | None = None
        self._diagnosis: Diagnosis | None = None
        self._suite: Suite | None = None
        self._threads = Threads()
        self.problem = ""
        self.error: Exception | None = None
        self.served = False

    def load_modules(self) -> None:
        path = self._declared.reference
        if path is None:
            return
        text = path.read_text(encoding="utf-8")
        self._reference = load(f"reference_{path.stem}", text, path, self._threads)
        given = {
            name: load(f"given_{name}", text, Path(f"given/{name}.py"), self._threads)
            for name, text in self._declared.given.items()
        }
        mistakes = []
        for known in self._declared.mistakes:
            name = f"mistake_{known.name}"
            module = load(name, known.text, Path(f"{name}.py"), self._threads)
            mistakes.append(
                KnownMistake(known.name, known.exercise, known.hint, known.text, module)
            )
        self._diagnosis = Diagnosis(self._reference, mistakes, given, right=text)

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "points(n): what the check is worth")
        config.addinivalue_line("markers", "exercise(name): what the check is about")
        config.addinivalue_line("markers", "example(shown): students see the smallest example")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped and not self.problem:
            self.problem = f"{report.nodeid}: skips itself; a suite runs whole or not at all"
        if report.failed and not self.problem:
            self.problem = f"{report.nodeid}: cannot be collected"
        if not self.problem and self._threads.have_come():
            self.problem = f"{report.nodeid}: {starts_threads()}"

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
                check = declared_check(item, self._declared)
                known, function = owners.setdefault(check.id, (check, function_of(item)))
                if function is not function_of(item):
                    raise CourseError(f"{item.path}: two checks are named {check.id}; rename one")
                if known != check:
                    raise CourseError(f"{item.path}: {check.id} has marks that differ by parameter")
                tests.setdefault(check, []).append(item)
        except CourseError as error:
            self.problem = self.problem or str(error)
        self._suite = Suite(tests, self._explain)

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
        @functools.wraps(close)
        def noted(actual: Any, expected: Any, **named: Any) -> None:
            self._note(actual, expected, named.get("tol", TOLERANCE), named.get("name", "result"))
            close(actual, expected, **named)

        return called_rightly("close", noted)

    def _note(self, actual: Any, expected: Any, tol: float, name: str) -> None:
        """Keep what a check compares: it tells which answers have to equal the reference's."""
        self._running.compared.append(Compared(actual, expected, tol, name))

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """Note both sides of an assertion that fails."""
        if op == "==" and self._suite is not None and self._suite.running is not None:
            self._note(left, right, TOLERANCE, "result")

    @pytest.fixture
    def gradcheck(self, rng: np.random.Generator) -> Callable[..., None]:
        return called_rightly("gradcheck", partial(gradcheck, rng=rng))

    @pytest.fixture
    def grad(self) -> Callable[..., Any]:
        return called_rightly("grad", grad)

    @pytest.fixture
    def faster(self) -> Callable[..., None]:
        return called_rightly("faster", faster)

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
    def data(self) -> Callable[[str], dict[str, np.ndarray] | Path]:
        return called_rightly("data", partial(_load_data, self._declared.data))

    def _explain(self, lost: Sequence[Evidence]) -> Iterator[Explained]:
        if self._diagnosis is None or self._reference is None:
            return
        assert self._suite is not None
        assert self._suite.attempt is not None
        details = Details(self._reference, self._suite.attempt.explain)
        for evidence in lost:
            known = next(self._diagnosis.explain([evidence]), None)
            if explained := details.add(evidence, known):
                yield explained

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


def _number(name: str) -> int:
    return zlib.crc32(name.encode())


def _load_data(folder: Path, name: str) -> dict[str, np.ndarray] | Path:
    """Return the arrays of a .npz file, which is named without it, or the path of another file."""
    path = folder / (name if "." in name else f"{name}.npz")
    if not path.is_file():
        known = [file.stem if file.suffix == ".npz" else file.name for file in folder.glob("*")]
        raise CourseError(f"{path}: there is no such data{did_you_mean(name, known)}")
    if "." in name:
        return path
    with np.load(path, allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}
