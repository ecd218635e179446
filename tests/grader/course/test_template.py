"""One template, two texts; and what a template must not do."""

import re

import pytest

from grader.course.template import render
from grader.errors import CourseError

TEMPLATE = "assignments/scaling/scaling.py.j2"


def test_the_solution_is_a_complete_module(assignment):
    module = {}
    exec(render(assignment, solution=True), module)
    assert module["mean"]([1.0, 2.0, 6.0]) == 3.0
    assert module["ANSWERS"]["many"] == ["a", "c"]


def test_the_handout_holds_the_tasks_and_no_answers(assignment):
    text = render(assignment, solution=False)
    assert text.count("# YOUR CODE HERE") == 3
    assert '# # Scaling "columns"\n' in text
    assert "# - mean\n# - Scaler.fit\n" in text
    assert r"$\frac{1}{N} \sum_i x_i$" in text
    for answer in ("fsum", "X.std", "self.shift", '"b"', "Every value counts", "would be the"):
        assert answer not in text, answer


def test_what_is_given_stands_in_both_to_the_letter(assignment):
    for solution in (False, True):
        text = render(assignment, solution=solution)
        assert "_TINY = 1e-12  # below this a column is constant\n" in text
        assert "import math\nfrom collections.abc import Sequence\n\nimport numpy as np\n" in text


def test_text_of_the_solution_stands_in_the_solution_only(assignment):
    assert "Every value counts" in render(assignment, solution=True)


WRONG = [
    ('{{ task("mean") }}', "", r"exercise mean is rendered nowhere; write task\('mean'\) once"),
    ('{{ task("Scaler") }}', "", r"exercise Scaler\.fit is rendered nowhere; write task\('Scaler'"),
    ('{{ task("mean") }}', '{{ task("mean") }}\n' * 2, "exercise mean is rendered 2 times"),
    ('{{ task("mean") }}', '{{ task("meen") }}', "17: .*named 'meen'; did you mean 'mean'"),
    ('{{ task("Scaler") }}', '{{ task("Scaler.fit") }}', "name the whole class, 'Scaler'"),
    ('{{ code("_TINY") }}', '{{ task("_TINY") }}', r"write code\('_TINY'\) to give it"),
    ('{{ code("_TINY") }}', '{{ code("mean") }}', r"code\('mean'\) would show an answer"),
    ('{{ code("_TINY") }}', '{{ code("Scaler") }}', r"code\('Scaler'\) would show an answer"),
    ('{{ code("_TINY") }}', '{{ code("Scaler.name") }}', "name the whole class, 'Scaler'"),
    ('{{ code("_TINY") }}', '{{ code("_TNY") }}', "did you mean '_TINY'"),
    ("{{ imports }}", "{{ import }}", "9: 'import' is undefined; did you mean 'imports'"),
    ("{{ imports }}", "{{ x }}", "'x' is undefined; a template knows task, code, imports"),
    ("{{ imports }}", "{{ task() }}", "9: .*missing 1 required positional argument"),
    ("{{ imports }}", "{% if %}", "9: Expected an expression"),
    ("{{ imports }}", "x = = 1", r"line 10 of the handout is not Python \(.*\): 'x = = 1'"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_a_wrong_template_is_refused(assignment, edit, root, old, new, message):
    edit(TEMPLATE, old, new)
    with pytest.raises(CourseError, match=f"^{re.escape(str(root / TEMPLATE))}:.*{message}"):
        render(assignment, solution=False)


def test_a_solution_that_lacks_what_it_uses_is_refused(assignment, edit):
    edit(TEMPLATE, '{{ code("_TINY") }}', "")
    assert render(assignment, solution=False)
    with pytest.raises(CourseError, match=r"uses _TINY, which it does not define; add \{\{ code"):
        render(assignment, solution=True)


def test_a_handout_that_lacks_what_its_demo_uses_is_refused(assignment, edit):
    edit(TEMPLATE, '{{ code("_TINY") }}', "{% if solution %}{{ code('_TINY') }}{% endif %}")
    assert render(assignment, solution=False)
    edit(TEMPLATE, "print(mean", "print(_TINY, mean")
    with pytest.raises(CourseError, match="the handout uses _TINY"):
        render(assignment, solution=False)


def test_an_assignment_without_a_template_is_refused(assignment):
    assignment.template_path.unlink()
    with pytest.raises(CourseError, match=r"scaling\.py\.j2: there is no such file"):
        render(assignment, solution=False)
