"""Hidden checks for the convnet assignment.

Sizes, strides, eps and momentum are drawn away from their defaults, gamma and beta at random, so
that a term left out is seen. Strides always fit exactly and no two numbers of a pooling window
are equal: the task leaves both cases open.

A backward pass is judged alone: it may work from the cache of the submission's own forward pass
or from the cache that the task describes, and passes if either gives the right gradients. A forward
pass loses points for a cache on which a backward pass that keeps to the task's is wrong.
"""

import contextlib

import numpy as np
import pytest

WINDOWS = "each window of the padded image times the filter, not flipped, added up, plus the bias"
SLOPES = {
    "conv": "each delta goes back times the filter to its window, times the window to the filter",
    "max_pool": "each window's gradient goes to its largest number, and is added there",
    "batchnorm": "dx = gamma / (N std) * (N dout - dbeta - x_hat dgamma), all sums over the rows",
    "layernorm": "as BatchNorm's dx, but of dout * gamma, with means along each row",
    "spatial_batchnorm": "BatchNorm's gradients of the (N * H * W, C) table of pixels",
    "spatial_groupnorm": "as layer norm's dx, within each group; dgamma and dbeta per channel",
}


def agrees(answer, want):
    """Are the numbers of `answer` those of `want`, whatever its shape?"""
    if not isinstance(want, tuple):
        answer, want = (answer,), (want,)
    if not isinstance(answer, (tuple, list)) or len(answer) != len(want):
        return False
    return all(
        np.size(a) == w.size and np.abs(np.ravel(a) - w.ravel()).max() <= 1e-6 * np.abs(w).max()
        for a, w in zip(answer, want, strict=True)
    )


def forward_of(name):
    return name.removesuffix("_alt").replace("backward", "forward")


def caches(submission, name, inputs, documented):
    """Yield the documented cache, then the one that the submission's own forward pass makes."""
    yield documented
    with contextlib.suppress(Exception):  # a forward pass that fails has its own checks
        yield getattr(submission, forward_of(name))(*inputs)[1]


def backward_answer(submission, name, inputs, dout, documented, want):
    """Return what a backward pass makes of either cache: what is right, else what came last."""
    answers, problems = [], []
    for cache in caches(submission, name, inputs, documented):
        try:
            call = getattr(submission, name).call(dout, cache)
            assert np.array_equal(call.args[0], dout), "hint: dout has changed; leave it alone"
            answers.append(call.value)
            if agrees(answers[-1], want):
                return answers[-1]
        except Exception as problem:  # raised by the submission: the other cache may still do
            problems.append(problem)
    if not answers:
        raise problems[-1]
    return answers[-1]


def check_backward(submission, reference, close, name, inputs, dout, hint=None):
    """Compare the gradients of one backward pass with the reference's."""
    hint = hint or SLOPES[name.partition("_backward")[0]]
    _, documented = getattr(reference, forward_of(name))(*copies(inputs))
    want = getattr(reference, name)(dout, documented)
    answer = backward_answer(submission, name, inputs, dout, documented, want)
    if not isinstance(want, tuple):
        close(answer, want, name="dx", hint=hint)
        return
    names = ("dx", "dw", "db") if name.startswith("conv") else ("dx", "dgamma", "dbeta")
    shape_hint = f"hint: return {names}"
    assert isinstance(answer, (tuple, list)), shape_hint
    assert len(answer) == 3, shape_hint
    for part, got, expected in zip(names, answer, want, strict=True):
        if name == "spatial_groupnorm_backward" and part != "dx":  # (C,) will do for (1, C, 1, 1)
            got, expected = np.ravel(got), expected.ravel()
        close(got, expected, name=part, hint=hint)


def check_cache(submission, reference, name, inputs, dout):
    """Refuse a cache on which the backward is wrong that is right on the documented one."""
    if name not in submission:
        return
    _, documented = getattr(reference, forward_of(name))(*copies(inputs))
    want = getattr(reference, name)(dout, documented)

    def is_right(cache):
        with contextlib.suppress(Exception):  # a backward pass has its own checks
            return agrees(getattr(submission, name)(dout, cache), want)
        return False

    if is_right(documented):
        own = getattr(submission, forward_of(name))(*copies(inputs))[1]
        assert is_right(own), f"hint: {name} needs the cache that the docstring describes"


def copies(inputs):
    return [dict(item) if isinstance(item, dict) else item for item in inputs]


