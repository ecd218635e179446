"""Archives are hostile: nothing is unpacked to disk, nothing runs on for ever."""

import copy
import gzip
import io
import stat
import struct
import tarfile
import time
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from grader.intake import limits
from grader.intake.files.choose import Wanted
from grader.intake.files.find import find_submissions
from grader.intake.files.location import Location
from grader.intake.files.place import Place
from grader.intake.files.read import read
from grader.intake.submission import Submission, Unreadable

KNN = Wanted("knn", ["predict"])
CODE = b"def predict(X):\n    return X\n"


def read_one(path: Path) -> Submission:
    return read(Location("ada", (Place(path),)), KNN)


def why_unreadable(path: Path) -> str:
    with pytest.raises(Unreadable) as error:
        read_one(path)
    assert str(error.value).isprintable()
    return str(error.value)


def make_zip(path: Path, **members: bytes) -> Path:
    return make_zip_of(path, list(members.items()))


def make_zip_of(path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]], **how) -> Path:
    with zipfile.ZipFile(path, "w", **{"compression": zipfile.ZIP_DEFLATED, **how}) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def make_tar(path: Path, *members: tuple[str, bytes] | tarfile.TarInfo, **how) -> Path:
    mode = "w" if path.suffix == ".tar" else "w:gz"
    with tarfile.open(path, mode, **how) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            info.size = len(member[1])
            archive.addfile(info, io.BytesIO(member[1]))
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def linked(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


@pytest.fixture(params=["ada.zip", "ada.tar", "ada.tar.gz", "ada.tgz", "ADA.ZIP", "ADA.TAR.GZ"])
def make(request, tmp_path):
    """Return a function that makes an archive of each kind."""

    def make_archive(*members: tuple[str, bytes]) -> Path:
        path = tmp_path / request.param
        if path.suffix.lower() == ".zip":
            return make_zip_of(path, list(members))
        return make_tar(path, *members)

    return make_archive


def test_an_archive_gives_the_deliverable_and_its_modules(make):
    path = make(
        ("homework/", b""),
        ("homework/knn.py", CODE),
        ("homework/helpers.py", b"x = 1\n"),
        ("homework/data/digits.npz", b"\0" * 1000),
    )
    assert read_one(path).files == {"knn.py": CODE, "helpers.py": b"x = 1\n"}


def test_an_archive_in_a_students_folder_is_looked_into(make):
    path = make(("./knn.py", CODE))
    (path.parent / "readme.txt").write_text("see the archive")
    assert read_one(path.parent).files == {"knn.py": CODE}


def zip_of(*members: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue()


def test_an_archive_in_an_archive_is_opened(make):
    inner = zip_of(("knn.py", CODE), ("helpers.py", b"x = 1\n"))
    path = make(("readme.txt", b""), ("work/inner.zip", inner))
    assert read_one(path).files == {"knn.py": CODE, "helpers.py": b"x = 1\n"}


def test_an_archive_beside_work_is_not_opened(make):
    path = make(("knn.py", CODE), ("data.zip", b"no archive"))
    submission = read_one(path)
    assert submission.files == {"knn.py": CODE}
    assert submission.notes == ("beside it, not read: 'data.zip'",)


def test_an_archive_beside_the_untouched_starter_is_opened(make):
    starter = b"def predict(X):\n    raise NotImplementedError\n"
    submission = read_one(make(("knn.py", starter), ("work.zip", zip_of(("knn.py", CODE)))))
    assert submission.files == {"knn.py": CODE}
    assert submission.notes == ("'knn.py' is not graded: no exercise is written in it",)


def test_archives_are_opened_three_deep_and_no_deeper(make):
    data = CODE
    for depth, name in enumerate(["knn.py", "1.zip", "2.zip", "3.zip", "4.zip"]):
        path = make((name, data))
        if depth <= limits.ARCHIVES_DEEP:
            assert read_one(path).files == {"knn.py": CODE}
        data = zip_of((name, data))
    assert (
        why_unreadable(path)
        == "no knn.py or knn.ipynb here, only '4.zip/3.zip/2.zip/1.zip'; hand in one of them"
    )


@pytest.mark.slow
def test_archives_in_archives_share_the_limits_of_one_submission(make):
    bomb = zip_of(*((f"{n}.zip", zip_of(("zeros", bytes(20 * 2**20)))) for n in range(4)))
    large = zip_of(("zeros.bin", bytes(limits.TOTAL_BYTES + 1)))
    members = zip_of(*((f"{n}.txt", b"") for n in range(limits.MEMBERS)))
    path = make(
        ("a.zip", large), ("b.zip", members), ("c.zip", bomb), ("d.zip", zip_of(("knn.py", CODE)))
    )
    tracemalloc.start()
    submission = read_one(path)
    assert tracemalloc.get_traced_memory()[1] < 2 * limits.TOTAL_BYTES
    tracemalloc.stop()
    assert submission.files == {"knn.py": CODE}
    assert "not opened: b.zip: too many files, with those beside it" in submission.notes


@pytest.mark.parametrize(
    "name",
    ["../knn.py", "/etc/knn.py", "a/../../knn.py", "C:/knn.py", "..\\..\\knn.py", "a//knn.py"],
)
def test_a_path_out_of_the_archive_is_never_the_deliverable(make, name):
    assert why_unreadable(make((name, CODE))).startswith("no knn.py or knn.ipynb here")
    submission = read_one(make((name, b"evil"), ("knn.py", CODE)))
    assert submission.files == {"knn.py": CODE}
    assert submission.notes[0].startswith("left out, its path leads out of the archive: '")


def test_nothing_is_written_anywhere(make, tmp_path):
    path = make(("../escaped.py", CODE), ("knn.py", CODE), ("sub/other.py", CODE))
    read_one(path)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    assert not (tmp_path.parent / "escaped.py").exists()


def test_absurd_names_are_read_over_and_shown_in_safe_characters(make):
    names = ["<script>alert(1)<script>.py", "=cmd|' .py", "a\x1b[31m.py", "line\nbreak.py"]
    names += ["-rf", "CON.py", "KNN.PY", "\u202egnp.py", "x" * 200 + ".py", "é.py"]
    assert read_one(make(*((name, b"x") for name in names), ("knn.py", CODE))).main == "knn.py"
    names.remove("KNN.PY")
    message = why_unreadable(make(*((name, b"x") for name in names)))
    assert "'-rf'" not in message
    assert message.startswith("'<script>alert(1)<script>.py', ")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice_is_not_one_submission(make):
    path = make(("knn.py", CODE), ("knn.py", CODE.replace(b"return X", b"return 0")))
    assert why_unreadable(path).startswith("'knn.py' and 'knn.py' could each be")


def test_a_member_as_large_as_the_limit_and_one_larger(make):
    assert len(read_one(make(("knn.py", bytes(limits.PYTHON_BYTES)))).files["knn.py"])
    message = "'knn.py' is larger than 4 MiB; hand in code without data"
    assert why_unreadable(make(("knn.py", bytes(limits.PYTHON_BYTES + 1)))) == message


def test_too_many_members(make):
    members = [(f"d/{number}", b"") for number in range(limits.MEMBERS)]
    assert "more than 2000 files" in why_unreadable(make(("knn.py", CODE), *members))
    assert read_one(make(("knn.py", CODE), *members[1:])).main == "knn.py"


def test_a_zip_bomb_beside_the_deliverable_is_not_unpacked(tmp_path):
    path = make_zip(tmp_path / "ada.zip", **{"knn.py": CODE, "weights.bin": bytes(64 * 2**20)})
    tracemalloc.start()
    assert read_one(path).files == {"knn.py": CODE}
    assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    tracemalloc.stop()


def test_files_that_lie_over_each_other_are_refused_before_any_is_read(tmp_path):
    def packed(name: str, members: int) -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("knn.py", CODE + b"#" * 4 * 2**20)
            archive.writestr("notes.txt", b"")
            for number in range(members):
                again = copy.copy(archive.filelist[0])
                again.filename = f"{number}.py"
                archive.filelist.append(again)
        return tmp_path / name

    assert why_unreadable(packed("ada.zip", 1500)) == (
        "ada.zip: its files lie over each other; make the archive again"
    )
    assert why_unreadable(packed("bob.zip", 1)).startswith("bob.zip: its files lie over each")
    assert "larger than 4 MiB" in why_unreadable(packed("eve.zip", 0))


def test_a_zip_bomb_that_lies_about_its_size_is_cut_off(tmp_path):
    path = make_zip(tmp_path / "ada.zip", **{"knn.py": bytes(64 * 2**20)})
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 64 * 2**20), struct.pack("<I", 10)))
    tracemalloc.start()
    assert "larger than 4 MiB" in why_unreadable(path)
    assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    tracemalloc.stop()


