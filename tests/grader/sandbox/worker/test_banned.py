"""What an assignment bans raises when it is called, however it was reached; nothing else does."""

import json
import subprocess
import sys
from textwrap import dedent

import pytest

pytestmark = pytest.mark.processes


def tried(text: str, banned: str = "numpy.linalg.solve") -> dict[str, str]:
    """Return what each function of a text gives in a process in which a name is banned."""
    program = f"""
import json
import numpy as np
from grader.sandbox.worker.banned import refuse
refuse(["{banned}"], ["numpy"])
A, b = np.eye(2), np.ones(2)
{dedent(text)}
told = {{}}
for name, function in list(globals().items()):
    if name.startswith("by_"):
        try:
            told[name] = str(function())
        except Exception as error:
            told[name] = f"{{type(error).__name__}}: {{error}}"
print(json.dumps(told))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_banned_function_raises_however_it_is_reached():
    told = tried("""
        def by_name(): return np.linalg.solve(A, b)
        def by_getattr(): return getattr(np.linalg, "sol" + "ve")(A, b)
        def by_vars(): return vars(np.linalg)["solve"](A, b)
        def by_import():
            from numpy.linalg import solve
            return solve(A, b)
        def by_its_module():
            from numpy.linalg import _linalg
            return _linalg.solve(A, b)
    """)
    assert len(told) == 5
    assert set(told.values()) == {"RuntimeError: banned in this assignment: numpy.linalg.solve"}


def test_everything_else_works_as_before():
    told = tried("""
        def by_inverse(): return (np.linalg.inv(A) @ b).tolist()
        def by_qr(): return np.linalg.qr(A)[0].shape
        def by_fit(): return len(np.polyfit([0, 1, 2], [0, 1, 2], 1))
    """)
    assert told == {"by_inverse": "[1.0, 1.0]", "by_qr": "(2, 2)", "by_fit": "2"}


@pytest.mark.parametrize("banned", ["numpy.linalg", "numpy.nothing", "scipy.linalg.solve"])
def test_a_module_or_what_is_not_there_is_no_error(banned):
    told = tried("def by_name(): return np.linalg.solve(A, b).tolist()", banned)
    assert told == {"by_name": "[1.0, 1.0]"}