def problem(rng, kernel, stride, pad):
    """Return x, w, b, conv_param and a dout; the windows fit exactly."""
    N, C, F = rng.integers(2, 4), rng.integers(2, 4), rng.integers(2, 5)
    H_out, W_out = rng.permutation([3, 4])
    H = kernel[0] + stride * (H_out - 1) - 2 * pad
    W = kernel[1] + stride * (W_out - 1) - 2 * pad
    x, w, b = (rng.normal(size=s) for s in [(N, C, H, W), (F, C, *kernel), (F,)])
    return (x, w, b, {"stride": stride, "pad": pad}), rng.normal(size=(N, F, H_out, W_out))


def pooling(rng, window, stride):
    """Return x, pool_param and a dout: every number is negative, and no two are equal."""
    N, C = rng.integers(2, 4), rng.integers(2, 4)
    H_out, W_out = rng.permutation([2, 3])
    shape = (N, C, window[0] + stride * (H_out - 1), window[1] + stride * (W_out - 1))
    x = -0.1 - rng.permutation(np.prod(shape)).reshape(shape) / 10
    pool_param = {"pool_height": window[0], "pool_width": window[1], "stride": stride}
    return (x, pool_param), rng.normal(size=(N, C, H_out, W_out))


def sides(rng):
    """Return a kernel's height and width, not equal."""
    return tuple(int(side) for side in rng.permutation([2, 3, 4])[:2])


def table(rng, mode="train"):
    """Return x, gamma, beta and a bn_param with running averages, all away from their defaults."""
    N, D = int(rng.integers(5, 8)), int(rng.integers(3, 5))
    x = rng.normal(3, 2, size=(N, D)) * rng.uniform(0.05, 2, size=D)
    return x, *scale_and_shift(rng, D), running(rng, D, mode)


def scale_and_shift(rng, D):
    return rng.uniform(0.5, 2, size=D) * rng.choice([-1, 1], size=D), rng.normal(size=D)


def running(rng, D, mode):
    return {
        "mode": mode,
        "eps": float(rng.uniform(1e-3, 1e-1)),
        "momentum": float(rng.uniform(0.6, 0.8)),
        "running_mean": rng.normal(size=D),
        "running_var": rng.uniform(0.5, 2, size=D),
    }


def images(rng, channels=None):
    """Return images whose channels differ in mean and spread; C, H and W are not equal."""
    N, C, H, W = int(rng.integers(2, 4)), channels or int(rng.integers(3, 5)), 2, 5
    scale = rng.uniform(0.2, 2, size=(1, C, 1, 1))
    return rng.normal(size=(N, C, H, W)) * scale + rng.normal(size=(1, C, 1, 1))


@pytest.mark.points(1)
@pytest.mark.exercise("to_gray")
def test_gray_of_random_images(submission, reference, rng, close):
    """Every pixel of several images is weighed, and the result is channels first."""
    pictures = rng.uniform(0, 255, size=(3, 4, 5, 3))
    close(submission.to_gray(pictures), reference.to_gray(pictures), name="gray")


@pytest.mark.points(2)
@pytest.mark.exercise("cross_correlate")
def test_cross_correlation_of_rectangles(submission, reference, rng, close):
    """Rectangular images and kernels are cross-correlated at every place inside."""
    for _ in range(3):
        kernel = sides(rng)
        x, k = rng.normal(size=(kernel[0] + 3, kernel[1] + 5)), rng.normal(size=kernel)
        close(submission.cross_correlate(x, k), reference.cross_correlate(x, k), name="y")


@pytest.mark.points(1)
@pytest.mark.exercise("convolve")
def test_convolution_flips_both_axes(submission, reference, rng, close):
    """The kernel is flipped along both axes, and only then slid over the image."""
    kernel = sides(rng)
    x, k = rng.normal(size=(6, 7)), rng.normal(size=kernel)
    close(submission.convolve(x, k), reference.convolve(x, k), name="y")


@pytest.mark.points(3)
@pytest.mark.exercise("conv_matrix")
def test_matrix_of_rectangles(submission, reference, rng, close):
    """The matrix is right for rectangular kernels and rectangular images."""
    for _ in range(3):
        kernel = sides(rng)
        k, shape = rng.normal(size=kernel), (kernel[0] + 1, kernel[1] + 3)
        close(submission.conv_matrix(k, shape), reference.conv_matrix(k, shape), name="K")


def gabor(rng):
    return (
        int(rng.choice([5, 7, 9])),
        float(rng.uniform(0.2, 1.3) * rng.choice([-1, 1])),
        float(rng.uniform(3, 6)),
        float(rng.uniform(1.5, 2.5)),
        float(rng.uniform(0.4, 0.8)),
        float(rng.uniform(0.3, 1.2)),
    )


