"""How often feedback names the true cause, and how often it says something false.

    python tests/feedback/bench_feedback.py [topic ...] [--show neutral,false,misleading]

Grades every wrong function of the corpus, reads what a student reads of its exercise, and prints
four shares: named (every cause, and nothing false), neutral (no cause, nothing false), half false
(a cause, and something false) and misleading (no cause, but something false). False is what a case
forbids, and the hint of a known mistake that speaks of none of its causes. The time is the wall
time of one wrong function in one exercise, and how much of it more than a right one took.
"""

import argparse
import statistics
import time
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from corpus import COURSE, Case, cases, right_functions, says, submission, topics

from grader.course.course import Course
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.intake.submission import Submission
from grader.record.check import Outcome

SHARES = ("named", "neutral", "half false", "misleading")
SEED = 5


@dataclass(frozen=True)
class Read:
    """What a student reads of one case."""

    case: Case
    text: str
    seconds: float
    hints: tuple[str, ...]  # of the known mistakes of the assignment

    @property
    def false_words(self) -> list[str]:
        told = [hint for hint in self.hints if hint in self.text]
        wrong = [hint for hint in told if not any(says(one, hint) for one in self.case.named)]
        return wrong + [pattern for pattern in self.case.never if says(pattern, self.text)]

    @property
    def share(self) -> str:
        named = all(says(pattern, self.text) for pattern in self.case.named)
        if self.false_words:
            return "half false" if named else "misleading"
        return "named" if named else "neutral"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("topics", nargs="*", default=topics())
    options.add_argument("--show", default="", help="shares whose cases are printed")
    options.add_argument("--number", type=int, nargs="*", default=(), help="these cases alone")
    asked = options.parse_args()
    read: list[Read] = []
    for topic in asked.topics:
        of_topic = list(reads(topic, asked.number))
        print_shares(topic, of_topic)
        read += of_topic
    print_shares("all", read)
    print_shares("two causes", [one for one in read if one.case.is_combined])
    for one in read:
        if one.share in asked.show.split(","):
            print_case(one)


def reads(topic: str, numbers: Collection[int] = ()) -> Iterator[Read]:
    """Grade the cases of a topic, or those of some numbers, and yield what students read."""
    assignment = Course(COURSE).assignment(topic)
    hints = _hints(topic)
    with Engine(assignment, ["public", "hidden"], find_isolation("split")) as engine:
        for case in [*right_functions(topic), *cases(topic)]:
            if not numbers or case.number in numbers:
                text, seconds = _told(engine, case)
                if bool(text) != bool(case.number):
                    raise SystemExit(f"{case.id} loses {'points' if text else 'none'}\n{text}")
                if case.number:
                    yield Read(case, text, seconds, hints)


def _told(engine: Engine, case: Case) -> tuple[str, float]:
    main = f"{case.topic}.py"
    handed_in = Submission(case.id, main, {main: submission(case).encode()}, "", ())
    started = time.monotonic()
    judged = engine.judge(handed_in, SEED, [case.exercise])
    seconds = time.monotonic() - started
    lost = [one for one in judged.outcomes if one.outcome is not Outcome.PASSED]
    texts = [text for one in lost for text in (one.message, one.hint) if text]
    return "\n".join(dict.fromkeys(texts)), seconds


def _hints(topic: str) -> tuple[str, ...]:
    text = (COURSE / "assignments" / topic / "mistakes.toml").read_text()
    return tuple(dict.fromkeys(mistake["hint"] for mistake in tomllib.loads(text)["mistake"]))


def print_shares(name: str, read: list[Read]) -> None:
    counts = Counter(one.share for one in read)
    shares = "  ".join(
        f"{share} {100 * counts[share] / len(read):.0f} %" for share in SHARES if read
    )
    seconds = sorted(one.seconds for one in read) or [0.0]
    time = f"{statistics.median(seconds):.2f} s, longest {seconds[-1]:.1f} s"
    print(f"{name:<12} {len(read):>4}  {shares}  ({time})")


def print_case(one: Read) -> None:
    print(f"\n== {one.case.id}: {one.share} (has to name {' and '.join(one.case.named)})")
    print(one.text)
    for words in one.false_words:
        print(f"-- false: {words}")


if __name__ == "__main__":
    main()
