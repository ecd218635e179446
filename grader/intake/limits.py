"""How much of a submission is looked at. What is larger is refused, in one line.

Runs in: the conductor and the judge.
"""

MIB = 2**20

PYTHON_BYTES = 4 * MIB  # one .py file
NOTEBOOK_FILE_BYTES = 256 * MIB  # one .ipynb file as it lies there, of which outputs are cut out
NOTEBOOK_BYTES = 32 * MIB  # what is left of it
MODULES_BYTES = MIB // 2  # all modules beside it: compiling takes up to 700 times that
TOTAL_BYTES = 64 * MIB  # of a .tar once unpacked, and of all archives within a student's files
ZIP_BYTES = 256 * MIB  # a .zip as it lies there; of its members only the needed ones are unpacked
MEMBERS = 2000  # files and folders of one submission
CLASS_MEMBERS = 200_000  # the same, of a .zip that holds a class
DEPTH = 16  # folders within folders
ARCHIVES_DEEP = 3  # archives within archives

CODE_CHARACTERS = 256 * 1024  # code to parse: its syntax tree takes about a thousand times that
LOOK_CHARACTERS = 8 * CODE_CHARACTERS  # code to parse to find out which file is graded
COMPILED_CHARACTERS = 64 * 1024  # code to compile: the time grows with the square if it is hostile
LOOK_BYTES = 2 * NOTEBOOK_FILE_BYTES  # of files to find out which one is graded
JSON_MARKS = 2_000_000  # commas and brackets of a notebook: each may become an object in memory
