"""Public checks for the convnet assignment: numbers worked by hand in the task's text.

The hidden checks try the same functions on random sizes and settings.
"""

import contextlib

import numpy as np
import pytest

IMAGE = np.arange(1.0, 10.0).reshape(3, 3)
KERNEL = np.array([[1.0, 2.0], [3.0, 4.0]])
STACK = [("conv", 32, 3), ("pool", 2), ("conv", 64, 3), ("pool", 2), ("conv", 64, 3)]

# Two numbers with mean m and distance 2 have variance 1; with eps = 3 the std is 2.
BATCH = np.array([[1.0, 5.0], [3.0, 7.0]])
HALVES = np.array([[-0.5, -0.5], [0.5, 0.5]])
GAMMA, BETA = np.array([2.0, 4.0]), np.array([10.0, 20.0])
NORMALISED = np.array([[9.0, 18.0], [11.0, 22.0]])
DOUT = np.array([[1.0, 0.0], [0.0, 0.0]])
DX = np.array([[3 / 8, 0.0], [-3 / 8, 0.0]])


def agrees(answer, want):
    want = want if isinstance(want, tuple) else (want,)
    answer = answer if isinstance(answer, (tuple, list)) else (answer,)
    return len(answer) == len(want) and all(
        np.size(a) == w.size and np.allclose(np.ravel(a), w.ravel())
        for a, w in zip(answer, want, strict=True)
    )


def caches(submission, name, inputs, documented):
    """Yield the documented cache, then the one that the submission's own forward pass makes."""
    yield documented
    with contextlib.suppress(Exception):  # a forward pass that fails has its own checks
        forward = name.removesuffix("_alt").replace("backward", "forward")
        yield getattr(submission, forward)(*inputs)[1]


def backward_answer(submission, name, inputs, dout, documented, want):
    """Return what a backward pass makes of either cache: what is right, else what came last."""
    answers, problems = [], []
    for cache in caches(submission, name, inputs, documented):
        try:
            answers.append(getattr(submission, name)(dout, cache))
            if agrees(answers[-1], want):
                return answers[-1]
        except Exception as problem:  # raised by the submission: the other cache may still do
            problems.append(problem)
    if not answers:
        raise problems[-1]
    return answers[-1]


def close_parts(close, answer, want, names):
    """Compare the gradients one by one, each by its name."""
    form = f"hint: return ({', '.join(names)})"
    assert isinstance(answer, (tuple, list)), form
    assert len(answer) == len(names), form
    for name, got, expected in zip(names, answer, want, strict=True):
        close(got, expected, name=name)


def as_images(columns):
    """Return a (2, C) table as one image of C channels with two pixels: (1, C, 1, 2)."""
    return columns.T[np.newaxis, :, np.newaxis, :].copy()


@pytest.mark.points(1)
@pytest.mark.exercise("to_gray")
def test_gray_of_the_pure_colours(submission, close):
    """Red, green, blue and white become 76.245, 149.685, 29.07 and 255."""
    pure = np.array([[[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]]])
    want = np.array([[[[76.245, 149.685, 29.07, 255.0]]]])
    close(submission.to_gray(pure), want, name="gray", hint="(N, 1, H, W): channels first.")


@pytest.mark.points(1)
@pytest.mark.exercise("cross_correlate")
def test_cross_correlation_of_the_lecture(submission, close):
    """The lecture's image and kernel give 37, 47, 67, 77."""
    close(submission.cross_correlate(IMAGE, KERNEL), np.array([[37.0, 47.0], [67.0, 77.0]]))


@pytest.mark.points(1)
@pytest.mark.exercise("convolve")
def test_convolution_of_the_lecture(submission, close):
    """With the kernel flipped, the lecture's image gives 23, 33, 53, 63."""
    close(submission.convolve(IMAGE, KERNEL), np.array([[23.0, 33.0], [53.0, 63.0]]))


@pytest.mark.points(1)
@pytest.mark.exercise("conv_matrix")
def test_matrix_of_the_lecture(submission, close):
    """The lecture's kernel becomes its printed 4 x 9 matrix."""
    printed = np.array(
        [
            [1.0, 2, 0, 3, 4, 0, 0, 0, 0],
            [0.0, 1, 2, 0, 3, 4, 0, 0, 0],
            [0.0, 0, 0, 1, 2, 0, 3, 4, 0],
            [0.0, 0, 0, 0, 1, 2, 0, 3, 4],
        ]
    )
    close(submission.conv_matrix(KERNEL, (3, 3)), printed, name="K")


