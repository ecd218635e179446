"""What the pieces of a notebook were made into, before it is written as files."""

import ast
import keyword
import re
from dataclasses import dataclass, field
from fractions import Fraction

IMPORTS = "# %%\n{{ imports }}"  # the cell of a template that imports


@dataclass(frozen=True)
class Check:
    """A test function of a suite."""

    name: str
    exercise: str
    points: Fraction
    title: str
    code: str
    is_hidden: bool


@dataclass
class Made:
    """What the pieces were made into so far."""

    open: list[str]
    imports: dict[str, ast.stmt] = field(default_factory=dict)  # by their text
    reference: list[str] = field(default_factory=list)
    template: list[str] = field(default_factory=list)
    exercises: dict[str, set[str]] = field(default_factory=dict)  # -> the names that it uses
    defined: dict[str, str] = field(default_factory=dict)  # a name -> how a check asks for it
    owner: dict[str, list[str]] = field(default_factory=dict)  # a name -> its exercises
    checks: list[Check] = field(default_factory=list)
    last: str = ""  # the exercise before


def identifier(name: str) -> str:
    """Return a name that Python takes for one like this."""
    plain = re.sub(r"\W+", "_", name).strip("_").lower() or "question"
    plain = plain if not plain[0].isdigit() else f"q{plain}"
    return f"{plain}_" if keyword.iskeyword(plain) else plain
