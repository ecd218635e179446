"""A gradebook file that was downloaded gets points in one column, and is else left as it is.

The files are in the form that Canvas (lib/gradebook_exporter.rb) and Moodle (mod/assign/
gradingtable.php) export; `canvas_reads` and `moodle_reads` follow their importers.
"""

import csv
import io
import re

import pytest

from grader.errors import UsageError
from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.record import Digests, HandIn, Record, Student, make_record
from grader.report.log import append_record
from grader.run.gradebook import plan_gradebook

CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Quiz; easy (7),Linear (123),"
    "Homework Current Score,Current Score\r\n"
    ",,,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,5.00,10.00,(read only),(read only)\r\n"
    '"Lee, Ann",101,s1,alee,"One, ""A""",5.00,,100.00,100.00\r\n'
    '"Ångström, Zoë",102,s2,zoe@uni.edu,One,N/A,EX,,\r\n'
    '"כהן, דנה",103,s3,dana,Two,4.00,7.50,80.00,80.00\r\n'
    '"=""=SUM(A1)""",104,s4,sum,Two,,,,\r\n'
    '"Student, Test",105,,9f2b,One,,,,\r\n'
)
CANVAS_SEMICOLON = (
    "Student;ID;SIS Login ID;Section;Linear (123)\n"
    "    Points Possible;;;;10,00\n"
    "Lee, Ann;101;alee;One;\n"
    "Ray, Bob;102;bray;One;7,50\n"
)
CANVAS_NAMES = (
    "LastName,FirstName,ID,SIS Login ID,Section,Linear (123)\n"
    "    Points Possible,,,,,10.00\n"
    "Lee,Ann,101,alee,One,\n"
)
MOODLE = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade",'
    '"Grade can be changed","Last modified (submission)","Last modified (grade)",'
    '"Feedback comments"\n'
    '"Participant 11","Ann Lee",ann@uni.edu,"Submitted for grading - ",,10.00,Yes,'
    '"Monday, 5 January 2026, 12:00 PM",-,\n'
    '"Participant 12","Bob Ray",bob@uni.edu,"No submission",7.50,10.00,Yes,-,-,"so, so"\n'
    '"Participant 13","<span class=""usersuspended"">Cy Poe</span>",cy@uni.edu,'
    '"Submitted for grading",,10.00,No,-,-,\n'
)
MOODLE_GERMAN = (
    'ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,"Beste Bewertung",'
    '"Bewertung kann geändert werden","Zuletzt geändert (Bewertung)"\n'
    '"Teilnehmer/in11","Ann Lee",ann@uni.edu,Abgegeben,,"10,00",Ja,-\n'
)


def record(submission: str, earned: float, **known: str) -> Record:
    student = {key: known[key] for key in ("id", "name", "email") if key in known}
    return make_record(
        assignment="linear",
        submission=submission,
        seed=7,
        exercises=["scores"],
        checks=[Check("hidden/test_all", "All is right.", "scores", "hidden", 10)],
        outcomes=[CheckOutcome("hidden/test_all", Outcome.PASSED, share=earned / 10)],
        notes=[],
        sandbox={"level": "confined"},
        versions={},
        digests=Digests("ab" * 32, "cd" * 32),
        seconds=1.0,
        hand_in=HandIn(
            student=Student(**student) if "id" in student else None, source=known.get("source")
        ),
    )


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "reports"


@pytest.fixture
def plan(tmp_path, folder):
    """What changes if these records go into a file with this text."""

    def plan(text: str | bytes, records: list[Record], column: str = "Linear (123)", **options):
        for one in records:
            append_record(folder, one)
        path = tmp_path / "grades.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return plan_gradebook(folder, path, column, **options)

    return plan


