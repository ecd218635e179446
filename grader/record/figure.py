"""What a figure of a report shows, as plain numbers: reports draw it, and the record keeps it.

Only the judge makes a figure, of values that the message of the same check may show.
"""

import msgspec

RIGHT, STRANGE = ".", "x"
TOO_LARGE, TOO_SMALL = "1234", "abcd"  # by a quarter of the largest difference, a half, ...


class Heatmap(msgspec.Struct, frozen=True, tag_field="kind", tag="heatmap"):
    """Where an array differs from the right one, and how much: one character for each square."""

    name: str  # of the array
    part: str  # of it that is shown, as "[2]"; "" for all
    rows: list[str]  # of RIGHT, TOO_LARGE, TOO_SMALL, and STRANGE for what is no finite number
    shape: tuple[int, int]  # rows and columns of what is shown: a square may stand for several
    largest: float  # the largest difference


class Scatter(msgspec.Struct, frozen=True, tag_field="kind", tag="scatter"):
    """A gradient against the slopes that were measured."""

    name: str  # of the gradient
    points: list[tuple[float, float]]  # measured, claimed


Figure = Heatmap | Scatter
