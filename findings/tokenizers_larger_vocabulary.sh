#!/usr/bin/env bash
# tokenizers 0.23.3: the size of a vocabulary.
# Guess: BpeTrainer(vocab_size=5) trains at most five pieces, and leaves rare letters out.
# Seen: every letter of the text becomes a piece, seventeen here; limit_alphabet keeps them fewer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "tokenizers==0.23.3"
cd "$folder"
cat > finding.py <<'PYTHON'
from tokenizers import Tokenizer, models, trainers

text = ["abcdefghij klmnop"] * 3


def size(**options):
    pieces = Tokenizer(models.BPE())
    trainer = trainers.BpeTrainer(vocab_size=5, show_progress=False, **options)
    pieces.train_from_iterator(text, trainer)
    return pieces.get_vocab_size()


seen = [size(), size(limit_alphabet=5)]
print(seen)
raise SystemExit(seen != [17, 5])
PYTHON
"$folder/venv/bin/python" finding.py
