"""A map of where an array differs from the right one."""

from markupsafe import Markup

from grader.record.figure import STRANGE, TOO_LARGE, TOO_SMALL, Heatmap
from grader.report.figures.squares import squares
from grader.report.words import one_line

_WIDEST, _LARGEST = 360, 22  # pixels: of a map, of one of its squares
_LABELS = 30  # pixels beside and above a map


def heatmap_svg(figure: Heatmap) -> Markup:
    """Return the map: red where the answer is too large, blue where it is too small."""
    rows, columns = len(figure.rows), len(figure.rows[0])
    side = min(_LARGEST, _WIDEST / max(rows, columns))
    width, height = round(columns * side) + _LABELS, round(rows * side) + _LABELS
    return Markup(
        '<svg class="figure" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="{}" font-size="11" fill="currentColor">'
        '{}<g transform="translate({},{}) scale({:.4g})">{}</g></svg>'
    ).format(
        *(width, height, width, height),
        caption(figure),
        _axes(figure, width, height),
        *(_LABELS, _LABELS, side),
        squares(figure.rows),
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
