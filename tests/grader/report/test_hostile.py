"""Text of a submission reaches no report raw, and ordinary text arrives as it was written.

`harm` looks at what any format made of hostile text, beside what it made of ordinary text. A new
kind of file is held to every rule; FREE says which rule some kind need not keep.
"""

import base64
import csv
import io
import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml
from rich.console import Console

from grader.record.aside import Aside
from grader.record.change import Change, Moved
from grader.record.check import Outcome
from grader.record.excerpt import Excerpt
from grader.record.figure import Heatmap
from grader.record.record import Record, Student
from grader.report.class_page import class_page
from grader.report.csv import grades_csv
from grader.report.formats import OF_CLASS, OF_SUBMISSION, File, Screen
from grader.report.gradebook.book import Entry, Gradebook
from grader.report.gradebook.cells import Cell, Cells
from grader.report.gradebook.plan import Filled, Plan, print_plan
from grader.report.json import load_record, record_json, record_line
from grader.report.student_page import student_page
from grader.report.summary import summarise
from grader.report.text import print_absent, print_changes, print_check, print_left_aside

HOSTILE = {
    "element": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "end of an attribute": "\"'><b onclick=x>",
    "template": "{{ 7 * 191 }}{% raw %}",
    "terminal": "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "reversed reading": "invoice\u202efdp.exe\u2066",
    "invisible": "a\u200b\u00ad\ue000\ufeffb",
    "lone surrogate": "file-\udcff",
    "carriage return": "harmless\rPASSED",
    "line separators": "a\u2028::error::b\x85c\x0bd",
    "formula": '=HYPERLINK("http://x";"y")',
    "formula after a space": "  @SUM(1)",
    "formula after a semicolon": "ok; =1+1;-2;\t+3",
    "full-width formula": "\uff1d1+1",
    "workflow command": "::set-output name=x::y",
    "workflow command on a line of its own": "ok\n  ::error::x\n::add-mask::e",
    "workflow command after many words": f"{'x' * 200} ::error::x {'y ' * 60}::error::z",
    "old workflow command": "see ##[add-mask]e and ##vso[task.complete]",
    "rich markup": "[bold red]x[/] [link=http://x]y[/link] :boom:",
    "markdown": "[x](javascript:alert(1)) ![y](http://x) `z`",
}
ANY = st.characters() | st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl"])
BENIGN = "José: 数据 x < 3 & y > 2, f'{a}' [1, 2] e^-x = -1 # ok :: a"


def spoilt(record: Record, text: str) -> Record:
    """The record with `text` wherever a submission has a say."""
    change = msgspec.structs.replace
    figure = Heatmap(text, "", ["14"], (1, 2), 1.0)
    checks = [change(check, message=text, hint=text, figure=figure) for check in record.checks]
    student = Student(text, text, text)
    code = [Excerpt("distances", text, 1, text)]
    return change(
        record,
        code=code,
        submission=text,
        checks=checks,
        notes=[text, text],
        student=student,
        source=text,
    )


FREE = {
    ".html": {"is a command", "is a formula"},
    ".json": {"adds elements", "is a formula"},
    ".jsonl": {"adds elements", "is a formula"},
    ".csv": {"adds elements", "is a command"},
    ".txt": {"adds elements", "is a formula"},
    ".xml": {"is a formula"},
    ".md": {"is a formula"},
}
_LINK = re.compile(r"#[\w-]+|\./[\w.~%-]+/report\.html(#[\w-]+)?")


def is_plain(text: str) -> bool:
    return all(character == "\n" or character.isprintable() for character in text)


def is_ci_command(line: str) -> bool:
    """Whether GitHub or Azure would take a line of a log for a command."""
    return line.lstrip().startswith("::") or re.search(r"##\w*\[", line) is not None


def is_formula(cell: str) -> bool:
    return cell.strip()[:1] in {*"=+-@\t\r\uff1d\uff0b\uff0d\uff20"} - {""}


def commands(text: str) -> list[str]:
    return [line for line in text.splitlines() if is_ci_command(line)]


def formulas(text: str) -> list[tuple[int, int]]:
    """How many lines, and how many cells that start a formula, by each delimiter."""
    counts = []
    for delimiter in ",;":
        table = list(csv.reader(text.splitlines(), delimiter=delimiter))
        counts.append((len(table), sum(is_formula(cell) for row in table for cell in row)))
    return counts


def as_page(name: str, report: bytes) -> bytes:
    """What GitHub's own library makes of Markdown; any other report as it is."""
    if not name.endswith(".md"):
        return report
    to_html = cmarkgfm.github_flavored_markdown_to_html
    return to_html(report.decode(), cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE).encode()


def bare(elements: list) -> list:
    """Elements without <code>, which is what pages make of `text between backticks`."""
    return [(tag, more) for tag, more in elements if (tag, more) != ("code", [])]


