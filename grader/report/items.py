"""How a class did in one check or one exercise: what teaching staff look at to mend it.

Discrimination is the correlation of the points here with those of everything else, over the
submissions that were run: those who do well elsewhere should do well here, too.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from grader.record.check import Outcome, Visibility

CAUSES_KEPT = 200  # different causes of one item, so that a large class needs little memory
LOST_KEPT = 100  # submissions that are named
_LONGEST = 300  # characters of a cause
_FEWEST = 4  # submissions that say something of an item


class Common(NamedTuple):
    """The cause that was found most often."""

    text: str
    times: int


class Lost(NamedTuple):
    """A submission that lost points, and where its page says so."""

    submission: str
    anchor: str


@dataclass(slots=True)
class Item:
    """Sums over a class, for one check or one exercise."""

    title: str
    exercise: str
    points: int
    visibility: Visibility | None = None  # None: of an exercise
    earned: float = 0.0
    outcomes: Counter[Outcome] = field(default_factory=Counter)  # of a check
    causes: Counter[str] = field(default_factory=Counter)
    lost: list[Lost] = field(default_factory=list)  # the first ones
    losers: int = 0  # all of those
    seconds: float = 0.0
    graded: int = 0
    run: int = 0  # of those graded, the ones of which any check was run
    _x: float = 0.0  # sums over those that were run: x is what they earned here, y elsewhere
    _y: float = 0.0
    _xx: float = 0.0
    _yy: float = 0.0
    _xy: float = 0.0

    @property
    def share(self) -> float:
        """The share of the points that the class earned; without points, of those who passed."""
        most = self.points or 1
        got = self.earned if self.points else self.outcomes[Outcome.PASSED]
        return got / (most * self.graded) if self.graded else 0.0

    @property
    def mean_seconds(self) -> float:
        return self.seconds / self.run if self.run else 0.0

    @property
    def discrimination(self) -> float | None:
        """From -1 to 1; None if nobody differs, here or elsewhere."""
        spread_x = self.run * self._xx - self._x**2
        spread_y = self.run * self._yy - self._y**2
        if spread_x < 1e-9 or spread_y < 1e-9:
            return None
        return (self.run * self._xy - self._x * self._y) / math.sqrt(spread_x * spread_y)

    @property
    def common_cause(self) -> Common | None:
        return Common(*self.causes.most_common(1)[0]) if self.causes else None

    @property
    def suspicion(self) -> str:
        """Why somebody should look at the item itself, or ""."""
        if self.run < _FEWEST or not self.points:
            return ""
        if not self.losers:
            return "everybody passes"
        if self.losers == self.run and not self.earned:
            return "nobody passes"
        value = self.discrimination
        return "the best lose it" if value is not None and value < -0.1 else ""

    def add_run(self, earned: float, elsewhere: float, seconds: float) -> None:
        """Count a submission of which checks were run."""
        self.run += 1
        self.seconds += seconds
        self._x += earned
        self._y += elsewhere
        self._xx += earned * earned
        self._yy += elsewhere * elsewhere
        self._xy += earned * elsewhere

    def add_loss(self, lost: Lost, cause: str) -> None:
        """Count a submission that was run and lost points here."""
        self.losers += 1
        if len(self.lost) < LOST_KEPT:
            self.lost.append(lost)
        cause = cause[:_LONGEST]
        if cause and (cause in self.causes or len(self.causes) < CAUSES_KEPT):
            self.causes[cause] += 1
