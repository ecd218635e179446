"""Text of a submission reaches no report raw, and ordinary text arrives as it was written."""

import csv
import io
import json
import re
from html import unescape

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from grader.record.check import Outcome
from grader.record.record import Record
from grader.report.csv import grades_csv
from grader.report.html import class_page, student_page
from grader.report.json import load_record, record_json, record_line
from grader.report.text import print_check, print_class_table, print_left_aside

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
    checks = [change(check, message=text, hint=text) for check in record.checks]
    return change(record, submission=text, checks=checks, notes=[text, text])


def is_plain(text: str) -> bool:
    return all(character == "\n" or character.isprintable() for character in text)


def is_ci_command(line: str) -> bool:
    """Whether GitHub or Azure would take a line of a log for a command."""
    return line.lstrip().startswith("::") or re.search(r"##\w*\[", line) is not None


def is_formula(cell: str) -> bool:
    return cell.strip()[:1] in {*"=+-@\t\r\uff1d\uff0b\uff0d\uff20"} - {""}


def terminal(record: Record, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_check(console, record)
    unread = [msgspec.structs.replace(c, outcome=Outcome.NOT_RUN) for c in record.checks]
    print_class_table(console, [record, msgspec.structs.replace(record, checks=unread[:1])])
    print_left_aside(console, "class", [record.submission, *record.notes], ".py")
    return console.file.getvalue()


@pytest.fixture(params=HOSTILE.values(), ids=list(HOSTILE))
def hostile(request) -> str:
    return request.param


@pytest.fixture(params=[student_page, lambda record: class_page([record], "k-NN")])
def page(request):
    return request.param


def test_a_page_of_hostile_text_has_the_elements_of_a_page_of_ordinary_text(
    make, read_page, page, hostile
):
    ordinary, spoilt_page = page(spoilt(make(), "ordinary")), page(spoilt(make(), hostile))
    assert is_plain(spoilt_page)
    shape = [(tag, list(attrs)) for tag, attrs in read_page(ordinary).elements]
    assert [(tag, list(attrs)) for tag, attrs in read_page(spoilt_page).elements] == shape
    links = read_page(spoilt_page).every("href")
    assert all(
        re.fullmatch(
            r"#(?:(?:check|exercise)-\d+|failed|submissions)|\./[\w.~%-]+/report\.html", link
        )
        for link in links
    )


def test_no_cell_of_a_table_starts_a_formula_whatever_separates_the_cells(make, hostile):
    text = grades_csv([spoilt(make(), hostile)])
    assert is_plain(text)
    for delimiter in ",;":
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        assert len(rows) == 2
        assert not [cell for row in rows for cell in row if is_formula(cell)]


def test_numbers_stay_numbers_beside_hostile_text(make, hostile):
    row = list(csv.reader(io.StringIO(grades_csv([spoilt(make(), hostile)]))))[1]
    assert [float(cell) for cell in row[1:6]] == [3.5, 10, 35, 3.5, 0]


@pytest.mark.parametrize("write", [record_json, record_line])
def test_json_of_hostile_text_is_plain_and_no_command_of_a_ci_job(make, hostile, write):
    data = write(spoilt(make(), hostile)).decode("utf-8")
    assert is_plain(data)
    assert not any(map(is_ci_command, data.splitlines()))
    assert is_plain(json.loads(data)["checks"][0]["message"])


def test_a_record_of_hostile_text_can_be_read_back_and_is_then_stable(make, hostile):
    once = record_json(spoilt(make(), hostile))
    assert record_json(load_record(once)) == once


@pytest.mark.parametrize("width", [80, 31])
def test_no_line_in_a_log_is_a_command_or_moves_the_cursor(make, hostile, width):
    text = terminal(spoilt(make(), hostile), width)
    assert is_plain(text)
    assert not any(map(is_ci_command, text.splitlines()))


def test_the_terminal_shows_markup_as_it_was_written(make):
    text = terminal(spoilt(make(), HOSTILE["rich markup"]))
    assert "[bold red]x[/] [link=http://x]y[/link] :boom:" in text


def test_ordinary_text_arrives_unchanged_everywhere(make, read_page):
    record = spoilt(make(), BENIGN)
    assert read_page(student_page(record)).text.count(BENIGN) >= 10
    assert BENIGN in unescape(class_page([record, record], "k-NN"))
    assert BENIGN in next(csv.reader(io.StringIO(grades_csv([record]).split("\n", 1)[1])))[0]
    assert load_record(record_json(record)) == record
    assert f"  │ {BENIGN}\n" in terminal(record)
    assert f"  │ hint: {BENIGN}\n" in terminal(record)


@given(text=st.text(ANY))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_text_at_all_reaches_a_report_raw(make, text):
    record = spoilt(make(), text)
    reports = [student_page(record), class_page([record], "k-NN"), grades_csv([record])]
    assert all(map(is_plain, [*reports, record_json(record).decode("utf-8"), terminal(record)]))
    assert record_json(load_record(record_json(record))) == record_json(record)


def test_a_long_text_is_cut_and_the_cut_is_said(make, read_page):
    record = spoilt(make(), "long " * 10_000)
    assert "more characters" in read_page(student_page(record)).text
    assert len(student_page(record)) < 100_000


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
