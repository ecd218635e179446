"""Compare what a further submission costs with two builds of the grader, side by side.

    python tests/bench/bench_builds.py OTHER [THIS] [--rounds 10]

OTHER and THIS are checkouts, each with an environment of its own in .venv; THIS is the one that
this file lies in, if none is named. In each round both grade the same class, which takes turns at
being first. A row shows the least CPU time of a further submission, averaged over a few of them,
and the quartiles of all such averages. The last line is the ratio of THIS to OTHER. Other
programs on the machine only add to the times, so the ratio of the least is the one to believe.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from further import FEW, grade, make_submissions

WINDOW = 10


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("other", type=Path)
    options.add_argument("this", type=Path, nargs="?", default=Path(__file__).parents[2])
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--windows", type=int, default=2, help=f"of {WINDOW} submissions a round")
    asked = options.parse_args()
    builds = [asked.other.resolve(), asked.this.resolve()]
    found: dict[Path, list[float]] = {build: [] for build in builds}
    with tempfile.TemporaryDirectory() as folder:
        submissions = make_submissions(Path(folder) / "class", 2 * FEW + WINDOW * asked.windows)
        for number in range(asked.rounds):
            for build in builds if number % 2 else reversed(builds):
                out = Path(folder) / f"{builds.index(build)}-{number}"
                python = build / ".venv" / "bin" / "python"
                found[build] += grade(python, submissions, out, WINDOW)
    for build, costs in found.items():
        shown = " ".join(f"{1000 * cost:.0f}" for cost in statistics.quantiles(costs))
        print(f"{1000 * min(costs):4.0f} ms at least, quartiles {shown}: {build}")
    other, this = (found[build] for build in builds)
    medians = statistics.median(this) / statistics.median(other)
    print(f"ratio {min(this) / min(other):.3f}; of the medians {medians:.3f}")


if __name__ == "__main__":
    main()