def test_a_tar_bomb_is_cut_off(tmp_path):
    path = tmp_path / "ada.tar.gz"
    path.write_bytes(gzip.compress(bytes(limits.TOTAL_BYTES + 1), 1))
    assert why_unreadable(path) == (
        "ada.tar.gz: unpacks to more than 64 MiB; hand in only the code"
    )


def test_a_zip_larger_than_a_submission_can_be(tmp_path):
    path = make_zip(tmp_path / "ada.zip", **{"knn.py": CODE})
    with path.open("r+b") as file:
        file.truncate(limits.ZIP_BYTES + 1)
    assert why_unreadable(path) == "ada.zip: larger than 256 MiB; hand in only the code"


def test_a_zip_with_more_entries_than_any_class_is_not_parsed(tmp_path):
    entry = struct.pack("<4s16sIIHHHHHII", b"PK\x01\x02", b"", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    count = limits.CLASS_MEMBERS + 1
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, count * len(entry), 0, 0)
    path = tmp_path / "ada.zip"
    path.write_bytes(entry * count + end)
    started = time.monotonic()
    assert "more than 200000 files" in why_unreadable(path)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (stat.S_IFLNK | 0o777, "a symbolic link"),
        (stat.S_IFIFO | 0o600, "a named pipe"),
        (stat.S_IFCHR | 0o600, "a device"),
        (stat.S_IFSOCK | 0o600, "a special file"),
    ],
)
def test_a_zip_member_that_is_no_regular_file(tmp_path, mode, kind):
    path = make_zip_of(tmp_path / "ada.zip", [(linked("knn.py", mode), b"/etc/passwd")])
    assert f"'knn.py' is {kind}" in why_unreadable(path)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (tarfile.SYMTYPE, "a symbolic link"),
        (tarfile.LNKTYPE, "a hard link"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.BLKTYPE, "a device"),
        (tarfile.FIFOTYPE, "a named pipe"),
        (tarfile.GNUTYPE_SPARSE, "a special file"),
    ],
)
def test_a_tar_member_that_is_no_regular_file(tmp_path, kind, shown):
    path = make_tar(tmp_path / "ada.tar", special("knn.py", kind, "../../bob/knn.py"))
    assert f"'knn.py' is {shown}" in why_unreadable(path)


