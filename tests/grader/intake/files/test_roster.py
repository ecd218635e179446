"""A roster joins what systems call students to people."""

import pytest

from grader.errors import UsageError
from grader.intake.files.choose import Wanted
from grader.intake.files.find import Found, find_submissions
from grader.intake.files.read import read
from grader.intake.files.roster import read_roster

WORK = "def predict(X):\n    return X\n"
ROSTER = """ID,Last Name,First Name,E-Mail,SIS Login ID,github_username,Canvas ID,Participant
s1,Lee,Ann,ann@uni.edu,alee,AnnLee,101,Participant 11
s2,Ray,Bob,bob@uni.edu,bray,bob-ray,102,Participant 12
s3,Иванов,Иван,,iivanov,,103,Participant 13
s4,Müller,Zoë,zoe@uni.edu,zmueller,,104,14
s5,Lee,Bo,,blee,,105,15
s6,Kim,Bo,,bkim,,106,16
"""


@pytest.fixture
def roster(tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER, "utf-8")
    return tmp_path / "roster.csv"


def found(tmp_path, roster, *names) -> Found:
    for name in names:
        path = tmp_path / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(WORK)
    return find_submissions([tmp_path / "class"], "knn", (), read_roster(roster))


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("someone_101_9001_knn.py", "s1"),  # Canvas, by its number
        ("leeann_999_9001_knn.py", "s1"),  # Canvas, by the name
        ("A Name_12_assignsubmission_file_/knn.py", "s2"),
        ("HW1_bray_attempt_2026-01-05-12-00-00_knn.py", "s2"),
        ("Anybody, At(zmueller)/Submission attachment(s)/knn.py", "s4"),
        ("hw1-AnnLee/knn.py", "s1"),
        ("hw1-bob-ray/knn.py", "s2"),
        ("ann@uni.edu/knn.py", "s1"),
        ("alee.py", "s1"),
        ("S2.zip", "s2"),
        ("Иван Иванов/knn.py", "s3"),
        ("Ivanov/knn.py", None),
        ("Zoe\u0308 Mu\u0308ller/knn.py", "s4"),
        ("Zoe Muller/knn.py", "s4"),
        ("mueller_zoe/knn.py", None),
        ("Lee, Bo.ipynb", "s5"),
        ("Bo/knn.py", None),  # two of them
    ],
)
def test_a_student_is_found_by_whatever_a_system_knows(tmp_path, roster, name, whose):
    others = ["x1/knn.py", "x2/knn.py"]
    submissions = {one.id: one for one in found(tmp_path, roster, name, *others).submissions}
    people = submissions.keys() - {"x1", "x2"}
    if whose:
        assert people == {whose}
    else:
        (unknown,) = people
        note = "the roster has nobody of this name or id, or several"
        assert note in submissions[unknown].notes


def test_names_and_addresses_are_those_of_the_roster(tmp_path, roster):
    (one,) = found(tmp_path, roster, "alee/knn.py").submissions
    assert (one.id, one.name, one.email) == ("s1", "Ann Lee", "ann@uni.edu")


def test_who_handed_in_nothing_is_named(tmp_path, roster):
    names = ["alee.py", "bray.py", "blee.py", "bkim.py", "s3.py"]
    assert found(tmp_path, roster, *names).absent == ("Zoë Müller (s4)",)


def test_one_person_under_two_names_is_one_submission(tmp_path, roster):
    one, two = found(tmp_path, roster, "alee.py", "Ann Lee/notes.txt", "bray.py").submissions
    assert (one.id, two.id) == ("s1", "s2")
    assert "handed in more than once: alee.py, Ann Lee" in one.notes
    assert read(one, Wanted("knn", ["predict"])).main == "knn.py"


