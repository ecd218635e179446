"""A submission made ready to run: its statements, compiled one by one, and the modules beside it.

Runs in: the worker.

The first worker of a submission compiles it, which runs nothing of the student's; the others load
the program that the first one made. Each executes the statements in turn. A statement that raises
is noted and the next one is executed: a broken line costs what depends on it, not the whole file.
"""

import __future__

import ast
import builtins
import linecache
import marshal
import sys
import types
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from grader.sandbox.wire.messages import Sources, file_of
from grader.sandbox.worker.banned import refuse
from grader.sandbox.worker.imports import BesideFinder, PolicyFinder
from grader.sandbox.worker.stand_ins import IN_NOTEBOOKS


class Fault(msgspec.Struct, frozen=True):
    """A statement of the submission that did not compile or raised while it was executed."""

    line: int
    error: str  # the exception's class
    text: str


@dataclass(frozen=True)
class Program:
    """Compiled `Sources`."""

    statements: Sequence[tuple[int, types.CodeType | SyntaxError]]
    modules: Mapping[str, types.CodeType | SyntaxError]


def compile_program(sources: Sources) -> bytes:
    """Compile every statement of the submission and every module beside it, for `load_program`."""
    with warnings.catch_warnings(action="ignore"):  # they would mix with what the student prints
        modules = {name: _compile(text, file_of(name)) for name, text in sources.modules.items()}
        statements = _statements(sources.text, f"{sources.name}.py")
    return marshal.dumps(
        (
            [(line, _flat(code)) for line, code in statements],
            {name: _flat(code) for name, code in modules.items()},
        )
    )


def load_program(compiled: bytes | memoryview) -> Program:
    """Return what `compile_program` made; call it in a worker only.

    Bytes made by hostile code could harm the process that loads them.
    """
    statements, modules = marshal.loads(compiled)
    return Program(
        [(line, _unflat(code)) for line, code in statements],
        {name: _unflat(code) for name, code in modules.items()},
    )


def uncompiled(reason: str) -> bytes:
    """Return a program whose one statement raises the error that it cannot be compiled."""
    return marshal.dumps(([(1, _flat(SyntaxError(reason)))], {}))


def prepare(sources: Sources, program: Program) -> BesideFinder:
    """Let the submission find what it may import, and be found itself; call it once."""
    beside = BesideFinder(program.modules)
    sys.meta_path.insert(0, PolicyFinder(sources.terms, sources.files))
    sys.meta_path.insert(0, beside)
    vars(builtins).update(IN_NOTEBOOKS)
    refuse(sources.terms.banned, sources.terms.imports)
    sys.argv[:] = [file_of(sources.name)]
    sys.orig_argv[:] = ["python", *sys.argv]
    for name, text in {sources.name: sources.text, **sources.modules}.items():
        _let_source_be_found(name, text)
    return beside


def execute(sources: Sources, program: Program) -> tuple[types.ModuleType, list[Fault]]:
    """Run the submission as a new module `sources.name`; return it and what went wrong."""
    module = _new_module(sources.name)
    spaces = [(range(a, z + 1), vars(_new_module(name))) for a, z, name in sources.spaces]
    faults = []
    for line, code in program.statements:
        names = next((names for lines, names in spaces if line in lines), vars(module))
        try:
            if isinstance(code, SyntaxError):
                raise code
            exec(code, names)  # student code runs here, in a worker
        except BaseException as error:  # SystemExit and KeyboardInterrupt too
            faults.append(Fault(line, type(error).__name__[:80], message_of(error)))
    return module, faults


def _new_module(name: str) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__file__ = file_of(name)
    sys.modules[name] = module
    return module


def _let_source_be_found(name: str, text: str) -> None:
    """Let `inspect.getsource` and printed tracebacks find the text of a module without a file."""
    linecache.cache[file_of(name)] = (lambda: text,)  # linecache's form of a text not split yet


def message_of(error: BaseException, limit: int = 2000) -> str:
    """Return str(error), cut; an exception whose __str__ fails has no message."""
    try:
        return str(error)[:limit]
    except BaseException:  # it is the student's __str__
        return ""


def _statements(text: str, file: str) -> list[tuple[int, types.CodeType | SyntaxError]]:
    tree = _compile(text, file, ast.PyCF_ONLY_AST)
    if isinstance(tree, SyntaxError):
        return [(tree.lineno or 1, tree)]
    flags = _annotations_flag(tree)
    return [(node.lineno, _compile(ast.Module([node], []), file, flags)) for node in tree.body]


def _compile(source: str | ast.Module, file: str, flags: int = 0) -> Any:
    try:
        return compile(source, file, "exec", flags=flags, dont_inherit=True)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:  # a lone surrogate, deep nesting
        return SyntaxError(message_of(error) or "nested too deep")


def _flat(code: types.CodeType | SyntaxError) -> Any:
    """Return the code or the error in a form that marshal can write."""
    return (type(code).__name__, code.args) if isinstance(code, SyntaxError) else code


def _unflat(code: Any) -> types.CodeType | SyntaxError:
    if isinstance(code, types.CodeType):
        return code
    kind, args = code
    error: SyntaxError = getattr(builtins, kind)(*args)
    return error


def _annotations_flag(tree: ast.Module) -> int:
    """Return the flag of `from __future__ import annotations`, which holds for all statements."""
    wanted = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )
    return __future__.annotations.compiler_flag if wanted else 0