def test_a_link_beside_the_deliverable_is_noted(tmp_path):
    path = make_tar(
        tmp_path / "ada.tgz", ("knn.py", CODE), special("passwd", tarfile.SYMTYPE, "/etc/passwd")
    )
    assert read_one(path).notes == ("symbolic links are not followed: 'passwd'",)


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_no_tool_packs_these_by_accident(tmp_path, kind):
    path = make_tar(tmp_path / "ada.tar", ("knn.py", CODE), special("extra", kind, "x"))
    assert "; hand in nothing but regular files" in why_unreadable(path)


def test_an_encrypted_member(tmp_path):
    path = make_zip(tmp_path / "ada.zip", **{"knn.py": CODE})
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[directory + 8] |= 1
    path.write_bytes(data)
    message = "knn.py: encrypted; make the archive without a password"
    assert why_unreadable(path) == message


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_compression_is_not_run(tmp_path, how):
    path = make_zip_of(tmp_path / "ada.zip", [("knn.py", CODE)], compression=how)
    assert "knn.py: compressed in an unusual way" in why_unreadable(path)


def test_a_stored_member_is_read(tmp_path):
    path = make_zip_of(tmp_path / "ada.zip", [("knn.py", CODE)], compression=zipfile.ZIP_STORED)
    assert read_one(path).files == {"knn.py": CODE}


def test_a_member_with_a_wrong_checksum(tmp_path):
    path = make_zip(tmp_path / "ada.zip", **{"knn.py": CODE})
    crc = struct.pack("<I", zlib.crc32(CODE))
    path.write_bytes(path.read_bytes().replace(crc, b"\0\0\0\0"))
    assert why_unreadable(path) == "knn.py: damaged in the archive; make the archive again"