def test_of_two_attempts_under_two_names_the_last_is_graded(tmp_path, roster):
    names = [
        f"HW1_{who}_attempt_2026-01-0{day}-12-00-00_knn.py" for day, who in ((5, "alee"), (6, "s1"))
    ]
    (one,) = found(tmp_path, roster, *names).submissions
    assert (one.id, one.submitted_at) == ("s1", "2026-01-06T12:00:00")
    assert len(one.places) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Student,ID,SIS User ID,SIS Login ID,Section\n"
        '    Points Possible,,,,\n"Lee, Ann",101,s1,alee,1\n',
        "id;name\ns1;Ann Lee\n",
        "\ufeffName\tID\nAnn Lee\ts1\n",
        "id,first_name,last_name,email,lms_user_id\ns1,Ann,Lee,ann@uni.edu,alee\n",
    ],
)
def test_rosters_of_several_systems_are_read(tmp_path, text):
    (tmp_path / "roster.csv").write_text(text, "utf-8")
    (person,) = read_roster(tmp_path / "roster.csv").people
    assert (person.id, person.name) in (("s1", "Ann Lee"), ("s1", "Lee, Ann"))
    assert [
        one.id for one in found(tmp_path, tmp_path / "roster.csv", "Ann Lee.py").submissions
    ] == ["s1"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_roster_may_be_saved_by_any_spreadsheet(tmp_path, encoding):
    (tmp_path / "roster.csv").write_bytes("id,name\ns1,Zoë\n".encode(encoding))
    assert read_roster(tmp_path / "roster.csv").people[0].name == "Zoë"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column is called id, name or email"),
        ("one,two\n1,2\n", "no column is called id, name or email; it has: one, two"),
        ("id,name\ns1,Ann\nS1,Bob\n", "line 3: S1 is listed twice; drop one"),
        ("id,name\n,Ann\n", "line 2: no id; write one, or drop the line"),
        ("id,name\n", "lists nobody"),
        ("id,login\ns1,ann\ns2,ANN\n", "line 3, column login: ANN is in line 2, too"),
        ("id,login\nann,a1\ns2,ann\n", "line 3, column login: ann is in line 2, too"),
        ("id,Canvas ID\ns1,7\ns2,7\n", "line 3, column Canvas ID: 7 is in line 2, too"),
        ('id,name\ns1,Ann\ns2,"Bob\ns3,Cy\n', "line 3: .*; look at its quotes"),
        ("id,name\ns1,Lee, Ann\n", "line 2, column 3: has no heading; put quotes around"),
    ],
)
def test_a_roster_that_tells_nobody_apart_is_wrong_use(tmp_path, text, message):
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(UsageError, match=message) as error:
        read_roster(tmp_path / "roster.csv")
    assert str(error.value).startswith(str(tmp_path / "roster.csv"))


def test_a_roster_may_say_the_same_of_one_person_twice_and_end_its_lines_with_empty_cells(tmp_path):
    (tmp_path / "roster.csv").write_text("id,login,sis id,name\nann,ann,ann,Ann,,\nbob,,,Bob\n")
    assert [one.id for one in read_roster(tmp_path / "roster.csv").people] == ["ann", "bob"]


def test_a_roster_that_is_not_there_is_wrong_use(tmp_path):
    with pytest.raises(UsageError, match=r"roster\.csv: cannot be read \(No such file"):
        read_roster(tmp_path / "roster.csv")


METADATA = """---
submission_7:
  :submitters:
  - :name: Ann Lee
    :sid: s1
    :email: ann@uni.edu
  :created_at: 2026-01-05 12:00:00.000000000 -08:00
  :score: 3.0
  :results:
    :tests:
    - :name: "submission_8:"
submission_8:
  :submitters:
  - :name: "Zo\\u00eb M\\u00fcller"
    :sid:
    :email: zoe@uni.edu
  - :name: 'Bob O''Ray'
    :sid:
    :email: bob@uni.edu
  :created_at: 2026-01-06 12:00:00 Z
"""


def test_gradescope_says_who_and_when(tmp_path):
    for number in (7, 8):
        (tmp_path / f"submission_{number}").mkdir()
        (tmp_path / f"submission_{number}" / "knn.py").write_text(WORK)
    (tmp_path / "submission_metadata.yml").write_text(METADATA, "utf-8")
    bob, ann, zoe = find_submissions([tmp_path], "knn").submissions
    assert (ann.id, ann.name, ann.email) == ("s1", "Ann Lee", "ann@uni.edu")
    assert ann.submitted_at == "2026-01-05T12:00:00-08:00"
    assert (zoe.email, zoe.name) == ("zoe@uni.edu", "Zoë Müller")
    assert (bob.email, bob.name) == ("bob@uni.edu", "Bob O'Ray")
    assert (bob.places, bob.source) == (zoe.places, zoe.source)
    assert "handed in together by Zoë Müller and Bob O'Ray" in bob.notes


def test_who_handed_in_together_are_both_in_the_roster(tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "id,name,email\n1,Zoe M,zoe@uni.edu\n2,Bob Ray,bob@uni.edu\n3,A,ann@uni.edu\n"
    )
    for number in (7, 8):
        (tmp_path / "in" / f"submission_{number}").mkdir(parents=True)
        (tmp_path / "in" / f"submission_{number}" / "knn.py").write_text(WORK)
    (tmp_path / "in" / "submission_metadata.yml").write_text(METADATA, "utf-8")
    found = find_submissions([tmp_path / "in"], "knn", roster=read_roster(roster))
    assert [one.id for one in found.submissions] == ["1", "2", "3"]
    assert found.absent == ()


def test_blackboard_says_who(tmp_path):
    who = "HW1_alee_attempt_2026-01-05-12-00-00"
    (tmp_path / f"{who}_knn.py").write_text(WORK)
    (tmp_path / f"{who}.txt").write_text("Name: Ann Lee (alee)\nAssignment: HW1\n")
    (ann,) = find_submissions([tmp_path], "knn").submissions
    assert (ann.id, ann.name) == ("alee", "Ann Lee")
