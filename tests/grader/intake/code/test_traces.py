"""What may leave a trace in a process is found, and what honest submissions do is not."""

import functools
from pathlib import Path
from textwrap import dedent

import pytest

from grader.intake.code import known
from grader.intake.code.bound import library_names
from grader.intake.code.traces import trace_of

ROOT = Path(__file__).parents[4]
TABLES = known.FUNCTIONS | known.CONSTANTS | known.INDEXED | known.INSTANCES | known.DECORATORS
START = "import numpy as np\nimport functools\n"

HARMLESS = {
    "numbers of numpy": "def f(x): return np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)",
    "loops and stores": "def f(x):\n  d = np.empty((2, 2))\n  d[0, 1] += x\n  return d",
    "a class": """
        class Knn:
            def __init__(self, k=1): self.k, self.seen = k, []
            def train(self, X, y): self.X, self.y = X, y; return self
            def __call__(self, x): return self.train(x, x).X
        """,
    "state of the module's own": """
        calls = []
        TABLE = {"a": np.zeros(3)}
        def f(x, kept=[], *, of=np.zeros(2)):
            global last
            last = kept.append(x) or calls
            of += x
            TABLE["a"][0] = x
            f.seen = x
            return last
        @functools.lru_cache(maxsize=None)
        def g(x): return x
        class A:
            seen = []
            def add(self, x): A.seen.append(x)
        """,
    "names of weights": """
        def f(params, depth):
            for i in range(depth): params[f"W{i + 1}"] = params["b%d" % i] = str(i)
        """,
    "names of weights by a range": """
        def f(params, depth):
            blocks = range(1, depth)
            for i in blocks: params[f"W{i}"] = 0
            for i in reversed(blocks): params[f"W{i}"] += 1
        """,
    "the name of a type": "def f(x): return type(x).__name__",
    "what people read": """
        def f(x):
            print("loss", f"{x}", "%s of %r" % (x, x), str(x))
            assert x, f"no {x!r}"
            raise ValueError(f"x must be a number, got {x!r}")
        """,
    "errors of a kind": """
        def f(x):
            try: return 1 / x
            except (ZeroDivisionError, ValueError) as error: raise TypeError("x") from error
            finally: x = 0
        """,
    "generators": "def f(n):\n  for i in range(n): yield i\ndef g(n): return sum(f(n))",
    "seeds and settings": """
        np.random.seed(0)
        np.set_printoptions(precision=3)
        def f(n):
            with np.errstate(divide="ignore"):
                return np.random.default_rng(n).normal(size=n) + np.random.randn(n)
        """,
    "annotations": """
        from collections.abc import Callable
        from typing import Any
        def f(x: np.ndarray, g: Callable[[int], Any] | None = None) -> "np.ndarray":
            y: dict[str, np.ndarray] = {}
            return y
        """,
    "types of numbers": """
        def f(x): return x.astype(np.float32), x.astype(float), np.zeros(3, dtype=x.dtype)
        def g(x): return np.array(x, int), x.sum(0), np.arange(3, dtype="int64")
        """,
    "views of a dict": "def f(d): return [k for k in d.keys()], sorted(d.items()), len(set(d))",
    "a context of its own": """
        from contextlib import contextmanager
        @contextmanager
        def still(model):
            try: yield model
            finally: model.training = True
        def f(model):
            with still(model): return model
        """,
    "a pattern": "def f(x):\n  match x:\n    case (a, b): return a + b\n    case _: return x",
}

