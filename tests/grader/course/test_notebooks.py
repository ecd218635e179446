"""A notebook is the percent text in another form: the same cells, the same bytes, and it runs."""

import importlib.util

import nbformat
import pytest

from grader.course.notebook import RAISES, notebook, written
from grader.course.template import render

TEXT = '# %% [markdown]\n# Text\n\n# %% tags=["demo"]\nx = 1\n\n# %%\nx = 1\n\n# %%\nx = 1\n'


def test_cells_keep_their_kind_source_and_tags():
    cells = notebook(TEXT).cells
    assert [(cell.cell_type, cell.source) for cell in cells] == [
        ("markdown", "Text"),
        ("code", "x = 1"),
        ("code", "x = 1"),
        ("code", "x = 1"),
    ]
    assert cells[1].metadata.tags == ["demo"]
    assert "tags" not in cells[2].metadata


def test_the_file_is_valid_and_names_its_kernel():
    made = nbformat.reads(written(notebook(TEXT)), as_version=4)
    nbformat.validate(made)
    assert (made.nbformat, made.nbformat_minor) == (4, 5)
    assert made.metadata.kernelspec.name == "python3"
    assert "jupytext" not in made.metadata


def test_the_same_text_gives_the_same_bytes():
    assert written(notebook(TEXT)) == written(notebook(TEXT))


def test_equal_cells_have_different_ids_and_a_changed_cell_a_new_one():
    ids = [cell.id for cell in notebook(TEXT).cells]
    assert len(set(ids)) == 4
    changed = [cell.id for cell in notebook(TEXT.replace("# Text", "# Other")).cells]
    assert changed[0] != ids[0]
    assert changed[1:] == ids[1:]


def test_a_cell_that_needs_an_exercise_gets_a_tag_beside_its_own(assignment):
    text = render(assignment, solution=False)
    starter = notebook(text, unsolved=assignment.exercises)
    tags = {cell.source: cell.metadata.get("tags", []) for cell in starter.cells}
    assert tags["print(mean([1.0, 2.0, 6.0]))"] == ["demo", RAISES]
    assert sum(RAISES in found for found in tags.values()) == 1
    assert all(RAISES not in cell.metadata.get("tags", []) for cell in notebook(text).cells)


@pytest.mark.parametrize(
    "comment",
    ["# why?", "# dW?", "# copy of the data", "# cat and dog", "    # %% a part", "\t# %%"],
)
def test_a_comment_stays_one(comment):
    function = f"def f(x):\n{comment}\n    return x"
    cells = notebook(f"# %%\n{function}\n\n# %%\nx = 1\n").cells
    assert [cell.source for cell in cells] == [function, "x = 1"]


KERNEL = all(importlib.util.find_spec(name) for name in ("nbclient", "ipykernel"))


@pytest.mark.skipif(not KERNEL, reason="needs nbclient and ipykernel to run a notebook")
@pytest.mark.processes
def test_a_starter_runs_up_to_the_first_unsolved_task(assignment, tmp_path):
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    made = notebook(render(assignment, solution=False))
    client = NotebookClient(made, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    with pytest.raises(CellExecutionError, match="mean is not written yet"):
        client.execute()
    ran = [cell.source for cell in made.cells if cell.get("execution_count")]
    assert ran[-1] == "print(mean([1.0, 2.0, 6.0]))"
    assert len(ran) == 3
