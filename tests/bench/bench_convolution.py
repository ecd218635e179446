"""Print how the reference's fast convolution compares with torch's, on CPU.

    OMP_NUM_THREADS=1 python tests/bench/bench_convolution.py

Images (64, 3, 32, 32), filters (32, 3, 3, 3), stride 1, pad 1, forward and backward, float64 on
both sides, one thread each unless OMP_NUM_THREADS says otherwise. Rounds alternate between the
two, so that a busy machine slows both; medians of CPU time. The course's aim is a ratio below 5.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy and torch load their libraries

import importlib.util
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

ROUNDS = 15
REFERENCE = Path(__file__).parents[2] / "reference" / "convnet.py"


def load_reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("convnet", REFERENCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    convnet = load_reference()
    rng = np.random.default_rng(0)
    x, w, b = (rng.normal(size=shape) for shape in [(64, 3, 32, 32), (32, 3, 3, 3), (32,)])
    dout = rng.normal(size=(64, 32, 32, 32))
    param = {"stride": 1, "pad": 1}
    tensors = [torch.tensor(array, requires_grad=True) for array in (x, w, b)]
    upstream = torch.tensor(dout)

    _, cache = convnet.conv_forward_fast(x, w, b, param)
    out = torch.nn.functional.conv2d(*tensors, padding=1)
    pairs = {
        "forward": (
            lambda: convnet.conv_forward_fast(x, w, b, param),
            lambda: torch.nn.functional.conv2d(*tensors, padding=1),
        ),
        "backward": (
            lambda: convnet.conv_backward_fast(dout, cache),
            lambda: torch.autograd.grad(out, tensors, upstream, retain_graph=True),
        ),
    }
    for name, (ours, theirs) in pairs.items():
        ours(), theirs()  # the first call pays for set-up
        rounds = [(cpu_seconds(ours), cpu_seconds(theirs)) for _ in range(ROUNDS)]
        mine, torchs = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(
            f"{name:8}  reference {1e3 * mine:6.1f} ms  torch {1e3 * torchs:6.1f} ms"
            f"  ratio {mine / torchs:.2f}"
        )


if __name__ == "__main__":
    main()
