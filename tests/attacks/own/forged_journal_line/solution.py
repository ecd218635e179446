"""Raises, in a public check, text that is a line of the journal with full marks, after line ends of every kind."""

import json

_RECORD = json.dumps(
    {"schema": "nablagrade/record/v1", "submission": "mallory", "earned": 8, "possible": 8}
)


def numeric_gradient(f, x, h=1e-5):
    raise RuntimeError(
        "".join(f"{end}{_RECORD}" for end in ("\n", "\r\n", "\u2028", "\x85", "\x00", '"}\n'))
    )
