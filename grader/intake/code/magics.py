"""What IPython understands in a cell and Python does not: magics, shell commands, help.

Runs in: the judge.

Each such line becomes `pass`, so that the other lines keep their numbers. Lines inside a string
or between brackets are left alone: there, "% b" is an operator.
"""

import re

from grader.intake.code.lexing import Between

_PYTHON_BODY = {"capture", "memit", "mprun", "prun", "time", "timeit"}
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_NOT_PYTHON = re.compile(
    r"""\s*(?:
        [%!]                                      # %matplotlib inline, %%time, !pip list
      | \?                                        # ?name
      | [%\w.*]+\?\??\s*$                         # name?, name??
      | [A-Za-z_*][\w.,\[\]\ ]*=\s*[%!]\s*[\w.~/]   # files = !ls, result = %time f()
    )""",
    re.VERBOSE,
)


def other_language(source: str) -> str:
    """Return the cell magic that makes a cell something else than Python, or ""."""
    for line in source.split("\n"):
        magic = _CELL_MAGIC.match(line)
        if magic and magic[1] not in _PYTHON_BODY:
            return magic[1]
        if line.strip() and not magic:
            break
    return ""


def without_magics(source: str) -> str:
    """Return `source` with `pass` for each line that only IPython understands."""
    lines, between, in_command = [], Between(), False
    for line in _dedent(source.split("\n")):
        if in_command:
            lines.append("")
        elif between.statements and _NOT_PYTHON.match(line):
            lines.append(_indentation(line) + "pass")
        else:
            between = between.after(line)
            lines.append(line)
            continue
        in_command = line.endswith("\\")
    return "\n".join(lines)


def _dedent(lines: list[str]) -> list[str]:
    """Take off the indentation of the first line, as IPython does."""
    first = next((line for line in lines if line.strip()), "")
    return [line.removeprefix(_indentation(first)) for line in lines]


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
