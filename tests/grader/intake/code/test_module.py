"""The module that is made of a submission: its limits, its notes, and what never runs."""

import json
import time

import pytest

from grader.intake import limits
from grader.intake.code.module import Module, to_module
from grader.intake.submission import Submission
from grader.intake.unreadable import Unreadable


def submitted(text: str, name: str = "knn.py") -> Submission:
    return Submission("ada", name, {name: text.encode("utf-8", "surrogatepass")}, "", ())


def notebook(*cells: str) -> Submission:
    body = {"cells": [{"cell_type": "code", "source": cell} for cell in cells]}
    return submitted(json.dumps(body), "knn.ipynb")


def module(text: str, *roots: str) -> Module:
    return to_module(submitted(text), roots)


def defined(made: Module) -> dict:
    names: dict = {}
    exec(compile(made.source, "knn.py", "exec"), names)
    del names["__builtins__"]
    return names


def test_a_script_keeps_its_line_numbers():
    made = module("print('demo')\n\n\ndef f():\n    return 1\n", "f")
    assert made.source == "\n\n\ndef f():\n    return 1\n"
    assert made.place(4) == "line 4"


def test_a_line_of_a_notebook_has_its_place_in_a_cell():
    made = to_module(notebook("a = 1\nb = 2", "%%bash\nls", "\nc = 3"), ["a", "b", "c"])
    places = {line: made.place(n) for n, line in enumerate(made.source.split("\n"), 1) if line}
    assert places == {
        "a = 1": "cell 1, line 1",
        "b = 2": "cell 1, line 2",
        "c = 3": "cell 3, line 2",
    }
    assert made.place(1) == "the notebook"


def test_a_demonstration_never_runs():
    text = "import nowhere\nraise SystemExit\ndef f(): return 2\n1 / 0\nx = exit()\nexit()\n"
    made = module(text, "f")
    assert defined(made)["f"]() == 2
    assert made.notes == ("not run: 4 statements that no exercise needs: line 2; lines 4 to 6",)


def test_names_that_are_not_there_do_no_harm():
    made = module("def f(): return missing()\n", "f", "g", "C")
    assert list(defined(made)) == ["f"]


def test_an_empty_file_makes_an_empty_module():
    assert module("", "f") == Module("", ())
    assert to_module(notebook(), ["f"]).source == ""


def test_one_statement_is_told_in_the_singular():
    (note,) = module("\nprint(1)", "f").notes
    assert note == "not run: 1 statement that no exercise needs: line 2"


def test_places_of_what_is_left_out_are_told_up_to_a_number():
    made = to_module(notebook(*["print(1)\nprint(\n2)"] * 7), ["f"])
    cells = "; ".join(f"cell {number}, lines 1 to 3" for number in range(1, 6))
    (note,) = made.notes
    assert note == f"not run: 14 statements that no exercise needs: {cells}; and 4 more"


def test_imports_definitions_and_text_are_not_counted_as_left_out():
    assert module('"""Doc."""\nimport os\ndef g(): pass\nclass C: pass\n', "f").notes == ()


def test_a_line_in_pythons_words_is_the_students():
    (note,) = module("def f(): return 1\n\n\ndef g():\n    '''no end\n", "f").notes
    assert note.startswith("line 5: ")
    assert note.endswith("(detected at line 5); left out: `def g():`")


def test_parts_left_out_for_errors_are_told_up_to_a_number():
    notes = module("def f(): return 1\n" + "a b\n" * 30, "f").notes
    assert len(notes) == 11
    assert notes[-1] == "20 more parts left out for errors"


def test_empty_copies_are_told_up_to_a_number():
    names = [f"f{number}" for number in range(15)]
    filled = "".join(f"def {name}(): return 1\n" for name in names)
    notes = module(filled + "".join(f"def {name}(): pass\n" for name in names), *names).notes
    assert len(notes) == 11
    assert [note.split()[0] for note in notes[:10]] == [f"`f{number}`" for number in range(10)]
    assert notes[-1] == "5 more empty copies ignored"