def harm(name: str, report: bytes, ordinary: bytes, read_page) -> set[str]:
    """Return what hostile text does in the report of that name, by the rules it has to keep."""
    try:
        text, usual = report.decode("utf-8-sig"), ordinary.decode("utf-8-sig")
    except UnicodeDecodeError:
        return {"is not UTF-8"}
    page, usual_page = (read_page(as_page(name, made)) for made in (report, ordinary))
    broken = {
        "is not plain": not is_plain(text),
        "adds elements": bare(page.shape) != bare(usual_page.shape)
        or not all(map(_LINK.fullmatch, page.every("href"))),
        "is a command": len(commands(text)) > len(commands(usual)),
        "is a formula": formulas(text) != formulas(usual),
    }
    free = FREE.get(name[name.rindex(".") :], set())
    return {rule for rule, is_broken in broken.items() if is_broken} - free


def whole(record: Record, sum_up) -> Record:
    """What a format of a submission shows."""
    return record


def in_class(record: Record, sum_up) -> Record:
    """What a format of a class shows, of which one submission could not be read."""
    checks = [msgspec.structs.replace(c, outcome=Outcome.NOT_RUN) for c in record.checks]
    summary = sum_up(record, msgspec.structs.replace(record, checks=checks[:1]))
    text = record.submission
    moved = [Moved("hidden/test_k", 1, None)]
    summary.changes = [Change(text, text, 1, 2, moved, True, "2026-01-05T12:00:00+00:00")]
    summary.aside = [Aside(text, "hidden"), Aside(text, text, is_open=True)]
    summary.absent = [text]
    return summary


def print_aside(console: Console, record: Record) -> None:
    summary = in_class(record, lambda *records: summarise(records, "k-NN"))
    print_changes(console, summary.changes)
    print_absent(console, summary.absent)
    print_left_aside(console, [Aside(text, text) for text in (record.submission, *record.notes)])


def print_filled(console: Console, record: Record) -> None:
    text = record.submission
    entry = Entry(1, text, {}, keeps="excused")
    header, row = ([Cell(value, 0, 0, False)] for value in (text, "1"))
    book = Gradebook("Canvas", Cells(Path("g.csv"), "", b"", ",", [header, row]), 0, [], 10, False)
    filled = [Filled(entry, text, text, "2.00", why=text)]
    print_plan(console, Plan(book, filled, 0, [entry], [text], 0, [text]))


FORMATS = [
    *((row, whole) for row in OF_SUBMISSION),
    *((row, in_class) for row in OF_CLASS),
    (File("records.jsonl", "staff", record_line), whole),
    (Screen("aside.txt", "staff", print_aside), whole),
    (Screen("gradebook.txt", "staff", print_filled), whole),
]


def leaves(value: object, path: str = "") -> list[tuple[str, str]]:
    """The texts within what JSON holds, each with its place."""
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key], f"{path}/{key}")]
    if isinstance(value, list):
        return [leaf for n, one in enumerate(value) for leaf in leaves(one, f"{path}/{n}")]
    return [(path, value)] if isinstance(value, str) else []


def read_json(report: bytes) -> list[tuple[str, str]]:
    return leaves(json.loads(report))


def read_classroom(report: bytes) -> list[tuple[str, str]]:
    """What GitHub Classroom's reporter takes out of the base64, to print it."""
    return leaves(json.loads(base64.b64decode(report.strip(), validate=True)))


def read_junit(report: bytes) -> list[tuple[str, str]]:
    cases = [case for suite in JUnitXml.fromstring(report) for case in suite]
    found = [(f"name {n}", case.name or "") for n, case in enumerate(cases)]
    for n, case in enumerate(cases):
        for result in case.result:
            found += [(f"message {n}", result.message or ""), (f"text {n}", result.text or "")]
        found.append((f"out {n}", case.system_out or ""))
    return found


def read_table(report: bytes) -> list[tuple[str, str]]:
    rows = csv.reader(io.StringIO(report.decode("utf-8-sig"), newline=""))
    return [(f"{n},{m}", cell) for n, row in enumerate(rows) for m, cell in enumerate(row)]


def read_commands(report: bytes) -> list[tuple[str, str]]:
    """The kinds, places and texts of annotations, as actions/runner reads commands in a log."""
    found = []
    for n, line in enumerate(report.decode().splitlines()):
        head, _, text = line.removeprefix("::").partition("::")
        kind, _, properties = head.partition(" ")
        keys = ",".join(sorted(pair.partition("=")[0] for pair in properties.split(",")))
        found.append((f"{n} {kind} {keys}", text.replace("%0A", "\n")))
    return found


def read_outputs(report: bytes) -> list[tuple[str, str]]:
    """The outputs of a step: a name and a value on each line."""
    return [(name, value) for name, _, value in (s.partition("=") for s in lines_of(report))]


