"""Put the course and the licence of the repository into what is built of this folder.

They lie one folder up in a checkout, and beside this file in a source distribution, which is what
a wheel may be built from.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COURSE = ("assignments", "reference")
PACKAGE = "nablagrade_course"


class CourseHook(BuildHookInterface[Any]):
    """Takes the folders of the course along."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        here = Path(self.root)
        source = here if (here / COURSE[0]).is_dir() else here.parent
        into = "" if self.target_name == "sdist" else f"{PACKAGE}/"
        build_data["force_include"] |= {str(source / name): into + name for name in COURSE}
