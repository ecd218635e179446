"""CPU per submission: one pytest process each, against judge and worker forked from warm ones.

    python tests/bench/bench_grading.py [--submissions 40] [--rounds 3]

Both graders run the same hidden checks of tests/bench/course on the same files; the public one
is run by `grader grade` alone. The rounds are interleaved, and each figure is the least of its
rounds: what other programs do to a machine only adds. CPU is user + system time of every process
that was waited for. Run it on an idle machine.
"""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from further import COURSE, FEW, REFERENCE, environment, grade, make_submissions

HERE = Path(__file__).parent
ASSIGNMENT = COURSE / "assignments" / "mixed"
SUITE = ASSIGNMENT / "hidden" / "test_mixed.py"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--submissions", type=int, default=40)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--pytest-runs", type=int, default=5, help="per round: they are slow")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        submissions = make_submissions(Path(folder) / "class", asked.submissions)
        plain, ours, further = [], [], []
        for number in range(asked.rounds):
            out = Path(folder) / f"out{number}"
            plain.append(cpu(lambda: pytest_each(submissions, asked.pytest_runs)))
            ours.append(cpu(lambda: further.extend(further_ones(submissions, out))))  # noqa: B023
        report(plain, ours, further, asked)


def report(
    plain: list[float], ours: list[float], further: list[float], asked: argparse.Namespace
) -> None:
    per_pytest = min(plain) / asked.pytest_runs
    whole = min(ours)
    marginal = min(further)
    own_work = min(own_work_of_the_checks() for _ in range(asked.rounds))
    suites = [SUITE, ASSIGNMENT / "public" / "test_mixed_public.py"]
    checks = sum(suite.read_text().count("def test_") for suite in suites)
    print(f"{os.cpu_count()} cores, python {sys.version.split()[0]}, {checks} checks")
    print("| grader | CPU s per submission | ratio |")
    print("|---|---|---|")
    print(f"| one pytest process each | {per_pytest:.2f} | 1 |")
    share = whole / asked.submissions
    print(f"| grader grade, {asked.submissions} | {share:.3f} | {share / per_pytest:.3f} |")
    print(f"| grader grade, each further one | {marginal:.3f} | {marginal / per_pytest:.3f} |")
    print(
        f"| the checks' own work, in one process | {own_work:.3f} | {own_work / per_pytest:.3f} |"
    )
    budget = 0.060 + 0.006 * checks
    print(f"overhead {1000 * (marginal - own_work):.0f} ms (budget {1000 * budget:.0f} ms)")
    print(f"times less than pytest: {per_pytest / share:.1f}")


def further_ones(submissions: list[Path], out: Path) -> list[float]:
    return grade(Path(sys.executable), submissions, out, len(submissions) - 2 * FEW)


def pytest_each(submissions: list[Path], count: int) -> None:
    """Run a pytest process for each of the first `count` submissions, as common graders do."""
    for file in submissions[:count]:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(SUITE, folder)
            shutil.copy(HERE / "in_process.py", Path(folder) / "conftest.py")
            run([sys.executable, "-m", "pytest", "-q", folder], file)


def own_work_of_the_checks() -> float:
    """Return the CPU seconds that the checks alone take, measured in one warm process."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(SUITE, folder)
        shutil.copy(HERE / "in_process.py", Path(folder) / "conftest.py")
        code = "import sys, pytest; [pytest.main(['-qs', sys.argv[1]]) for _ in range(2)]"
        done = run([sys.executable, "-c", code, folder], REFERENCE)
    told = [float(seconds) for seconds in re.findall("own work (.*)", done)]
    return sum(told[len(told) // 2 :])  # of the second time, when all is warm


def run(command: list[str], submission: Path) -> str:
    env = {**environment(), "SUBMISSION": str(submission), "REFERENCE": str(REFERENCE)}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of the child processes that `work` starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"  {used:.2f} s CPU, {time.monotonic() - start:.2f} s wall", file=sys.stderr)
    return used


if __name__ == "__main__":
    main()
