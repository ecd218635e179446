"""Print how many mutants of an assignment are tried per second of one core.

    python tests/bench/bench_mutants.py [linear] [--jobs 1]

Every mutant is run on the hidden checks of its exercise, and each survivor is compared with the
reference by value. The CPU time counts, of the process that tries them and of all its forks, so
that a busy machine changes little; the goal for `linear` is 30 mutants.
"""

import argparse
import resource
from pathlib import Path

from grader.audit.mutants.run import try_mutants
from grader.course.course import find_course

COURSE = Path(__file__).parents[2]
GOAL = 30


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("assignment", nargs="?", default="linear")
    options.add_argument("--jobs", type=int, default=1)
    asked = options.parse_args()
    found = try_mutants(find_course(COURSE).assignment(asked.assignment), asked.jobs)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    print("| assignment | mutants | CPU s | mutants per CPU second | wall s | killed |")
    print("|---|---|---|---|---|---|")
    count = len(found.mutants)
    print(
        f"| {asked.assignment} | {count} | {cpu:.1f} | {count / cpu:.0f} | {found.seconds:.0f} "
        f"| {100 * found.score:.1f} % |"
    )


if __name__ == "__main__":
    main()
