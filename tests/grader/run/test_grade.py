"""A class is graded end to end by the command line: real processes, real files."""

import csv
import json
import shutil
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

HOSTILE = {
    "crashes": "import ctypes\n    ctypes.string_at(0)",
    "loops": "while True:\n        pass",
    "exits": "raise SystemExit(0)",
    "kills-itself": "import os\n    os._exit(0)",
    "eats-memory": "return bytearray(1 << 40)",
}
OUTCOMES = {
    "crashes": "crashed",
    "loops": "timeout",
    "exits": "error",
    "kills-itself": "crashed",
    "eats-memory": "memory",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory, grader, tiny, right_text):
    """A folder of reports on a class: a right one, an empty one, and hostile ones."""
    folder = tmp_path_factory.mktemp("class")
    texts = {"right": right_text, "empty": "x = 1\n", "syntax": "def double(x:\n    return 2\n"}
    for name, body in HOSTILE.items():
        texts[name] = f"{right_text}\n\ndef double(x):\n    {body}\n"
    texts["half"] = "import numpy as np\n\n\ndef double(x):\n    return 2 * np.asarray(x)\n"
    texts["wrong"] = right_text.replace(
        "float((x * x).mean()), 2 * x / x.size", "(x * x).sum(), 2 * x"
    )
    for name, text in texts.items():
        (folder / "submitted" / name).mkdir(parents=True)
        (folder / "submitted" / name / "tiny.py").write_text(text)
    out = folder / "out"
    done = grader(
        "grade", folder / "submitted", "--assignment", "tiny", "--course", tiny, "--out", out,
        "--jobs", 2, "--isolation", "split",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


def record(out, name):
    return json.loads((out / name / "record.json").read_text())


def outcomes(out, name, exercise):
    return {
        check["outcome"] for check in record(out, name)["checks"] if check["exercise"] == exercise
    }


def test_a_right_submission_earns_everything(graded):
    assert record(graded, "right")["earned"] == record(graded, "right")["possible"] == 10


def test_an_empty_submission_earns_nothing(graded):
    assert record(graded, "empty")["earned"] == 0


def test_one_right_function_earns_its_exercises_points_and_no_others(graded):
    scores = {score["name"]: score["earned"] for score in record(graded, "half")["exercises"]}
    assert scores == {"double": 3, "mean_square": 0, "Counter.add": 0, "ANSWERS": 0}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_one_function_does_costs_its_own_checks_only(graded, name):
    assert outcomes(graded, name, "double") == {OUTCOMES[name]}
    assert record(graded, name)["earned"] == 7


def test_a_known_mistake_gets_its_hint(graded):
    (check,) = (c for c in record(graded, "wrong")["checks"] if c["exercise"] == "mean_square")
    assert check["outcome"] == "failed"
    assert check["hint"] == "Divide by N: it is a mean."
    assert "7" in check["message"]  # the right one times N


def test_what_is_missing_is_named(graded):
    (check,) = (c for c in record(graded, "empty")["checks"] if c["exercise"] == "mean_square")
    assert check["message"] == "tiny.py does not define mean_square"


def test_a_syntax_error_is_told_with_its_line(graded):
    assert any("line 1" in note for note in record(graded, "syntax")["notes"])


def test_every_record_fits_the_schema_that_ships(graded):
    schema = json.loads((files("grader.record") / "record.schema.json").read_text())
    validator = Draft202012Validator(schema)
    lines = (graded / "records.jsonl").read_text().splitlines()
    assert len(lines) == 10
    for line in lines:
        validator.validate(json.loads(line))


def test_the_class_has_a_table_and_a_page(graded):
    rows = list(csv.DictReader((graded / "grades.csv").read_text("utf-8-sig").splitlines()))
    assert {row["submission"]: float(row["earned"]) for row in rows}["right"] == 10
    assert "right" in (graded / "index.html").read_text()
    assert (graded / "right" / "report.html").exists()


def test_the_isolation_in_force_is_in_the_record(graded):
    assert record(graded, "right")["sandbox"]["level"] in (
        "isolated",
        "confined",
        "filtered",
        "split",
    )


def test_what_is_graded_already_is_kept(graded, grader, tiny, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(graded, out)
    submitted = graded.parent / "submitted"
    before = (out / "records.jsonl").read_bytes()
    done = grader(
        "grade",
        submitted,
        "--assignment",
        "tiny",
        "--course",
        tiny,
        "--out",
        out,
        "--isolation",
        "split",
    )
    assert done.returncode == 0, done.stderr
    assert (out / "records.jsonl").read_bytes() == before
    assert "10 kept from before" in done.stdout


def test_a_recorded_seed_draws_the_same_inputs_again(graded, grader, tiny, tmp_path):
    seed = record(graded, "wrong")["seed"]
    done = grader(
        "grade", graded.parent / "submitted" / "wrong", "--assignment", "tiny", "--course", tiny,
        "--out", tmp_path, "--seed", seed, "--isolation", "split",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second = record(graded, "wrong"), record(tmp_path, "wrong")
    assert [c["message"] for c in first["checks"]] == [c["message"] for c in second["checks"]]
    assert first["seed"] == second["seed"]


def test_seeds_differ_between_attempts(graded):
    seeds = {
        json.loads(line)["seed"] for line in (graded / "records.jsonl").read_text().splitlines()
    }
    assert len(seeds) == 10
