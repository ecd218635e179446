"""What a suite's text shows: lines that look like a check and decide nothing are named."""

import textwrap

import pytest

from grader.audit.reading import read_suite


def read(tmp_path, body, imports=("numpy",)):
    """Return (line, is a hole, text) of what is found in a file of a hidden suite."""
    file = tmp_path / "hidden" / "test_it.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(textwrap.dedent(body).lstrip("\n"))
    found = list(read_suite([file], list(imports)))
    assert all(str(reading).startswith(f"hidden/test_it.py:{reading.line}: ") for reading in found)
    return [(reading.line, reading.hole, reading.text) for reading in found]


HOLES = {
    "returns": (
        "def test_it(submission):\n    return submission.f(1) == 1.0\n",
        "test_it returns a value, which decides nothing; write assert",
    ),
    "asks nothing": (
        "def test_it(submission, close):\n    close(1.0, 1.0)\n",
        "asks nothing of the submission",
    ),
    "has no submission": (
        "def test_it(reference):\n    assert reference.f(1) == 1\n",
        "asks nothing of the submission",
    ),
    "compares": ("def test_it(submission):\n    submission.f(1) == 1\n", "thrown away"),
    "compares twice": (
        "def test_it(submission):\n    a = submission.f(1)\n    a > 0 and a < 2\n",
        "thrown away",
    ),
    "negates": ("def test_it(submission):\n    not submission.f(1)\n", "thrown away"),
    "forgets assert": (
        "def test_it(submission):\n    np.array_equal(submission.f(1), [1])\n",
        "np.array_equal(submission.f(1), [1]) is computed and thrown away",
    ),
    "zips an answer": (
        "def test_it(submission, close):\n"
        "    for name, got, right in zip('ab', submission.f(1), (1, 2)):\n"
        "        close(got, right, name=name)\n",
        "ends with the shortest; add strict=True",
    ),
    "zips by a name": (
        "def test_it(submission, close):\n"
        "    parts = submission.f(1)\n"
        "    for got, right in zip(parts, (1, 2), strict=False):\n"
        "        close(got, right)\n",
        "add strict=True",
    ),
    "zips in a helper": (
        "def compare(function, close):\n"
        "    for got, right in zip(function.batch([(1,), (2,)]), (1, 2)):\n"
        "        close(got, right)\n"
        "def test_it(submission, close):\n    compare(submission.f, close)\n",
        "add strict=True",
    ),
    "approx": (
        "def test_it(submission):\n    assert submission.f(1) == pytest.approx(1.0)\n",
        "holds for an empty array; use the fixture close",
    ),
    "approx of a part": (
        "def test_it(submission):\n    a, b = submission.f(1)\n    assert approx(1.0) == b[0]\n",
        "holds for an empty array",
    ),
    "allclose": (
        "def test_it(submission):\n    assert np.allclose(submission.C(1).f(2), 1.0)\n",
        "forgives a wrong shape; use the fixture close",
    ),
    "numpy.testing": (
        "def test_it(submission):\n"
        "    for i, got in enumerate(submission.f(3)):\n"
        "        np.testing.assert_allclose(got, i)\n",
        "forgives a wrong shape",
    ),
    "an answer that a helper returns": (
        "def ask(function):\n    return function(3)\n"
        "def test_it(submission):\n    assert np.allclose(ask(submission.f), 1)\n",
        "np.allclose(ask(submission.f), 1) forgives a wrong shape",
    ),
}


@pytest.mark.parametrize("name", HOLES)
def test_a_line_that_decides_nothing_is_a_hole(tmp_path, name):
    body, words = HOLES[name]
    (line, hole, text), *others = read(tmp_path, body)
    assert (hole, others) == (True, [])
    assert words in text
    if words.startswith("test_it returns"):
        assert line == 2


SOUND = {
    "asserts": "def test_it(submission):\n    assert submission.f(1) == 1\n",
    "uses close": "def test_it(submission, close):\n    close(submission.f(1), 1.0)\n",
    "returns None": "def test_it(submission):\n    assert submission.f(1)\n    return None\n",
    "a strict zip": (
        "def test_it(submission):\n"
        "    for got, right in zip(submission.f(1), (1, 2), strict=True):\n"
        "        assert got == right\n"
    ),
    "a zip of what was drawn": (
        "def test_it(submission, rng):\n"
        "    for a, b in zip(rng.normal(size=3), (1, 2, 3)):\n"
        "        assert submission.f(a, b) > 0\n"
    ),
    "a loop over answers inside": (
        "def test_it(submission):\n    assert sorted(float(a) for a in submission.f(1)) == [1]\n"
    ),
    "allclose of a number made of it": (
        "def test_it(submission):\n    assert np.allclose(float(submission.f(1)), 1.0)\n"
    ),
    "not allclose": (
        "def test_it(submission):\n    a, b = submission.f(1)\n    assert not np.allclose(a, b)\n"
    ),
    "a helper of this name": (
        "def assert_equal(a, b):\n    assert type(a) is type(b) and a == b\n"
        "def test_it(submission):\n    assert_equal(submission.f(1), 1)\n"
    ),
    "a fixture of the suite": (
        "@pytest.fixture\ndef net(submission):\n    return submission.Net(3)\n"
        "def test_it(net):\n    assert net.width == 3\n"
    ),
    "a quiz": "def test_it(answers):\n    answers(['a'])\n",
    "a value that a helper returns": (
        "def right(x):\n    return 2 * x\n"
        "def test_it(submission):\n    assert submission.f(1) == right(1)\n"
    ),
    "a call for its effect": (
        "def test_it(submission, close):\n    submission.f(1)\n    assert submission.g()\n"
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_line_that_decides_is_left_alone(tmp_path, name):
    assert read(tmp_path, SOUND[name]) == []


@pytest.mark.parametrize("call", ["np.random.seed(0)", "random.seed(1)", "torch.manual_seed(2)"])
def test_a_global_seed_is_a_remark(tmp_path, call):
    body = f"def test_it(submission):\n    {call}\n    assert submission.f(1)\n"
    ((line, hole, text),) = read(tmp_path, body)
    assert (line, hole) == (2, False)
    assert text.endswith("seeds a global generator; draw from the fixture rng")


@pytest.mark.parametrize("statement", ["import torch", "from torch import nn", "import torch.nn"])
def test_torch_that_the_assignment_does_not_list_is_a_remark(tmp_path, statement):
    ((line, hole, text),) = read(tmp_path, f"import numpy\n{statement}\n")
    assert (line, hole) == (2, False)
    assert "not in imports of assignment.toml" in text
    assert read(tmp_path, f"import numpy\n{statement}\n", ["numpy", "torch"]) == []


def test_a_file_that_is_no_python_is_left_to_the_judge(tmp_path):
    assert read(tmp_path, "def test_it(:\n") == []
