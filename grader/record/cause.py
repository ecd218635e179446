"""Why an exercise lost points: what all its checks together show, in words and for programs."""

from typing import Literal

import msgspec

Explain = Literal[
    "full",  # known mistakes, the smallest example and the line to look at
    "fast",  # all but the line
    "off",
]
CauseKind = Literal[
    "mistake",  # a known mistake answers as the submission does
    "mistakes",  # two of them together do
    "formula",  # a part of the formula is missing, or has another weight
    "nothing",  # the answers carry no information: None, zeros, what the starter gives
    "exception",  # it raises, and its words say why
    "follows",  # another exercise, which this one builds on, is wrong
    "unknown",  # nobody knows why, but more is known: an example, or a line
]
Confidence = Literal[
    "proven",  # it explains every answer of the exercise, and nothing simpler does
    "likely",  # it explains the answers of the checks that it names
]


class Cause(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong with an exercise."""

    kind: CauseKind
    confidence: Confidence
    text: str = ""  # what the student reads
    mistakes: list[str] = []  # their names in mistakes.toml
    checks: list[str] = []  # the ids of those that lost points and are explained
    example: str = ""  # the smallest call that is known to go wrong, as lines to run
    place: str = ""  # the line to look at, as the student finds it
    edit: str = ""  # for staff: what was changed there to make every check pass


class Explained(msgspec.Struct, frozen=True):
    """What the judge found out about an exercise after its last check."""

    exercise: str
    cause: Cause
    hints: dict[str, str]  # id of a check -> what replaces its hint