TRACES = {
    "a module that is not known": "import os\ndef f(): return os.environ",
    "a module that shows something": "import matplotlib.pyplot as plt",
    "the time": "import time\ndef f(): return time.time()",
    "all of a module": "from numpy import *",
    "a store into a library": "def f(x): np.kept = x",
    "a store into a function of a library": "def f(x): np.sum.kept = x",
    "a store into an element of a library": "def f(x): np.c_[0] = x",
    "another name of a library": "m = np\ndef f(x): m.kept = x",
    "another name of a function": "act = np.tanh\ndef f(x): act.kept = x",
    "a library as an argument": "def f(x): x.kept = 1\nf(np)",
    "a library of a class": "class A:\n  import numpy as np\ndef f(a): a.np.kept = 1",
    "a name that is a library and not": "def f(np): np.kept = 1",
    "a name of Python's own that is not known": "def f(x): return id(x)",
    "a name that may be Python's own": "def g(id): return id\ndef f(x): return id(x)",
    "an attribute by its name": "def f(x): return getattr(x, 'y')",
    "vars": "def f(x): vars(np)['kept'] = x",
    "exec": "def f(x): exec(x)",
    "builtins": "def f(x): __builtins__['kept'] = x",
    "defaults": "def f(x=[]): return f.__defaults__[0][:]",
    "a class by its object": "class A:\n  def f(self): self.__class__.kept = 1",
    "type of an object": "class A:\n  def f(self): type(self).kept = 1",
    "globals of a function": "def f(g): return g.__globals__",
    "a dunder that is set somewhere": "def g(x): x.__dict__ = 1\ndef f(x): return x.__dict__",
    "frames of a generator": "def f(g): g.gi_frame = 1\ndef g(x): return x.gi_frame",
    "hash": "class A:\n  def __hash__(self): return 1",
    "equality": "class A:\n  def __eq__(self, other): other.kept = self",
    "a finalizer": "class A:\n  def __del__(self): print(1)",
    "attributes made up": "class A:\n  def __getattr__(self, name): return 1",
    "arrays made up": "class A:\n  def __array__(self): return 1",
    "a metaclass": "class A(metaclass=B): pass",
    "a text of an address": "def f(): return str(object())",
    "a format of an address": "def f(x): return f'{x}'",
    "a format of a range that is none": """
        def f(x):
            blocks = range(3)
            blocks = x
            return [f"{i}" for i in blocks]
        """,
    "a format of a range turned round by itself": """
        def reversed(x): return [object()]
        def f(x): return [f"{i}" for i in reversed(range(3))]
        """,
    "a name given to a type": "def f(x): type(x).__name__ = 'kept'",
    "another type": "def type(x): return x\ndef f(x): return type(x).__name__",
    "a format of old": "def f(x): return '%r' % x",
    "a format in parts": "def f(x): return ('%d'[0] + 'r') % x",
    "a format by name": "def f(x): return '{}'.format(x)",
    "a text given to an error of its own": """
        class Kept(ValueError):
            def __init__(self, text): self.text = text
        def f(x): raise Kept(f"{x}")
        """,
    "the text of an error": "def f(x):\n  try: g(x)\n  except ValueError as e: return e.args",
    "a set": "def f(x): return set(x)",
    "the order of a set": "def f(d): return [x for x in d.keys() - []]",
    "sorted by nothing": "def f(x): return sorted(set(x), key=len)",
    "how much memory is left": "def f(n):\n  try: np.zeros(n)\n  except MemoryError: return 1",
    "any error": "def f(n):\n  try: np.zeros(n)\n  except Exception: return 1",
    "an error by another name": "E = MemoryError\ndef f():\n  try: g()\n  except E: return 1",
    "a finally that swallows": "def f(n):\n  try: np.zeros(n)\n  finally: return 1",
    "a context that swallows": "class A:\n  def __exit__(self, *_): return True",
    "a generator that ends later": "def f():\n  try: yield 1\n  finally: np.random.seed(1)",
    "a setting in a generator": "def f():\n  with np.errstate(all='ignore'): yield 1",
    "a context kept": """
        from contextlib import contextmanager
        @contextmanager
        def still():
            try: yield
            finally: np.random.seed(1)
        def f(): return still()
        """,
    "a context kept by a method": """
        from contextlib import contextmanager
        class A:
            @contextmanager
            def still(self): yield
            def f(self): return self.still()
        """,
    "memory that nobody has set": "def f(n): return np.ndarray(n)",
    "memory left out": "def f(x): return np.divide(x, x, where=x > 0)",
    "memory around": "def f(x): return np.pad(x, 1, 'empty')",
    "memory around, by a name": "def f(x, how): return np.pad(x, 1, mode=how)",
    "memory beside": """
        from numpy.lib.stride_tricks import as_strided
        def f(x): return as_strided(x, (1000,))
        """,
    "a type of numbers with gaps": "def f(x): return x.astype('longdouble')",
    "a type made up": "def f(x): return np.zeros(3, x + 'g')",
    "a type by position": "def f(x, t): return x.sum(0, t)",
    "a type by a signature": "def f(x): return np.add(x, x, sig='gg->g')",
    "a type by many arguments": "def f(*a): return np.array(*a)",
    "a type by many keywords": "def f(x, **k): return x.sum(**k)",
    "a method as a value": "def f(x): return map(x.astype, 'g')",
    "an attribute that stands for a type": "class A:\n  dtype = 'g'\ndef f(a): a.dtype = 1",
    "bytes": "def f(x): return b''.join([x])",
    "memory read as something else": "def f(x): return x.view(np.uint8)",
    "a cache of numpy": "class K: pass\ndef f(): return np.finfo(K())",
    "a file": "def f(x): np.save('/scratch/x', x)",
    "a file of Python's": "def f(): return open('x')",
    "warnings as errors": "import warnings\nwarnings.simplefilter('error')",
    "a function with an await": "async def f(): pass",
    "a pattern of a class": "def f(x):\n  match x:\n    case object(gi_frame=y): return y",
    "an annotation that computes": "def f(x: print(1)): pass",
    "a slot that prints elsewhere": "def f(x): print(1, file=x)",
    "no Python": "def f(:",
}


