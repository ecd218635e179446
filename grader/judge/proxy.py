"""Stand-ins for what lives in the worker: the submission, its functions and its objects.

A check uses them like the real thing; each use is one message. What comes back is plain data
or another stand-in, and everything that can go wrong ends as an exception of `failures`.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from grader.judge.failures import Mismatch

if TYPE_CHECKING:
    from grader.judge.conversation import Conversation

_NOT_ASKED_FOR = (  # attributes that pytest and Hypothesis probe for
    "_",
    "pytest",
    "hypothesis_",
    "execute_example",
    "setup_example",
    "teardown_example",
)


class Called(NamedTuple):
    """What a call returned, and what it left in its arguments."""

    value: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Handle:
    """An object that stays in the worker: attributes, items and calls go through."""

    def __init__(self, talk: "Conversation", number: int, class_name: str) -> None:
        self.__dict__.update(_talk=talk, _number=number, _class_name=class_name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(_NOT_ASKED_FOR):
            raise AttributeError(name)
        return self._talk.get(f"{self._class_name}.{name}", self._number, name)

    def __setattr__(self, name: str, value: object) -> None:
        self._talk.set(f"{self._class_name}.{name}", self._number, name, value)

    def __getitem__(self, key: object) -> Any:
        return self._talk.item(f"an item of {self._class_name}", self._number, key)

    def __len__(self) -> int:
        length = self._talk.length(f"len({self._class_name})", self._number)
        if type(length) is not int or not 0 <= length <= sys.maxsize:
            raise Mismatch(f"len() of the {self._class_name} is no number")
        return length

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return self._talk.call(self._class_name, self._number, args, kwargs)[0]

    def __repr__(self) -> str:
        return f"<an object of the class {self._class_name}>"

    def _refuse(self, *_: object) -> NoReturn:
        of = "" if self._class_name == "object" else f" of the class {self._class_name}"
        raise Mismatch(f"the answer is an object{of}, expected data")

    # Nor is it iterated over: its length could differ from one question to the next.
    __eq__ = __bool__ = __array__ = __iter__ = _refuse
    __hash__ = object.__hash__


class Function:
    """A function, method or class of the submission."""

    def __init__(self, talk: "Conversation", number: int, name: str) -> None:
        self._talk = talk
        self._number = number
        self.__name__ = name

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call it with copies of the arguments."""
        return self._talk.call(self.__name__, self._number, args, kwargs)[0]

    def call(self, *args: object, **kwargs: object) -> Called:
        """Call it, and bring back what it left in its arguments."""
        value, left = self._talk.call(self.__name__, self._number, args, kwargs, echo=True)
        return Called(value, *left)

    def batch(
        self,
        argument_sets: Sequence[tuple[object, ...]],
        pick: int | None = None,
        **kwargs: object,
    ) -> list[Any]:
        """Call it once per argument set, all in one message; `pick` one item of each result."""
        return self._talk.batch(self.__name__, self._number, argument_sets, pick, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(_NOT_ASKED_FOR):
            raise AttributeError(name)
        return self._talk.get(f"{self.__name__}.{name}", self._number, name)

    def __repr__(self) -> str:
        return f"<the function {self.__name__}>"

    def _refuse(self, *_: object) -> NoReturn:
        raise Mismatch("the answer is a function, expected data")

    __eq__ = __bool__ = __array__ = _refuse
    __hash__ = object.__hash__


class Submission:
    """The student's module. A name that it lacks ends the check."""

    def __init__(self, talk: "Conversation") -> None:
        self._talk = talk

    def __getattr__(self, name: str) -> Any:
        if name.startswith(_NOT_ASKED_FOR):
            raise AttributeError(name)
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

    def __repr__(self) -> str:
        return "<the submission>"
