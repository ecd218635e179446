"""Hidden checks for the linear assignment: 74 points.

Shapes, labels, margins and regularisation are drawn at random, away from the values of the text.
W and reg are of order 1, so that a missing or halved regularisation cannot hide. Random scores
have no ties, so no check sits on a kink of the hinge.
"""

from itertools import pairwise

import numpy as np
import pytest

PER_ROW = "one image costs a sum over its wrong classes; a batch costs the mean over its rows"
SVM_SLOPE = (
    "each margin above 0 adds x_i to column j and subtracts it from column y_i, mean over rows"
)
SOFTMAX_SLOPE = "the mean over the rows of x_i times (p - 1 for the true class, p for the others)"
MILD = 0.5  # for weights: no probability is so small that a log(p + 1e-8) tells
REG_LOSS = "the loss ends in reg * sum(W^2): not halved, not divided by N, W as it was given"
REG_GRADIENT = "the gradient of reg * sum(W^2) is 2 * reg * W, added once, after the division by N"


def problem(rng):
    """Return W (D, C), X (N, D), y (N,): three different sizes, every class present."""
    C, D, N = rng.integers(3, 8), rng.integers(9, 13), rng.integers(17, 32)
    X = 0.3 + 1.5 * rng.normal(size=(N, D)) / np.sqrt(D)  # scores of a few units
    return rng.normal(size=(D, C)), X, rng.permutation(np.arange(N) % C)


def number(loss):
    """A loss is one number; an array that holds just one counts as well."""
    return loss.item() if isinstance(loss, np.ndarray) and loss.size == 1 else loss


def pmf(rng, C):
    return rng.dirichlet(np.ones(C))


def check_loss(function, expected, rng, close, scale=1.0):
    problems = [(scale * W, X, y, 0.0) for W, X, y in (problem(rng) for _ in range(3))]
    for loss, args in zip(function.batch(problems, pick=0), problems, strict=True):
        close(number(loss), expected(*args)[0], name="loss", hint=PER_ROW)


def check_gradient(function, expected, rng, close, hint):
    problems = [(*problem(rng), 0.0) for _ in range(3)]
    for dW, args in zip(function.batch(problems, pick=1), problems, strict=True):
        close(dW, expected(*args)[1], name="dW", hint=hint)


def many_weights(rng):
    """Return a problem of 3 rows and 9000 weights, of which loops in Python take no time either."""
    return rng.normal(size=(300, 30)), rng.normal(size=(3, 300)), rng.integers(30, size=3), 0.0


def check_formula(function, quick, rng, faster):
    """Ask for the gradient of many weights, in half the time that differences need."""
    args = many_weights(rng)
    twenty = 20  # of the 18,000 losses that central differences of 9000 weights need

    def losses():
        for _ in range(twenty):
            quick(*args)

    hint = "a formula gives all of dW at once; differences of the loss need two losses per weight"
    faster(lambda: function(*args), losses, times=18_000 / twenty / 2, hint=hint)


def check_vectorised(function, loops, rng, faster):
    """Ask for a batch in a fifth of the time that the loops of the reference need for it."""
    W, X = rng.normal(size=(30, 10)), rng.normal(size=(1500, 30))
    args = (W, X, rng.integers(10, size=1500), 0.1)
    hint = "no loop over rows or classes: whole matrices at once"
    faster(lambda: function(*args), lambda: loops(*args), times=1 / 5, hint=hint)


def check_reg_loss(function, rng, close):
    W, X, y = problem(rng)
    weak, strong = rng.uniform(0.2, 0.8), rng.uniform(1.5, 3.0)
    low, high = function.batch([(W, X, y, weak), (W, X, y, strong)], pick=0)
    rise = number(high) - number(low)
    close(rise, (strong - weak) * np.sum(W**2), name="the share of reg in the loss", hint=REG_LOSS)


