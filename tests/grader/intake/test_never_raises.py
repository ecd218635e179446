"""Whatever a student hands in, the answer is a module or one line: any bytes, any kind of file."""

import ast
import io
import json
import random
import tarfile
import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.intake.code.module import to_module
from grader.intake.files.choose import Wanted
from grader.intake.files.find import find_submissions
from grader.intake.files.read import read
from grader.intake.submission import Other, Submission, Unreadable

CODE = b"import numpy as np\n\n\ndef predict(X):\n    return np.abs(X)\n\n\nprint(predict(3))\n"
FRAGMENTS = [
    *("def f(x):", "class C:", "    return x", "\tpass", "x = 1", "x += [", ")", "]", "'''", '"'),
    *("%time", "!ls \\", "f?", "%%bash", "@f", "if __name__ == '__main__':", "else:", "try:"),
    *("import a, f", "from f import *", "from __future__ import annotations", "global f", "\\"),
    *("f.x = 1", "f[0] = 2", "f.append(1)", "lambda f: f", "\0", "\ud800", "é = '損'", "\x0c", "#"),
    *("<<<<<<< HEAD", "=======", ">>>>>>> b", "print 'f'", "f'{f['f']}'", "class f[T]: pass"),
    *("%%writefile knn.py", "%%add_to C", "%%strange", "%run knn.py", "%pylab", "%time f = 1"),
    *(">>> f", "... f", "In [1]: f", "# %%", "# In[1]:", "# %time f = 1", "# COMMAND ----------"),
    *("# MAGIC %%time", "# MAGIC def f(): 1", "app = marimo.App()", "@app.cell", "@app.function"),
    *("get_ipython().run_cell_magic('time', '', 'def f():\\n  1')", "setattr(C, 'f', f)"),
    *("# Commented out IPython magic to ensure Python compatibility.", "# def f(): 1", "f = f(1)"),
    *("return f", "break", "await f", "async def f(): yield", "del f", "match f:", "  case f: f"),
]
few = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def graded(path) -> None:
    """Read all that lies at `path`; nothing but Unreadable may come out."""
    for source in find_submissions([path], "knn").submissions:
        try:
            submission = read(source, Wanted("knn", ["f", "C", "predict"]))
            module = to_module(submission, ["f", "C", "predict"])
        except Unreadable as error:
            told = [str(error)]
        else:
            told = [*submission.notes, *module.notes, module.place(1)]
            module.source.encode()
        assert all(line.isprintable() for line in told)


def archive(kind: str) -> bytes:
    file = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("ada/knn.py", CODE)
            made.writestr("bob/knn.ipynb", json.dumps({"cells": []}))
    else:
        with tarfile.open(fileobj=file, mode="w") as made:
            for name in ("knn.py", "é" * 80 + ".py"):
                info = tarfile.TarInfo(name)
                info.size = len(CODE)
                made.addfile(info, io.BytesIO(CODE))
    return file.getvalue()


@few
@given(st.binary(max_size=300))
@pytest.mark.parametrize("ending", [".py", ".ipynb", ".zip", ".tar", ".tar.gz"])
def test_random_bytes(tmp_path, ending, data):
    path = tmp_path / f"ada{ending}"
    path.write_bytes(data)
    graded(path)


@few
@given(st.integers(0, 2**32))
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_archives_with_some_bytes_changed(tmp_path, kind, seed):
    draw = random.Random(seed)
    data = bytearray(archive(kind))
    for _ in range(draw.randint(1, 8)):
        data[draw.randrange(len(data)) if kind == "zip" else draw.randrange(4096)] = draw.randrange(
            256
        )
    path = tmp_path / f"ada.{kind}"
    path.write_bytes(data)
    graded(path)


@few
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12), st.booleans())
def test_fragments_of_code(lines, in_notebook):
    source = "\n".join(lines)
    name = "knn.ipynb" if in_notebook else "knn.py"
    text = json.dumps({"cells": [{"cell_type": "code", "source": source}] * 2})
    data = text.encode() if in_notebook else source.encode("utf-8", "replace")
    module = to_module(Submission("ada", name, {name: data}, "", ()), ["f", "C"])
    compile(module.source, "knn.py", "exec")
    assert all(note.isprintable() for note in module.notes)


@few
@given(*[st.lists(st.sampled_from(FRAGMENTS), max_size=8)] * 2, st.booleans())
def test_fragments_of_code_in_two_files(lines, more, in_notebook):
    data = "\n".join(more).encode("utf-8", "replace")
    if in_notebook:
        data = json.dumps({"cells": [{"cell_type": "code", "source": data.decode()}]}).encode()
    others = tuple(
        Other("part 2.ipynb", in_notebook, data, names, module)
        for names, module in ((("f",), ""), (("C.f", "C"), ""), (("C",), "helper"))
    )
    files = {"knn.py": "\n".join(lines).encode("utf-8", "replace"), "helper.py": data}
    submission = Submission("ada", "knn.py", files, "", (), others=others)
    module = to_module(submission, ["f", "C", "g"])
    ast.parse(module.source)
    assert all(note.isprintable() for note in module.notes)
    for space in module.spaces:
        assert "part 2.ipynb" in module.place(space.first)
        assert "part 2.ipynb" in module.place(space.last)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("code"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["cells", "worksheets", "cell_type", "source", "input"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@few
@given(json_values)
def test_json_of_any_shape(value):
    data = json.dumps(value).encode()
    with suppress(Unreadable):
        to_module(Submission("ada", "knn.ipynb", {"knn.ipynb": data}, "", ()), ["f"])
