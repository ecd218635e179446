"""The README.md of a handout: what to write, how to check it, how to hand it in."""

from grader.course.assignment import Assignment

_README = """\
# {title}

{summary}

## What to write

`{name}.py` and `{name}.ipynb` hold the same assignment: work in one of them. Replace every
`# YOUR CODE HERE` and the line below it, and every `None` that stands for an answer:

{exercises}

Keep the names and the parameters as they are. You may import {imports}.

## Check your work

{install}    grader check {name}.py

in this folder, or with `{name}.ipynb` in place of `{name}.py`. This runs the public checks in
`public/`. The grade also counts hidden checks, on other inputs, so work from the text and the
docstrings and not from the numbers of the public checks.
{about_torch}
## Hand in

Hand in `{name}.py` or `{name}.ipynb`, one of the two and under this name. Only the definitions
that the exercises need are graded: what other cells print, plot or train does not count.
"""

_INSTALL = """\
    pip install "nablagrade[plots]"
"""

_INSTALL_TORCH = """\
    pip install uv
    uv pip install --torch-backend cpu "nablagrade[plots,torch]"
"""

_ABOUT_TORCH = """
uv takes PyTorch for CPUs; pip would take the one for GPUs on Linux, ten times as large. Outside of
a virtual environment, add `--system`.
"""

_DATA = """
## Data

{files}

This is little data, so that every cell runs in seconds.
"""

_LOADER = """
`data/load.py` reads CIFAR-10, MNIST and Fashion-MNIST from a folder of yours, if you have them: the
python or the binary batches, the four idx files (`.gz` or not), or one `.npz` file.

    from data.load import cifar10, mnist

    x_train, y_train, x_test, y_test = mnist("the folder")
    X = x_train.reshape(len(x_train), -1) / 255    # one image in each row, 0 to 1

It verifies what it reads, says what is wrong with it, and downloads nothing. Larger images fit
wherever a cell uses the digits, scaled to the range that the cell expects. No check needs them.
"""


def readme(assignment: Assignment) -> str:
    """Return the text of a handout's README.md."""
    with_torch = "torch" in assignment.imports
    text = _README.format(
        install=_INSTALL_TORCH if with_torch else _INSTALL,
        about_torch=_ABOUT_TORCH if with_torch else "",
        name=assignment.name,
        title=assignment.title.strip(),
        summary=assignment.summary.strip(),
        exercises="\n".join(_exercise(assignment, name) for name in assignment.exercises),
        imports=_imports(assignment),
    )
    if assignment.data:
        files = "\n".join(f"- `data/{assignment.data_path(name).name}`" for name in assignment.data)
        text += _DATA.format(files=files)
    if assignment.data and (assignment.data_dir / "load.py").is_file():
        text += _LOADER
    return text


def _exercise(assignment: Assignment, name: str) -> str:
    lower = ", ".join(f"`{other}`" for other in assignment.builds_on.get(name, ()))
    return f"- `{name}`, which builds on {lower}" if lower else f"- `{name}`"


def _imports(assignment: Assignment) -> str:
    allowed = ["the standard library", *(f"`{name}`" for name in assignment.imports)]
    if assignment.given_dir.is_dir():
        allowed.append("what lies in `given/`")
    *others, last = allowed
    return f"{', '.join(others)} and {last}" if others else last
