"""Fill a column of the gradebook file that a platform let somebody download."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePath

from grader.errors import UsageError
from grader.intake.files.conventions import Handle, hand_of
from grader.intake.files.roster import Person, Roster
from grader.record.inert import inert
from grader.record.record import Record
from grader.report.gradebook.book import Entry, Gradebook
from grader.report.gradebook.canvas import canvas_gradebook, is_canvas
from grader.report.gradebook.cells import read_cells, read_text
from grader.report.gradebook.moodle import is_moodle, moodle_gradebook
from grader.report.gradebook.plan import Filled, Plan
from grader.report.log import each_record, read_gone
from grader.report.words import number, unread

Match = tuple[Record, Entry]


def plan_gradebook(folder: Path, path: Path, column: str, *, scale: bool = False) -> Plan:
    """Return what changes if the records of `folder` go into a column of the file at `path`.

    Args:
        column: the heading of the column.
        scale: whether points become a share of what the column is worth.

    Raises:
        UsageError: the file is none of a known platform, or a row or the column takes no points.
    """
    book = read_gradebook(path, column)
    plan = Plan(book)
    records = sorted(each_record(folder, read_gone(folder)), key=lambda one: one.submission)
    if not records:
        raise UsageError(f"{folder}: holds no record; name a folder that `grader grade` wrote")
    share = _share(book, records[0], scale)
    matches = list(_matches(records, plan))
    _refuse_shared(matches, plan)
    for record, entry in matches:
        _fill(plan, record, entry, share)
    plan.without = len(book.entries) - len({entry.row for _, entry in matches})
    return plan


def read_gradebook(path: Path, column: str) -> Gradebook:
    """Return the gradebook in a file, by the rules of the platform that it is from.

    Raises:
        UsageError: as plan_gradebook.
    """
    mark, data = read_text(path)
    problems: list[UsageError] = []
    for delimiter in _delimiters(data):
        try:
            cells = read_cells(path, mark, data, delimiter)
        except UsageError as error:
            problems.append(error)
            continue
        if is_canvas(cells.texts(0)):
            return canvas_gradebook(cells, column)
        if is_moodle(cells):
            return moodle_gradebook(cells, column)
        problems.append(
            UsageError(
                f"{path}, row 1: is neither Canvas's gradebook (Student, ID, ..., Section, ...) "
                "nor Moodle's grading worksheet (Identifier, ..., Grade, ...); download one of them"
            )
        )
    raise problems[0]


def _delimiters(data: str) -> list[str]:
    """Return the signs that may stand between cells, the likeliest first.

    It need not be the one: a title may hold more of another sign than the heading has cells.
    """
    heading = data.splitlines()[0] if data else ""
    likeliest = sorted(",;\t", key=heading.count, reverse=True)
    return [sign for sign in likeliest if sign in heading] or [","]


def _matches(records: list[Record], plan: Plan) -> Iterator[Match]:
    people = {_person(entry): entry for entry in plan.book.entries}
    roster = Roster(list(people))
    for record in records:
        found = sorted((people[one] for one in _candidates(roster, record)), key=lambda e: e.row)
        if len(found) == 1:
            yield record, found[0]
        elif found:
            rows = ", ".join(f"row {entry.row + 1} ({inert(entry.name)})" for entry in found)
            plan.problems.append(f"{record.submission}: may be {rows}; grade with a --roster")
        else:
            plan.unknown.append(record.submission)


def _person(entry: Entry) -> Person:
    known = {kind: value for kind, value in entry.known_by.items() if value}
    return Person(str(entry.row), entry.name, known.get("email", ""), known)


def _candidates(roster: Roster, record: Record) -> set[Person]:
    """Return the people that a record may be of: by all that systems call them, else by name."""
    student = record.student
    given = [Handle("login", record.submission), *_handles(record)]
    if student:
        given += [Handle("login", student.id), Handle("email", student.email)]
    names = [student.name] if student and student.name else []
    given += [Handle("name", name) for name in names]
    found = roster.candidates([one for one in given if one.value], record.submission)
    return found or roster.candidates([Handle("canvas", record.submission)], record.submission)


def _handles(record: Record) -> Iterator[Handle]:
    """Yield what the system of the course calls the student, as the files are called."""
    for part in PurePath(record.source or "").parts:
        for is_file in (True, False):
            if hand := hand_of(part, is_file=is_file):
                yield from hand.handles


def _refuse_shared(matches: list[Match], plan: Plan) -> None:
    by_row: dict[int, list[Record]] = defaultdict(list)
    for record, entry in matches:
        by_row[entry.row].append(record)
    for row, records in by_row.items():
        if len(records) > 1:
            names = " and ".join(record.submission for record in records)
            plan.problems.append(f"row {row + 1}: both {names} are of this student; drop one")


def _share(book: Gradebook, record: Record, scale: bool) -> float:
    """Return what a point of the records is worth in the file."""
    if book.possible in (None, record.possible):
        return 1.0
    assert book.possible is not None
    if scale and record.possible:
        return book.possible / record.possible
    raise UsageError(
        f"{book.cells.where(0, book.column)}: {inert(book.title)} is worth {number(book.possible)} "
        f"there, and {record.possible} here; --scale makes points a share of what it is worth"
    )


def _fill(plan: Plan, record: Record, entry: Entry, share: float) -> None:
    book = plan.book
    if entry.keeps:
        plan.kept.append(entry)
        return
    points = round(record.earned * share, 2)
    before = book.points(entry)
    if before is not None and round(before, 2) == points:
        plan.same += 1
        return
    text = book.cells.at(entry.row, book.column)
    plan.filled.append(Filled(entry, record.submission, text, book.written(points), unread(record)))
