"""The convnet reference against torch, SciPy, and numbers worked by hand."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from scipy.signal import convolve2d, correlate2d

ROOT = Path(__file__).parents[2]
LECTURE_IMAGE = np.arange(1.0, 10.0).reshape(3, 3)
LECTURE_KERNEL = np.array([[1.0, 2.0], [3.0, 4.0]])
LECTURE_STACK = [("conv", 32, 3), ("pool", 2), ("conv", 64, 3), ("pool", 2), ("conv", 64, 3)]


def load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


convnet = load("reference/convnet.py")
given = load("assignments/convnet/given/layers.py")


def same(actual, expected):
    # float64 sums of at most a few thousand terms near 1: rounding stays below 1e-12
    np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-11)


def leaf(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def torch_gradients(out, dout, *inputs):
    return [g.numpy() for g in torch.autograd.grad(out, inputs, torch.tensor(dout))]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_gray_weighs_green_most():
    images = np.zeros((1, 1, 4, 3), dtype=np.uint8)
    images[0, 0] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]
    gray = convnet.to_gray(images)
    assert gray.shape == (1, 1, 1, 4)
    same(gray[0, 0, 0], [76.245, 149.685, 29.07, 255])


def test_lecture_image_gives_37_47_67_77():
    same(convnet.cross_correlate(LECTURE_IMAGE, LECTURE_KERNEL), [[37, 47], [67, 77]])


def test_flipped_kernel_gives_23_33_53_63():
    same(convnet.convolve(LECTURE_IMAGE, LECTURE_KERNEL), [[23, 33], [53, 63]])


def test_lecture_matrix_is_the_printed_one():
    printed = [
        [1, 2, 0, 3, 4, 0, 0, 0, 0],
        [0, 1, 2, 0, 3, 4, 0, 0, 0],
        [0, 0, 0, 1, 2, 0, 3, 4, 0],
        [0, 0, 0, 0, 1, 2, 0, 3, 4],
    ]
    K = convnet.conv_matrix(LECTURE_KERNEL, (3, 3))
    np.testing.assert_array_equal(K, printed)
    same(K @ LECTURE_IMAGE.ravel(), [37, 47, 67, 77])
    same(K @ LECTURE_IMAGE.ravel(order="F"), [35, 65, 45, 75])  # what the lecture printed


@pytest.mark.parametrize(
    ("image", "kernel"), [((6, 9), (3, 2)), ((5, 5), (1, 4)), ((3, 7), (3, 7))]
)
def test_convolution_of_one_image_equals_scipy_and_its_matrix(rng, image, kernel):
    x, k = rng.normal(size=image), rng.normal(size=kernel)
    y = convnet.cross_correlate(x, k)
    same(y, correlate2d(x, k, mode="valid"))
    same(convnet.convolve(x, k), convolve2d(x, k, mode="valid"))
    same(convnet.conv_matrix(k, image) @ x.ravel(), y.ravel())


def test_convolution_equals_the_fourier_route(rng):
    x, k = rng.normal(size=(12, 15)), rng.normal(size=(4, 3))
    product = np.fft.rfft2(x) * np.fft.rfft2(k, s=x.shape)
    wrapped = np.fft.irfft2(product, s=x.shape)
    same(convnet.convolve(x, k), wrapped[3:, 2:])  # the first rows and columns wrapped round


def test_gabor_kernel_ignores_brightness_and_finds_its_orientation():
    _, along = np.mgrid[:21, :21]
    responses = []
    for theta in np.radians([0, 45, 90, 135]):
        kernel = convnet.gabor_kernel(11, theta, 5, 2.5, 0.6, 0)
        same(kernel.sum(), 0)
        stripes = np.cos(2 * np.pi * along / 5)  # vary along x: theta = 0
        plain, bright = (convnet.cross_correlate(image, kernel) for image in (stripes, stripes + 9))
        same(plain, bright)
        responses.append(np.abs(plain).max())
    assert np.argmax(responses) == 0
    assert responses[0] > 5 * max(responses[1:])


def test_gabor_kernel_by_hand():
    # size 1x3 strip of theta 0, wavelength 4, psi 0: cos(-pi/2), cos 0, cos(pi/2) = 0, 1, 0
    kernel = convnet.gabor_kernel(3, 0, 4, 1, 1, 0)
    column = np.exp([-0.5, 0, -0.5])
    same(kernel[:, 1] - kernel[:, 0], column)
    same(kernel[0, 0], -column.sum() / 9)


def test_gabor_stripes_run_down_to_the_right_for_a_negative_angle():
    # at theta = -45 degrees x' = (x - y)/sqrt 2 (y downwards) is constant on the main diagonal
    kernel = convnet.gabor_kernel(5, -np.pi / 4, 4, 2, 0.5, 0)
    assert kernel[1, 1] > 0.3
    assert kernel[3, 3] > 0.3
    assert kernel[1, 3] < 0.1


@pytest.mark.parametrize("size", [0, 4, -3])
def test_gabor_kernel_needs_a_centre(size):
    with pytest.raises(ValueError, match="size must be odd and positive"):
        convnet.gabor_kernel(size, 0, 4, 1, 1, 0)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (((32, 32), (3, 3)), (30, 30)),
        (((13, 13), (2, 2), 2), (6, 6)),
        (((6, 6), (1, 1), 1, 1), (8, 8)),
        (((7, 5), (3, 2), 2, 0), (3, 2)),
        (((2, 2), (4, 4), 1, 1), (1, 1)),
    ],
)
def test_output_shape_by_hand(arguments, expected):
    assert convnet.conv_output_shape(*arguments) == expected


def test_kernel_larger_than_the_image_is_refused():
    with pytest.raises(ValueError, match=r"padded image \(4, 4\), got \(5, 3\)"):
        convnet.conv_output_shape((2, 2), (5, 3), 1, 1)


def test_receptive_fields_by_hand():
    assert [convnet.receptive_field([(3, 1)] * depth) for depth in range(4)] == [1, 3, 5, 7]
    lecture = [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]
    assert [convnet.receptive_field(lecture[:n]) for n in range(1, 6)] == [3, 4, 8, 10, 18]


def test_receptive_field_is_the_reach_of_a_gradient(rng):
    x = leaf(rng.normal(size=(1, 1, 40, 40)))
    h = x
    for kernel, stride in [(3, 2), (4, 1), (2, 3)]:
        h = torch.nn.functional.conv2d(h, torch.ones(1, 1, kernel, kernel).double(), stride=stride)
    (dx,) = torch.autograd.grad(h[0, 0, 1, 1], x)
    reach = np.flatnonzero(dx[0, 0].abs().sum(dim=0).numpy())
    assert np.ptp(reach) + 1 == convnet.receptive_field([(3, 2), (4, 1), (2, 3)])


def test_lecture_stack_has_56320_weights():
    table = convnet.stack_table((3, 32, 32), LECTURE_STACK)
    assert [shape[1] for shape, _ in table] == [30, 15, 13, 6, 4]
    assert [shape[0] for shape, _ in table] == [32, 32, 64, 64, 64]
    assert [parameters for _, parameters in table] == [896, 0, 18_496, 0, 36_928]
    assert sum(parameters for _, parameters in table) == 56_320


def test_dense_layer_on_100x100_pixels_has_ten_million_weights():
    assert convnet.stack_table((1, 100, 100), [("dense", 1000)]) == [((1000, 1, 1), 10_001_000)]


def test_unknown_layer_is_refused():
    with pytest.raises(ValueError, match="kind must be conv, pool or dense, got dropout"):
        convnet.stack_table((1, 8, 8), [("dropout", 2)])


def test_lecture_stack_keeps_53216_numbers_per_image():
    assert convnet.activation_memory((3, 32, 32), LECTURE_STACK, 1, 1) == 53_216
    assert convnet.activation_memory((3, 32, 32), LECTURE_STACK, 64) == 53_216 * 64 * 4


CONVOLUTIONS = [(1, 0, (2, 3)), (2, 1, (3, 3)), (3, 2, (4, 2)), (1, 1, (1, 1)), (2, 0, (3, 5))]


@pytest.mark.parametrize("kind", ["naive", "fast"])
@pytest.mark.parametrize(("stride", "pad", "kernel"), CONVOLUTIONS)
def test_convolutional_layer_equals_torch(rng, kind, stride, pad, kernel):
    x, w, b = (rng.normal(size=s) for s in [(2, 3, 7, 8), (4, 3, *kernel), (4,)])
    tensors = [leaf(array) for array in (x, w, b)]
    want = torch.nn.functional.conv2d(*tensors, stride=stride, padding=pad)
    param = {"stride": stride, "pad": pad}
    out, cache = getattr(convnet, f"conv_forward_{kind}")(x, w, b, param)
    same(out, want.detach())
    dout = rng.normal(size=out.shape)
    gradients = getattr(convnet, f"conv_backward_{kind}")(dout, cache)
    for got, expected in zip(gradients, torch_gradients(want, dout, *tensors), strict=True):
        same(got, expected)


def test_deltas_of_the_lecture_go_back_by_hand():
    # delta = (1, 2; 3, 4): dw correlates the image with delta, dx adds a shifted kernel per delta
    x, w = LECTURE_IMAGE[None, None], LECTURE_KERNEL[None, None]
    cache = (x, w, np.zeros(1), {"stride": 1, "pad": 0})
    dx, dw, db = convnet.conv_backward_naive(w, cache)
    same(dw[0, 0], [[37, 47], [67, 77]])
    same(dx[0, 0], [[1, 4, 4], [6, 20, 16], [9, 24, 16]])
    same(db, [10])


@pytest.mark.parametrize(("window", "stride"), [((2, 2), 2), ((3, 2), 1), ((2, 4), 3), ((1, 3), 2)])
def test_max_pooling_equals_torch(rng, window, stride):
    x = rng.normal(size=(2, 3, 7, 8)) - 10
    tensor = leaf(x)
    want = torch.nn.functional.max_pool2d(tensor, window, stride)
    param = {"pool_height": window[0], "pool_width": window[1], "stride": stride}
    out, cache = convnet.max_pool_forward_naive(x, param)
    same(out, want.detach())
    dout = rng.normal(size=out.shape)
    (dx,) = torch_gradients(want, dout, tensor)
    same(convnet.max_pool_backward_naive(dout, cache), dx)


def test_columns_equal_torch_unfold(rng):
    x = rng.normal(size=(2, 3, 6, 7))
    want = torch.nn.functional.unfold(torch.tensor(x), (3, 2), padding=1, stride=2)
    same(convnet.im2col(x, 3, 2, 2, 1), want)


def test_batchnorm_in_train_mode_equals_torch(rng):
    x, gamma, beta = rng.normal(2, 3, size=(7, 4)), rng.normal(size=4), rng.normal(size=4)
    tensors = [leaf(array) for array in (x, gamma, beta)]
    want = torch.nn.functional.batch_norm(
        tensors[0], None, None, *tensors[1:], training=True, eps=1e-2
    )
    out, cache = convnet.batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": 1e-2})
    same(out, want.detach())
    dout = rng.normal(size=out.shape)
    expected = torch_gradients(want, dout, *tensors)
    for backward in (convnet.batchnorm_backward, convnet.batchnorm_backward_alt):
        for got, gradient in zip(backward(dout, cache), expected, strict=True):
            same(got, gradient)


def test_batchnorm_by_hand():
    # x = 1, 3: mean 2, variance 1; eps 3 makes std 2, so x_hat = -1/2, 1/2
    param = {"mode": "train", "eps": 3, "momentum": 0.25, "running_mean": np.array([8.0])}
    x, gamma, beta = np.array([[1.0], [3.0]]), np.array([2.0]), np.array([10.0])
    out, cache = convnet.batchnorm_forward(x, gamma, beta, param)
    same(out, [[9], [11]])
    same(param["running_mean"], [0.25 * 8 + 0.75 * 2])
    same(param["running_var"], [0.75])
    dx, dgamma, dbeta = convnet.batchnorm_backward(np.array([[1.0], [0.0]]), cache)
    same(dx, [[3 / 8], [-3 / 8]])
    same(dgamma, [-0.5])
    same(dbeta, [1])


def test_batchnorm_in_test_mode_equals_torch_and_keeps_the_averages(rng):
    x, gamma, beta = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=4)
    mean, var = rng.normal(size=4), rng.uniform(1, 2, size=4)
    param = {"mode": "test", "eps": 1e-2, "running_mean": mean, "running_var": var}
    out, _ = convnet.batchnorm_forward(x, gamma, beta, param)
    tensors = [torch.tensor(array) for array in (x, mean, var, gamma, beta)]
    same(out, torch.nn.functional.batch_norm(*tensors, eps=1e-2))
    assert param["running_mean"] is mean
    assert param["running_var"] is var


def test_batchnorm_refuses_an_unknown_mode():
    with pytest.raises(ValueError, match="mode must be"):
        convnet.batchnorm_forward(np.ones((2, 1)), np.ones(1), np.ones(1), {"mode": "eval"})


def test_layernorm_equals_torch(rng):
    x, gamma, beta = rng.normal(size=(5, 6)), rng.normal(size=6), rng.normal(size=6)
    tensors = [leaf(array) for array in (x, gamma, beta)]
    want = torch.nn.functional.layer_norm(tensors[0], (6,), *tensors[1:], eps=1e-2)
    out, cache = convnet.layernorm_forward(x, gamma, beta, {"eps": 1e-2})
    same(out, want.detach())
    dout = rng.normal(size=out.shape)
    for got, expected in zip(
        convnet.layernorm_backward(dout, cache), torch_gradients(want, dout, *tensors), strict=True
    ):
        same(got, expected)


def test_spatial_batchnorm_equals_torch_but_for_the_running_variance(rng):
    x, gamma, beta = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=3), rng.normal(size=3)
    tensors = [leaf(array) for array in (x, gamma, beta)]
    mean, var = torch.zeros(3).double(), torch.zeros(3).double()
    want = torch.nn.functional.batch_norm(
        tensors[0], mean, var, *tensors[1:], training=True, momentum=0.3, eps=1e-2
    )
    param = {"mode": "train", "eps": 1e-2, "momentum": 0.7}  # torch's 0.3
    out, cache = convnet.spatial_batchnorm_forward(x, gamma, beta, param)
    same(out, want.detach())
    same(param["running_mean"], mean)
    same(param["running_var"], var * 39 / 40)  # torch divides by N - 1 = 2 * 4 * 5 - 1
    dout = rng.normal(size=out.shape)
    gradients = convnet.spatial_batchnorm_backward(dout, cache)
    for got, expected in zip(gradients, torch_gradients(want, dout, *tensors), strict=True):
        same(got, expected)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_spatial_groupnorm_equals_torch(rng, groups):
    x, gamma, beta = rng.normal(size=(2, 6, 4, 3)), rng.normal(size=6), rng.normal(size=6)
    tensors = [leaf(array) for array in (x, gamma, beta)]
    want = torch.nn.functional.group_norm(tensors[0], groups, *tensors[1:], eps=1e-2)
    columns = (gamma.reshape(1, 6, 1, 1), beta.reshape(1, 6, 1, 1))
    out, cache = convnet.spatial_groupnorm_forward(x, *columns, groups, {"eps": 1e-2})
    same(out, want.detach())
    dout = rng.normal(size=out.shape)
    dx, dgamma, dbeta = convnet.spatial_groupnorm_backward(dout, cache)
    expected = torch_gradients(want, dout, *tensors)
    assert dgamma.shape == dbeta.shape == (1, 6, 1, 1)
    for got, gradient in zip((dx, dgamma.ravel(), dbeta.ravel()), expected, strict=True):
        same(got, gradient)


def torch_network(net, X, y):
    """Return the loss and the parameters (torch leaves) of `net` built from torch's own layers."""
    functional = torch.nn.functional
    leaves = {name: leaf(value) for name, value in net.params.items()}
    h = torch.tensor(X)
    for i, bn in enumerate(net.bn_params, start=1):
        h = functional.conv2d(h, leaves[f"W{i}"], padding=1)
        gamma, beta = leaves[f"gamma{i}"], leaves[f"beta{i}"]
        h = functional.batch_norm(h, None, None, gamma, beta, training=True, eps=bn["eps"])
        h = functional.max_pool2d(functional.relu(h), 2)
    scores = h.flatten(1) @ leaves["W"] + leaves["b"]
    squares = sum((leaves[name] ** 2).sum() for name in leaves if name.startswith("W"))
    return functional.cross_entropy(scores, torch.tensor(y)) + net.reg * squares, leaves


