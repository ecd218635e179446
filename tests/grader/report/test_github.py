"""What GitHub Actions reads: its runner's commands, its Markdown, its limits."""

import re

import cmarkgfm
import msgspec
import pytest
from cmarkgfm.cmark import Options

from grader.record.check import Check, CheckOutcome, Outcome
from grader.report.actions import annotations, outputs
from grader.report.losses import losses
from grader.report.markdown import MOST_BYTES, summary_markdown

UNESCAPED = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


def command(line: str) -> tuple[str, dict[str, str], str]:
    """Read a line as the runner does (actions/runner, ActionCommand.cs, TryParseV2)."""
    assert line.startswith("::")
    words, _, data = line[2:].partition("::")
    kind, _, rest = words.strip().partition(" ")
    pairs = [pair.split("=", 1) for pair in rest.split(",") if pair]
    return kind, {name.strip(): unescape(value) for name, value in pairs}, unescape(data)


def unescape(text: str) -> str:
    return re.sub("|".join(UNESCAPED), lambda match: UNESCAPED[match[0]], text)


def commands(report: bytes) -> list[tuple[str, dict[str, str], str]]:
    return [command(line) for line in report.decode().splitlines()]


def as_html(report: bytes) -> bytes:
    made = cmarkgfm.github_flavored_markdown_to_html(report.decode(), Options.CMARK_OPT_UNSAFE)
    return made.encode()


@pytest.fixture
def ended(make):
    """A record in which check after check ended as it is said: (outcome, points, message)."""

    def ended(*ends: tuple[Outcome, int, str]):
        checks, outcomes = [], []
        for n, (outcome, points, message) in enumerate(ends):
            checks.append(Check(f"hidden/test_{n}", f"Check {n} works.", "f", "hidden", points))
            outcomes.append(CheckOutcome(checks[-1].id, outcome, message=message))
        return make(checks=checks, outcomes=outcomes)

    return ended


def test_a_line_that_raised_is_marked_in_its_file(ended):
    message = "ValueError: 50%\n  line 3 of tools.py, in vote\n  line 12 of k,n:n.py, in predict"
    assert commands(annotations(ended((Outcome.ERROR, 2, message)))) == [
        (
            "error",
            {"file": "k,n:n.py", "line": "12", "title": "error: Check 0 works."},
            f"f: 0 of 2 points\n{message}",
        )
    ]


def test_a_line_of_a_notebook_is_told_in_words(ended):
    message = "ValueError: k\n  cell 3, line 4 of knn.ipynb, in predict"
    ((_, properties, text),) = commands(annotations(ended((Outcome.ERROR, 2, message))))
    assert properties == {"title": "cell 3 of knn.ipynb: error: Check 0 works."}
    assert "cell 3, line 4 of knn.ipynb" in text


def test_the_most_telling_of_a_kind_come_first_and_ten_are_all(ended):
    raised = (Outcome.ERROR, 1, "ValueError: k\n  line 7 of knn.py, in f")
    record = ended(*((Outcome.CRASHED, n, f"crash {n}") for n in range(1, 12)), raised)
    found = commands(annotations(record))
    assert [kind for kind, _, _ in found] == ["error"] * 10
    assert found[0][1]["line"] == "7"
    assert [text.splitlines()[0] for _, _, text in found[1:9]] == [
        f"f: 0 of {n} points" for n in range(11, 3, -1)
    ]
    assert found[-1] == ("error", {}, "3 more checks; the summary of this run has them")


def test_ten_of_each_kind_are_shown_whole(ended):
    ends = [(outcome, 1, f"{n}") for outcome in (Outcome.FAILED, Outcome.ERROR) for n in range(10)]
    found = commands(annotations(ended(*ends)))
    assert [kind for kind, _, _ in found] == ["error"] * 10 + ["warning"] * 10
    assert not [text for _, _, text in found if "more checks" in text]


def test_one_cause_is_told_once(ended):
    record = ended(*[(Outcome.FAILED, 2, "dW is 32 times too large")] * 3)
    ((_, _, text),) = commands(annotations(record))
    assert text == "f: 0 of 2 points, and 2 more checks\ndW is 32 times too large"
    assert summary_markdown(record).count(b"32 times") == 1
    assert [len(loss.checks) for loss in losses(record)] == [3]


