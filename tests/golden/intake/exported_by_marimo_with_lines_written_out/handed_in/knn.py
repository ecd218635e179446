import marimo

app = marimo.App()


@app.cell
def _():
    def f(x):
        part = x[1:]
        part = part - 1
        return x

    y = 3
    y = y * 2
    return (f,)
