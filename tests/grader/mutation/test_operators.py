"""Mutations change one place of the code, in every way that is listed, and nothing else."""

import ast

import pytest

from grader.mutation.operators import mutations


def bodies(text):
    """Return the last line of a function for each mutation of it."""
    return {ast.unparse(m.tree).splitlines()[-1].strip() for m in mutations(ast.parse(text))}


def mutants_of(expression, parameters="a, b, c"):
    lines = bodies(f"def f({parameters}): return {expression}")
    return {line.removeprefix("return ") for line in lines if line.startswith("return")}


@pytest.mark.parametrize(
    ("expression", "mutants"),
    [
        ("a + b", {"a - b", "a", "b", "-(a + b)"}),
        ("a - b", {"a + b", "b - a", "a", "-b", "-(a - b)"}),
        ("a / b", {"a * b", "a // b", "b / a", "a", "-(a / b)"}),
        ("a @ b", {"a * b", "b @ a", "a.T @ b", "a @ b.T", "-(a @ b)"}),
        ("a.T", {"a"}),
        ("-a", {"a"}),
        ("a ** 2", {"a * 2", "2 ** a", "a", "a ** 3", "a ** 1", "-a ** 2"}),
        ("a < b", {"a <= b", "a >= b"}),
        ("a == b", {"a != b"}),
        ("a and b", {"a or b", "a", "b"}),
        ("a if b else c", {"a", "c"}),
        ("a[1:]", {"a[:]", "a[2:]", "a[0:]"}),
        ("a[:b]", {"a[:]", "a[:b + 1]", "a[:b - 1]"}),
        ("a[::-1]", {"a", "a[::1]", "a[::-2]", "a[::-0]"}),
        ("a[a > b]", {"a", "a[a >= b]", "a[a <= b]"}),
        ("0.5", {"1.0", "0.0"}),
        ("1e-08", {"1e-05", "0.0"}),
        ("True", {"False"}),
        ("np.mean(a)", {"np.sum(a)", "a"}),
        ("a.max()", {"a.min()", "a"}),
        ("a.sum(axis=1)", {"a.mean(axis=1)", "a.sum()", "a.sum(axis=0)", "a"}),
        ("f(a, keepdims=True)", {"f(a)"}),
        ("f(a, b)", {"f(b, a)"}),
        ("a.detach()", {"a"}),
        ("a.astype(float)", {"a", "a.astype(int)"}),
        ("np.float64", {"np.float32"}),
        ("range(a)", {"range(a - 1)", "range(a + 1)", "range(1, a)"}),
        ("len(a)", {"len(a) - 1", "len(a) + 1"}),
        ("np.random.default_rng(a)", {"np.random.default_rng(0)"}),
        ("rng.normal()", {"np.random.default_rng(0).normal()"}),
        ("f(a, reduction='sum')", {"f(a)", "f(a, reduction='mean')"}),
        ("{'q1': 'a', 'q2': 'b'}", {"{'q1': 'b', 'q2': 'b'}", "{'q1': 'a', 'q2': 'a'}"}),
        ("[x for x in a if x]", {"[x for x in a]"}),
    ],
)
def test_an_expression_has_these_mutants(expression, mutants):
    assert mutants_of(expression) == mutants


def test_a_parameter_is_confused_with_the_next_one_of_its_kind_alone():
    found = mutants_of("a + c", "a: float, b: int, c: float")
    assert {"c + c", "a + a"} < found
    assert not any("b" in line.replace("(", "") for line in found)


def test_an_augmented_assignment_has_these_mutants():
    found = bodies("def f(x, y):\n    x @= y")
    assert found == {"x *= y", "x @= y.T", "x = x @ y", "x = y", "pass"}


def test_a_copy_becomes_a_change_in_place_also_of_an_argument():
    assert "s -= 1" in bodies("def f(s):\n    s = s - 1")
    changed = [
        ast.unparse(m.tree)
        for m in mutations(ast.parse("def f(s):\n    t = s - 1"))
        if m.operator == "in place"
    ]
    assert changed == ["def f(s):\n    s -= 1\n    t = s"]


def test_statements_are_left_out_and_swapped():
    text = "def f(net, opt, loss):\n    opt.zero_grad()\n    loss.backward()\n    opt.step()"
    tree = ast.parse(text)
    found = {m.words: ast.unparse(m.tree) for m in mutations(tree)}
    assert "    pass\n    loss.backward()" in found["no `opt.zero_grad()`"]
    swapped = found["`loss.backward()` before `opt.zero_grad()`"]
    assert swapped == text.replace("opt.zero_grad()", "?").replace(
        "loss.backward()", "opt.zero_grad()"
    ).replace("?", "loss.backward()")
    assert ast.unparse(tree) == ast.unparse(ast.parse(text))


def test_a_return_is_forgotten_and_a_sum_that_is_kept_is_not_added_to():
    assert "f(x)" in bodies("def g(x):\n    return f(x)")
    assert "self.total = x" in bodies("def add(self, x):\n    self.total += x")


def test_an_answer_that_stands_alone_becomes_another_one():
    assert bodies("ANSWERS = {'q1': 'a'}") == {"ANSWERS = {'q1': 'b'}"}


def test_only_a_name_that_is_bound_elsewhere_loses_an_assignment():
    assert not any(
        m.words.startswith("no `x = ") for m in mutations(ast.parse("def f(y):\n    x = y"))
    )
    twice = mutations(ast.parse("def f(y):\n    x = y\n    x = x"))
    assert sum(m.operator == "dropped statement" for m in twice) == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("if x:\n    with torch.no_grad():\n        g(x)", "if x:\n    g(x)"),
        ("@torch.no_grad()\ndef f(x):\n    g(x)", "def f(x):\n    g(x)"),
        ("if a:\n    x()\nelse:\n    y()", "y()"),
        ("for i in a:\n    x()", "for i in a:\n    x()\n    break"),
        ("for i in a:\n    break", "for i in a:\n    continue"),
        ("model.eval()", "model.train()"),
    ],
)
def test_modes_branches_and_loops_have_mutants(text, line):
    # The module has a first statement, so that a lone text would not be taken for its docstring.
    found = [
        ast.unparse(m.tree).split("\n", 1)[1].strip() for m in mutations(ast.parse(f"pass\n{text}"))
    ]
    assert line in found


def test_what_decides_no_answer_is_left_alone():
    text = '''def f(x: int = 1) -> float:
    """Return 1 + 1."""
    with np.errstate(divide="ignore"):
        y: float = x
    raise ValueError("1" + f"{x + 1}")
'''
    found = mutations(ast.parse(text))
    assert [m.words for m in found] == ["""no `raise ValueError('1' + f'{x + 1}')`"""]


def test_a_mutation_says_where_and_shares_the_rest():
    tree = ast.parse("def f(a, b):\n    return a\n\ndef g(a, b):\n    return 1 + b")
    found = next(m for m in mutations(tree) if m.operator == "operator")
    assert (found.line, found.column, found.words) == (5, 11, "`1 - b` for `1 + b`")
    assert found.tree.body[0] is tree.body[0]
    names = {}
    exec(compile(found.tree, "mutant", "exec"), names)
    assert names["g"](0, 3) == -2


def test_the_same_code_gives_the_same_list_each_once():
    text = "def f(x):\n    y = x.sum(axis=0) - 1\n    return y / len(x)"
    first, second = (
        [(m.line, m.column, m.words) for m in mutations(ast.parse(text))] for _ in range(2)
    )
    assert first == second
    texts = [ast.unparse(m.tree) for m in mutations(ast.parse(text))]
    assert len(set(texts)) == len(texts)
