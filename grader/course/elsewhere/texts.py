"""The files of an assignment that was made of a notebook, as texts."""

import ast
import json
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from textwrap import indent

from grader.course.elsewhere.made import IMPORTS, Made
from grader.course.elsewhere.parts import bound, used
from grader.course.elsewhere.pieces import Passage, Source

_FOR_SHOW = frozenset({"matplotlib", "seaborn", "plotly", "tqdm", "IPython", "ipywidgets"})


def files(made: Made, source: Source, name: str, origin: str) -> dict[str, bytes]:
    """Return the files of the assignment `name` by their places in a course."""
    factor = math.lcm(*(check.points.limit_denominator(60).denominator for check in made.checks))
    if factor > 1:
        made.open.append(f"points are whole here: each was multiplied by {factor}")
    folder = f"assignments/{name}"
    shown, own = _imports(made)
    texts = {
        f"reference/{name}.py": _reference(made, own, origin),
        f"{folder}/assignment.toml": _manifest(made, source, own, shown, origin),
        f"{folder}/{name}.py.j2": _template(made, shown),
        f"{folder}/public/test_{name}.py": _suite(made, factor, is_hidden=False),
        f"{folder}/hidden/test_{name}.py": _suite(made, factor, is_hidden=True),
    }
    return {place: text.encode() for place, text in texts.items()}


def _imports(made: Made) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Return the imports that only show things, and the others."""
    shown = [node for node in made.imports.values() if _packages([node]) & _FOR_SHOW]
    return shown, [node for node in made.imports.values() if node not in shown]


def _packages(nodes: Iterable[ast.stmt]) -> set[str]:
    names = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
    return names - {""}


def _reference(made: Made, own: Sequence[ast.stmt], origin: str) -> str:
    lines = "".join(f"\n{ast.unparse(node)}" for node in own)
    first = f'"""What {origin} solves."""' + (f"\n{lines}" if lines else "")
    return "\n\n\n".join([first, *made.reference]) + "\n"


def _template(made: Made, shown: Sequence[ast.stmt]) -> str:
    lines = "".join(f"\n{ast.unparse(node)}" for node in shown)
    cells = [f"{cell}{lines}" if cell == IMPORTS else cell for cell in made.template]
    return "\n\n".join(cells) + "\n"


def _manifest(
    made: Made, source: Source, own: Sequence[ast.stmt], shown: Sequence[ast.stmt], origin: str
) -> str:
    texts = [piece.text for piece in source.pieces if isinstance(piece, Passage)]
    heading = next((found[1] for text in texts if (found := re.search(r"^# (.+)", text, re.M))), "")
    allowed = sorted(_packages(own) - set(sys.stdlib_module_names))
    lines = [
        f"title = {_toml(heading.strip() or origin)}",
        f"summary = {_toml(f'Made of {origin}.')}",
        "exercises = [\n" + "".join(f"    {_toml(one)},\n" for one in made.exercises) + "]",
        f"imports = {_toml(allowed)}",
    ]
    tolerated = sorted(_packages(shown) - set(sys.stdlib_module_names))
    lines += [f"tolerated = {_toml(tolerated)}"] if tolerated else []
    builds = _builds_on(made)
    if builds:
        pairs = "\n".join(f"{_toml(one)} = {_toml(others)}" for one, others in builds.items())
        lines.append(f"\n[builds_on]\n{pairs}")
    return "\n".join(lines) + "\n"


def _builds_on(made: Made) -> dict[str, list[str]]:
    """Return which exercises use others: they themselves, or the tests about them."""
    needs = {one: set(names) for one, names in made.exercises.items()}
    for check in made.checks:
        needs[check.exercise] |= used([ast.parse(check.code)])
        needs[check.exercise] |= set(re.findall(r"submission\.(\w+)", check.code))
    found: Mapping[str, list[str]] = {
        one: [
            other
            for other in made.exercises
            if other != one and any(other in made.owner.get(name, ()) for name in names)
        ]
        for one, names in needs.items()
    }
    return {one: others for one, others in found.items() if others}


def _suite(made: Made, factor: int, *, is_hidden: bool) -> str:
    checks = [check for check in made.checks if check.is_hidden is is_hidden]
    names = set().union(*(used([ast.parse(check.code)]) for check in checks))
    lines = [ast.unparse(n) for n in made.imports.values() if names.intersection(bound([n]))]
    who = "that students do not see" if is_hidden else "that ship with the handout"
    blocks = ["\n".join([f'"""Checks {who}."""', "", *lines, "import pytest"])]
    taken: set[str] = set()
    for check in checks:
        name = check.name
        while name in taken:
            name += "_again"
        taken.add(name)
        blocks.append(
            f"@pytest.mark.points({int(check.points.limit_denominator(60) * factor)})\n"
            f'@pytest.mark.exercise("{check.exercise}")\n'
            f"def {name}(submission):\n"
            f'    """{check.title}"""\n'
            f"{indent(check.code, '    ')}"
        )
    return "\n\n\n".join(blocks) + "\n"


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
