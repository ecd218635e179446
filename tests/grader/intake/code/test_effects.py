"""What a call changes is read from the functions that it calls."""

import ast

import pytest

from grader.intake.code.effects import Effects
from grader.intake.code.names import names_of

SETUP = """
def part(rule):
    PARTS.append(rule)

def outer(rule):
    part(rule)

def fill():
    global TABLE
    TABLE = 1

def add_to(kind):
    def put(method):
        setattr(kind, method.__name__, method)
        return method
    return put

def own():
    PARTS = []
    PARTS.append(1)

def through(kind):
    for target in [kind]:
        inner = target.inner
        inner.x = 1

def cell():
    count = 0
    def step():
        nonlocal count
        count += 1
    return step

def loops(a):
    return loops(a) + turns(a)

def turns(b):
    b.x = 1
    return loops(b)

def patch(method):
    kind = list(method.__annotations__.values())[0]
    setattr(kind, method.__name__, method)

def patch_as(name):
    return lambda method: setattr(method.__annotations__["self"], name, method)

class Rule:
    def __init__(self, weight, kind):
        kind.rules = weight
        RULES[weight] = self

class Meta(type):
    def __init__(cls, *args):
        KINDS.append(cls)

class Base(metaclass=Meta):
    pass

class Below(Base):
    pass

class Watched:
    def __init_subclass__(cls):
        cls.known.append(cls)

alias = add_to(Net)
named = patch_as("f")
loud = lambda x: x
"""


def changed(code: str, **options) -> set[str]:
    (statement,) = ast.parse(code).body
    statements = [*ast.parse(SETUP).body, statement]
    return Effects(statements, **options).of(statement, names_of(statement).now)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("part(f)", "PARTS"),
        ("x = part(f)", "PARTS"),
        ("outer(f)", "PARTS"),
        ("list(map(part, [f]))", "PARTS"),
        ("for f in g: part(f)", "PARTS"),
        ("fill()", "TABLE"),
        ("own()", ""),
        ("cell()()", ""),
        ("through(Net)", "Net"),
        ("through(kind=[Net, Other])", "Net Other"),
        ("through(Net.inner[0])", "Net"),
        ("through(make())", ""),
        ("turns(Net)", "Net"),
        ("Rule(3, Net)", "RULES Net"),
        ("unknown(Net)", ""),
        ("print(part)", "PARTS"),
        ("def f(): part(1)", ""),
        ("f = lambda: part(1)", ""),
        ("def f(x=part(1)): pass", "PARTS"),
        ("@part\ndef f(): pass", "PARTS"),
        ("@add_to(Net)\ndef f(self): pass", "Net"),
        ("@alias\ndef f(self, x: Other): pass", "Net"),
        ("@patch_as('f')\ndef f(self: Net): pass", "Net patch_as"),
        ("@named\ndef f(self: Net): pass", "Net named"),
        ("@patch\ndef f(self: Net): pass", "Net patch"),
        ("@imported\ndef f(self: Net, x: Other): pass", "Net imported"),
        ("@imported.add(Net, k=3)\ndef f(): pass", "Net imported"),
        ("@loud\ndef f(): pass", ""),
        ("class C(Base): pass", "KINDS"),
        ("class C(Below): pass", "KINDS"),
        ("class C(Watched): pass", "Watched"),
        ("class C(Elsewhere): pass", ""),
    ],
)
def test_changed_names(code, names):
    assert changed(code) - {"add_to"} == set(names.split())


def test_what_an_exercise_calls_itself_does_not_count_but_for_a_decorator():
    assert changed("part(f)", used={"part"}) == set()
    assert changed("outer(f)", used={"part"}) == set()
    assert changed("@part\ndef f(): pass", used={"part"}) == {"PARTS"}


def test_a_class_whose_list_is_read_may_be_filled_by_making_objects():
    made = Effects(ast.parse("class P:\n  def __init__(s, f): P.all.append(f)").body, used=set())
    assert made.of(ast.parse("P(1)").body[0], {"P"}) == {"P"}


def test_a_decorator_from_a_module_beside_may_change_what_else_is_imported_from_it():
    beside = {"shared": {"shared", "SHARED"}}
    assert changed("@shared\ndef f(): pass", beside=beside) == {"shared", "SHARED"}
    assert changed("@shared\ndef f(): pass") == {"shared"}


def test_a_long_chain_of_calls_ends():
    chain = "".join(f"def f{i}(): return f{i + 1}()\n" for i in range(3000))
    statements = ast.parse(chain + "def f3000(): T.append(1)\nf2990()\nf0()").body
    effects = Effects(statements)
    assert effects.of(statements[-2], {"f2990"}) == {"T"}
    assert effects.of(statements[-1], {"f0"}) == set()  # too far away to be followed


@pytest.mark.parametrize(
    ("code", "makes"),
    [
        ("def f():\n    def g(): pass\n    return g", True),
        ("def f(): return lambda: 1", True),
        ("def f(g): return g", True),
        ("class f:\n    def __call__(self): pass", True),
        ("def f(g): return g()", False),
        ("class f: pass", False),
        ("f = 1", False),
    ],
)
def test_a_function_that_makes_functions(code, makes):
    assert Effects(ast.parse(code).body).makes_a_function("f") is makes
