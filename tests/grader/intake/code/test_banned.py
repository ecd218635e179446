"""Uses of banned names are seen however they are imported, and nothing else is."""

import pytest

from grader.intake.code.banned import banned_uses

BANNED = ["numpy.linalg.lstsq", "torch.autograd"]


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\nx = np.linalg.lstsq(a, b)",
        "import numpy.linalg\nx = numpy.linalg.lstsq(a, b)",
        "import numpy.linalg as la\nx = la.lstsq(a, b)",
        "from numpy import linalg\ndef f(): return linalg.lstsq",
        "\nfrom numpy.linalg import lstsq as solve",
        "import torch\ng = torch.autograd.grad(y, x)",
        "\nimport torch.autograd.functional",
    ],
)
def test_a_use_is_found_on_its_line(text):
    assert [line for line, _ in banned_uses(text, BANNED)] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\nx = np.linalg.norm(a)",
        "lstsq = 3\nx = lstsq",
        "class np:\n    linalg = None\nx = np.linalg",
        "import mine as np\nx = np.linalg.lstsq(a, b)",
        '"""numpy.linalg.lstsq"""',
    ],
)
def test_what_is_not_a_use_is_not_flagged(text):
    assert banned_uses(text, BANNED) == []


def test_nothing_banned_flags_nothing():
    assert banned_uses("import numpy as np\nx = np.linalg.lstsq(a, b)", []) == []