def trace(text: str, **modules: str) -> str:
    own = {name.replace("__", "."): dedent(code) for name, code in modules.items()}
    return trace_of(START + dedent(text), own)


@pytest.mark.parametrize("what", HARMLESS)
def test_what_stays_in_the_submission_is_harmless(what):
    assert trace(HARMLESS[what]) == ""


@pytest.mark.parametrize("what", TRACES)
def test_what_may_leave_a_trace_is_found(what):
    assert trace(TRACES[what])


def test_what_is_found_is_told_with_its_line():
    assert trace("def f(x):\n  return id(x)") == "line 4: id is not known"
    assert trace("import tools", tools="import os") == "tools: line 1: os is not known"


def test_many_names_of_weights_take_no_time_that_grows_with_their_square():
    lines = "\n".join(f"  p[f'W{{i}}'] = {n}" for n in range(2_000))
    assert trace(f"def f(p):\n for i in range(3):\n{lines}") == ""


def test_a_long_text_is_not_read():
    assert trace("x = 1\n" * 1_000_000) == "it is long"


def test_a_module_beside_the_submission_is_read_as_well():
    assert trace("from tools import f", tools="def f(x): return [x]") == ""
    assert trace("import tools\ndef f(x): tools.np.kept = x", tools="import numpy as np")
    assert trace("from numpy import sum", numpy="def sum(x): return x")
    assert trace("from given.parts import f", given__parts="def f(x): return [x]") == ""


def test_every_reference_that_needs_numpy_alone_leaves_none():
    for name in ("knn", "linear", "descent", "backprop"):
        assert trace_of((ROOT / "reference" / f"{name}.py").read_text(), {}) == ""


@pytest.mark.parametrize("package", sorted({path.partition(".")[0] for path in TABLES}))
def test_every_name_of_the_tables_exists(package):
    found = pytest.importorskip(package)
    for path in TABLES:
        if path.startswith(f"{package}."):
            assert functools.reduce(getattr, path.split(".")[1:], found) is not NotImplemented


def test_no_known_attribute_reads_raw_memory_or_the_interpreter():
    dangerous = """
        args base byteswap ctypes cr_frame data_ptr dump dumps f_back f_builtins f_globals
        func_globals getfield gi_code gi_frame mro resize set_ setfield setflags storage strides
        tb_frame tobytes tofile untyped_storage with_traceback
    """
    assert known.ATTRIBUTES.isdisjoint(dangerous.split())
    names = {name for name in dangerous.split() if name != "func_globals"}
    torch_only = {"data_ptr", "set_", "storage", "untyped_storage"}
    assert names - torch_only <= library_names()
    assert not any(name.startswith("__") for name in known.ATTRIBUTES)
