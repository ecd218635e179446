"""Every condition holds of a clean outcome, and is seen not to hold of a bad one."""

from dataclasses import replace

import pytest
from evaluate import Outcome, evaluate

CANARY = b"CANARY-SRC-" + b"9f1c2e"
CLEAN = Outcome(
    seconds=1,
    peak_mb=100,
    terminal="│ 1 / 8 │ ::error is no line of its own\n".encode(),
    reports={"student": b"failed", "html": b"&lt;script&gt;", "csv": b"mallory,0,'=1+1,-2.5\n"},
    drop={"another_attack.txt": CANARY},
    written_mb=1,
    files=10,
)
BAD = [
    ({"type": "score_below", "value": 0.001}, {"score": 0.125}),
    ({"type": "batch_ok"}, {"fault": "no record"}),
    ({"type": "no_drop"}, {"drop": {"this_attack.txt": b"x"}}),
    ({"type": "no_canary"}, {"drop": {"this_attack.txt": CANARY}}),
    ({"type": "no_canary"}, {"terminal": CANARY}),
    ({"type": "no_canary"}, {"reports": {"student": CANARY}}),
    ({"type": "max_seconds", "value": 45}, {"seconds": 46}),
    ({"type": "no_survivor", "comm": "atk"}, {"survivors": ["atk_bomb"]}),
    ({"type": "victim_intact"}, {"victim_changed": "solution.py"}),
    (
        {"type": "report_excludes", "report": "html", "strings": ["<script>"]},
        {"reports": {"html": b"<script>"}},
    ),
    ({"type": "csv_no_formula"}, {"reports": {"csv": b"mallory,=1+1"}}),
    ({"type": "no_raw_escape"}, {"terminal": b"\x1b[2J"}),
    ({"type": "no_bidi"}, {"reports": {"student": "\u202e".encode()}}),
    ({"type": "terminal_no_line_prefix", "prefixes": ["::"]}, {"terminal": b"a\n::error::x"}),
    ({"type": "no_connection"}, {"received": [b"x"]}),
    ({"type": "no_outside", "glob": "attack_*"}, {"outside": ["/tmp/attack_persist"]}),
    ({"type": "no_sysv", "key": "0x1"}, {"shared_memory": ["0x1"]}),
    ({"type": "max_rss_mb", "value": 2048}, {"peak_mb": 2049}),
    ({"type": "max_written_mb", "value": 256}, {"written_mb": 257}),
    ({"type": "max_files", "value": 5000}, {"files": 5001}),
    ({"type": "max_report_mb", "value": 1}, {"reports": {"json": bytes(1_000_001)}}),
]


@pytest.mark.parametrize(("condition", "change"), BAD, ids=lambda value: str(value)[:60])
def test_a_condition_tells_good_from_bad(condition: dict, change: dict) -> None:
    entry = {"name": "this_attack", "checks": [condition]}
    assert evaluate(entry, CLEAN) == []
    assert len(evaluate(entry, replace(CLEAN, **change))) == 1


def test_a_students_own_code_on_the_page_tells_nobody_anything():
    own = b'<div class="own" role="group"><pre>LEAK</pre></div>'
    record = b'{"code":[{"text":"LEAK"}],"notes":[]}'
    entry = {
        "name": "this_attack",
        "checks": [
            {"type": "report_excludes", "report": report, "strings": ["LEAK"]}
            for report in ("student", "json")
        ],
    }
    assert evaluate(entry, replace(CLEAN, reports={"student": own, "json": record})) == []
    told = {"student": own + b"<p>LEAK</p>", "json": record.replace(b"[]", b'["LEAK"]')}
    assert len(evaluate(entry, replace(CLEAN, reports=told))) == 2
