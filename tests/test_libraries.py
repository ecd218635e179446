"""What `make libraries` tries is written as it has to be, and stands in the table of the docs.

The packages themselves are tried by `make libraries`, which makes environments for them.
"""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = (HERE.parent / "docs" / "packages.md").read_text(encoding="utf-8")


def module_of(name):
    spec = importlib.util.spec_from_file_location(name, HERE / "libraries" / f"{name}.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny_course = module_of("tiny_course")
try_packages = module_of("try_packages")
COURSES = tiny_course.read_courses()


@pytest.mark.parametrize("name", COURSES)
def test_a_course_says_what_it_has_to(name):
    said = COURSES[name]
    assert said["install"] or said["alone"]
    assert said["reference"].count(said["mistake"][0]) == 1
    assert set(said.get("levels", ())) <= set(try_packages.LEVELS)
    for text in (said["reference"], said["public"], said["hidden"]):
        compile(text, name, "exec")


def test_every_row_of_the_table_is_a_course_that_ended_as_its_file_says():
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (works|fails) \| (works|fails) \| ", PAGE, re.M)
    assert {name for name, *_ in rows} <= set(COURSES)
    assert len(rows) > 20
    for name, _, *ended in rows:
        expected = COURSES[name].get("levels", try_packages.LEVELS)
        works = [level in expected for level in try_packages.LEVELS]
        assert works == [how == "works" for how in ended], name


def test_a_row_takes_the_place_of_an_older_one(tmp_path, monkeypatch):
    page = tmp_path / "packages.md"
    page.write_text(f"before\n\n{try_packages._HEAD}|---|\n| b | 1 |\n| d | 1 |\n\nafter\n")
    monkeypatch.setattr(try_packages, "PAGE", page)
    for row in ("| b | 2 |\n", "| C | 1 |\n"):
        try_packages._write_row(row[2], row)
    lines = page.read_text().splitlines()
    assert lines[3:] == ["|---|", "| b | 2 |", "| C | 1 |", "| d | 1 |", "", "after"]


def test_a_class_has_right_ones_and_a_wrong_one(tmp_path):
    said = COURSES["pandas"]
    tiny_course.make_course(tmp_path / "course", "pandas", said)
    tiny_course.make_class(tmp_path / "class", said, 2)
    texts = {path.parent.name: path.read_text() for path in tmp_path.glob("class/*/ex.py")}
    assert set(texts) == {"right0", "right1", "wrong"}
    assert said["mistake"][1] in texts["wrong"]
    assert texts["right0"] != texts["right1"]
