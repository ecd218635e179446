"""What people do with the pages: sort, search, filter, unfold, print, read on a phone, with axe."""

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.slow]

PHONE = {"viewport": {"width": 360, "height": 740}}
CLASS, STUDENT, HOSTILE = "index.html", "bob/report.html", "eve/report.html"
PAGES = [CLASS, STUDENT, HOSTILE]


def names(page) -> list[str]:
    """The ids of the students whose rows can be seen, from the top."""
    rows = page.locator("table.class tbody tr:visible th a")
    return [link.get_attribute("href").split("/")[1] for link in rows.all()]


def test_a_click_on_a_head_sorts_and_another_one_turns_it_round(open_page):
    page = open_page(CLASS)
    points = page.get_by_role("button", name="Points")
    points.click()
    assert names(page) == ["eve", "bob", "zoe", "ann"]
    head = page.locator("table.class").get_by_role("columnheader", name="Points")
    assert head.get_attribute("aria-sort") == "ascending"
    points.click()
    assert names(page) == ["ann", "zoe", "bob", "eve"]
    page.get_by_role("button", name="Student").click()
    assert names(page)[1:] == ["ann", "bob", "zoe"]  # and first who begins with a quote
    assert head.get_attribute("aria-sort") is None


def test_the_keyboard_sorts_too(open_page):
    page = open_page(CLASS)
    page.get_by_role("button", name="Points").focus()
    page.keyboard.press("Enter")
    assert names(page)[0] == "eve"


def test_a_search_finds_names_without_their_accents_and_says_how_many(open_page):
    page = open_page(CLASS)
    page.get_by_label("Search").fill("ang")
    assert names(page) == ["ann"]
    assert page.get_by_role("status").inner_text() == "1 of 4 shown"
    page.get_by_label("Search").fill("")
    assert len(names(page)) == 4
    assert page.get_by_role("status").inner_text() == ""


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_students_are_filtered_by_outcome_and_by_exercise_even_without_a_script(open_page, script):
    page = open_page(CLASS, java_script_enabled=script)
    assert names(page) == ["ann", "bob", "eve", "zoe"]
    page.get_by_label("Show").select_option("full marks")
    assert names(page) == ["ann"]
    page.get_by_label("Show").select_option("everybody")
    page.get_by_label("Lost points in").select_option("predict")
    assert names(page) == ["bob", "eve"]
    assert page.get_by_label("Search").is_visible() is script


def test_names_stay_in_sight_when_the_table_is_scrolled(open_page):
    page = open_page(CLASS, **PHONE)
    first = page.locator("table.class tbody th").first
    before = first.bounding_box()["x"]
    page.locator(".tall").evaluate("box => (box.scrollLeft = 60)")
    assert page.locator(".tall").evaluate("box => box.scrollLeft") == 60
    assert first.bounding_box()["x"] == before


def test_who_lost_points_unfolds_and_leads_to_that_check_of_their_page(open_page):
    page = open_page(CLASS)
    row = page.locator("#item-1")
    row.locator("summary").click()
    row.get_by_role("link", name="Bob Haddad").click()
    assert page.url.endswith("/bob/report.html#exercise-1")
    assert page.locator("#exercise-1").is_visible()


def test_a_link_to_a_folded_check_unfolds_it(open_page):
    page = open_page(STUDENT)
    assert not page.locator("#check-2").is_visible()
    page.goto(f"{page.url}#check-2")
    assert page.locator("#check-2").is_visible()


def test_a_student_sees_the_line_marked_and_where_the_array_differs(open_page):
    page = open_page(STUDENT)
    assert page.locator("mark").inner_text().strip().startswith("'ValueError")
    assert page.locator("figure svg").first.is_visible()


def test_what_is_folded_opens_by_the_keyboard(open_page):
    page = open_page("zoe/report.html")
    page.locator("summary", has_text="with all checks passed").focus()
    page.keyboard.press("Enter")
    assert page.locator("#check-3").is_visible()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 390, 1200])
def test_no_page_is_wider_than_the_screen(open_page, name, width):
    page = open_page(name, viewport={"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(open_page, name, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page = open_page(name, color_scheme=theme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    found = axe.Axe().run(page)
    told = [
        (rule["id"], node["html"][:200])
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]
    assert told == []


def test_axe_finds_what_is_wrong(open_page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page = open_page(STUDENT)
    page.evaluate("document.documentElement.removeAttribute('lang')")
    found = axe.Axe().run(page).response["violations"]
    assert [rule["id"] for rule in found] == ["html-has-lang"]


@pytest.mark.parametrize("name", PAGES)
def test_print_shows_what_is_folded_and_fits_a4(open_page, name):
    page = open_page(name, viewport={"width": 718, "height": 1000})  # A4 at 96 dpi, less margins
    page.emulate_media(media="print")
    folded = page.locator("details > :not(summary)")
    assert all(one.bounding_box()["height"] > 0 for one in folded.all())
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_hostile_text_in_every_field_is_text(open_page):
    for name in (CLASS, HOSTILE):
        page = open_page(name)
        assert page.title() != "owned"
        assert page.locator("img").count() == 0
        assert "<img src=http://x.invalid" in page.locator("body").inner_text()


def test_a_page_that_asks_for_more_is_found(open_page, reports):
    (reports / "bad.html").write_text("<img src=http://x.invalid/a.png>")
    open_page("bad.html")
    assert "http://x.invalid/a.png" in open_page.faults
    open_page.has_faults = True


def test_the_policy_lets_no_other_script_run(open_page, reports):
    text = (reports / CLASS).read_text("utf-8")
    (reports / "spoilt.html").write_text(text.replace("const rows", "let rows"), "utf-8")
    page = open_page("spoilt.html")
    assert page.locator("table.class button").count() == 0
    assert any("Content Security Policy" in fault for fault in open_page.faults)
    open_page.has_faults = True
