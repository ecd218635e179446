"""The reference of backprop against torch, scikit-learn and numbers worked by hand."""

import copy

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from reference import backprop

# X %*% W as lecture 001 prints it, for X = 1 to 32 in eight rows.
LECTURE_X = np.arange(1.0, 33.0).reshape(8, 4)
LECTURE_PRODUCT = np.array(
    [
        [-0.10, 1.20, 0.70, 0.217],
        [-1.97, 5.06, 1.11, -0.561],
        [-3.85, 8.92, 1.52, -1.340],
        [-5.72, 12.78, 1.93, -2.118],
        [-7.60, 16.64, 2.34, -2.897],
        [-9.47, 20.50, 2.75, -3.675],
        [-11.35, 24.35, 3.16, -4.454],
        [-13.22, 28.21, 3.57, -5.232],
    ]
)
CAT_CAR_FROG = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def leaf(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def agree(mine, theirs):
    # Two float64 computations of fewer than 1000 terms differ by some 1e-13 of the largest.
    theirs = theirs.detach().numpy()
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-12 * max(1, np.abs(theirs).max()))


def test_grey_levels_are_those_of_the_lecture():
    rows = backprop.images_to_rows(np.array([[[0, 1], [2, 255]]], dtype=np.uint8))
    assert rows.dtype == np.float64
    np.testing.assert_allclose(rows, [[0, 0.00392, 0.00784, 1]], atol=5e-6)


