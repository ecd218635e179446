"""Hidden checks for the backprop assignment: 82 points.

Inputs are drawn anew for every attempt, hyperparameters away from their defaults.
Every exercise is graded alone: a backward function is right if it is right on the documented cache
or on the cache of the submission's own forward function. A forward function loses points for a
cache on which a backward that keeps to the documented one is wrong: together they would be.
"""

from itertools import pairwise

import numpy as np
import pytest

AFFINE = "one row of D numbers per example, times w, plus b"
AFFINE_SLOPES = "dx = dout w' in the shape of x; dw = x' dout and db are sums over the rows"
CROSS_ENTROPY = "the mean over the rows of -log p of the true class"
MARGINS = "the mean over the rows of the sum over the wrong classes of max(0, x_j - x_y + 1)"
SCORES = "max(0, X W1 + b1) W2 + b2"
WAY_BACK = (
    "from the scores back: W2 and b2, the ReLU's gate, W1 and b1; a bias gets the sum over rows"
)
NOT_MODIFIED = (
    "what is handed in stays as it is: make a new array, with x = x - m instead of x -= m"
)
HALVED = "the term is reg * (sum(W1^2) + sum(W2^2)), its gradient 2 * reg * W: no factor 1/2"


def sizes(rng, count, low=3, high=9):
    """Return `count` different sizes, so that a transposed product cannot pass."""
    return [int(size) for size in rng.choice(np.arange(low, high), size=count, replace=False)]


def scores_and_labels(rng, scale):
    """Return scores (N, C) and labels (N,) of which several are equal."""
    n, c = int(rng.integers(9, 14)), int(rng.integers(4, 8))
    return rng.normal(scale=scale, size=(n, c)), rng.integers(c, size=n)


def network(rng):
    """Return the parameters of a two-layer network, a batch and its labels.

    The scores are so mild that no probability is near 0, where a log(p + 1e-8) would tell.
    """
    d, h, c, n = sizes(rng, 4, low=4, high=12)
    params = {
        "W1": rng.normal(size=(d, h)) / np.sqrt(d),
        "b1": rng.normal(size=h),
        "W2": rng.normal(size=(h, c)) / np.sqrt(4 * h),
        "b2": rng.normal(size=c) / 2,
    }
    return params, rng.normal(size=(n, d)), rng.integers(c, size=n)


def two_layer_net(module, params):
    """Return a network of `module` that holds copies of these parameters."""
    net = module.TwoLayerNet(*params["W1"].shape, params["W2"].shape[1])
    net.params = {name: value.copy() for name, value in params.items()}
    return net


def number(value):
    """A loss is one number; an array that holds just one counts as well."""
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value


def left_alone(close, function, *arguments):
    """Return what a function gives that has to leave its arguments as they are."""
    call = function.call(*arguments)
    close(call.args, arguments, name="argument", hint=NOT_MODIFIED)
    return call.value


def is_close(answer, wanted):
    """Say whether two tuples of arrays are equal to 1e-6, without raising."""
    try:
        return len(answer) == len(wanted) and all(
            np.shape(a) == w.shape and np.abs(a - w).max() <= 1e-6 * np.abs(w).max()
            for a, w in zip(answer, wanted, strict=True)
        )
    except Exception:
        return False


def first_right(*routes):
    """Return (answer, wanted) of the first route that is right, else of the first with an answer.

    A route returns such a pair, each a tuple of arrays, or raises.
    """
    pairs, problems = [], []
    for route in routes:
        try:
            answer, wanted = route()
        except Exception as problem:
            problems.append(problem)
            continue
        if is_close(answer, wanted):
            return answer, wanted
        pairs.append((answer, wanted))
    if pairs:
        return pairs[0]
    raise problems[0]


def gradients(submission, layer, arguments, dout, cache, wanted):
    """Return (answer, wanted) of a layer's backward, by the documented cache or by its own."""
    backward = getattr(submission, f"{layer}_backward")

    def by_documented_cache():
        return in_tuple(backward(dout, cache), wanted), wanted

    def by_own_cache():
        own = getattr(submission, f"{layer}_forward")(*arguments)[1]
        return in_tuple(backward(dout, own), wanted), wanted

    return first_right(by_documented_cache, by_own_cache)


def in_tuple(answer, wanted):
    """Return gradients as a tuple; a single one may come bare, and as nested lists."""
    several = isinstance(answer, tuple) or (isinstance(answer, list) and len(wanted) > 1)
    return tuple(answer) if several else (answer,)


def is_right(backward, dout, cache, wanted):
    """Say whether a backward function is right on this cache, without raising."""
    try:
        return is_close(in_tuple(backward(dout, cache), wanted), wanted)
    except Exception:
        return False


def check_cache(submission, layer, arguments, dout, cache, wanted):
    """Refuse a cache on which the backward is wrong that is right on the documented one."""
    if f"{layer}_backward" not in submission:
        return
    backward = getattr(submission, f"{layer}_backward")
    if is_right(backward, dout, cache, wanted):
        own = getattr(submission, f"{layer}_forward")(*arguments)[1]
        hint = f"hint: {layer}_backward needs the cache that the docstring describes"
        assert is_right(backward, dout, own, wanted), hint


