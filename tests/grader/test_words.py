"""What docstrings and comments say of the code is so: its names exist, its process is named."""

import ast
import builtins
import inspect
import io
import keyword
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "grader"
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = ("engine", "judge", "intake", "sandbox")
WITH_A_PROCESS = [
    path
    for path in MODULES
    if path.relative_to(PACKAGE).parts[0] in ROOMS and path.name != "__init__.py"
]
PROCESSES = {
    "the conductor",
    "the judge",
    "the warm judge",
    "the warm worker",
    "the supervisor",
    "the worker",
}
FOREIGN = {  # names of students, of other programs, and of arguments in a line to type
    "FD",
    "Net",
    "TABLE",
    "TRICK",
    "forward",
    "getsource",
    "gh",
    "hide_code",
    "load_ext",
    "progress_apply",
    "repos",
    "set_default_dtype",
    "softmax_loss",
    "softmax_loss_naive",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def processes_named(text: str) -> list[str]:
    """Return the processes of the line `Runs in: ...` behind the summary of a docstring."""
    doc = ast.get_docstring(ast.parse(text)) or ""
    parts = doc.split("\n\n")
    found = re.match(r"Runs in: ([^.]+)\.", parts[1]) if len(parts) > 1 else None
    return re.split(r", and |, | and ", found[1]) if found else []


@pytest.mark.parametrize("path", WITH_A_PROCESS, ids=name_of)
def test_a_module_says_in_which_process_it_runs(path):
    named = processes_named(path.read_text(encoding="utf-8"))
    assert named
    assert set(named) <= PROCESSES


@pytest.mark.parametrize(
    "text",
    ['"""Summary."""', '"""Summary.\n\nMore.\n"""', '"""Summary.\n\nRuns in: the kitchen.\n"""'],
)
def test_a_module_that_names_no_process_is_found(text):
    named = processes_named(text)
    assert not named or not set(named) <= PROCESSES


def spoken(text: str) -> Iterator[str]:
    """Yield the docstrings and the comments of a module."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def words_of_code(text: str) -> set[str]:
    """Return the names of a module, and the words of its strings that are no docstrings."""
    docs = {doc.strip() for doc in spoken(text)}
    strings = {
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    words = {token.string for token in tokens if token.type == tokenize.NAME}
    for string in strings:
        if inspect.cleandoc(string).strip() not in docs:
            words |= set(re.findall(r"\w+", string))
    return words


def known_words() -> set[str]:
    words = set(dir(builtins)) | set(keyword.kwlist) | set(sys.stdlib_module_names)
    for path in MODULES:
        words |= words_of_code(path.read_text(encoding="utf-8"))
    for folder in ("grader", "tests", "docs", "reference", "assignments"):
        for path in (ROOT / folder).rglob("*"):
            words |= {path.name, path.stem}
    return words


def unknown(text: str, known: set[str]) -> set[str]:
    """Return the words in backticks that no code knows."""
    quoted = [part for spoke in spoken(text) for part in re.findall(r"`([^`\n]+)`", spoke)]
    return {
        word
        for part in quoted
        for word in re.findall(r"[A-Za-z_]\w+", part)
        if word not in known and word not in FOREIGN
    }


@pytest.fixture(scope="module")
def known() -> set[str]:
    return known_words()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_name_in_backticks_exists(path, known):
    assert unknown(path.read_text(encoding="utf-8"), known) == set()


def test_a_name_that_is_gone_is_found(known):
    assert unknown('"""See `no_such_function` of `Encoder`."""', known) == {"no_such_function"}
    assert unknown("x = 1  # as `no_such_function` says\n", known) == {"no_such_function"}
