"""What a judge does with one submission: read it, ask its worker, tell the conductor the outcomes.

Runs in: the judge.
"""

from collections.abc import Callable, Mapping

import msgspec

from grader.course.assignment import Assignment
from grader.engine.messages import (
    Begun,
    Done,
    Ended,
    FromJudge,
    JudgeSettings,
    Request,
    Unread,
    WasRead,
    Why,
)
from grader.intake.code import known
from grader.intake.code.banned import banned_uses
from grader.intake.code.bound import library_names
from grader.intake.code.excerpt import excerpts
from grader.intake.code.module import Module, to_module
from grader.intake.code.traces import trace_of
from grader.intake.submission import Submission, Unreadable
from grader.judge.suite import Attempt, Suite
from grader.sandbox.terms import Terms
from grader.sandbox.wire.messages import Sources
from grader.sandbox.workers import Workers

_MOST_LEFT_OUT = 5  # statements that take too long, each of which costs a check's time once


def prepare() -> None:
    """Do once what every judge would do again."""
    library_names()


def judge_submission(
    suite: Suite,
    settings: JudgeSettings,
    request: Request,
    tell: Callable[[FromJudge], None],
    open_session: Callable[[Sources, float], Workers],
) -> None:
    """Judge a submission, and tell the conductor each outcome at once.

    Args:
        open_session: returns what starts workers for these sources, which may all together take
            so many seconds to answer.
    """
    assignment = settings.assignment
    submission = Submission(
        request.id,
        request.main,
        request.files,
        digest="",
        notes=(),
        called=request.called,
        others=request.others,
    )
    try:
        module = to_module(submission, assignment.defines, {*assignment.imports, "given"})
    except Unreadable as problem:
        tell(Unread(str(problem)))
        return
    flags = [
        f"flag: {module.place(line)} uses {name}, which this assignment bans"
        for line, name in banned_uses(module.source, assignment.banned)
    ]
    written = excerpts(module, assignment.exercises, submission.shown)
    tell(WasRead([*module.notes, *flags], written))
    sources = _sources(settings, request, module)
    session = open_session(sources, assignment.limits.submission_seconds)
    left, times = module, 0

    def leave_out(line: int | None) -> bool:
        """Let the workers run less: without the statement at a line, or without all settings."""
        nonlocal left, times
        times += 1
        shorter = left.without_settings() if line is None else left.without(line)
        if shorter is None or times > _MOST_LEFT_OUT:
            return False
        left = shorter
        session.load(_sources(settings, request, left))
        return True

    def load(text: str | None, beside: Mapping[str, str]) -> None:
        """Let the workers run another text, None for the submission's own, and modules beside."""
        own = _sources(settings, request, left)
        if text is not None or beside:  # nobody has looked for traces of these
            modules = {**own.modules, **beside}
            own = msgspec.structs.replace(own, text=text or own.text, modules=modules, shared=False)
        session.load(own)

    attempt = Attempt(
        seed=request.seed,
        session=session,
        module=assignment.name,
        file=submission.shown,
        place=lambda file, line: _place(assignment, submission, module, file, line),
        worker_seconds=assignment.limits.worker_seconds,
        exercises=request.exercises,
        left_out=module.notes,
        leave_out=leave_out,
        binds=module.binds,
        surplus=module.definitions.difference(assignment.defines),
        text=lambda: left.source,
        load=load,
        explain=request.explain,
    )
    suite.run(
        attempt,
        begin=lambda check: tell(Begun(check.id)),
        emit=lambda outcome: tell(Ended(outcome)),
        tell=lambda explained: tell(Why(explained)),
    )
    session.close()
    tell(Done(suite.faults))


def _sources(settings: JudgeSettings, request: Request, module: Module) -> Sources:
    """Return all that is sent to workers: nothing of the suites, and no path of the course."""
    beside = {
        _module_name(path): text.decode("utf-8", "replace")
        for path, text in request.files.items()
        if path.endswith(".py") and path != request.main
    }
    written = {name: "\n".join(text.lines) for name, text in module.modules.items()}
    given = {f"given.{name}": text for name, text in settings.given.items()}
    assignment = settings.assignment
    modules = beside | written | given
    return Sources(
        name=assignment.name,
        text=module.source,
        modules=modules,
        terms=Terms.of(assignment),
        spaces=[(one.first, one.last, one.module) for one in module.spaces],
        shared=not request.fresh_workers and may_share(assignment, module.source, modules),
    )


def may_share(assignment: Assignment, text: str, modules: Mapping[str, str]) -> bool:
    """Tell whether a worker may serve several checks; of other libraries too little is known."""
    return known.PACKAGES.issuperset(assignment.imports) and not trace_of(text, modules)


def _module_name(path: str) -> str:
    """Return the name by which the file is imported: "tools/counts.py" is `tools.counts`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _place(
    assignment: Assignment, submission: Submission, module: Module, file: str, line: int
) -> str:
    """Return where the student finds a line, or "" if there is none: a worker may lie."""
    if file == f"{assignment.name}.py":
        exists = 0 < line <= module.source.count("\n") + 1
        return module.place_in_file(line, submission.shown) if exists else ""
    if place := module.place_in_module(file.removesuffix(".py"), line):
        return f"{place} of {submission.shown}"
    package = file.removesuffix(".py") + "/__init__.py"
    text = submission.files.get(file) or submission.files.get(package, b"")
    return f"line {line} of {file}" if 0 < line <= text.count(b"\n") + 1 and text else ""
