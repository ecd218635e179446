"""The environment variables of a warm process and of its workers.

Runs in: the conductor and the warm worker. The first starts warm processes with these variables,
and the second sets them anew for its workers.
"""

_NO_FOLDER = "/nonexistent"


def environment(scratch: str | None = None) -> dict[str, str]:
    """Return all that a warm process and its workers need of an environment.

    Args:
        scratch: the folder that a worker can write to, if there is one.
    """
    folder = scratch or _NO_FOLDER
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {"LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder, **threads}
