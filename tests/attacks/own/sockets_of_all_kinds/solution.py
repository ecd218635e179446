"""Makes sockets of every family, pairs of them, and sends by name over what it was given."""

import os
import socket

_PORT = int(os.environ.get("ATTACK_PORT"))


def _given():
    """Return the sockets among the open descriptors."""
    for fd in range(64):
        try:
            yield socket.socket(fileno=os.dup(fd))
        except OSError:
            continue


def _say(did):
    for family in range(46):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                socket.socket(family, kind)
                did.append(f"family {family}")
            except OSError:
                continue
    for deed in (
        lambda: socket.socketpair(type=socket.SOCK_DGRAM),
        lambda: socket.socketpair(type=socket.SOCK_SEQPACKET),
        lambda: socket.send_fds(socket.socketpair()[0], [b"x"], [0]),
        lambda: socket.socketpair()[0].bind("own"),
        lambda: socket.socketpair()[0].connect(os.environ.get("ATTACK_SOCK")),
        lambda: socket.create_connection(("127.0.0.1", _PORT), 1),
        lambda: socket.getaddrinfo("localhost", 80),
    ):
        try:
            deed()
            did.append("more")
        except OSError:
            continue
    for sock in _given():
        for address in (f"\0attack-{_PORT}", os.environ.get("ATTACK_SOCK")):
            for deed in (
                lambda: sock.connect(address),
                lambda: sock.bind("/scratch/socket"),
                lambda: sock.listen(),
                lambda: sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1),
                lambda: sock.sendto(b"", address),
            ):
                try:
                    deed()
                    did.append("given")
                except OSError:
                    continue


def softmax_loss(W, X, y, reg):
    did = []
    _say(did)
    if did:
        name = os.path.join(os.environ.get("ATTACK_DROP"), "sockets_of_all_kinds.txt")
        with open(name, "a") as proof:
            proof.write(", ".join(did))
    return 0.0, W * 0
