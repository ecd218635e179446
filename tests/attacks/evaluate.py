"""The conditions of an attack: what must hold after it was graded, so that the grader has won."""

import csv
import fnmatch
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

CANARY = re.compile(rb"CANARY-(?:SRC|VAL|ENV|OTHER)-[0-9a-f]{6}")
_ESCAPE = re.compile(rb"\x1b|\xc2\x9b")
_BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OWN_CODE = re.compile(rb'<div class="own".*?</div>', re.DOTALL)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")

Entry = dict[str, Any]  # of a manifest
Condition = dict[str, Any]


@dataclass
class Outcome:
    """What was observed of one attack."""

    score: float = 0.0  # of 1; 0 without a record
    fault: str = ""  # why the batch is broken: no record of this one, or not all to an honest one
    seconds: float = 0.0
    peak_mb: float = 0.0  # of the grader and all below it, together
    terminal: bytes = b""
    reports: dict[str, bytes] = field(default_factory=dict)  # "html", "student", "csv", "json"
    drop: dict[str, bytes] = field(default_factory=dict)  # files of the drop folder
    victim_changed: str = ""
    received: list[bytes] = field(default_factory=list)  # by the listeners
    survivors: list[str] = field(default_factory=list)  # names of processes left behind
    outside: list[str] = field(default_factory=list)  # paths that should not be there
    shared_memory: list[str] = field(default_factory=list)  # SysV keys, in hex
    written_mb: float = 0.0
    files: int = 0  # made by the grader


def evaluate(entry: Entry, outcome: Outcome) -> list[str]:
    """Return what does not hold; nothing: the grader has won."""
    return [
        problem
        for condition in entry["checks"]
        for problem in _CONDITIONS[condition["type"]](condition, entry, outcome)
    ]


def _score_below(condition: Condition, _: Entry, outcome: Outcome) -> Iterator[str]:
    if not outcome.score < condition["value"]:
        yield f"it got {outcome.score:.3f} of 1"


def _batch_ok(_: Condition, __: Entry, outcome: Outcome) -> Iterator[str]:
    if outcome.fault:
        yield f"the batch broke: {outcome.fault}"


def _no_drop(_: Condition, entry: Entry, outcome: Outcome) -> Iterator[str]:
    for name, data in outcome.drop.items():
        if name.startswith(entry["name"]):
            yield f"it left a proof: {data[:200].decode('utf-8', 'replace').strip()}"


def _no_canary(_: Condition, entry: Entry, outcome: Outcome) -> Iterator[str]:
    places = {"terminal": outcome.terminal, "report": outcome.reports.get("student", b"")}
    places |= {name: data for name, data in outcome.drop.items() if name.startswith(entry["name"])}
    for place, data in places.items():
        if found := CANARY.search(data):
            yield f"{found[0].decode()} in {place}"


def _max_seconds(condition: Condition, _: Entry, outcome: Outcome) -> Iterator[str]:
    if outcome.seconds > condition["value"]:
        yield f"it took {outcome.seconds:.0f} s"


def _no_survivor(condition: Condition, _: Entry, outcome: Outcome) -> Iterator[str]:
    if any(condition["comm"] in name for name in outcome.survivors):
        yield f"{condition['comm']} lives on"


def _victim_intact(_: Condition, __: Entry, outcome: Outcome) -> Iterator[str]:
    if outcome.victim_changed:
        yield f"the victim's files changed: {outcome.victim_changed}"


def _report_excludes(condition: Condition, _: Entry, outcome: Outcome) -> Iterator[str]:
    told = _without_own_code(outcome.reports.get(condition["report"], b""))
    for text in condition["strings"]:
        if text.encode() in told:
            yield f"{condition['report']} holds {text!r}"


def _without_own_code(report: bytes) -> bytes:
    """Return a report without the student's own code: what stands in it is no secret to anybody."""
    if report.startswith(b"{"):
        return json.dumps(json.loads(report) | {"code": []}, ensure_ascii=False).encode()
    return _OWN_CODE.sub(b"", report)


