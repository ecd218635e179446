"""Read a source notebook of otter assign: raw cells begin and end what the others are.

    # ASSIGNMENT CONFIG                        left out
    # BEGIN QUESTION, # END QUESTION           the first with its name, its points and whether a
                                               person grades it, in YAML
    # BEGIN SOLUTION, # END SOLUTION           students write what lines within mark as # SOLUTION
                                               or lay between # BEGIN SOLUTION and # END SOLUTION
    # BEGIN TESTS, # END TESTS                 a test in each cell: an output, or a function

Otter takes a test for hidden if its first line is a comment with the word "hidden" in it.
"""

import ast
import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml
from nbformat import NotebookNode

from grader.course.elsewhere.pieces import (
    Checked,
    Given,
    Passage,
    Solved,
    Source,
    cut,
    points_in,
    read_notebook,
    without,
)
from grader.errors import UsageError

_BOUNDARY = re.compile(r"#\s+(?P<end>begin|end)\s+(?P<kind>question|prompt|solution|tests)\b", re.I)
_CONFIG = re.compile(r"#\s+ASSIGNMENT CONFIG", re.IGNORECASE)
_FENCE = re.compile(r"\s*```otter\n(?P<text>.*)\n```\s*", re.DOTALL)
_MARK = re.compile(r"\s*# ?SOLUTION(?: NO PROMPT)?\s*$")
_REGION = (r"^\s*# BEGIN SOLUTION", r"# END SOLUTION\s*$")
_PROMPT = (r"# BEGIN PROMPT\s*$", r"# END PROMPT\s*$")
_IGNORED = (r"^\s*#\s*BEGIN\s*IGNORE", r"# END IGNORE\s*$")
_SEED = re.compile(r"\s*# (?:SEED|IGNORE)\s*$")
_TEST_CONFIG = re.compile(
    r'\s*(?:.\s*=\s*)?"""\s*#\s*BEGIN\s*TEST\s*CONFIG\n(?P<yaml>.*?)\n"""\s*#\s*END\s*TEST\s*CONFIG\n',
    re.DOTALL | re.IGNORECASE,
)


@dataclass
class _Question:
    name: str
    points: Any
    tests: list[Checked] = field(default_factory=list)
    own: list[Fraction | None] = field(default_factory=list)  # the points of each test, if it says


def read_otter(path: Path) -> Source:
    """Return the pieces of a notebook that `otter assign` takes.

    Raises:
        UsageError: it is none.
    """
    reader = _Reader(path)
    for number, cell in enumerate(read_notebook(path), start=1):
        reader.read(cell, number)
    if not reader.has_questions:
        raise UsageError(f"{path}: no cell says BEGIN QUESTION; name a source of `otter assign`")
    return reader.source