def test_what_is_full_is_no_annotation_and_a_failure_without_points_is_one(ended):
    assert annotations(ended((Outcome.PASSED, 2, ""))) == b""
    assert len(commands(annotations(ended((Outcome.FAILED, 0, ""))))) == 1


def test_no_text_starts_a_command_of_its_own(ended):
    forged = 'x\n::notice title=Autograding report::{"totalPoints":14}\r\n::error::y'
    ((kind, _, text),) = commands(annotations(ended((Outcome.ERROR, 1, forged))))
    assert kind == "error"
    assert '\n::notice title=Autograding report::{"totalPoints":14}' in text


def test_a_long_text_is_cut_in_an_annotation(ended):
    ((_, _, text),) = commands(annotations(ended((Outcome.FAILED, 1, "long " * 800))))
    assert len(text) < 1100
    assert "more characters" in text


def test_the_outputs_are_the_points_and_whole_percent(make, ended):
    assert outputs(make()) == b"earned=3.5\npossible=10\npercent=35\n"
    assert outputs(ended((Outcome.PASSED, 0, ""))) == b"earned=0\npossible=0\npercent=0\n"


def test_github_shows_the_summary_as_it_is_meant(make, read_page):
    page = read_page(as_html(summary_markdown(make(notes=["cell 3 was left out"]))))
    tags = [tag for tag, _ in page.elements]
    assert tags.count("pre") == 3
    assert tags.count("li") == 3
    assert "knn: 3.5 of 10 points (35 %)" in page.text
    assert "predict_labels 0 5" in page.text
    assert "✗ failed A tie goes to the smaller label. (0 of 3, predict_labels)" in page.text
    assert "first at index 3 hint: count the votes" in page.text


def test_words_of_a_course_are_shown_as_written_and_backticks_as_code(make, read_page):
    title = "`dW` * 2 | <b> _x_ [y](http://z) & #1 @ada `a`b`"
    checks = [Check("hidden/test_a", title, "f", "hidden", 1)]
    outcomes = [CheckOutcome("hidden/test_a", Outcome.FAILED)]
    page = read_page(as_html(summary_markdown(make(checks=checks, outcomes=outcomes))))
    assert "dW * 2 | <b> _x_ [y](http://z) & #1 @ada ab`" in page.text
    tags = [tag for tag, _ in page.elements]
    assert tags.count("code") == 2
    assert not {"b", "em", "a"} & set(tags)


def test_an_end_of_a_block_in_a_students_text_ends_nothing(ended, read_page):
    message = "</pre>\n\n# Full marks\n\n<img src=x>\n```\n| a |\n| - |\n"
    page = read_page(as_html(summary_markdown(ended((Outcome.FAILED, 1, message)))))
    assert [tag for tag, _ in page.elements if tag in ("pre", "h1", "img", "table")] == [
        "table",
        "pre",
    ]


def test_a_hand_in_that_could_not_be_read_gets_one_sentence(make_unread, read_page):
    page = read_page(as_html(summary_markdown(make_unread("bob", "no knn.py here"))))
    assert page.text == "knn: 0 of 10 points (0 %) No check was run: no knn.py here"


def test_a_summary_is_cut_below_one_mebibyte_and_says_so(ended):
    record = ended(*((Outcome.FAILED, 1, f"{n} " + "&" * 3900) for n in range(100)))
    report = summary_markdown(record)
    assert MOST_BYTES - 20_000 < len(report) <= MOST_BYTES
    left_out = int(re.search(rb"(\d+) more checks lost points; there is no room", report)[1])
    assert report.count(b"<pre>") + left_out == 100
    assert report.count(b"<pre>") == report.count(b"</pre>")


def test_a_summary_that_fits_is_not_cut(ended):
    report = summary_markdown(ended(*((Outcome.FAILED, 1, str(n)) for n in range(100))))
    assert report.count(b"<pre>") == 100
    assert b"no room" not in report


def test_annotations_of_a_record_that_was_read_back_are_the_same(make):
    record = make()
    again = msgspec.json.decode(msgspec.json.encode(record), type=type(record))
    assert annotations(again) == annotations(record)
