"""Find the submissions of a class: their ids and where they lie, nothing read yet.

Runs in: the conductor.

One path is a file, an archive or a folder; an archive holds what a folder would. Several paths are
taken for the folder that holds them all, as if it held nothing else, so that
`submitted/*/linear/linear.ipynb` is read as `submitted` is. What is whose is the rule of `layout`.
An archive within the class is one student's, unless nothing lies beside it: it must not speak for
others.

Whatever is no submission is left aside, with the reason.
"""

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import UsageError
from grader.intake.files.conventions import hand_of
from grader.intake.files.described import described
from grader.intake.files.layout import Layout, is_work, lay_out
from grader.intake.files.location import Location, locate
from grader.intake.files.paths import KINDS, is_archive, stem
from grader.intake.files.place import Place
from grader.intake.files.roster import Roster
from grader.intake.files.tree import Folder, tree_of, tree_of_archive, tree_of_paths
from grader.intake.limits import ARCHIVES_DEEP
from grader.intake.unreadable import Unreadable
from grader.record.aside import Aside
from grader.record.inert import inert

_MANY = 3  # folders of work, called after people: more than one student has in an archive


@dataclass(frozen=True)
class Found:
    """What lies at the paths that were given."""

    submissions: list[Location]  # ordered by id
    aside: list[Aside]
    absent: tuple[str, ...] = ()  # people of the roster who handed in nothing


def find_submissions(
    paths: Sequence[Path],
    assignment: str,
    others: Collection[str] = (),
    roster: Roster | None = None,
) -> Found:
    """Return the submissions under `paths`; a place named twice counts once.

    Args:
        others: names of the other assignments of the course.
        roster: who the students are.

    Raises:
        UsageError: a path does not exist or cannot be looked into, or none holds a submission.
    """
    given = _given(paths)
    root, name, tree = _tree(given, assignment)
    layout = _laid_out(tree, name, assignment, others)
    if not layout.units:
        shown = inert(str(paths[0] if len(paths) == 1 else root))
        only = ", only " + ", ".join(one.path for one in layout.aside) if layout.aside else ""
        raise UsageError(
            f"{shown}: holds no submission{inert(only)}; give a {KINDS} file, or a folder of them"
        )
    submissions, absent = locate(described(layout.units), root, assignment, roster)
    return Found(submissions, layout.aside, absent)


def _given(paths: Sequence[Path]) -> list[Path]:
    """Return the paths as absolute ones, without those that lie in others."""
    given = sorted({Path(os.path.abspath(path)) for path in paths})
    for path in given:  # of a class, a link that leads nowhere is somebody's
        if not (os.path.lexists(path) if len(given) > 1 else os.path.exists(path)):
            raise UsageError(f"{inert(str(path))}: no such file or folder; check the path")
    known = {*given}
    return [path for path in given if not known.intersection(path.parents)]


def _tree(given: list[Path], assignment: str) -> tuple[Path, str, Folder]:
    """Return the folder that is shown as the whole, what it is called, and what lies there."""
    first = given[0]
    try:
        if len(given) > 1:
            tree = tree_of_paths(given)
            return tree.place.path, _name(tree.place.path, assignment), tree
        if first.is_dir():
            tree = tree_of(first.resolve())
            if not hand_of(first.name, is_file=False, folders=frozenset(tree.folders)):
                return first, _name(first, assignment), tree
        elif is_archive(first.name):
            return first, _name(first, assignment), tree_of_archive(Place(first.resolve()))
        return first.parent, _name(first.parent, assignment), tree_of_paths(given)
    except OSError as error:
        raise UsageError(
            f"{inert(str(first))}: cannot be read ({error.strerror}); check its permissions"
        ) from error
    except Unreadable:  # reading it will say why
        return first.parent, _name(first.parent, assignment), tree_of_paths(given)


def _laid_out(
    tree: Folder, name: str, assignment: str, others: Collection[str], depth: int = 0
) -> Layout:
    """Lay out a folder, or the archive that is all there is in it, if that holds a class."""
    archive = _only_archive(tree, assignment)
    if archive and depth < ARCHIVES_DEEP:
        way, place = archive
        with suppress(Unreadable, OSError):  # reading it will say why
            packed, called = tree_of_archive(place), stem(way[-1])
            inner = _laid_out(packed, called, assignment, others, depth + 1)
            if _is_class(inner, called, assignment):
                outer = lay_out(tree, name, assignment, others, as_class=True)
                units = [replace(unit, source=(*way, *unit.source)) for unit in inner.units]
                aside = [replace(one, path="/".join((*way, one.path))) for one in inner.aside]
                return Layout(units, [*outer.aside, *aside])
    return lay_out(tree, name, assignment, others)


def _is_class(layout: Layout, archive: str, assignment: str) -> bool:
    """Tell whether what an archive in a folder holds is a class, and not one student's."""
    units = layout.units
    of_system = [unit for unit in units if unit.id]
    is_students = hand_of(archive, is_file=True) or not is_work(archive, assignment)
    people = [unit for unit in units if unit.source and not is_work(unit.source[-1], assignment)]
    if is_students:
        return len(of_system) > 1 or len(people) >= _MANY
    return len(units) > 1 or bool(units[0].source)


def _only_archive(tree: Folder, assignment: str) -> tuple[tuple[str, ...], Place] | None:
    """Return the way to the archive that is all that can be handed in, and its place."""
    folder = tree
    way: tuple[str, ...] = ()
    while True:
        inside = [name for name, inner in folder.folders.items() if inner.has_code]
        if not folder.hand_ins and len(inside) == 1 and is_work(inside[0], assignment):
            folder, way = folder.folders[inside[0]], (*way, inside[0])
            continue
        if len(folder.hand_ins) == 1 and not inside and is_archive(folder.hand_ins[0]):
            (name,) = folder.hand_ins
            return (*way, name), folder.files[name].place
        return None


def _name(path: Path, assignment: str) -> str:
    name = path.name if path.is_dir() else stem(path.name)
    return path.parent.name if name == assignment and path.parent.name else name
