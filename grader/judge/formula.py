"""Explain wrong answers by parts of the formula: one is missing, or has another weight.

Runs in: the judge.

Where the reference has a parameter such as `reg` that weighs a term, its answer is the rest plus
the term: the rest is its answer with a weight of 0. A wrong answer is then looked for as  a * rest
+ c * term  with simple a and c, such as 0, 1/2, 2, -1 or the number of rows; or as the right answer
and something that does not belong there, such as a bias times `reg`. One relation has to hold in
every call, those of passed checks too, whose sizes and values were drawn at random.
"""

import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.judge.pattern import agree
from grader.judge.replay import Call

_TOL = 1e-8
_WHOLE_TOL = 1e-6  # of an answer that passed
_NUMBERS = {
    "-1": -1.0,
    "2": 2.0,
    "1/2": 0.5,
    "4": 4.0,
    "1/4": 0.25,
    "log(2)": math.log(2),
    "1 / log(2)": 1 / math.log(2),
    "log(10)": math.log(10),
    "1 / log(10)": 1 / math.log(10),
}
_SCALES = {
    "0": "is missing",
    "1/2": "is half of what it should be",
    "2": "is twice what it should be",
    "-1": "has the wrong sign",
    "log(2)": "equals the right one times log(2): the logarithm has another base",
    "log(10)": "equals the right one times log(10): the logarithm has another base",
    "1 / log(2)": "equals the right one times 1/log(2): the logarithm to the base 2 was taken",
    "1 / log(10)": "equals the right one times 1/log(10): the logarithm to the base 10 was taken",
}
_KNOWN_TERMS = {"reg": "the regularisation"}  # what a term is called by its weight

Factor = tuple[str, Callable[["Part"], float | None]]  # in words; its value in a call


@dataclass(frozen=True)
class Part:
    """One number or array of an answer, wrong or right, and the call that it comes from."""

    name: str
    call: Call
    pick: Callable[[Any], Any]  # takes the part from an answer
    theirs: np.ndarray
    right: np.ndarray

    @property
    def is_right(self) -> bool:
        return agree(self.theirs, self.right, _WHOLE_TOL)


def parts_of(calls: Sequence[Call]) -> dict[str, list[Part]]:
    """Return the parts of all answers by their names; an answer of another form has none."""
    found: dict[str, list[Part]] = {}
    for call in calls:
        for part in _parts(call):
            found.setdefault(part.name, []).append(part)
    return found


@dataclass(frozen=True)
class Formula:
    """What is said of the parts that are wrong."""

    said: dict[str, list[str]]  # a relation -> the parts that it holds for
    open_parts: list[str]  # wrong, and nobody knows why

    @property
    def text(self) -> str:
        return " ".join(_sentence(names, relation) for relation, names in self.said.items())


def formula_of(calls: Sequence[Call]) -> Formula:
    """Return what is wrong in the parts of the answers."""
    said: dict[str, list[str]] = {}
    open_parts = []
    for name, parts in parts_of(calls).items():
        if all(part.is_right for part in parts):
            continue
        if relation := _relation(parts):
            said.setdefault(relation, []).append(name)
        else:
            open_parts.append(name)
    return Formula(said, open_parts)


def _sentence(names: Sequence[str], relation: str) -> str:
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return relation.format(listed[:1].upper() + listed[1:] if listed == "the answer" else listed)


def _relation(parts: Sequence[Part]) -> str:
    """Return how every answer of a part is related to the right one, with {} for it, or ""."""
    if not any(part.theirs.any() for part in parts):
        return ""  # zeros fit many a relation
    searches = (_scaled, _weighted, _surplus)
    return next(filter(None, (search(parts) for search in searches)), "")


def _scaled(parts: Sequence[Part]) -> str:
    """The right answer times a number, or a size of an argument."""
    for words, value in _factors(parts):
        if _holds(parts, lambda part: _times(value(part), part.right)):  # noqa: B023
            return f"{{}} {_scale_words(words)}."
    return ""


def _weighted(parts: Sequence[Part]) -> str:
    """A term of the formula is missing or has another weight, or the rest of it has."""
    for weight in dict.fromkeys(name for part in parts for name in _scalars(part.call)):
        terms = [_split(part, weight) for part in parts]
        if not any(split is not None and split[1].any() for split in terms):
            continue
        known = {id(part): split for part, split in zip(parts, terms, strict=True)}
        if any(split is None for split in terms):
            continue
        if text := _weights(parts, known, weight):
            return text
    return ""


