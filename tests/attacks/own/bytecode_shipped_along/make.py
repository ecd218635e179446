"""Ships bytecode, .pth files and settings of tools beside a module that is imported by name."""

import importlib.util
import marshal
import sys
from pathlib import Path

folder = Path(sys.argv[1])
deed = (
    "import os\n"
    "open('/dev/shm/attack_persist_bytecode', 'w').close()\n"
    "def softmax_loss(*args):\n    from reference import softmax_loss as right\n    return right(*args)\n"
)
header = importlib.util.MAGIC_NUMBER + bytes(12)
code = header + marshal.dumps(compile(deed, "helper.py", "exec"))
tag = sys.implementation.cache_tag
(folder / "__pycache__").mkdir()
for path in (f"__pycache__/helper.{tag}.pyc", f"__pycache__/numpy.{tag}.pyc", "helper.pyc", "given.pyc"):
    (folder / path).write_bytes(code)
(folder / "solution.py").write_text(
    "try:\n    from helper import softmax_loss\n"
    "except ImportError:\n    def softmax_loss(W, X, y, reg):\n        return 0.0, W\n"
)
(folder / "attack.pth").write_text(f"import os; {deed.splitlines()[1]}\n")
(folder / "attack.so").write_bytes(b"\x7fELF" + bytes(60))
(folder / "pytest.ini").write_text("[pytest]\naddopts = -p helper --pyargs helper\n")
(folder / "conftest.py").write_text("def pytest_runtest_makereport(item, call):\n    call.excinfo = None\n")
(folder / "given").mkdir()
(folder / "given" / "__init__.py").write_text(deed)