def read_markdown(report: bytes) -> list[tuple[str, str]]:
    return read_html(as_page("x.md", report))


def read_html(report: bytes) -> list[tuple[str, str]]:
    """The texts of a page by the elements around them."""
    reader = _Texts()
    reader.feed(report.decode())
    reader.close()
    return reader.found


def read_terminal(report: bytes) -> list[tuple[str, str]]:
    return [("", line) for line in lines_of(report)]


def lines_of(report: bytes) -> list[str]:
    return report.decode().split("\n")


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        if (tag, attrs) != ("code", []):
            self.found.append((tag, ""))

    def handle_data(self, data):
        if self.found and self.found[-1][0] not in ("style", "script"):
            place, text = self.found[-1]
            self.found[-1] = place, text + data


CONSUMERS = {  # by the whole name of a report, or by its ending
    "classroom.txt": read_classroom,
    "annotations.txt": read_commands,
    "outputs.txt": read_outputs,
    ".json": read_json,
    ".jsonl": read_json,
    ".xml": read_junit,
    ".csv": read_table,
    ".md": read_markdown,
    ".html": read_html,
    ".txt": read_terminal,
}
IN_A_LOG = {"classroom.txt", "check.txt", "class.txt", "aside.txt", "gradebook.txt"}
WRAPPED = {"check.txt", "class.txt", "aside.txt", "gradebook.txt"}  # as long as their text


def consumer(name: str):
    """The reader of a report; a new kind of report needs one."""
    return CONSUMERS.get(name) or CONSUMERS[name[name.rindex(".") :]]


def taken_in(name: str, report: bytes, ordinary: bytes) -> set[str]:
    """Return what hostile text does to the consumer of a report, beside ordinary text."""
    try:
        found, usual = consumer(name)(report), consumer(name)(ordinary)
    except (ValueError, SyntaxError) as error:  # of JSON and base64, and of XML
        return {f"cannot be read: {error}"}
    texts = [text for _, text in found]
    broken = {
        "is another structure": name not in WRAPPED
        and [place for place, _ in found] != [place for place, _ in usual],
        "is not plain": not all(map(is_plain, texts)),
        "is a command": name in IN_A_LOG and any(map(commands, texts)),
    }
    return {rule for rule, is_broken in broken.items() if is_broken}


LEAKY = [
    File("raw.html", "student", lambda record: leaked(record, "<p>{}</p>")),
    File("raw.json", "student", lambda record: leaked(record, '{{\n"message":\n{}}}')),
    File("raw.csv", "staff", lambda record: leaked(record, "zoe,{}\n")),
    File("raw.xml", "staff", lambda record: leaked(record, "<failure>{}</failure>")),
    File("raw.md", "student", lambda record: leaked(record, "# knn\n\n{}\n")),
    File("raw.new", "staff", lambda record: leaked(record, "{}")),
    Screen("raw.txt", "student", lambda console, record: console.print(record.checks[0].message)),
]


def leaked(record: Record, page: str) -> bytes:
    return page.format(record.checks[0].message).encode(errors="surrogatepass")


@pytest.fixture(params=FORMATS, ids=lambda known: known[0].name)
def report(request, render, sum_up):
    """What a format makes of a record whose text is given; its name is `report.name`."""
    row, shown = request.param

    def report(record: Record, width: int = 80) -> bytes:
        return render(row, shown(record, sum_up), width)

    report.name = row.name
    return report


@pytest.fixture(params=HOSTILE.values(), ids=list(HOSTILE))
def hostile(request) -> str:
    return request.param


def test_hostile_text_does_no_harm_in_any_format(make, report, hostile, read_page):
    ordinary = report(spoilt(make(), "ordinary"))
    assert harm(report.name, report(spoilt(make(), hostile)), ordinary, read_page) == set()


def test_hostile_text_does_no_harm_on_a_narrow_terminal(make, report, hostile, read_page):
    ordinary = report(spoilt(make(), "ordinary"), width=31)
    assert (
        harm(report.name, report(spoilt(make(), hostile), width=31), ordinary, read_page) == set()
    )


def test_hostile_text_does_no_harm_to_the_consumer_of_any_format(make, report, hostile):
    ordinary = report(spoilt(make(), "ordinary"))
    assert taken_in(report.name, report(spoilt(make(), hostile)), ordinary) == set()