def canvas_reads(content: bytes) -> dict[str, dict[str, str]]:
    """What Canvas's importer makes of a file: by student's ID, the text of each column."""
    text = content.decode()
    lines = text.splitlines(keepends=True)[:3]
    counts = {}
    for sign in ";,":
        try:
            sizes = {len(next(csv.reader([line], delimiter=sign, strict=True))) for line in lines}
        except csv.Error:
            sizes = set()
        counts[sign] = sizes.pop() if len(sizes) == 1 else 0
    sign = ";" if counts[";"] > counts[","] else ","
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    identifier = 2 if "LastName" in header[0] else 1
    assert "ID" in header[identifier]
    return {
        row[identifier]: {
            title: re.sub(r"[,.](?=.*[,.])", "", cell).replace(",", ".")
            if re.fullmatch(r"-?[0-9.,]+%?", cell)
            else cell
            for title, cell in zip(header, row, strict=True)
        }
        for row in rows
        if "Points Possible" not in row[0] and any(cell.strip() for cell in row[:2])
    }


def moodle_reads(content: bytes, decimal: str, prefix: str) -> dict[str, float | None]:
    """What Moodle's importer makes of a worksheet in a language with this decimal sign."""
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    at = next(n for n, name in enumerate(header) if name in ("Grade", "Bewertung"))
    return {
        row[0][len(prefix) :]: float(row[at].replace(decimal, ".")) if row[at] else None
        for row in rows
    }


def test_canvas_reads_the_new_points_and_finds_nothing_else_changed(plan):
    made = plan(
        CANVAS,
        [
            record("leeann_101", 7.25, source="class.zip/leeann_101_9_linear.py"),
            record("s4", 3, id="s4", name="=SUM(A1)"),
            record("dana", 7.5),
            record("zoe", 9, id="s2", name="Zoë Ångström"),
        ],
    )
    assert made.problems == []
    assert (made.same, made.unknown, made.without) == (1, [], 1)
    assert [(entry.row + 1, entry.keeps) for entry in made.kept] == [(5, "excused")]
    expected = CANVAS.replace("5.00,,100.00", "5.00,7.25,100.00").replace(
        "sum,Two,,,", "sum,Two,,3.00,"
    )
    assert made.content.decode() == expected
    before, after = canvas_reads(CANVAS.encode()), canvas_reads(made.content)
    changed = {
        (student, title): after[student][title]
        for student, cells in before.items()
        for title, cell in cells.items()
        if cell != after[student][title]
    }
    assert changed == {("101", "Linear (123)"): "7.25", ("104", "Linear (123)"): "3.00"}


@pytest.mark.parametrize(
    "known",
    [
        {"submission": "x", "source": "a/leeann_101_9_linear.py"},
        {"submission": "s1"},
        {"submission": "ALee"},
        {"submission": "x", "id": "alee"},
        {"submission": "x", "id": "7", "name": "Ann Lee"},
        {"submission": "Ann Lee"},
        {"submission": "101"},
    ],
)
def test_canvas_finds_a_student_by_number_sis_id_login_or_name(plan, known):
    submission = known.pop("submission")
    (filled,) = plan(CANVAS, [record(submission, 2, **known)]).filled
    assert (filled.entry.row + 1, filled.after) == (4, "2.00")


def test_the_number_of_canvas_counts_before_a_name_that_is_anothers(plan):
    source = "a/danacohen_101_9_linear.py"
    (filled,) = plan(CANVAS, [record("x", 2, id="x", name="דנה כהן", source=source)]).filled
    assert filled.entry.row + 1 == 4


@pytest.mark.parametrize("column", ["Linear (123)", "Linear", "123"])
def test_a_column_of_canvas_is_named_by_heading_title_or_number(plan, column):
    assert len(plan(CANVAS, [record("alee", 2)], column).filled) == 1


def test_canvas_with_semicolons_keeps_its_decimal_comma(plan):
    made = plan(CANVAS_SEMICOLON, [record("alee", 2.5), record("bray", 7.5)])
    assert made.content.decode() == CANVAS_SEMICOLON.replace("alee;One;", "alee;One;2,50")
    assert canvas_reads(made.content)["101"]["Linear (123)"] == "2.50"


def test_canvas_with_two_columns_of_names_is_read_too(plan):
    made = plan(CANVAS_NAMES, [record("x", 2, id="7", name="Ann Lee")])
    assert made.content.decode() == CANVAS_NAMES.replace("alee,One,", "alee,One,2.00")