def check_reg_gradient(function, rng, close):
    W, X, y = problem(rng)
    weak, strong = rng.uniform(0.2, 0.8), rng.uniform(1.5, 3.0)
    low, high = function.batch([(W, X, y, weak), (W, X, y, strong)], pick=1)
    rise = np.asarray(high) - np.asarray(low)
    close(rise, 2 * (strong - weak) * W, name="the share of reg in dW", hint=REG_GRADIENT)


@pytest.mark.points(1)
@pytest.mark.exercise("scores")
def test_scores_of_random_images(submission, rng, close):
    """The scores of any image are W x + b."""
    C, D = rng.integers(3, 7), rng.integers(8, 13)
    W, x, b = rng.normal(size=(C, D)), rng.normal(size=D), rng.normal(size=C)
    close(submission.scores(W, x, b), W @ x + b, name="scores")


@pytest.mark.points(2)
@pytest.mark.exercise("bias_trick")
def test_bias_trick_on_random_images(submission, rng, close):
    """W gains the bias as its last column, x gains a 1 as its last entry."""
    C, D = rng.integers(3, 7), rng.integers(8, 13)
    W, x, b = rng.normal(size=(C, D)), rng.normal(size=D), rng.normal(size=C)
    W1, x1 = submission.bias_trick(W, b, x)
    close(W1, np.hstack([W, b[:, None]]), name="W1")
    close(x1, np.array([*x, 1.0]), name="x1")


@pytest.mark.points(1)
@pytest.mark.exercise("n_params")
def test_parameters_of_any_classifier(submission, rng):
    """Every class has D weights and one bias."""
    D, C = int(rng.integers(100, 999)), int(rng.integers(3, 99))
    assert submission.n_params(D, C) == (D + 1) * C, "hint: count the biases: one per class"


@pytest.mark.points(2)
@pytest.mark.exercise("templates")
def test_templates_of_random_weights(submission, rng, close):
    """Templates have the shape of images, and one scale from 0 to 255 for all classes."""
    H, width, C = rng.integers(3, 9, size=3)
    W = rng.normal(size=(H * width * 3, C)) * rng.uniform(0.5, 2, size=C)
    want = np.stack([W[:, c].reshape(H, width, 3) for c in range(C)])
    want = 255 * (want - W.min()) / np.ptp(W)
    pictures = submission.templates(W, (int(H), int(width), 3))
    close(pictures, want, name="pictures", hint="column c of W is picture c, reshaped in order")


