"""The command line: `grader generate | check | grade | report | formats | audit | ...`."""

import contextlib
import io
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from grader.course.assignment import Assignment
from grader.course.course import Course, find_course, require_installed, require_suites
from grader.errors import GraderError, UsageError
from grader.record.cause import Explain
from grader.record.files import CLASS_PAGE
from grader.record.inert import inert
from grader.sandbox.level import OWN_PROCESS, Level

EXIT_CODES = (
    "Exit codes: 0 done; 1 check: points were lost, or a submission earned less than "
    "--fail-under; 2 wrong use, a mistake in a course file, or a hole that audit found; 3 grading "
    "itself failed, or selftest found a hole; 4 grade: somebody could not be graded, or is left "
    "aside until somebody decides; gradebook: somebody is not in the file."
)

OPEN = 4
_LOOK_SECONDS = 0.03  # between two looks at a file that is watched
Told = Literal["all", "json", "nothing"]

# Libraries that no student needs, and the extra that each belongs to.
EXTRAS = {
    "filelock": "grade",
    "jupytext": "author",
    "junitparser": "grade",
    "nbformat": "author",
    "yaml": "author",
}

if TYPE_CHECKING:  # students' commands start without reports on a class
    from grader.record.record import Record
    from grader.report.summary import Summary
    from grader.run.grade import Graded

app = typer.Typer(
    name="grader",
    help="Generate, check, grade and audit assignments of a machine-learning course.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
export = typer.Typer(help="Pack an assignment for a platform.", no_args_is_help=True)
app.add_typer(export, name="export")
imports = typer.Typer(help="Make an assignment of another tool's notebook.", no_args_is_help=True)
app.add_typer(imports, name="import")
_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        from grader import __version__

        _out.print(Text(f"nablagrade {__version__}"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print it, and end."
        ),
    ] = False,
) -> None:
    """Options of the program itself; `app` has its help."""


def _folder(path: Path | None) -> Path | None:
    if path is not None and path.exists() and not path.is_dir():
        raise UsageError(f"--out {path}: is a file; name a folder")
    return path


def _file(path: Path | None) -> Path | None:
    if path is not None and path.is_dir():
        raise UsageError(f"--out {path}: is a folder; name a file")
    return path


def _there(path: Path | None) -> Path | None:
    if path is not None and not path.exists():
        raise UsageError(f"{path}: no such file or folder; check the path")
    return path


CourseOption = Annotated[
    Path | None,
    typer.Option(
        "--course",
        metavar="DIR",
        help="Folder of a course; else the one around you, else the one that is installed.",
    ),
]
OutOption = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", callback=_folder, help="Folder to write to."),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", min=1, metavar="N", help="Submissions at a time; else one per core."),
]
IsolationOption = Annotated[
    Literal["isolated", "confined", "filtered", "split"] | None,
    typer.Option(
        "--isolation",
        metavar="LEVEL",
        help="Weakest to accept: isolated, confined, filtered or split; else the assignment's.",
    ),
]
FailUnderOption = Annotated[
    int | None,
    typer.Option(
        "--fail-under",
        min=0,
        max=100,
        metavar="PERCENT",
        help="End with 1 if a submission earned less.",
    ),
]
ExplainOption = Annotated[
    Explain,
    typer.Option(
        "--explain",
        metavar="HOW",
        help="Of what lost points, find: fast, causes and small examples; full, also the line to "
        "look at, in seconds per exercise; off, nothing.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one object of JSON, and nothing else.")
]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing: the exit code says how it ended.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite files that differ.")]
NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="ASSIGNMENT", help="Names, as linear; else all of the course."),
]


@app.command()
def generate(
    out: OutOption,
    assignments: NamesArgument = None,
    solutions: Annotated[
        bool, typer.Option("--solutions", help="Write solutions too, into solutions/ below it.")
    ] = False,
    force: ForceOption = False,
    course: CourseOption = None,
) -> None:
    """Write handouts: a starter as .py and .ipynb, the public suite, data, and a README."""
    from grader.course.handout import write_handout, write_solutions

    found = find_course(course)
    for name in assignments or _every_name(found):
        assignment = found.assignment(name)
        require_suites(assignment)
        _out.print(Text(f"{write_handout(found, assignment, out, force=force)}"))
        if solutions:
            _out.print(Text(f"{write_solutions(found, assignment, out, force=force)}"))