def test_a_decimal_comma_between_commas_is_quoted(plan):
    text = CANVAS_NAMES.replace("10.00", '"10,00"')
    made = plan(text, [record("alee", 2)])
    assert made.content.decode().endswith('alee,One,"2,00"\n')
    assert canvas_reads(made.content)["101"]["Linear (123)"] == "2.00"


def test_moodle_reads_the_new_grades_and_what_is_locked_stays(plan):
    made = plan(
        MOODLE,
        [
            record("Ann_Lee_11-ab", 2.5, source="a/Ann Lee_11_assignsubmission_file_/linear.py"),
            record("bob", 8),
            record("cy", 1, id="cy", name="Cy Poe"),
        ],
        "Grade",
    )
    assert [entry.keeps for entry in made.kept] == ["its grade is locked"]
    assert moodle_reads(made.content, ".", "Participant ") == {"11": 2.5, "12": 8, "13": None}
    assert made.content.decode() == MOODLE.replace('grading - ",,', 'grading - ",2.50,').replace(
        ",7.50,", ",8.00,"
    )


def test_moodle_in_another_language_is_read_by_the_order_of_its_columns(plan):
    made = plan(MOODLE_GERMAN, [record("ann@uni.edu", 2.5)], "Bewertung")
    assert made.content.decode() == MOODLE_GERMAN.replace("Abgegeben,,", 'Abgegeben,"2,50",')
    assert moodle_reads(made.content, ",", "Teilnehmer/in") == {"11": 2.5}


def test_points_of_another_scale_are_refused_or_scaled_when_that_is_asked_for(plan):
    text = CANVAS.replace("5.00,10.00,(read", "5.00,100.00,(read")
    with pytest.raises(
        UsageError, match=r"row 1, column G: .* worth 100 there, and 10 here; --sca"
    ):
        plan(text, [record("alee", 7.25)])
    assert [one.after for one in plan(text, [], scale=True).filled] == ["72.50"]


def test_who_may_be_two_is_a_problem_and_who_is_in_no_row_is_listed(plan):
    text = CANVAS.replace('"כהן, דנה",103', '"Lee, Ann",103')
    made = plan(text, [record("x", 2, id="x", name="Ann Lee"), record("nobody", 1)])
    assert made.problems == ["x: may be row 4 (Lee, Ann), row 6 (Lee, Ann); grade with a --roster"]
    assert made.unknown == ["nobody"]


def test_two_submissions_of_one_row_are_a_problem(plan):
    shared = plan(CANVAS, [record("alee", 2), record("s1", 3)])
    assert shared.problems == ["row 4: both alee and s1 are of this student; drop one"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Section,", "", "row 1, column E: Canvas looks for 'Section' here"),
        (",102,", ",101,", "rows 4 and 5, column B: 101 is there twice"),
        (",s2,", ",S1,", "rows 4 and 5, column C: s1 is there twice"),
        ("Linear (123)", "Quiz; easy (7)", "no column for points is called 'Linear"),
        ("Homework Current Score", "Linear (123)", "columns G and H are both called"),
        ("10.00,(read", "(read only),(read", "row 3, column G: Canvas changes no column that is"),
        ("Manual Posting", "Manual Posting (scores hidden)", "row 2, column G: Canvas takes no"),
        ("7.50,80", "A-,80", "row 6, column G: holds 'A-', which is neither points nor EX"),
        ("7.50,80", "٣,80", "row 6, column G: holds '٣', which is neither"),
        ("7.50,80", "7,50,80", "row 6, column J: a cell without a heading; put quotes around"),
        ("5.00,10.00,(read", "5.00,ten,(read", "row 3, column G: holds 'ten', which is no number"),
        ("7.50,80", '"=1+1",80', "row 6, column G: holds '=1\\+1', which is neither"),
        (",N/A,EX,,", ",N/A", "row 5, column G: the row ends before this column"),
        ('"Lee, Ann",101', 'Lee "A",101', "row 4, column A: a quote has no partner"),
        ('"Student, Test",105,,9f2b,One', ",,,,One", "row 8: names no student"),
    ],
)
def test_a_file_that_canvas_would_not_take_is_named_by_row_and_column(plan, old, new, told):
    assert CANVAS.count(old) == 1
    with pytest.raises(UsageError, match=told):
        plan(CANVAS.replace(old, new), [record("alee", 2)])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (',"Last modified (grade)"', ',"Other"', "row 1: Moodle demands a column 'Last modified"),
        ("Participant 12", "Participant 11", "rows 2 and 3, column A: Participant 11 is there tw"),
        (",10.00,Yes,-", ",100.00,Yes,-", "row 3, column F: holds '100.00', where row 2 has"),
        (',,10.00,Yes,"', ',,Good,Yes,"', "row 2, column F: holds no maximum of the grades"),
        (",7.50,", ",good,", "row 3, column E: holds 'good', which is no grade in points"),
        ("Participant 12", "12", "row 3, column A: holds '12', where the row above names a part"),
        ('"so, so"', "so, so", "row 3, column K: a cell without a heading"),
        ("Participant 11", "11", "is neither Canvas's gradebook .* nor Moodle's"),
    ],
)
def test_a_worksheet_that_moodle_would_not_take_is_named_by_row_and_column(plan, old, new, told):
    assert MOODLE.count(old) == 1
    with pytest.raises(UsageError, match=told):
        plan(MOODLE.replace(old, new), [record("bob", 2)], "Grade")


