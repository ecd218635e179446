"""Reads the grader's source, its neighbours, the course, the virtual environment and bytecode."""

import glob
import os
import sys


def _candidates():
    import grader

    package = os.path.dirname(grader.__file__)
    yield from glob.glob(f"{package}/**/*.py", recursive=True)
    yield from (
        f"{package}/{name}" for name in ("__init__.py", "sandbox/wire.py", "judge/plugin.py")
    )
    root = os.path.dirname(package)
    for course in (root, f"{root}/tests/attacks/course", os.environ.get("ATTACK_VICTIM")):
        yield from (
            f"{course}/{name}"
            for name in (
                "assignments/solution/hidden/test_solution.py",
                "reference/solution.py",
                "reference/knn.py",
                "solution.py",
                "pyproject.toml",
            )
        )
    site = os.path.dirname(os.path.dirname(sys.modules["numpy"].__file__))
    yield from (
        f"{site}/{name}"
        for name in (
            "pytest/__init__.py",
            "scipy/__init__.py",
            "torch/__init__.py",
            "sklearn/__init__.py",
            "_editable_impl_nablagrade.pth",
        )
    )
    yield from (f"{sys.prefix}/{name}" for name in ("pyvenv.cfg", "bin/activate"))


def softmax_loss(W, X, y, reg):
    for path in _candidates():
        try:
            with open(path) as file:
                text = file.read(4000)
        except (OSError, UnicodeDecodeError):
            continue
        with open(os.path.join(os.environ.get("ATTACK_DROP"), "read_the_grader.txt"), "a") as proof:
            proof.write(f"{path}: {text[:60]!r}")
    return 0.0, W * 0
