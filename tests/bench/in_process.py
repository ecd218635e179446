"""A conftest.py that runs a suite in pytest's own process: what the bench compares with."""

import copy
import importlib.util
import os
import time
import types
from collections.abc import Generator

import numpy as np
import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "points(n): what the check is worth")
    config.addinivalue_line("markers", "exercise(name): what the check is about")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """Tell the CPU time of the check's own work."""
    start = time.process_time()
    try:
        return (yield)
    finally:
        print(f"\nown work {time.process_time() - start}")


def load(path: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("answer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def submission() -> types.ModuleType:
    return load(os.environ["SUBMISSION"])


@pytest.fixture(scope="session")
def reference() -> types.ModuleType:
    return load(os.environ["REFERENCE"])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def close():
    def close(actual, expected, tol=1e-6, name="result"):
        np.testing.assert_allclose(
            np.asarray(actual), np.asarray(expected), rtol=0, atol=tol * np.abs(expected).max()
        )

    return close


@pytest.fixture
def gradcheck(close):
    def gradcheck(function, args, analytic, wrt=0, pick=None, name="gradient"):
        """Random directions, as the judge measures them."""
        rng = np.random.default_rng(7)
        for _ in range(8):
            direction = rng.choice([-1.0, 1.0], size=args[wrt].shape)
            step = 1e-5 / np.sqrt(direction.size)
            values = []
            for sign in (1, -1):
                moved = list(copy.deepcopy(args))
                moved[wrt] = args[wrt] + sign * step * direction
                value = function(*moved)
                values.append(value if pick is None else value[pick])
            slope = (values[0] - values[1]) / (2 * step)
            assert abs(slope - (analytic * direction).sum()) < 1e-5 * abs(analytic).max() * 100

    return gradcheck
