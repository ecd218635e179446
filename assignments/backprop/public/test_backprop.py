"""Public checks for the backprop assignment: 23 points, one for each exercise.

Expected values are worked by hand.
"""

import numpy as np
import pytest

# One example of the chain of lecture 001: two hidden outputs, two sigmoid neurons.
CHAIN = (
    np.array([1.0, 2.0]),
    np.array([[0.5, -1.0], [0.25, 0.75]]),
    np.array([0.5, -0.2]),
    np.array([1, 0]),
)
CHAIN_Y = np.array([0.8175744761936437, 0.574442516811659])  # sigmoids of 1.5 and 0.3

# One example of a two-layer network: hidden (3, 0), scores (0, log 3), probabilities (1/4, 3/4).
NET_X, NET_Y = np.array([[1.0, 2.0]]), np.array([0])
NET_PARAMS = {
    "W1": np.array([[1.0, -1.0], [1.0, 0.0]]),
    "b1": np.zeros(2),
    "W2": np.array([[1.0, 0.0], [0.0, 1.0]]),
    "b2": np.array([-3.0, np.log(3)]),
}


def number(value):
    """A loss is one number; an array that holds just one counts as well."""
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value


def two_layer_net(submission, params):
    """Return a network of the submission that holds copies of these parameters."""
    net = submission.TwoLayerNet(*params["W1"].shape, params["W2"].shape[1])
    net.params = {name: value.copy() for name, value in params.items()}
    return net


def by_either_cache(submission, layer, arguments, dout, cache, wanted):
    """Return what a layer's backward gives on the documented cache or, if wrong, on its own."""
    backward = getattr(submission, f"{layer}_backward")
    try:
        answer = backward(dout, cache)
        parts = answer if isinstance(answer, (list, tuple)) else [answer]
        if all(np.allclose(part, want) for part, want in zip(parts, wanted, strict=True)):
            return answer
    except Exception:
        pass  # the layout of a cache is free, as long as forward and backward agree on it
    _, own = getattr(submission, f"{layer}_forward")(*arguments)
    return backward(dout, own)


@pytest.mark.points(1)
@pytest.mark.exercise("images_to_rows")
def test_grey_level_one_is_0_00392(submission, close):
    """Grey levels 0, 1, 2, 255 become 0, 0.00392, 0.00784 and 1."""
    rows = submission.images_to_rows(np.array([[[0, 1], [2, 255]], [[1, 1], [1, 1]]], np.uint8))
    close(rows, np.array([[0, 1 / 255, 2 / 255, 1], [1 / 255] * 4]), name="rows")


@pytest.mark.points(1)
@pytest.mark.exercise("sigmoid")
def test_sigmoid_of_a_few_numbers(submission, close):
    """The sigmoid of 0 is 1/2, and of w.x + b = 1 + 0.5 it is 0.818."""
    z = np.array([[0.0, 1.5], [-1.5, 1000.0]])
    close(submission.sigmoid(z), np.array([[0.5, CHAIN_Y[0]], [1 - CHAIN_Y[0], 1]]), name="y")


@pytest.mark.points(1)
@pytest.mark.exercise("binary_cross_entropy")
def test_binary_cross_entropy_by_hand(submission, close):
    """Logits 0 and log 3 are probabilities 1/2 and 3/4, and the loss follows."""
    loss, dz = submission.binary_cross_entropy(np.array([0.0, np.log(3)]), np.array([1, 0]))
    close(number(loss), (np.log(2) + np.log(4)) / 2, name="loss")
    close(dz, np.array([-1 / 4, 3 / 8]), name="dz")


@pytest.mark.points(1)
@pytest.mark.exercise("logistic_regression")
def test_one_step_of_logistic_regression(submission, close):
    """One step from zero, worked by hand."""
    X, t = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1, 1])
    w, b, losses = submission.logistic_regression(X, t, 2.0, 1)  # dz = (-1/4, -1/4)
    close(w, np.array([0.5, 1.0]), name="w")
    close(number(b), 1.0, name="b")
    close(losses, np.array([np.log(2)]), name="losses")