def test_sigmoid_agrees_with_torch_and_does_not_overflow(rng):
    z = np.concatenate([rng.normal(scale=5, size=50), [-1e4, -745, 0, 745, 1e4]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        agree(backprop.sigmoid(z), torch.sigmoid(leaf(z)))


def test_sigmoid_subtracts_no_bias():
    """Lecture 001 prints 1/(1 + e^(-w.x + b)): 0.622 at w.x = 1, b = 0.5, where 0.818 is right."""
    assert backprop.sigmoid(np.array(1 + 0.5)) == pytest.approx(0.818, abs=5e-4)
    assert backprop.sigmoid(np.array(1 - 0.5)) == pytest.approx(0.622, abs=5e-4)


def test_binary_cross_entropy_agrees_with_torch(rng):
    z, t = rng.normal(scale=3, size=37), rng.integers(2, size=37)
    logits = leaf(z)
    want = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(t).double())
    want.backward()
    loss, dz = backprop.binary_cross_entropy(z, t)
    agree(loss, want)
    agree(dz, logits.grad)


def test_a_logit_of_a_thousand_costs_a_thousand():
    loss, dz = backprop.binary_cross_entropy(np.array([1000.0, -1000.0]), np.array([0, 0]))
    assert loss == 500
    np.testing.assert_array_equal(dz, [0.5, 0])


def test_logistic_regression_reaches_the_minimum_that_scikit_learn_finds(rng):
    X, t = rng.normal(size=(80, 3)), rng.integers(2, size=80)
    w, b, losses = backprop.logistic_regression(X, t, 1.0, 2000)
    model = LogisticRegression(C=1e12, tol=1e-10).fit(X, t)
    np.testing.assert_allclose(w, model.coef_[0], atol=1e-5)
    assert b == pytest.approx(model.intercept_[0], abs=1e-5)
    assert losses[0] == pytest.approx(np.log(2))
    assert len(losses) == 2000
    assert np.all(np.diff(losses) < 1e-15)


def test_chain_rule_agrees_with_torch_step_by_step(rng):
    h, W, b = rng.normal(size=5), rng.normal(size=(5, 3)), rng.normal(size=3)
    t = np.array([0, 1, 1])
    h_, W_, b_ = leaf(h), leaf(W), leaf(b)
    z = h_ @ W_ + b_
    y = torch.sigmoid(z)
    target = torch.tensor(t).double()
    E = -(target * torch.log(y) + (1 - target) * torch.log(1 - y)).sum()
    (dy_dz,) = torch.autograd.grad(y.sum(), z, retain_graph=True)
    names = ["dE_dy", "dE_dz", "dE_dW", "dE_db", "dE_dh"]
    want = dict(zip(names, torch.autograd.grad(E, [y, z, W_, b_, h_]), strict=True))
    got = backprop.chain_rule(h, W, b, t)
    assert got.keys() == {*names, "dy_dz"}
    for name, value in {**want, "dy_dz": dy_dz}.items():
        agree(got[name], value)


def test_with_one_output_the_lecture_is_right_and_with_two_it_is_not():
    h, t = np.array([1.0, 2.0]), np.array([1, 0])
    W, b = np.array([[0.5, -1.0], [0.25, 0.75]]), np.array([0.5, -0.2])

    def as_the_lecture_has_it(W, gradients):
        return gradients["dE_dz"].sum() * W.sum(axis=1)

    one = backprop.chain_rule(h, W[:, :1], b[:1], t[:1])
    np.testing.assert_allclose(one["dE_dh"], as_the_lecture_has_it(W[:, :1], one))
    two = backprop.chain_rule(h, W, b, t)
    np.testing.assert_allclose(two["dE_dz"], [-0.1824, 0.5744], atol=5e-5)
    np.testing.assert_allclose(two["dE_dh"], [-0.6657, 0.3852], atol=5e-5)
    np.testing.assert_allclose(as_the_lecture_has_it(W, two), [-0.1960, 0.3920], atol=5e-5)


def test_input_gradient_agrees_with_torch(rng):
    X, t = rng.normal(size=(9, 4)), rng.integers(2, size=9)
    W1, b1, w2, b2 = rng.normal(size=(4, 6)), rng.normal(size=6), rng.normal(size=6), 0.3
    x = leaf(X)
    z = torch.sigmoid(x @ torch.tensor(W1) + torch.tensor(b1)) @ torch.tensor(w2) + b2
    target = torch.tensor(t).double()
    torch.nn.functional.binary_cross_entropy_with_logits(z, target, reduction="sum").backward()
    agree(backprop.input_gradient(X, t, W1, b1, w2, b2), x.grad)


@pytest.mark.parametrize("shape", [(5, 6), (5, 2, 3), (5, 3, 1, 2)])
def test_affine_layer_agrees_with_torch(rng, shape):
    x, w, b = rng.normal(size=shape), rng.normal(size=(6, 4)), rng.normal(size=4)
    dout = rng.normal(size=(5, 4))
    leaves = [leaf(x), leaf(w), leaf(b)]
    want = leaves[0].reshape(5, 6) @ leaves[1] + leaves[2]
    want.backward(torch.tensor(dout))
    out, cache = backprop.affine_forward(x, w, b)
    agree(out, want)
    for mine, theirs in zip(backprop.affine_backward(dout, cache), leaves, strict=True):
        agree(mine, theirs.grad)


@pytest.mark.parametrize("layer", ["relu", "sigmoid"])
def test_elementwise_layer_agrees_with_torch(rng, layer):
    x, dout = rng.normal(size=(2, 4, 3, 2))
    z = leaf(x)
    want = getattr(torch, layer)(z)
    want.backward(torch.tensor(dout))
    out, cache = getattr(backprop, f"{layer}_forward")(x)
    agree(out, want)
    agree(getattr(backprop, f"{layer}_backward")(dout, cache), z.grad)


def test_dropout_keeps_a_share_p_and_the_mean(rng):
    x = rng.uniform(1, 3, size=(300, 400))
    out, (_, mask) = backprop.dropout_forward(x, {"p": 0.3, "mode": "train", "seed": 1})
    # One standard deviation is 0.0013 for the share and about 0.009 for the mean.
    assert np.mean(mask > 0) == pytest.approx(0.3, abs=0.007)
    assert out.mean() == pytest.approx(x.mean(), abs=0.045)
    np.testing.assert_array_equal(out, x * mask)


def test_dropout_repeats_with_a_seed_only(rng):
    x = rng.normal(size=(20, 20))
    seeded = [backprop.dropout_forward(x, {"p": 0.5, "mode": "train", "seed": 3})[0] for _ in "ab"]
    np.testing.assert_array_equal(*seeded)
    free = [backprop.dropout_forward(x, {"p": 0.5, "mode": "train"})[0] for _ in "ab"]
    assert not np.array_equal(*free)


@pytest.mark.parametrize("mode", ["train", "test"])
def test_dropout_gradient_is_the_slope_of_the_output(rng, mode):
    x, dout = rng.normal(size=(2, 5, 6))
    out, cache = backprop.dropout_forward(x, {"p": 0.4, "mode": mode})
    # out is x times a constant, so that constant is the slope.
    np.testing.assert_allclose(backprop.dropout_backward(dout, cache), dout * out / x, rtol=1e-12)


def test_softmax_loss_agrees_with_torch(rng):
    x, y = rng.normal(scale=4, size=(11, 5)), rng.integers(5, size=11)
    logits = leaf(x)
    want = torch.nn.functional.cross_entropy(logits, torch.tensor(y))
    want.backward()
    loss, dx = backprop.softmax_loss(x, y)
    agree(loss, want)
    agree(dx, logits.grad)


def test_svm_loss_agrees_with_torch(rng):
    x, y = rng.normal(scale=2, size=(11, 5)), rng.integers(5, size=11)
    scores = leaf(x)
    want = 5 * torch.nn.functional.multi_margin_loss(scores, torch.tensor(y))  # torch divides by C
    want.backward()
    loss, dx = backprop.svm_loss(x, y)
    agree(loss, want)
    agree(dx, scores.grad)


def test_losses_of_lecture_002():
    assert backprop.svm_loss(CAT_CAR_FROG, np.array([0, 1, 2]))[0] == pytest.approx(15.8 / 3)
    loss, dx = backprop.softmax_loss(CAT_CAR_FROG[:1], np.array([0]))
    assert loss == pytest.approx(2.0404, abs=5e-5)
    np.testing.assert_allclose(dx, [[0.1300 - 1, 0.8690, 0.0010]], atol=5e-5)


def test_softmax_loss_of_large_logits_is_finite():
    loss, dx = backprop.softmax_loss(
        np.array([[1000.0, 0.0], [-1000.0, -2000.0]]), np.array([1, 0])
    )
    assert loss == 500
    np.testing.assert_array_equal(dx, [[0.5, -0.5], [0, 0]])


def test_network_loss_agrees_with_torch(rng):
    net = backprop.TwoLayerNet(6, 7, 4, std=0.8, seed=1)
    net.params["b1"], net.params["b2"] = rng.normal(size=7), rng.normal(size=4)
    X, y, reg = rng.normal(size=(9, 6)), rng.integers(4, size=9), 0.7
    W1, b1, W2, b2 = leaves = [leaf(net.params[name]) for name in ("W1", "b1", "W2", "b2")]
    scores = torch.relu(torch.tensor(X) @ W1 + b1) @ W2 + b2
    want = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
    want = want + reg * (W1**2).sum() + reg * (W2**2).sum()
    want.backward()
    agree(net.loss(X), scores)
    loss, grads = net.loss(X, y, reg)
    agree(loss, want)
    for name, theirs in zip(("W1", "b1", "W2", "b2"), leaves, strict=True):
        agree(grads[name], theirs.grad)


def test_network_starts_at_the_loss_of_chance():
    net = backprop.TwoLayerNet(64, 30, 10, seed=1)
    X, y = load_digits(return_X_y=True)
    assert net.loss(X / 16, y)[0] == pytest.approx(np.log(10), abs=1e-3)


def test_training_steps_are_those_of_torch_sgd(rng):
    net = backprop.TwoLayerNet(3, 5, 2, std=0.5, seed=1)
    X, y = np.tile(rng.normal(size=(1, 3)), (8, 1)), np.ones(8, dtype=int)  # any batch is the same
    leaves = {name: leaf(value) for name, value in net.params.items()}
    W1, b1, W2, b2 = (leaves[name] for name in ("W1", "b1", "W2", "b2"))
    optimiser = torch.optim.SGD(leaves.values(), lr=0.2)
    for it in range(7):
        optimiser.zero_grad()
        scores = torch.relu(torch.tensor(X) @ W1 + b1) @ W2 + b2
        loss = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
        (loss + 0.1 * (W1**2).sum() + 0.1 * (W2**2).sum()).backward()
        optimiser.step()
        if it % 2 == 0:  # 8 rows in batches of 4: an epoch is two iterations
            optimiser.param_groups[0]["lr"] *= 0.5
    options = {"learning_rate": 0.2, "learning_rate_decay": 0.5, "reg": 0.1}
    history = net.train(X, y, X, y, num_iters=7, batch_size=4, **options)
    for name, theirs in leaves.items():
        agree(net.params[name], theirs)
    assert [len(values) for values in history.values()] == [7, 4, 4]


def test_network_learns_the_digits():
    X, y = load_digits(return_X_y=True)
    X = X / 16
    net = backprop.TwoLayerNet(64, 50, 10, std=0.1, seed=1)
    history = net.train(X[:1400], y[:1400], X[1400:], y[1400:], 0.5, 0.98, 1e-4, 800, 100)
    assert np.mean(history["loss_history"][-50:]) < 0.2
    assert np.mean(net.predict(X[1400:]) == y[1400:]) > 0.9


def test_training_says_how_it_goes_only_when_asked(capsys):
    X, y = np.ones((4, 2)), np.zeros(4, dtype=int)
    net = backprop.TwoLayerNet(2, 2, 2, seed=1)
    net.train(X, y, X, y, num_iters=101, batch_size=2)
    assert capsys.readouterr().out == ""
    net.train(X, y, X, y, num_iters=101, batch_size=2, verbose=True)
    assert capsys.readouterr().out.count("loss") == 2


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_gradient_norms_agree_with_torch(rng, activation):
    x, dout = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
    weights = [rng.normal(size=shape) for shape in [(4, 5), (5, 7), (7, 3)]]
    leaves = [leaf(w) for w in weights]
    f = getattr(torch, activation)
    out = f(f(torch.tensor(x) @ leaves[0]) @ leaves[1]) @ leaves[2]
    out.backward(torch.tensor(dout))
    norms = backprop.layer_gradient_norms(x, weights, activation, dout)
    agree(norms, torch.stack([w.grad.norm() for w in leaves]))


def test_gradients_vanish_through_sigmoids_and_not_through_relus(rng):
    x, dout = rng.normal(size=(50, 64)), rng.normal(size=(50, 64))

    def first_to_last(activation, scale):
        weights = [scale * rng.normal(size=(64, 64)) for _ in range(10)]
        norms = backprop.layer_gradient_norms(x, weights, activation, dout)
        return norms[0] / norms[-1]

    assert first_to_last("sigmoid", 1 / np.sqrt(64)) < 1e-4
    assert 0.1 < first_to_last("relu", np.sqrt(2 / 64)) < 10


@pytest.mark.parametrize("name", backprop.HARD_CASES)
def test_no_line_separates_a_hard_case_and_the_network_does(name):
    X, y = backprop.sample_hard_case(name, 600, 1)
    linear = LogisticRegression(C=1e6).fit(X, y).score(X, y)
    assert linear < (0.6 if name == "xor" else 0.75)
    params = backprop.fit_hard_case(X, y, 2)
    X, y = backprop.sample_hard_case(name, 1000, 3)
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    assert np.mean((hidden @ params["W2"] + params["b2"]).argmax(axis=1) == y) > 0.95


def test_labels_of_points_one_can_look_up():
    points = np.array([[1.0, 0.5], [-1.0, -0.1], [-1.0, 2.0], [0.1, 1.6], [-1.3, -0.1], [0.0, 0.1]])
    assert backprop.hard_case_labels("xor", points[:5]).tolist() == [1, 1, 0, 1, 1]
    assert backprop.hard_case_labels("ring", points).tolist() == [1, 1, 0, 1, 1, 0]
    assert backprop.hard_case_labels("three_modes", points).tolist() == [0, 1, 0, 1, 1, 0]


@pytest.mark.parametrize("name", backprop.HARD_CASES)
def test_sampled_points_are_balanced_and_keep_clear_of_the_border(name, rng):
    X, y = backprop.sample_hard_case(name, 1000, 5)
    assert X.shape == (1000, 2)
    assert np.bincount(y).tolist() == [500, 500]
    steps = rng.normal(size=X.shape)
    steps *= 0.09 / np.linalg.norm(steps, axis=1, keepdims=True)
    np.testing.assert_array_equal(backprop.hard_case_labels(name, X + steps), y)


def test_the_weights_of_the_lecture_cannot_be_recovered_from_its_product():
    assert np.linalg.matrix_rank(LECTURE_X) == 2
    W = np.linalg.lstsq(LECTURE_X, LECTURE_PRODUCT, rcond=None)[0]
    V = np.array([[1.0, -2.0, 1.0, 0.0]]).T @ np.ones((1, 4))
    np.testing.assert_allclose(LECTURE_X @ V, 0)
    # The lecture prints two or three decimals: another W gives its table just as well.
    np.testing.assert_allclose(LECTURE_X @ (W + V), LECTURE_PRODUCT, atol=0.0051)


def test_arguments_are_left_alone(rng):
    x, y = rng.normal(size=(4, 3)), np.array([0, 1, 2, 0])
    out, cache = backprop.affine_forward(x, np.eye(3), np.zeros(3))
    before = copy.deepcopy((x, y, out, cache))
    backprop.softmax_loss(x, y)
    backprop.svm_loss(x, y)
    backprop.affine_backward(out, cache)
    backprop.relu_backward(out, x)
    backprop.sigmoid_backward(out, x)
    backprop.dropout_backward(out, ({"p": 0.5, "mode": "train"}, np.ones((4, 3))))
    backprop.layer_gradient_norms(x, [np.eye(3), np.eye(3)], "relu", out)
    for then, now in zip(before, (x, y, out, cache), strict=True):
        np.testing.assert_equal(now, then)


def test_every_question_has_an_answer_from_a_to_d():
    assert len(backprop.ANSWERS) == 11
    assert set(backprop.ANSWERS.values()) == set("abcd")
