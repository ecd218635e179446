"""Attacks, and the class of honest students among whom they are handed in.

A class is graded together: an honest student first, one after every few attacks, and one last.
`class` in a manifest says which class:

    common      a folder for each student (and so where nothing is said)
    measured    the same, graded one at a time: memory and disk are measured
    renamed     the attack is its file's name, `handed_in_as`
    archived    one .zip of a class; the attack is the folder's name in it, `student_id`
    paths       every student's folder or archive named by itself, as by `submitted/*`
"""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluate import Entry

from grader.record.identity import id_of

HERE = Path(__file__).parent
COURSE = HERE / "course"
CORPORA = (HERE / "corpus", HERE / "own")
CLASSES = ("common", "measured", "renamed", "archived", "paths")
OTHER_CANARY = "CANARY-OTHER-c0ffee"
_IMPORTED = "+imported"
_FEW = 5  # attacks from one honest student to the next
_NOT_HANDED_IN = {"make.py", "__pycache__"}
_FIRST = "000-aaron.zip"  # sorts before every other
# Attacks ask the environment where things are; the sandbox empties it, so they are told.
_ASKED = re.compile(r"""(?:__import__\('os'\)|\bos)\.environ\.get\(["'](ATTACK_\w+)["'][^()]*\)""")


@dataclass(frozen=True)
class Attack:
    """One way to hand in an attack.

    A name that ends in "+imported" hands it in as a module beside `from attack import *`: there,
    intake leaves out nothing of what no exercise needs.
    """

    name: str
    folder: Path
    entry: Entry

    @property
    def of_class(self) -> str:
        return str(self.entry.get("class", "common"))


def attacks() -> dict[str, Attack]:
    """Return every attack by its name, in each way that it can be handed in."""
    found = {}
    for corpus in CORPORA:
        for entry in json.loads((corpus / "manifest.json").read_text())["attacks"]:
            name = entry["name"]
            for way in ("", _IMPORTED) if entry.get("imported") else ("",):
                found[name + way] = Attack(name + way, corpus / name, entry)
    return found


def honest_around(n: int) -> tuple[str, str]:
    """Return the ids of the honest students before and after attack `n`."""
    first = n - n % _FEW
    return _honest_id(first), _honest_id(first + _FEW)


def attack_id(attack: Attack, n: int) -> str:
    """Return the id that attack `n` of its class is graded under: not always what it asks for."""
    match attack.of_class:
        case "renamed":
            asked = attack.entry["handed_in_as"].removesuffix(".py")
        case "archived":
            asked = attack.entry["student_id"].partition("/")[0]
        case "paths":
            asked = Path(_FIRST).stem
        case _:
            asked = f"{2 * n + 1:03}-mallory"
    return id_of(asked)


def hand_in(attacks: Sequence[Attack], folder: Path, places: Mapping[str, str]) -> list[Path]:
    """Write a class into `folder` and return the paths to grade.

    Args:
        attacks: all of one class.
        places: where attacks find things, by the names that they use.
    """
    students = folder / "class"
    for n in range(0, len(attacks) + _FEW, _FEW):
        _write_honest(students / _honest_id(n))
    for n, attack in enumerate(attacks):
        made = folder / f"{n}"
        _write_attack(attack, made, places)
        match attack.of_class:
            case "renamed":
                shutil.copy(made / "solution.py", students / attack.entry["handed_in_as"])
            case "archived":
                return [_archive(students, made, attack.entry["student_id"])]
            case "paths":
                shutil.copy(made / "solution.zip", students / _FIRST)
            case _:
                made.rename(students / attack_id(attack, n))
    of_paths = attacks[0].of_class == "paths"
    return sorted(students.iterdir()) if of_paths else [students]


def _honest_id(n: int) -> str:
    return f"{2 * n:03}-honest"


def _write_honest(folder: Path) -> None:
    text = (COURSE / "reference" / "solution.py").read_text()
    folder.mkdir(parents=True)
    (folder / "solution.py").write_text(f"{text}\n# {OTHER_CANARY}\n")


def _write_attack(attack: Attack, folder: Path, places: Mapping[str, str]) -> None:
    folder.mkdir()
    for path in sorted(attack.folder.rglob("*")):
        if not path.is_dir() and not _NOT_HANDED_IN.intersection(path.parts):
            _copy(path, folder / path.relative_to(attack.folder), places)
    if (attack.folder / "make.py").exists():
        subprocess.run([sys.executable, str(attack.folder / "make.py"), str(folder)], check=True)
    if attack.name.endswith(_IMPORTED):
        (folder / "solution.py").rename(folder / "attack.py")
        (folder / "solution.py").write_text("from attack import *\n")


def _copy(path: Path, target: Path, places: Mapping[str, str]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        shutil.copy(path, target)
        return
    target.write_text(_ASKED.sub(lambda asked: repr(places[asked[1]]), text))


def _archive(students: Path, made: Path, student: str) -> Path:
    """Pack a class into one archive, with an attack under the name of `student`."""
    path = students.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for honest in sorted(students.glob("*/*")):
            archive.write(honest, honest.relative_to(students))
        archive.write(made / "solution.py", f"{student}/solution.py")
    return path
