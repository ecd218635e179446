"""References in which one exercise gives an answer that is none: no check may pay for it.

Some answers are the same whatever is asked (None, an empty array, the arguments themselves), others
have the shape of the right one and none of its values. Those of the second kind come from the
right function, which is called with copies, so that it leaves no trace on what it was given. They
are not tried where it answers by such a trace, or asks a function that it was given, which cannot
be copied.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from grader.course.source import FUNCTION, Definition, ParsedModule

# What a student could return without any work, as Python: `args` are the arguments, without self.
_FIXED = {
    "None": "None",
    "an empty array": "__import__('numpy').array([])",
    "an empty list": "[]",
    "an empty dict": "{}",
    "0": "0.0",
    "1": "1.0",
    "NaN": "float('nan')",
    "a text": "'answer'",
    "a number of 1200 digits": "10**1200",
    "a module": "__import__('math')",
    "an object": "object()",
    "its first argument": "(args or (None,))[0]",
    "all its arguments": "args",
}
_SHAPED = {
    "zeros of the right shape": "_filled(right(), 0)",
    "ones of the right shape": "_filled(right(), 1)",
    "NaN of the right shape": "_filled(right(), float('nan'))",
    "all but the last row": "_shorter(right())",
    "the last row twice": "_longer(right())",
    "the right answer as text": "_text(right())",
}
_HELPERS = '''

def _mapped(value, change):
    """Apply `change` to the numbers and arrays of an answer."""
    if isinstance(value, dict):
        return {key: _mapped(part, change) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(_mapped(part, change) for part in value)
    return change(value)


def _state(value):
    """Return what tells whether a value was changed."""
    if isinstance(value, (tuple, list)):
        return [_state(part) for part in value]
    if isinstance(value, dict):
        return {repr(key): _state(part) for key, part in value.items()}
    value = value.detach().numpy() if hasattr(value, "detach") else value
    if hasattr(value, "tobytes"):
        return value.tobytes()
    if callable(value) and not hasattr(value, "state_dict"):
        raise NotImplementedError("it asks a function that it was given")
    return _state(vars(value)) if hasattr(value, "__dict__") else repr(value)


def _filled(value, number):
    def fill(part):
        if hasattr(part, "new_full"):  # a tensor
            whole = part.dtype.is_floating_point or number == number
            return part.detach().new_full(part.shape, number if whole else 0)
        import numpy

        part = numpy.asarray(part)
        return numpy.full(part.shape, number, float if number != number else part.dtype)[()]

    return _mapped(value, fill)


def _text(value):
    if isinstance(value, str):
        raise NotImplementedError("a text is the right answer")
    return str(value)


def _shorter(value):
    return _mapped(value, lambda part: part[:-1] if getattr(part, "ndim", 0) else ())


def _longer(value):
    def longer(part):
        if not getattr(part, "ndim", 0):
            return [part, part]
        rows = list(range(len(part))) + [-1] * bool(len(part))
        return part[rows]

    return _mapped(value, longer)
'''
_FUNCTION = """
def {name}(*args, **kwargs):
    import copy
    {without_self}
    def right():
        given = copy.deepcopy(({all_arguments}, kwargs))
        before = _state(given)
        try:
            found = {right}(*given[0], **given[1])
        except Exception:
            return None  # a refusal would be right, and is no answer
        if found is None or _state(given) != before:
            raise NotImplementedError("it answers by what it does to its arguments")
        return found
    return {answer}
"""


def non_answers(source: ParsedModule, exercises: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield an exercise, what it answers in words, and the text of a reference that does so.

    Args:
        source: the reference.
        exercises: those of the assignment. Methods such as __init__, whose value nobody reads,
            are left out, and so is what has a decorator.

    Raises:
        CourseError: an exercise is not defined in the reference.
    """
    for exercise in exercises:
        found = source.definition(exercise)
        if isinstance(found.node, FUNCTION):
            method = "." in source.full_name(exercise)
            if not found.node.decorator_list and not found.node.name.startswith("__"):
                for words, answer in {**_FIXED, **_SHAPED}.items():
                    yield exercise, words, _replaced(source, found, answer, method)
        elif isinstance(value := getattr(found.node, "value", None), ast.Dict):
            for words, answer in _FIXED.items():
                if "args" not in answer:
                    yield exercise, words, _refilled(source, found, value, answer)


def _replaced(source: ParsedModule, found: Definition, answer: str, method: bool) -> str:
    """Return the reference, the function under another name and one that answers after it."""
    assert isinstance(found.node, FUNCTION)
    name, row = found.node.name, found.node.lineno - 1
    right = f"_right_{name}"
    lines = list(source.lines)
    lines[row] = re.sub(rf"\bdef\s+{name}\b", f"def {right}", lines[row], count=1)
    text = _FUNCTION.format(
        name=name,
        right=f"type(me).{right}" if method else right,
        without_self="me, *args = args" if method else "",
        all_arguments="[me, *args]" if method else "list(args)",
        answer=answer,
    )
    margin = " " * found.node.col_offset
    new = [margin + line if line.strip() else "" for line in text.split("\n")]
    return "\n".join([*lines[: found.last], *new, *lines[found.last :], *_HELPERS.split("\n")])


def _refilled(source: ParsedModule, found: Definition, value: ast.Dict, answer: str) -> str:
    """Return the reference, every value of a dict constant replaced."""
    keys = ", ".join(ast.unparse(key) for key in value.keys if key is not None)
    new = f"{found.name} = dict.fromkeys([{keys}], {answer})"
    return "\n".join([*source.lines[: found.first - 1], new, *source.lines[found.last :]])
