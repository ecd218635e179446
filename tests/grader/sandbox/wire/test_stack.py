"""Where a worker was, read from what Python's faulthandler wrote, whatever else stands there."""

import faulthandler

import pytest

from grader.sandbox.wire.stack import Line, split_stack

FILES = {"linear.py", "tools/counts.py"}
STACK = """\
Current thread 0x00007f0b0f5f5740 (most recent call first):
  File "tools/counts.py", line 3 in count
  File "/usr/lib/python3.11/functools.py", line 33 in wrapper
  File "linear.py", line 20 in _train
  File "linear.py", line 25 in <module>
  File "/opt/grader/program.py", line 100 in execute
"""
OTHER = """\
Thread 0x00007fc8ba5dc6c0 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 982 in run

"""
LINES = [
    Line("tools/counts.py", 3, "count"),
    Line("linear.py", 20, "_train"),
    Line("linear.py", 25, "<module>"),
]


def test_only_lines_of_the_students_files_are_told():
    assert split_stack(STACK, FILES) == ("", LINES)


def test_what_was_printed_before_stays():
    assert split_stack("loss 0.5\nloss 0.4\n" + OTHER + STACK, FILES) == (
        "loss 0.5\nloss 0.4",
        LINES,
    )
    assert split_stack("loss 0.5\n", FILES) == ("loss 0.5\n", [])


def test_of_several_stacks_the_last_counts():
    first = STACK.replace("line 20", "line 19")
    assert split_stack(first + STACK, FILES) == ("", LINES)


def test_the_thread_that_was_in_the_students_code_is_told():
    waiting = "\nCurrent thread 0x1f (most recent call first):\n  <no Python frame>\n"
    busy = STACK.replace("Current thread", "Thread")
    assert split_stack(busy + waiting, FILES)[1] == LINES


@pytest.mark.parametrize(
    "printed",
    [
        "Current thread 0x1 (most recent call first):\n" * 1000,
        'Thread 0xzz (most recent call first):\n  File "linear.py", line 1 in f\n',
        'Thread 0x1 (most recent call first):\n  File "linear.py", line x in f\n',
        '  File "linear.py", line 1 in f\n',
    ],
)
def test_what_a_student_makes_up_does_no_harm(printed):
    assert split_stack(printed, FILES)[1] == []


def test_the_format_is_that_of_this_python(tmp_path):
    def f(file):
        faulthandler.dump_traceback(file)

    with open(tmp_path / "printed", "w+") as file:
        f(file)
        file.seek(0)
        printed = file.read()
    before, lines = split_stack(printed, {__file__})
    assert before == ""
    assert [line.function for line in lines] == ["f", "test_the_format_is_that_of_this_python"]
    assert lines[1].number > lines[0].number > 0
