"""A record survives JSON unchanged, and its schema accepts records and nothing else."""

import json
from importlib.resources import files

import jsonschema
import msgspec
import pytest

from grader.errors import ReportError
from grader.report.json import (
    load_record,
    record_json,
    record_line,
    record_schema,
    record_submission,
)


@pytest.fixture
def validator():
    jsonschema.Draft202012Validator.check_schema(record_schema())
    return jsonschema.Draft202012Validator(record_schema())


@pytest.mark.parametrize("write", [record_json, record_line])
def test_a_written_record_is_read_back_equal(make, write):
    record = make(notes=["José: 数据 < 3\nnext line"])
    assert load_record(write(record)) == record


def test_the_pretty_form_keeps_the_order_of_the_fields_and_ends_the_last_line(make):
    text = record_json(make()).decode("utf-8")
    assert list(json.loads(text)) == list(make().__struct_fields__)
    assert text.startswith('{\n  "schema": "nablagrade/record/v1",\n  "assignment": "knn",')
    assert text.endswith("}\n")


def test_the_same_record_gives_the_same_bytes(make):
    assert record_json(make()) == record_json(make())


def test_a_line_is_one_line_whatever_a_message_holds(make):
    line = record_line(make(notes=["a\nb\r\nc\u2028d"]))
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert len(line.decode().splitlines()) == 1


def test_the_id_is_read_without_the_rest(make):
    assert record_submission(record_line(make("zoe"))) == "zoe"


def test_the_shipped_schema_is_the_one_of_the_record():
    shipped = files("grader.record").joinpath("record.schema.json").read_text("utf-8")
    assert json.loads(shipped) == record_schema()


def test_the_schema_accepts_records(make, validator):
    validator.validate(json.loads(record_json(make())))
    validator.validate(json.loads(record_json(make(outcomes=[], notes=["left out a cell"]))))


def _misspell_a_field(record):
    record["checks"][0]["outcom"] = record["checks"][0].pop("outcome")


def _add_a_field(record):
    record["score"] = 100


def _invent_an_outcome(record):
    record["checks"][0]["outcome"] = "partly"


def _leave_out_the_schema(record):
    del record["schema"]


def _claim_another_version(record):
    record["schema"] = "nablagrade/record/v2"


def _write_points_as_text(record):
    record["earned"] = "3.5"


@pytest.mark.parametrize(
    "spoil",
    [
        _misspell_a_field,
        _add_a_field,
        _invent_an_outcome,
        _leave_out_the_schema,
        _claim_another_version,
        _write_points_as_text,
    ],
)
def test_the_schema_refuses_what_is_not_a_record(make, validator, spoil):
    record = json.loads(record_json(make()))
    spoil(record)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(record)


def test_every_field_is_described():
    for definition in record_schema()["$defs"].values():
        assert definition["description"]
        for name, field in definition.get("properties", {}).items():
            assert field["description"], name


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "this is not a record"),
        (b'{"schema": "nabl', "this is not a record"),
        (b"\xff\xfe", "this is not a record"),
        (b'{"submission": "zoe"}', "missing required field `schema`"),
        (b'{"schema": "nablagrade/record/v2", "submission": "zoe"}', "nablagrade/record/v2"),
        (b'{"schema": "nablagrade/record/v1", "submission": "zoe"}', "missing required field"),
    ],
)
def test_what_is_not_a_record_is_refused_with_the_reason(data, why):
    with pytest.raises(ReportError, match=why):
        load_record(data)


def test_a_misspelt_field_is_refused_with_its_place(make):
    record = msgspec.to_builtins(make())
    _misspell_a_field(record)
    with pytest.raises(ReportError, match=r"`outcome` - at `\$.checks\[0\]`"):
        load_record(msgspec.json.encode(record))
