"""The suite of an assignment, as the settings of a judge describe it.

Runs in: the warm judge.
"""

import platform
import sys
from collections.abc import Callable
from importlib.metadata import version

import grader
from grader.engine.messages import JudgeSettings, Ready
from grader.judge.declared import Declared
from grader.judge.plugin import collect
from grader.judge.suite import Suite

_LIBRARIES = ("numpy", "pytest", "torch")


def collect_suite(settings: JudgeSettings, serve: Callable[[Suite], None]) -> None:
    """Collect what the settings name, and call `serve` with it, once.

    Raises:
        CourseError: the suite cannot be imported or declares a check wrongly.
    """
    assignment = settings.assignment
    declared = Declared(
        suites={visibility: assignment.suite(visibility) for visibility in settings.suites},
        exercises=assignment.exercises,
        reference=assignment.reference_path,
        data=assignment.data_dir,
        mistakes=settings.mistakes,
        given=settings.given,
    )
    collect(declared, serve)


def ready(suite: Suite) -> Ready:
    """Return what the conductor is told of a suite that is collected."""
    libraries = {name: version(name) for name in _LIBRARIES if name in sys.modules}
    versions = {"nablagrade": grader.__version__, "python": platform.python_version(), **libraries}
    return Ready(suite.checks, suite.fixed, versions)