def test_a_title_for_which_canvas_would_mistake_the_delimiter_is_named(plan):
    text = CANVAS_SEMICOLON.replace("Section", '"Section\nof all"')
    with pytest.raises(IndexError):  # Canvas says "Invalid header row"
        canvas_reads(text.encode())
    with pytest.raises(UsageError, match="row 1: Canvas would take ',' for the sign between cells"):
        plan(text, [record("alee", 2)])


@pytest.mark.parametrize("title", ["Quiz; easy", "Q;u;i;z;z;e;s; ;e;a;s;y"])
def test_a_title_with_semicolons_is_no_harm_where_canvas_is_not_misled(plan, title):
    text = CANVAS.replace("Quiz; easy", title)
    assert "101" in canvas_reads(text.encode())
    assert plan(text, [record("alee", 2)]).filled


def test_a_short_row_that_misleads_canvas_is_named_by_row_and_column(plan):
    text = CANVAS_NAMES.replace(",,,,,10.00", "")
    with pytest.raises(IndexError):  # it takes ";", and finds no "ID"
        canvas_reads(text.encode())
    with pytest.raises(UsageError, match="row 2, column B: the row ends here, and the heading"):
        plan(text, [record("alee", 2)])


def test_the_command_writes_in_place_and_a_dry_run_writes_nothing(grader, plan, tmp_path, folder):
    plan(CANVAS, [record("alee", 2), record("nobody", 1)])
    path = tmp_path / "grades.csv"
    words = ["gradebook", folder, path, "--column", "Linear"]
    listed = grader(*words, "--dry-run")
    assert path.read_bytes() == CANVAS.encode()
    assert "  row 4, Lee, Ann: empty -> 2.00 (alee)\n" in listed.stdout
    assert "  nobody: no row is of this student\n" in listed.stdout
    done = grader(*words)
    assert (done.returncode, done.stdout) == (4, listed.stdout)
    assert path.read_bytes().decode() == CANVAS.replace("5.00,,100", "5.00,2.00,100")


def test_a_folder_is_no_file_to_write_to(grader, plan, tmp_path, folder):
    plan(CANVAS, [record("alee", 2)])
    words = ["gradebook", folder, tmp_path / "grades.csv", "--column", "Linear"]
    done = grader(*words, "--out", folder)
    assert done.returncode == 2
    assert f"--out {folder}: is a folder; name a file" in done.stderr


def test_a_problem_ends_the_command_with_2_and_nothing_is_written(grader, plan, tmp_path, folder):
    plan(CANVAS, [record("alee", 2), record("s1", 3), record("dana", 1)])
    done = grader("gradebook", folder, tmp_path / "grades.csv", "--column", "Linear")
    assert done.returncode == 2
    assert "1 problem; nothing was written" in done.stderr
    assert (tmp_path / "grades.csv").read_bytes() == CANVAS.encode()
