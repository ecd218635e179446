# /// script
# dependencies = ["numpy"]
# ///

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")

with app.setup:
    # what all cells share
    import numpy as np
    SEED = 3


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # Nearest neighbours
    """)
    return


@app.cell
def _(WEIGHTS, build):
    TABLE = build(WEIGHTS)
    text = """
    hello
      there"""
    print(text)
    return TABLE, text


@app.cell
def _():
    import marimo as mo
    WEIGHTS = [SEED]

    def build(weights):
        return [
            2 * weight for weight in weights
        ]

    return (
        WEIGHTS,
        build,
        mo,
    )


@app.function
# by the book
def predict(X):
    """Return a label.

    for each row
"""
    return np.zeros(len(X))


@app.class_definition
class Model:
    def fit(self):
        return 1


@app.cell
def total_cell(TABLE, text):
    def total():
        return sum(TABLE), text
    return (total,)


app._unparsable_cell(
    r"""
    %time x = 3
    def k(a):
        return x
    """,
    name="_"
)

if __name__ == "__main__":
    app.run()
