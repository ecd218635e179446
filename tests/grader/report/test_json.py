"""A record survives JSON unchanged, and its schema accepts records and nothing else."""

import json
from importlib.resources import files

import jsonschema
import msgspec
import pytest

from grader.errors import ReportError
from grader.record.cause import Cause
from grader.record.record import SCHEMA, Record
from grader.report.json import load_record, record_head, record_json, record_line


@pytest.fixture
def schema():
    """The schema that ships, for programs that read records."""
    return json.loads((files("grader.record") / "record.schema.json").read_text("utf-8"))


@pytest.fixture
def validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


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
    assert record_head(record_line(make("zoe"))).submission == "zoe"


def without_descriptions(schema):
    if isinstance(schema, dict):
        return {k: without_descriptions(v) for k, v in schema.items() if k != "description"}
    return [without_descriptions(item) for item in schema] if isinstance(schema, list) else schema


def test_the_schema_that_ships_is_that_of_the_record_and_takes_no_other_field(schema):
    made = msgspec.json.schema(Record)
    for definition in made["$defs"].values():
        if "properties" in definition:
            definition["additionalProperties"] = False
    made["$defs"]["Record"]["properties"]["schema"] = {"const": SCHEMA}
    made["$defs"]["Record"]["required"].insert(0, "schema")
    assert schema.pop("$id") == SCHEMA
    assert schema.pop("$schema") == "https://json-schema.org/draft/2020-12/schema"
    assert without_descriptions(schema) == without_descriptions(made)


def test_the_schema_accepts_records(make, validator):
    validator.validate(json.loads(record_json(make())))
    validator.validate(json.loads(record_json(make(outcomes=[], notes=["left out a cell"]))))


CAUSE = Cause(
    kind="mistake",
    confidence="proven",
    text="count the votes first",
    mistakes=["no_votes"],
    checks=["hidden/test_ties"],
)


def test_a_cause_is_part_of_its_exercise_and_a_record_without_one_lacks_the_key(make, validator):
    record = make(causes={"predict_labels": CAUSE})
    written = json.loads(record_json(record))
    validator.validate(written)
    assert "cause" not in written["exercises"][0]
    assert written["exercises"][1]["cause"] == {
        "kind": "mistake",
        "confidence": "proven",
        "text": "count the votes first",
        "mistakes": ["no_votes"],
        "checks": ["hidden/test_ties"],
    }
    assert load_record(record_json(record)) == record


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


def test_every_field_is_described(schema):
    for definition in schema["$defs"].values():
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
        (b'{"schema": "nablagrade/record/v0", "submission": "zoe"}', "nablagrade/record/v0"),
        (b'{"schema": "nablagrade/class/v2", "submission": "zoe"}', "nablagrade/class/v2"),
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
