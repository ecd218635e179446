"""What IPython understands in a line and Python does not: magics, shell commands, help, prompts.

Runs in: the conductor and the judge.

Each such line becomes the Python that it stands for, or `pass`, so that the other lines keep their
numbers. Lines inside a string or between brackets are left alone: there, "% b" is an operator.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from grader.intake.code.lexing import Between

_NOT_PYTHON = re.compile(
    r"""(?:
        [%!]                                      # %%time, !pip list
      | (?:pip3?|conda|cat|cd|cp|echo|ldir|ls|mkdir|mv|rm|rmdir)\ +[^\s=,(.]  # without a %
    )""",
    re.VERBOSE,
)
_HELP = re.compile(r"\?|[%\w.*]+\?\??\s*$")  # ?name, name??
_LINE_MAGIC = re.compile(r"%(\w+)\s*(.*)$")
_ASSIGNED = re.compile(r"([A-Za-z_*][\w.,\[\]\ ]*=)\s*([%!])\s*(\w*)\s*(.*)$")
_OPTIONS = re.compile(r"(?:-[lsTDf]\s+\S+\s+|-\w+\s+)*")
_RUN = re.compile(r"(?:-\w+\s+)*[\"']?([^\"'\s]+)")
_SETTING = re.compile(r"(\w+)(?:\s*=\s*|\s+)(.+)$")
_STATEMENT = {"debug", "lprun", "memit", "mprun", "prun", "time"}  # they run what follows
_PYLAB = (
    "import numpy, matplotlib; from matplotlib import mlab, pylab, pyplot;"
    " import numpy as np; import matplotlib.pyplot as plt"
)
_PYLAB_STARS = (
    "; from numpy.fft import *; from numpy.random import *; from numpy.linalg import *;"
    " from numpy import *"
)
_PROMPT = re.compile(r"\s*>>>(?: |$)|(?:\[(?:nav|ins)\] )?In \[\d+\]: ")
_PROMPT_TAIL = re.compile(r"\s*(?:\.\.\.(?: |$)|\.{3,}: ?)")


@dataclass
class Python:
    """Python in the place of what IPython understands."""

    text: str = ""
    left_out: list[tuple[int, str]] = field(default_factory=list)  # line from 0, what stands there


def to_python(source: str, beside: Collection[str] | None = ()) -> Python:
    """Return `source` with Python for each line that only IPython understands.

    Args:
        beside: names of the modules that were handed in as well, which `%run` can run; None if
            that is not known.
    """
    lines: list[str] = []
    made = Python()
    between, in_command = Between(), False
    for number, line in enumerate(_without_prompts(_dedent(source.split("\n")))):
        code = line.lstrip()
        if in_command:
            lines.append("")
        elif between.statements and (python := _python(code, beside)) is not None:
            if not python:
                made.left_out.append((number, code))
            lines.append(_indentation(line) + (python or "pass"))
        else:
            between = between.after(line)
            lines.append(line)
            continue
        in_command = line.endswith("\\")
    made.text = "\n".join(lines)
    return made


def _python(code: str, beside: Collection[str] | None) -> str | None:
    """Return the Python for a line, "" if something is lost with it, None if it is Python."""
    if _HELP.match(code):
        return "pass"
    if assigned := _ASSIGNED.match(code):
        target, sign, name, rest = assigned.groups()
        return f"{target} {rest}" if (sign, name) == ("%", "time") and rest else ""
    if magic := _LINE_MAGIC.match(code):
        return _magic(magic[1], magic[2], beside)
    return "pass" if _NOT_PYTHON.match(code) else None


def _magic(name: str, rest: str, beside: Collection[str] | None) -> str:
    if name in _STATEMENT:
        return _OPTIONS.sub("", rest, count=1) or "pass"
    if name == "pylab":
        return _PYLAB + ("" if "--no-import-all" in rest else _PYLAB_STARS)
    if name == "run" and (path := _RUN.match(rest)):
        module = path[1].removeprefix("./").removesuffix(".py").replace("/", ".")
        is_module = beside is None and re.fullmatch(r"(?!.*\.ipynb$)\w+(\.\w+)*", module)
        is_there = is_module if beside is None else module in beside
        return f"from {module} import *" if is_there else ""
    if name in ("env", "set_env") and (setting := _SETTING.match(rest)):
        return f"import os; os.environ[{setting[1]!r}] = {setting[2]!r}"
    return "pass"


def _without_prompts(lines: list[str]) -> list[str]:
    """Take off prompts that were pasted with the code, if one begins a line outside a string."""
    between = Between()
    for line in lines:
        if between.statements and _PROMPT.match(line):
            return _dedent([_without_prompt(line) for line in lines])
        between = between.after(line)
    return lines


def _without_prompt(line: str) -> str:
    prompt = _PROMPT.match(line) or _PROMPT_TAIL.match(line)
    return line[prompt.end() :] if prompt else line


def _dedent(lines: list[str]) -> list[str]:
    """Take off the indentation of the first line, as IPython does."""
    first = next((line for line in lines if line.strip()), "")
    return [line.removeprefix(_indentation(first)) for line in lines]


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
