"""What a class got as JSON: its numbers are those of the summary, and its schema fits it alone."""

import json
from importlib.resources import files

import jsonschema
import msgspec
import pytest

from grader.report.class_json import SCHEMA, ClassReport, class_json


@pytest.fixture
def schema():
    """The schema that ships, for programs that read what a class got."""
    return json.loads((files("grader.report") / "class.schema.json").read_text("utf-8"))


@pytest.fixture
def report(sample_summary):
    return json.loads(class_json(sample_summary, [("eve", "the sandbox ended")]))


def test_every_submission_is_there_with_its_points(report):
    got = [(one["submission"], one["earned"], one["possible"]) for one in report["submissions"]]
    assert got == [("alice", 3.5, 10), ("bob", 0, 10), ("zoe", 10, 10)]
    alice, bob, _ = report["submissions"]
    assert alice["percent"] == 35
    assert alice["outcomes"] == {"passed": 2, "failed": 1, "timeout": 1}
    assert [score["earned"] for score in alice["exercises"]] == [3.5, 0]
    assert bob["unread"].startswith("no knn.py")


def test_what_happened_besides_is_there(report):
    (change,) = report["changes"]
    assert (change["before"], change["after"]) == (6.5, 3.5)
    assert change["checks"][1] == {"check": "hidden/test_k", "before": None, "after": 0}
    assert {one["path"]: one["is_open"] for one in report["left_aside"]} == {
        "notes.txt": False,
        ".eve/": True,
    }
    assert report["absent"] == ["Dan Lee (s4)"]
    assert report["faults"] == [{"submission": "eve", "why": "the sandbox ended"}]


def test_the_schema_that_ships_is_that_of_the_report_and_takes_no_other_field(schema):
    made = msgspec.json.schema(ClassReport)
    for definition in made["$defs"].values():
        definition["additionalProperties"] = False
    assert schema.pop("$id") == SCHEMA
    assert schema.pop("$schema") == "https://json-schema.org/draft/2020-12/schema"
    assert schema == made


def test_the_schema_accepts_a_report_and_refuses_one_with_a_field_misspelt(schema, report):
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(report)
    report["submissions"][0]["earnd"] = report["submissions"][0].pop("earned")
    assert not validator.is_valid(report)