@pytest.mark.points(1)
@pytest.mark.exercise("gabor_kernel")
def test_gabor_kernel_by_hand(submission, close):
    """A 3 x 3 kernel with wavelength 4 is one column under the window, minus its mean."""
    e = np.exp(-0.5)
    bar = np.array([[0, e, 0], [0, 1, 0], [0, e, 0]])
    close(submission.gabor_kernel(3, 0.0, 4.0, 1.0, 1.0, 0.0), bar - bar.mean(), name="kernel")


@pytest.mark.points(1)
@pytest.mark.exercise("conv_output_shape")
def test_sides_of_the_lecture_stack(submission):
    """A side of 32 shrinks to 30, 15, 13, 6 and 4."""
    side, sides = 32, []
    for kernel, stride in [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]:
        side, _ = submission.conv_output_shape((side, side), (kernel, kernel), stride)
        sides.append(side)
    assert sides == [30, 15, 13, 6, 4], f"hint: your sides are {sides}"


@pytest.mark.points(1)
@pytest.mark.exercise("receptive_field")
def test_receptive_fields_by_hand(submission):
    """Three 3 x 3 layers see 3, 5, 7 pixels; the lecture's stack sees 3, 4, 8, 10, 18."""
    assert [submission.receptive_field([(3, 1)] * n) for n in (1, 2, 3)] == [3, 5, 7]
    stack = [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]
    assert [submission.receptive_field(stack[:n]) for n in range(1, 6)] == [3, 4, 8, 10, 18]


@pytest.mark.points(1)
@pytest.mark.exercise("stack_table")
def test_lecture_stack_has_56320_parameters(submission):
    """The lecture's five layers have 896, 0, 18,496, 0 and 36,928 parameters."""
    table = submission.stack_table((3, 32, 32), STACK)
    assert [parameters for _, parameters in table] == [896, 0, 18_496, 0, 36_928]
    shapes = [tuple(shape) for shape, _ in table]
    assert shapes == [(32, 30, 30), (32, 15, 15), (64, 13, 13), (64, 6, 6), (64, 4, 4)]
    dense = submission.stack_table((1, 100, 100), [("dense", 1000)])
    assert dense[0][1] == 10_001_000, "hint: 10,000 pixels times 1,000 neurons, and a bias each"


@pytest.mark.points(1)
@pytest.mark.exercise("activation_memory")
def test_lecture_stack_keeps_212864_bytes(submission):
    """One image of the lecture's stack keeps 53,216 numbers, 212,864 bytes in float32."""
    assert submission.activation_memory((3, 32, 32), STACK, 1) == 212_864
    assert submission.activation_memory((3, 32, 32), STACK, 64, 8) == 64 * 8 * 53_216


def lecture_layer(stride, pad):
    x, w = IMAGE[np.newaxis, np.newaxis], KERNEL[np.newaxis, np.newaxis]
    return x, w, np.array([0.5]), {"stride": stride, "pad": pad}


def check_lecture_forward(submission, close, name):
    out, _ = getattr(submission, name)(*lecture_layer(1, 0))
    close(out, np.array([[[[37.5, 47.5], [67.5, 77.5]]]]), name="out")
    out, _ = getattr(submission, name)(*lecture_layer(3, 1))
    close(out, np.array([[[[4.5, 9.5], [14.5, 9.5]]]]), name="out with stride 3 and pad 1")


def check_lecture_backward(submission, close, name):
    inputs, deltas = lecture_layer(1, 0), KERNEL[np.newaxis, np.newaxis]
    dx = np.array([[[[1.0, 4, 4], [6, 20, 16], [9, 24, 16]]]])
    dw = np.array([[[[37.0, 47], [67, 77]]]])
    want = (dx, dw, np.array([10.0]))
    answer = backward_answer(submission, name, inputs, deltas, inputs, want)
    close_parts(close, answer, want, ("dx", "dw", "db"))


@pytest.mark.points(1)
@pytest.mark.exercise("conv_forward_naive")
def test_layer_of_the_lecture(submission, close):
    """The lecture's image, with bias 0.5: plain, and with stride 3 and padding 1."""
    check_lecture_forward(submission, close, "conv_forward_naive")


@pytest.mark.points(1)
@pytest.mark.exercise("conv_backward_naive")
def test_deltas_of_the_lecture(submission, close):
    """Deltas 1, 2, 3, 4 go back through the lecture's layer."""
    check_lecture_backward(submission, close, "conv_backward_naive")


@pytest.mark.points(1)
@pytest.mark.exercise("conv_forward_fast")
def test_layer_of_the_lecture_fast(submission, close):
    """The fast layer gives the lecture's numbers too."""
    check_lecture_forward(submission, close, "conv_forward_fast")


@pytest.mark.points(1)
@pytest.mark.exercise("conv_backward_fast")
def test_deltas_of_the_lecture_fast(submission, close):
    """The fast backward pass gives the same gradients."""
    check_lecture_backward(submission, close, "conv_backward_fast")


