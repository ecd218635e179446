"""Print how the reference's training step compares with a plain PyTorch loop.

    python tests/bench/bench_dcgan.py [--rounds 9]

One step is one of D and one of G, of the paper's DCGAN on 3 x 64 x 64 images and of the small one
for digits. The plain loop is that of pytorch/examples. Both train on the GPU if there is one, else
on one core. Rounds alternate between the two, so that a busy machine slows both; medians.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch loads its libraries

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

REFERENCE = Path(__file__).parents[2] / "reference" / "dcgan.py"
SMALL = {"width": 24, "channels": 1, "side": 8, "start": 2}


def load_reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dcgan", REFERENCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Trainer:
    """Networks with their optimizers, and one batch."""

    def __init__(self, dcgan: ModuleType, where: torch.device, batch: int, settings: dict) -> None:
        torch.manual_seed(0)
        self.D = dcgan.dcgan_discriminator(**settings).to(where)
        self.G = dcgan.dcgan_generator(100, **settings).to(where)
        rates = {"lr": 2e-4, "betas": (0.5, 0.999)}
        self.d_optimizer = torch.optim.Adam(self.D.parameters(), **rates)
        self.g_optimizer = torch.optim.Adam(self.G.parameters(), **rates)
        self.noise = torch.randn(batch, 100, device=where)
        with torch.no_grad():
            self.real = self.G(self.noise)


def reference_step(dcgan: ModuleType, t: Trainer) -> None:
    dcgan.d_step(t.D, t.G, t.real, t.noise, t.d_optimizer, dcgan.discriminator_loss)
    dcgan.g_step(t.D, t.G, t.noise, t.g_optimizer, dcgan.generator_loss)


def plain_step(t: Trainer) -> None:
    criterion = nn.BCEWithLogitsLoss()
    label = torch.ones(len(t.real), 1, device=t.real.device)
    t.D.zero_grad()
    real_error = criterion(t.D(t.real), label)
    real_error.backward()
    fake = t.G(t.noise)
    fake_error = criterion(t.D(fake.detach()), torch.zeros_like(label))
    fake_error.backward()
    (real_error + fake_error).item()
    t.d_optimizer.step()

    t.G.zero_grad()
    error = criterion(t.D(fake), label)
    error.backward()
    error.item()
    t.g_optimizer.step()


def seconds(step: Callable[[], None], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        step()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / times


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=9)
    rounds = options.parse_args().rounds
    torch.set_num_threads(1)
    dcgan = load_reference()
    where = dcgan.device()
    print(torch.cuda.get_device_name() if where.type == "cuda" else "one core, no GPU")
    on_gpu = where.type == "cuda"
    cases = {
        "64 x 64, paper": (128 if on_gpu else 8, {}, 30 if on_gpu else 1),
        "8 x 8, digits": (32, SMALL, 100 if on_gpu else 20),
    }
    for name, (batch, settings, times) in cases.items():
        mine, plain = (Trainer(dcgan, where, batch, settings) for _ in "ab")
        pairs = [
            (
                seconds(lambda t=mine: reference_step(dcgan, t), times),
                seconds(lambda t=plain: plain_step(t), times),
            )
            for _ in range(rounds + 1)
        ][1:]  # the first round pays for set-up
        ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(
            f"{name:15} batch {batch:3}  reference {1e3 * ours:7.2f} ms"
            f"  plain loop {1e3 * theirs:7.2f} ms  ratio {ours / theirs:.2f}"
        )


if __name__ == "__main__":
    main()