@app.command()
def check(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            callback=_there,
            help="Your .py or .ipynb; else the one changed last of the handout around you.",
        ),
    ] = None,
    assignment: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Its assignment in a course, outside of a handout."),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and check again whenever you save.")
    ] = False,
    explain: ExplainOption = "fast",
    course: CourseOption = None,
) -> None:
    """Run the public suite on your own file, and say what each check found."""
    from grader.report.json import record_json
    from grader.report.live import LiveChecks
    from grader.run import check as checking

    found = checking.find_assignment(file, assignment, course)
    require_installed(found)
    if watch:
        if as_json or quiet:
            raise UsageError("--watch shows what it finds; leave out --json and --quiet")
        _watch(found, file)
        return
    own = file or checking.own_file(found)
    with LiveChecks(Console(quiet=True) if as_json or quiet else _err) as live:
        record = checking.check(found, own, live.tell, explain)
    if as_json:
        sys.stdout.buffer.write(record_json(record))
    elif not quiet:
        _show_own(own, record)
    raise typer.Exit(0 if record.earned == record.possible else 1)


@app.command()
def grade(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH",
            help="Files (.py, .ipynb, .zip, .tar.gz), a folder of them, or a folder per student.",
        ),
    ],
    assignment: Annotated[
        str, typer.Option("--assignment", metavar="NAME", help="The assignment they hand in.")
    ],
    out: OutOption,
    jobs: JobsOption = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Of a record: draw the inputs of that attempt again."
        ),
    ] = None,
    isolation: IsolationOption = None,
    roster: Annotated[
        Path | None,
        typer.Option(
            "--roster",
            metavar="CSV",
            help="Who the students are: columns id, name, email, login, github, moodle, canvas ...",
        ),
    ] = None,
    fail_under: FailUnderOption = None,
    explain: ExplainOption = "fast",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    fresh_workers: Annotated[
        bool,
        typer.Option(
            "--fresh-workers", help="A new process for each check, also where none is needed."
        ),
    ] = False,
    course: CourseOption = None,
) -> None:
    """Grade submissions with the public and the hidden suite, and write records and reports."""
    found = find_course(course).assignment(assignment)
    told: Told = "json" if as_json else "nothing" if quiet else "all"
    code = _grade(
        found, paths, out, jobs, seed, isolation, fail_under, roster, told, fresh_workers, explain
    )
    raise typer.Exit(code)


@app.command()
def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", callback=_there, help="What grade wrote: its --out.")
    ],
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="NAME", help="As `grader formats` lists it; may be repeated."
        ),
    ] = None,
    junit_family: Annotated[
        Literal["xunit1", "xunit2"],
        typer.Option(metavar="FAMILY", help="Of junit: xunit1 for readers that want `file`."),
    ] = "xunit2",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", callback=_file, help="Where one report goes; - prints it."
        ),
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            "--source", metavar="DIR", help="Where in its repository the graded file lies."
        ),
    ] = ".",
    fail_under: FailUnderOption = None,
) -> None:
    """Write reports in any format from the records in a folder; else print what the class got."""
    from grader.run.report import report as write_reports

    family = {"junit": "junit-xunit1"} if junit_family == "xunit1" else {}
    wanted = [family.get(name, name) for name in formats or ["class"]]
    summary = write_reports(folder, wanted, out, _out, PurePosixPath(source))
    raise typer.Exit(_under(summary, fail_under))


@app.command()
def formats() -> None:
    """List the formats of reports, and who may read each."""
    from grader.report.formats import OF_CLASS, OF_SUBMISSION, print_formats

    print_formats(_out, "of a submission", OF_SUBMISSION)
    print_formats(_out, "of a class", OF_CLASS)


@app.command()
def gradebook(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", callback=_there, help="What grade wrote: its --out.")
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", callback=_there, help="As Canvas or Moodle let you download it."
        ),
    ],
    column: Annotated[
        str,
        typer.Option(
            metavar="NAME", help='The heading of the column for points: "Linear (123)", or Grade.'
        ),
    ],
    scale: Annotated[
        bool, typer.Option("--scale", help="Write shares of what the column is worth.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would change, and write nothing.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            callback=_file,
            help="Where to write; else the file is replaced.",
        ),
    ] = None,
) -> None:
    """Put the points of a class into the gradebook file that Canvas or Moodle let you download."""
    from grader.report.gradebook.plan import print_plan
    from grader.report.write import write_file
    from grader.run.gradebook import plan_gradebook

    plan = plan_gradebook(folder, file, column, scale=scale)
    print_plan(_out, plan)
    if plan.problems:
        raise UsageError(f"{file}: {_count(len(plan.problems), 'problem')}; nothing was written")
    if not dry_run:
        write_file(out or file.resolve(), plan.content)
    raise typer.Exit(OPEN if plan.unknown else 0)


