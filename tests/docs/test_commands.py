"""Every command line of the pages does what it says.

An indented block holds command lines, and nothing else. Two tutorials are run as they stand, and
what they print is compared. Of the other pages, each line of `grader` is run in a folder that holds
what the pages name. These are compared instead: with the parser of the command line, what never
ends or stands in a sentence; with pyproject.toml, what is installed; with the Makefile, what is
made. What administrates a contributor's machine is not run.
"""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import typer
from markdown_it import MarkdownIt
from nbformat import v4

from grader.cli import app
from grader.course.first import first_course

ROOT = Path(__file__).parents[2]
TUTORIALS = ROOT / "docs/tutorials"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SCRIPTS = {"instructor.md", "student.md"}  # of the tutorials: run as a whole, with their output
NOT_RUN = {
    "grader check --watch",  # it never ends
    "grader selftest",  # tests/grader/run/test_selftest.py does
}
ANSWERS = {"grader audit ps1 --course mycourse": 2}  # it asks for mistakes, which a person lists
IN_A_HANDOUT = {"grader check"}
ADMINISTRATION = {"git", "useradd", "chown", "runuser", "systemd-run"}  # of a contributor's machine
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Yield the blocks of code of a page: their language, "" if indented, and their text."""
    for token in MarkdownIt().parse(page):
        if token.type in ("fence", "code_block"):
            yield token.info, token.content


def lines_of(page: Path) -> list[str]:
    """Return the command lines of the indented blocks of a page, without their comments."""
    text = "\n".join(block for kind, block in blocks(page.read_text()) if kind == "")
    return [line.split("  #")[0].split(" # ")[0].strip() for line in text.splitlines() if line]


def quoted(page: Path) -> list[str]:
    """Return the calls of the grader in the sentences of a page."""
    return re.findall(r"`(grader [a-z][^`\n]*)`", page.read_text())


def every_line() -> dict[str, Path]:
    """Return each different command line with the first page that has it."""
    found: dict[str, Path] = {}
    for page in PAGES:
        if page.name not in SCRIPTS:
            found |= {line: page for line in lines_of(page) if line not in found}
    return found


LINES = every_line()


def of_program(*names: str) -> list[str]:
    return [line for line in LINES if line.split()[0] in names]


def test_each_line_is_of_a_program_that_these_tests_know():
    known = {"grader", "pip", "uv", "make", "python", *ADMINISTRATION}
    assert {line: page.name for line, page in LINES.items() if line.split()[0] not in known} == {}


def problem(line: str) -> str:
    """Return what the parser of the command line finds wrong with a call, or nothing."""
    _, *words = shlex.split(line)
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words and words[0] != "--version":
        if words[0] not in command.commands:
            return f"no command {words[0]}"
        command = command.commands[words.pop(0)]
    context = command.make_context("grader", [], resilient_parsing=True)
    context.resilient_parsing = False
    try:
        given, _, _ = command.make_parser(context).parse_args(words)
        for param in command.params:
            if given.get(param.name) and param.param_type_name == "option":
                param.type_cast_value(context, given[param.name])
    except Exception as error:
        return str(error) or type(error).__name__
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_parser_knows_each_call_in_lines_and_sentences(page):
    calls = [line for line in lines_of(page) if line.startswith("grader ")] + quoted(page)
    assert {call: problem(call) for call in calls if problem(call)} == {}


@pytest.mark.parametrize(
    "call",
    [
        "grader chek",
        "grader check --wach",
        "grader grade x --isolation safe",
        "grader export moodle",
    ],
)
def test_a_call_that_the_parser_does_not_know_is_found(call):
    assert problem(call)


def test_what_is_installed_are_distributions_and_extras_of_this_project():
    ours = [word for line in of_program("pip", "uv") for word in re.findall(r"nablagrade\S*", line)]
    assert len(ours) >= 5
    for requirement in ours:
        name, extras = re.fullmatch(
            r'(nablagrade|nablagrade-course)(?:\[(.*)\])?"?', requirement
        ).groups()
        assert set((extras or "").split(",")) <= {"", *PROJECT["optional-dependencies"]}, name


def test_what_is_made_is_in_the_makefile():
    targets = set(re.findall(r"^([\w./$()-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in of_program("make"):
        wanted = {w for w in shlex.split(line)[1:] if re.fullmatch("[a-z]+", w)}
        assert wanted <= targets | {"test"}, line


def test_python_scripts_that_lines_name_are_there():
    for line in of_program("python"):
        assert (ROOT / line.split()[1]).is_file(), line


@pytest.fixture(scope="module")
def shell(tmp_path_factory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run lines by bash, in which `grader` is the one that is tested."""
    programs = tmp_path_factory.mktemp("bin")
    (programs / "grader").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m grader.cli "$@"\n')
    (programs / "grader").chmod(0o755)
    environment = os.environ | {
        "COLUMNS": "80",
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }

    def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )

    return shell


def not_printed(expected: str, printed: str) -> list[str]:
    """Return the lines of an example that a program did not print in this order."""
    rest = iter([line.rstrip() for line in printed.splitlines()])
    wanted = [line.rstrip() for line in expected.splitlines() if line != "..."]
    return [line for line in wanted if line not in rest]