def _csv_no_formula(_: Condition, __: Entry, outcome: Outcome) -> Iterator[str]:
    text = outcome.reports.get("csv", b"").decode("utf-8", "replace")
    for cell in (cell for row in csv.reader(io.StringIO(text)) for cell in row):
        if cell.startswith(tuple("=+-@\t\r")) and not _NUMBER.fullmatch(cell):
            yield f"a cell starts a formula: {cell[:40]!r}"


def _no_raw_escape(_: Condition, __: Entry, outcome: Outcome) -> Iterator[str]:
    for place, data in (outcome.reports | {"terminal": outcome.terminal}).items():
        if _ESCAPE.search(data):
            yield f"an escape character in {place}"


def _no_bidi(_: Condition, __: Entry, outcome: Outcome) -> Iterator[str]:
    for place, data in (outcome.reports | {"terminal": outcome.terminal}).items():
        if _BIDIRECTIONAL.search(data.decode("utf-8", "replace")):
            yield f"a character that reverses reading in {place}"


def _terminal_no_line_prefix(condition: Condition, _: Entry, outcome: Outcome) -> Iterator[str]:
    for line in outcome.terminal.decode("utf-8", "replace").splitlines():
        if line.startswith(tuple(condition["prefixes"])):
            yield f"a line of the terminal starts {line[:40]!r}"
            return


def _no_connection(_: Condition, __: Entry, outcome: Outcome) -> Iterator[str]:
    if outcome.received:
        yield f"a listener got {outcome.received[0][:40]!r}"


def _no_outside(condition: Condition, _: Entry, outcome: Outcome) -> Iterator[str]:
    for path in outcome.outside:
        if fnmatch.fnmatch(os.path.basename(path), condition["glob"]):
            yield f"it left {path}"


def _no_sysv(condition: Condition, _: Entry, outcome: Outcome) -> Iterator[str]:
    if condition["key"] in outcome.shared_memory:
        yield f"it left shared memory {condition['key']}"


def _max_rss_mb(condition: Condition, _: Entry, outcome: Outcome) -> Iterator[str]:
    if outcome.peak_mb > condition["value"]:
        yield f"{outcome.peak_mb:.0f} MiB were in use"


def _max_written_mb(condition: Condition, _: Entry, outcome: Outcome) -> Iterator[str]:
    if outcome.written_mb > condition["value"]:
        yield f"{outcome.written_mb:.0f} MiB were written"


def _max_files(condition: Condition, _: Entry, outcome: Outcome) -> Iterator[str]:
    if outcome.files > condition["value"]:
        yield f"{outcome.files} files were made"


def _max_report_mb(condition: Condition, _: Entry, outcome: Outcome) -> Iterator[str]:
    for name, data in outcome.reports.items():
        if len(data) > condition["value"] * 1e6:
            yield f"{name} has {len(data) / 1e6:.1f} MB"


_CONDITIONS: dict[str, Callable[[Condition, Entry, Outcome], Iterator[str]]] = {
    "score_below": _score_below,
    "batch_ok": _batch_ok,
    "no_drop": _no_drop,
    "no_canary": _no_canary,
    "max_seconds": _max_seconds,
    "no_survivor": _no_survivor,
    "victim_intact": _victim_intact,
    "report_excludes": _report_excludes,
    "csv_no_formula": _csv_no_formula,
    "no_raw_escape": _no_raw_escape,
    "no_bidi": _no_bidi,
    "terminal_no_line_prefix": _terminal_no_line_prefix,
    "no_connection": _no_connection,
    "no_outside": _no_outside,
    "no_sysv": _no_sysv,
    "max_rss_mb": _max_rss_mb,
    "max_written_mb": _max_written_mb,
    "max_files": _max_files,
    "max_report_mb": _max_report_mb,
}
