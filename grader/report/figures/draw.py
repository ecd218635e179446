"""Draw whatever figure a check has."""

from markupsafe import Markup

from grader.record.figure import Figure, Heatmap
from grader.report.figures import heatmap, scatter


def figure_html(figure: Figure) -> Markup:
    """Return a figure and what it shows, as HTML that is safe in a page."""
    if isinstance(figure, Heatmap):
        drawn, told = heatmap.heatmap_svg(figure), heatmap.caption(figure)
    else:
        drawn, told = scatter.scatter_svg(figure), scatter.caption(figure)
    return Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(drawn, told)