def test_a_line_that_is_not_printed_or_out_of_order_is_found():
    assert not_printed("one\n...\nthree\n", "one\ntwo\nthree\n") == []
    assert not_printed("one\nfour\n", "one\ntwo\n") == ["four"]
    assert not_printed("two\none\n", "one\ntwo\n") == ["one"]


def is_set_up(line: str) -> bool:
    return line.startswith(("pip install", "python3 -m venv", ". "))


@pytest.mark.processes
@pytest.mark.slow
def test_the_tutorial_for_instructors_prints_what_it_shows(shell, tmp_path):
    text = (TUTORIALS / "instructor.md").read_text()
    steps, shown = [], []
    for kind, block in blocks(text):
        if kind == "":
            steps += [line for line in block.splitlines() if not is_set_up(line)]
        else:
            shown.append(block)
    assert len(shown) == 6
    for attempt in ("first", "second", "third"):  # a busy machine may find no example in its second
        (tmp_path / attempt).mkdir()
        done = shell("\n".join(steps), tmp_path / attempt)
        assert done.returncode == 0, done.stdout
        if not (missing := not_printed("".join(shown), done.stdout)):
            break
    assert missing == []
    assert (tmp_path / attempt / "my-course/reports/index.html").is_file()


def replace_function(file: Path, text: str) -> None:
    """Put a function of a page in the place of the one of this name, and keep its docstring."""
    source = file.read_text()
    (new,) = ast.parse(text).body
    (old,) = (n for n in ast.parse(source).body if getattr(n, "name", "") == new.name)
    lines = source.splitlines(keepends=True)
    lines[old.lineno - 1 : old.end_lineno] = [text]
    file.write_text("".join(lines))


@pytest.mark.processes
@pytest.mark.slow
def test_the_tutorial_for_students_prints_what_it_shows(shell, tmp_path):
    write(tmp_path, "stats")
    assert shell("grader generate stats --out handouts", tmp_path).returncode == 0
    handout = tmp_path / "handouts/stats"
    (handout / "stats.ipynb").unlink()  # the student works in the script
    printed, examples = "", 0
    for kind, block in blocks((TUTORIALS / "student.md").read_text()):
        if kind == "python" and "def " in block:
            replace_function(handout / "stats.py", block)
        elif kind == "text":
            assert not_printed(block, printed) == []
            examples += 1
        elif kind == "" and not is_set_up(block):
            printed = shell(f"{block.strip()} || [ $? = 1 ]", handout).stdout
    assert examples == 3


def write(folder: Path, name: str) -> None:
    for path, content in first_course(name).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


@pytest.fixture(scope="module")
def world(shell, tmp_path_factory) -> Path:
    """A course, a student's work, and the other files that the pages name."""
    folder = tmp_path_factory.mktemp("world")
    for name in ("linear", "stats"):
        write(folder, name)
    shutil.copy(folder / "reference/linear.py", folder)
    for name in ("linear", "stats"):
        (folder / "submitted/ada").mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / f"reference/{name}.py", folder / f"submitted/ada/{name}.py")
    shutil.make_archive(str(folder / "submissions"), "zip", folder / "submitted")
    (folder / "roster.csv").write_text("id,name\nada,Ada Lovelace\nben,Ben\n")
    (folder / "grades.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Linear (123)\n"
        "    Points Possible,,,,,6\nAda,1,,ada,A,\n"
    )
    write_notebook(folder / "source/ps1/ps1.ipynb", *of_nbgrader())
    write_notebook(folder / "lab1.ipynb", *of_otter())
    done = shell("grader generate linear --out handout", folder)
    assert done.returncode == 0, done.stdout
    shutil.copy(folder / "reference/linear.py", folder / "handout/linear/linear.py")
    return folder


def write_notebook(path: Path, *cells: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(v4.new_notebook(cells=list(cells)), path)


def of_nbgrader() -> list[Any]:
    body = "def f(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION"
    cells = [v4.new_code_cell(body), v4.new_code_cell("assert f(1) == 2")]
    for cell, is_test in zip(cells, (False, True), strict=True):
        about = {"schema_version": 3, "grade_id": f"f{is_test}", "locked": is_test, "task": False}
        about |= {"grade": is_test, "solution": not is_test, "points": 1, "cell_type": "code"}
        cell.metadata["nbgrader"] = about
    return cells


def of_otter() -> list[Any]:
    raw, code = v4.new_raw_cell, v4.new_code_cell
    right = v4.new_output("execute_result", data={"text/plain": "2"}, execution_count=1)
    return [
        raw("# ASSIGNMENT CONFIG\nexport_cell: false"),
        raw("# BEGIN QUESTION\nname: q1\npoints: 1"),
        raw("# BEGIN SOLUTION"),
        code("def f(x):\n    return x + 1 # SOLUTION"),
        raw("# END SOLUTION"),
        raw("# BEGIN TESTS"),
        code("f(1)", outputs=[right]),
        raw("# END TESTS"),
        raw("# END QUESTION"),
    ]


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.parametrize("line", [x for x in of_program("grader") if x not in NOT_RUN])
def test_the_line_works(line, shell, world):
    if made := re.match(r"grader (?:new|grade .* --out) (\w[\w-]*)", line):
        shutil.rmtree(world / made[1], ignore_errors=True)  # a line before may have made it
    done = shell(line, world / "handout/linear" if line in IN_A_HANDOUT else world)
    assert done.returncode == ANSWERS.get(line, 0), done.stdout
