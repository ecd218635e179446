#!/usr/bin/env bash
# networkx 3.6.1: == of two graphs.
# Guess: two graphs of the same nodes and edges are equal, as two dicts or two sets are.
# Seen: == asks whether they are one object. nx.utils.graphs_equal compares them, with what is noted
# of nodes and edges, in whichever direction an edge was written.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "networkx==3.6.1"
cd "$folder"
cat > finding.py <<'PYTHON'
import networkx as nx

path, same = nx.path_graph(3), nx.Graph([(2, 1), (1, 0)])
seen = [path == nx.path_graph(3), path == path, nx.utils.graphs_equal(path, same)]
print(seen, list(path.edges) == list(nx.path_graph(3).edges))
raise SystemExit(seen != [False, True, True])
PYTHON
"$folder/venv/bin/python" finding.py
