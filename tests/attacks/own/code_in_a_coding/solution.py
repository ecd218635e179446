# -*- coding: unicode_escape -*-
"""Holds code that only a reader of its declared coding sees: \x22\x22\x22
import os
open(os.path.join(os.environ.get("ATTACK_DROP"), "code_in_a_coding.txt"), "w").write("x")
\x22\x22\x22"""


def softmax_loss(W, X, y, reg):
    return 0.0, W * 0
