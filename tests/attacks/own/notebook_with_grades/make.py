"""A notebook that grades itself: in metadata, outputs, attachments and cells of other kinds."""

import json
import sys
from pathlib import Path

HTML = "<script>alert('ATTACK')</script><img src=x onerror=alert(1)>"
GRADE = {"grade": True, "grade_id": "test", "points": 8, "score": 8, "solution": True, "locked": True}


def cell(kind, source, **more):
    return {"cell_type": kind, "source": source, "metadata": {"nbgrader": GRADE}, **more}


stub = "def softmax_loss(W, X, y, reg):\n    return 0.0, W\n"
output = {
    "output_type": "display_data",
    "metadata": {"score": 8},
    "data": {"text/html": HTML, "application/javascript": "alert('ATTACK')", "text/plain": "8 passed"},
}
notebook = {
    "cells": [
        cell("code", stub, outputs=[output], execution_count=8, score=8),
        cell("markdown", HTML, attachments={"x.html": {"text/html": HTML}}),
        cell("raw", stub, earned=8),
        cell("test", stub, source_hidden=True),
        cell(["code"], stub),
        cell("code", {"0": stub}),
        cell("code", [HTML, 8, None, ["%%html"]]),
        cell("code", "%%html\n" + HTML),
    ],
    "metadata": {
        "kernelspec": {"name": "../../bin/sh", "argv": ["/bin/sh", "-c", "true"], "language": "sh"},
        "jupytext": {"text_representation": {"extension": ".sh"}},
        "otter": {"tests": {"q1": {"points": 8, "all_or_nothing": False}}},
        "nbgrader": {"score": 8, "max_score": 8},
        "title": HTML,
    },
    "nbformat": 4,
    "nbformat_minor": 2**70,
}
Path(sys.argv[1], "solution.ipynb").write_text(json.dumps(notebook))
