"""CPU per submission: one pytest process each, against judge and worker forked from warm ones.

    python tests/bench/bench_grading.py [--submissions 40] [--rounds 3]

Both graders run the same checks (tests/bench/course) on the same files: hidden ones, and a public
one that only `grader grade` runs besides, that call softmax, k-NN, a convolution and a network in
torch, which is trained. The rounds are interleaved, and each figure is the least of its rounds:
what other programs do to a machine only adds. CPU is user + system time of every process that was
waited for. What each further submission costs is measured while a class is graded, without the
first FEW of it and the last. Run it on an idle machine.
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
from pathlib import Path

from processes import cpu_of_all

HERE = Path(__file__).parent
COURSE = HERE / "course"
ASSIGNMENT = COURSE / "assignments" / "mixed"
SUITE = ASSIGNMENT / "hidden" / "test_mixed.py"
REFERENCE = COURSE / "reference" / "mixed.py"
FEW = 5


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
            ours.append(cpu(lambda: further.append(grade(submissions, out))))  # noqa: B023
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


def make_submissions(folder: Path, count: int) -> list[Path]:
    """Write `count` right submissions that differ by a comment."""
    text = REFERENCE.read_text()
    files = []
    for number in range(count):
        file = folder / f"student{number:03}" / "mixed.py"
        file.parent.mkdir(parents=True)
        file.write_text(f"# student {number}\n{text}")
        files.append(file)
    return files


def pytest_each(submissions: list[Path], count: int) -> None:
    """Run a pytest process for each of the first `count` submissions, as common graders do."""
    for file in submissions[:count]:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(SUITE, folder)
            shutil.copy(HERE / "in_process.py", Path(folder) / "conftest.py")
            run([sys.executable, "-m", "pytest", "-q", folder], file)


def grade(submissions: list[Path], out: Path) -> float:
    """Grade them all in one run, on one core at a time; return the CPU seconds of a further one."""
    options = ["--assignment", "mixed", "--course", str(COURSE), "--out", str(out), "--jobs", "1"]
    command = [sys.executable, "-m", "grader.cli", "grade", *map(str, submissions), *options]
    seen = []
    env = environment(submissions[0])
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as run:
        for mark in (FEW, len(submissions) - FEW):
            while run.poll() is None and count_lines(out / "records.jsonl") < mark:
                time.sleep(0.002)
            seen.append((count_lines(out / "records.jsonl"), cpu_of_all(run.pid)))
        run.wait()
    (first, before), (last, after) = seen
    if run.returncode or last <= first:
        raise SystemExit(f"{' '.join(command)} failed, or has too few to grade")
    return (after - before) / (last - first)


def count_lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


def own_work_of_the_checks() -> float:
    """Return the CPU seconds that the checks alone take, measured in one warm process."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(SUITE, folder)
        shutil.copy(HERE / "in_process.py", Path(folder) / "conftest.py")
        code = "import sys, pytest; [pytest.main(['-qs', sys.argv[1]]) for _ in range(2)]"
        done = run([sys.executable, "-c", code, folder], REFERENCE)
    told = [float(seconds) for seconds in re.findall("own work (.*)", done)]
    return sum(told[len(told) // 2 :])  # of the second time, when all is warm


def environment(submission: Path) -> dict[str, str]:
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "SUBMISSION": str(submission),
        "REFERENCE": str(REFERENCE),
    }


def run(command: list[str], submission: Path) -> str:
    env = environment(submission)
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def cpu(work) -> float:  # type: ignore[no-untyped-def]
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
