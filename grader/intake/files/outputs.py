"""Cut out of a notebook's bytes what is not code: outputs, widgets' state, attached pictures.

Runs in: the conductor.

Nothing is decoded. A notebook is walked through as far as its cells; any other list or object is
passed over by its brackets, and `null` and as many line ends take its place, so that the places
that an error names stay right. Bytes that are no notebook come back as they are.
"""

import re
from collections.abc import Iterator

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SPACE = re.compile(rb"[ \t\n\r]*+")
_KEY = re.compile(rb"[ \t\n\r]*+(" + _STRING + rb")[ \t\n\r]*+:[ \t\n\r]*+", re.DOTALL)
_SCALAR = re.compile(_STRING + rb"|[^\s,\]}\[{:\"]++", re.DOTALL)
_WITH_CELLS = {b'"cells"', b'"worksheets"'}  # keys of a notebook; of a worksheet in format 3
_CODE = {b'"cell_type"', b'"source"', b'"input"'}  # keys of a cell
_MERGE = re.compile(rb"^<{7}(?: |$)", re.MULTILINE)
_STEPS = 300_000  # cells, keys and brackets that are looked at one by one: a second at most


def _balanced(levels: int) -> bytes:
    """Return a pattern for what has no open bracket, with brackets in it `levels` deep.

    The last alternative is empty, so that no round of the repetition fails: before 3.11.5 Python
    ends a possessive repetition where its failed round gave up, not where that round began
    (gh-100061). An atomic group round a plain repetition would do, but hold 500 bytes a round.
    """
    within = rb"|[\[{]" + _balanced(levels - 1) + rb"[\]}]" if levels else b""
    return rb'(?:[^"\[\]{}]++|' + _STRING + within + rb"|)*+"


_BALANCED = re.compile(_balanced(3), re.DOTALL)


class _NoNotebook(Exception):
    pass


def without_outputs(data: bytes) -> bytes:
    """Return a notebook without what is not code; anything else unchanged."""
    if _MERGE.search(data):  # the student needs its line, to mend it
        return data
    walk = _Walk(data)
    try:
        walk.notebook()
    except _NoNotebook:
        return data
    pieces, done = [], 0
    for start, end in walk.cut:
        pieces += [data[done:start], b"null", b"\n" * data.count(b"\n", start, end)]
        done = end
    return b"".join([*pieces, data[done:]])


class _Walk:
    """A way through the bytes of a notebook, which notes what can be cut out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._steps = _STEPS
        self.cut: list[tuple[int, int]] = []

    def notebook(self) -> None:
        if self._data.startswith(b"\xef\xbb\xbf"):  # a byte order mark
            self._at = 3
        for key in self._keys():
            if key in _WITH_CELLS and self._sees(b"["):
                for _ in self._items():
                    self._cell_or_worksheet()
            else:
                self._cut_out()

    def _cell_or_worksheet(self) -> None:
        if not self._sees(b"{"):
            self._cut_out()
            return
        for key in self._keys():
            if key == b'"cells"' and self._sees(b"["):
                for _ in self._items():
                    self._cell_or_worksheet()
            elif key in _CODE:
                self._pass_over()
            else:
                self._cut_out()

    def _keys(self) -> Iterator[bytes]:
        """Yield the keys of an object; the caller passes over a value before it asks on."""
        for _ in self._between(b"{", b"}"):
            key = _KEY.match(self._data, self._at)
            if key is None:
                raise _NoNotebook
            self._at = key.end()
            yield key[1]

    def _items(self) -> Iterator[None]:
        return self._between(b"[", b"]")

    def _between(self, opens: bytes, closes: bytes) -> Iterator[None]:
        """Yield before each of the parts that commas separate."""
        self._take(opens)
        if self._sees(closes):
            self._take(closes)
            return
        while self._steps > 0:
            self._steps -= 1
            yield
            if self._sees(closes):
                self._take(closes)
                return
            self._take(b",")
        raise _NoNotebook

    def _sees(self, mark: bytes) -> bool:
        space = _SPACE.match(self._data, self._at)
        assert space is not None
        self._at = space.end()
        return self._data.startswith(mark, self._at)

    def _take(self, mark: bytes) -> None:
        if not self._sees(mark):
            raise _NoNotebook
        self._at += 1

    def _cut_out(self) -> None:
        """Pass over a value, and cut it out unless it is a single one."""
        is_small = not (self._sees(b"[") or self._sees(b"{"))
        start = self._at
        self._pass_over()
        if not is_small:
            self.cut.append((start, self._at))

    def _pass_over(self) -> None:
        if not (self._sees(b"[") or self._sees(b"{")):
            scalar = _SCALAR.match(self._data, self._at)
            if scalar is None:
                raise _NoNotebook
            self._at = scalar.end()
            return
        depth = 0
        while True:
            self._steps -= 1
            mark = self._data[self._at : self._at + 1]
            if not mark or self._steps < 0:
                raise _NoNotebook
            depth += 1 if mark in b"[{" else -1
            self._at += 1
            if depth == 0:
                return
            balanced = _BALANCED.match(self._data, self._at)
            assert balanced is not None
            self._at = balanced.end()