@pytest.mark.parametrize(
    ("name", "page", "text", "told"),
    [
        ("classroom.txt", '{{"message": {}}}', "ok\n::error::x", "is a command"),
        ("classroom.txt", '{{"message": {}}}', "\x1b[2J", "is not plain"),
        ("annotations.txt", "::error title={}::x", "a,file=b", "is another structure"),
        ("outputs.txt", "name={}", "a\nearned=14", "is another structure"),
        ("raw.csv", "a,{}", "b,c", "is another structure"),
        ("raw.xml", "<testsuite><testcase name='{}'/></testsuite>", "<", "cannot be read"),
        ("raw.html", "<p>{}</p>", "<b>x", "is another structure"),
        ("raw.md", "# {}", "<img>", "is another structure"),
        ("raw.json", '{{"message": {}}}', "\u202e", "is not plain"),
        ("check.txt", "{}", "::error::x", "is a command"),
    ],
)
def test_a_consumer_that_is_taken_in_is_found(name, page, text, told):
    def leaky(text: str) -> bytes:
        written = json.dumps(text) if name in ("classroom.txt", "raw.json") else text
        made = page.format(written).encode()
        return base64.b64encode(made) if name == "classroom.txt" else made

    assert taken_in(name, leaky("ordinary"), leaky("ordinary")) == set()
    found = taken_in(name, leaky(text), leaky("ordinary"))
    assert {rule.partition(":")[0] for rule in found} >= {told}


@pytest.mark.parametrize("row", LEAKY, ids=lambda row: row.name)
def test_a_format_that_lets_text_through_is_found(make, render, read_page, row):
    ordinary = render(row, spoilt(make(), "ordinary"))
    assert harm(row.name, ordinary, ordinary, read_page) == set()
    leaks = {
        kind: harm(row.name, render(row, spoilt(make(), text)), ordinary, read_page)
        for kind, text in HOSTILE.items()
    }
    told = {
        ".html": {"is not UTF-8", "is not plain", "adds elements"},
        ".json": {"is not UTF-8", "is not plain", "is a command"},
        ".csv": {"is not UTF-8", "is not plain", "is a formula"},
        ".xml": {"is not UTF-8", "is not plain", "is a command", "adds elements"},
        ".txt": {"is not UTF-8", "is not plain", "is a command"},
        ".md": {"is not UTF-8", "is not plain", "is a command", "adds elements"},
        ".new": {"is not UTF-8", "is not plain", "is a command", "adds elements", "is a formula"},
    }[row.name[3:]]
    assert set().union(*leaks.values()) >= told


def test_numbers_stay_numbers_beside_hostile_text(make, sum_up, hostile):
    text = grades_csv(sum_up(spoilt(make(), hostile))).decode("utf-8-sig")
    row = list(csv.reader(io.StringIO(text)))[1]
    assert [float(cell) for cell in row[3:8]] == [3.5, 10, 35, 3.5, 0]


@pytest.mark.parametrize("write", [record_json, record_line])
def test_what_a_program_reads_from_json_is_plain_too(make, hostile, write):
    assert is_plain(json.loads(write(spoilt(make(), hostile)))["checks"][0]["message"])


def test_a_record_of_hostile_text_can_be_read_back_and_is_then_stable(make, hostile):
    once = record_json(spoilt(make(), hostile))
    assert record_json(load_record(once)) == once


def test_the_terminal_shows_markup_as_it_was_written(make, render):
    text = render(
        Screen("check.txt", "student", print_check), spoilt(make(), HOSTILE["rich markup"])
    ).decode()
    assert "[bold red]x[/] [link=http://x]y[/link] :boom:" in text


def test_ordinary_text_arrives_unchanged_everywhere(make, render, sum_up, read_page):
    record = spoilt(make(), BENIGN)
    assert read_page(student_page(record)).text.count(BENIGN) >= 8
    assert BENIGN in unescape(class_page(sum_up(record, record)).decode())
    table = grades_csv(sum_up(record)).decode()
    assert BENIGN in next(csv.reader(io.StringIO(table.split("\n", 1)[1])))[0]
    assert load_record(record_json(record)) == record
    printed = render(Screen("check.txt", "student", print_check), record).decode()
    assert f"  │ {BENIGN}\n" in printed
    assert f"  │ hint: {BENIGN}\n" in printed


@given(text=st.text(ANY))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_text_at_all_reaches_a_report_raw(make, report, text):
    record = spoilt(make(), text)
    assert is_plain(report(record).decode("utf-8-sig"))
    assert record_json(load_record(record_json(record))) == record_json(record)


def test_a_long_text_is_cut_and_the_cut_is_said(make, read_page):
    record = spoilt(make(), "long " * 10_000)
    assert "more characters" in read_page(student_page(record)).text
    assert len(student_page(record)) < 150_000


def test_what_counts_as_hostile_is_told_from_what_does_not():
    assert is_ci_command("  ::error::x")
    assert is_ci_command("a ##[b]")
    assert not is_ci_command("  │ ::error::x")
    assert not is_ci_command("# # [b] a::b")
    assert is_formula("=1")
    assert is_formula(" -1")
    assert not is_formula("'=1")
    assert not is_formula("")
    assert is_plain("é 数\n")
    assert not is_plain("\x1b")
    assert not is_plain("\u202e")