@pytest.mark.points(1)
@pytest.mark.exercise("signed_distance")
def test_distances_to_a_random_plane(submission, rng, close):
    """Moving a point of the plane by d along the unit normal puts it at distance d."""
    N, D = rng.integers(5, 12), rng.integers(3, 7)
    w, b, d = 3 * rng.normal(size=D), rng.normal(), rng.normal(size=N)
    unit = w / np.linalg.norm(w)
    on_plane = rng.normal(size=(N, D))
    on_plane -= np.outer((on_plane @ w + b) / np.linalg.norm(w), unit)
    hint = "divide w.x + b by the length of w"
    close(submission.signed_distance(w, float(b), on_plane + d[:, None] * unit), d, hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("one_hot")
def test_one_hot_of_random_labels(submission, rng, close):
    """Every row is a pmf with its 1 at the label, also when the last classes are absent."""
    C, N = rng.integers(5, 12), rng.integers(13, 30)
    y = rng.integers(0, C - 1, size=N)
    want = np.array([[float(c == label) for c in range(C)] for label in y])
    close(submission.one_hot(y, int(C)), want, name="one-hot rows", hint="N rows, C columns")


@pytest.mark.points(3)
@pytest.mark.exercise("one_vs_rest")
def test_one_vs_rest_with_a_random_problem(submission, reference, rng, close):
    """Every class is fitted with +1 for its own rows and -1 for all the others."""
    W, X, y = problem(rng)
    C, slant = W.shape[1], rng.normal(size=W.shape[0])
    seen = []

    def fit(X, t):
        seen.append(np.asarray(t, dtype=float))
        w = np.linalg.solve(X.T @ X + np.eye(X.shape[1]), X.T @ t) + slant
        return w, float(np.mean(t) - 0.1)

    got_W, got_b = submission.one_vs_rest(X, y, int(C), fit)
    assert len(seen) == C, "hint: call fit once per class"
    assert all(set(t) == {-1.0, 1.0} for t in seen), "hint: the targets are +1 and -1"
    want_W, want_b = reference.one_vs_rest(X, y, int(C), fit)
    close(got_W, want_W, name="W", hint="W is (D, C): column c holds the weights of class c")
    close(got_b, want_b, name="b")


@pytest.mark.points(3)
@pytest.mark.exercise("hinge")
def test_hinge_with_random_margins(submission, reference, rng, close):
    """The hinge loss is right for random scores, labels and margins."""
    cases = [
        (3 * rng.normal(size=C), int(rng.integers(C)), rng.uniform(1.5, 6))
        for C in rng.integers(3, 12, size=20)
    ]
    losses = [number(loss) for loss in submission.hinge.batch(cases)]
    close(losses, [reference.hinge(*case) for case in cases], name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("L_i_vectorized")
def test_repaired_code_on_random_images(submission, reference, rng, close):
    """The repaired code agrees with the definition on 20 random images."""
    cases = []
    for _ in range(20):
        W, X, y = problem(rng)
        cases.append((X[0], int(y[0]), W.T.copy()))
    losses = [number(loss) for loss in submission.L_i_vectorized.batch(cases)]
    close(losses, [reference.hinge(W @ x, y) for x, y, W in cases], name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("squared_hinge")
def test_squared_hinge_with_random_margins(submission, reference, rng, close):
    """Every margin is squared before the sum, for random scores, labels and margins."""
    cases = [
        (3 * rng.normal(size=C), int(rng.integers(C)), rng.uniform(1.5, 6))
        for C in rng.integers(3, 12, size=20)
    ]
    losses = [number(loss) for loss in submission.squared_hinge.batch(cases)]
    close(losses, [reference.squared_hinge(*case) for case in cases], name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("init_loss")
def test_start_with_any_number_of_classes(submission, rng, close):
    """With all scores equal, C classes cost C - 1 (hinge) or log C (softmax)."""
    C = int(rng.integers(3, 200))
    close(submission.init_loss(C, "hinge"), float(C - 1), name="hinge")
    close(submission.init_loss(C, "softmax"), np.log(C), name="softmax")


@pytest.mark.points(1)
@pytest.mark.exercise("l2_penalty")
def test_penalty_of_a_random_matrix(submission, rng, close):
    """The penalty is the sum over all squared weights."""
    W = rng.normal(size=rng.integers(3, 9, size=2))
    hint = "a sum: no half, no mean, no root"
    close(submission.l2_penalty(W), sum(w * w for w in W.ravel()), name="R(W)", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("softmax")
def test_softmax_of_random_rows(submission, rng, close):
    """Softmax works on one row and on many, each for itself."""
    N, C = rng.integers(11, 20), rng.integers(3, 9)
    s = 2 * rng.normal(size=(N, C))
    want = np.exp(s) / np.exp(s).sum(axis=1)[:, None]
    close(submission.softmax(s), want, name="p", hint="normalise every row by its own sum")
    close(submission.softmax(s[0]), want[0], name="p of one row")


@pytest.mark.points(2)
@pytest.mark.exercise("softmax")
def test_softmax_of_scores_up_to_a_thousand(submission, rng, close):
    """Scores up to +-1000 give a pmf: finite, not negative, with sum 1."""
    s = rng.uniform(-1000, 1000, size=(100, int(rng.integers(3, 9))))
    s[:10] = -1000 + rng.normal(size=s[:10].shape)  # a row of very negative scores
    hint = "subtract the largest score of each row (of that row, not of the whole array) first"
    p = np.asarray(submission.softmax(s))
    assert np.isfinite(p).all(), f"hint: {hint}"
    assert (p >= 0).all(), "hint: a probability is never negative"
    close(p.sum(axis=1), np.ones(100), name="sums", hint=hint)
    e = np.exp(s[:10] + 1000)
    close(p[:10], e / e.sum(axis=1, keepdims=True), name="p of very negative scores", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax")
def test_softmax_leaves_the_scores_alone(submission, rng, close):
    """The scores that were handed in are the same afterwards."""
    s = rng.normal(size=(int(rng.integers(3, 9)), 5))
    call = submission.softmax.call(s)
    close(call.value, np.exp(s) / np.exp(s).sum(axis=1)[:, None], name="p")
    close(call.args[0], s, name="s", hint="s -= m writes into the caller's array; use s = s - m")


@pytest.mark.points(1)
@pytest.mark.exercise("entropy")
def test_entropy_in_random_bases(submission, rng, close):
    """Entropy is right in any base, and an entry 0 adds nothing to it."""
    for base in (2.0, np.e, rng.uniform(3, 12)):
        u = pmf(rng, int(rng.integers(3, 9)))
        want = -sum(a * np.log(a) for a in u) / np.log(base)
        close(submission.entropy(u, float(base)), want, name="H(u)")
        padded = np.insert(u, int(rng.integers(len(u))), 0.0)
        close(submission.entropy(padded, float(base)), want, hint="leave out the zeros of u")


@pytest.mark.points(2)
@pytest.mark.exercise("cross_entropy")
def test_cross_entropy_of_random_pmfs(submission, rng, close):
    """Cross-entropy weighs -log q by p, for any two pmfs."""
    C = int(rng.integers(3, 9))
    p, q = pmf(rng, C), pmf(rng, C)
    want = -sum(a * np.log(b) for a, b in zip(p, q, strict=True))
    close(submission.cross_entropy(p, q), want, hint="-sum p log q: natural log of q, a sum")
    own = -sum(a * np.log(a) for a in p)
    close(submission.cross_entropy(p, p), own, name="H(p, p)", hint="H(p, p) = H(p)")


@pytest.mark.points(1)
@pytest.mark.exercise("cross_entropy")
def test_cross_entropy_with_zeros(submission, rng, close):
    """A zero of p adds nothing, also where q is 0; a zero of q alone makes it infinite."""
    a, b = rng.uniform(0.2, 0.8, size=2)
    p, q = np.array([a, 0.0, 1 - a, 0.0]), np.array([b, 0.0, 1 - b, 0.0])
    want = -a * np.log(b) - (1 - a) * np.log(1 - b)
    close(submission.cross_entropy(p, q), want, hint="leave out the entries where p is 0")
    impossible = np.array([1.0, 0.0, 0.0, 0.0])
    assert submission.cross_entropy(p, impossible) == np.inf, "hint: -p log 0 is infinite"


@pytest.mark.points(1)
@pytest.mark.exercise("kl")
def test_kl_of_random_pmfs(submission, rng, close):
    """KL(p, q) = H(p, q) - H(p), and a zero of p adds nothing."""
    C = int(rng.integers(3, 9))
    p, q = pmf(rng, C), pmf(rng, C)
    want = sum(a * (np.log(a) - np.log(b)) for a, b in zip(p, q, strict=True))
    close(submission.kl(p, q), want, name="KL(p, q)", hint="KL is weighted by p, natural log")
    p, q = np.append(p, 0.0), np.append(q * 0.5, 0.5)
    close(submission.kl(p, q), want + np.log(2), hint="leave out the entries where p is 0")


@pytest.mark.points(2)
@pytest.mark.exercise("dataset_loss")
def test_dataset_loss_with_soft_targets(submission, rng, close):
    """The loss is the mean over 37 rows, for one-hot targets and for soft ones."""
    C, D = int(rng.integers(3, 8)), int(rng.integers(9, 13))
    W, X = rng.normal(size=(D, C)), 0.5 * rng.normal(size=(37, D))
    e = np.exp(X @ W)
    log_q = np.log(e / e.sum(axis=1)[:, None])
    for P in (np.eye(C)[rng.integers(C, size=37)], rng.dirichlet(np.ones(C), size=37)):
        want = -sum(P[i] @ log_q[i] for i in range(37)) / 37
        close(number(submission.dataset_loss(W, X, P)), want, hint="the mean of the rows' H(p, q)")


@pytest.mark.points(1)
@pytest.mark.exercise("sigmoid")
def test_sigmoid_of_small_and_huge_logits(submission, rng, close):
    """Sigmoid works entry by entry on any shape, and stays finite at +-1000."""
    z = rng.uniform(-4, 4, size=rng.integers(11, 17, size=2))
    close(submission.sigmoid(z), 1 / (1 + np.exp(-z)), name="sigmoid(z)")
    huge = np.array([-1000.0, 1000.0, rng.uniform(800, 999)])
    close(
        submission.sigmoid(huge), np.array([0.0, 1.0, 1.0]), hint="exp of a large number overflows"
    )


@pytest.mark.points(1)
@pytest.mark.exercise("bce")
def test_bce_loss_of_random_logits(submission, rng, close):
    """The loss is the mean binary cross-entropy of random logits."""
    N = int(rng.integers(11, 30))
    z, t = 2 * rng.normal(size=N), rng.permutation(np.arange(N) % 2).astype(float)
    y = 1 / (1 + np.exp(-z))
    want = np.mean([-np.log(b if a else 1 - b) for a, b in zip(t, y, strict=True)])
    close(number(submission.bce(z, t)[0]), want, name="loss", hint="the mean over the rows")


@pytest.mark.points(1)
@pytest.mark.exercise("bce")
def test_bce_gradient_of_random_logits(submission, rng, close):
    """The gradient with respect to the logits is (y - t) / N."""
    N = int(rng.integers(11, 30))
    z, t = 2 * rng.normal(size=N), rng.permutation(np.arange(N) % 2).astype(float)
    want = (1 / (1 + np.exp(-z)) - t) / N
    close(submission.bce(z, t)[1], want, name="dz", hint="y - t, divided by N like the loss")


@pytest.mark.points(1)
@pytest.mark.exercise("bce")
def test_bce_of_huge_logits(submission, rng, close):
    """Logits up to +-1000 give a finite loss and gradient, right or wrong."""
    a, b = rng.uniform(800, 1000, size=2)
    loss, dz = submission.bce(np.array([a, -b, a, -b]), np.array([0.0, 1.0, 1.0, 0.0]))
    close(number(loss), (a + b) / 4, name="loss", hint="log(1 + exp(z)) = z for large z: no log(0)")
    close(dz, np.array([0.25, -0.25, 0.0, 0.0]), name="dz")


@pytest.mark.points(1)
@pytest.mark.exercise("svm_loss_naive")
def test_svm_naive_loss(submission, reference, rng, close):
    """The data loss of random batches is right."""
    check_loss(submission.svm_loss_naive, reference.svm_loss_naive, rng, close)


@pytest.mark.points(2)
@pytest.mark.exercise("svm_loss_naive")
def test_svm_naive_gradient(submission, reference, rng, close, faster):
    """The gradient of the data loss is right on random batches, and comes from a formula."""
    check_gradient(submission.svm_loss_naive, reference.svm_loss_naive, rng, close, SVM_SLOPE)
    check_formula(submission.svm_loss_naive, reference.svm_loss_vectorized, rng, faster)


@pytest.mark.points(1)
@pytest.mark.exercise("svm_loss_naive")
def test_svm_naive_regularisation_in_the_loss(submission, rng, close):
    """The regularisation adds reg * sum(W^2) to the loss."""
    check_reg_loss(submission.svm_loss_naive, rng, close)


@pytest.mark.points(1)
@pytest.mark.exercise("svm_loss_naive")
def test_svm_naive_regularisation_in_the_gradient(submission, rng, close):
    """The regularisation adds 2 * reg * W to the gradient."""
    check_reg_gradient(submission.svm_loss_naive, rng, close)


@pytest.mark.points(1)
@pytest.mark.exercise("svm_loss_vectorized")
def test_svm_vectorized_loss(submission, reference, rng, close, faster):
    """The data loss of random batches is right, without a loop over rows and classes."""
    check_loss(submission.svm_loss_vectorized, reference.svm_loss_naive, rng, close)
    check_vectorised(submission.svm_loss_vectorized, reference.svm_loss_naive, rng, faster)


@pytest.mark.points(2)
@pytest.mark.exercise("svm_loss_vectorized")
def test_svm_vectorized_gradient(submission, reference, rng, close, faster):
    """The gradient is right on random batches, and takes no loop over rows and classes."""
    check_gradient(submission.svm_loss_vectorized, reference.svm_loss_naive, rng, close, SVM_SLOPE)
    check_formula(submission.svm_loss_vectorized, reference.svm_loss_vectorized, rng, faster)
    check_vectorised(submission.svm_loss_vectorized, reference.svm_loss_naive, rng, faster)


@pytest.mark.points(1)
@pytest.mark.exercise("svm_loss_vectorized")
def test_svm_vectorized_regularisation_in_the_loss(submission, rng, close):
    """The regularisation adds reg * sum(W^2) to the loss."""
    check_reg_loss(submission.svm_loss_vectorized, rng, close)


@pytest.mark.points(1)
@pytest.mark.exercise("svm_loss_vectorized")
def test_svm_vectorized_regularisation_in_the_gradient(submission, rng, close):
    """The regularisation adds 2 * reg * W to the gradient."""
    check_reg_gradient(submission.svm_loss_vectorized, rng, close)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss_naive")
def test_softmax_naive_loss(submission, reference, rng, close):
    """The data loss of random batches is right."""
    check_loss(submission.softmax_loss_naive, reference.softmax_loss_naive, rng, close, MILD)


@pytest.mark.points(2)
@pytest.mark.exercise("softmax_loss_naive")
def test_softmax_naive_gradient(submission, reference, rng, close, faster):
    """The gradient of the data loss is right on random batches, and comes from a formula."""
    function, expected = submission.softmax_loss_naive, reference.softmax_loss_naive
    check_gradient(function, expected, rng, close, SOFTMAX_SLOPE)
    check_formula(function, reference.softmax_loss_vectorized, rng, faster)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss_naive")
def test_softmax_naive_regularisation_in_the_loss(submission, rng, close):
    """The regularisation adds reg * sum(W^2) to the loss."""
    check_reg_loss(submission.softmax_loss_naive, rng, close)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss_naive")
def test_softmax_naive_regularisation_in_the_gradient(submission, rng, close):
    """The regularisation adds 2 * reg * W to the gradient."""
    check_reg_gradient(submission.softmax_loss_naive, rng, close)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss_vectorized")
def test_softmax_vectorized_loss(submission, reference, rng, close, faster):
    """The data loss of random batches is right, without a loop over rows and classes."""
    check_loss(submission.softmax_loss_vectorized, reference.softmax_loss_naive, rng, close, MILD)
    check_vectorised(submission.softmax_loss_vectorized, reference.softmax_loss_naive, rng, faster)


@pytest.mark.points(2)
@pytest.mark.exercise("softmax_loss_vectorized")
def test_softmax_vectorized_gradient(submission, reference, rng, close, faster):
    """The gradient is right on random batches, and takes no loop over rows and classes."""
    function, expected = submission.softmax_loss_vectorized, reference.softmax_loss_naive
    check_gradient(function, expected, rng, close, SOFTMAX_SLOPE)
    check_formula(function, reference.softmax_loss_vectorized, rng, faster)
    check_vectorised(function, reference.softmax_loss_naive, rng, faster)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss_vectorized")
def test_softmax_vectorized_regularisation_in_the_loss(submission, rng, close):
    """The regularisation adds reg * sum(W^2) to the loss."""
    check_reg_loss(submission.softmax_loss_vectorized, rng, close)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss_vectorized")
def test_softmax_vectorized_regularisation_in_the_gradient(submission, rng, close):
    """The regularisation adds 2 * reg * W to the gradient."""
    check_reg_gradient(submission.softmax_loss_vectorized, rng, close)


class Recorder:
    """Stands in for the loss of a classifier: random answers, and a note of every question."""

    def __init__(self, rng, D, C):
        self.rng, self.D, self.C = rng, D, C
        self.batches, self.labels, self.regs = [], [], []
        self.losses, self.gradients = [], []
        self.classifier = None
        self.weights = []  # that the classifier had at each question

    def loss(self, X_batch, y_batch, reg):
        self.weights.append(np.array(self.classifier.W))
        self.batches.append(np.array(X_batch))
        self.labels.append(np.array(y_batch))
        self.regs.append(reg)
        self.losses.append(float(self.rng.uniform(1, 9)))
        self.gradients.append(self.rng.normal(size=(self.D, self.C)))
        return self.losses[-1], self.gradients[-1]


def training(submission, rng, *, W=None, num_iters=60, batch_size=40):
    """Train one classifier on a recorder; return it with everything that went in and came out."""
    C, D, N = int(rng.integers(6, 9)), int(rng.integers(9, 13)), int(rng.integers(45, 61))
    X, y = rng.normal(size=(N, D)), rng.permutation(np.arange(N) % C)
    recorder = Recorder(rng, D, C)
    classifier = recorder.classifier = submission.LinearClassifier()
    if W is not None:
        W = rng.normal(size=(D, C))
        classifier.W = W.copy()
    classifier.loss = recorder.loss
    rate, reg = rng.uniform(0.1, 0.9), rng.uniform(0.5, 2)
    history = classifier.train(
        X, y, learning_rate=rate, reg=reg, num_iters=num_iters, batch_size=batch_size
    )
    return classifier, recorder, history, dict(X=X, y=y, W=W, rate=rate, reg=reg, C=C, D=D)


@pytest.mark.points(2)
@pytest.mark.exercise("LinearClassifier.train")
def test_every_step_goes_down_its_gradient(submission, rng, close):
    """Every step subtracts learning_rate times its own gradient from W."""
    steps = int(rng.integers(11, 30))
    classifier, recorder, _, given = training(submission, rng, W="random", num_iters=steps)
    assert len(recorder.losses) == steps, "hint: call self.loss once per step, num_iters times"
    path = given["W"] - given["rate"] * np.cumsum(recorder.gradients, axis=0)
    hint = "W <- W - learning_rate * dW, going on from self.W"
    close(classifier.W, path[-1], name="W", hint=hint)
    seen = np.array(recorder.weights)
    close(seen[1:], path[:-1], name="W", hint="self.loss has to see the weights of the step before")


@pytest.mark.points(1)
@pytest.mark.exercise("LinearClassifier.train")
def test_history_and_regularisation(submission, rng, close):
    """The losses come back in order, one per step, and `reg` is handed on to the loss."""
    steps = int(rng.integers(11, 30))
    _, recorder, history, given = training(submission, rng, W="random", num_iters=steps)
    close(history, np.array(recorder.losses), name="loss_history", hint="append the loss each step")
    close(recorder.regs, [given["reg"]] * steps, name="reg")


def is_block(rows, N):
    """Say whether `rows` follow each other in the data set of N rows, whose end joins its start."""
    return all((b - a) % N == 1 for a, b in pairwise(rows))


@pytest.mark.points(2)
@pytest.mark.exercise("LinearClassifier.train")
def test_batches_are_random_rows_of_the_whole_set(submission, rng):
    """Batches have batch_size rows, keep every row with its label, and come from the whole set."""
    size = int(rng.integers(33, 45))
    _, recorder, _, given = training(submission, rng, W="random", batch_size=size)
    index = {row.tobytes(): i for i, row in enumerate(given["X"])}
    drawn = []
    for X_batch, y_batch in zip(recorder.batches, recorder.labels, strict=True):
        assert X_batch.shape == (size, given["D"]), "hint: X_batch is (batch_size, D)"
        assert y_batch.shape == (size,), "hint: y_batch is (batch_size,)"
        rows = [index.get(row.tobytes()) for row in X_batch]
        assert None not in rows, "hint: a batch is made of rows of X"
        assert (given["y"][rows] == y_batch).all(), "hint: take X and y at the same indices"
        drawn.append(rows)
    blocks = [is_block(rows, len(given["X"])) for rows in drawn]
    assert not all(blocks), "hint: draw the rows of a batch at random, not one after the other"
    # 60 batches of 33 rows or more miss a given row of 60 with probability below 1e-14
    seen = len({row for rows in drawn for row in rows}) / len(given["X"])
    assert seen > 0.9, "hint: draw from all N rows (not from D), and anew in every step"


@pytest.mark.points(1)
@pytest.mark.exercise("LinearClassifier.train")
def test_first_weights_are_small(submission, rng, close):
    """Without weights, training starts from small random ones of shape (D, C)."""
    classifier, recorder, _, given = training(submission, rng, num_iters=1)
    W = np.asarray(classifier.W)
    assert W.shape == (given["D"], given["C"]), "hint: W is (D, C), with C = max(y) + 1"
    start = W + given["rate"] * recorder.gradients[0]
    assert np.ptp(start, axis=1).min() > 1e-5, "hint: every class has random weights of its own"
    # The spread of 54 draws or more is off by a factor of 2 with probability below 1e-9.
    assert 0.0005 < start.std() < 0.002, "hint: start from 0.001 times a standard normal"
    assert abs(start.mean()) < start.std(), "hint: a standard normal has mean 0"


@pytest.mark.points(2)
@pytest.mark.exercise("LinearClassifier.predict")
def test_predictions_of_random_images(submission, rng, close):
    """Every row gets the class with the highest score."""
    W, X, _ = problem(rng)
    classifier = submission.LinearClassifier()
    classifier.W = W
    want = np.array([max(range(W.shape[1]), key=lambda c: (x @ W)[c]) for x in X])
    labels = np.asarray(classifier.predict(X))
    close(labels.astype(int), want, name="labels", hint="argmax over the classes of X W")


@pytest.mark.points(2)
@pytest.mark.exercise("ANSWERS")
def test_answers_about_viewpoints(answers):
    """The questions about the viewpoints of a linear classifier are right."""
    answers(["row_as_picture", "set_of_functions", "two_headed_horse", "template_background"])


@pytest.mark.points(2)
@pytest.mark.exercise("ANSWERS")
def test_answers_about_limits(answers):
    """The questions about limits, features and factorisations are right."""
    answers(["separable_case", "gabor_brightness", "linear_head", "diabetes_qr"])


@pytest.mark.points(2)
@pytest.mark.exercise("ANSWERS")
def test_answers_about_the_hinge(answers):
    """The questions about the hinge loss are right."""
    answers(["hinge_range", "car_scores_move", "true_class_in_sum", "mean_over_classes"])


@pytest.mark.points(2)
@pytest.mark.exercise("ANSWERS")
def test_answers_about_variants(answers):
    """The questions about variants of the hinge and about regularisation are right."""
    answers(["squared_hinge_differs", "w_unique", "l2_same_scores", "duplicated_columns"])


@pytest.mark.points(2)
@pytest.mark.exercise("ANSWERS")
def test_answers_about_softmax(answers):
    """The questions about softmax are right."""
    answers(["softmax_104", "softmax_invariance", "start_of_training", "satisfied_scores"])


@pytest.mark.points(2)
@pytest.mark.exercise("ANSWERS")
def test_answers_about_information(answers):
    """The questions about information theory and the logistic function are right."""
    answers(["entropy_of_itself", "kl_or_cross_entropy", "sigmoid_bias_sign", "frog_or_ship"])
