"""Pages say what happened, load nothing, and can be read by everybody."""

import base64
import hashlib
import re
from importlib.resources import files
from itertools import pairwise

import lxml.html
import msgspec
import pytest

from grader.record.cause import Cause
from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.record import About, HandIn, Student
from grader.report.class_page import class_page
from grader.report.html import with_code
from grader.report.student_page import student_page, when


@pytest.fixture(params=["student", "class"])
def page(request, make, sum_up) -> bytes:
    record = make(notes=["a magic line was left out"])
    return student_page(record) if request.param == "student" else class_page(sum_up(record))


def policy_of(page: bytes) -> str:
    (policy,) = lxml.html.fromstring(page).xpath("//meta[@http-equiv]/@content")
    return policy


def test_the_page_of_a_student_forbids_itself_everything_but_its_style(make):
    assert policy_of(student_page(make())) == (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )


def test_the_page_of_a_class_lets_its_own_script_run_and_no_other(make, sum_up):
    page = class_page(sum_up(make()))
    (script,) = lxml.html.fromstring(page).iter("script")
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    assert f"; script-src 'sha256-{digest}';" in policy_of(page)
    assert script.text.count("\n") <= 40
    assert "unsafe-inline" not in policy_of(page).partition("script-src")[2]


def test_the_cause_is_said_once_at_the_exercise(make):
    told = "count the votes per label, then take the first of the largest."
    cause = Cause(kind="mistake", confidence="proven", text=told)
    assert student_page(make(causes={"predict_labels": cause})).decode().count(told) == 1
    assert student_page(make()).decode().count(told) == 1


def test_a_page_loads_nothing(page, read_page):
    parsed = read_page(page)
    names = {tag for tag, _ in parsed.elements}
    assert not names & {"link", "img", "iframe", "object", "form", "base"}
    assert not re.search(rb"url\(|@import|https?:", page)
    assert not [name for _, attrs in parsed.elements for name in attrs if name.startswith("on")]


def test_a_page_has_one_main_part(page, sample_summary):
    assert len(list(lxml.html.fromstring(page).iter("main"))) == 1
    assert len(list(lxml.html.fromstring(class_page(sample_summary)).iter("main"))) == 1


def test_every_cell_of_a_head_says_what_it_heads_and_headings_do_not_skip(page, read_page):
    parsed = read_page(page)
    assert all(attrs.get("scope") for tag, attrs in parsed.elements if tag == "th")
    headings = [tag for tag, _ in parsed.elements if re.fullmatch(r"h[1-6]", tag)]
    assert headings[0] == "h1"
    for above, heading in pairwise(headings):
        assert int(heading[1]) <= int(above[1]) + 1


def test_every_label_and_link_within_a_page_has_its_target(page, read_page):
    parsed = read_page(page)
    ids = parsed.every("id")
    assert len(ids) == len(set(ids))
    links = [href[1:] for href in parsed.every("href") if href.startswith("#")]
    assert set(links) | set(parsed.every("aria-labelledby")) <= set(ids)


def test_a_student_reads_each_lost_check_with_outcome_message_hint_and_points(make, read_page):
    text = read_page(student_page(make())).text
    assert "3.5 of 10 points" in text
    assert "1 ✓ passed 1 ◐ in part 1 ✗ failed 1 T timeout" in text
    assert "A tie goes to the smaller label. hidden predict_labels: differs in 2 of 10" in text
    assert "hint: count the votes per label, then take the first of the largest. ✗ failed" in text
    assert "◐ in part Distances are right on random data. hidden 2.5 / 4" in text


def test_no_time_of_a_check_is_on_the_page(make, read_page):
    text = read_page(student_page(make())).text
    assert "econds" not in text
    assert "0.01" not in text


