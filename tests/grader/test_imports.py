"""The rooms in docs/architecture.md are the rooms of the code: who imports whom, and who never."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DRAWING = "docs/architecture.md"
PAGE = (ROOT / DRAWING).read_text(encoding="utf-8")
LINUX_ONLY = ("sandbox.kernel", "sandbox.warm")
REACH_LINUX = ("engine.judge_process", *LINUX_ONLY)
PROGRAMS = ("sandbox.own.worker", "audit.mutants.trial")  # each is started, and imported by none
IMPORT_WORKERS = ("sandbox.warm", "sandbox.worker", *PROGRAMS)

Imports = dict[str, set[str]]  # module -> modules, both without "grader."


def drawn(page: str, block: str) -> Imports:
    """Return what the arrows of a block of the page say; a line may be continued."""
    (text,) = re.findall(rf"^```{block}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    lines = re.sub(r"\n +", " ", text).splitlines()
    return {name.strip(): set(rest.split()) for name, _, rest in (s.partition("->") for s in lines)}


def modules(root: Path) -> dict[str, Path]:
    """Return the modules of the package `grader` in a folder; the package itself is "version"."""
    found = {}
    for path in sorted((root / "grader").rglob("*.py")):
        parts = path.relative_to(root / "grader").with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__") or "version"] = path
    return found


def imports(root: Path) -> Imports:
    """Return what each module imports of the others, wherever in its text."""
    there = modules(root)
    return {
        name: {known for full in _imported(path) if (known := _module(full, there))}
        for name, path in there.items()
    }


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _module(full: str, there: dict[str, Path]) -> str | None:
    """Return the module that a dotted name is, or that it is a name of."""
    if full.partition(".")[0] != "grader":
        return None
    name = full.partition(".")[2]
    return name if name in there else name.rpartition(".")[0] or "version"


def room(module: str, rooms: Imports) -> str:
    """Return the most special room of a module; the module itself if it is in none."""
    around = (name for name in rooms if f"{module}.".startswith(f"{name}."))
    return max(around, key=len, default=module)


def wrong_arrows(code: Imports, rooms: Imports) -> set[str]:
    """Return the imports that no arrow allows, and the arrows that no import needs."""
    found = set()
    needed = set()
    for module, others in code.items():
        for other in others:
            arrow = room(module, rooms), room(other, rooms)
            needed.add(arrow)
            if arrow[0] != arrow[1] and arrow[1] not in rooms.get(arrow[0], ()):
                found.add(f"{module} imports {other}; {DRAWING} has no arrow for it")
    arrows = {(name, other) for name, others in rooms.items() for other in others}
    return found | {f"{DRAWING}: no import needs {a} -> {b}" for a, b in arrows - needed}


def reached(code: Imports, start: str) -> set[str]:
    """Return all that a module imports, and what that imports, and so on; packages included."""
    found: set[str] = set()
    new = {start}
    while new:
        found |= new
        packages = code.keys() & {name.rpartition(".")[0] for name in new}
        new = packages.union(*(code[name] for name in new)) - found
    return found


def in_rooms(names: set[str], rooms: tuple[str, ...]) -> set[str]:
    return {name for name in names if any(f"{name}.".startswith(f"{own}.") for own in rooms)}


def named_in_strings(root: Path) -> Imports:
    """Return the modules that others name in a string, to start them in another process."""
    there = modules(root)
    found: Imports = {}
    for module, path in there.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                name = node.value.removeprefix("grader.")
                if name != node.value and name in there and not module.startswith(f"{name}."):
                    found.setdefault(module, set()).add(name)
    return found


CODE = imports(ROOT)
ROOMS = drawn(PAGE, "rooms")


def test_every_import_has_its_arrow_and_every_arrow_its_import():
    assert wrong_arrows(CODE, ROOMS) == set()


def test_every_module_is_in_a_room():
    packages = {name for name, path in modules(ROOT).items() if path.name == "__init__.py"}
    homeless = {name for name in CODE if room(name, ROOMS) not in ROOMS}
    assert homeless <= packages
    assert not any(CODE[name] for name in homeless)


def test_no_module_reaches_itself():
    TopologicalSorter(CODE).prepare()


def test_only_the_judge_process_and_the_sandbox_reach_what_needs_linux():
    portable = CODE.keys() - in_rooms(set(CODE), REACH_LINUX)
    found = {name: in_rooms(reached(CODE, name), LINUX_ONLY) for name in portable}
    assert {name: others for name, others in found.items() if others} == {}


def test_nothing_trusted_imports_the_worker_but_the_room_that_forks_it():
    importers = {name for name, others in CODE.items() if in_rooms(others, ("sandbox.worker",))}
    assert importers - in_rooms(importers, IMPORT_WORKERS) == set()


def test_nothing_imports_a_program_that_runs_a_worker():
    outside = CODE.keys() - in_rooms(set(CODE), PROGRAMS)
    assert {name for name in outside if in_rooms(CODE[name], PROGRAMS)} == set()


def test_the_judges_room_never_reaches_the_warm_processes():
    judge = in_rooms(set(CODE), ("judge",))
    assert (
        in_rooms(set().union(*(reached(CODE, name) for name in judge)), ("sandbox.warm",)) == set()
    )


def test_a_module_that_is_named_in_a_string_is_drawn():
    assert named_in_strings(ROOT) == drawn(PAGE, "started")


def test_the_engine_knows_no_course_by_name():
    courses = {"reference", "assignments"}
    named = {name.partition(".")[0] for path in modules(ROOT).values() for name in _imported(path)}
    assert not named & courses


@pytest.fixture
def house(tmp_path):
    """Write a small package of that name, for the tests below, and return what imports what."""

    def build(texts: dict[str, str]) -> Imports:
        for name, text in {"errors": "", **texts}.items():
            path = tmp_path / "grader" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return imports(tmp_path)

    return build


@pytest.mark.parametrize(
    ("module", "text", "found"),
    [
        ("judge/suite", "import grader.engine.engine", "judge.suite imports engine.engine"),
        ("judge/suite", "from grader.engine.engine import E", "judge.suite imports engine.engine"),
        ("judge/suite", "from grader.engine import engine", "judge.suite imports engine.engine"),
        ("judge/suite", "def f():\n import grader.engine.engine", "suite imports engine.engine"),
        ("judge/suite", "if TYPE_CHECKING:\n import grader.engine.engine", "imports engine.engine"),
        ("intake/code/names", "import grader.intake.files.find", "imports intake.files.find"),
        ("sandbox/client", "from grader.sandbox.worker import worker", "sandbox.worker.worker"),
        ("sandbox/client", "import grader.sandbox.kernel.limits", "sandbox.kernel.limits"),
        ("errors", "from grader import __version__", "errors imports version"),
        ("attic/old", "import grader.errors", "attic.old imports errors"),
    ],
)
def test_an_import_without_an_arrow_is_found(house, module, text, found):
    others = ("__init__", "engine/engine", "intake/files/find", "sandbox/worker/worker")
    code = house({**dict.fromkeys((*others, "sandbox/kernel/limits"), ""), module: text})
    assert any(f"{found}; {DRAWING} has no arrow" in line for line in wrong_arrows(code, ROOMS))


def test_an_arrow_without_an_import_is_found(house):
    code = house({"report/csv": "import grader.errors"})
    assert wrong_arrows(code, {"report": {"errors"}, "errors": set()}) == set()
    rooms = {"report": {"errors"}, "errors": {"report"}}
    assert wrong_arrows(code, rooms) == {f"{DRAWING}: no import needs errors -> report"}


def test_a_circle_is_found_also_when_only_types_close_it(house):
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from grader.judge.b import B"
    with pytest.raises(CycleError):
        TopologicalSorter(house({"judge/a": text, "judge/b": "import grader.judge.a"})).prepare()


def test_a_long_way_is_found_also_through_a_package(house):
    code = house(
        {
            "course/course": "import grader.record.check",
            "record/__init__": "from grader.sandbox.kernel import limits",
            "record/check": "",
            "sandbox/kernel/limits": "",
        }
    )
    assert in_rooms(reached(code, "course.course"), LINUX_ONLY) == {"sandbox.kernel.limits"}


def test_a_name_in_a_string_is_found(house, tmp_path):
    house({"engine/engine": 'COMPANION = "grader.judge.suite"', "judge/suite": ""})
    assert named_in_strings(tmp_path) == {"engine.engine": {"judge.suite"}}