def _weights(
    parts: Sequence[Part], known: Mapping[int, tuple[np.ndarray, np.ndarray] | None], weight: str
) -> str:
    one: Factor = ("1", lambda part: 1.0)
    factors = [one, *_factors(parts), ("0", lambda part: 0.0)]
    for rest_words, rest_value in factors:
        for term_words, term_value in factors:
            if rest_words == "0" or rest_words == term_words:
                continue

            def made(part: Part) -> np.ndarray | None:
                split, a, c = known[id(part)], rest_value(part), term_value(part)  # noqa: B023
                if split is None or a is None or c is None:
                    return None
                return a * split[0] + c * split[1]

            if _holds(parts, made):
                return _weight_words(rest_words, term_words, weight)
    return ""


def _weight_words(rest: str, term: str, weight: str) -> str:
    called = _KNOWN_TERMS.get(weight)
    its = f"{called} (`{weight}`)" if called else f"the term with `{weight}`"
    told = []
    if rest != "1":
        told.append(f"the part without `{weight}` {_scale_words(rest)}")
    if term != "1":
        told.append(f"{its} {_scale_words(term)}")
    return f"In {{}}, {'; '.join(told)}."


def _scale_words(factor: str) -> str:
    """Say by how much something is too large or too small."""
    if factor in _SCALES:
        return _SCALES[factor]
    if factor.startswith("1 / "):
        size = factor.removeprefix("1 / ")
        return f"equals the right one times 1 / {size}: it is divided by that once too often"
    advice = ": divide it by that" if "(" in factor else ""
    return f"equals the right one times {factor}{advice}"


def _surplus(parts: Sequence[Part]) -> str:
    """The right answer, and something that was added and does not belong there."""
    for words, value in _additions(parts[0]):

        def made(part: Part) -> np.ndarray | None:
            added = value(part)  # noqa: B023
            return None if added is None else part.right + added

        if _holds(parts, made):
            return f"In {{}}, {words} is added, which does not belong there."
    return ""


def _holds(parts: Sequence[Part], made: Callable[[Part], np.ndarray | None]) -> bool:
    """Tell whether what is made of each part is the answer that was given."""
    for part in parts:
        answer = made(part)
        if answer is None or np.shape(answer) != part.theirs.shape:
            return False
        if not agree(part.theirs, np.asarray(answer), _WHOLE_TOL if part.is_right else _TOL):
            return False
    return True


def _times(factor: float | None, array: np.ndarray) -> np.ndarray | None:
    return None if factor is None else factor * array


def _factors(parts: Sequence[Part]) -> list[Factor]:
    """Return simple numbers, and the sizes of arguments, all with their inverses."""
    found = [_constant(words, number) for words, number in _NUMBERS.items()]
    for words, size in _sizes(parts[0].call):
        found += [(words, size), (f"1 / {words}", _inverse_of(size))]
    return found


def _constant(words: str, number: float) -> Factor:
    return words, lambda part: number


def _inverse_of(size: Callable[[Part], float | None]) -> Callable[[Part], float | None]:
    def inverse(part: Part) -> float | None:
        value = size(part)
        return 1 / value if value else None

    return inverse


def _sizes(call: Call) -> Iterator[Factor]:
    """Yield the sides of the arrays that are passed, in words, and those less 1."""
    for name, array in _arrays(call.named).items():
        letters = _letters(call, name)
        for axis, side in zip(range(array.ndim), ("rows", "columns"), strict=False):
            words = f"the number of {side if array.ndim > 1 else 'entries'} of {name}"
            words = f"{letters[axis]} ({words})" if axis < len(letters) else f"({words})"
            yield words, _side(name, axis, 0)
            yield f"({words} - 1)", _side(name, axis, 1)
        if array.ndim > 1:
            yield f"(the size of {name})", _side(name, None, 0)


def _letters(call: Call, name: str) -> list[str]:
    """Return what the reference calls the sides of an argument, as in `X: (N, D) float`."""
    told = re.search(rf"^ *{name}: \(([\w ,]+)\)", inspect.getdoc(call.function) or "", re.M)
    letters = [letter.strip() for letter in told[1].split(",") if letter.strip()] if told else []
    return letters if all(map(str.isidentifier, letters)) else []


def _side(name: str, axis: int | None, less: int) -> Callable[[Part], float | None]:
    """Return what looks up a side of an argument, or its size."""

    def side(part: Part) -> float | None:
        array = np.asarray(part.call.named.get(name))
        if axis is None:
            return float(array.size)
        return float(array.shape[axis] - less) if axis < array.ndim else None

    return side