@pytest.mark.points(2)
@pytest.mark.exercise("gabor_kernel")
def test_gabor_kernel_values(submission, reference, rng, close):
    """Wave, window and orientation follow the formula, for every parameter."""
    for _ in range(3):
        arguments = gabor(rng)
        close(submission.gabor_kernel(*arguments), reference.gabor_kernel(*arguments), name="g")


@pytest.mark.points(1)
@pytest.mark.exercise("gabor_kernel")
def test_gabor_kernel_is_blind_to_brightness(submission, rng):
    """A Gabor filter adds to zero, so a brighter image gives the same response."""
    kernel = np.asarray(submission.gabor_kernel(*gabor(rng)))
    assert np.abs(kernel).max() > 0.1, "hint: the window is 1 at the centre; do not rescale it"
    blind = abs(kernel.sum()) < 1e-5 * np.abs(kernel).sum()
    assert blind, "hint: subtract the kernel's own mean at the end"
    one = submission.gabor_kernel(1, *gabor(rng)[1:])
    assert np.shape(one) == (1, 1), "hint: a kernel of one weight is odd, too, and allowed"


@pytest.mark.points(1)
@pytest.mark.exercise("conv_output_shape")
def test_output_shapes_with_something_left_over(submission, reference, rng):
    """Rows and columns that do not fill a last window are left out."""
    for _ in range(20):
        H, W, HH, WW = (int(side) for side in rng.integers([5, 5, 1, 1], [20, 20, 6, 6]))
        arguments = ((H, W), (HH, WW), int(rng.integers(1, 4)), int(rng.integers(3)))
        shape = tuple(submission.conv_output_shape(*arguments))
        assert shape == reference.conv_output_shape(*arguments), "hint: floor, then add 1"


@pytest.mark.points(1)
@pytest.mark.exercise("conv_output_shape")
def test_kernel_that_does_not_fit_is_refused(submission, rng):
    """A kernel larger than the padded image, in either direction, raises ValueError."""
    H, W, pad = (int(side) for side in rng.integers([2, 2, 2], [6, 6, 4]))
    height, width = H + 2 * pad, W + 2 * pad
    assert tuple(submission.conv_output_shape((H, W), (height, width), 1, pad)) == (1, 1)
    for kernel in [(height + 1, width), (height, width + 1), (height + 2, 1)]:
        with pytest.raises(ValueError):  # noqa: PT011 - the words are the student's
            submission.conv_output_shape((H, W), kernel, 1, pad)


@pytest.mark.points(2)
@pytest.mark.exercise("receptive_field")
def test_receptive_fields_of_random_stacks(submission, reference, rng):
    """Strides of earlier layers widen what later layers see."""
    for depth in (1, 2, 3, 5):
        layers = [(int(k), int(s)) for k, s in zip(*rng.integers(1, 5, (2, depth)), strict=True)]
        size = submission.receptive_field(layers)
        assert size == reference.receptive_field(layers), "hint: a layer's own stride comes after"


def stack(rng):
    """Return an image and layers; with a pooling that leaves rows over."""
    layers = [
        ("conv", int(rng.integers(2, 9)), int(rng.integers(2, 4))),
        ("pool", 2),
        ("conv", int(rng.integers(2, 9)), 2),
        ("pool", 3),
        ("dense", int(rng.integers(3, 9))),
        ("dense", int(rng.integers(3, 9))),
    ]
    C, H = int(rng.integers(2, 5)), int(rng.integers(17, 24))
    return (C, H, H + int(rng.integers(1, 4))), layers


@pytest.mark.points(2)
@pytest.mark.exercise("stack_table")
def test_parameters_of_random_stacks(submission, reference, rng):
    """The learned numbers of each layer are counted, biases included."""
    for _ in range(3):
        image, layers = stack(rng)
        counts = [parameters for _, parameters in submission.stack_table(image, layers)]
        wanted = [parameters for _, parameters in reference.stack_table(image, layers)]
        assert counts == wanted, "hint: a filter has kernel * kernel * (channels before it) + 1"


@pytest.mark.points(1)
@pytest.mark.exercise("stack_table")
def test_shapes_of_random_stacks(submission, reference, rng):
    """The output shape of each layer is right, also where pooling leaves rows over."""
    for _ in range(3):
        image, layers = stack(rng)
        shapes = [tuple(shape) for shape, _ in submission.stack_table(image, layers)]
        wanted = [shape for shape, _ in reference.stack_table(image, layers)]
        assert shapes == wanted, "hint: pooling moves by its own size; the remainder is dropped"


