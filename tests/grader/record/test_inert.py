"""Student text that is shown can neither hide, move a cursor, nor run on for ever."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.record.inert import inert

INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize("text", ["", "loss is 0.5", "naïve Größe 損失 Δ 😀", "a\\u202eb"])
def test_plain_text_is_left_as_it_is(text):
    assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\u001b[31mb"),
        ("a\nb\r\tc", "a\\u000ab\\u000d\\u0009c"),
        ("\x9b\x7f\0", "\\u009b\\u007f\\u0000"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066\u200b\ufeff\u2028", "\\u2066\\u200b\\ufeff\\u2028"),
        ("\ud800", "\\ud800"),
        ("\ue000\U0010ffff", "\\ue000\\U0010ffff"),
        ("\u00a0", "\\u00a0"),
    ],
)
def test_a_character_without_a_shape_is_written_out(text, shown):
    assert inert(text) == shown


def test_what_is_cut_off_is_counted():
    assert inert("x" * 12, 10) == "xxxxxxxxxx... (2 more characters)"
    assert inert("x" * 10, 10) == "xxxxxxxxxx"


def test_an_escape_is_not_cut_in_two():
    assert inert("abcd\n\n", 10) == "abcd\\u000a... (1 more characters)"


def test_line_breaks_stay_where_they_are_asked_for():
    assert inert("a\n\tb\r", keep="\n\t") == "a\n\tb\\u000d"


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60), st.integers(0, 40))
def test_nothing_invisible_and_nothing_long_comes_out(text, limit):
    shown = inert(text, limit)
    assert not {unicodedata.category(character) for character in shown} & INVISIBLE
    assert len(shown) <= limit + len("... (60 more characters)")
    shown.encode()