def test_network_equals_torch(rng):
    net = convnet.ConvNet(image=(2, 8, 6), filters=(3, 4), classes=5, reg=0.3, seed=1)
    net.params = {name: rng.normal(size=value.shape) for name, value in net.params.items()}
    X, y = rng.normal(size=(6, 2, 8, 6)), rng.integers(5, size=6)
    loss, grads = net.loss(X, y)
    want, leaves = torch_network(net, X, y)
    want.backward()
    assert loss == pytest.approx(want.item(), rel=1e-12)
    assert grads.keys() == leaves.keys()
    for name, tensor in leaves.items():
        same(grads[name], tensor.grad)


def test_network_scores_an_image_alone_as_in_a_batch(rng):
    net = convnet.ConvNet(seed=1)
    X = rng.normal(size=(5, 1, 8, 8))
    net.loss(X, np.arange(5))
    same(net.loss(X[2:3]), net.loss(X)[2:3])


@pytest.fixture(scope="module")
def digits():
    with np.load(ROOT / "assignments" / "data" / "digits.npz") as stored:
        return stored["x"].reshape(-1, 1, 8, 8), stored["y"]


def test_network_starts_at_log_10_and_overfits_50_images(digits):
    X, y = digits[0][:50], digits[1][:50]
    net = convnet.ConvNet(filters=(8, 16), seed=1)
    assert net.loss(X, y)[0] == pytest.approx(np.log(10), abs=0.1)
    for _ in range(40):
        _, grads = net.loss(X, y)
        for name, grad in grads.items():
            net.params[name] -= 0.3 * grad
    assert (net.predict(X) == y).all()