class _Reader:
    """What of the notebook has been read, and within what its next cell lies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kind = ""  # of the block: solution, tests, prompt
        self._question = _Question("", None)
        self.source = Source()
        self.has_questions = False

    def read(self, cell: NotebookNode, number: int) -> None:
        text, kind = str(cell.source), cell.cell_type
        if fenced := _FENCE.fullmatch(text):
            text, kind = fenced["text"], "raw"
        boundary = _BOUNDARY.match(text) if kind == "raw" else None
        if boundary:
            self._pass(boundary["end"].lower() == "begin", boundary["kind"].lower(), text)
        elif kind == "markdown":
            if self._kind != "solution":
                self.source.pieces.append(Passage(text))
        elif kind == "code":
            self._code(cell, number)

    def _pass(self, begins: bool, kind: str, text: str) -> None:
        if kind != "question":
            self._kind = kind if begins else ""
        elif begins:
            self.has_questions = True
            about = _yaml(text, f"{self._path}: {text!r}")
            self._question = _Question(str(about.get("name", "question")), about.get("points"))
            if about.get("manual"):
                name = self._question.name
                self.source.open.append(f"question {name}: a person graded it; test it")
        else:
            place = f"{self._path}, question {self._question.name}"
            self.source.pieces += _with_points(self._question, place)
            self._question = _Question("", None)

    def _code(self, cell: NotebookNode, number: int) -> None:
        place = f"{self._path}, cell {number}"
        code, ignored = cut(cell.source, *_IGNORED, place)
        code = without(code, ignored)
        if self._kind == "tests":
            self._test(cell, number, code)
        elif self._kind == "solution":
            self.source.pieces.append(_solved(number, self._question.name, code, place))
        elif self._kind != "prompt":
            kept = [line for line in code.split("\n") if not re.search(r"# IGNORE\s*$", line)]
            self.source.pieces.append(Given(number, _without_otter("\n".join(kept))))

    def _test(self, cell: NotebookNode, number: int, code: str) -> None:
        first, _, rest = code.partition("\n")
        is_hidden = first.lstrip().startswith("#") and bool(re.search(r"\bhidden\b", first, re.I))
        code = rest if is_hidden else code
        about: dict[str, Any] = {}
        if config := _TEST_CONFIG.match(code):
            about = _yaml(config["yaml"], f"{self._path}, cell {number}")
            code = code[config.end() :]
            is_hidden = bool(about.get("hidden", is_hidden))
        own = about.get("points")
        self._question.own.append(
            None if own is None else points_in(own, f"{self._path}, cell {number}")
        )
        asserted = _asserted(code, _output(cell))
        if asserted is None:
            self.source.open.append(f"cell {number}: its output was compared as text; write a test")
            asserted = code
        visible, hidden = ("", asserted) if is_hidden else (asserted, "")
        name = f"{self._question.name}_{len(self._question.own)}"
        self._question.tests.append(Checked(number, name, Fraction(0), visible, hidden))


def _yaml(text: str, place: str) -> dict[str, Any]:
    try:
        about = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        why = " ".join(str(error).split())
        raise UsageError(f"{place}: is not YAML ({why}); mend the notebook") from None
    if not isinstance(about, dict):
        raise UsageError(f"{place}: must be a list of keys with values; mend the notebook")
    return about


def _with_points(question: _Question, place: str) -> list[Checked]:
    """Return the tests of a question with the points that otter gives to each."""
    points, own = question.points, question.own
    if isinstance(points, dict):
        points = points_in(points.get("each", 1), place) * len(own)
    if isinstance(points, list):
        if len(points) != len(own):
            raise UsageError(f"{place}: has {len(own)} tests, and {len(points)} points; mend that")
        own = [None if one is None else points_in(one, place) for one in points]
        points = None
    given = sum((one for one in own if one is not None), Fraction(0))
    free = sum(one is None for one in own)
    total = max(given, Fraction(not given)) if points is None else points_in(points, place)
    if total < given:
        raise UsageError(f"{place}: is worth {total}, and its tests {given}; mend the notebook")
    each = (total - given) / free if free else Fraction(0)
    shares = [each if one is None else one for one in own]
    return [replace(test, points=share) for test, share in zip(question.tests, shares, strict=True)]


def _solved(number: int, name: str, code: str, place: str) -> Solved:
    code, prompt = cut(code, *_PROMPT, place)
    code, region = cut(without(code, prompt), *_REGION, place)
    lines = code.split("\n")
    marked = {n for n, line in enumerate(lines, 1) if _MARK.search(line)}
    text = "\n".join(_SEED.sub("", _MARK.sub("", line)) for line in lines)
    written = region | marked
    return Solved(number, name, text, frozenset(written or range(1, len(lines) + 1)))


def _without_otter(code: str) -> str:
    """Leave out what makes otter's own checker."""
    return "\n".join(
        line
        for line in code.split("\n")
        if not re.search(r"^import otter\b|\botter\.Notebook\(", line)
    )


def _output(cell: NotebookNode) -> str:
    texts = []
    for output in cell.get("outputs", []):
        texts += [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
    return "".join(text if isinstance(text, str) else "".join(text) for text in texts).strip()


def _asserted(code: str, output: str) -> str | None:
    """Return a test that is compared by its output as one that asserts; None if it cannot be."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return code  # who reads the pieces says where
    if len(tree.body) in (1, 2) and isinstance(tree.body[0], ast.FunctionDef):
        return _called(tree.body[0])
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return None if output else code
    if not output:
        return code
    last = tree.body[-1].value
    try:
        expected = ast.literal_eval(output)
    except (ValueError, SyntaxError):
        return None
    before = "\n".join(code.split("\n")[: last.lineno - 1])
    shown = ast.unparse(last)
    check = f"assert {shown}" if expected is True else f"assert ({shown}) == {expected!r}"
    return f"{before}\n{check}".strip()


def _called(function: ast.FunctionDef) -> str:
    """Return a test that is a function of the student's names, and the call of it."""
    function.decorator_list = []
    names = ", ".join(argument.arg for argument in function.args.args)
    return f"{ast.unparse(function)}\n{function.name}({names})"
