"""What a judge tells a worker without sandbox besides frames, and how such a worker ends.

Runs in: the judge and the worker.

    judge -> worker                           worker -> judge
    Start as a line of JSON on its standard
        input
                                              for each check a connection to `port`, with `token`
                                                  as its first frame
    frame with Sources as its one buffer,     frames, as `worker.worker` lists them
        then frames
    byte WHERE on its standard input: let
        it write where it is

The judge closes the connection when a check is over, and the worker connects anew. A worker in
which a check has left something behind ends instead, so that each check finds a clean one.
"""

import msgspec

WHERE = b"W"
COMPUTED_TOO_LONG = 152  # exit codes, as a shell shows SIGXCPU and SIGKILL
TOOK_TOO_MUCH = 137


class Start(msgspec.Struct, frozen=True):
    """What a worker is told first."""

    port: int
    token: str
    packages: list[str]  # to import before the first check