@pytest.mark.points(1)
@pytest.mark.exercise("im2col")
def test_columns_of_the_lecture(submission, close):
    """The lecture's image has four 2 x 2 windows: four columns."""
    want = np.array([[[1.0, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]]])
    close(submission.im2col(IMAGE[np.newaxis, np.newaxis], 2, 2, 1, 0), want, name="columns")


POOL = {"pool_height": 2, "pool_width": 2, "stride": 1}


@pytest.mark.points(1)
@pytest.mark.exercise("max_pool_forward_naive")
def test_pooling_of_the_lecture_image(submission, close):
    """Windows of 2 x 2 with stride 1 keep 5, 6, 8, 9, and of the negatives -1, -2, -4, -5."""
    out, _ = submission.max_pool_forward_naive(IMAGE[np.newaxis, np.newaxis], POOL)
    close(out, np.array([[[[5.0, 6.0], [8.0, 9.0]]]]), name="out")
    out, _ = submission.max_pool_forward_naive(-IMAGE[np.newaxis, np.newaxis], POOL)
    close(out, np.array([[[[-1.0, -2.0], [-4.0, -5.0]]]]), name="out of negative numbers")


@pytest.mark.points(1)
@pytest.mark.exercise("max_pool_backward_naive")
def test_four_windows_share_their_largest_number(submission, close):
    """9 in the middle is the largest of four windows and gets 1 + 2 + 3 + 4."""
    x = np.array([[[[1.0, 2, 3], [4, 9, 5], [6, 7, 8]]]])
    dout, want = KERNEL[np.newaxis, np.newaxis], np.zeros((1, 1, 3, 3))
    want[0, 0, 1, 1] = 10
    answer = backward_answer(
        submission, "max_pool_backward_naive", (x, POOL), dout, (x, POOL), want
    )
    close(answer, want, name="dx", hint="Add to dx: overlapping windows share numbers.")


def bn_param(mode="train"):
    averages = {"running_mean": np.array([8.0, 0.0]), "running_var": np.array([4.0, 1.0])}
    return {"mode": mode, "eps": 3.0, "momentum": 0.25, **averages}


@pytest.mark.points(1)
@pytest.mark.exercise("batchnorm_forward")
def test_batchnorm_by_hand(submission, close):
    """The two rows of the text's table come out as 9, 18 and 11, 22."""
    call = submission.batchnorm_forward.call(BATCH, GAMMA, BETA, bn_param())
    close(call.value[0], NORMALISED, name="out")
    left = call.args[3]
    close(left["running_mean"], np.array([3.5, 4.5]), name="running_mean")
    close(left["running_var"], np.array([1.75, 1.0]), name="running_var")


@pytest.mark.points(1)
@pytest.mark.exercise("batchnorm_backward")
def test_batchnorm_gradients_by_hand(submission, close):
    """A gradient of 1 on the first number becomes 3/8 and -3/8."""
    check_columns(submission, close, "batchnorm_backward")


@pytest.mark.points(1)
@pytest.mark.exercise("batchnorm_backward_alt")
def test_simplified_gradients_by_hand(submission, close):
    """The simplified formula gives 3/8 and -3/8 too."""
    check_columns(submission, close, "batchnorm_backward_alt")


def check_columns(submission, close, name):
    documented = (HALVES, np.array([2.0, 2.0]), GAMMA)
    want = (DX, np.array([-0.5, 0.0]), np.array([1.0, 0.0]))
    inputs = (BATCH, GAMMA, BETA, bn_param())
    answer = backward_answer(submission, name, inputs, DOUT, documented, want)
    close_parts(close, answer, want, ("dx", "dgamma", "dbeta"))


@pytest.mark.points(1)
@pytest.mark.exercise("layernorm_forward")
def test_layernorm_by_hand(submission, close):
    """The rows (1, 3) and (5, 7) are normalised each on its own."""
    out, _ = submission.layernorm_forward(BATCH.T.copy(), GAMMA, BETA, {"eps": 3.0})
    close(out, np.array([[9.0, 22.0], [9.0, 22.0]]), name="out")


@pytest.mark.points(1)
@pytest.mark.exercise("layernorm_backward")
def test_layernorm_gradients_by_hand(submission, close):
    """A gradient of 1 on the first number of a row becomes 3/8 and -3/8 in that row."""
    inputs = (BATCH.T.copy(), GAMMA, BETA, {"eps": 3.0})
    documented = (HALVES.T.copy(), np.array([[2.0], [2.0]]), GAMMA)
    want = (DX.T.copy(), np.array([-0.5, 0.0]), np.array([1.0, 0.0]))
    answer = backward_answer(submission, "layernorm_backward", inputs, DOUT, documented, want)
    close_parts(close, answer, want, ("dx", "dgamma", "dbeta"))


