"""The assignment that docs/testing-torch.md shows is sound, and its suite catches mistakes."""

import re
from pathlib import Path

import pytest

from grader.course.course import Course
from grader.course.first import first_course
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.intake.submission import Submission
from grader.record.record import results

pytestmark = [pytest.mark.processes, pytest.mark.slow]

PAGE = (Path(__file__).parents[2] / "docs" / "testing-torch.md").read_text()
REFERENCE, *SUITE = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
EXERCISES = ("Gate.forward", "smooth_l1", "fit")
WRONG = {  # a line of the reference -> what is wrong instead, and what it costs
    "self.a(x) * torch": ("self.a(x).detach() * torch", 5),  # with this, no training works
    "self.dropout(self.a(x)": ("(self.a(x)", 1),
    "d - beta / 2).mean()": ("d - beta / 2).mean().detach()", 2),
    "        net.zero_grad()\n": ("", 3),
}

MISTAKE = """
[[mistake]]
name = "cut_off"
exercise = "Gate.forward"
hint = "Half of it is cut off."
patch = [{ find = "self.a(x) * torch", replace = "self.a(x).detach() * torch" }]
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    pytest.importorskip("torch")
    root = tmp_path_factory.mktemp("course")
    texts = {name: text.decode() for name, text in first_course("layers").items()}
    listed = ", ".join(f'"{name}"' for name in EXERCISES)
    texts["assignments/layers/assignment.toml"] = (
        f'title = "L"\nsummary = "L."\nexercises = [{listed}]\nimports = ["torch"]\n'
    )
    tasks = "".join(f'# %%\n{{{{ task("{name}") }}}}\n\n' for name in ("Gate", "smooth_l1", "fit"))
    texts["assignments/layers/layers.py.j2"] = f"# %%\n{{{{ imports }}}}\n\n{tasks}"
    texts["assignments/layers/mistakes.toml"] = MISTAKE
    texts["reference/layers.py"] = REFERENCE
    texts["assignments/layers/hidden/test_layers.py"] = "\n".join(SUITE)
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assignment = Course(root).assignment("layers")
    with Engine(assignment, ["hidden"], find_isolation("split")) as engine:
        yield engine


def earned(engine, text):
    judged = engine.judge(Submission("s", "layers.py", {"layers.py": text.encode()}, "", ()), 3)
    return results(engine.checks, judged.outcomes)


def test_the_code_of_the_page_earns_everything(engine):
    lost = [check for check in earned(engine, REFERENCE) if check.earned < check.points]
    assert not lost, lost


@pytest.mark.parametrize("right", WRONG)
def test_a_mistake_in_the_code_of_the_page_costs_its_checks(engine, right):
    wrong, cost = WRONG[right]
    assert right in REFERENCE
    checks = earned(engine, REFERENCE.replace(right, wrong))
    assert sum(check.points - check.earned for check in checks) == cost


def test_the_mistake_behind_a_wrong_gradient_is_recognised(engine):
    right = "self.a(x) * torch"
    checks = earned(engine, REFERENCE.replace(right, WRONG[right][0]))
    hints = {check.hint for check in checks if check.id.endswith("test_gradient_of_the_layer")}
    assert hints == {"Half of it is cut off."}
