"""Pages and parts of pages in HTML, made of templates.

A page is a single file that loads nothing, and its content policy forbids it to. Every text that
a template prints is made inert, then escaped.
"""

import re
from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from grader.report.figures.draw import figure_html
from grader.report.words import SIGNS, cause_lines, number, percent, shown, sign

_ADDRESS = re.compile(r"(https://|(?=[\w.+-]+@))[\w.+~@/?=&#%-]+")  # of a page or of a mailbox
_CODE = re.compile(r"`([^`\n]+)`")


def page(template: str, **values: object) -> bytes:
    """Return the page that a template makes of values."""
    return page_part(template, **values).encode()


def page_part(template: str, **values: object) -> str:
    """Return what a template of a part of a page makes of values; each is inert and escaped."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grader.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "code": with_code,
        "linked": _linked,
        "number": number,
        "path": _path,
    }
    environment.globals |= {
        "SIGNS": SIGNS,
        "cause_lines": cause_lines,
        "figure": figure_html,
        "percent": percent,
        "sign": sign,
    }
    return environment


def with_code(text: str) -> Markup:
    """Return text, inert and escaped, in which what stands between backticks is set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(shown(text)))))


def _linked(contact: str) -> Markup:
    """Return whom to ask, with a link if that is an address and nothing else."""
    match = _ADDRESS.fullmatch(contact)
    if not match:
        return escape(shown(contact))
    return Markup('<a href="{}{}">{}</a>').format("" if match[1] else "mailto:", contact, contact)


def _inert(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return shown(value)
    return value


def _path(name: str) -> str:
    """Return a file name as one segment of a relative link: no scheme, no folder."""
    return "./" + quote(shown(name), safe="")
