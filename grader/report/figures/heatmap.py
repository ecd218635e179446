"""A map of where an array differs from the right one."""

import re
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from grader.record.figure import RIGHT, STRANGE, TOO_LARGE, TOO_SMALL, Heatmap
from grader.report.words import one_line

_RED, _BLUE, _VIOLET, _GREY = "#d6453a", "#3f7fd0", "#9a3fb5", "#808080"
_WIDEST, _LARGEST = 360, 22  # pixels: of a map, of one of its squares
_LABELS = 30  # pixels beside and above a map
_PAINT = {
    RIGHT: (_GREY, 0.15),
    STRANGE: (_VIOLET, 1.0),
    **{level: (_RED, (n + 1) / 4) for n, level in enumerate(TOO_LARGE)},
    **{level: (_BLUE, (n + 1) / 4) for n, level in enumerate(TOO_SMALL)},
}


def heatmap_svg(figure: Heatmap) -> Markup:
    """Return the map: red where the answer is too large, blue where it is too small."""
    rows, columns = len(figure.rows), len(figure.rows[0])
    side = min(_LARGEST, _WIDEST / max(rows, columns))
    width, height = round(columns * side) + _LABELS, round(rows * side) + _LABELS
    squares = Markup().join(_squares(figure.rows))
    return Markup(
        '<svg class="figure" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="{}" font-size="11" fill="currentColor">'
        '{}<g transform="translate({},{}) scale({:.4g})">{}</g></svg>'
    ).format(
        *(width, height, width, height),
        caption(figure),
        _axes(figure, width, height),
        *(_LABELS, _LABELS, side),
        squares,
    )


def caption(figure: Heatmap) -> str:
    """Return what the map shows, in a sentence that is true without seeing it."""
    name = one_line(figure.name + figure.part)
    kinds = [
        words
        for levels, words in (
            (TOO_LARGE, "red: too large"),
            (TOO_SMALL, "blue: too small"),
            (STRANGE, "violet: NaN or infinite"),
        )
        if any(level in row for row in figure.rows for level in levels)
    ]
    most = f", by up to {figure.largest:.4g}" if figure.largest else ""
    return f"where {name} is wrong ({', '.join(kinds)}{most})"


def _squares(rows: Sequence[str]) -> Iterator[Markup]:
    """Yield a path for each level, in which squares side by side are one."""
    for level, (colour, opacity) in _PAINT.items():
        runs = [
            f"M{match.start()} {y}h{len(match[0])}v1H{match.start()}z"
            for y, row in enumerate(rows)
            for match in re.finditer(f"{re.escape(level)}+", row)
        ]
        if runs:
            yield Markup('<path fill="{}" fill-opacity="{}" d="{}"/>').format(
                colour, opacity, "".join(runs)
            )


def _axes(figure: Heatmap, width: int, height: int) -> Markup:
    """Return the numbers of the first and the last row and column."""
    rows, columns = figure.shape
    text = Markup('<text x="{}" y="{}" text-anchor="end">{}</text>')
    beside = [text.format(_LABELS - 5, _LABELS + 11, 0)]
    if rows > 1:
        beside.append(text.format(_LABELS - 5, height - 3, rows - 1))
    above = [text.format(_LABELS + 8, _LABELS - 5, 0)]
    if columns > 1:
        above.append(text.format(width, _LABELS - 5, columns - 1))
    return Markup().join([*beside, *above])
