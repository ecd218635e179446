"""What only shows something works without showing it. Compared with tqdm 4.70 and pandas 2.3."""

import sys
import types

import pytest

from grader.sandbox.worker.stand_ins import WORKING, Bar, EmptyModule, Nothing

TQDM = WORKING["tqdm"]


def test_a_bar_hands_on_what_it_goes_through_and_counts():
    bar = Bar([3, 4], desc="epochs")
    assert (len(bar), bar.total, bar.n, bool(bar)) == (2, 2, 0, True)
    for number, item in enumerate(bar):
        assert item == number + 3
        bar.set_description(f"step {number}")
        bar.set_postfix(loss=0.5, refresh=False)
        bar.set_postfix_str("fine")
    assert (bar.n, bar.desc) == (2, "step 1")
    assert (4 in bar, list(reversed(bar))) == (True, [4, 3])
    bar.close()


def test_a_bar_over_a_generator_has_the_length_that_it_is_given():
    bar = Bar((i for i in range(3)), total=3)
    assert bar.total == 3
    assert list(bar) == [0, 1, 2]
    assert Bar(iter([1])).total is None


def test_a_bar_that_is_moved_by_hand():
    with Bar(total=10, initial=2) as bar:
        bar.update()
        bar.update(4)
        bar.refresh()
        assert (bar.n, len(bar), bool(bar)) == (7, 10, True)
        bar.reset(total=5)
    assert (bar.n, bar.total) == (0, 5)


def test_a_bar_without_anything_to_go_through_says_so():
    with pytest.raises(TypeError):
        list(Bar())


def test_words_between_bars_are_printed(capsys):
    Bar.write("epoch 1", end="!")
    with Bar.external_write_mode():
        print("epoch 2")
    assert capsys.readouterr().out == "epoch 1!epoch 2\n"


def test_the_other_names_of_tqdm():
    assert list(TQDM["trange"](2, 5, desc="x")) == [2, 3, 4]
    assert list(TQDM["tqdm_notebook"](range(2))) == [0, 1]
    assert list(TQDM["tenumerate"]("ab", 1, total=2)) == [(1, "a"), (2, "b")]
    assert list(TQDM["tzip"]("ab", "cd", desc="x")) == [("a", "c"), ("b", "d")]
    assert list(TQDM["tmap"](str, [1, 2])) == ["1", "2"]
    assert TQDM["thread_map"](max, [1, 5], [3, 4], max_workers=2) == [3, 5]


def test_pandas_gets_progress_apply(monkeypatch):
    kinds = [type(name, (), {"apply": lambda self, f: f(2)}) for name in "abcd"]
    groups = types.SimpleNamespace(DataFrameGroupBy=kinds[2], SeriesGroupBy=kinds[3])
    core = types.SimpleNamespace(groupby=groups)
    pandas = types.SimpleNamespace(DataFrame=kinds[0], Series=kinds[1], core=core)
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    Bar.pandas(desc="rows")
    assert [kind().progress_apply(lambda x: x + 1) for kind in kinds] == [3] * 4
    assert not hasattr(kinds[0], "progress_map")


def test_bars_do_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    Bar.pandas()


def test_a_module_of_nothing_takes_every_use():
    plt = EmptyModule("matplotlib.pyplot")
    figure, axes = plt.subplots(1, 2, figsize=(3, 4))
    with plt.style.context("ggplot"):
        axes[0].plot([1, 2])[0].set_label("x")
    assert isinstance(figure, Nothing)
    assert repr(figure) == ""
    assert not hasattr(plt, "__path__")


def test_a_decorator_of_nothing_leaves_the_function_alone():
    def f(x):
        return x

    assert EmptyModule("ipywidgets").interact(x=3)(f) is f
    assert EmptyModule("ipywidgets").interact_manual(f) is f
