"""Make text of a student harmless to print, so that it cannot move a cursor or hide anything."""


def inert(text: str, limit: int = 200, *, keep: str = "") -> str:
    """Return `text` on one line, with an escape for every character that cannot be seen.

    Control, format (bidirectional ones among them), private, surrogate and unassigned characters
    and all spaces but " " become \\uNNNN or \\UNNNNNNNN. A format such as HTML, XML or CSV still
    has to escape the result by its own rules.

    Args:
        text: anything, lone surrogates included.
        limit: the longest result; a longer one is cut, and says how much is missing.
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
