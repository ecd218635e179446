"""nablagrade: automated grading and assignments for machine-learning courses."""


def __getattr__(name: str) -> str:
    """Return `__version__` when it is asked for: to read it is slower than to import all the rest.

    It is that of the commit which was installed; an editable checkout may have moved on since.
    """
    from importlib.metadata import PackageNotFoundError, version

    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return version("nablagrade")
    except PackageNotFoundError:  # a source tree that was never installed
        return "unknown"
