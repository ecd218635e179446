"""Stand-ins for what lives in the worker: the submission, its functions and its objects.

Runs in: the judge.

A check uses them like the real thing; each use is one message. What comes back is plain data
or another stand-in, and everything that can go wrong ends as an exception of `failures`.
"""

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn, Protocol

from grader.judge.failures import Mismatch
from grader.sandbox.wire.gradients import Place

_NOT_ASKED_FOR = (  # attributes that pytest and Hypothesis probe for
    "_",
    "pytest",
    "hypothesis_",
    "execute_example",
    "setup_example",
    "teardown_example",
)
_ARITHMETIC = ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow")
_BITS = ("and", "or", "xor", "lshift", "rshift")
_OF_DATA = (  # what a check does with data; a thing that stayed in the worker refuses it
    *_ARITHMETIC,
    *_BITS,
    *(f"r{operator}" for operator in (*_ARITHMETIC, *_BITS)),
    *("neg", "pos", "abs", "invert", "round", "bool", "int", "index", "float", "complex"),
    *("ne", "lt", "le", "gt", "ge", "array", "len", "getitem", "setitem", "delitem"),
    "iter",  # its length could differ from one question to the next
)
STAYED = {  # classes whose objects students return unawares; a message may name them
    "ndarray": "an array of objects or text",
    "MaskedArray": "a masked array",
    "set": "a set",
    "range": "a range",
    "generator": "a generator",
    "zip": "a zip",
    "map": "a map",
    "filter": "a filter",
    "enumerate": "an enumerate",
    "dict_keys": "the keys of a dict",
    "dict_values": "the values of a dict",
    "dict_items": "the items of a dict",
    "frozenset": "a frozenset",
    "DataFrame": "a DataFrame",
    "LazyFrame": "a LazyFrame",
    "Series": "a Series",
    "Table": "a table",
    "DataFrameGroupBy": "groups of a DataFrame",
    "SeriesGroupBy": "groups of a Series",
    "Image": "an image",
    "Figure": "a figure",
    "Axes": "axes of a figure",
    "RaggedTensor": "a ragged tensor",
    "PRNGKeyArray": "a key of jax",
    "DataLoader": "a DataLoader",
}
AS_ARRAYS = frozenset({"a DataFrame", "a Series", "a table", "an image"})  # np.asarray takes these


class Talk(Protocol):
    """The questions that stand-ins put to the worker; `label` names the thing in messages."""

    def look_up(self, name: str) -> tuple[str, int]: ...
    def defines(self, name: str) -> bool: ...
    def given(self, name: str) -> Any: ...
    def get(self, label: str, target: int, name: str) -> Any: ...
    def set(self, label: str, target: int, name: str, value: object) -> None: ...
    def item(self, label: str, target: int, key: object) -> Any: ...
    def length(self, label: str, target: int) -> Any: ...
    def call(
        self,
        label: str,
        target: int,
        args: tuple[object, ...],
        kwargs: dict[str, object],
        echo: bool = False,
    ) -> tuple[Any, Any]: ...
    def batch(
        self,
        label: str,
        target: int,
        argument_sets: Sequence[tuple[object, ...]],
        pick: int | None,
        kwargs: dict[str, object],
    ) -> list[Any]: ...
    def grad(
        self,
        label: str,
        target: int,
        args: Sequence[Any],
        wrt: Place | list[Place],
        upstream: Any,
        pick: int | None,
        kwargs: dict[str, object],
    ) -> Any: ...


class Called(NamedTuple):
    """What a call returned, and what it left in its arguments."""

    value: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class StandIn:
    """Something that stays in the worker: its attributes are asked for, and it is no data.

    The names of its own begin with "_", so that they hide none of the student's.
    """

    _talk: Talk
    _number: int  # the worker's name for it
    _label: str  # what messages call it
    _words: str  # what kind of thing it is

    def __init__(self, talk: Talk, number: int, label: str, words: str) -> None:
        self.__dict__.update(_talk=talk, _number=number, _label=label, _words=words)

    def __getattr__(self, name: str) -> Any:
        _require_asked_for(name)
        return self._talk.get(f"{self._label}.{name}", self._number, name)

    def _refuse(self, *_: object) -> NoReturn:
        raise Mismatch(f"the answer is {self._words}, expected data")

    def __repr__(self) -> str:
        return f"<{self._words}>"

    __eq__ = _refuse
    __hash__ = object.__hash__