def ended(*results: tuple[str, Outcome, str, str]) -> dict[str, list]:
    """A check worth a point for each (exercise, outcome, message, hint)."""
    checks = [
        Check(f"hidden/{n}", f"Title {n}.", exercise, "hidden", 1)
        for n, (exercise, *_) in enumerate(results, start=1)
    ]
    outcomes = [
        CheckOutcome(check.id, outcome, message=message, hint=hint)
        for check, (_, outcome, message, hint) in zip(checks, results, strict=True)
    ]
    return {"checks": checks, "outcomes": outcomes}


def test_what_lost_points_comes_before_what_is_full(make, read_page):
    record = make(
        **ended(
            ("first", Outcome.PASSED, "", ""),
            ("second", Outcome.FAILED, "loss is not right", ""),
            (
                "third",
                Outcome.ERROR,
                "not written yet (NotImplementedError at line 9)",
                "",
            ),
        )
    )
    text = read_page(student_page(record)).text
    places = [text.index(words) for words in ("second 0 / 1", "third", "first 1 / 1")]
    assert places == sorted(places)
    assert "Not written yet 0 / 1 points third Full marks 1 / 1 points" in text
    assert "NotImplementedError" not in text


def test_what_is_full_or_passed_is_folded(make):
    record = make(
        **ended(
            ("first", Outcome.PASSED, "", ""),
            ("second", Outcome.FAILED, "loss is not right", ""),
            ("second", Outcome.PASSED, "", ""),
        )
    )
    page = lxml.html.fromstring(student_page(record))
    assert [one.get("open") for one in page.iter("details")] == [None, None]
    folded = [[p.text.strip() for p in one.iterfind(".//li//p")] for one in page.iter("details")]
    assert folded == [["Title 3."], ["Title 1."]]


def test_a_hint_of_many_checks_is_told_once_and_so_is_a_message(make, read_page):
    wrong = [("f", Outcome.FAILED, f"dW[{n}] is wrong", "divide by N") for n in range(3)]
    late = [("f", Outcome.TIMEOUT, "no answer in 10 s", "")] * 2
    text = read_page(student_page(make(**ended(*wrong, *late)))).text
    assert text.count("divide by N") == 1
    assert [text.count(f"dW[{n}] is wrong") for n in range(3)] == [1, 1, 1]
    assert text.count("no answer in 10 s") == 1


def test_one_reason_for_checks_of_several_exercises_stands_at_the_top(make, read_page):
    missing = "NameError: name 'np' is not defined"
    hint = "np is not imported: write `import numpy as np` at the top"
    record = make(**ended(*((name, Outcome.ERROR, missing, hint) for name in "abc")))
    page = read_page(student_page(record))
    assert "First of all np is not imported: write import numpy as np at the top" in page.text
    assert page.text.count("np is not imported") == 1
    assert page.every("href").count("#cause-1") == 3


def test_what_stands_between_backticks_is_set_as_code():
    assert with_code("write `a < b`, not `c") == "write <code>a &lt; b</code>, not `c"
    assert with_code("<b>`\n`") == "&lt;b&gt;`\n`"
    assert with_code("`<img>`") == "<code>&lt;img&gt;</code>"


def test_why_nothing_was_run_is_said_once_and_nothing_else_is(make, make_unread, read_page, sum_up):
    reason = "knn.ipynb: not a notebook; save it in Jupyter"
    record = make_unread("alice", reason)
    text = read_page(student_page(record)).text
    assert f"No check was run {reason} graded with" in text
    assert text.count(reason) == 1
    assert "distances" not in text
    assert reason in read_page(class_page(sum_up(record))).text
    assert "grading ended before this" in read_page(student_page(make(outcomes=[]))).text


def test_full_marks_are_said_and_lead_nowhere(make, read_page):
    page = read_page(student_page(make(**ended(("f", Outcome.PASSED, "", "")))))
    assert "Everything is right 1 / 1 points" in page.text
    assert page.every("href") == []


def test_notes_and_versions_are_on_the_page_and_isolation_is_for_staff(make, read_page, sum_up):
    record = make(notes=["cell 7 could not be read", "not run: 3 statements"])
    text = read_page(student_page(record)).text
    assert "What was repaired or could not be read cell 7 could not be read not run" in text
    assert "python 3.11.9, numpy 2.4.6" in text
    isolation = "isolation: confined (landlock 4; missing: namespaces - EPERM)"
    assert "isolation" not in text
    assert isolation in read_page(class_page(sum_up(record))).text