def test_trained_network_reads_97_percent_of_unseen_digits(digits):
    X, y = digits
    order = np.random.default_rng(7).permutation(len(X))
    train, unseen = order[:1300], order[1300:]
    net = convnet.fit_digits(X[train], y[train], seed=3)
    assert (net.predict(X[unseen]) == y[unseen]).mean() >= 0.97


def test_gabor_features_help_a_linear_classifier(digits):
    # The claim of lecture 003 that the task's text shows: a linear head on better features.
    X, y = digits
    order = np.random.default_rng(7).permutation(len(X))
    train, unseen = order[:300], order[300:]
    angles, phases = np.arange(4) * np.pi / 4, (0, np.pi / 2)
    kernels = [convnet.gabor_kernel(5, t, 4, 1.5, 0.7, p) for t in angles for p in phases]
    param = {"stride": 1, "pad": 2}
    maps, _ = convnet.conv_forward_fast(X / 16, np.array(kernels)[:, None], np.zeros(8), param)
    pool = {"pool_height": 2, "pool_width": 2, "stride": 2}
    features, _ = convnet.max_pool_forward_naive(np.abs(maps), pool)

    def accuracy(table):
        A = np.column_stack([table.reshape(len(X), -1), np.ones(len(X))])
        normal = A[train].T @ A[train] + np.eye(A.shape[1])
        W = np.linalg.solve(normal, A[train].T @ np.eye(10)[y[train]])
        return ((A[unseen] @ W).argmax(axis=1) == y[unseen]).mean()

    assert accuracy(features) > accuracy(X / 16) + 0.03


