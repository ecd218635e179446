"""The environment variables of a warm process and of its workers.

Runs in: the conductor and the warm worker. The first starts warm processes with these variables,
and the second sets them anew for its workers.
"""

_NO_FOLDER = "/nonexistent"
_NO_THREADS = {  # an import that starts a thread leaves a process that cannot be isolated
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow, and with it pandas and others
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime
    "JOBLIB_MULTIPROCESSING": "0",  # scikit-learn: n_jobs=2 computes in one process, without locks
}


def environment(scratch: str | None = None) -> dict[str, str]:
    """Return all that a warm process and its workers need of an environment.

    Args:
        scratch: the folder that a worker can write to, if there is one.
    """
    folder = scratch or _NO_FOLDER
    own = {"LANG": "C.UTF-8", "USER": "worker", "HOME": folder, "TMPDIR": folder}
    return {**own, **threads_alone(), **_NO_THREADS}


def threads_alone() -> dict[str, str]:
    """Return what lets libraries compute in one thread, so that sums are the same everywhere."""
    return dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