@pytest.mark.points(1)
@pytest.mark.exercise("activation_memory")
def test_memory_of_random_stacks(submission, reference, rng):
    """Input and outputs are counted, for each image of the batch, in bytes."""
    for batch_size, size in [(int(rng.integers(2, 200)), size) for size in (8, 4, 4, 8)]:
        image, layers = stack(rng)
        arguments = (image, layers, batch_size, size)
        assert submission.activation_memory(*arguments) == reference.activation_memory(*arguments)


def check_convolution(submission, reference, close, name, inputs):
    out, _ = getattr(submission, name)(*inputs)
    want, _ = reference.conv_forward_fast(*inputs)
    close(out, want, name="out", hint=WINDOWS)


@pytest.mark.points(2)
@pytest.mark.exercise("conv_forward_naive")
def test_convolution_with_stride_and_padding(submission, reference, rng, close):
    """Square filters are moved by the stride over the padded images."""
    for stride, pad in [(1, 1), (2, 1), (3, 2)]:
        inputs, dout = problem(rng, (3, 3), stride, pad)
        check_convolution(submission, reference, close, "conv_forward_naive", inputs)
    check_cache(submission, reference, "conv_backward_naive", inputs, dout)


@pytest.mark.points(2)
@pytest.mark.exercise("conv_forward_naive")
def test_convolution_with_rectangular_filters(submission, reference, rng, close):
    """Filters need not be square: height goes with rows, width with columns."""
    for stride, pad in [(1, 1), (2, 1)]:
        inputs, _ = problem(rng, sides(rng), stride, pad)
        check_convolution(submission, reference, close, "conv_forward_naive", inputs)


@pytest.mark.points(1)
@pytest.mark.exercise("conv_forward_naive")
def test_convolution_without_padding(submission, reference, rng, close):
    """pad = 0 is allowed."""
    inputs, _ = problem(rng, sides(rng), 2, 0)
    check_convolution(submission, reference, close, "conv_forward_naive", inputs)


@pytest.mark.points(3)
@pytest.mark.exercise("conv_backward_naive")
def test_convolution_gradients_with_stride_and_padding(submission, reference, rng, close):
    """dx, dw and db are right for square filters, with stride and padding."""
    for stride, pad in [(1, 1), (2, 1), (3, 2)]:
        inputs, dout = problem(rng, (3, 3), stride, pad)
        check_backward(submission, reference, close, "conv_backward_naive", inputs, dout)


@pytest.mark.points(2)
@pytest.mark.exercise("conv_backward_naive")
def test_convolution_gradients_of_rectangular_filters(submission, reference, rng, close):
    """dx, dw and db are right for filters that are not square."""
    for stride, pad in [(1, 1), (2, 1)]:
        inputs, dout = problem(rng, sides(rng), stride, pad)
        check_backward(submission, reference, close, "conv_backward_naive", inputs, dout)


@pytest.mark.points(2)
@pytest.mark.exercise("conv_backward_naive")
def test_convolution_gradients_without_padding(submission, reference, rng, close):
    """dx keeps its whole shape when there is no padding to cut off."""
    inputs, dout = problem(rng, sides(rng), 2, 0)
    hint = "dpadded[:, :, pad:-pad] is empty for pad = 0: cut out pad to pad + H instead."
    check_backward(submission, reference, close, "conv_backward_naive", inputs, dout, hint)


@pytest.mark.points(3)
@pytest.mark.exercise("max_pool_forward_naive")
def test_max_pooling(submission, reference, rng, close):
    """The largest number of each window is taken, for windows of any shape and stride."""
    for window, stride in [((2, 2), 2), (sides(rng), 2), (sides(rng), 1), ((2, 2), 3)]:
        inputs, dout = pooling(rng, window, stride)
        want, _ = reference.max_pool_forward_naive(*inputs)
        out, _ = submission.max_pool_forward_naive(*inputs)
        close(out, want, name="out", hint="All numbers may be negative, and windows may overlap.")
    check_cache(submission, reference, "max_pool_backward_naive", inputs, dout)


@pytest.mark.points(3)
@pytest.mark.exercise("max_pool_backward_naive")
def test_pooling_gradient_of_windows_side_by_side(submission, reference, rng, close):
    """Each window's gradient goes to its largest number; windows do not overlap."""
    height, width = sides(rng)
    for window, stride in [((2, 2), 2), ((height, width), max(height, width)), ((2, 1), 3)]:
        inputs, dout = pooling(rng, window, stride)
        check_backward(submission, reference, close, "max_pool_backward_naive", inputs, dout)


