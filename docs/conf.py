"""How Sphinx builds the site: `make docs`, or `sphinx-build -W docs site`.

A page is Markdown that reads well on GitHub, too. Where it holds a comment such as
`<!-- made: commands -->`, the site shows what `made.py` reads from the code in its place.
"""

import sys
from pathlib import Path

from pygments.lexers import TextLexer
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))

import made

project = "nablagrade"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = project
html_copy_source = False
html_show_sphinx = False
highlight_language = "none"
nitpicky = True
smartquotes = False  # a quote in a sentence may be one of TOML or of a shell
myst_heading_anchors = 3


def _fill(_app: Sphinx, _page: str, source: list[str]) -> None:
    source[0] = made.filled(source[0])


def setup(app: Sphinx) -> None:
    """Fill the pages when Sphinx reads them; two kinds of blocks are for tests."""
    for kind in ("rooms", "started"):
        app.add_lexer(kind, TextLexer)
    app.connect("source-read", _fill)