for _operator in _OF_DATA:
    setattr(StandIn, f"__{_operator}__", StandIn._refuse)


def number_of(stand_in: StandIn) -> int:
    """Return the number by which the worker knows the thing."""
    return stand_in._number


def words_of(stand_in: StandIn) -> str:
    """Return what a message calls the thing, e.g. "a function", "a generator", "an object"."""
    return stand_in._words


class Handle(StandIn):
    """An object: its attributes, items and calls go through."""

    def __init__(self, talk: Talk, number: int, class_name: str) -> None:
        of = "" if class_name == "object" else f" of the class {class_name}"
        super().__init__(talk, number, class_name, STAYED.get(class_name, f"an object{of}"))

    def __setattr__(self, name: str, value: object) -> None:
        self._talk.set(f"{self._label}.{name}", self._number, name, value)

    def __getitem__(self, key: object) -> Any:
        return self._talk.item(f"an item of {self._label}", self._number, key)

    def __len__(self) -> int:
        length = self._talk.length(f"len({self._label})", self._number)
        if type(length) is not int or not 0 <= length <= sys.maxsize:
            raise Mismatch(f"len() of the {self._label} is no number")
        return length

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return self._talk.call(self._label, self._number, args, kwargs)[0]


class Function(StandIn):
    """A function, method or class of the submission."""

    def __init__(self, talk: Talk, number: int, name: str) -> None:
        super().__init__(talk, number, name, "a function")
        self.__name__ = name

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call it with copies of the arguments."""
        return self._talk.call(self._label, self._number, args, kwargs)[0]

    def call(self, *args: object, **kwargs: object) -> Called:
        """Call it, and bring back what it left in its arguments."""
        value, left = self._talk.call(self._label, self._number, args, kwargs, echo=True)
        return Called(value, *left)

    def batch(
        self,
        argument_sets: Sequence[tuple[object, ...]],
        pick: int | None = None,
        **kwargs: object,
    ) -> list[Any]:
        """Call it once per argument set, all in one message; `pick` one item of each result."""
        return self._talk.batch(self._label, self._number, argument_sets, pick, kwargs)

    def grad(
        self,
        args: Sequence[Any],
        *,
        wrt: Place | list[Place] = 0,
        upstream: Any = None,
        pick: int | None = None,
        **kwargs: object,
    ) -> Any:
        """Return the gradient of sum(upstream * f(*args, **kwargs)), by autograd in the worker.

        Args:
            args: as for a call.
            wrt: the number of an argument that is a float tensor; the name of a parameter, if
                this is a method of a module; (k, name) for a parameter of the module args[k]; or a
                list of these.
            upstream: a tensor of the shape of the value; None for a value of one number.
            pick: the function returns a tuple of which this item counts.

        Returns:
            A finite tensor, for an argument of its shape and dtype; for a list, a tuple of them.
        """
        return self._talk.grad(self._label, self._number, args, wrt, upstream, pick, kwargs)

    def __repr__(self) -> str:
        return f"<the function {self._label}>"


class SubmissionProxy(StandIn):
    """The student's module. A name that it lacks ends the check."""

    def __init__(self, talk: Talk) -> None:
        super().__init__(talk, 0, "the submission", "the submission")

    def __getattr__(self, name: str) -> Any:
        _require_asked_for(name)
        kind, number = self._talk.look_up(name)
        if kind in ("function", "class"):
            return Function(self._talk, number, name)
        return self._talk.get(name, 0, name)

    def __contains__(self, name: str) -> bool:
        """Tell whether the module has this name, for a check that can do without."""
        return self._talk.defines(name)

    def given(self, name: str) -> Any:
        """Return a stand-in for the module given/<name>.py, loaded beside the submission."""
        return self._talk.given(name)


def _require_asked_for(name: str) -> None:
    if name.startswith(_NOT_ASKED_FOR):
        raise AttributeError(name)
