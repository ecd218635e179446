"""A .tar of negative and huge sizes, endless extended headers, paths upwards and sparse files."""

import io
import sys
import tarfile
from pathlib import Path

stub = b"def softmax_loss(W, X, y, reg):\n    return 0.0, W\n"
with tarfile.open(Path(sys.argv[1], "solution.tar"), "w", format=tarfile.PAX_FORMAT) as archive:
    for name, headers in (
        ("solution.py", {"path": "../../alice/solution.py"}),
        ("/etc/attack_probe", {}),
        ("x" * 5000, {"size": "-1"}),
        ("sub/solution.py", {"GNU.sparse.size": str(1 << 60), "GNU.sparse.major": "1"}),
    ):
        member = tarfile.TarInfo(name)
        member.size, member.pax_headers = len(stub), headers
        archive.addfile(member, io.BytesIO(stub))
    for kind in (b"K", b"L", b"x", b"g", b"S", b"V", b"Z"):
        member = tarfile.TarInfo("odd")
        member.type = kind
        archive.addfile(member)