def _split(part: Part, weight: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the right answer without the term that an argument weighs, and that term."""
    if weight not in part.call.named:
        return None
    try:
        rest = _as_floats(part.pick(part.call.with_argument(weight, 0.0)))
    except Exception:  # the reference refuses a weight of 0
        return None
    if rest is None or rest.shape != part.right.shape:
        return None
    return rest, part.right - rest


def _scalars(call: Call) -> list[str]:
    """Return the arguments that are floats, and may weigh a term."""
    return [name for name, value in call.named.items() if isinstance(value, float) and value]


def _arrays(named: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {name: value for name, value in named.items() if isinstance(value, np.ndarray)}


def _additions(part: Part) -> Iterator[tuple[str, Callable[[Part], np.ndarray | None]]]:
    """Yield what might have been added: arrays at hand, times a weight; or their sum of squares."""
    scalars = _scalars(part.call)
    weights = [
        (f"{number} * {name}", name, value)
        for name in scalars
        for number, value in ((2, 2.0), ("0.5", 0.5))
    ]
    weights += [(name, name, 1.0) for name in scalars]
    for array in _at_hand(part.call):
        for words, name, number in weights:
            yield (
                f"{words} * {array}",
                lambda part, a=array, n=name, v=number: _weighed(part, a, n, v, squares=False),  # type: ignore[misc]
            )
            yield (
                f"{words} * sum({array}^2)",
                lambda part, a=array, n=name, v=number: _weighed(part, a, n, v, squares=True),  # type: ignore[misc]
            )
    for name in scalars:
        yield name, lambda part, n=name: np.full_like(part.right, part.call.named[n])  # type: ignore[misc]


def _weighed(
    part: Part, array: str, weight: str, number: float, *, squares: bool
) -> np.ndarray | None:
    values, scale = _at_hand(part.call).get(array), part.call.named.get(weight)
    if values is None or scale is None:
        return None
    if squares:
        return number * scale * np.sum(values**2) if not part.right.ndim else None
    return number * scale * values if values.shape == part.right.shape else None


def _at_hand(call: Call) -> dict[str, np.ndarray]:
    """Return the float arrays among the arguments, and among the attributes of the object."""
    found = dict(call.named)
    owner = getattr(call.function, "__self__", None)
    for value in vars(owner).values() if hasattr(owner, "__dict__") else ():
        if isinstance(value, dict):
            found |= value
    return {name: array for name, array in _arrays(found).items() if array.dtype.kind == "f"}


def _parts(call: Call) -> Iterator[Part]:
    for name, pick in _picks(call.right, _names(call), call.pick):
        right = _as_floats(pick(call.right))
        if right is None:
            continue
        try:
            theirs = _as_floats(pick(call.theirs))
        except (TypeError, LookupError):
            theirs = None
        if theirs is None or theirs.shape != right.shape:
            theirs = np.full_like(right, np.nan)  # no relation holds for it
        yield Part(name, call, pick, theirs, right)


def _picks(
    right: Any, names: Sequence[str], pick: int | None
) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    if isinstance(right, tuple):
        for i, part in enumerate(right):
            name = names[i] if len(names) == len(right) else f"answer {i + 1}"
            for label, inner in _picks(part, [name], None):
                yield label, lambda value, i=i, inner=inner: inner(value[i])  # type: ignore[misc]
    elif isinstance(right, dict):
        for key in right:
            yield str(key), lambda value, key=key: value[key]  # type: ignore[misc]
    else:
        known = names[pick] if pick is not None and pick < len(names) else None
        yield known or (names[0] if len(names) == 1 else "the answer"), lambda value: value


def _names(call: Call) -> list[str]:
    """Return what the reference calls its answers: the names below "Returns:"."""
    text = inspect.getdoc(call.function) or ""
    _, _, returns = text.partition("Returns:\n")
    lines = returns.split("\n\n")[0].split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    names = [line.strip().partition(":")[0] for line in lines if _is_named(line, margin)]
    return names


def _is_named(line: str, margin: int) -> bool:
    name, colon, _ = line.strip().partition(":")
    return bool(colon) and name.isidentifier() and len(line) - len(line.lstrip()) == margin


def _as_floats(value: Any) -> np.ndarray | None:
    """Return a number, an array or a tensor as float64, or None for anything else."""
    if value is None or isinstance(value, (str, bytes, dict, list, tuple)):
        return None
    try:
        array = np.asarray(value.detach() if hasattr(value, "detach") else value)
    except Exception:  # an object with an __array__ of its own
        return None
    return deepcopy(array).astype(np.float64) if array.dtype.kind in "biuf" else None