SourceArgument = Annotated[
    Path, typer.Argument(metavar="SOURCE.ipynb", callback=_there, help="With the solutions.")
]
NameOption = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="Of the assignment; else the file's.")
]


@imports.command()
def nbgrader(source: SourceArgument, out: OutOption, name: NameOption = None) -> None:
    """Begin an assignment from a notebook in the source/ folder of nbgrader."""
    from grader.course.elsewhere.nbgrader import read_nbgrader
    from grader.course.elsewhere.written import write_draft

    _print_draft(*write_draft(read_nbgrader(source), source, out, name))


@imports.command()
def otter(source: SourceArgument, out: OutOption, name: NameOption = None) -> None:
    """Begin an assignment from a notebook that `otter assign` takes."""
    from grader.course.elsewhere.otter import read_otter
    from grader.course.elsewhere.written import write_draft

    _print_draft(*write_draft(read_otter(source), source, out, name))


def _print_draft(folder: Path, still_open: list[str]) -> None:
    _out.print(Text(f"{folder}: the beginning of an assignment; what needs a person:"))
    for line in still_open:
        _out.print(Text(f"  - {inert(line, 400)}"), soft_wrap=True)
    course = folder.parent.parent
    _out.print(Text(f"next: grader audit {folder.name} --course {course}"), soft_wrap=True)


@export.command()
def gradescope(
    assignment: Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="Its name, as linear.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", callback=_file, help="The zip; else ASSIGNMENT-gradescope.zip."
        ),
    ] = None,
    cpus: Annotated[
        float, typer.Option(min=0.1, metavar="N", help="Of the container in its settings.")
    ] = 0.5,
    minutes: Annotated[
        float, typer.Option(min=1, max=40, metavar="N", help="The timeout in its settings.")
    ] = 10,
    hidden_checks: Annotated[
        Literal["visible", "after_due_date", "after_published"],
        typer.Option("--hidden-checks", metavar="WHEN", help="When students see those."),
    ] = "after_published",
    isolation: IsolationOption = None,
    course: CourseOption = None,
) -> None:
    """Make the autograder of an assignment for Gradescope: a zip to upload there."""
    from grader.report.write import write_file
    from grader.run.export import gradescope_zip, memory_needed
    from grader.run.gradescope import Settings

    found = find_course(course).assignment(assignment)
    require_suites(found)
    require_installed(found)
    path = out or Path(f"{assignment}-gradescope.zip")
    settings = Settings(assignment, cpus, minutes, isolation, hidden_checks)
    write_file(path, gradescope_zip(found, settings))
    _out.print(Text(f"{path}: upload it under Configure Autograder, and set there"))
    _out.print(Text(f"  memory   {memory_needed(found)}"))
    _out.print(Text(f"  CPU      {cpus:g}: checks get {1 / min(cpus, 1):g} times their time"))
    _out.print(Text(f"  timeout  {minutes:g} minutes"))


MutantsOption = Annotated[
    bool,
    typer.Option(
        "--mutants",
        help="Try small mistakes in every line of the reference: do hidden checks notice?",
    ),
]
QuickOption = Annotated[
    bool,
    typer.Option(
        "--quick", help="With --mutants: a sample of the mutants, within 20 seconds an assignment."
    ),
]
MutantsOutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        callback=_folder,
        help="With --mutants: keep what is known there, go on with it, and write a page and JSON.",
    ),
]


