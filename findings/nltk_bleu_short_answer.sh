#!/usr/bin/env bash
# nltk 3.10.4: the BLEU score of a translation that is the reference itself.
# Guess: 1, whatever its length.
# Seen: 1 from four words on; below that there are no groups of four words, and the score is 0 for
# all that is shown of it: 1e-154 for two words, 1e-77 for three. A warning says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "nltk==3.10.4"
cd "$folder"
cat > finding.py <<'PYTHON'
import warnings

from nltk.translate.bleu_score import sentence_bleu

warnings.simplefilter("ignore")
words = "the cat sat on the mat".split()
seen = [sentence_bleu([words[:count]], words[:count]) for count in (1, 2, 3, 4, 6)]
print([f"{score:.1e}" for score in seen])
raise SystemExit(not (max(seen[:3]) < 1e-50 and seen[3:] == [1.0, 1.0]))
PYTHON
"$folder/venv/bin/python" finding.py
