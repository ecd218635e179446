"""How strongly this machine can hold workers, and whether that is enough.

Runs in: the conductor.
"""

from grader.errors import SandboxError
from grader.sandbox.level import LEVELS, Isolation, Level, probe

UNGUARDED = Isolation("split", {})  # for a student's own code, when no suite is hidden


def find_isolation(demanded: Level) -> Isolation:
    """Return the strongest isolation that works here.

    Raises:
        SandboxError: it is weaker than `demanded`.
    """
    found = probe()
    if LEVELS.index(found.level) > LEVELS.index(demanded):
        why = "; ".join(f"{layer}: {state}" for layer, state in found.layers.items())
        raise SandboxError(
            f"isolation: this machine reaches {found.level}, and {demanded} is demanded ({why}); "
            f"grade elsewhere, or accept it with --isolation {found.level}"
        )
    return found