@app.command()
def audit(
    assignments: NamesArgument = None,
    jobs: JobsOption = None,
    course: CourseOption = None,
    mutants: MutantsOption = False,
    quick: QuickOption = False,
    out: MutantsOutOption = None,
) -> None:
    """Find out whether assignments are sound: all points for the reference, none for the starter,
    and every listed mistake caught."""
    from grader.audit.soundness import audit as findings
    from grader.report.audit import print_finding

    if not mutants and (quick or out):
        raise UsageError("--quick and --out go with --mutants; add it")
    found = find_course(course)
    names = assignments or _every_name(found)
    if mutants:
        raise typer.Exit(_audit_by_mutants(found, names, jobs or _cores(), quick, out))
    holes = 0
    for name in names:
        _out.print(Text(name, style="bold"))
        assignment = found.assignment(name)
        require_suites(assignment)
        require_installed(assignment)
        for finding in findings(assignment, jobs or _cores()):
            print_finding(_out, **asdict(finding))
            holes += len(finding.holes)
    _out.print(Text(_count(holes, "hole") if holes else "sound", style="bold"))
    raise typer.Exit(2 if holes else 0)


def _audit_by_mutants(
    course: Course, names: list[str], jobs: int, quick: bool, out: Path | None
) -> int:
    """Try the mutants of assignments; return the exit code."""
    from grader.audit.mutants.run import GOAL, try_mutants
    from grader.report.mutants import mutants_json, mutants_page, print_mutants, summary_line
    from grader.report.write import write_file

    scores = []
    for name in names:
        assignment = course.assignment(name)
        require_suites(assignment)
        require_installed(assignment)
        log = out / f"{name}.jsonl" if out else None
        scores.append(try_mutants(assignment, jobs, quick=quick, log=log))
        _out.print(Text(name, style="bold"))
        print_mutants(_out, scores[-1])
        if out:
            write_file(out / "mutants.json", mutants_json(scores))
            write_file(out / "mutants.html", mutants_page(scores))
    for one in scores if len(scores) > 1 else ():
        _out.print(Text(summary_line(one)), soft_wrap=True)
    return 2 if any(one.score < GOAL for one in scores) else 0


@app.command()
def selftest() -> None:
    """Find out how strongly this machine can hold student code, and attack it to see."""
    from grader.report.words import isolation_line
    from grader.run.selftest import selftest as trials
    from grader.sandbox.level import probe

    found = probe()
    _out.print(Text(isolation_line(found.described())))
    failed = 0
    for trial in trials(found):
        mark = Text("ok  ", style="green") if trial.as_expected else Text("HOLE", style="red")
        _out.print(Text.assemble("  ", mark, f"  {trial.name}: {trial.outcome}"))
        failed += not trial.as_expected
    _out.print(Text(_count(failed, "hole") if failed else "nothing got through", style="bold"))
    raise typer.Exit(3 if failed else 0)


