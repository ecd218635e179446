"""Where a statement may start, told line by line, in code that need not parse.

Runs in: the conductor and the judge.
"""

import re
from dataclasses import dataclass

_MARK = re.compile(r"""\\.|\"{3}|'{3}|["'#()\[\]{}]""")


@dataclass(frozen=True)
class Between:
    """What is open between two lines of code."""

    depth: int = 0  # brackets
    quote: str = ""  # a string, by what ends it
    continued: bool = False  # a backslash at the end of the line

    @property
    def statements(self) -> bool:
        """Nothing is open: the next line may start a statement."""
        return not (self.depth or self.quote or self.continued)

    def after(self, line: str) -> "Between":
        depth, quote = self.depth, self.quote
        for mark in _MARK.findall(line):
            if quote:
                quote = "" if mark.startswith(quote) else quote
            elif mark == "#":
                return Between(depth)
            elif mark[0] in "\"'":
                quote = mark
            elif mark in "([{":
                depth += 1
            elif mark in ")]}":
                depth = max(0, depth - 1)
        continued = line.endswith("\\")
        if len(quote) == 1 and not continued:  # a plain string ends with its line
            quote = ""
        return Between(depth, quote, continued and not quote)
