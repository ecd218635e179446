"""Make text that a student wrote harmless to print: nothing in it can move a cursor or hide."""


def inert(text: str, limit: int = 200, *, keep: str = "") -> str:
    """Return `text` on one line, with every character that has no shape of its own written out.

    Control, format (bidirectional ones among them), private, surrogate and unassigned characters
    and all spaces but " " become \\uNNNN or \\UNNNNNNNN. Whoever prints to HTML, XML or CSV still
    has to escape for it.

    Args:
        text: anything, lone surrogates included.
        limit: how many characters of result to give before cutting; the cut says how much is gone.
        keep: characters to leave as they are, such as "\\n\\t" in a traceback.
    """
    if len(text) <= limit and text.isprintable():
        return text
    pieces: list[str] = []
    room = limit
    for position, character in enumerate(text):
        piece = character if character.isprintable() or character in keep else _escape(character)
        if len(piece) > room:
            return f"{''.join(pieces)}... ({len(text) - position} more characters)"
        pieces.append(piece)
        room -= len(piece)
    return "".join(pieces)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
