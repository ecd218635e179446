"""Put two known mistakes together, to recognise a student who made both.

Runs in: the judge.
"""

import re
import types
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

_DEFINITION = re.compile(r"^(?=def |class |@)", re.MULTILINE)  # where one begins at top level
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]+")

Edit = tuple[int, int, list[str]]  # the tokens from ... to of the reference become these


def combined(
    reference: types.ModuleType, right: str, first: str, second: str
) -> types.ModuleType | None:
    """Return the reference with both mistakes in it, or None if they do not fit together.

    Args:
        right: the text of the reference; `first` and `second` are that with one mistake in it.
    """
    text = _both(*(_DEFINITION.split(whole) for whole in (right, first, second)))
    if not text:
        return None
    module = types.ModuleType("two_mistakes")
    module.__dict__.update(reference.__dict__)
    try:
        exec(compile(text, "two_mistakes.py", "exec"), module.__dict__)
    except SyntaxError:  # together they are no Python
        return None
    return module


def _both(right: Sequence[str], first: Sequence[str], second: Sequence[str]) -> str:
    """Return those definitions that one of the mistakes changes, with both, or ""."""
    if not len(right) == len(first) == len(second):
        return ""
    changed = [texts for texts in zip(right, first, second, strict=True) if len({*texts}) > 1]
    merged = [_merged(*texts) for texts in changed]
    return "" if None in merged else "".join(filter(None, merged))


def _merged(right: str, first: str, second: str) -> str | None:
    """Return a text with the changes of both, or None if they change the same tokens."""
    tokens = _TOKEN.findall(right)
    edits = sorted(_edits(tokens, first) + _edits(tokens, second), key=lambda edit: edit[:2])
    for (start, stop, _), (following, end, _) in pairwise(edits):
        if following < stop or start == end:
            return None
    for start, stop, new in reversed(edits):
        tokens[start:stop] = new
    return "".join(tokens)


def _edits(tokens: Sequence[str], text: str) -> list[Edit]:
    others = _TOKEN.findall(text)
    head = _shared(tokens, others)
    tail = min(_shared(tokens[::-1], others[::-1]), len(tokens) - head, len(others) - head)
    mine, theirs = tokens[head : len(tokens) - tail], others[head : len(others) - tail]
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    return [
        (head + i, head + j, theirs[k:m])
        for tag, i, j, k, m in matcher.get_opcodes()
        if tag != "equal"
    ]


def _shared(tokens: Sequence[str], others: Sequence[str]) -> int:
    """Return how many tokens at the beginning are the same."""
    pairs = enumerate(zip(tokens, others, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(tokens), len(others)))
