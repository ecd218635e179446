"""Figures are small, well-formed, tell in words what they show, and draw what they hold."""

import lxml.etree
import pytest

from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.figure import Heatmap, Scatter
from grader.report.cell import cell_html
from grader.report.figures.draw import figure_html
from grader.report.student_page import student_page

MAP = Heatmap("dW", "[1]", ["..44", "dx.."], (2, 400), 3.25)
POINTS = Scatter("dx", [(0.0, 0.0), (1.0, 2.0), (2.0, 2.0)])


def drawn(figure):
    return lxml.etree.fromstring(figure_html(figure))


def test_a_map_draws_squares_side_by_side_as_one_in_the_colour_of_their_level():
    paths = [(p.get("fill"), p.get("fill-opacity"), p.get("d")) for p in drawn(MAP).iter("path")]
    assert paths == [
        ("#808080", "0.15", "M0 0h2v1H0zM2 1h2v1H2z"),
        ("#9a3fb5", "1.0", "M1 1h1v1H1z"),
        ("#d6453a", "1.0", "M2 0h2v1H2z"),
        ("#3f7fd0", "1.0", "M0 1h1v1H0z"),
    ]


def test_a_map_numbers_its_first_and_last_row_and_column():
    assert [text.text for text in drawn(MAP).iter("text")] == ["0", "1", "0", "399"]


def test_points_lie_to_scale_and_a_right_one_on_the_diagonal():
    at = [(float(c.get("cx")), float(c.get("cy"))) for c in drawn(POINTS).iter("circle")]
    assert at == [(30.0, 250.0), (140.0, 30.0), (250.0, 30.0)]


def test_points_that_all_lie_in_one_place_are_drawn():
    assert len(list(drawn(Scatter("dx", [(1.0, 1.0)] * 2)).iter("circle"))) == 2


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (
            MAP,
            "where dW[1] is wrong (red: too large, blue: too small, violet: NaN or infinite, "
            "by up to 3.25)",
        ),
        (
            Heatmap("p", "", ["44.."], (1, 4), 0.5),
            "where p is wrong (red: too large, by up to 0.5)",
        ),
        (POINTS, "3 entries of dx against measured slopes: a right one lies on the line"),
    ],
)
def test_a_figure_is_told_in_words_too(figure, told):
    page = drawn(figure)
    assert page.findtext("figcaption") == told
    assert page.find("svg").get("aria-label") == told


def test_a_name_is_text_and_nothing_else():
    figure = Heatmap('"><script>\u202e', "", ["11"], (1, 2), 1.0)
    assert drawn(figure).findtext("figcaption").startswith('where "><script>\\u202e is wrong')


def test_a_page_of_many_figures_stays_below_150_kB(make):
    worst = Heatmap("x", "", ["14da" * 12, "a1x." * 12] * 16, (32, 48), 1.0)
    checks = [Check(f"public/{n}", "Title.", f"f{n}", "public", 1) for n in range(77)]
    outcomes = [CheckOutcome(c.id, Outcome.FAILED, message="wrong", figure=worst) for c in checks]
    page = student_page(make(checks=checks, outcomes=outcomes))
    assert page.count(b"<figure>") > 2
    assert len(page) < 150_000


def test_a_cell_of_a_notebook_shows_the_figure_too(make):
    outcomes = [CheckOutcome("public/test_shape", Outcome.FAILED, message="wrong", figure=MAP)]
    assert figure_html(MAP) in cell_html(make(outcomes=outcomes), [])
