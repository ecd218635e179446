"""Shorten the numbers in a text to four significant digits, or to as many as tell them apart.

Runs in: the judge.
"""

import re

_DIGITS = 4  # significant
_MOST = 17  # that a float has
# A decimal fraction with more digits behind the point than anybody reads.
_FRACTION = re.compile(r"(?<![\w.])\d+\.\d+(?:e[+-]?\d+)?(?![\w.])")
_LONG = re.compile(r"\d+\.\d{5,}|\d\.\d+e")


def shortened(text: str) -> str:
    """Return `text` with its long decimal fractions shortened; different ones stay different."""
    short = _shortest({*_FRACTION.findall(text)})
    return _FRACTION.sub(lambda match: short[match[0]], text)


def _shortest(numbers: set[str]) -> dict[str, str]:
    for digits in range(_DIGITS, _MOST):
        short = {number: _short(number, digits) for number in numbers}
        if len({*map(float, short.values())}) == len({*map(float, numbers)}):
            return short
    return {number: number for number in numbers}


def _short(number: str, digits: int) -> str:
    if not _LONG.match(number):
        return number
    text = f"{float(number):.{digits}g}"
    return text if {*text} & {*".e"} else f"{text}.0"
