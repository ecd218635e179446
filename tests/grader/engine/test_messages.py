"""The assignment goes whole to the judge; to the worker goes what it needs, and nothing hidden."""

import os

import msgspec
import pytest

from grader.course.course import Course
from grader.engine.attempt import _sources
from grader.engine.messages import Ended, Request, read_settings, to_line
from grader.engine.settings import judge_settings
from grader.intake.code.module import Module
from grader.record.check import CheckOutcome, Outcome
from grader.sandbox.terms import Terms
from grader.sandbox.wire.messages import Sources


@pytest.fixture
def assignment(tiny):
    return Course(tiny).assignment("tiny")


def test_a_judge_gets_the_assignment_as_the_conductor_has_it(assignment):
    settings = judge_settings(assignment, ["public", "hidden"])
    assert settings.mistakes[0].name == "squares"
    assert read_settings(to_line(settings)) == settings


def test_names_in_any_script_reach_the_judge(assignment):
    greek = msgspec.structs.replace(assignment, defines=("λ", "größe"), exercises=("λ",))
    settings = judge_settings(greek, ["public"])
    assert read_settings(to_line(settings)) == settings


def test_paths_are_absolute_where_a_judge_has_another_folder(tiny, assignment, monkeypatch):
    monkeypatch.chdir(tiny)
    here = msgspec.structs.replace(assignment, root=assignment.root.relative_to(tiny))
    assert not here.root.is_absolute()
    settings = read_settings(to_line(judge_settings(here, ["public"])))
    assert settings.assignment.root == assignment.root


def test_a_judge_of_the_public_suite_alone_gets_no_mistake(assignment):
    assert judge_settings(assignment, ["public"]).mistakes == []


def test_a_message_is_one_line(assignment):
    line = to_line(Ended(CheckOutcome("a", Outcome.FAILED, message="one\ntwo")))
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")


def test_a_message_of_what_json_has_no_form_for_is_refused():
    with pytest.raises(NotImplementedError, match="holds no object"):
        to_line(Ended(object()))


def test_a_worker_learns_nothing_of_the_suites_or_of_where_the_course_lies(assignment):
    settings = judge_settings(assignment, ["public", "hidden"])
    request = Request("ada", {"tiny.py": b"x = 1\n", "help.py": b"y = 2\n"}, "tiny.py", seed=7)
    sources = _sources(settings, request, Module("x = 1\n", ()))
    assert msgspec.structs.asdict(sources) == {
        "name": "tiny",
        "text": "x = 1\n",
        "modules": {"help": "y = 2\n"},
        "terms": Terms(imports=("numpy",), tolerated=(), limits=assignment.limits),
        "spaces": [],
        "shared": True,
    }
    told = msgspec.msgpack.encode(sources)
    assert os.fsencode(assignment.root) not in told
    assert os.fsencode(assignment.root) in to_line(settings)


def test_an_assignment_cannot_be_sent_in_place_of_its_terms(assignment):
    with pytest.raises(TypeError, match="alone"):
        Sources("tiny", "", {}, assignment)