def check_formula(faster, gradient, forward, count):
    """Ask for a gradient in a third of the time that differences of the forward pass need.

    Args:
        count: of the numbers by which it is taken; each needs two forward passes.
    """

    def passes():
        for _ in range(20):
            forward()

    hint = "a formula gives a whole gradient at once; differences need two passes for each number"
    faster(gradient, passes, times=2 * count / 20 / 3, hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("images_to_rows")
def test_grey_images(submission, reference, rng, close):
    """Grey images, none of them with a white pixel, are divided by 255."""
    images = rng.integers(3, 200, size=sizes(rng, 3), dtype=np.uint8)
    rows = left_alone(close, submission.images_to_rows, images)
    close(rows, reference.images_to_rows(images), name="rows")


@pytest.mark.points(1)
@pytest.mark.exercise("images_to_rows")
def test_colour_images(submission, reference, rng, close):
    """Colour images become one row each, in row-major order."""
    images = rng.integers(0, 256, size=(*sizes(rng, 3, low=4), 3), dtype=np.uint8)
    close(submission.images_to_rows(images), reference.images_to_rows(images), name="rows")


@pytest.mark.points(1)
@pytest.mark.exercise("sigmoid")
def test_sigmoid_of_random_numbers(submission, reference, rng, close):
    """The sigmoid of numbers of both signs, in any shape."""
    z = rng.normal(scale=4, size=sizes(rng, 3))
    close(left_alone(close, submission.sigmoid, z), reference.sigmoid(z), name="y")


@pytest.mark.points(1)
@pytest.mark.exercise("sigmoid")
def test_sigmoid_of_large_numbers(submission, rng, close):
    """Numbers in the thousands give 0 or 1, never NaN."""
    signs = rng.permutation(np.tile([1, -1], 6))
    z = rng.uniform(800, 5000, size=12) * signs
    hint = "exp(z) overflows where z is large and positive"
    close(submission.sigmoid(z), np.maximum(signs, 0.0), name="y", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("binary_cross_entropy")
def test_binary_cross_entropy_loss(submission, reference, rng, close):
    """The loss is the mean over the rows."""
    z, t = rng.normal(scale=2, size=17), rng.integers(2, size=17)
    loss, _ = left_alone(close, submission.binary_cross_entropy, z, t)
    want, _ = reference.binary_cross_entropy(z, t)
    close(number(loss), want, name="loss", hint="the mean over the rows, in nats")


@pytest.mark.points(1)
@pytest.mark.exercise("binary_cross_entropy")
def test_binary_cross_entropy_gradient(submission, reference, rng, close):
    """The gradient with respect to the logits is that of the mean."""
    z, t = rng.normal(scale=2, size=17), rng.integers(2, size=17)
    _, dz = submission.binary_cross_entropy(z, t)
    _, want = reference.binary_cross_entropy(z, t)
    close(dz, want, name="dz", hint="(y - t) / N: the loss is a mean")


@pytest.mark.points(1)
@pytest.mark.exercise("binary_cross_entropy")
def test_binary_cross_entropy_of_large_logits(submission, reference, rng, close):
    """Logits in the thousands cost what they should: neither NaN nor infinity."""
    z, t = rng.uniform(800, 5000, size=8) * np.tile([1, -1], 4), np.repeat([0, 1], 4)
    loss, dz = submission.binary_cross_entropy(z, t)
    want_loss, want_dz = reference.binary_cross_entropy(z, t)
    hint = "log y is -inf where y is 0: start from the logit"
    close(number(loss), want_loss, name="loss", hint=hint)
    close(dz, want_dz, name="dz")


def regression(rng):
    n, d = sizes(rng, 2, low=4, high=12)
    X = rng.normal(size=(n, d))
    return X, rng.integers(2, size=n), float(rng.uniform(0.5, 2)), int(rng.integers(5, 12))


@pytest.mark.points(2)
@pytest.mark.exercise("logistic_regression")
def test_logistic_regression_parameters(submission, reference, rng, close):
    """Weights and bias are right after several steps."""
    problem = regression(rng)
    w, b, _ = left_alone(close, submission.logistic_regression, *problem)
    want_w, want_b, _ = reference.logistic_regression(*problem)
    close(w, want_w, name="w")
    close(number(b), want_b, name="b")


@pytest.mark.points(1)
@pytest.mark.exercise("logistic_regression")
def test_logistic_regression_losses(submission, reference, rng, close):
    """The loss of each iteration is recorded before its step."""
    problem = regression(rng)
    losses = submission.logistic_regression(*problem)[2]
    want = reference.logistic_regression(*problem)[2]
    close(losses, np.array(want), name="losses")


def chain(rng):
    i, j = sizes(rng, 2)
    h, W, b = rng.normal(size=i), rng.normal(scale=0.6, size=(i, j)), rng.normal(size=j)
    return h, W, b, rng.integers(2, size=j)


def chain_parts(submission, reference, rng, close, names, hint=None):
    example = chain(rng)
    answer = left_alone(close, submission.chain_rule, *example)
    wanted = reference.chain_rule(*example)
    for name in names:
        close(answer[name], wanted[name], name=name, hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("chain_rule")
def test_steps_one_and_two(submission, reference, rng, close):
    """Steps 1 and 2: the loss by the prediction, and the prediction by z."""
    chain_parts(submission, reference, rng, close, ["dE_dy", "dy_dz"])


@pytest.mark.points(1)
@pytest.mark.exercise("chain_rule")
def test_gradient_of_z_and_bias(submission, reference, rng, close):
    """The product of steps 1 and 2, and the gradient of the bias."""
    chain_parts(submission, reference, rng, close, ["dE_dz", "dE_db"])


@pytest.mark.points(1)
@pytest.mark.exercise("chain_rule")
def test_step_three_a(submission, reference, rng, close):
    """Step 3a: the gradient of the weights."""
    chain_parts(submission, reference, rng, close, ["dE_dW"])


@pytest.mark.points(2)
@pytest.mark.exercise("chain_rule")
def test_step_three_b(submission, reference, rng, close):
    """Step 3b: the gradient of the hidden layer's outputs, with several neurons above it."""
    hint = "the sum of the weights cannot be taken out of the sum over the outputs"
    chain_parts(submission, reference, rng, close, ["dE_dh"], hint)


def attacked_network(rng, n):
    d, h = sizes(rng, 2, low=4)
    X, t = rng.normal(size=(n, d)), rng.integers(2, size=n)
    W1, b1 = rng.normal(size=(d, h)), rng.normal(size=h)
    return X, t, W1, b1, rng.normal(size=h), float(rng.normal())


@pytest.mark.points(1)
@pytest.mark.exercise("input_gradient")
def test_input_gradient_of_one_example(submission, reference, rng, close):
    """The gradient with respect to the input of a single example."""
    arguments = attacked_network(rng, 1)
    dX = left_alone(close, submission.input_gradient, *arguments)
    close(dX, reference.input_gradient(*arguments), name="dX")


@pytest.mark.points(2)
@pytest.mark.exercise("input_gradient")
def test_input_gradient_of_a_batch(submission, reference, rng, close):
    """In a batch, each row is the gradient of that row's own loss."""
    arguments = attacked_network(rng, int(rng.integers(10, 15)))
    close(submission.input_gradient(*arguments), reference.input_gradient(*arguments), name="dX")


def affine(rng, *, flat):
    n, m, d1, d2 = sizes(rng, 4, low=2)
    shape, d = ((n, d1), d1) if flat else ((n, d1, d2), d1 * d2)
    x, w, b = rng.normal(size=shape), rng.normal(size=(d, m)), rng.normal(size=m)
    return (x, w, b), rng.normal(size=(n, m))


@pytest.mark.points(1)
@pytest.mark.exercise("affine_forward")
def test_affine_forward_of_rows(submission, reference, rng, close):
    """The output of a layer whose input is a matrix."""
    arguments, _ = affine(rng, flat=True)
    out, _ = left_alone(close, submission.affine_forward, *arguments)
    close(out, reference.affine_forward(*arguments)[0], name="out", hint=AFFINE)


@pytest.mark.points(1)
@pytest.mark.exercise("affine_forward")
def test_affine_forward_of_images(submission, reference, rng, close):
    """The output of a layer whose examples have more than one axis."""
    arguments, dout = affine(rng, flat=False)
    out, _ = submission.affine_forward(*arguments)
    close(out, reference.affine_forward(*arguments)[0], name="out", hint=AFFINE)
    wanted = reference.affine_backward(dout, arguments)
    check_cache(submission, "affine", arguments, dout, arguments, wanted)


def affine_gradients(submission, reference, arguments, dout):
    wanted = reference.affine_backward(dout, arguments)
    return gradients(submission, "affine", arguments, dout, arguments, wanted)


@pytest.mark.points(2)
@pytest.mark.exercise("affine_backward")
def test_affine_backward_of_rows(submission, reference, rng, close, faster):
    """All three gradients, for an input that is a matrix, by a formula."""
    arguments, dout = affine(rng, flat=True)
    answer, wanted = affine_gradients(submission, reference, arguments, dout)
    for name, got, want in zip(("dx", "dw", "db"), answer, wanted, strict=True):
        close(got, want, name=name, hint=AFFINE_SLOPES)
    large = rng.normal(size=(2, 300)), rng.normal(size=(300, 100)), rng.normal(size=100)
    dout = rng.normal(size=(2, 100))
    check_formula(
        faster,
        lambda: affine_gradients(submission, reference, large, dout),
        lambda: reference.affine_forward(*large),
        30_700,
    )


@pytest.mark.points(2)
@pytest.mark.exercise("affine_backward")
def test_affine_backward_of_images(submission, reference, rng, close):
    """All three gradients, for examples with more than one axis; dx has the shape of x."""
    arguments, dout = affine(rng, flat=False)
    answer, wanted = affine_gradients(submission, reference, arguments, dout)
    for name, got, want in zip(("dx", "dw", "db"), answer, wanted, strict=True):
        close(got, want, name=name, hint=AFFINE_SLOPES)


@pytest.mark.points(1)
@pytest.mark.exercise("relu_forward")
def test_relu_forward(submission, rng, close):
    """Negative numbers become 0, all others stay, in any shape."""
    x, dout = rng.normal(size=(2, *sizes(rng, 3)))
    hint = "max(0, x), element by element"
    close(submission.relu_forward(x)[0], np.where(x > 0, x, 0), name="out", hint=hint)
    check_cache(submission, "relu", (x,), dout, x, (np.where(x > 0, dout, 0),))


@pytest.mark.points(1)
@pytest.mark.exercise("relu_forward")
def test_relu_forward_leaves_its_input_alone(submission, rng, close):
    """The numbers that were handed in are the same afterwards."""
    x = rng.normal(size=sizes(rng, 3))
    out, _ = left_alone(close, submission.relu_forward, x)
    close(out, np.where(x > 0, x, 0), name="out")


@pytest.mark.points(2)
@pytest.mark.exercise("relu_backward")
def test_relu_backward(submission, rng, close):
    """The gradient passes where the layer's input was positive, whatever its own sign."""
    x, dout = rng.normal(size=(2, *sizes(rng, 3)))
    wanted = (np.where(x > 0, dout, 0),)
    answer, wanted = gradients(submission, "relu", (x,), dout, x, wanted)
    close(answer[0], wanted[0], name="dx", hint="dout where the input was positive, else 0")


@pytest.mark.points(1)
@pytest.mark.exercise("sigmoid_forward")
def test_sigmoid_forward(submission, reference, rng, close):
    """The output is the sigmoid of the input, in any shape."""
    x, dout = rng.normal(scale=2, size=(2, *sizes(rng, 3)))
    out = reference.sigmoid(x)
    close(left_alone(close, submission.sigmoid_forward, x)[0], out, name="out")
    check_cache(submission, "sigmoid", (x,), dout, out, (dout * out * (1 - out),))


@pytest.mark.points(2)
@pytest.mark.exercise("sigmoid_backward")
def test_sigmoid_backward(submission, reference, rng, close):
    """The gradient is dout times the slope of the sigmoid."""
    x, dout = rng.normal(scale=2, size=(2, *sizes(rng, 3)))
    out = reference.sigmoid(x)
    wanted = (dout * out * (1 - out),)
    answer, wanted = gradients(submission, "sigmoid", (x,), dout, out, wanted)
    close(answer[0], wanted[0], name="dx", hint="dout * out * (1 - out)")


def dropout(rng, mode="train"):
    """Return an input without zeros and parameters whose p is far from 1 - p."""
    x = rng.uniform(0.5, 2, size=(120, 150)) * rng.choice([-1, 1], size=(120, 150))
    return x, {"p": float(rng.uniform(0.2, 0.4)), "mode": mode}


@pytest.mark.points(1)
@pytest.mark.exercise("dropout_forward")
def test_kept_elements_are_divided_by_p(submission, rng, close):
    """In training every element is either dropped or divided by p."""
    x, param = dropout(rng)
    out, cache = submission.dropout_forward(x, param)
    assert np.any(out != 0), "hint: everything was dropped"
    kept, p = np.asarray(out) != 0, param["p"]
    hint = "kept elements are divided by p, the probability to keep (some courses: to drop)"
    close(out, np.where(kept, x / p, 0), name="out", hint=hint)
    if "dropout_backward" in submission:
        dout = rng.normal(size=x.shape)
        backward, wanted = submission.dropout_backward, (dout * kept / p,)
        if is_right(backward, dout, (param, kept / p), wanted):
            hint = "hint: the mask in the cache holds 1/p (kept) or 0 (dropped)"
            assert is_right(backward, dout, cache, wanted), hint


@pytest.mark.points(2)
@pytest.mark.exercise("dropout_forward")
def test_share_of_kept_elements(submission, rng):
    """In training a share p of the elements is kept, each on its own."""
    x, param = dropout(rng)
    kept = np.asarray(submission.dropout_forward(x, param)[0]) != 0
    assert kept.shape == x.shape, "hint: out has the shape of x"
    # 18,000 draws: one standard deviation of the share is at most 0.0037.
    alone = len(np.unique(kept, axis=0)) > 100 and len(np.unique(kept, axis=1).T) > 100
    assert alone, "hint: every element needs a draw of its own: a mask of the shape of x"
    hint = "hint: p is the probability to keep; compare p with uniform numbers from 0 to 1"
    assert abs(kept.mean() - param["p"]) < 0.03, hint


@pytest.mark.points(1)
@pytest.mark.exercise("dropout_forward")
def test_dropout_does_nothing_at_test_time(submission, rng, close):
    """At test time the output is the input, as it is not in training."""
    x, param = dropout(rng, mode="test")
    close(submission.dropout_forward(x, param)[0], x, name="out")
    trained = submission.dropout_forward(x, {**param, "mode": "train"})[0]
    assert not np.array_equal(trained, x), "hint: in training nothing was dropped"


@pytest.mark.points(1)
@pytest.mark.exercise("dropout_forward")
def test_dropout_leaves_its_arguments_alone(submission, rng, close):
    """In training, the input and its parameters are the same afterwards."""
    x, param = dropout(rng)
    call = submission.dropout_forward.call(x, param)
    out = np.asarray(call.value[0])
    assert np.any(out != 0), "hint: everything was dropped"
    assert np.any(out == 0), "hint: nothing was dropped"
    scales = out[out != 0] / x[out != 0]
    close(scales, np.full(scales.shape, scales[0]), name="out / x where it is kept")
    close(call.args[0], x, name="x", hint=NOT_MODIFIED)
    assert call.args[1] == param, "hint: dropout_param has changed"


@pytest.mark.points(1)
@pytest.mark.exercise("dropout_forward")
def test_seed_repeats_the_mask(submission, rng):
    """The same seed gives the same mask, another seed or none another mask."""
    x, param = dropout(rng)
    seed = int(rng.integers(1000))
    params = [
        {**param, "seed": seed},
        {**param, "seed": seed},
        {**param, "seed": seed + 1},
        param,
        param,
    ]
    first, again, other, *unseeded = (submission.dropout_forward(x, p)[0] for p in params)
    assert np.shape(first) == x.shape, "hint: out has the shape of x"
    assert np.array_equal(first, again), "hint: seed the generator with dropout_param['seed']"
    assert not np.array_equal(first, other), "hint: two seeds gave the same mask"
    assert not np.array_equal(*unseeded), "hint: without a seed, each call draws a new mask"


def dropout_gradients(submission, rng, mode, wanted_of):
    """Return (answer, wanted) of dropout_backward, wanted being wanted_of(dout, kept, p)."""
    x, param = dropout(rng, mode)
    dout, p = rng.normal(size=x.shape), param["p"]

    def by_documented_cache():
        kept = rng.random(x.shape) < p
        cache = (param, kept / p if mode == "train" else None)
        wanted = (wanted_of(dout, kept, p),)
        return in_tuple(submission.dropout_backward(dout, cache), wanted), wanted

    def by_own_cache():
        out, cache = submission.dropout_forward(x, param)
        wanted = (wanted_of(dout, np.asarray(out) != 0, p),)
        return in_tuple(submission.dropout_backward(dout, cache), wanted), wanted

    answer, wanted = first_right(by_documented_cache, by_own_cache)
    return answer[0], wanted[0]


@pytest.mark.points(1)
@pytest.mark.exercise("dropout_backward")
def test_dropout_backward_in_training(submission, rng, close):
    """In training the gradient is dropped and scaled as the output was."""
    answer = dropout_gradients(submission, rng, "train", lambda dout, kept, p: dout * kept / p)
    close(*answer, name="dx")


@pytest.mark.points(1)
@pytest.mark.exercise("dropout_backward")
def test_dropout_backward_at_test_time(submission, rng, close):
    """At test time the gradient passes unchanged, as it does not in training."""
    close(*dropout_gradients(submission, rng, "test", lambda dout, kept, p: dout), name="dx")
    close(
        *dropout_gradients(submission, rng, "train", lambda dout, kept, p: dout * kept / p),
        name="dx in training",
    )


@pytest.mark.points(2)
@pytest.mark.exercise("softmax_loss")
def test_softmax_loss_value(submission, reference, rng, close):
    """The loss is the mean cross-entropy of the true classes."""
    x, y = scores_and_labels(rng, scale=1)
    loss, _ = submission.softmax_loss(x, y)
    close(number(loss), reference.softmax_loss(x, y)[0], name="loss", hint=CROSS_ENTROPY)


@pytest.mark.points(2)
@pytest.mark.exercise("softmax_loss")
def test_softmax_loss_gradient(submission, reference, rng, close, faster):
    """The gradient is that of the mean, by a formula."""
    x, y = scores_and_labels(rng, scale=1)
    _, dx = submission.softmax_loss(x, y)
    hint = "p, less 1 at the true class, divided by N"
    close(dx, reference.softmax_loss(x, y)[1], name="dx", hint=hint)
    large = rng.normal(size=(100, 60)), rng.integers(60, size=100)
    check_formula(
        faster,
        lambda: submission.softmax_loss(*large),
        lambda: reference.softmax_loss(*large),
        6000,
    )


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_loss_of_large_scores(submission, reference, rng, close):
    """Rows of scores that all lie near some thousands, of either sign, cost what they should."""
    x, y = scores_and_labels(rng, scale=1)
    signs = rng.permutation(np.arange(len(x)) % 2 * 2 - 1)
    x += (signs * rng.uniform(800, 5000, size=len(x)))[:, np.newaxis]
    loss, dx = submission.softmax_loss(x, y)
    want_loss, want_dx = reference.softmax_loss(x, y)
    hint = "subtract the largest score of each row (of that row, not of all) before exp"
    close(number(loss), want_loss, name="loss", hint=hint)
    close(dx, want_dx, name="dx", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_loss_leaves_the_scores_alone(submission, reference, rng, close):
    """Scores and labels that were handed in are the same afterwards."""
    x, y = scores_and_labels(rng, scale=1)
    _, dx = left_alone(close, submission.softmax_loss, x, y)
    close(dx, reference.softmax_loss(x, y)[1], name="dx")


@pytest.mark.points(2)
@pytest.mark.exercise("svm_loss")
def test_svm_loss_value(submission, reference, rng, close):
    """The loss is the mean over the rows of the margins that are violated."""
    x, y = scores_and_labels(rng, scale=3)
    loss, _ = submission.svm_loss(x, y)
    close(number(loss), reference.svm_loss(x, y)[0], name="loss", hint=MARGINS)


@pytest.mark.points(2)
@pytest.mark.exercise("svm_loss")
def test_svm_loss_gradient(submission, reference, rng, close, faster):
    """The gradient counts every violated margin at both of its scores."""
    x, y = scores_and_labels(rng, scale=3)
    _, dx = submission.svm_loss(x, y)
    hint = "1 for every violated margin, minus their number at the true class, divided by N"
    close(dx, reference.svm_loss(x, y)[1], name="dx", hint=hint)
    large = rng.normal(size=(100, 60)), rng.integers(60, size=100)
    check_formula(
        faster, lambda: submission.svm_loss(*large), lambda: reference.svm_loss(*large), 6000
    )


@pytest.mark.points(1)
@pytest.mark.exercise("svm_loss")
def test_svm_loss_leaves_the_scores_alone(submission, reference, rng, close):
    """Scores and labels that were handed in are the same afterwards."""
    x, y = scores_and_labels(rng, scale=3)
    _, dx = left_alone(close, submission.svm_loss, x, y)
    close(dx, reference.svm_loss(x, y)[1], name="dx")


def network_answers(submission, reference, rng, reg):
    params, X, y = network(rng)
    answer = two_layer_net(submission, params).loss(X, y, reg)
    return answer, two_layer_net(reference, params).loss(X, y, reg)


@pytest.mark.points(2)
@pytest.mark.exercise("TwoLayerNet.loss")
def test_network_scores(submission, reference, rng, close):
    """Without labels, loss returns the scores."""
    params, X, _ = network(rng)
    scores = two_layer_net(submission, params).loss(X)
    close(scores, two_layer_net(reference, params).loss(X), name="scores", hint=SCORES)


@pytest.mark.points(1)
@pytest.mark.exercise("TwoLayerNet.loss")
def test_network_data_loss(submission, reference, rng, close):
    """Without regularisation, the loss is the mean softmax loss of the scores."""
    (loss, _), (want, _) = network_answers(submission, reference, rng, 0.0)
    close(number(loss), want, name="loss", hint=CROSS_ENTROPY)


@pytest.mark.points(1)
@pytest.mark.exercise("TwoLayerNet.loss")
def test_network_loss_with_regularisation(submission, reference, rng, close):
    """The regularisation term is added, of both weight matrices and of no bias."""
    reg = float(rng.uniform(0.3, 2))
    (loss, _), (want, _) = network_answers(submission, reference, rng, reg)
    close(number(loss), want, name="loss", hint=HALVED)


@pytest.mark.points(2)
@pytest.mark.exercise("TwoLayerNet.loss")
def test_network_gradients(submission, reference, rng, close, faster):
    """Without regularisation, all four gradients are right, by the chain rule."""
    (_, grads), (_, want) = network_answers(submission, reference, rng, 0.0)
    for name in ("W2", "b2", "W1", "b1"):
        close(grads[name], want[name], name=name, hint=WAY_BACK)
    check_chain_rule(submission, reference, rng, faster)


def check_chain_rule(submission, reference, rng, faster):
    """Ask for the gradients of 6000 weights, with which differences take too long."""
    shapes = {"W1": (150, 38), "b1": (38,), "W2": (38, 8), "b2": (8,)}
    params = {name: rng.normal(size=shape) / 10 for name, shape in shapes.items()}
    X, y = rng.normal(size=(3, 150)), rng.integers(8, size=3)
    theirs, ours = (two_layer_net(module, params) for module in (submission, reference))
    check_formula(faster, lambda: theirs.loss(X, y), lambda: ours.loss(X, y), 6050)


@pytest.mark.points(2)
@pytest.mark.exercise("TwoLayerNet.loss")
def test_network_gradients_with_regularisation(submission, reference, rng, close, faster):
    """With regularisation, the weights' gradients grow by its slope and the biases' do not."""
    reg = float(rng.uniform(0.3, 2))
    (_, grads), (_, want) = network_answers(submission, reference, rng, reg)
    for name in ("W2", "b2", "W1", "b1"):
        close(grads[name], want[name], name=name, hint=HALVED)
    check_chain_rule(submission, reference, rng, faster)


class Training:
    """A network of the submission whose loss and predict are the judge's, with a constant gradient.

    N = 63 rows, batches of 12: an epoch is 5 iterations, and N is no multiple of the batch. Row n
    of X starts with n.
    """

    rows = 63

    def __init__(self, submission, rng):
        d, h, c = sizes(rng, 3)
        self.X, self.y = rng.normal(size=(self.rows, d)), rng.integers(c, size=self.rows)
        self.X[:, 0] = np.arange(self.rows)
        self.X_val, self.y_val = rng.normal(size=(17, d)), rng.integers(2, size=17)
        shapes = {"W1": (d, h), "b1": (h,), "W2": (h, c), "b2": (c,)}
        self.before = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        self.grads = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        self.losses = [float(loss) for loss in rng.uniform(1, 2, size=64)]
        self.batches = []
        self.weights = []  # that the network had at each question
        self.net = two_layer_net(submission, self.before)
        self.net.loss = self.loss
        self.asked = []  # what predict was asked for
        self.net.predict = self.predict

    def loss(self, X, y=None, reg=0.0):
        self.batches.append((np.array(X), np.array(y), reg))
        self.weights.append(np.array(self.net.params["W1"]))
        grads = {name: value.copy() for name, value in self.grads.items()}
        return self.losses[len(self.batches) - 1], grads

    def predict(self, X):
        self.asked.append(np.array(X))
        return np.zeros(len(X), dtype=int)

    def run(self, batch_size=12, **options):
        given = self.X, self.y, self.X_val, self.y_val
        return self.net.train(*given, batch_size=batch_size, **options)


@pytest.mark.points(2)
@pytest.mark.exercise("TwoLayerNet.train")
def test_training_descends(submission, rng, close):
    """Every step subtracts learning_rate times the gradient, from weights and biases."""
    training = Training(submission, rng)
    steps, rate = int(rng.integers(3, 9)), float(rng.uniform(0.02, 0.3))
    training.run(learning_rate=rate, learning_rate_decay=1.0, num_iters=steps)
    for name, before in training.before.items():
        after = before - steps * rate * training.grads[name]
        close(training.net.params[name], after, name=name)
    walked = np.arange(steps)[:, np.newaxis, np.newaxis] * rate * training.grads["W1"]
    hint = "self.loss has to see the weights of the step before"
    close(np.array(training.weights), training.before["W1"] - walked, name="W1", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("TwoLayerNet.train")
def test_learning_rate_decays_once_an_epoch(submission, rng, close):
    """The learning rate is multiplied by its decay after iterations 0, E, 2E and so on."""
    training = Training(submission, rng)
    steps, rate = int(rng.integers(7, 19)), float(rng.uniform(0.02, 0.3))
    decay = float(rng.uniform(0.4, 0.8))
    training.run(learning_rate=rate, learning_rate_decay=decay, num_iters=steps)
    walked = sum(rate * decay ** ((it + 4) // 5) for it in range(steps))
    hint = "decay after the step of iteration 0, E, 2E, ..., with E = N // batch_size"
    for name, before in training.before.items():
        after = before - walked * training.grads[name]
        close(training.net.params[name], after, name=name, hint=hint)
    training = Training(submission, rng)
    training.run(40, learning_rate=rate, learning_rate_decay=decay, num_iters=3)
    for name, before in training.before.items():
        after = before - rate * (1 + decay + decay**2) * training.grads[name]
        hint = "63 // 40 is 1: then every iteration is an epoch"
        close(training.net.params[name], after, name=name, hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("TwoLayerNet.train")
def test_batches_come_from_all_rows(submission, rng):
    """Every batch has batch_size rows, from anywhere in the training set, with their labels."""
    training = Training(submission, rng)
    training.run(learning_rate=0.1, num_iters=30)
    seen, blocks = set(), []
    for X, y, _ in training.batches:
        assert X.shape == (12, training.X.shape[1]), "hint: a batch has batch_size rows of X"
        rows = X[:, 0].astype(int)
        assert np.array_equal(X, training.X[rows]), "hint: a batch holds rows of X, unchanged"
        assert np.array_equal(y, training.y[rows]), "hint: take the labels of the drawn rows"
        seen.update(rows.tolist())
        blocks.append(np.all(np.diff(rows) % training.rows == 1))
    assert not all(blocks), "hint: draw the rows of a batch at random, not one after the other"
    # 360 draws miss about none of the 63 rows; drawing from D, or not at all, shows at most 12.
    assert len(seen) > 30, "hint: draw the rows from all N, anew in every iteration"


@pytest.mark.points(1)
@pytest.mark.exercise("TwoLayerNet.train")
def test_losses_are_recorded(submission, rng, close):
    """Every iteration's loss is recorded, and reg is handed to it."""
    training = Training(submission, rng)
    steps, reg = int(rng.integers(3, 14)), float(rng.uniform(0.1, 2))
    history = training.run(learning_rate=0.1, reg=reg, num_iters=steps)
    close(history["loss_history"], np.array(training.losses[:steps]), name="loss_history")
    assert all(batch[2] == reg for batch in training.batches), "hint: pass reg on to self.loss"


@pytest.mark.points(1)
@pytest.mark.exercise("TwoLayerNet.train")
def test_validation_accuracies_are_recorded(submission, rng, close):
    """The accuracies on validation set and batch are recorded at iterations 0, E, 2E and so on."""
    training = Training(submission, rng)
    steps = int(rng.integers(6, 19))
    history = training.run(learning_rate=0.1, num_iters=steps)
    want = np.full((steps + 4) // 5, np.mean(training.y_val == 0))
    hint = "at it % E == 0: the share of y_val that self.predict(X_val) gets right"
    close(history["val_acc_history"], want, name="val_acc_history", hint=hint)
    want = [np.mean(y == 0) for _, y, _ in training.batches[::5]]
    hint = "at it % E == 0: the share of the batch that self.predict gets right"
    close(history["train_acc_history"], np.array(want), name="train_acc_history", hint=hint)
    asked = any(np.array_equal(X, training.X_val) for X in training.asked)
    assert asked, "hint: ask self.predict about X_val"


def telling_network(rng):
    """Return parameters and rows for which other ways to compute the scores give other classes.

    That is: a ReLU before the bias or none at all, and either bias left out.
    """
    while True:
        params, X, _ = network(rng)
        X = rng.normal(size=(60, X.shape[1]))
        W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
        hidden = [np.maximum(0, X @ W1) + b1, X @ W1 + b1, np.maximum(0, X @ W1)]
        others = [*(layer @ W2 + b2 for layer in hidden), np.maximum(0, X @ W1 + b1) @ W2]
        right = (np.maximum(0, X @ W1 + b1) @ W2 + b2).argmax(axis=1)
        if all((scores.argmax(axis=1) != right).sum() > 2 for scores in others):
            return params, X


@pytest.mark.points(1)
@pytest.mark.exercise("TwoLayerNet.predict")
def test_network_predicts(submission, reference, rng):
    """The class with the highest score is predicted, one for each row."""
    params, X = telling_network(rng)
    right = two_layer_net(reference, params)
    net = two_layer_net(submission, params)
    net.loss = lambda X, y=None, reg=0.0: right.loss(X)  # predict may ask it for the scores
    hint = "hint: take the argmax of each row of the scores"
    assert np.array_equal(net.predict(X), right.loss(X).argmax(axis=1)), hint


def deep_network(rng):
    n, *widths = sizes(rng, 6, low=3, high=10)
    weights = [rng.normal(size=shape) for shape in pairwise(widths)]
    return rng.normal(size=(n, widths[0])), weights, rng.normal(size=(n, widths[-1]))


@pytest.mark.points(3)
@pytest.mark.exercise("layer_gradient_norms")
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_gradient_norms(submission, reference, rng, close, activation):
    """The norms of all layers, first layer first, with sigmoid and with ReLU."""
    x, weights, dout = deep_network(rng)
    norms = left_alone(close, submission.layer_gradient_norms, x, weights, activation, dout)
    want = reference.layer_gradient_norms(x, weights, activation, dout)
    close(norms, np.array(want), name="norms")


def labels_agree(submission, reference, rng, name):
    X = rng.uniform(-2.5, 2.5, size=(500, 2))
    labels = np.asarray(submission.hard_case_labels(name, X))
    return np.array_equal(labels, reference.hard_case_labels(name, X))


@pytest.mark.points(1)
@pytest.mark.exercise("hard_case_labels")
def test_xor_labels(submission, reference, rng):
    """Class 1 of XOR is the first and the third quadrant."""
    hint = "hint: in the first and third quadrants both coordinates have the same sign"
    assert labels_agree(submission, reference, rng, "xor"), hint


@pytest.mark.points(1)
@pytest.mark.exercise("hard_case_labels")
def test_ring_labels(submission, reference, rng):
    """Class 1 of the ring has a Euclidean norm from 1 to 2."""
    hint = "hint: the norm is the square root of the sum of the squares"
    assert labels_agree(submission, reference, rng, "ring"), hint


@pytest.mark.points(1)
@pytest.mark.exercise("hard_case_labels")
def test_three_modes_labels(submission, reference, rng):
    """Class 1 of the three modes is near at least one of the centres."""
    hint = "hint: measure the distance to each centre and take the smallest"
    assert labels_agree(submission, reference, rng, "three_modes"), hint


def turn(rng):
    """Return a rotation with a reflection for points, and what to do with their labels.

    The plane is turned so that no network that was trained before fits: a case is as hard as ever.
    """
    angle = rng.uniform(0.5, 1.07) + np.pi / 2 * rng.integers(4)
    sign, swapped = rng.choice([-1, 1]), bool(rng.integers(2))
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix[1] *= sign
    return lambda X: X @ matrix, lambda y: 1 - y if swapped else y


def accuracy_on_new_points(submission, reference, rng, name):
    """Return how many new points the submission's network gets right, after training on 600."""
    seed, seed_train, seed_test = (int(seed) for seed in rng.integers(2**31, size=3))
    turned, flipped = turn(rng)
    X, y = reference.sample_hard_case(name, 600, seed_train)
    X, y = turned(X), flipped(y)
    params = submission.fit_hard_case(X, y, seed)
    W1, b1, W2, b2 = (np.asarray(params[key], float) for key in ("W1", "b1", "W2", "b2"))
    assert b1.size <= 64, "hint: the network may have at most 64 hidden units"
    shapes = "hint: W1 is (2, H), b1 (H,), W2 (H, 2) and b2 (2,)"
    assert (W1.shape, W2.shape) == ((2, b1.size), (b1.size, 2)), shapes
    X, y = reference.sample_hard_case(name, 1000, seed_test)
    X, y = turned(X), flipped(y)
    return np.mean((np.maximum(0, X @ W1 + b1) @ W2 + b2).argmax(axis=1) == y)


# Half the points belong to each class and the best line gets at most two thirds of them right.
@pytest.mark.points(2)
@pytest.mark.exercise("fit_hard_case")
def test_xor_is_separated(submission, reference, rng, credit):
    """New points of XOR: no credit at 75 % right, full credit at 90 %."""
    credit(accuracy_on_new_points(submission, reference, rng, "xor"), 0.75, 0.90)


@pytest.mark.points(2)
@pytest.mark.exercise("fit_hard_case")
def test_ring_is_separated(submission, reference, rng, credit):
    """New points of the ring: no credit at 75 % right, full credit at 90 %."""
    credit(accuracy_on_new_points(submission, reference, rng, "ring"), 0.75, 0.90)


@pytest.mark.points(2)
@pytest.mark.exercise("fit_hard_case")
def test_three_modes_are_separated(submission, reference, rng, credit):
    """New points of the three modes: no credit at 75 % right, full credit at 90 %."""
    credit(accuracy_on_new_points(submission, reference, rng, "three_modes"), 0.75, 0.90)


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_shapes(answers):
    """The questions on documents as rows and on weights from the product."""
    answers(["documents_as_rows", "weights_from_the_product"], hint="")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_the_lecture(answers):
    """The three questions on formulas of lecture 001."""
    answers(["sigmoid_value", "sum_of_the_weights", "last_formula"], hint="")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_capacity(answers):
    """The questions on capacity and on a network without ReLU."""
    answers(["capacity", "two_layers_without_relu"], hint="")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_deep_networks(answers):
    """The questions on slopes, clipping and dropout."""
    answers(["five_sigmoid_slopes", "gradient_clipping", "dropout_at_test"], hint="")
