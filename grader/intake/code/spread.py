"""Take exercises from other files of a submission than the deliverable.

Runs in: the judge.

Each other file is a module of its own, as it would be if it was imported. The deliverable takes
from it, below its own last line, what it does not define itself:

    from part2_ipynb import predict
    from part2_ipynb import Net as _Net_of_part2_ipynb
    Net.train = _Net_of_part2_ipynb.train           of a class that is in both, the methods
"""

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from grader.intake.code.draft import Draft, draft_of
from grader.intake.submission import NOTEBOOK, Other, Submission


def draft_of_other(other: Other, submission: Submission, roots: Collection[str]) -> Draft:
    main = f"other{NOTEBOOK if other.is_notebook else '.py'}"
    files = submission.files | {main: other.data}
    own = replace(submission, main=main, files=files, called=other.called, others=())
    return draft_of(own, roots, other.called)


def module_name(other: Other, known: Collection[str]) -> str:
    """Return a name for another file as a module: "part2_ipynb" for part2.ipynb."""
    plain = re.sub(r"\W", "_", other.called, flags=re.ASCII)
    name = plain = plain if plain[:1].isalpha() else f"_{plain}"
    number = 1
    while name in known:
        number += 1
        name = f"{plain}_{number}"
    return name


def bound(draft: Draft) -> set[str]:
    """Return the names that a file binds at its top level; "*" of another module is not known."""
    return set[str]().union(*(part.names.binds for part in draft.parts))


def taken_from(other: Other, module: str, names: Collection[str], own: Draft, draft: Draft) -> str:
    """Return the statements that take `names` from another file."""
    return "\n".join(
        line
        for name in sorted(names)
        for line in _taken(other, module, name, _methods(own, name), _methods(draft, name))
    )


def _taken(
    other: Other,
    module: str,
    name: str,
    theirs: Collection[str] | None,
    ours: Collection[str] | None,
) -> Iterator[str]:
    """Yield the statements that take a name; of a class in both files, the methods.

    Args:
        theirs: the methods that a class of this name has in the other file; None: it is no class.
        ours: those that it has in the deliverable.
    """
    if theirs is None or ours is None:
        yield f"from {module} import {name}"
        return
    alias = f"_{name}_of_{module.replace('.', '_')}"
    yield f"from {module} import {name} as {alias}"
    named = {one.partition(".")[2] for one in other.names if one.startswith(f"{name}.")}
    methods = named.union(theirs if name in other.names else set(theirs) - set(ours))
    for method in sorted(methods):
        yield f"{name}.{method} = {alias}.{method}"


def _methods(draft: Draft, kind: str) -> set[str] | None:
    """Return the methods that a file defines for a class, None if it has no such class."""
    classes = [part.node for part in draft.parts if isinstance(part.node, ast.ClassDef)]
    nodes = [node for one in classes if one.name == kind for node in one.body]
    if not any(one.name == kind for one in classes):
        return None
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
