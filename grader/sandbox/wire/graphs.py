"""Graphs of networkx on the wire: nodes, edges, and what is noted of them.

Runs in: the judge and the worker.
"""

from typing import Any

from grader.sandbox.wire.frame import Node
from grader.sandbox.wire.keys import is_exact_key, is_label
from grader.sandbox.wire.kind import Incoming, Outgoing, by_library, is_exactly, required

MAX_NODES = 10_000
_MODULE = "networkx"
_CLASSES = ("Graph", "DiGraph", "MultiGraph", "MultiDiGraph")
_SAME_HASH = 8  # nodes that may have one: a graph of more of them would take minutes to build


def is_graph(value: object) -> bool:
    return any(is_exactly(value, _MODULE, name) for name in _CLASSES)


def encode_graph(graph: Any, outgoing: Outgoing, depth: int) -> Node:
    references = outgoing.references
    several = {"keys": True} if graph.is_multigraph() else {}
    nodes = [[key, dict(noted)] for key, noted in graph.nodes(data=True)]
    edges = [[*ends, dict(noted)] for *ends, noted in graph.edges(data=True, **several)]
    if len(nodes) > MAX_NODES:
        return outgoing.refer(graph)
    parts = [outgoing.node(part, depth + 1) for part in (dict(graph.graph), nodes, edges)]
    if outgoing.references > references:
        return outgoing.refer(graph)
    return ["graph", type(graph).__name__, *parts]


@by_library
def decode_graph(rest: list[Node], incoming: Incoming, depth: int) -> object:
    name, *parts = rest
    noted, nodes, edges = [incoming.value(part, depth + 1) for part in parts]
    if name not in _CLASSES or not (type(noted) is dict and type(nodes) is type(edges) is list):
        raise ValueError
    keys = [_node(node) for node in nodes]
    if len(keys) > MAX_NODES or len(set(map(hash, keys))) + _SAME_HASH < len(keys):
        raise ValueError
    graph = getattr(required(_MODULE), name)()
    graph.graph.update(noted)
    graph.add_nodes_from(map(tuple, nodes))
    ends = 3 if graph.is_multigraph() else 2
    for edge in edges:
        _require_edge(edge, graph, ends)
    graph.add_edges_from(map(tuple, edges))
    return graph


def _node(node: Any) -> object:
    if type(node) is not list or len(node) != 2 or type(node[1]) is not dict:
        raise ValueError
    if not is_exact_key(node[0]):
        raise ValueError
    return node[0]


def _require_edge(edge: Any, graph: Any, ends: int) -> None:
    """Check [node, node, what is noted], or of a multigraph [node, node, key, what is noted]."""
    if type(edge) is not list or len(edge) != ends + 1 or type(edge[-1]) is not dict:
        raise ValueError
    if not all(is_exact_key(key) and key in graph for key in edge[:2]):
        raise ValueError
    if not all(map(is_label, edge[2:-1])):
        raise ValueError


def copy_graph(graph: Any) -> Any:
    return graph.copy()


def graph_words(graph: Any) -> str:
    return f"a {type(graph).__name__} of {len(graph)}"
