"""cli -> run -> engine -> {course, intake, judge, report} -> record -> sandbox -> errors."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "grader"
RANK = {
    "cli": 7,
    "run": 6,
    "engine": 5,
    "course": 4,
    "intake": 4,
    "judge": 4,
    "report": 4,
    "record": 3,
    "sandbox": 2,
    "errors": 1,
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "grader" and len(parts) > 1 and parts[1] in RANK else None


def wrong_imports(path: Path, own: str) -> list[str]:
    return [
        name
        for name in imports(path)
        if (other := room(name)) is not None and other != own and RANK[other] >= RANK[own]
    ]


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_lies_below_its_room(path):
    assert wrong_imports(path, path.relative_to(PACKAGE).parts[0]) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_engine_knows_no_course_by_name(path):
    assert not {name.partition(".")[0] for name in imports(path)} & {"reference", "assignments"}


def test_an_import_upwards_is_found(tmp_path):
    module = tmp_path / "wrong.py"
    module.write_text(
        "from grader.engine.engine import Engine\nfrom grader.errors import GraderError\n"
    )
    assert wrong_imports(module, "judge") == ["grader.engine.engine", "grader.engine.engine.Engine"]


def test_an_import_sideways_is_found(tmp_path):
    module = tmp_path / "wrong.py"
    module.write_text("import grader.intake.files.find\n")
    assert wrong_imports(module, "judge") == ["grader.intake.files.find"]