@pytest.mark.points(2)
@pytest.mark.exercise("max_pool_backward_naive")
def test_pooling_gradient_of_overlapping_windows(submission, reference, rng, close):
    """A number that is the largest of several windows gets the sum of their gradients."""
    for window, stride in [((3, 3), 1), ((3, 4), 2), ((2, 3), 1)]:
        inputs, dout = pooling(rng, window, stride)
        hint = "Where windows overlap, add to dx; an assignment forgets the earlier window."
        check_backward(submission, reference, close, "max_pool_backward_naive", inputs, dout, hint)


@pytest.mark.points(2)
@pytest.mark.exercise("im2col")
def test_columns(submission, reference, rng, close):
    """Every window is a column, in the order that the task gives."""
    for stride, pad in [(1, 0), (2, 1), (3, 2)]:
        kernel = sides(rng)
        (x, *_), _ = problem(rng, kernel, stride, pad)
        arguments = (x, *kernel, stride, pad)
        close(submission.im2col(*arguments), reference.im2col(*arguments), name="columns")


@pytest.mark.points(2)
@pytest.mark.exercise("conv_forward_fast")
def test_fast_convolution(submission, reference, rng, close):
    """The fast convolution gives the naive one's output: any filter, stride and padding."""
    for kernel, stride, pad in [((3, 3), 1, 1), (sides(rng), 2, 0), (sides(rng), 3, 2)]:
        inputs, dout = problem(rng, kernel, stride, pad)
        check_convolution(submission, reference, close, "conv_forward_fast", inputs)
    check_cache(submission, reference, "conv_backward_fast", inputs, dout)


@pytest.mark.points(3)
@pytest.mark.exercise("conv_backward_fast")
def test_gradients_of_the_fast_convolution(submission, reference, rng, close):
    """The fast gradients equal the naive ones: any filter, stride and padding."""
    for kernel, stride, pad in [((3, 3), 1, 1), (sides(rng), 2, 0), (sides(rng), 3, 2)]:
        inputs, dout = problem(rng, kernel, stride, pad)
        check_backward(submission, reference, close, "conv_backward_fast", inputs, dout)


def check_formula(submission, reference, faster, name, inputs, count):
    """Ask for gradients in a third of the time that differences of the forward pass need.

    Args:
        count: of the numbers by which they are taken; each needs two forward passes.
    """
    forward = getattr(reference, forward_of(name))
    cache = forward(*copies(inputs))[1]
    dout = np.ones(inputs[0].shape)
    want = getattr(reference, name)(dout, cache)

    def passes():
        for _ in range(20):
            forward(*copies(inputs))

    hint = "a formula gives a whole gradient at once; differences need two passes for each number"
    faster(
        lambda: backward_answer(submission, name, inputs, dout, cache, want),
        passes,
        times=2 * count / 20 / 3,
        hint=hint,
    )


def large_table(rng):
    x = rng.normal(size=(8, 500))
    return x, *scale_and_shift(rng, 500), {"mode": "train"}


def batch_of_16(rng):
    x, w, b = (rng.normal(size=s) for s in [(16, 3, 24, 24), (16, 3, 3, 3), (16,)])
    return x, w, b, {"stride": 1, "pad": 1}


@pytest.mark.points(1)
@pytest.mark.exercise("conv_forward_fast")
def test_fast_convolution_is_fast(submission, reference, rng, close, faster):
    """16 images take less than a fifth of the time that the naive loops need for them."""
    x, w, b, param = batch_of_16(rng)
    arguments = (submission, reference, close, "conv_forward_fast", (x, w, b, param))
    faster(
        lambda: check_convolution(*arguments),
        lambda: reference.conv_forward_naive(x[:1], w, b, param),  # one image of 16
        times=16 / 5,
        hint="no Python loop over images and places; see im2col",
    )


@pytest.mark.points(1)
@pytest.mark.exercise("conv_backward_fast")
def test_fast_gradients_are_fast(submission, reference, rng, close, faster):
    """The gradients of 16 images take less than a fifth of the time of the naive loops."""
    x, w, b, param = batch_of_16(rng)
    dout = rng.normal(size=(16, 16, 24, 24))
    arguments = (submission, reference, close, "conv_backward_fast", (x, w, b, param), dout)
    faster(
        lambda: check_backward(*arguments),
        lambda: reference.conv_backward_naive(dout[:1], (x[:1], w, b, param)),  # one image of 16
        times=16 / 5,
        hint="no Python loop over images and places; see im2col",
    )