def test_every_truncation_is_a_line_for_the_student(make):
    path = make(("a.txt", b"some text"), ("knn.py", CODE * 40))
    data = path.read_bytes()
    whole = read_one(path).files
    for length in range(0, len(data), max(1, len(data) // 200)):
        path.write_bytes(data[:length])
        try:
            files = read_one(path).files
        except Unreadable:
            continue
        assert files == whole


@pytest.mark.parametrize("name", ["ada.zip", "ada.tar", "ada.tgz"])
@pytest.mark.parametrize("data", [b"", b"PK", b"x" * 600, b"\x1f\x8b\x08", bytes(1024)])
def test_not_an_archive_at_all(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    message = f"{name}: not a {path.suffix.replace('tgz', 'tar')} archive, or a damaged one"
    assert why_unreadable(path).startswith(message)


@pytest.mark.parametrize("how", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_every_tar_format_keeps_long_names(tmp_path, how):
    deep = "/".join(["a-long-folder-name"] * 7)
    path = make_tar(tmp_path / "ada.tar", (f"{deep}/knn.py", CODE), format=how)
    assert read_one(path).files == {"knn.py": CODE}


@pytest.mark.parametrize("how", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_name_beyond_latin(tmp_path, how):
    name = "é" * 60 + "損失.py"
    path = make_tar(tmp_path / "ada.tar", (name, CODE), format=how)
    assert name[:40] in read_one(path).notes[0]


def header(**fields) -> bytes:
    info = tarfile.TarInfo("knn.py")
    for name, value in fields.items():
        setattr(info, name, value)
    return info.tobuf(tarfile.GNU_FORMAT)


def with_size(field: bytes) -> bytes:
    block = bytearray(header())
    block[124:136] = field.ljust(12, b"\0")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize(
    "size",
    [
        b"\xff" * 12,  # -1: endless in tarfile before 3.11.14 (CVE-2025-8194)
        b"\x80" + b"\xff" * 11,
        b"77777777777",
        b"99999999999",
        b"-1",
        b"0x10",
    ],
)
def test_a_tar_size_that_cannot_be(tmp_path, size):
    path = tmp_path / "ada.tar"
    path.write_bytes(with_size(size) + bytes(1024))
    assert "not a .tar archive, or a damaged one" in why_unreadable(path)


def test_a_hostile_extended_header_takes_no_time(tmp_path):
    digits = b"9" * (8 * 2**20)  # quadratic in tarfile before 3.11.10 (CVE-2024-6232)
    path = tmp_path / "ada.tar"
    path.write_bytes(header(type=tarfile.XHDTYPE, size=len(digits)) + digits + bytes(1024))
    started = time.monotonic()
    assert "nothing at all" in why_unreadable(path)
    assert time.monotonic() - started < 2


def test_a_chain_of_headers_that_name_nothing(tmp_path):
    path = tmp_path / "ada.tar"
    path.write_bytes(header(type=tarfile.GNUTYPE_LONGNAME, size=0) * 20_000 + bytes(1024))
    assert "nothing at all" in why_unreadable(path)


def raw_zip(path: Path, name: bytes, extra: bytes = b"") -> Path:
    """Write an archive whose names are the given bytes, and not said to be UTF-8."""
    make_zip_of(path, [("x" * len(name) + "/knn.py", CODE)])
    data = path.read_bytes().replace(b"x" * len(name), name)
    if extra:
        info = zipfile.ZipInfo("x" * len(name) + "/knn.py")
        info.extra = extra
        make_zip_of(path, [(info, CODE)])
        data = path.read_bytes().replace(b"x" * len(name), name)
    path.write_bytes(data)
    return path


def test_names_in_utf_8_are_read_whether_the_archive_says_so_or_not(tmp_path):
    said = make_zip(tmp_path / "hw1.zip", **{"Zo\u00eb/knn.py": CODE, "Bob/knn.py": CODE})
    unsaid = raw_zip(tmp_path / "hw2.zip", "Zoe\u0308".encode())
    path = "李雷/knn.py".encode()
    extra = struct.pack("<HHBI", 0x7075, len(path) + 5, 1, 0) + path
    told = raw_zip(tmp_path / "hw3.zip", b"\x8e\x8f", extra)
    other = raw_zip(tmp_path / "hw4.zip", b"Zo\x89")  # cp437, as it is specified
    names = [
        {one.name for one in find_submissions([archive], "knn").submissions}
        for archive in (said, unsaid, told, other)
    ]
    assert names == [{"Zo\u00eb", "Bob"}, {"Zo\u00eb"}, {"李雷"}, {"Zo\u00eb"}]


def test_too_many_members_of_one_student_leave_the_class_readable(tmp_path):
    members = {f"ada/{number}": b"" for number in range(limits.MEMBERS)}
    path = make_zip(tmp_path / "class.zip", **members, **{"ada/knn.py": CODE, "bob/knn.py": CODE})
    ada, bob = find_submissions([path], "knn").submissions
    with pytest.raises(Unreadable, match="more than 2000 files"):
        read(ada, KNN)
    assert read(bob, KNN).files == {"knn.py": CODE}


def test_a_damaged_submission_leaves_its_class_readable(tmp_path):
    path = make_zip(
        tmp_path / "class.zip", **{"ada/knn.py": CODE, "bob/knn.py": CODE, "eve/knn.py": CODE}
    )
    data = bytearray(path.read_bytes())
    bob = data.index(b"bob/knn.py") + len("bob/knn.py")
    data[bob : bob + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    ada, bob_source, eve = find_submissions([path], "knn").submissions
    assert read(ada, KNN).files == read(eve, KNN).files == {"knn.py": CODE}
    with pytest.raises(Unreadable, match="damaged"):
        read(bob_source, KNN)
