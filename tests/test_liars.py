"""Submissions that lie earn no more than they deserve: tests/liars/README.md says what they are."""

import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from grader.course.course import Course
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.intake.submission import Submission
from grader.record.record import results

COURSE = Course(Path(__file__).parents[1])
FOLDER = Path(__file__).parent / "liars"
NAMES = sorted(file.stem for file in FOLDER.glob("*.toml"))
SEED = 11


class Liar(msgspec.Struct, forbid_unknown_fields=True):
    """A reference to which a lie was added, and what its exercises may earn."""

    name: str
    kind: str
    why: str
    exercises: list[str]
    most: int
    code: str
    slow: int = 0  # seconds that it takes, if these are many


def liars(name: str) -> list[Liar]:
    tables = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))["liar"]
    return msgspec.convert(tables, list[Liar])


def earned(engine: Engine, liar: Liar, seed: int) -> str:
    """Return what a liar earned if it is too much, check by check, else ""."""
    reference = engine.assignment.reference_path
    assert reference is not None
    text = f"{reference.read_text('utf-8')}\n\n{liar.code}"
    main = f"{engine.assignment.name}.py"
    submission = Submission(liar.name, main, {main: text.encode()}, "", ())
    judged = engine.judge(submission, seed, liar.exercises)
    assert not judged.unread, judged.unread
    checks = [check for check in engine.checks if check.exercise in liar.exercises]
    assert {check.exercise for check in checks} == set(liar.exercises)
    paid = [check for check in results(checks, judged.outcomes) if check.earned]
    total = sum(check.earned for check in paid)
    possible = sum(check.points for check in checks)
    if os.environ.get("LIARS") == "tell":
        print(
            f"\n{engine.assignment.name} {liar.name}: {total:g} of {possible}, at most {liar.most}"
        )
    if total <= liar.most < possible:
        return ""
    lines = [f"    {check.id}: {check.earned:g}" for check in paid]
    return "\n".join([f"{liar.name}: {total:g} of {possible}, at most {liar.most}", *lines])


def tell_liars(name: str, chosen: list[Liar]) -> None:
    with (
        Engine(COURSE.assignment(name), ["hidden"], find_isolation("split")) as engine,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        told = list(pool.map(lambda liar: earned(engine, liar, SEED), chosen))
    assert not any(told), "\n".join(filter(None, told))


def test_every_kind_of_liar_is_listed():
    listed = (FOLDER / "README.md").read_text("utf-8")
    kinds = {liar.kind for name in NAMES for liar in liars(name)}
    assert {kind for kind in kinds if f"| {kind} |" not in listed} == set()


@pytest.mark.parametrize("name", NAMES)
def test_no_liar_earns_more_than_it_deserves(name):
    tell_liars(name, [liar for liar in liars(name) if not liar.slow])


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if any(liar.slow for liar in liars(name))])
def test_no_liar_that_trains_earns_more_than_it_deserves(name):
    tell_liars(name, [liar for liar in liars(name) if liar.slow])