def check_running(bn_param, want, close):
    hint = "running = momentum * running + (1 - momentum) * batch; the variance is divided by N."
    for name in ("running_mean", "running_var"):
        assert name in bn_param, f'hint: write bn_param["{name}"]'
        close(bn_param[name], want[name], name=name, hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("batchnorm_forward")
def test_batchnorm_in_train_mode(submission, reference, rng, close):
    """In train mode each feature is normalised by the batch's own mean and variance."""
    x, gamma, beta, param = table(rng)
    out, _ = submission.batchnorm_forward(x, gamma, beta, param)
    want, _ = reference.batchnorm_forward(x, gamma, beta, dict(param))
    close(out, want, name="out", hint="std = sqrt(var + eps): eps is inside the root.")
    dout = rng.normal(size=x.shape)
    check_cache(submission, reference, "batchnorm_backward", (x, gamma, beta, param), dout)


@pytest.mark.points(2)
@pytest.mark.exercise("batchnorm_forward")
def test_batchnorm_updates_the_running_averages(submission, reference, rng, close):
    """In train mode bn_param's running averages are updated; with none there, from zero."""
    x, gamma, beta, param = table(rng)
    fresh = {key: param[key] for key in ("mode", "eps", "momentum")}
    for start in (param, fresh):
        want = dict(start)
        reference.batchnorm_forward(x, gamma, beta, want)
        left = submission.batchnorm_forward.call(x, gamma, beta, start).args[3]
        check_running(left, want, close)


@pytest.mark.points(2)
@pytest.mark.exercise("batchnorm_forward")
def test_batchnorm_in_test_mode(submission, reference, rng, close):
    """In test mode the running averages normalise, gamma and beta apply, and nothing changes."""
    x, gamma, beta, param = table(rng, mode="test")
    call = submission.batchnorm_forward.call(x, gamma, beta, param)
    out, _ = call.value
    want, _ = reference.batchnorm_forward(x, gamma, beta, dict(param))
    hint = "gamma * (x - running_mean) / sqrt(running_var + eps) + beta"
    close(out, want, name="out", hint=hint)
    check_running(call.args[3], param, close)


@pytest.mark.points(4)
@pytest.mark.exercise("batchnorm_backward")
def test_batchnorm_gradients(submission, reference, rng, close, faster):
    """dx, dgamma and dbeta are right: x also moves the batch's mean and variance."""
    for _ in range(2):
        inputs = table(rng)
        dout = rng.normal(size=inputs[0].shape)
        check_backward(submission, reference, close, "batchnorm_backward", inputs, dout)
    inputs = large_table(rng)
    check_formula(submission, reference, faster, "batchnorm_backward", inputs, 5000)


@pytest.mark.points(2)
@pytest.mark.exercise("batchnorm_backward_alt")
def test_batchnorm_gradients_simplified(submission, reference, rng, close, faster):
    """The simplified formula gives the same three gradients."""
    for _ in range(2):
        inputs = table(rng)
        dout = rng.normal(size=inputs[0].shape)
        check_backward(submission, reference, close, "batchnorm_backward_alt", inputs, dout)
    inputs = large_table(rng)
    check_formula(submission, reference, faster, "batchnorm_backward_alt", inputs, 5000)


def layer_inputs(rng):
    x, gamma, beta, param = table(rng)
    return x * rng.uniform(0.05, 2, size=(len(x), 1)), gamma, beta, {"eps": param["eps"]}


@pytest.mark.points(2)
@pytest.mark.exercise("layernorm_forward")
def test_layernorm(submission, reference, rng, close):
    """Each row is normalised over its own features; gamma and beta belong to features."""
    inputs = layer_inputs(rng)
    want, _ = reference.layernorm_forward(*inputs)
    hint = "gamma * (x - mean) / sqrt(var + eps) + beta, mean and var of each row"
    close(submission.layernorm_forward(*inputs)[0], want, name="out", hint=hint)
    dout = rng.normal(size=inputs[0].shape)
    check_cache(submission, reference, "layernorm_backward", inputs, dout)


@pytest.mark.points(2)
@pytest.mark.exercise("layernorm_backward")
def test_layernorm_gradients(submission, reference, rng, close, faster):
    """dx is taken along each row, dgamma and dbeta are summed over the rows."""
    inputs = layer_inputs(rng)
    dout = rng.normal(size=inputs[0].shape)
    check_backward(submission, reference, close, "layernorm_backward", inputs, dout)
    inputs = large_table(rng)
    check_formula(submission, reference, faster, "layernorm_backward", inputs, 5000)


def spatial_inputs(rng, mode="train"):
    x = images(rng)
    C = x.shape[1]
    return x, *scale_and_shift(rng, C), running(rng, C, mode)


@pytest.mark.points(2)
@pytest.mark.exercise("spatial_batchnorm_forward")
def test_spatial_batchnorm_in_train_mode(submission, reference, rng, close):
    """Each channel is normalised over all images and places, and its averages updated."""
    inputs = spatial_inputs(rng)
    want_param = dict(inputs[3])
    want, _ = reference.spatial_batchnorm_forward(*inputs[:3], want_param)
    call = submission.spatial_batchnorm_forward.call(*inputs)
    hint = "Bring the channels last, (N, H, W, C), before the reshape to (N * H * W, C)."
    close(call.value[0], want, name="out", hint=hint)
    check_running(call.args[3], want_param, close)
    dout = rng.normal(size=inputs[0].shape)
    check_cache(submission, reference, "spatial_batchnorm_backward", inputs, dout)


@pytest.mark.points(1)
@pytest.mark.exercise("spatial_batchnorm_forward")
def test_spatial_batchnorm_in_test_mode(submission, reference, rng, close):
    """In test mode each channel is normalised by its running averages, which stay as they are."""
    inputs = spatial_inputs(rng, mode="test")
    want, _ = reference.spatial_batchnorm_forward(*copies(inputs))
    hint = "gamma * (x - running_mean) / sqrt(running_var + eps) + beta, channel by channel"
    call = submission.spatial_batchnorm_forward.call(*inputs)
    close(call.value[0], want, name="out", hint=hint)
    check_running(call.args[3], inputs[3], close)


@pytest.mark.points(2)
@pytest.mark.exercise("spatial_batchnorm_backward")
def test_spatial_batchnorm_gradients(submission, reference, rng, close):
    """dx has the shape of the images, dgamma and dbeta have one number per channel."""
    inputs = spatial_inputs(rng)
    dout = rng.normal(size=inputs[0].shape)
    check_backward(submission, reference, close, "spatial_batchnorm_backward", inputs, dout)


def group_inputs(rng, groups):
    x = images(rng, channels=6)
    columns = (array.reshape(1, 6, 1, 1) for array in scale_and_shift(rng, 6))
    return x, *columns, groups, {"eps": float(rng.uniform(1e-3, 1e-1))}


@pytest.mark.points(2)
@pytest.mark.exercise("spatial_groupnorm_forward")
def test_groupnorm(submission, reference, rng, close):
    """Each group of neighbouring channels of each image is normalised on its own."""
    for groups in (1, 2, 3):
        inputs = group_inputs(rng, groups)
        want, _ = reference.spatial_groupnorm_forward(*inputs)
        hint = "(x - mean) / sqrt(var + eps) within each group of C / G neighbouring channels"
        close(submission.spatial_groupnorm_forward(*inputs)[0], want, name="out", hint=hint)
    dout = rng.normal(size=inputs[0].shape)
    check_cache(submission, reference, "spatial_groupnorm_backward", inputs, dout)


@pytest.mark.points(2)
@pytest.mark.exercise("spatial_groupnorm_backward")
def test_groupnorm_gradients(submission, reference, rng, close):
    """dx is taken within each group; gamma and beta keep one gradient per channel."""
    for groups in (2, 3):
        inputs = group_inputs(rng, groups)
        dout = rng.normal(size=inputs[0].shape)
        check_backward(submission, reference, close, "spatial_groupnorm_backward", inputs, dout)


def networks(submission, reference, rng):
    """Return the submission's and the reference's network with the same random state."""
    image, filters, classes = (2, 8, 4), (3, 4), int(rng.integers(4, 7))
    reg, seed = float(rng.uniform(0.1, 0.5)), int(rng.integers(1000))
    ours = reference.ConvNet(image, filters, classes, reg, seed)
    ours.params = {name: rng.normal(size=value.shape) for name, value in ours.params.items()}
    # Zeros all over a map of block 1 would make equal numbers in block 2's pooling windows; in
    # block 2 the ReLU must close some windows, or its backward pass would not matter.
    ours.params["beta1"] = rng.uniform(0.3, 1, size=3)
    ours.params["beta2"] = rng.uniform(-1, -0.3, size=4)
    ours.bn_params = [running(rng, count, "train") for count in filters]
    theirs = submission.ConvNet(image, filters, classes, reg, seed)
    theirs.params = {name: value.copy() for name, value in ours.params.items()}
    theirs.bn_params = [dict(bn_param) for bn_param in ours.bn_params]
    X = rng.normal(size=(int(rng.integers(5, 8)), *image))
    return theirs, ours, X, rng.integers(classes, size=len(X))


@pytest.mark.points(2)
@pytest.mark.exercise("ConvNet.loss")
def test_scores_without_labels(submission, reference, rng, close):
    """Without labels the scores come back, and BatchNorm uses its running averages."""
    theirs, ours, X, _ = networks(submission, reference, rng)
    want = ours.loss(X)
    hint = "Without y every bn_param has the mode test, and the scores come back unchanged."
    for _ in range(2):
        close(theirs.loss(X), want, name="scores", hint=hint)


@pytest.mark.points(3)
@pytest.mark.exercise("ConvNet.loss")
def test_loss_and_gradients_with_labels(submission, reference, rng, close):
    """With labels the loss and the gradient of every parameter come back."""
    theirs, ours, X, y = networks(submission, reference, rng)
    theirs.reg = ours.reg = 0.0
    check_loss(theirs, ours, X, y, close, hint="Go back through the layers in reverse order.")


@pytest.mark.points(1)
@pytest.mark.exercise("ConvNet.loss")
def test_regularisation_of_the_network(submission, reference, rng, close):
    """reg * (sum of squares) counts for every W, and for nothing else."""
    theirs, ours, X, y = networks(submission, reference, rng)
    hint = "The penalty is reg * sum(W ** 2), its gradient 2 * reg * W; not for b, gamma, beta."
    check_loss(theirs, ours, X, y, close, hint)


def number(loss):
    """A loss is one number; an array that holds just one counts as well."""
    return loss.item() if isinstance(loss, np.ndarray) and loss.size == 1 else loss


def check_loss(theirs, ours, X, y, close, hint):
    loss, grads = theirs.loss(X, y)
    want_loss, want = ours.loss(X, y)
    close(number(loss), want_loss, name="loss", hint=hint)
    missing = want.keys() - grads.keys()
    assert not missing, f"hint: grads has no {sorted(missing)}"
    for name, gradient in want.items():
        close(grads[name], gradient, tol=1e-5, name=f"grads[{name!r}]", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("ConvNet.loss")
def test_network_learns_its_running_averages(submission, reference, rng, close):
    """Training updates the running averages in bn_params; classifying never does."""
    theirs, ours, X, y = networks(submission, reference, rng)
    ours.loss(X, y)
    theirs.loss(X + 1), theirs.loss(X, y), theirs.loss(X + 1)
    for left, want in zip(theirs.bn_params, ours.bn_params, strict=True):
        check_running(left, want, close)


def turned_digits(digits, rng):
    """Return the digits turned or mirrored, each class under the name of another.

    So no network fits that was trained before, and the task is as hard as ever.
    """
    X = digits["x"].reshape(-1, 1, 8, 8)
    turns, mirrored = divmod(int(rng.integers(1, 8)), 2)  # never as they were
    X = np.rot90(X, turns, axes=(2, 3))
    names = rng.permutation(10)
    return np.ascontiguousarray(X[..., ::-1] if mirrored else X), names[digits["y"]]


@pytest.mark.points(4)
@pytest.mark.exercise("fit_digits")
def test_trained_network_reads_unseen_digits(submission, reference, rng, data, credit):
    """The trained network reads digits that it has not seen: points from 90 % to 97 %."""
    X, y = turned_digits(data("digits"), rng)
    order = rng.permutation(len(X))
    train, unseen = order[:1300], order[1300:]
    net = submission.fit_digits(X[train], y[train], int(rng.integers(1000)))
    judge = reference.ConvNet()
    judge.params, judge.bn_params = net.params, net.bn_params
    credit(float((judge.predict(X[unseen]) == y[unseen]).mean()), 0.90, 0.97)


@pytest.mark.points(2)
@pytest.mark.exercise("ANSWERS")
def test_answers_on_convolution(answers):
    """Questions on convolution and its matrix."""
    names = ["flattening", "kind_of_matrix", "kernel_not_flipped", "moved_pattern"]
    answers([*names, "image_from_its_map"], hint="")


@pytest.mark.points(2)
@pytest.mark.exercise("ANSWERS")
def test_answers_on_architecture(answers):
    """Questions on the layers of a network."""
    names = ["first_and_last_layer", "pooling_learns", "training_memory", "visual_cortex"]
    answers(names, hint="")


@pytest.mark.points(2)
@pytest.mark.exercise("ANSWERS")
def test_answers_on_what_batchnorm_does(answers):
    """Questions on what BatchNorm computes, and where it stands."""
    names = ["bias_before_batchnorm", "batchnorm_place", "batchnorm_first", "one_image_or_many"]
    answers(names, hint="")


@pytest.mark.points(2)
@pytest.mark.exercise("ANSWERS")
def test_answers_on_why_batchnorm_helps(answers):
    """Questions on what BatchNorm is good for, and where it is not."""
    names = ["why_it_regularises", "what_santurkar_found", "time_to_train", "recurrent_networks"]
    answers(names, hint="")
