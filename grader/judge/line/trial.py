"""Try edited functions on calls of the checks, in workers of the submission.

Runs in: the judge. The edited functions run in a worker, like the submission itself.

Many edits stand in one module beside the submission, so that one worker can try them all. An edit
that never ends is left out, and another worker goes on after it.
"""

from collections.abc import Sequence
from typing import Any

from grader.judge.asked import Asked
from grader.judge.conversation import Conversation
from grader.judge.evidence import Load
from grader.judge.failures import Mismatch, StudentError, SubmissionEnded
from grader.judge.line.edits import Edit, module_of
from grader.judge.smallest.differ import is_same
from grader.sandbox.workers import Workers

_MODULE = "edits"  # below `given`, where the protocol finds it
_WORKER_SECONDS = 0.5  # what the edits in one worker may take together
_MOST_WORKERS = 4  # for the edits of one module


def passing(
    edits: Sequence[Edit],
    calls: Sequence[Asked],
    session: Workers,
    load: Load,
    own: str,
    most: int,
) -> list[Edit]:
    """Return the first edits with which the function answers all these calls rightly.

    Args:
        load: lets workers run a text in place of the submission's, None for its own, and modules
            beside it.
        own: the submission's name as a module.
    """
    load(None, {f"given.{_MODULE}": module_of(edits, own)})
    found: list[Edit] = []
    at, workers = 0, 0
    while at < len(edits) and len(found) < most and workers < _MOST_WORKERS:
        workers += 1
        talk = Conversation(session, own, _WORKER_SECONDS, alone=True)
        try:
            functions = talk.given(_MODULE).edits
            while at < len(edits) and len(found) < most:
                at += 1
                if _answers(functions[at - 1], calls):
                    found.append(edits[at - 1])
        except (StudentError, Mismatch, LookupError, TypeError):
            break  # the module itself raises, or is not what was written
        except SubmissionEnded:
            continue
        finally:
            talk.close()  # before anything else is loaded
    return found


def _answers(function: Any, calls: Sequence[Asked]) -> bool:
    try:
        for asked in calls:
            called = function.call(*asked.given.args, **asked.given.kwargs)
            left = called.args, called.kwargs
            if not is_same(called.value, asked.right):
                return False
            if asked.left is not None and not is_same(left, tuple(asked.given)):
                return False
    except (StudentError, Mismatch):
        return False
    return True