def test_cells_of_another_language_are_told_up_to_a_number():
    made = to_module(notebook(*["%%bash\nls"] * 7), ["f"])
    cells = ", ".join(f"cell {number} (%%bash)" for number in range(1, 6))
    assert made.notes == (f"not Python, left out: {cells} and 2 more",)


def test_what_a_student_wrote_is_safe_to_print_in_a_note():
    text = "def f\u202e\x1b[2J(:\n    pass\nx\x00 = 1\n" + "y" * 5000 + " z\n"
    made = module(text, "f")
    assert len(made.notes) == 3
    assert all(note.isprintable() and len(note) < 400 for note in made.notes)


def test_a_student_is_not_shown_pythons_warnings():
    assert module('def f(): return "\\d" is 3\n', "f").notes == ()


def test_more_code_than_a_student_writes():
    module("#" * limits.CODE_CHARACTERS, "f")
    with pytest.raises(Unreadable, match="more than 256 KiB of code"):
        module("#" * (limits.CODE_CHARACTERS + 1), "f")
    with pytest.raises(Unreadable, match="more than 256 KiB of code"):
        to_module(notebook(*["#" * 1024] * 257), ["f"])


@pytest.mark.parametrize(
    "text",
    ["x = " + "a." * 50_000 + "b", "x = " + "a+" * 50_000 + "b", "x = " + "-" * 50_000 + "1"],
)
def test_code_too_deep_to_parse_is_told_in_one_line(text):
    with pytest.raises(Unreadable, match=r"knn\.py: too deeply nested for Python to parse"):
        module(text, "f")


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "a b\n" * 50_000,
        "a (\n" * 50_000,
        "'''\na\n" * 30_000,
        "a=1\n\0\n" * 40_000,
        "def f0(): pass\n" * 10_000,
        "class f0:\n def a(s):1\n def b(s):pass\n" * 5000,
        "".join(f"def f{i}(): return f{i + 1}()\n" for i in range(7000)),
        "import os\n" + "".join(f"os.a{i} = b{i}\nb{i} = [b{i + 1}]\n" for i in range(5000)),
        "".join(f"def f{i}(g): T.append(g)\n@f{i}\ndef g{i}(): f0()\n" for i in range(4000)),
        "class C0: pass\n" + "".join(f"class C{i + 1}(C{i}): pass\n" for i in range(6000)),
        "f0 = 1\n" + "f0 = f0(f0)\n" * 15_000,
        "%time x\n" * 30_000,
        ">>> f0\n" * 30_000,
        "<<<<<<< a\n" * 20_000,
        "class C:\n" + " def f(s): print 's'\n" * 10_000,
        "# %%\n%%time\nx = 1\n" * 10_000,
        "app = marimo.App()\n" + "@app.cell\ndef _(a): b=1\n" * 8000,
        "get_ipython().run_cell_magic('time', '', 'x = 1\\n')\n" * 5000,
        'f\'{a["b"]}\' + f"{a["b"]}" (\n' * 8000,
    ],
)
def test_hostile_code_ends(text):
    started = time.monotonic()
    module(text, "f0", "a")
    assert time.monotonic() - started < 30  # about 1 s; without bounds some take hours


def test_code_that_compiles_to_gigabytes_is_not_compiled_here():
    blocks = (f"{' ' * i}try:\n{' ' * i} a = 1\n{' ' * i}finally:\n" for i in range(1, 18))
    text = f"def f():\n{''.join(blocks)}{' ' * 18}a = 2\n"
    started = time.process_time()
    assert "def f" in module(text, "f").source
    assert time.process_time() - started < 0.5  # compiled, it takes 2 s, and twice that for each


def test_an_honest_file_takes_milliseconds():
    function = "def f{0}(X, y):\n    a = np.abs(X)\n    for i in range(3):\n        a += X[i] * y\n"
    text = "import numpy as np\n" + "".join(
        function.format(number) + f"    return f{number + 1}(a, y)\n\n\n" for number in range(57)
    )
    assert text.count("\n") == 400
    times = []
    for _ in range(10):
        started = time.process_time()
        made = module(text, "f0")
        times.append(time.process_time() - started)
    assert made.source.count("def ") == 57
    assert min(times) < 0.015
