"""One assignment: what its assignment.toml says, and where its files lie.

The same struct serves both places where an assignment is found: a course, which has the reference
and the hidden suite, and a handout, which has neither and carries its own data. A key of the file
is a field of `Manifest` and nothing else: the struct goes whole to the judge. A key that a worker
must know, too, is a field of `Terms`, and goes to both.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from grader.course.emptied import require_exercise
from grader.course.source import public_names, read_source
from grader.course.stamp import Stamp, newer
from grader.course.toml import must_be, read_fields, read_toml, wrong
from grader.errors import CourseError, did_you_mean
from grader.record.check import Visibility
from grader.record.record import About
from grader.sandbox.level import LEVELS, Level
from grader.sandbox.terms import Terms

MANIFEST = "assignment.toml"

_TIME = r"^(\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?)?$"
_Text = Annotated[str, Meta(pattern=r"\S"), must_be("a text that is not empty")]
_Name = Annotated[str, Meta(pattern=r"^[^\W\d]\w*$")]
_Exercise = Annotated[str, Meta(pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)?$")]
_DataFile = Annotated[str, Meta(pattern=r"^\w[\w-]*(\.[\w-]+)*$")]
_Exercises = Annotated[tuple[_Exercise, ...], Meta(min_length=1)]


class Manifest(Terms, frozen=True, kw_only=True):
    """What assignment.toml says: the keys that workers may know, and those below."""

    name: Annotated[_Name, must_be("a Python name")] = ""
    title: _Text
    summary: _Text
    exercises: Annotated[
        _Exercises,
        must_be("a list of one or more names, each a function, a Class.method or a dict constant"),
    ]
    # An exercise -> the others that its body may call.
    builds_on: Annotated[
        dict[_Exercise, _Exercises],
        must_be("a table that gives an exercise a list of one or more others"),
    ] = msgspec.field(default_factory=dict)
    # The weakest level at which the hidden suite is run.
    isolation: Annotated[Level, must_be(f"one of {', '.join(LEVELS)}")] = "confined"
    # Files that students and workers find in data/; "digits" stands for digits.npz.
    data: Annotated[
        tuple[_DataFile, ...],
        must_be('a list of names of data files, such as "houses.csv"; those of .npz without it'),
    ] = ()
    # When it is due, and whom to ask about it, as reports tell students.
    due: Annotated[str, Meta(pattern=_TIME), must_be('a time such as "2026-01-31T18:00"')] = ""
    contact: Annotated[str, must_be("a text that says whom to ask")] = ""
    # Names that the grader looks for in a submission; a course has them from its reference.
    defines: Annotated[tuple[_Name, ...], must_be("a list of top-level names")] = ()
    # How a handout was made.
    handout: Stamp = Stamp()


_STAFF_ONLY = ("isolation",)  # keys that a handout goes without


class Assignment(Manifest, frozen=True, kw_only=True):
    """An assignment of a course, or of a handout (then `reference_path` is None)."""

    root: Path
    data_dir: Path
    reference_path: Path | None

    def foundations(self, exercise: str) -> frozenset[str]:
        """Return what an exercise builds on, and what that builds on in turn."""
        found: set[str] = set()
        new = set(self.builds_on.get(exercise, ()))
        while new:
            found |= new
            new = {lower for name in new for lower in self.builds_on.get(name, ())} - found
        return frozenset(found)

    @property
    def about(self) -> About:
        return About(self.title, self.due, self.contact)

    @property
    def manifest_path(self) -> Path:
        return self.root / MANIFEST

    @property
    def template_path(self) -> Path:
        return self.root / f"{self.name}.py.j2"

    @property
    def public_suite(self) -> Path:
        return self.root / "public"

    @property
    def hidden_suite(self) -> Path:
        return self.root / "hidden"

    @property
    def given_dir(self) -> Path:
        return self.root / "given"

    @property
    def mistakes_path(self) -> Path:
        return self.root / "mistakes.toml"

    def suite(self, visibility: Visibility) -> Path:
        return self.public_suite if visibility == "public" else self.hidden_suite

    def data_path(self, name: str) -> Path:
        return self.data_dir / (name if "." in name else f"{name}.npz")


def load_assignment(root: Path, *, reference_dir: Path, data_dir: Path) -> Assignment:
    """Return the assignment of a course whose folder is `root`.

    Raises:
        CourseError: its files are wrong, or an exercise is not in the reference.
    """
    fields = _read(root / MANIFEST)
    name = fields.pop("name") or root.name
    for key in ("defines", "handout"):
        if fields.pop(key) not in ((), Stamp()):
            raise CourseError(f"{root / MANIFEST}: {key} belongs in handouts alone; remove it")
    if name != root.name or not name.isidentifier():
        raise wrong(root / MANIFEST, "name", "the folder's name, a Python name", name)
    reference = reference_dir / f"{name}.py"
    assignment = Assignment(
        name=name,
        root=root,
        data_dir=data_dir,
        reference_path=reference,
        defines=public_names(reference),
        **fields,
    )
    _require_data(assignment)
    _require_exercises(assignment, reference)
    return assignment


def other_exercises(assignment: Assignment) -> dict[str, frozenset[str]]:
    """Return what the other assignments of the course ask for; a broken one asks for nothing."""
    others = {}
    for manifest in assignment.root.parent.glob(f"*/{MANIFEST}"):
        if manifest.parent != assignment.root:
            with suppress(CourseError):
                others[manifest.parent.name] = frozenset(_read(manifest)["exercises"])
    return others


def load_handout(root: Path) -> Assignment:
    """Return the assignment that a student received as the folder `root`.

    Raises:
        CourseError: `root` is not a handout, or one of its files is missing or wrong.
    """
    try:
        fields = _read(root / MANIFEST)
    except CourseError as error:
        raise _with_age(root / MANIFEST, error) from None
    if not fields["name"]:
        raise CourseError(f"{root / MANIFEST}: name is missing; take the file of the handout")
    tops = dict.fromkeys(exercise.partition(".")[0] for exercise in fields["exercises"])
    fields["defines"] = fields["defines"] or tuple(tops)
    assignment = Assignment(root=root, data_dir=root / "data", reference_path=None, **fields)
    _require_data(assignment)
    return assignment


def handout_fields(assignment: Assignment) -> dict[str, Any]:
    """Return the keys of a handout's assignment.toml with their values, its name first."""
    keys = sorted(Manifest.__struct_fields__, key=Terms.__struct_fields__.__contains__)
    return {key: getattr(assignment, key) for key in keys if key not in _STAFF_ONLY}


