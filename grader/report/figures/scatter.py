"""A gradient against the slopes that were measured."""

from markupsafe import Markup

from grader.record.figure import Scatter
from grader.report.words import one_line

_SIDE, _MARGIN = 220, 30  # pixels


def scatter_svg(figure: Scatter) -> Markup:
    """Return a square with a point for each entry; a right one lies on the diagonal."""
    numbers = [number for point in figure.points for number in point]
    low, high = min(numbers), max(numbers)
    scale = _SIDE / ((high - low) or 1)
    points = Markup().join(
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(
            _MARGIN + (x - low) * scale, _MARGIN + _SIDE - (y - low) * scale
        )
        for x, y in figure.points
    )
    whole, end = _SIDE + 2 * _MARGIN, _MARGIN + _SIDE
    return Markup(
        '<svg class="figure" viewBox="0 0 {0} {0}" width="{0}" height="{0}" role="img" '
        'aria-label="{1}" font-size="11" fill="currentColor">'
        '<path d="M{2} {2}V{3}H{3}M{2} {3}L{3} {2}" fill="none" stroke="currentColor" '
        'stroke-opacity="0.4"/>'
        '<g fill="#d6453a" fill-opacity="0.75">{4}</g>'
        '<text x="{2}" y="{5}">{6:.4g}</text>'
        '<text x="{3}" y="{5}" text-anchor="end">{7:.4g}</text>'
        '<text x="{8}" y="{5}" text-anchor="middle">measured</text>'
        '<text x="{2}" y="{9}">yours, up to {7:.4g}</text></svg>'
    ).format(
        whole, caption(figure), _MARGIN, end, points, end + 16, low, high, whole / 2, _MARGIN - 8
    )


def caption(figure: Scatter) -> str:
    """Return what the figure shows."""
    name = one_line(figure.name)
    count = len(figure.points)
    return f"{count} entries of {name} against measured slopes: a right one lies on the line"
