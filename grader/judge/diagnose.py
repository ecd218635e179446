"""Find out why an exercise lost points: one verdict on the evidence of all its checks together.

Runs in: the judge.

A known mistake is named if it answers as the submission did: in every check that lost points, in
those that passed, and in the same checks with other inputs. Where no single one does, parts of the
formula are compared, then two mistakes are put together; and at last a mistake that explains all
answers of some checks is named for those.
"""

import time
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import msgspec

from grader.judge.combine import combined
from grader.judge.cpu_limit import cpu_limit
from grader.judge.evidence import Evidence, Seen
from grader.judge.failures import StudentError
from grader.judge.formula import Formula, formula_of, parts_of
from grader.judge.replay import Replayed
from grader.record.cause import Cause, Confidence, Explained

_FRESH_DRAWS = 2
_FRESH_SECONDS = 1.0  # of wall time for the fresh draws of one exercise
_PAIR_SECONDS = 1.0  # of CPU time, to put mistakes together
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
    text: str
    module: types.ModuleType


class Diagnosis:
    """Explains what a submission lost, in limited time."""

    def __init__(
        self,
        reference: types.ModuleType,
        mistakes: Sequence[KnownMistake],
        given: Mapping[str, types.ModuleType],
        seconds: float = 20.0,
        right: str = "",
    ) -> None:
        """Prepare for one submission.

        Args:
            given: the modules that the course hands to submissions.
            seconds: CPU time for all exercises, of which one may take a tenth: to repeat a
                training could take minutes.
            right: the text of the reference; without it no two mistakes are put together.
        """
        self._right = right
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
                hints = {
                    seen.check.id: _hint(cause, seen)
                    for seen in evidence.lost
                    if seen.check.id in cause.checks
                }
                yield Explained(evidence.exercise, cause, hints)

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
        case = _Case(evidence, self._reference)
        if case.says_nothing:
            return None  # the message of the check says so, and zeros fit many a mistake
        known = [one for one in self._mistakes if one.exercise == evidence.exercise]
        suspects = [_Suspect((one,), Replayed(one.module, self._given)) for one in known]
        for suspect in suspects:
            suspect.explains = case.explained_by(suspect.replayed)
        suspects.sort(key=lambda suspect: -len(suspect.explains))  # stable: as they are listed
        whole = (one for one in suspects if len(one.explains) == len(evidence.lost))
        found = next((one for one in whole if case.holds(one)), None)
        if found is not None:
            return _cause_of([found], "proven")
        return (
            _cause_of_formula(case, whole=True)
            or self._pair(case, suspects)
            or _cause_in_part(case, suspects)
            or _cause_of_formula(case, whole=False)
        )

    def _pair(self, case: "_Case", suspects: Sequence["_Suspect"]) -> Cause | None:
        """Return the two mistakes that explain everything together."""
        end = time.process_time() + _PAIR_SECONDS
        for first, second in combinations(suspects, 2):
            if time.process_time() > end or not self._right:
                break
            (one,), (other,) = first.mistakes, second.mistakes
            module = combined(self._reference.module, self._right, one.text, other.text)
            if module is None:
                continue
            pair = _Suspect((one, other), Replayed(module, self._given))
            if all(map(pair.replayed.agrees, case.evidence.lost)):
                pair.explains = case.evidence.lost
                if case.holds(pair):
                    return _cause_of([pair], "proven")
        return None


@dataclass
class _Suspect:
    """One known mistake or two, and the lost tests whose answers they explain."""

    mistakes: tuple[KnownMistake, ...]
    replayed: Replayed
    explains: Sequence[Seen] = ()


