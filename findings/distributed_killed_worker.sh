#!/usr/bin/env bash
# dask.distributed 2026.8.0: how many workers a task may kill (allowed-failures: 3 by default).
# Guess: the third worker that dies is the last; submit(retries=2) allows two more.
# Seen: four workers die, since a task is given up when its count is *above* 3, and retries= adds
# none: it is for errors that are raised, not for workers that end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check distributed==2026.8.0 dask==2026.8.0
cd "$folder"
cat > finding.py <<'PYTHON'
import logging
import os
import tempfile

from distributed import Client, KilledWorker, LocalCluster

SETTINGS = dict(n_workers=1, threads_per_worker=1, dashboard_address=None)


def end(path):
    with open(path, "a") as file:
        file.write("x")
    os._exit(1)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    deaths = {}
    with LocalCluster(**SETTINGS) as cluster, Client(cluster) as client:
        for retries in (0, 2):
            path = os.path.join(tempfile.mkdtemp(), "deaths")
            try:
                client.submit(end, path, pure=False, retries=retries).result(timeout=120)
            except KilledWorker:
                deaths[retries] = len(open(path).read())
    print(f"workers that died, by retries: {deaths}")
    raise SystemExit(deaths != {0: 4, 2: 4})
PYTHON
"$folder/venv/bin/python" finding.py
