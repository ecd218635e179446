"""Compare what has parts and is no list: dataclasses, enumerations, sparse matrices, graphs.

Runs in: the judge.

An object of a student's class stays in the worker, so that its methods never run here. It is
compared with one of the reference by asking for the fields that the latter has.
"""

import dataclasses
from enum import Enum
from typing import Any

import numpy as np

from grader.judge.describe import describe
from grader.judge.failures import Mismatch
from grader.judge.items import Compare
from grader.judge.proxy import StandIn
from grader.sandbox.wire.kinds import kind_of
from grader.sandbox.wire.sparse import is_small


def has_fields(value: object) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def close_fields(actual: Any, expected: Any, name: str, compare: Compare) -> None:
    """Compare the fields of a dataclass, one after the other."""
    if not isinstance(actual, StandIn):
        raise Mismatch(f"{name} is {_described(actual)}, expected an object with fields")
    for field in dataclasses.fields(expected):
        mine, right = getattr(actual, field.name), getattr(expected, field.name)
        compare(mine, right, f"{name}.{field.name}")


def close_member(actual: Any, expected: Enum, name: str, compare: Compare) -> None:
    """Compare a member of an enumeration by its name, then by its value."""
    if not isinstance(actual, StandIn):
        raise Mismatch(f"{name} is {_described(actual)}, expected a member of an enumeration")
    for part in ("name", "value"):
        compare(getattr(actual, part), getattr(expected, part), f"{name}.{part}")


def close_sparse(actual: Any, expected: Any, name: str, compare: Compare) -> None:
    """Compare a sparse matrix with another, or with one that is written out."""
    if kind_of(actual) is not kind_of(expected):
        if not is_small(expected):
            raise Mismatch(f"{name} is {_described(actual)}, expected {describe(expected)}")
        compare(actual, expected.toarray(), name)
    elif actual.shape != expected.shape:
        raise Mismatch(f"{name} is {describe(actual)}, expected {describe(expected)}")
    elif is_small(expected):
        compare(actual.toarray(), expected.toarray(), name)
    else:
        mine, right = (_at_their_places(matrix) for matrix in (actual, expected))
        places = np.union1d(mine[0], right[0])
        got, wanted = (_spread(*entries, places) for entries in (mine, right))
        compare(got, wanted, f"the stored entries of {name}")


def _at_their_places(matrix: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted places of the entries that are not 0, row by row, and the entries."""
    entries = matrix.tocsr().tocoo()
    entries.sum_duplicates()
    places = entries.row.astype(np.int64) * matrix.shape[1] + entries.col
    order = np.argsort(places)
    return places[order], entries.data[order]


def _spread(places: np.ndarray, entries: np.ndarray, onto: np.ndarray) -> np.ndarray:
    spread = np.zeros(len(onto), entries.dtype)
    spread[np.searchsorted(onto, places)] = entries
    return spread


def close_graph(actual: Any, expected: Any, name: str, compare: Compare) -> None:
    """Compare the nodes of a graph, then its edges, then what is noted of both."""
    if type(actual) is not type(expected):
        raise Mismatch(f"{name} is {_described(actual)}, expected {describe(expected)}")
    for what, mine, right in (
        ("nodes", dict(actual.nodes(data=True)), dict(expected.nodes(data=True))),
        ("edges", _edges(actual), _edges(expected)),
    ):
        missing, surplus = right.keys() - mine.keys(), mine.keys() - right.keys()
        if missing:
            raise Mismatch(f"{name} lacks {len(missing)} of its {len(right)} {what}")
        if surplus:
            raise Mismatch(f"{name} has {len(surplus)} of {len(mine)} {what} too many")
        compare(mine, right, f"what is noted of the {what} of {name}")


def _edges(graph: Any) -> dict[Any, dict[Any, Any]]:
    """Return what is noted of each edge; without a direction, its ends are a set."""
    several = {"keys": True} if graph.is_multigraph() else {}
    ends = tuple if graph.is_directed() else frozenset
    return {
        (ends(edge[:2]), *edge[2:-1]): dict(edge[-1]) for edge in graph.edges(data=True, **several)
    }


def _described(actual: Any) -> str:
    return "None (is a return missing?)" if actual is None else describe(actual)