@pytest.mark.points(1)
@pytest.mark.exercise("chain_rule")
def test_chain_rule_by_hand(submission, close):
    """All six gradients of the worked example come out."""
    gradients = submission.chain_rule(*CHAIN)
    delta = CHAIN_Y - [1, 0]
    close(gradients["dE_dy"], np.array([-1 / CHAIN_Y[0], 1 / (1 - CHAIN_Y[1])]), name="dE_dy")
    close(gradients["dy_dz"], CHAIN_Y * (1 - CHAIN_Y), name="dy_dz")
    close(gradients["dE_dz"], delta, name="dE_dz")
    close(gradients["dE_dW"], np.array([delta, 2 * delta]), name="dE_dW")
    close(gradients["dE_db"], delta, name="dE_db")
    close(
        gradients["dE_dh"],
        np.array([0.5 * delta[0] - 1.0 * delta[1], 0.25 * delta[0] + 0.75 * delta[1]]),
        name="dE_dh",
        hint="each weight meets the dE/dz of its own output, then the products are added",
    )


@pytest.mark.points(1)
@pytest.mark.exercise("input_gradient")
def test_input_gradient_by_hand(submission, close):
    """A network with hidden output 1/2 and y = 1/2 has the input gradient (-1/8, -1/4)."""
    X, W1 = np.array([[2.0, -1.0]]), np.array([[1.0], [2.0]])  # X W1 = 0
    dX = submission.input_gradient(X, np.array([1]), W1, np.zeros(1), np.ones(1), -0.5)
    close(dX, np.array([[-1 / 8, -1 / 4]]), name="dX")  # -1/2, times slope 1/4, times W1


@pytest.mark.points(1)
@pytest.mark.exercise("affine_forward")
def test_affine_forward_flattens_each_example(submission, close):
    """Two examples of shape (2, 2) are two rows of four numbers."""
    x = np.arange(1.0, 9.0).reshape(2, 2, 2)
    w = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 2.0]])
    out, _ = submission.affine_forward(x, w, np.array([0.5, -1.0]))
    close(out, np.array([[10.5, 7.0], [26.5, 15.0]]), name="out")


@pytest.mark.points(1)
@pytest.mark.exercise("affine_backward")
def test_affine_backward_by_hand(submission, close):
    """The gradients of one layer, worked by hand."""
    x, w, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0], [6.0]]), np.array([7.0])
    dout = np.array([[1.0], [10.0]])
    want = (np.array([[5.0, 6.0], [50.0, 60.0]]), np.array([[31.0], [42.0]]), np.array([11.0]))
    dx, dw, db = by_either_cache(submission, "affine", (x, w, b), dout, (x, w, b), want)
    close(dx, want[0], name="dx")
    close(dw, want[1], name="dw")
    close(db, want[2], name="db")


@pytest.mark.points(1)
@pytest.mark.exercise("relu_forward")
def test_relu_forward_of_a_few_numbers(submission, close):
    """Negative numbers become 0, positive ones stay."""
    out, _ = submission.relu_forward(np.array([[-2.0, 0.5], [3.0, -0.1]]))
    close(out, np.array([[0.0, 0.5], [3.0, 0.0]]), name="out")


@pytest.mark.points(1)
@pytest.mark.exercise("relu_backward")
def test_relu_backward_of_a_few_numbers(submission, close):
    """The gradient passes where the input was positive, whatever its own sign."""
    x, dout = np.array([[-2.0, 0.5], [3.0, -0.1]]), np.array([[7.0, -8.0], [9.0, -6.0]])
    want = np.array([[0.0, -8.0], [9.0, 0.0]])
    close(by_either_cache(submission, "relu", (x,), dout, x, [want]), want, name="dx")