def test_a_student_reads_who_when_and_whom_to_ask(make, read_page):
    about = About("k-Nearest neighbours", "2026-01-31T18:00", "ta@uni.edu")
    hand_in = HandIn(
        student=Student("s1", "Ann Lee"), submitted_at="2026-01-05T12:00:00", attempt=2
    )
    page = read_page(student_page(msgspec.structs.replace(make(hand_in=hand_in), about=about)))
    assert page.text.startswith("k-Nearest neighbours: alice Report for Ann Lee k-Nearest")
    assert (
        "submitted 5 January 2026, 12:00 due 31 January 2026, 18:00 attempt 2 "
        "graded 6 January 2026, 09:00 UTC questions to ta@uni.edu"
    ) in page.text
    assert page.every("href")[0] == "mailto:ta@uni.edu"


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("ta@uni.edu", "mailto:ta@uni.edu"),
        ("https://forum.uni.edu/ml?x=1", "https://forum.uni.edu/ml?x=1"),
        ("the forum, or ta@uni.edu", None),
        ("javascript:alert(1)", None),
        ("https://a.b/<b>", None),
    ],
)
def test_whom_to_ask_is_a_link_if_it_is_an_address_alone(make, contact, link):
    record = msgspec.structs.replace(make(), about=About(contact=contact))
    page = lxml.html.fromstring(student_page(record))
    (shown,) = page.xpath("//dt[. = 'questions to']/../dd")
    assert shown.text_content() == contact
    assert [a.get("href") for a in shown.iter("a")] == ([link] if link else [])


def test_a_time_is_written_as_people_do():
    assert when("2026-01-05T12:00:00+01:00") == "5 January 2026, 12:00 UTC+01:00"
    assert when("2026-11-30 09:05") == "30 November 2026, 09:05"
    assert when("last week") == "last week"


def test_the_seed_stays_with_the_staff(make):
    record = make()
    assert str(record.seed).encode() not in student_page(record)


def test_the_class_page_links_each_submission_to_its_report(make, sum_up):
    page = class_page(sum_up(make("zoe"), make("a+b@c")))
    links = lxml.html.fromstring(page).xpath("(//table)[1]/tbody//th/a/@href")
    assert links == ["./a%2Bb%40c/report.html", "./zoe/report.html"]


def test_the_table_of_students_comes_first_then_map_items_and_spread(sample_summary):
    page = lxml.html.fromstring(class_page(sample_summary))
    assert [heading.get("id") for heading in page.iter("h2")] == [
        *("submissions", "map", "exercises", "failed", "moved", "scores", "aside", "absent")
    ]


def test_a_lost_exercise_leads_to_its_item_and_that_to_who_lost_points_there(make, sum_up):
    page = lxml.html.fromstring(class_page(sum_up(make("zoe"), make("ann"))))
    assert page.xpath("(//table)[1]/tbody/tr[1]/td/a/@href") == ["#item-1", "#item-2"]
    (item,) = page.xpath("//tr[@id = 'item-2']")
    assert item.xpath(".//details//a/@href") == [
        "./zoe/report.html#exercise-2",
        "./ann/report.html#exercise-2",
    ]
    checks = page.xpath("//section[@aria-labelledby = 'failed']//details//a/@href")
    assert "./zoe/report.html#check-3" in checks
    parsed = lxml.html.fromstring(student_page(make("zoe")))
    assert parsed.xpath("//*[@id = 'check-3' or @id = 'exercise-2']")


def test_the_class_page_tells_of_each_check_hardest_first(make, read_page, sum_up):
    text = read_page(class_page(sum_up(make(), make(), make(outcomes=[])))).text
    ties = text.index("A tie goes to the smaller label. predict_labels, hidden, 3 points 0 % 0.03")
    shape = text.index("Distances have one row per test point. distances, public, 1 point 66 %")
    assert ties < shape
    assert "2 of 2: count the votes per label, then take the first of the largest." in text
    assert (
        "distances, public, 1 point 66 % 0.012 2 0 0 1" in text
    )  # passed, failed, timeout, not run