class _Case:
    """The evidence of one exercise, and what the reference says to it."""

    def __init__(self, evidence: Evidence, reference: Replayed) -> None:
        self.evidence = evidence
        self._reference = reference

    def explained_by(self, replayed: Replayed) -> list[Seen]:
        return [seen for seen in self.evidence.lost if replayed.agrees(seen)]

    @cached_property
    def fresh(self) -> list[tuple[Seen, Seen]]:
        """The lost tests, each with itself on other inputs, as many as there is time for."""
        return list(self._draws())

    def _draws(self) -> Iterator[tuple[Seen, Seen]]:
        end = time.monotonic() + _FRESH_SECONDS
        for number in range(1, _FRESH_DRAWS + 1):
            for seen in self.evidence.lost:
                if time.monotonic() > end:
                    return
                yield seen, self.evidence.again(seen, number)

    @cached_property
    def says_nothing(self) -> bool:
        """Whether all that was answered wrongly is 0."""
        calls = [call for seen in self.evidence.lost for call in self._reference.calls(seen)]
        parts = [part for of_name in parts_of(calls).values() for part in of_name]
        wrong = [part for part in parts if not part.is_right]
        return bool(wrong) and not any(part.theirs.any() for part in wrong)

    @cached_property
    def formula(self) -> Formula:
        """What is wrong in the parts of the answers: one relation for all calls, right ones too."""
        tests = [*self.evidence.seen, *(fresh for _, fresh in self.fresh)]
        return formula_of([call for seen in tests for call in self._reference.calls(seen)])

    def explained_by_formula(self, whole: bool) -> list[Seen]:
        """Return the lost tests in which a wrong part is understood, or every one is."""
        return [seen for seen in self.evidence.lost if self._understood(seen, whole)]

    def _understood(self, seen: Seen, whole: bool) -> bool:
        parts = parts_of(list(self._reference.calls(seen)))
        wrong = {name for name, of_name in parts.items() if not all(p.is_right for p in of_name)}
        left = wrong.intersection(self.formula.open_parts)
        return not left and bool(wrong) if whole else left < wrong

    def holds(self, suspect: _Suspect) -> bool:
        """Tell whether nothing speaks against a mistake that explains some checks."""
        agrees = suspect.replayed.agrees
        if all(self._reference.agrees(seen) for seen in suspect.explains):
            return False  # those checks failed for something that answers do not show
        passed = [seen for seen in self.evidence.seen if not seen.lost]
        if any(self._reference.agrees(seen) for seen in passed if not agrees(seen)):
            return False
        return all(agrees(fresh) for seen, fresh in self.fresh if seen in suspect.explains)


def _hint(cause: Cause, seen: Seen) -> str:
    """Return the hint of a check: its own is needed only where a part is not understood."""
    is_in_part = cause.kind == "formula" and cause.confidence == "likely"
    return f"{cause.text} {seen.verdict.hint}".strip() if is_in_part else cause.text


def _is_unwritten(seen: Seen) -> bool:
    return isinstance(seen.error, StudentError) and seen.error.kind == "NotImplementedError"


def _cause_in_part(case: _Case, suspects: Sequence[_Suspect]) -> Cause | None:
    """Return mistakes that explain some of the checks, none of them the same check."""
    told: list[_Suspect] = []
    open_ones = case.evidence.lost
    for suspect in suspects:
        new = [seen for seen in suspect.explains if seen in open_ones]
        if new and case.holds(suspect):
            told.append(suspect)
            open_ones = [seen for seen in open_ones if seen not in new]
    return _cause_of(told, "likely") if told else None


def _cause_of_formula(case: _Case, whole: bool) -> Cause | None:
    explained = case.explained_by_formula(whole)
    if not explained or (whole and len(explained) < len(case.evidence.lost)):
        return None
    return Cause(
        kind="formula",
        confidence="proven" if whole else "likely",
        text=case.formula.text,
        checks=_ids(explained),
    )


def _cause_of(told: Sequence[_Suspect], confidence: Confidence) -> Cause:
    mistakes = [mistake for suspect in told for mistake in suspect.mistakes]
    return Cause(
        kind="mistake" if len(mistakes) == 1 else "mistakes",
        confidence=confidence,
        text=" ".join(dict.fromkeys(mistake.hint for mistake in mistakes)),
        mistakes=[mistake.name for mistake in mistakes],
        checks=_ids([seen for suspect in told for seen in suspect.explains]),
    )


def _ids(tests: Sequence[Seen]) -> list[str]:
    return list(dict.fromkeys(seen.check.id for seen in tests))
