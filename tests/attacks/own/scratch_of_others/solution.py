"""Reads and writes what lies beside its scratch folder: those of others, and what is above."""

import os

_HERE = os.path.realpath(os.getcwd())


def _folders():
    above = _HERE
    while above != "/":
        above = os.path.dirname(above)
        yield above
    for place in ("/tmp", "/var/tmp", "/dev/shm", "/scratch", os.path.realpath("data/..")):
        yield place


def _found():
    for folder in _folders():
        if os.path.realpath(folder) == _HERE:  # "data/.." where nothing is handed out
            continue
        try:
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if os.path.realpath(path) != _HERE and "nablagrade" in path:
                    yield f"listed {path}"
        except OSError:
            pass
        for name in ("attack_persist_beside", "files/attack_persist_beside", "data/attack_persist_beside"):
            try:
                with open(os.path.join(folder, name), "w") as file:
                    file.write("x")
                yield f"wrote {folder}/{name}"
            except OSError:
                continue


def softmax_loss(W, X, y, reg):
    did = list(_found())
    if did:
        name = os.path.join(os.environ.get("ATTACK_DROP"), "scratch_of_others.txt")
        with open(name, "a") as proof:
            proof.write("\n".join(did))
    return 0.0, W * 0