def _with_age(file: Path, error: CourseError) -> CourseError:
    """Return an error of a handout's assignment.toml, with what to do if a newer grader made it."""
    made = read_toml(file).get("handout")
    version = made.get("grader") if isinstance(made, dict) else None
    what_to_do = newer(Stamp(version)) if isinstance(version, str) else ""
    return CourseError(f"{error}; {what_to_do}") if what_to_do else error


def _read(file: Path) -> dict[str, Any]:
    fields = read_fields(file, read_toml(file), Manifest)
    for key in ("exercises", "imports", "tolerated", "banned", "data"):
        twice = [value for value in fields[key] if fields[key].count(value) > 1]
        if twice:
            raise CourseError(f"{file}: {key} names {twice[0]!r} twice; remove one")
    _require_builds_on(file, fields["builds_on"], fields["exercises"])
    return fields


def _require_builds_on(
    file: Path, builds_on: Mapping[str, Sequence[str]], exercises: Sequence[str]
) -> None:
    for upper, lowers in builds_on.items():
        for name in (upper, *lowers):
            if name not in exercises:
                hint = did_you_mean(name, exercises)
                raise wrong(file, "builds_on", "made of names that exercises lists", name, hint)
        if upper in lowers:
            raise wrong(file, "builds_on", "made of others than the exercise itself", upper)


def _require_data(assignment: Assignment) -> None:
    shipped = [_data_name(path) for path in assignment.data_dir.glob("*")]
    for name in assignment.data:
        if not assignment.data_path(name).is_file():
            rule = f"names of files in {assignment.data_dir}, those of .npz without it"
            hint = did_you_mean(name, shipped)
            raise wrong(assignment.manifest_path, "data", rule, name, hint)


def _data_name(path: Path) -> str:
    return path.stem if path.suffix == ".npz" else path.name


def _require_exercises(assignment: Assignment, reference: Path) -> None:
    source = read_source(reference)
    for exercise in assignment.exercises:
        if source.full_name(exercise) not in source.definitions:
            hint = did_you_mean(exercise, source.definitions)
            rule = f"names defined in {reference}"
            raise wrong(assignment.manifest_path, "exercises", rule, exercise, hint)
        require_exercise(source, exercise)
