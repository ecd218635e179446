"""One broken statement costs what depends on it, never the file, never the grader."""

import builtins
import sys
from textwrap import dedent

import pytest

from grader.sandbox.terms import Terms
from grader.sandbox.worker.program import (
    Fault,
    Sources,
    compile_program,
    execute,
    load_program,
    message_of,
    prepare,
    uncompiled,
)
from grader.sandbox.worker.stand_ins import IN_NOTEBOOKS


def sources_of(text, **modules):
    beside = {name.replace("__", "."): dedent(code) for name, code in modules.items()}
    return Sources("answer", dedent(text), beside, Terms())


def execute_all(text, **modules):
    sources = sources_of(text, **modules)
    program = load_program(compile_program(sources))
    prepare(sources, program)
    return execute(sources, program)


@pytest.fixture
def run(monkeypatch):
    """Return a function that executes a submission here, and forget what it imported."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "orig_argv", list(sys.orig_argv))
    for name in IN_NOTEBOOKS:
        monkeypatch.setattr(builtins, name, None, raising=False)
    known = set(sys.modules)
    yield execute_all
    for name in set(sys.modules) - known:
        del sys.modules[name]


def test_a_right_submission_has_no_faults(run):
    module, faults = run("import math\ndef area(r): return math.pi * r * r\nPI = area(1)")
    assert faults == []
    assert module.area(1) == module.PI
    assert (module.__name__, module.__file__) == ("answer", "answer.py")


def test_statements_that_fail_are_noted_and_the_rest_goes_on(run):
    module, faults = run("""\
        a = 1
        b = 1 / 0
        import concurrent.no_such_module
        c = missing + 1
        raise ValueError("on purpose")
        d = a + 1
        """)
    assert (module.a, module.d) == (1, 2)
    assert not hasattr(module, "b")
    assert faults == [
        Fault(2, "ZeroDivisionError", "division by zero"),
        Fault(3, "ModuleNotFoundError", "No module named 'concurrent.no_such_module'"),
        Fault(4, "NameError", "name 'missing' is not defined"),
        Fault(5, "ValueError", "on purpose"),
    ]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("raise SystemExit(3)", "SystemExit"),
        ("import sys; sys.exit('done')", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("raise type('Own', (BaseException,), {})", "Own"),
    ],
)
def test_a_statement_that_wants_to_end_the_process_ends_itself_only(run, statement, kind):
    module, faults = run(f"{statement}\nx = 5")
    assert module.x == 5
    assert [fault.error for fault in faults] == [kind]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("return 3", "'return' outside function"),
        ("yield 3", "'yield' outside function"),
        ("break", "'break' outside loop"),
        ("await x", "'await' outside function"),
        ("def f(a, a): pass", "duplicate argument 'a'"),
        ("def f():\n    nonlocal x", "no binding for nonlocal 'x' found"),
        ("from __future__ import no_such_feature", "future feature no_such_feature"),
    ],
)
def test_a_statement_that_does_not_compile_is_a_fault_of_its_own(run, statement, words):
    module, faults = run(f"x = 1\n{statement}\ny = 2")
    assert (module.x, module.y) == (1, 2)
    (fault,) = faults
    assert (fault.error, fault.line) == ("SyntaxError", 2)
    assert words in fault.text


def test_a_text_that_does_not_parse_is_one_fault_on_its_line(run):
    _, (fault,) = run("x = 1\ny = = 2\nz = 3")
    assert (fault.line, fault.error) == (2, "SyntaxError")


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "-" * 100_000 + "1",
        "x = a" + ".b" * 100_000,
        "x = " + "(" * 5_000 + "1" + ")" * 5_000,
        "if a: pass\n" + "elif a: pass\n" * 20_000,
        "x = " + "lambda: " * 20_000 + "1",
        "x = 1\0",
        "x = '\udc80'",
    ],
    ids=["signs", "attributes", "brackets", "branches", "lambdas", "null", "surrogate"],
)
def test_a_text_made_to_break_the_compiler_is_a_fault(run, text):
    _, faults = run(text)
    assert [fault.error for fault in faults] == ["SyntaxError"]
    assert faults[0].text


def test_compiling_runs_nothing_and_warns_of_nothing(capfd):
    text = "print('ran')\nx = '\\d' is 1\nassert (x, 'always')"
    load_program(compile_program(sources_of(text, beside="print('ran too')")))
    assert capfd.readouterr() == ("", "")


def test_the_future_of_annotations_holds_for_every_statement(run):
    module, faults = run("""\
        from __future__ import annotations
        def f(x: NotDefined) -> np.ndarray: return x
        class C:
            field: AlsoNot
        """)
    assert faults == []
    assert module.f.__annotations__ == {"x": "NotDefined", "return": "np.ndarray"}
    assert module.C.__annotations__ == {"field": "AlsoNot"}


def test_without_it_annotations_are_evaluated(run):
    module, faults = run("def f(x: int): return x\ndef g(x: NotDefined): return x")
    assert module.f.__annotations__ == {"x": int}
    if sys.version_info < (3, 14):  # from there on they are evaluated when asked for
        assert [fault.error for fault in faults] == ["NameError"]


def test_modules_beside_the_submission_are_importable(run):
    module, faults = run(
        """\
        import helpers
        from helpers import twice
        from shapes.flat import side
        import shapes.flat as flat
        x = twice(3) + helpers.ONE + side + flat.side
        """,
        helpers="ONE = 1\ndef twice(x): return 2 * x",
        shapes__flat="side = 10",
    )
    assert faults == []
    assert module.x == 27


def test_the_given_package_is_importable_in_every_way(run):
    module, faults = run(
        """\
        import given.models
        from given import models
        from given.models import two
        x = given.models.two() + models.two() + two()
        """,
        given__models="from given.layers import ONE\nfrom . import layers\n"
        "def two(): return ONE + layers.ONE",
        given__layers="ONE = 1",
    )
    assert faults == []
    assert module.x == 6


def test_a_broken_module_costs_its_import_only(run):
    module, faults = run(
        "import broken\nimport raising\nx = 1",
        broken="def f(:",
        raising="y = 1 / 0",
    )
    assert module.x == 1
    assert [(fault.line, fault.error) for fault in faults] == [
        (1, "SyntaxError"),
        (2, "ZeroDivisionError"),
    ]


def test_a_submission_can_import_itself_and_its_classes_know_their_module(run):
    module, faults = run("""\
        import dataclasses
        @dataclasses.dataclass
        class Point:
            x: "int" = 0
        import answer
        same = answer.Point is Point
        """)
    assert faults == []
    assert module.same is True
    assert module.Point.__module__ == "answer"


def test_the_main_block_does_not_run(run):
    module, faults = run("x = 1\nif __name__ == '__main__':\n    x = 2")
    assert (module.x, faults) == (1, [])


def test_a_script_sees_its_own_name_as_its_only_argument(run):
    module, faults = run("""\
        import argparse, sys
        parser = argparse.ArgumentParser()
        parser.add_argument("--epochs", type=int, default=5)
        options = parser.parse_args()
        extra = argparse.ArgumentParser().parse_known_args()[1]
        name = parser.prog
        words = [*sys.argv, *sys.orig_argv]
        """)
    assert faults == []
    assert (module.options.epochs, module.extra, module.name) == (5, [], "answer.py")
    assert module.words == ["answer.py", "python", "answer.py"]


def test_an_argument_that_a_script_cannot_do_without_is_a_fault(run):
    _, (fault,) = run("""\
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("data")
        parser.parse_args()
        """)
    assert (fault.line, fault.error) == (4, "SystemExit")


def test_what_a_notebook_has_without_an_import_is_there(run):
    module, faults = run("""\
        display(3)
        get_ipython().run_line_magic("matplotlib", "inline")
        get_ipython().system("ls")
        shell = get_ipython().__class__.__name__
        in_colab = "google.colab" in str(get_ipython())
        def f():
            display({"loss": 1}, clear=True)
            return 4
        four = f()
        """)
    assert faults == []
    assert (module.four, module.in_colab) == (4, False)


def test_line_numbers_are_those_of_the_file():
    sources = sources_of("\n\nx = 1\n\n\ndef f():\n    pass\n", helper="")
    program = load_program(compile_program(sources))
    assert [line for line, _ in program.statements] == [3, 6]
    assert sources.files == {"answer.py", "helper.py"}


def test_an_error_of_syntax_keeps_its_kind_and_its_place(run):
    _, (fault,) = run("if x:\ny = 1")
    assert (fault.error, fault.line) == ("IndentationError", 2)
    assert fault.text.endswith("(answer.py, line 2)")


def test_what_could_not_be_compiled_is_one_fault(run):
    _, faults = execute(sources_of("x = 1"), load_program(uncompiled("it is too long")))
    assert faults == [Fault(1, "SyntaxError", "it is too long")]


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Rude(Exception):
    def __str__(self):
        raise SystemExit


class Wrong(Exception):
    def __str__(self):
        return 3


@pytest.mark.parametrize("kind", [Mute, Rude, Wrong])
def test_an_exception_that_cannot_speak_has_no_message(kind):
    assert message_of(kind()) == ""


def test_a_long_message_is_cut():
    assert message_of(ValueError("x" * 10_000)) == "x" * 2000
    assert message_of(ValueError("short")) == "short"


GIVEN = """
    def told(): return "the truth"
    class Net:
        def state(self): return "as it is"
    """


def test_given_code_is_put_back_where_a_submission_replaced_it(run):
    text = """
        import given.helpers as helpers
        kept = helpers.Net
        helpers.told = lambda: "a lie"
        helpers.Net.state = lambda self: "a lie"
        helpers.Net = None
        helpers.mine = 1
        """
    sources = sources_of(text, given__helpers=GIVEN)
    program = load_program(compile_program(sources))
    beside = prepare(sources, program)
    module, faults = execute(sources, program)
    assert faults == []
    helpers = module.helpers
    assert helpers.told() == "a lie"
    beside.put_back_given()
    assert (helpers.told(), helpers.Net().state()) == ("the truth", "as it is")
    assert (helpers.Net, helpers.mine) == (module.kept, 1)


def test_the_students_own_modules_are_not_put_back(run):
    text = "import mine\nmine.told = lambda: 'changed'"
    sources = sources_of(text, mine="def told(): return 'first'")
    program = load_program(compile_program(sources))
    beside = prepare(sources, program)
    module, _ = execute(sources, program)
    beside.put_back_given()
    assert module.mine.told() == "changed"
