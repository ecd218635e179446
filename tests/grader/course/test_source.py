"""What is read of a reference, to the letter."""

from pathlib import Path

import pytest

from grader.course.source import parse_source, public_names, read_source
from grader.errors import CourseError


def of(text):
    return parse_source(text, Path("scaling.py"))


def test_a_function_is_cut_out_with_all_its_comments(reference):
    text = of(reference).text("mean")
    assert text in reference
    assert text.startswith("def mean(")
    assert "# no rounding on the way\n\n" in text
    assert text.endswith("# Dividing by len(values) - 1 would be the other estimate.")


def test_decorators_belong_to_a_definition(reference):
    text = "def wrap(f):\n    return f\n\n\n@wrap\n@wrap\ndef f():\n    pass\n"
    assert of(text).text("f") == "@wrap\n@wrap\ndef f():\n    pass"
    assert of(reference).text("Scaler.name").startswith("    @staticmethod\n    def name")


def test_a_comment_of_what_follows_does_not_belong_to_a_definition(reference):
    assert of(reference).text("Scaler.fit").endswith("        return self")


def test_constants_are_found_however_they_are_assigned():
    made = of("A: int = 1\nB, (C) = 2, 3\nD = E = 4  # both\nD['x'] = 5\n")
    assert list(made.definitions) == ["A", "B", "C", "D", "E"]
    assert made.text("E") == "D = E = 4  # both"


def test_imports_are_the_top_level_lines_in_their_groups(reference):
    assert of(reference).imports == (
        "import math\nfrom collections.abc import Sequence\n\nimport numpy as np"
    )
    assert of("x = 1\n").imports == ""


def test_a_form_feed_does_not_shift_the_lines():
    assert of("x = 1\n\x0c\ndef f():\n    return x\n").text("f") == "def f():\n    return x"


def test_an_unknown_name_is_refused(reference):
    with pytest.raises(CourseError, match=r"^scaling\.py: .*'meen'; did you mean 'mean'\?"):
        of(reference).definition("meen")


def test_a_name_defined_twice_is_refused_when_it_is_asked_for():
    made = of("def f():\n    pass\n\n\ndef f():\n    pass\n\n\ng = 1\n")
    assert made.text("g") == "g = 1"
    with pytest.raises(CourseError, match="f is defined more than once; keep one"):
        made.text("f")


def test_a_reference_that_is_not_python_is_refused(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("x = 1\ndef f(:\n")
    with pytest.raises(CourseError, match=r"bad\.py:2: is not Python"):
        read_source(path)
    path.write_bytes(b"x = '\xff'\n")
    with pytest.raises(CourseError, match="save it as UTF-8"):
        read_source(path)


def test_reading_does_not_run_the_reference(tmp_path):
    path = tmp_path / "loud.py"
    path.write_text("raise SystemExit('imported')\n\n\ndef f():\n    pass\n")
    assert read_source(path).text("f") == "def f():\n    pass"


def test_public_names_are_the_modules_own(root):
    assert public_names(root / "reference" / "scaling.py") == ("mean", "Scaler", "ANSWERS")