@app.command()
def new(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The course to make: a folder that is new.")
    ],
    original: Annotated[
        str | None,
        typer.Option("--from", metavar="ASSIGNMENT", help="Copy this one; else a small one."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What its assignment is called.")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Begin a course of your own: a folder with one assignment, which passes audit."""
    from grader.course.new import new_course

    copied = find_course(course).assignment(original) if original else None
    called = new_course(folder, copied, name)
    _out.print(Text(f"{folder}: a course with the assignment {called}"), soft_wrap=True)
    if copied:
        _out.print("Whoever has the original knows its hidden suite: change the checks.")
    _out.print(Text(f"next: grader audit --course {folder}"), soft_wrap=True)


@app.command()
def demo(
    out: OutOption = Path("demo"),
    jobs: JobsOption = None,
    course: CourseOption = None,
) -> None:
    """Generate handouts, make a sample class, grade it, and write its reports."""
    found = find_course(course)  # without one, this is what to say, whatever else is missing

    from grader.course.sample_class import write_class

    assignment, submissions = write_class(found, out)
    _out.print(Text(f"handouts and a class of {len(list(submissions.iterdir()))} in {out}"))
    code = _grade(assignment, [submissions], out / "reports", jobs, None, "split")
    _out.print(Text(f"open {out / 'reports' / CLASS_PAGE} in a browser"))
    raise typer.Exit(0 if code == OPEN else code)  # the sample class has such submissions


def _grade(
    assignment: Assignment,
    paths: list[Path],
    out: Path,
    jobs: int | None,
    seed: int | None,
    isolation: Level | None,
    fail_under: int | None = None,
    roster: Path | None = None,
    told: Told = "all",
    fresh_workers: bool = False,
    explain: Explain = "fast",
) -> int:
    from grader.report.class_json import class_json
    from grader.report.log import REJECTED
    from grader.run.grade import Progress
    from grader.run.grade import grade as grade_class

    require_suites(assignment)
    require_installed(assignment)
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shows_bar = _err.is_terminal and told == "all"
    with Bar(*columns, console=_err, transient=True, disable=not shows_bar) as bar:
        task = bar.add_task("grading", total=None)
        result = grade_class(
            assignment,
            paths,
            out,
            roster=roster,
            jobs=jobs or _cores(),
            seed=seed,
            isolation=isolation,
            fresh_workers=fresh_workers,
            explain=explain,
            progress=Progress(
                total=lambda count: bar.update(task, total=count),
                done=lambda: bar.advance(task),
            ),
        )
    if told == "all":
        _print_class(result, out)
    elif told == "json":
        faults = [(name, str(error)) for name, error in result.faults]
        sys.stdout.buffer.write(class_json(result.summary, faults))
    if result.rejected:
        lines = _count(result.rejected, "line")
        text = f"grader: {out}: {lines} of the log were no records; moved to {REJECTED}"
        _err.print(Text(text, style="yellow"), soft_wrap=True)
    for name, error in result.faults:
        text = f"grader: {name}: not graded: {inert(str(error), 1000)}"
        _err.print(Text(text, style="red"), soft_wrap=True)
    fault = max((error.exit_code for _, error in result.faults), default=0)
    under = _under(result.summary, fail_under)
    return fault or (OPEN if result.is_open else under)


def _print_class(result: "Graded", out: Path) -> None:
    from grader.report.formats import OF_CLASS, show
    from grader.report.text import print_absent, print_changes, print_left_aside
    from grader.report.words import isolation_line

    show(OF_CLASS, _out, result.summary)
    _out.print(Text(isolation_line(result.sandbox)))
    print_changes(_out, result.changes)
    kept = f", {len(result.kept)} kept from before" if result.kept else ""
    _out.print(Text(f"{len(result.graded)} graded{kept}; reports in {out / CLASS_PAGE}"))
    print_left_aside(_err, result.summary.aside)
    print_absent(_err, result.summary.absent)


def _show_own(file: Path, record: "Record") -> None:
    from grader.report.formats import OF_SUBMISSION, show
    from grader.report.words import isolation_line

    _out.print(Text(inert(str(file), 200), style="dim"))
    show(OF_SUBMISSION, _out, record)
    if record.sandbox["level"] == OWN_PROCESS:
        _out.print(Text(isolation_line(record.sandbox), style="dim"), soft_wrap=True)


def _watch(assignment: Assignment, file: Path | None) -> None:
    """Check a file whenever it is saved, until somebody presses Ctrl-C."""
    from grader.report.live import LiveChecks
    from grader.run.watch import Watch

    watching = Watch(assignment, file)
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(watching):
        while True:
            if not watching.was_saved():
                time.sleep(_LOOK_SECONDS)
                continue
            try:
                with LiveChecks(_err) as live:
                    record = watching.check(live.tell)
            except GraderError as error:
                _out.clear()  # which does nothing unless it is a terminal
                _out.print(Text(f"grader: {error}", style="red"), soft_wrap=True)
            else:
                _out.clear()
                _show_own(watching.file, record)
            _out.print(Text("waiting for you to save; Ctrl-C ends", style="dim"))


def _under(summary: "Summary", percent: int | None) -> int:
    """Return the exit code that --fail-under demands, and say who earned too little."""
    rows = [row for row in summary.rows if percent is not None and row.percent < percent]
    for row in rows:
        text = f"grader: {inert(row.submission)}: {row.percent} %, less than {percent} %"
        _err.print(Text(text, style="red"), soft_wrap=True)
    return 1 if rows else 0


def _every_name(course: Course) -> list[str]:
    names = course.assignment_names()
    if not names:
        raise UsageError(
            f"{course.assignments_dir}: there is no assignment; write assignment.toml in a folder"
        )
    return names


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def escape_unprintable() -> None:
    """Let a terminal that does not know a character show its number instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main() -> None:
    """Run the command line; an error that the grader raised on purpose is one line on stderr."""
    escape_unprintable()
    try:
        _run()
    except GraderError as error:
        _err.print(Text(f"grader: {error}", style="red"), soft_wrap=True)
        sys.exit(error.exit_code)


def _run() -> None:
    try:
        app()
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        raise UsageError(
            f"this takes {error.name}, which is not installed; "
            f'pip install "nablagrade[{EXTRAS[error.name]}]"'
        ) from error


if __name__ == "__main__":
    main()
