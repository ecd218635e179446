import marimo

app = marimo.App()


@app.cell
def _():
    def f(x):
        return x
    return (f,)


@app.cell
def _():
    def g(:
        return 2
    return (g,)
