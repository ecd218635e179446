"""Leaves notes where they are hard to find or to remove, and looks for those of other checks."""

import os

_OWN = os.urandom(8).hex()  # of this process


def _places():
    for name in ("hidden", "deep", "\udcff\n"):
        os.makedirs(f"{name}/" + "d/" * 100, exist_ok=True)
        yield os.path.join(name, "note")
        yield os.path.join(name, "d/" * 100, "note")
    yield ".note"


def _look():
    for folder, _, names in os.walk("."):
        for name in names:
            with open(os.path.join(folder, name)) as note:
                text = note.read()
            if not folder.startswith(("./data", "./given")) and not text.startswith(_OWN):
                yield os.path.join(folder, name)


def softmax_loss(W, X, y, reg):
    found = list(_look())
    held = [open(place, "w+") for place in _places()]
    for note in held:
        note.write(_OWN + repr(W.tolist()))
        note.flush()
    os.umask(0o777)
    os.makedirs("without_a_mode", exist_ok=True)
    if found:
        name = os.path.join(os.environ.get("ATTACK_DROP"), "note_that_is_hard_to_remove.txt")
        with open(name, "a") as proof:
            proof.write(f"found {found}")
    return 0.0, W * 0
