"""No attack succeeds, at any level that this machine reaches; on a naive grader, most do.

Which attacks are graded together follows from which tests were chosen: `-k 24_leak` grades one,
between two honest submissions.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from submitted import CORPORA, COURSE, attacks

from grader.sandbox.level import LEVELS, Level, probe

HERE = Path(__file__).parent
LEAKS = {"no_drop", "no_canary"}  # conditions that file isolation alone could uphold
HELD: tuple[Level, ...] = ("isolated", "confined")
CONTROL = "control_drop"
SECONDS = 1800

Problems = dict[str, list[str]]
Grade = Callable[[Level, str], Problems]


ATTACKS = attacks()
LEAKING = [
    name
    for name, attack in ATTACKS.items()
    if LEAKS & {condition["type"] for condition in attack.entry["checks"]}
]


def run_script(name: str, *words: str) -> Problems:
    done = subprocess.run(
        [sys.executable, "-B", str(HERE / name), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def grade(request: pytest.FixtureRequest) -> Grade:
    """Return a function that grades all chosen attacks at a level, once."""
    graded: dict[tuple[Level, str], Problems] = {}
    reached = LEVELS.index(probe().level)

    def grade(level: Level, drop: str) -> Problems:
        if reached > LEVELS.index(level):
            pytest.skip(f"this machine does not reach {level}")
        if (level, drop) not in graded:
            chosen = [
                item.callspec.params["name"]
                for item in request.session.items
                if item.path == Path(__file__) and _is_of(item, level, drop)
            ]
            graded[level, drop] = run_script("harness.py", level, drop, *dict.fromkeys(chosen))
        return graded[level, drop]

    return grade


def _is_of(item: pytest.Item, level: Level, drop: str) -> bool:
    chosen = getattr(item, "callspec", None)
    return chosen is not None and (chosen.params["level"], chosen.params["drop"]) == (level, drop)


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("drop", ["closed"])
@pytest.mark.parametrize("level", HELD)
def test_the_attack_fails(grade: Grade, level: Level, drop: str, name: str) -> None:
    assert grade(level, drop)[name] == []


@pytest.mark.parametrize("name", LEAKING)
@pytest.mark.parametrize("drop", ["open"])
@pytest.mark.parametrize("level", HELD)
def test_the_attack_fails_where_it_could_leave_a_proof(
    grade: Grade, level: Level, drop: str, name: str
) -> None:
    problems = grade(level, drop)[name]
    assert problems == (["it left a proof: written"] if name == CONTROL else [])


def test_a_naive_grader_loses_to_most_attacks() -> None:
    problems = run_script("naive.py")
    assert problems.pop("honest") == ["it got 1.000 of 1"]
    assert problems.pop("template") == []
    lost = [name for name, found in problems.items() if found]
    assert len(lost) >= 0.75 * len(problems), sorted(set(problems) - set(lost))


def test_every_folder_of_the_corpora_is_an_attack() -> None:
    folders = {path for corpus in CORPORA for path in corpus.iterdir() if path.is_dir()}
    described = {attack.folder for attack in ATTACKS.values()}
    assert described == {path for path in folders if path.name != "_assignment"}


def test_the_course_is_sound(grader: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = grader("audit", "solution", "--course", COURSE)
    assert done.returncode == 0, done.stdout
