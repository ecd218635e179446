"""Squares in rows, each painted by its level."""

import re
from collections.abc import Sequence

from markupsafe import Markup

from grader.record.figure import RIGHT, STRANGE, TOO_LARGE, TOO_SMALL

_RED, _BLUE, _VIOLET, _GREY = "#d6453a", "#3f7fd0", "#9a3fb5", "#808080"
_PAINT = {
    RIGHT: (_GREY, 0.15),
    STRANGE: (_VIOLET, 1.0),
    **{level: (_RED, (n + 1) / 4) for n, level in enumerate(TOO_LARGE)},
    **{level: (_BLUE, (n + 1) / 4) for n, level in enumerate(TOO_SMALL)},
}


def squares(rows: Sequence[str]) -> Markup:
    """Return a path for each level, in which squares side by side are one; a square has side 1."""
    paths = Markup()
    for level, (colour, opacity) in _PAINT.items():
        runs = [
            f"M{match.start()} {y}h{len(match[0])}v1H{match.start()}z"
            for y, row in enumerate(rows)
            for match in re.finditer(f"{re.escape(level)}+", row)
        ]
        if runs:
            paths += Markup('<path fill="{}" fill-opacity="{}" d="{}"/>').format(
                colour, opacity, "".join(runs)
            )
    return paths