@pytest.mark.points(1)
@pytest.mark.exercise("spatial_batchnorm_forward")
def test_spatial_batchnorm_by_hand(submission, close):
    """One image of two channels, (1, 3) and (5, 7): each channel is normalised."""
    out, _ = submission.spatial_batchnorm_forward(as_images(BATCH), GAMMA, BETA, bn_param())
    close(out, as_images(NORMALISED), name="out")


@pytest.mark.points(1)
@pytest.mark.exercise("spatial_batchnorm_backward")
def test_spatial_batchnorm_gradients_by_hand(submission, close):
    """A gradient of 1 on the first pixel becomes 3/8 and -3/8 in its channel."""
    inputs = (as_images(BATCH), GAMMA, BETA, bn_param())
    documented = (HALVES, np.array([2.0, 2.0]), GAMMA)
    want = (as_images(DX), np.array([-0.5, 0.0]), np.array([1.0, 0.0]))
    name = "spatial_batchnorm_backward"
    answer = backward_answer(submission, name, inputs, as_images(DOUT), documented, want)
    close_parts(close, answer, want, ("dx", "dgamma", "dbeta"))


def group_inputs():
    return as_images(BATCH), GAMMA.reshape(1, 2, 1, 1), BETA.reshape(1, 2, 1, 1), 2, {"eps": 3.0}


@pytest.mark.points(1)
@pytest.mark.exercise("spatial_groupnorm_forward")
def test_groupnorm_by_hand(submission, close):
    """Two channels in two groups: each is normalised on its own."""
    out, _ = submission.spatial_groupnorm_forward(*group_inputs())
    close(out, as_images(NORMALISED), name="out")


@pytest.mark.points(1)
@pytest.mark.exercise("spatial_groupnorm_backward")
def test_groupnorm_gradients_by_hand(submission, close):
    """A gradient of 1 on the first pixel becomes 3/8 and -3/8 in its group."""
    documented = (as_images(HALVES), np.full((1, 2, 1), 2.0), GAMMA.reshape(1, 2, 1, 1))
    want = (as_images(DX), np.array([-0.5, 0.0]), np.array([1.0, 0.0]))
    dout, name = as_images(DOUT), "spatial_groupnorm_backward"
    dx, dgamma, dbeta = backward_answer(submission, name, group_inputs(), dout, documented, want)
    close(dx, want[0], name="dx")
    close(np.ravel(dgamma), want[1], name="dgamma")
    close(np.ravel(dbeta), want[2], name="dbeta")


def fifty_digits(rng, data):
    digits = data("digits")
    rows = rng.permutation(len(digits["y"]))[:50]
    return digits["x"][rows].reshape(-1, 1, 8, 8), digits["y"][rows]


@pytest.mark.points(1)
@pytest.mark.exercise("ConvNet.loss")
def test_untrained_network_knows_nothing(submission, rng, data):
    """Before training the loss is near log 10, and 50 images get 50 rows of 10 scores."""
    X, y = fifty_digits(rng, data)
    net = submission.ConvNet((1, 8, 8), (8, 16), 10, 0.0, 1)
    loss, _ = net.loss(X, y)
    assert abs(loss - np.log(10)) < 0.2, "hint: the mean cross-entropy of equal scores is log 10"
    assert np.shape(net.loss(X)) == (50, 10), "hint: without y, return the scores"


@pytest.mark.points(1)
@pytest.mark.exercise("ConvNet.loss")
def test_network_overfits_50_images(submission, rng, data):
    """Forty steps down your gradient teach the network 50 images by heart."""
    X, y = fifty_digits(rng, data)
    net = submission.ConvNet((1, 8, 8), (8, 16), 10, 0.0, 1)
    params = net.params
    for _ in range(40):
        _, grads = net.loss(X, y)
        params = {name: value - 0.3 * grads[name] for name, value in params.items()}
        net.params = params
    accuracy = np.mean(np.argmax(net.loss(X), axis=1) == y)
    assert accuracy == 1, f"hint: it knows {accuracy:.0%} of its 50 training images"


@pytest.mark.points(1)
@pytest.mark.exercise("fit_digits")
def test_network_reads_some_unseen_digits(submission, rng, data):
    """Trained on 600 digits, the network reads at least 85 % of 200 others."""
    digits = data("digits")
    X, y = digits["x"].reshape(-1, 1, 8, 8), digits["y"]
    order = rng.permutation(len(X))
    net = submission.fit_digits(X[order[:600]], y[order[:600]], 1)
    unseen = order[600:800]
    accuracy = np.mean(np.asarray(net.predict(X[unseen])) == y[unseen])
    assert accuracy >= 0.85, f"hint: it reads {accuracy:.0%}"