@pytest.mark.points(1)
@pytest.mark.exercise("sigmoid_forward")
def test_sigmoid_forward_of_a_few_numbers(submission, close):
    """The layer's output is the sigmoid of its input."""
    out, _ = submission.sigmoid_forward(np.array([[0.0, np.log(3)]]))
    close(out, np.array([[1 / 2, 3 / 4]]), name="out")


@pytest.mark.points(1)
@pytest.mark.exercise("sigmoid_backward")
def test_sigmoid_backward_of_a_few_numbers(submission, close):
    """Where the sigmoid is 1/2 its slope is 1/4, where it is 3/4 the slope is 3/16."""
    x, out = np.array([[0.0, np.log(3)]]), np.array([[1 / 2, 3 / 4]])
    dout, want = np.array([[8.0, -16.0]]), np.array([[2.0, -3.0]])
    close(by_either_cache(submission, "sigmoid", (x,), dout, out, [want]), want, name="dx")


@pytest.mark.points(1)
@pytest.mark.exercise("dropout_forward")
def test_dropout_keeps_with_probability_p(submission):
    """With p = 0.25 about a quarter of the elements is kept, each four times as large."""
    out, _ = submission.dropout_forward(np.ones((100, 100)), {"p": 0.25, "mode": "train"})
    assert np.shape(out) == (100, 100), "hint: out has the shape of x"
    assert set(np.unique(out)) == {0.0, 4.0}, "hint: kept elements are divided by p, others are 0"
    kept = np.mean(out != 0)
    assert abs(kept - 0.25) < 0.05, "hint: p is the probability to keep an element, not to drop it"


