"""What the names of systems of courses say. Each name is as the system writes it."""

import pytest

from grader.intake.files.conventions import hand_of, numbered, time_in

SAKAI = frozenset({"Submission attachment(s)"})


@pytest.mark.parametrize(
    ("name", "system", "identity", "file", "date"),
    [
        ("annlee_12345_678901_linear.py", "Canvas", "annlee_12345", "linear.py", ""),
        ("annlee_LATE_12345_678901_linear-2.ipynb", "Canvas", "annlee_12345", "linear.ipynb", ""),
        ("van_der_berg_1_2_my_tools.py", "Canvas", "van_der_berg_1", "my_tools.py", ""),
        ("李雷_1_2_作业.ipynb", "Canvas", "李雷_1", "作业.ipynb", ""),
        ("a_1_2_work-1.tar.gz", "Canvas", "a_1", "work.tar.gz", ""),
        ("LATE_anon_aB3dE_99_hw.zip", "Canvas", "anon_aB3dE", "hw.zip", ""),
        ("annlee_12345_text.html", "Canvas", "annlee_12345", "", ""),
        ("Ann Lee_77_assignsubmission_file_hw 1.py", "Moodle", "Ann Lee_77", "hw 1.py", ""),
        ("Participant_77_assignsubmission_file_a_b.py", "Moodle", "Participant_77", "a_b.py", ""),
        (
            "HW 1_x_alee_attempt_2026-01-05-13-30-00_my_work.py",
            *("Blackboard", "alee", "my_work.py", "2026-01-05T13:30:00"),
        ),
        (
            "HW_alee_attempt_2026-01-05-13-30-00.txt",
            "Blackboard",
            "alee",
            "",
            "2026-01-05T13:30:00",
        ),
        (
            "101-77 - Ann Lee - Jan 5, 2026 1201 AM - hw - 2.py",
            *("Brightspace", "Ann Lee_101", "hw - 2.py", "2026-01-05T00:01:00"),
        ),
        (
            "101-77 - A0012345 - Ann Lee - 5 January, 2026 1330 - hw.py",
            *("Brightspace", "A0012345", "hw.py", "2026-01-05T13:30:00"),
        ),
    ],
)
def test_the_name_of_a_file(name, system, identity, file, date):
    hand = hand_of(name, is_file=True)
    assert (hand.system, hand.id, hand.file, hand.date) == (system, identity, file, date)


@pytest.mark.parametrize(
    ("name", "system", "identity", "date"),
    [
        ("Ann Lee_77_assignsubmission_file_", "Moodle", "Ann Lee_77", ""),
        ("Ann Lee_77_assignsubmission_file", "Moodle", "Ann Lee_77", ""),
        ("Ann Lee_77_assignsubmission_onlinetext_", "Moodle", "Ann Lee_77", ""),
        ("101-77 - Ann - Dec 31, 2025 1159 PM", "Brightspace", "Ann_101", "2025-12-31T23:59:00"),
        ("101-77 - Ann - 32 Foo, 2025 9999", "Brightspace", "Ann_101", ""),
        ("submission_42", "Gradescope", "submission_42", ""),
    ],
)
def test_the_name_of_a_folder(name, system, identity, date):
    hand = hand_of(name, is_file=False)
    assert (hand.system, hand.id, hand.date) == (system, identity, date)


def test_a_folder_of_sakai_is_known_by_what_it_holds():
    hand = hand_of("Lee, Ann(alee)", is_file=False, folders=SAKAI)
    assert (hand.system, hand.id, hand.name) == ("Sakai", "alee", "Lee, Ann")
    assert hand_of("Lee, Ann(alee)", is_file=False) is None
    assert hand_of("linear (1)", is_file=False) is None


@pytest.mark.parametrize("name", ["linear.py", "ann.ipynb", "hw_1.py", "a_1_b.py", "ann lee.zip"])
def test_an_ordinary_name_says_nothing(name):
    assert hand_of(name, is_file=True) is None
    assert hand_of(name, is_file=False) is None


def test_the_same_student_has_the_same_identity_however_late():
    early, late = (hand_of(f"ann{word}_1_2_a.py", is_file=True) for word in ("", "_LATE"))
    assert (early.who, early.late, late.who, late.late) == ("ann_1", False, "ann_1", True)


def test_a_number_that_a_browser_gave_is_taken_off():
    assert numbered("linear (1).ipynb") == numbered("linear(12).ipynb") == "linear.ipynb"
    assert numbered("linear.ipynb") == numbered("f(x).py") == ""


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-05 12:00:00.123456 UTC\n", "2026-01-05T12:00:00+00:00"),
        ("2026-01-05 12:00:00 America/New_York", "2026-01-05T12:00:00"),
        ("20260105120000123", "2026-01-05T12:00:00"),
        ("yesterday", ""),
        ("2026-99-05 12:00:00", ""),
    ],
)
def test_the_time_in_a_timestamp(text, time):
    assert time_in(text) == time
