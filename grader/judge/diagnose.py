"""Find out why an exercise lost points: one verdict on the evidence of all its checks together.

Runs in: the judge.

A known mistake is named if it answers as the submission did: in every check that lost points, in
those that passed, and in the same checks with other inputs. Where no single one does, one that
explains all answers of some checks is named for those.
"""

import time
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from grader.judge.cpu_limit import cpu_limit
from grader.judge.evidence import Evidence, Seen
from grader.judge.failures import StudentError
from grader.judge.replay import Replayed
from grader.record.cause import Cause, Explained

_FRESH_DRAWS = 2
_FRESH_SECONDS = 1.0  # of wall time for the fresh draws of one exercise
_SHARE = 10  # one exercise may take this part of the time for all


class DeclaredMistake(msgspec.Struct, frozen=True):
    """A known mistake: the text of the reference that makes it."""

    name: str
    exercise: str
    hint: str
    text: str


@dataclass(frozen=True)
class KnownMistake:
    """A loaded reference with a mistake in it, and the hint for students who made the same."""

    name: str
    exercise: str
    hint: str
    module: types.ModuleType


class Diagnosis:
    """Explains what a submission lost, in limited time."""

    def __init__(
        self,
        reference: types.ModuleType,
        mistakes: Sequence[KnownMistake],
        given: Mapping[str, types.ModuleType],
        seconds: float = 20.0,
    ) -> None:
        """Prepare for one submission.

        Args:
            given: the modules that the course hands to submissions.
            seconds: CPU time for all exercises, of which one may take a tenth: to repeat a
                training could take minutes.
        """
        self._reference = Replayed(reference, given)
        self._mistakes = mistakes
        self._given = given
        self._left = seconds
        self._most = seconds / _SHARE

    def explain(self, lost: Sequence[Evidence]) -> Iterator[Explained]:
        """Yield what is found out about exercises that lost points.

        Whatever goes wrong in the search means that nothing is found: it never costs a grade.
        """
        for evidence in lost:
            if cause := self._within_time(evidence):
                yield Explained(evidence.exercise, cause, dict.fromkeys(cause.checks, cause.text))

    def _within_time(self, evidence: Evidence) -> Cause | None:
        seconds = min(self._most, self._left)
        if seconds <= 0 or all(map(_is_unwritten, evidence.lost)):
            return None
        started = time.process_time()
        try:
            with cpu_limit(seconds):
                return self._cause(evidence)
        except BaseException:  # also TakesTooLong, SubmissionEnded, a SystemExit of the course
            return None
        finally:
            self._left -= time.process_time() - started

    def _cause(self, evidence: Evidence) -> Cause | None:
        suspects = [
            _Suspect(mistake, Replayed(mistake.module, self._given))
            for mistake in self._mistakes
            if mistake.exercise == evidence.exercise
        ]
        for suspect in suspects:
            suspect.explains = [seen for seen in evidence.lost if suspect.replayed.agrees(seen)]
        suspects.sort(key=lambda suspect: -len(suspect.explains))  # stable: first listed first
        told: list[_Suspect] = []
        open_ones = evidence.lost
        for suspect in suspects:
            new = [seen for seen in suspect.explains if seen in open_ones]
            if new and self._holds(suspect, evidence):
                told.append(suspect)
                open_ones = [seen for seen in open_ones if seen not in new]
        return _cause_of(told, is_whole=not open_ones) if told else None

    def _holds(self, suspect: "_Suspect", evidence: Evidence) -> bool:
        """Tell whether nothing speaks against a mistake that explains some checks."""
        agrees = suspect.replayed.agrees
        if all(self._reference.agrees(seen) for seen in suspect.explains):
            return False  # those checks failed for something that answers do not show
        passed = [seen for seen in evidence.seen if not seen.lost]
        if any(self._reference.agrees(seen) for seen in passed if not agrees(seen)):
            return False
        return all(agrees(fresh) for fresh in _fresh_draws(evidence, suspect.explains))


@dataclass
class _Suspect:
    """A known mistake, and the lost tests whose answers it explains."""

    mistake: KnownMistake
    replayed: Replayed
    explains: Sequence[Seen] = ()


def _is_unwritten(seen: Seen) -> bool:
    return isinstance(seen.error, StudentError) and seen.error.kind == "NotImplementedError"


def _fresh_draws(evidence: Evidence, lost: Sequence[Seen]) -> Iterator[Seen]:
    """Yield the same tests with other inputs, as long as there is time."""
    end = time.monotonic() + _FRESH_SECONDS
    for number in range(1, _FRESH_DRAWS + 1):
        for seen in lost:
            if time.monotonic() > end:
                return
            yield evidence.again(seen, number)


def _cause_of(told: Sequence[_Suspect], is_whole: bool) -> Cause:
    checks = {seen.check.id: None for suspect in told for seen in suspect.explains}
    return Cause(
        kind="mistake" if len(told) == 1 else "mistakes",
        confidence="proven" if is_whole else "likely",
        text=" ".join(dict.fromkeys(suspect.mistake.hint for suspect in told)),
        mistakes=[suspect.mistake.name for suspect in told],
        checks=list(checks),
    )
