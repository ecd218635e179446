"""Pages say what happened, load nothing, and can be read by everybody."""

import re
from importlib.resources import files

import pytest

from grader.record.check import Check, CheckOutcome, Outcome
from grader.report.html import class_page, student_page


@pytest.fixture(params=["student", "class"])
def page(request, make, sum_up) -> bytes:
    record = make(notes=["a magic line was left out"])
    return student_page(record) if request.param == "student" else class_page(sum_up(record))


def test_a_page_forbids_itself_everything_but_its_style(page, read_page):
    policies = [
        attrs["content"]
        for _, attrs in read_page(page).elements
        if attrs.get("http-equiv") is not None
    ]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline';")


def test_a_page_has_no_script_and_loads_nothing(page, read_page):
    parsed = read_page(page)
    names = {tag for tag, _ in parsed.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not re.search(rb"url\(|@import|https?:", page)
    assert not [name for _, attrs in parsed.elements for name in attrs if name.startswith("on")]


def test_every_cell_of_a_head_says_what_it_heads_and_headings_do_not_skip(page, read_page):
    parsed = read_page(page)
    assert all(attrs.get("scope") for tag, attrs in parsed.elements if tag == "th")
    headings = [tag for tag, _ in parsed.elements if re.fullmatch(r"h[1-6]", tag)]
    assert headings[0] == "h1"
    assert set(headings[1:]) == {"h2"}


def test_every_label_and_link_within_a_page_has_its_target(page, read_page):
    parsed = read_page(page)
    ids = parsed.every("id")
    assert len(ids) == len(set(ids))
    links = [href[1:] for href in parsed.every("href") if href.startswith("#")]
    assert set(links) | set(parsed.every("aria-labelledby")) <= set(ids)


def test_a_student_reads_each_check_with_outcome_message_hint_points_and_time(make, read_page):
    text = read_page(student_page(make())).text
    assert "3.5 of 10 points" in text
    assert "✓ passed" in text
    assert "◐ in part" in text
    assert "✗ failed" in text
    assert "A tie goes to the smaller label. predict_labels: differs in 2 of 10 places" in text
    assert "hint: count the votes per label, then take the first of the largest. 0 / 3" in text
    assert "Distances are right on random data. 2.5 / 4 0.40" in text


def test_a_student_is_led_to_the_first_check_that_lost_points(make, read_page):
    page = read_page(student_page(make()))
    assert "Next Distances are right on random data. in distances" in page.text
    assert "#check-2" in page.every("href")


def test_a_student_sees_first_where_points_were_lost(make, read_page):
    page = read_page(student_page(make()))
    assert "in distances distances -1.5 predict_labels -5 distances 3.5 / 5 points" in page.text
    assert {"#exercise-1", "#exercise-2"} <= set(page.every("href"))
    passed = [CheckOutcome(check.id, Outcome.PASSED) for check in make().checks[:2]]
    page = read_page(student_page(make(outcomes=passed)))
    assert "#exercise-1" not in page.every("href")


def test_why_nothing_was_run_is_said_once_and_first(make, make_unread, read_page, sum_up):
    reason = "knn.ipynb: not a notebook; save it in Jupyter"
    record = make_unread("alice", reason)
    text = read_page(student_page(record)).text
    assert f"No check was run {reason} distances 0 / 5 points" in text
    assert text.count(reason) == 1
    assert "Next" not in text
    assert reason in read_page(class_page(sum_up(record))).text
    assert "grading ended before this" in read_page(student_page(make(outcomes=[]))).text


def test_full_marks_lead_nowhere(make, read_page):
    checks = [Check("a", "A.", "f", "hidden", 2)]
    record = make(checks=checks, outcomes=[CheckOutcome("a", Outcome.PASSED)])
    assert "Next" not in read_page(student_page(record)).text


def test_notes_isolation_and_versions_are_on_the_page(make, read_page):
    text = read_page(student_page(make(notes=["cell 7 could not be read"]))).text
    assert "What was repaired or could not be read cell 7 could not be read" in text
    assert "isolation: confined (landlock 4; missing: namespaces - EPERM)" in text
    assert "python 3.11.9, numpy 2.4.6" in text


def test_the_seed_stays_with_the_staff(make):
    record = make()
    assert str(record.seed).encode() not in student_page(record)


def test_the_class_page_links_each_submission_to_its_report(make, read_page, sum_up):
    page = read_page(class_page(sum_up(make("zoe"), make("a+b@c"))))
    assert page.every("href")[2:] == ["./a%2Bb%40c/report.html", "./zoe/report.html"]


def test_the_class_page_counts_how_each_check_ended_hardest_first(make, read_page, sum_up):
    text = read_page(class_page(sum_up(make(), make(), make(outcomes=[])))).text
    ties = text.index("A tie goes to the smaller label. predict_labels, hidden, 3 points")
    shape = text.index("Distances have one row per test point. distances, public, 1 point")
    assert ties < shape
    assert "hint given to 2: count the votes" in text
    assert "distances, public, 1 point 66 % 2 0 0 1" in text  # passed, failed, timeout, not run


def test_the_class_page_draws_the_scores_and_says_them_in_words(make, read_page, sum_up):
    html = class_page(sum_up(make(), make(), make(outcomes=[])))
    parsed = read_page(html)
    heights = [attrs["height"] for tag, attrs in parsed.elements if tag == "rect"]
    assert heights == ["60.0", "0.0", "0.0", "120.0", *["0.0"] * 7]
    assert "Submissions by percent of the points: 0-9 %: 1, 30-39 %: 2" in parsed.text


def test_the_class_page_says_what_to_look_at_and_how_many_were_isolated_how(
    make, read_page, sum_up
):
    records = [make(notes=["a"]), make(sandbox={"level": "split"})]
    text = read_page(class_page(sum_up(*records))).text
    assert "1 timeout, 1 note" in text
    assert text.index("To look at") < text.rindex("of 5 predict_labels of 5")
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