def test_a_row_has_a_class_for_each_way_to_filter_it(make, make_unread, sum_up):
    full = [CheckOutcome(check.id, Outcome.PASSED) for check in make().checks]
    summary = sum_up(
        make("a"), make("b", full), make_unread("c", "no file"), make("d", full, notes=["odd"])
    )
    rows = lxml.html.fromstring(class_page(summary)).xpath("(//table)[1]/tbody/tr/@class")
    assert rows == ["lost odd in-1 in-2", "full", "unread odd", "full odd"]


def test_filters_are_rules_of_style_alone(make, sum_up):
    page = lxml.html.fromstring(class_page(sum_up(make())))
    style = page.findtext(".//style")
    options = page.xpath("//select/option/@value")
    assert options == ["all", "lost", "odd", "unread", "full", "all", "in-1", "in-2"]
    rules = re.findall(
        r'option\[value="([\w-]+)"\]:checked\) .class tbody tr:not\(.([\w-]+)\)', style
    )
    assert {one for one, other in rules if one == other} == set(options) - {"all"}


def test_the_map_has_a_square_for_each_student_best_first(make, make_unread, sum_up):
    full = [CheckOutcome(check.id, Outcome.PASSED) for check in make().checks]
    summary = sum_up(make_unread("a", "no file"), make("b"), make("c", full))
    page = lxml.html.fromstring(class_page(summary))
    drawn = [
        [(path.get("fill"), path.get("d")) for path in svg.iter("path")]
        for svg in page.xpath("//table[@class = 'map']//svg")
    ]
    grey, red = "#808080", "#d6453a"
    assert drawn[1] == [(grey, "M0 0h1v1H0z"), (red, "M1 0h1v1H1z")]  # and the third is blank
    assert page.xpath("//table[@class = 'map']//td[@class = 'number']/text()") == ["1", "1"]


def test_the_class_page_draws_the_scores_and_says_them_in_words(make, read_page, sum_up):
    html = class_page(sum_up(make(), make(), make(outcomes=[])))
    parsed = read_page(html)
    heights = [attrs["height"] for tag, attrs in parsed.elements if tag == "rect"]
    assert heights == ["60.0", "0.0", "0.0", "120.0", *["0.0"] * 7]
    assert "Submissions by percent of the points: 0-9 %: 1, 30-39 %: 2" in parsed.text
    assert "mean 23 %" in parsed.text
    assert "median 35 %" in parsed.text


def test_the_class_page_says_what_to_look_at_and_how_many_were_isolated_how(
    make, read_page, sum_up
):
    records = [make(notes=["a"]), make(sandbox={"level": "split"})]
    text = read_page(class_page(sum_up(*records))).text
    assert "1 timeout, 1 note" in text
    assert text.index("To look at") < text.index("of 5 predict_labels of 5")
    assert "isolation: split: 1 submission" in text


def test_a_class_page_of_nobody_says_so(make, read_page, sum_up):
    assert "No submission has been graded." in read_page(class_page(sum_up())).text


def themes() -> dict[str, dict[str, str]]:
    """The colours of both themes, as the style sheet defines them."""
    css = files("grader.report").joinpath("templates/page.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)
    colours = re.compile(r"--([\w-]+): (#[0-9a-f]{6})")
    return {"light": dict(colours.findall(light)), "dark": dict(colours.findall(dark))}


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours. Source: WCAG 2.2, relative luminance."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_the_standard_does():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", ["ink", "quiet", "accent", "good", "bad", "odd"])
def test_text_can_be_read_on_every_ground_of_both_themes(theme, colour):
    colours = themes()[theme]
    for ground in ("paper", "card", "hint"):
        assert contrast(colours[colour], colours[ground]) >= 4.5, ground
