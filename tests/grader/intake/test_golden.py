"""What is made of broken, moved and doubled code. A folder of tests/golden/intake is a case.

handed_in/      what the student's folder holds
expected.json   roots         names that the assignment asks for
                unreadable    the line that the student reads, or else:
                files         names of the files that go to the sandbox
                module        each line of the module, with its place
                notes         in order; "*" stands for words that Python chose
"""

import json
import re
from pathlib import Path

import pytest

from grader.intake.code.module import to_module
from grader.intake.files.find import Location
from grader.intake.files.submission import Submission, Unreadable, read

CASES = sorted((Path(__file__).parents[2] / "golden" / "intake").iterdir())


def is_as_told(line: str, expected: str) -> bool:
    return re.fullmatch(re.escape(expected).replace(r"\*", ".+"), line) is not None


def handed_in(case: Path) -> Submission:
    return read(Location("ada", case / "handed_in"), "knn")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden(case):
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    if "unreadable" in expected:
        with pytest.raises(Unreadable) as error:
            to_module(handed_in(case), expected["roots"], ["numpy"])
        assert is_as_told(str(error.value), expected["unreadable"])
        return
    submission = handed_in(case)
    module = to_module(submission, expected["roots"], ["numpy"])
    lines = enumerate(module.source.split("\n"), start=1)
    told = [f"{module.place(number)} | {line}" for number, line in lines if line]
    notes = [*submission.notes, *module.notes]
    assert told == expected["module"]
    assert sorted(submission.files) == expected["files"]
    assert len(notes) == len(expected["notes"]), notes
    assert all(map(is_as_told, notes, expected["notes"])), notes
    compile(module.source, "knn.py", "exec")


def test_there_are_cases():
    assert len(CASES) > 40
