"""Values of packages, returned by a real worker: what crosses, and how a check asks what stays."""

import numpy as np
import pytest

from grader.judge.compare import close
from grader.judge.conversation import Conversation
from grader.judge.failures import Mismatch, StudentError
from grader.judge.proxy import Handle, SubmissionProxy
from grader.sandbox.client import Session, WarmWorker
from grader.sandbox.level import probe
from grader.sandbox.terms import Limits, Terms
from grader.sandbox.wire.messages import Sources

pytestmark = [pytest.mark.processes, pytest.mark.slow]
PACKAGES = ("numpy", "sklearn", "torch", "pandas", "scipy", "networkx", "matplotlib", "PIL")
SUBMISSION = """
import networkx as nx
import numpy as np
import pandas as pd
import torch
from PIL import Image
from scipy import sparse
from sklearn.linear_model import LinearRegression


def fit(X, y): return LinearRegression().fit(X, y)
def policy(logits): return torch.distributions.Categorical(logits=logits)
def means(frame): return frame.groupby("k").mean()
def same(value): return type(value).__module__.partition(".")[0], value
def image(): return Image.new("RGB", (2, 1), "red")
def grey(image): return np.asarray(image.convert("L"))
def graph(): return nx.Graph([(1, 2)], name="g")
def matrix(): return sparse.eye_array(3).tolil()

def figure():
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    return figure

class Lying(pd.DataFrame):
    @property
    def columns(self): raise RuntimeError

class Loud(Image.Image):
    def __array__(self, *_, **__): raise KeyError("a secret")

def lying(): return Lying({"a": [1.0]})
def loud(): return Loud()
def forged():
    pd.DataFrame.columns = property(lambda self: 1 / 0)
    return pd.DataFrame({"a": [1.0]})
"""


@pytest.fixture(scope="module")
def answer():
    for package in PACKAGES:
        pytest.importorskip(package)
    warm = WarmWorker.start(PACKAGES, probe().level)
    warm.wait_ready()
    terms = Terms(imports=PACKAGES, limits=Limits(60, memory_mb=2048))
    session = Session(warm.open(), Sources("answer", SUBMISSION, {}, terms))
    talk = Conversation(session, "answer.py", 60.0)
    yield SubmissionProxy(talk)
    talk.close()
    session.close()
    warm.close()


def test_an_estimator_is_asked_for_what_it_has_learnt(answer):
    X = np.array([[0.0], [1.0], [2.0]])
    model = answer.fit(X, np.array([1.0, 3.0, 5.0]))
    assert isinstance(model, Handle)
    close(model.coef_, np.array([2.0]))
    close(model.predict(X), np.array([1.0, 3.0, 5.0]))
    with pytest.raises(Mismatch, match="times 2"):
        close(model.predict(2 * X) - 1, model.predict(X) - 1)


def test_a_distribution_is_asked_for_its_parameters(answer):
    torch = pytest.importorskip("torch")
    dist = answer.policy(torch.tensor([0.0, 0.0]))
    close(dist.probs, np.array([0.5, 0.5]))
    close(dist.log_prob(torch.tensor(1)), np.log(0.5))
    with pytest.raises(Mismatch):
        close(dist.entropy(), 0.0)


def test_a_figure_is_asked_for_its_lines(answer):
    figure = answer.figure()
    close(figure.axes[0].lines[0].get_xydata(), np.array([[0.0, 1.0], [1.0, 2.0]]))


def test_a_table_goes_there_and_comes_back(answer):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"k": ["a", "b", "a"], "v": [1.0, 2.0, 4.0]})
    got = answer.means(frame)
    close(got, pandas.DataFrame({"v": [2.5, 2.0]}, index=["a", "b"]))
    assert got.loc["a", "v"] == 2.5
    assert answer.same(frame)[0] == "pandas"
    frame.loc[0, "v"] = 7.0
    with pytest.raises(Mismatch):
        close(answer.means(frame), got)


def test_graphs_and_matrices_are_what_they_were(answer):
    close(answer.matrix(), np.eye(3))
    graph = answer.graph()
    assert (type(graph).__name__, list(graph.edges), graph.name) == ("Graph", [(1, 2)], "g")
    assert answer.same(graph)[0] == "networkx"


def test_an_image_is_handed_on_as_an_image(answer):
    image = answer.image()
    close(image, np.array([[[255, 0, 0]] * 2], np.uint8))
    close(answer.grey(image), np.array([[76, 76]], np.uint8))
    assert answer.same(image)[0] == "PIL"


def test_an_object_that_lies_about_what_it_is_gives_nothing(answer):
    for make in (answer.lying, answer.loud):
        assert isinstance(make(), Handle)
        with pytest.raises(Mismatch):
            close(make(), np.ones((1, 1)))
    with pytest.raises(StudentError, match="division by zero"):
        answer.forged()