@pytest.mark.points(1)
@pytest.mark.exercise("dropout_backward")
def test_dropout_backward_passes_what_was_kept(submission):
    """With p = 1/2, twice the gradient passes where the element was kept, and 0 elsewhere."""
    ones, param = np.ones((4, 5)), {"p": 0.5, "mode": "train"}
    mask = 2.0 * (np.arange(20).reshape(4, 5) % 3 == 0)
    dx = by_either_cache(submission, "dropout", (ones, param), 7 * ones, (param, mask), [7 * mask])
    assert np.shape(dx) == (4, 5), "hint: dx has the shape of dout"
    assert set(np.unique(dx)) == {0.0, 14.0}, "hint: scale the gradient as the output was scaled"


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_loss_of_the_cat(submission, close):
    """The cat scores (3.2, 5.1, -1.7) of lecture 002 cost 2.0404, the slope is p - 1 there."""
    x, y = np.array([[3.2, 5.1, -1.7], [3.2, 5.1, -1.7]]), np.array([0, 1])
    loss, _ = submission.softmax_loss(x[:1], y[:1])
    close(number(loss), 2.0404, tol=3e-5, name="loss")
    _, dx = submission.softmax_loss(x, y)
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    hint = "p, less 1 at the true class, divided by N"
    close(dx, (p - np.eye(3)[y]) / 2, name="dx", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("svm_loss")
def test_svm_loss_of_cat_car_and_frog(submission, close):
    """The table of lecture 002 costs (2.9 + 0 + 12.9) / 3 = 5.2667."""
    x = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
    loss, dx = submission.svm_loss(x, np.array([0, 1, 2]))
    close(number(loss), (2.9 + 0 + 12.9) / 3, name="loss")
    close(dx, np.array([[-1, 1, 0], [0, 0, 0], [1, 1, -2]]) / 3, name="dx")


@pytest.mark.points(1)
@pytest.mark.exercise("TwoLayerNet.loss")
def test_network_loss_and_gradients_by_hand(submission, close):
    """A network with probabilities (1/4, 3/4) and reg 0.5, worked by hand."""
    net = two_layer_net(submission, NET_PARAMS)
    close(net.loss(NET_X), np.array([[0, np.log(3)]]), name="scores")
    loss, grads = net.loss(NET_X, NET_Y, 0.5)
    halved = "the term is reg * (sum(W1^2) + sum(W2^2)); some courses put 0.5 before it"
    close(number(loss), np.log(4) + 0.5 * (3 + 2), name="loss", hint=halved)
    close(grads["W2"], np.array([[-1.25, 2.25], [0.0, 1.0]]), name="W2")
    close(grads["b2"], np.array([-0.75, 0.75]), name="b2")
    close(grads["W1"], np.array([[0.25, -1.0], [-0.5, 0.0]]), name="W1")
    close(grads["b1"], np.array([-0.75, 0.0]), name="b1")


@pytest.mark.points(1)
@pytest.mark.exercise("TwoLayerNet.train")
def test_training_takes_one_step(submission, close):
    """One step subtracts learning_rate times the gradient that loss returned."""
    net = two_layer_net(submission, NET_PARAMS)
    ones = {name: np.ones_like(value) for name, value in NET_PARAMS.items()}
    net.loss = lambda X, y=None, reg=0.0: (3.0, ones)
    net.predict = lambda X: np.zeros(len(X), dtype=int)
    X, y = np.repeat(NET_X, 4, axis=0), np.zeros(4, dtype=int)
    history = net.train(X, y, X, y, learning_rate=0.5, num_iters=1, batch_size=2)
    for name, value in NET_PARAMS.items():
        close(net.params[name], value - 0.5, name=name)
    close(history["loss_history"], np.array([3.0]), name="loss_history")


@pytest.mark.points(1)
@pytest.mark.exercise("TwoLayerNet.predict")
def test_prediction_is_the_highest_score(submission, close):
    """The class with the highest score is predicted, one for each row."""
    W1, b1, W2, b2 = NET_PARAMS.values()
    net = two_layer_net(submission, NET_PARAMS)
    net.loss = lambda X, y=None, reg=0.0: np.maximum(0, X @ W1 + b1) @ W2 + b2
    labels = net.predict(np.array([[1.0, 2.0], [5.0, 0.0], [0.0, 0.0]]))
    close(labels, [1, 0, 1], name="labels", hint="take the argmax of each row of the scores")


@pytest.mark.points(1)
@pytest.mark.exercise("layer_gradient_norms")
def test_gradient_norms_by_hand(submission, close):
    """Two layers, once with ReLU and once with sigmoid, worked by hand."""
    one = np.ones((1, 1))
    relu = submission.layer_gradient_norms(
        np.array([[3.0, 4.0]]), [np.ones((2, 1)), 2 * one], "relu", one
    )
    close(relu, np.array([10.0, 7.0]), name="norms with relu")
    sigmoid = submission.layer_gradient_norms(one, [0 * one, 4 * one], "sigmoid", one)
    close(sigmoid, np.array([1.0, 0.5]), name="norms with sigmoid")


@pytest.mark.points(1)
@pytest.mark.exercise("hard_case_labels")
def test_labels_of_a_few_points(submission, close):
    """A few points of each hard case get their class."""
    points = np.array([[1.2, 1.1], [-0.3, 0.4], [-1.5, -2.0], [0.1, 1.5]])
    for name, want in {
        "xor": [1, 0, 1, 1],
        "ring": [1, 0, 0, 1],
        "three_modes": [0, 0, 0, 1],
    }.items():
        labels = submission.hard_case_labels(name, points)
        close(labels, want, name=f"labels of {name}")


@pytest.mark.points(1)
@pytest.mark.exercise("fit_hard_case")
def test_xor_is_fitted(submission):
    """The network separates XOR better than any linear classifier."""
    X = np.random.default_rng(7).uniform(-2.5, 2.5, size=(600, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    params = submission.fit_hard_case(X, y, 1)
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    labels = (hidden @ params["W2"] + params["b2"]).argmax(axis=1)
    assert np.mean(labels == y) > 0.75, "hint: start from larger weights, or take larger steps"


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_first_question_is_answered(answers):
    """The first question, about the shape of the weights, is answered right."""
    hint = "a row of X has 4 numbers, and each of the 10 neurons needs a weight for each"
    answers({"weight_shape": "d"}, hint=hint)
