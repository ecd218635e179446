"""Whether a submission could leave a trace in a process that executes it again for another check.

Runs in: the judge.

A worker that serves a second check executes the submission anew. Whatever the first check has left
in the submission's own module is gone then: globals, defaults, closures, attributes of classes, the
caches of its functions. So the question is only what it could leave outside, in Python and in
libraries, and whether it could notice there what was before: by an address, by memory that was
never set, by how much memory is left. Both need a name that `known` does not list, or one of the
constructs that this module refuses. What is not known to be harmless counts as a trace.
"""

import ast
import builtins
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NoReturn

from grader.intake.code import known
from grader.intake.code.bound import Bound, Trace, children, counts, is_context, trace
from grader.intake.code.names import parameters
from grader.intake.limits import COMPILED_CHARACTERS

_FUNCTIONS = (ast.FunctionDef, ast.Lambda)
_NUMBER = re.compile(r"[^%{}]*[deEfgGn]")  # a format that only a number has
_PERCENT = re.compile(r"(?:[^%]|%[-+ #0]*\d*(?:\.\d+)?[dieEfFgG])*")  # of no address, and no "%"
_VIEWED = frozenset({"list", "sorted", "tuple", "enumerate", "len", "zip", "dict", "map", "sum"})
_TOLD = frozenset({"sep", "end", "flush"})
_DUNDERS_READ = frozenset({"__name__", "__doc__", "__file__"})
_DUNDERS_SET = frozenset({"__all__", "__author__", "__slots__", "__version__"})


def trace_of(text: str, modules: Mapping[str, str]) -> str:
    """Return what of a submission may leave or find a trace, and where; "" if nothing does.

    Args:
        text: the submission.
        modules: dotted name -> text of what it may import from beside it.
    """
    if len(text) + sum(map(len, modules.values())) > COMPILED_CHARACTERS:
        return "it is long"
    try:
        trees = {"": ast.parse(text), **{name: ast.parse(own) for name, own in modules.items()}}
        bound = Bound(trees)
        for name, tree in trees.items():
            _Reader(bound, name).read(tree)
    except Trace as found:
        return str(found)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"it cannot be read: {type(error).__name__}"
    return ""


