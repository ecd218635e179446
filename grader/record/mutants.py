"""What mutants tell of a suite: which were killed, which survived, and what the suite scores."""

from typing import Literal

import msgspec

Fate = Literal["killed", "survived", "the same", "equivalent"]


class MutantRecord(msgspec.Struct, frozen=True):
    """A mutant, and what became of it."""

    exercise: str  # several, with commas, for a helper of several
    line: int  # of the reference
    operator: str
    words: str
    code: str  # the line of the reference
    diff: str
    fate: Fate  # "the same" was found by value, "equivalent" is marked in mutants.toml
    check: str = ""  # that it lost; of a survivor, the one that comes nearest to noticing it
    note: str = ""  # how it was killed, where a survivor differs, or why it is equivalent


class ExerciseScore(msgspec.Struct, frozen=True):
    """How many mutants of an exercise were tried and noticed."""

    exercise: str
    killed: int
    survived: int
    the_same: int
    equivalent: int

    @property
    def score(self) -> float:
        """The share of the mutants that are not equivalent and were killed."""
        return share(self.killed, self.survived)


class MutantScores(msgspec.Struct, frozen=True):
    """All mutants of an assignment that were tried."""

    assignment: str
    mutants: list[MutantRecord]
    untried: int  # there was no time for them
    left_out: list[str]  # exercises whose checks take too long to be tried
    stale: list[str]  # marks of mutants.toml that fit no mutant, or one that is killed
    seconds: float

    def count(self, fate: Fate, exercise: str | None = None) -> int:
        """Return how many mutants, of one exercise or of all, ended so."""
        return sum(m.fate == fate and exercise in (None, m.exercise) for m in self.mutants)

    @property
    def score(self) -> float:
        return share(self.count("killed"), self.count("survived"))

    @property
    def survivors(self) -> list[MutantRecord]:
        return [mutant for mutant in self.mutants if mutant.fate == "survived"]

    @property
    def exercises(self) -> list[ExerciseScore]:
        names = dict.fromkeys(mutant.exercise for mutant in self.mutants)
        return [
            ExerciseScore(
                name,
                self.count("killed", name),
                self.count("survived", name),
                self.count("the same", name),
                self.count("equivalent", name),
            )
            for name in names
        ]


def share(killed: int, survived: int) -> float:
    """Return killed / (killed + survived); a suite without mutants has nothing to answer for."""
    return killed / (killed + survived) if killed + survived else 1.0