def test_given_block_equals_torch(rng):
    for _ in range(5):
        n, channels, count, h, w = *rng.integers(2, 5, 3), *2 * rng.integers(1, 5, 2)
        arrays = rng.normal(size=(n, channels, h, w)), rng.normal(size=(count, channels, 3, 3))
        gamma, beta = rng.normal(size=(2, count))
        param = {"mode": "train", "momentum": 0.7, "eps": 1e-3}
        out, cache = given.block_forward(*arrays, gamma, beta, param)

        x, filters, *scale = leaves = [leaf(array) for array in (*arrays, gamma, beta)]
        maps = torch.nn.functional.conv2d(x, filters, padding=1)
        normal = torch.nn.functional.batch_norm(maps, None, None, *scale, training=True, eps=1e-3)
        want = torch.nn.functional.max_pool2d(normal.relu(), 2)
        same(out, want.detach())
        same(param["running_mean"], 0.3 * maps.mean(dim=(0, 2, 3)).detach())
        dout = rng.normal(size=out.shape)
        for actual, expected in zip(
            given.block_backward(dout, cache), torch_gradients(want, dout, *leaves), strict=True
        ):
            same(actual, expected)

        running = [torch.tensor(param[f"running_{name}"]) for name in ("mean", "var")]
        normal = torch.nn.functional.batch_norm(maps, *running, *scale, eps=1e-3)
        want = torch.nn.functional.max_pool2d(normal.relu(), 2).detach()
        same(given.block_forward(*arrays, gamma, beta, {**param, "mode": "test"})[0], want)
