"""All that `grader check` does but run student code: without_a_worker.py HANDOUT OUT."""

import importlib
import sys
from pathlib import Path

import grader

NEEDS_LINUX = ("engine.judge_process", "sandbox.kernel", "sandbox.warm")
PACKAGE = Path(grader.__file__).parent


def portable_modules() -> list[str]:
    paths = sorted(path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("*.py"))
    names = [".".join(path.with_suffix("").parts) for path in paths]
    return [
        name for name in names if not name.startswith(tuple(f"grader.{n}" for n in NEEDS_LINUX))
    ]


def main(handout: Path, out: Path) -> None:
    from rich.console import Console

    from grader.cli import escape_unprintable
    from grader.course.course import require_installed
    from grader.intake.code.module import to_module
    from grader.intake.files.choose import Wanted
    from grader.intake.files.find import find_submissions
    from grader.intake.files.read import read
    from grader.record.check import Check, CheckOutcome, Outcome
    from grader.record.record import Digests, make_record
    from grader.report.formats import OF_SUBMISSION, show
    from grader.report.log import append_record, each_record
    from grader.report.summary import summarise
    from grader.report.write import own_folder, write_class, write_submission
    from grader.run.check import find_assignment, own_file

    assignment = find_assignment(handout, None, None)
    require_installed(assignment)
    (source,) = find_submissions([own_file(assignment)], assignment.name).submissions
    submission = read(source, Wanted(assignment.name, assignment.exercises))
    module = to_module(submission, assignment.defines)
    print(module.source.count("raise NotImplementedError"), "to write in", submission.main)
    exercise = assignment.exercises[0]
    check = Check("public/test_small", "Größe, Ω and 漢字 are read.", exercise, "public", 2)
    record = make_record(
        assignment=assignment.name,
        submission=submission.id,
        seed=1,
        exercises=assignment.exercises,
        checks=[check],
        outcomes=[CheckOutcome(check.id, Outcome.FAILED, message="λ differs", hint="scale by λ")],
        notes=[*submission.notes, *module.notes],
        sandbox={"level": "split"},
        versions={},
        digests=Digests(submission=submission.digest, suite=""),
        seconds=0.5,
    )
    escape_unprintable()
    show(OF_SUBMISSION, Console(), record)
    with own_folder(out):
        append_record(out, record)
        write_submission(out, record)
        write_class(out, summarise(each_record(out), assignment.title))


if __name__ == "__main__":
    for name in portable_modules():
        importlib.import_module(name)
    main(*map(Path, sys.argv[1:]))
    print("needs Linux:", [name for name in NEEDS_LINUX if f"grader.{name}" in sys.modules])
