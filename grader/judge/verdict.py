"""Turn what a check raised into an outcome and the lines that the student may read.

Runs in: the judge.

A public check may show values. A hidden one shows what kind of thing went wrong and where in
the student's own file: never an input, an expected value, or words of the student's code
(which could carry inputs out).
"""

import dis
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from grader.errors import CourseError, did_you_mean
from grader.judge.blame import CheckFault, where, who_caused
from grader.judge.digits import shortened
from grader.judge.failures import Mismatch, StudentError, SubmissionEnded, Unpassable
from grader.record.check import Outcome, Visibility
from grader.record.figure import Figure
from grader.record.inert import inert as one_line
from grader.sandbox.wire.frame import Unsendable

Place = Callable[[str, int], str]  # (file, line) -> "line 12", "cell 3, line 4", or ""
_HINT = "hint:"
_FUNCTION = re.compile(  # how pytest shows a function in the text of an assertion
    r"<(?:function|built-in function|built-in method|bound method) (?:\w+\.)*(\w+)"
    r"(?: of [^<>]*(?:<[^<>]*>)?)?(?: at 0x[0-9a-f]+)?>"
)
_OF_SUBMISSION = re.compile(  # where pytest says that a function is the submission's
    r"\n *\+ +where <the function \w+> = <the submission>\.\w+(?=\n|\Z)"
)
_COMPARED = re.compile(
    r"\Aassert (?P<got>[^\n]+) == (?P<right>[^\n]+)"
    r"\n *\+ +where (?P=got) = <the function (?P<name>\w+)>\((?P<args>[^\n]*)\)(?=\n|\Z)"
)
_ADDRESS_OF = re.compile(rf" *\+ +where {_FUNCTION.pattern} = ")
_ADVICE = "Use -v to get"  # pytest's advice to those who run it; students do not
_ONE_PROCESS = "a submission is one process: n_jobs=1, num_workers=0 and threads work"
_NO_GPU = "there may be no GPU here: work on the device of the inputs, x.device"
_HINTS = {  # the beginning of an exception of the submission -> hint
    "RecursionError": "a function calls itself without end",
    "NameError: name 'xrange'": "xrange is Python 2; in Python 3 it is called range",
    "TypeError: 'float' object cannot be interpreted as an integer": (
        "a size or an index is a float: divide whole numbers with //, not with /"
    ),
    "TypeError: Cannot cast ufunc": (
        "an array of whole numbers takes no fractions: make it of floats, as np.zeros does"
    ),
    "IndexError: index": (
        "an index lies past the end of its array: the size of that array has to come from the "
        "inputs, not from one example"
    ),
    "IndexError: list index out of range": (
        "an index lies past the end of its list: the length of that list has to come from the "
        "inputs, not from one example"
    ),
    "RuntimeError: banned in this assignment": (
        "the assignment bans a function that this line calls: write it yourself"
    ),
    "PermissionError: [Errno 1] starts a process": _ONE_PROCESS,
    "PermissionError: [Errno 1] works with other processes": _ONE_PROCESS,
    "AssertionError: Torch not compiled with CUDA": _NO_GPU,
    "RuntimeError: Found no NVIDIA driver": _NO_GPU,
    "RuntimeError: Cannot initialize CUDA": _NO_GPU,
    "TypeError: type torch.cuda.": _NO_GPU,
    "AttributeError: module 'numpy' has no attribute 'int'": "np.int is gone: write int",
    "AttributeError: module 'numpy' has no attribute 'float'": "np.float is gone: write float",
    "AttributeError: module 'numpy' has no attribute 'bool'": "np.bool is gone: write bool",
}
_EMPTY_SLICE = re.compile(r"could not broadcast .* into shape \((?:.*\b)?0\b")  # such as (3,0,0)
_EMPTY_HINT = "a slice is empty: with pad = 0, [pad:-pad] is [0:0]; write [pad : pad + H]"
_IMPORTS = {  # a name -> the statement that everybody gets it from
    "F": "import torch.nn.functional as F",
    "math": "import math",
    "nn": "from torch import nn",
    "np": "import numpy as np",
    "numpy": "import numpy",
    "plt": "import matplotlib.pyplot as plt",
    "random": "import random",
    "torch": "import torch",
}
_CALLS = (  # a TypeError in no line of the submission: how it was called -> hint
    (
        re.compile(r"(\w+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: (.+)"),
        "the starter gives {1} of {0} a default: keep it",
    ),
    (
        re.compile(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'"),
        "{0} lacks the parameter `{1}`: keep the names of the starter",
    ),
    (
        re.compile(r"\w+\.(\w+)\(\) takes \d+ positional arguments? but"),
        "{0} lacks a parameter of the starter; the first of a method is `self`",
    ),
    (
        re.compile(r"(\w+)\(\) takes (?:from )?\d+ (?:to \d+ )?positional arguments? but"),
        "{0} lacks a parameter of the starter: keep its first line",
    ),
)
_CALLED_AS_STARTER = (
    "compare the first line of the function with the starter's: it is called by that"
)
FIXTURES = (
    "submission",
    "reference",
    "rng",
    "close",
    "gradcheck",
    "grad",
    "faster",
    "credit",
    "answers",
    "data",
)
# Raised within a library, or while the worker called the function or took its result apart.
_NOWHERE = " outside the submission's own lines"


@dataclass(frozen=True)
class Verdict:
    """How one test ended, in the student's words."""

    outcome: Outcome
    message: str = ""
    hint: str = ""
    share: float = 1.0
    figure: Figure | None = None


def judge_error(
    error: BaseException, visibility: Visibility, last_answer: str, place: Place
) -> Verdict:
    """Return the verdict for a test that raised `error`.

    Args:
        last_answer: what the submission answered last, in words without values; "" for nothing.
        place: says where a line of the submission is.

    Raises:
        CheckFault: the check itself is wrong.
        GraderError: the grader itself failed.
    """
    if isinstance(error, BaseExceptionGroup):  # Hypothesis has found several failures
        return judge_error(error.exceptions[0], visibility, last_answer, place)
    match who_caused(error, answered=bool(last_answer)):
        case "grader":
            raise error
        case "check":
            raise CheckFault(_wrong_check(error)) from error
        case "submission":
            return _verdict(error, visibility == "public", last_answer, place)


def _wrong_check(error: BaseException) -> str:
    """Return what is wrong with a check, for its author."""
    match error:
        case CourseError():
            return f"{error}{where(error)}"
        case pytest.FixtureLookupError():
            near = did_you_mean(str(error.argname), FIXTURES)
            known = "" if near else f"; there are {', '.join(FIXTURES)}"
            return f"no fixture is named {error.argname!r}{near}{known}"
        case pytest.skip.Exception():
            return f"the check skipped itself: {error}"
    return f"{type(error).__name__}: {error}{where(error)}"


def _verdict(error: BaseException, public: bool, last_answer: str, place: Place) -> Verdict:
    match error:
        case SubmissionEnded():
            return Verdict(error.outcome, inert(told_end(error, place)), error.hint)
        case StudentError():
            hint = inert(_hint_of(error, public))
            return Verdict(Outcome.ERROR, inert(_raised(error, public, place)), hint)
        case Mismatch():
            detail = f"\n{inert(error.detail)}" if public and error.detail else ""
            figure = error.draw() if public else None
            return Verdict(Outcome.FAILED, inert(error.safe) + detail, error.hint, figure=figure)
        case Unpassable() | Unsendable():
            text = f"the answer could not be passed on; the last answer: {last_answer}"
            return Verdict(Outcome.FAILED, inert(text))
        case MemoryError():
            return Verdict(
                Outcome.MEMORY,
                inert(f"the answer is too large to check; the last answer: {last_answer}"),
            )
        case AssertionError() | pytest.fail.Exception():
            return _assertion(str(error), public)
    return Verdict(Outcome.FAILED, _unusable(error, public, last_answer))


def told_end(ended: SubmissionEnded, place: Place) -> str:
    """Return how a submission ended, and at which line, if that is known."""
    places = [place(step.file, step.line) for step in ended.steps]
    known = [line for line in places if line]
    return f"{ended.message}, at {known[-1]}" if known else ended.message


def inert(text: str) -> str:
    return one_line(text, 2000, keep="\n")


def _assertion(text: str, public: bool) -> Verdict:
    lines = text.strip().splitlines()
    hints = [line for line in lines[:2] if line.startswith(_HINT)]  # numpy's err_msg is second
    hint = inert(hints[0].removeprefix(_HINT).strip()) if hints else ""
    noise = [line for line in lines if _ADDRESS_OF.match(line) or _ADVICE in line]
    rest = "\n".join(line for line in lines if line not in (*hints, *noise))
    rest = _FUNCTION.sub(r"\1", rest.rstrip())
    rest = _COMPARED.sub(_plainly, _OF_SUBMISSION.sub("", rest))
    told = inert(shortened(rest)) if public else "the answer is wrong"
    return Verdict(Outcome.FAILED, told, hint)


def _plainly(match: re.Match[str]) -> str:
    """Return "f(1) gave 2, expected 3" for what pytest says of `assert f(1) == 3`."""
    got = "None (is a return missing?)" if match["got"] == "None" else match["got"]
    return f"{match['name']}({match['args']}) gave {got}, expected {match['right']}"


def _raised(error: StudentError, public: bool, place: Place) -> str:
    places = [(place(step.file, step.line), step.function) for step in error.steps]
    where = f" at {places[-1][0]}" if places and places[-1][0] else ""
    if error.kind == "NotImplementedError":
        return f"not written yet (NotImplementedError{where})"
    if not public:  # the function's name is hidden, too: the student chose it
        return f"{error.kind}{where or _NOWHERE}"
    steps = [f"\n  {line}, in {function}" for line, function in places if line]
    return f"{error.kind}: {error.text}{''.join(steps)}"


def import_of(name: str) -> str:
    """Return how to mend a name that is missing for want of an import, or ""."""
    statement = _IMPORTS.get(name)
    return f"{name} is not imported: write `{statement}` at the top" if statement else ""


def _hint_of(error: StudentError, public: bool) -> str:
    told = str(error)
    if error.kind == "TypeError" and not error.steps:
        return _hint_of_call(error.text, public)
    if _EMPTY_SLICE.search(told):
        return _EMPTY_HINT
    return next((hint for start, hint in _HINTS.items() if told.startswith(start)), "")


def _hint_of_call(text: str, public: bool) -> str:
    """Say what is wrong with the parameters of a function that could not even be called."""
    for pattern, hint in _CALLS:
        if match := pattern.search(text):
            return hint.format(*match.groups()) if public else _CALLED_AS_STARTER
    return ""


def _unusable(error: BaseException, public: bool, last_answer: str) -> str:
    words = f"{type(error).__name__}: {error}" if public else type(error).__name__
    if count := _unpacked_into(error):
        words = f"expected {count} values"
    return inert(f"the answer could not be used ({words}); the last answer: {last_answer}")


def _unpacked_into(error: BaseException) -> int:
    """Return how many values `a, b = answer` wanted, if that is what raised, else 0."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None:
        return 0
    operation, argument = step.tb_frame.f_code.co_code[step.tb_lasti :][:2]
    return argument if dis.opname[operation] == "UNPACK_SEQUENCE" else 0
