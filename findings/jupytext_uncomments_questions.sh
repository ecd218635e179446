#!/usr/bin/env bash
# jupytext 1.19.6, percent format to notebook: comments that look like a shell command or a magic.
# Guess: a comment in a code cell stays a comment.
# Seen: '# why?', '# copy of the data', '# cat and dog' and '# cd ...' lose their '#', also inside
# a function, and the notebook's cell is no Python any more. (The way back puts the '#' there again,
# so a round trip looks right.) The option comment_magics=False turns it off.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jupytext==1.19.6
cd "$folder"
cat > finding.py <<'PYTHON'
import ast

import jupytext

TEXT = """\
# %%
def loss(x):
    # why?
    return x  # dW?

# copy of the data
y = 1
"""
cell = jupytext.reads(TEXT, "py:percent").cells[0].source
print(cell)
try:
    ast.parse(cell)
    is_python = True
except SyntaxError as error:
    print(f"-> {error}")
    is_python = False
lost = "    why?\n" in cell and "\ncopy of the data\n" in cell
raise SystemExit(is_python or not lost or jupytext.writes(jupytext.reads(TEXT, "py:percent"), "py:percent") == "")
PYTHON
"$folder/venv/bin/python" finding.py
