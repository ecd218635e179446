"""What a student wrote for an exercise, as it stands in their file."""

import msgspec


class Excerpt(msgspec.Struct, frozen=True):
    """Lines of a file that define an exercise."""

    exercise: str
    file: str  # as the student calls it
    line: int  # of the first one, in the file or in the cell
    text: str
    cell: int = 0  # of a notebook, from 1; 0 in a script