class _Reader:
    """Goes through one module and stops at the first thing that may leave or find a trace."""

    def __init__(self, bound: Bound, module: str) -> None:
        self._bound = bound
        self._module = module
        self._function_now: ast.AST = ast.Pass()
        self._counts: dict[ast.AST, set[str]] = {}  # of functions: names that only count
        self._forms: dict[type[ast.AST], Callable[..., None]] = {
            ast.AnnAssign: self._annotated,
            ast.Assert: self._assert,
            ast.Attribute: self._attribute,
            ast.BinOp: self._operation,
            ast.Call: self._call,
            ast.ClassDef: self._class,
            ast.Compare: self._compare,
            ast.Constant: self._constant,
            ast.ExceptHandler: self._handler,
            ast.Expr: self._expression,
            ast.FormattedValue: self._formatted,
            ast.FunctionDef: self._function,
            ast.Lambda: self._lambda,
            ast.Name: self._name,
            ast.Raise: self._raise,
            ast.Subscript: self._subscript,
            ast.Try: self._try,
            ast.With: self._with,
            **dict.fromkeys((ast.For, ast.comprehension), self._loop),
            **dict.fromkeys((ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal), _nothing),
            **dict.fromkeys((ast.Pass, ast.Break, ast.Continue), _nothing),
            **dict.fromkeys(_PLAIN, self._parts),
        }

    def read(self, node: ast.AST | None) -> None:
        if node is None:
            return
        form = self._forms.get(type(node))
        if form is None:
            self._refuse(node, f"{type(node).__name__} is not known")
        form(node)

    def _refuse(self, node: ast.AST, what: str) -> NoReturn:
        raise trace(self._module, node, what)

    def _all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            self.read(node)

    def _parts(self, node: ast.AST) -> None:
        self._all(children(node))

    # Definitions

    def _function(self, node: ast.FunctionDef) -> None:
        self._bind(node, node.name, known.METHODS)
        self._not_generic(node)
        yields = self._bound.yields and any(map(_is_yield, _own_nodes(node.body)))
        decorators = node.decorator_list
        if is_context(node):
            if len(decorators) > 1 or self._path(decorators[0]) != "contextlib.contextmanager":
                self._refuse(node, "a context manager that is decorated otherwise, too")
        elif yields and (decorators or _is_held(node.body)):
            self._refuse(node, "a generator with an end of its own")
        else:
            self._decorators(decorators)
        self._arguments(node.args)
        self._annotation(node.returns)
        around, self._function_now = self._function_now, node
        self._all(node.body)
        self._function_now = around

    def _not_generic(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        if getattr(node, "type_params", None):  # from Python 3.12
            self._refuse(node, "types that are computed")

    def _decorators(self, decorators: Iterable[ast.expr]) -> None:
        for decorator in decorators:
            if self._path(decorator) not in known.DECORATORS:
                self.read(decorator)

    def _lambda(self, node: ast.Lambda) -> None:
        self._arguments(node.args)
        self.read(node.body)

    def _arguments(self, arguments: ast.arguments) -> None:
        for parameter in parameters(arguments):
            if parameter.arg != "dtype":
                self._bind(parameter, parameter.arg)
            self._annotation(parameter.annotation)
        self._all([*arguments.defaults, *arguments.kw_defaults])

    def _class(self, node: ast.ClassDef) -> None:
        self._bind(node, node.name)
        self._not_generic(node)
        if node.keywords:
            self._refuse(node, "a class with a keyword")
        for base in node.bases:
            is_error = isinstance(base, ast.Name) and base.id in known.RAISED_ONLY
            if not is_error and self._path(base) not in known.CLASSES:
                self.read(base)
        self._decorators(node.decorator_list)
        self._all(node.body)

    def _annotated(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        self._all([node.target, node.value])

    def _annotation(self, node: ast.expr | None) -> None:
        """Read an annotation: it names what it likes, and calls nothing."""
        for part in ast.walk(node) if node is not None else ():
            is_odd = isinstance(part, ast.Attribute) and part.attr.startswith("__")
            if is_odd or not isinstance(part, _ANNOTATIONS):
                self._refuse(part, "an annotation that computes")

    def _bind(self, node: ast.AST, name: str, allowed: Iterable[str] = _DUNDERS_SET) -> None:
        if (_is_dunder(name) and name not in allowed) or name == "dtype":
            self._refuse(node, f"{name} is set")

    # Statements

    def _expression(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.read(node.value)

    def _loop(self, node: ast.For | ast.comprehension) -> None:
        if isinstance(node, ast.comprehension):
            if node.is_async:
                self._refuse(node.iter, "an asynchronous loop")
            self._all([node.target, *node.ifs])
        else:
            self._all([node.target, *node.body, *node.orelse])
        self._viewed(node.iter)

    def _viewed(self, node: ast.expr) -> None:
        """Read what is gone through at once: there `d.keys()` has the order of `d`."""
        match node:
            case ast.Call(
                func=ast.Attribute(value=value, attr="keys" | "items"), args=[], keywords=[]
            ):
                self.read(value)
            case _:
                self.read(node)

    def _with(self, node: ast.With) -> None:
        for item in node.items:
            match item.context_expr:
                case ast.Call(func=ast.Name(id=name)) as call if name in self._bound.contexts:
                    self._given(call)
                case ast.Call() as call if self._path(call.func) in known.CONTEXTS:
                    self.read(call)
                case other:
                    self._refuse(other, "a context that is not known")
            self.read(item.optional_vars)
        self._all(node.body)

    def _try(self, node: ast.Try) -> None:
        if any(isinstance(part, _LEAVING) for part in _own_nodes(node.finalbody)):
            self._refuse(node, "a `finally` that swallows errors")
        self._all([*node.body, *node.handlers, *node.orelse, *node.finalbody])

    def _handler(self, node: ast.ExceptHandler) -> None:
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        for kind in kinds:
            by_name = isinstance(kind, ast.Name) and kind.id in known.CAUGHT - self._bound.own
            if kind is None or not (by_name or self._path(kind) == "numpy.linalg.LinAlgError"):
                self._refuse(node, "it catches what may say that memory is short")
        self._all(node.body)

    def _raise(self, node: ast.Raise) -> None:
        self.read(node.cause)
        match node.exc:
            case ast.Name(id=name) if name in known.RAISED_ONLY:
                self._not_own(node, name)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if _is_error(name):
                self._not_own(node, name)
                for argument in args:
                    self._told(argument)
            case other:
                self.read(other)

    def _not_own(self, node: ast.AST, name: str) -> None:
        if name in self._bound.own:
            self._refuse(node, f"another {name}")

    def _assert(self, node: ast.Assert) -> None:
        self.read(node.test)
        if node.msg is not None:
            self._told(node.msg)

    def _told(self, node: ast.expr) -> None:
        """Read a text that goes to people at once: it may name addresses."""
        match node:
            case ast.JoinedStr(values=values):
                for part in values:
                    if isinstance(part, ast.FormattedValue):
                        self._all([part.value])
                        self._format(part.format_spec)
            case ast.Constant():
                return
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                self._told(left)
                self._told(right)
            case ast.BinOp(left=ast.Constant(), op=ast.Mod(), right=right):
                self.read(right)
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format")):
                self._given(node)
            case ast.Call(func=ast.Name(id="str" | "repr" as name), args=[value], keywords=[]):
                self._not_own(node, name)
                self.read(value)
            case _:
                self.read(node)

    # Expressions

    def _name(self, node: ast.Name) -> None:
        name = node.id
        if not isinstance(node.ctx, ast.Load):
            self._bind(node, name)
        elif (self._module, name) in self._bound.imported:
            self._value_of_library(node)
        elif name in self._bound.contexts:
            self._refuse(node, f"{name} is used outside of `with`")
        elif name in self._bound.own:
            if hasattr(builtins, name) and name not in known.BUILTINS:
                self._refuse(node, f"{name} may be Python's own")
        elif name not in known.BUILTINS and name not in _DUNDERS_READ:
            self._refuse(node, f"{name} is not known")

    def _value_of_library(self, node: ast.expr) -> None:
        if not isinstance(getattr(node, "ctx", None), ast.Load):
            self._refuse(node, "something is stored in a library")
        if (path := self._path(node)) not in known.CONSTANTS:
            self._refuse(node, f"{path} is used as a value")

    def _path(self, node: ast.expr | None) -> str:
        """Return the full name of what belongs to a library, or ""."""
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        found = self._bound.imported.get((self._module, node.id))
        return ".".join([found, *reversed(names)]) if found else ""

    def _attribute(self, node: ast.Attribute) -> None:
        if self._path(node):
            self._value_of_library(node)
            return
        match node:
            case ast.Attribute(
                attr="__name__",
                value=ast.Call(func=ast.Name(id="type"), args=[value], keywords=[]),
                ctx=ast.Load(),
            ):
                self._not_own(node, "type")
                self.read(value)
                return
        if node.attr in known.CALLED_ONLY:
            self._refuse(node, f"{node.attr} is used as a value")
        self._named(node)

    def _named(self, node: ast.Attribute) -> None:
        name, own = node.attr, self._bound.attributes
        is_set = not isinstance(node.ctx, ast.Load)
        is_known = name in known.ATTRIBUTES or name in own
        if _is_dunder(name):
            is_known = not is_set and name == "__init__" and self._is_of_base(node.value)
        if not is_known or (is_set and name == "dtype"):
            self._refuse(node, f"an attribute {name} is not known")
        self.read(node.value)

    def _is_of_base(self, node: ast.expr) -> bool:
        is_super = isinstance(node, ast.Call) and ast.unparse(node.func) == "super"
        return is_super or (isinstance(node, ast.Name) and node.id in self._bound.own)

    def _subscript(self, node: ast.Subscript) -> None:
        if self._path(node.value) not in known.INDEXED or not isinstance(node.ctx, ast.Load):
            self.read(node.value)
        self.read(node.slice)

    def _compare(self, node: ast.Compare) -> None:
        self.read(node.left)
        for other in node.comparators:
            is_set = isinstance(other, ast.Set) and all(
                isinstance(one, ast.Constant) for one in other.elts
            )
            if not is_set:
                self.read(other)

    def _constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bytes):
            self._refuse(node, "bytes")
        if isinstance(node.value, str) and "%" in node.value:
            self._refuse(node, "a text that may become a format")

    def _operation(self, node: ast.BinOp) -> None:
        match node:
            case ast.BinOp(left=ast.Constant(value=str(form)), op=ast.Mod()):
                if not _PERCENT.fullmatch(form):
                    self._refuse(node, "a text of what may be no number")
            case _:
                self.read(node.left)
        self.read(node.right)

    def _formatted(self, node: ast.FormattedValue) -> None:
        spec = node.format_spec
        if not (self._is_count(node.value) and node.conversion == -1 and spec is None):
            parts = spec.values if isinstance(spec, ast.JoinedStr) else []
            match parts:
                case [ast.Constant(value=str(form))] if _NUMBER.fullmatch(form):
                    pass
                case _:
                    self._refuse(node.value, "a text of what may be no number")
        self.read(node.value)

    def _format(self, spec: ast.expr | None) -> None:
        for part in spec.values if isinstance(spec, ast.JoinedStr) else ():
            if not isinstance(part, ast.Constant):
                self.read(part)

    def _is_count(self, node: ast.expr) -> bool:
        """Tell whether an expression is a whole number, whatever the submission does."""
        match node:
            case ast.Constant(value=int()):
                return True
            case ast.Name(id=name):
                is_python = self._bound.own.isdisjoint(("range", "reversed", "enumerate"))
                return is_python and name in self._counting()
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
                return self._is_count(left) and self._is_count(right)
            case ast.Call(func=ast.Name(id="len" | "int" as name)):
                return name not in self._bound.own
        return False

    def _counting(self) -> set[str]:
        """Return the names that are bound only by counting in the function that is read."""
        if self._function_now not in self._counts:
            self._counts[self._function_now] = counts(self._function_now)
        return self._counts[self._function_now]

    # Calls

    def _call(self, node: ast.Call) -> None:
        called = node.func
        path = self._path(called)
        if path:
            self._call_of_library(node, path)
        elif isinstance(called, ast.Name) and called.id not in self._bound.own:
            self._call_of_python(node, called.id)
        elif isinstance(called, ast.Attribute):
            self._call_of_method(node, called)
        else:
            self.read(called)
            self._given(node)

    def _given(self, node: ast.Call) -> None:
        self._all(node.args)
        self._all(keyword.value for keyword in node.keywords)

    def _call_of_library(self, node: ast.Call, path: str) -> None:
        if path not in known.FUNCTIONS:
            self._refuse(node, f"{path} is not known")
        names = {keyword.arg for keyword in node.keywords}
        if None in names or (path.startswith("numpy") and not names <= known.KEYWORDS):
            self._refuse(node, f"{path} gets a keyword that is not known")
        if "where" in names and "out" not in names:
            self._refuse(node, f"{path} leaves memory as it was")
        if path == "numpy.pad" and not _pads(node):
            self._refuse(node, "memory may stay as it was")
        if path.startswith("warnings.") and not _says_ignore(node):
            self._refuse(node, "warnings become errors")
        self._given_types(node, path, known.BEFORE_TYPE.get(path))

    def _given_types(self, node: ast.Call, name: str, before: int | None) -> None:
        """Read arguments, of which those that may be the type of numbers must be known ones."""
        plain = len(node.args) if before is None else before
        for place, argument in enumerate(node.args):
            is_counted = before is None and name != "numpy.pad"
            if not is_counted and isinstance(argument, ast.Starred):
                self._refuse(argument, f"{name} gets arguments that cannot be counted")
            if place >= plain:
                self._type(argument)
            else:
                self.read(argument)
        for keyword in node.keywords:
            if keyword.arg == "dtype":
                self._type(keyword.value)
            else:
                self.read(keyword.value)

    def _type(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id="bool" | "complex" | "float" | "int" as name):
                self._not_own(node, name)
            case ast.Attribute(attr="dtype", value=value) if not self._path(node):
                self.read(value)
            case ast.Constant(value=None | bool() | int() | float()):
                return
            case ast.Constant(value=str(name)) if f"numpy.{name}" in known.TYPES:
                return
            case ast.Constant(value="bool" | "complex" | "float" | "int"):
                return
            case _ if self._path(node) not in known.TYPES:
                self._refuse(node, "a type of numbers that is not known")

    def _call_of_python(self, node: ast.Call, name: str) -> None:
        match name:
            case "print" if {keyword.arg for keyword in node.keywords} <= _TOLD:
                for argument in node.args:
                    self._told(argument)
                return
            case "isinstance" if len(node.args) == 2:
                kinds = node.args[1]
                every = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
                self.read(node.args[0])
                self._all(kind for kind in every if not self._is_kind(kind))
                return
            case "str" if len(node.args) == 1 and self._is_count(node.args[0]):
                pass
            case "len" | "sorted" if len(node.args) == 1 and not node.keywords:
                match node.args[0]:
                    case ast.Call(func=ast.Name(id="set"), args=args, keywords=[]):
                        self._not_own(node, "set")
                        self._all(args)
                        return
            case "print" | "str":
                self._refuse(node, f"{name} of what may be no number")
        if name in known.RAISED_ONLY or name not in (*known.BUILTINS, "str"):
            self._refuse(node, f"{name} is not known")
        for argument in node.args:
            if name in _VIEWED | {"sorted"}:
                self._viewed(argument)
            else:
                self.read(argument)
        self._all(keyword.value for keyword in node.keywords)

    def _is_kind(self, node: ast.expr) -> bool:
        is_python = isinstance(node, ast.Name) and node.id in ("str", "bytes", "set")
        return is_python or self._path(node) in known.INSTANCES

    def _call_of_method(self, node: ast.Call, called: ast.Attribute) -> None:
        name = called.attr
        if any(keyword.arg is None for keyword in node.keywords) and (
            name in known.ATTRIBUTES or name not in self._bound.attributes
        ):
            self._refuse(node, f"{name} gets keywords that are not known")
        if name in ("keys", "items", "format"):
            self._refuse(node, f"{name} gives more than what is gone through")
        if name == "view" and not any(map(_is_number, node.args)):
            self._refuse(node, "memory may be read as something else")
        self._named(called)
        self._given_types(node, name, known.METHODS_BEFORE_TYPE.get(name))


_PLAIN = (  # nodes that do no more than their parts
    *(ast.Assign, ast.AugAssign, ast.Delete, ast.If, ast.Module, ast.Return, ast.While),
    *(ast.BoolOp, ast.Dict, ast.DictComp, ast.GeneratorExp, ast.IfExp, ast.JoinedStr, ast.List),
    *(ast.ListComp, ast.NamedExpr, ast.Slice, ast.Starred, ast.Tuple, ast.UnaryOp),
    *(ast.Yield, ast.YieldFrom),
    *(ast.Match, ast.match_case, ast.MatchAs, ast.MatchOr, ast.MatchSequence, ast.MatchSingleton),
    *(ast.MatchStar, ast.MatchValue),
)
_ANNOTATIONS = (
    *(ast.Attribute, ast.BinOp, ast.BitOr, ast.Constant, ast.List, ast.Load, ast.Name),
    *(ast.Subscript, ast.Tuple),
)
_LEAVING = (ast.Return, ast.Break, ast.Continue)


def _nothing(_node: ast.AST) -> None:
    """Accept a node that is looked at elsewhere."""


def _own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a body that run with it, those of functions within it left out."""
    pending = list(body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            pending += children(node)


def _is_held(body: Iterable[ast.AST]) -> bool:
    """Tell whether a generator stops within a block that does something when it is left."""
    blocks = [node for node in _own_nodes(body) if isinstance(node, ast.Try | ast.With)]
    return any(_is_yield(part) for block in blocks for part in _own_nodes([block]))


def _is_yield(node: ast.AST) -> bool:
    return isinstance(node, ast.Yield | ast.YieldFrom)


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_error(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, Exception)


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) is int


def _pads(node: ast.Call) -> bool:
    """Tell whether a call of numpy.pad says in so many words what it pads with."""
    modes = [*node.args[2:3], *(one.value for one in node.keywords if one.arg == "mode")]
    return all(isinstance(mode, ast.Constant) and mode.value != "empty" for mode in modes)


def _says_ignore(node: ast.Call) -> bool:
    return bool(node.args) and ast.unparse(node.args[0]) == "'ignore'"
