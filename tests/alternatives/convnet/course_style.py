"""A third right solution, as students of CS231n write: vectorised, with caches of its own form."""

import numpy as np
from numpy.lib.stride_tricks import as_strided


def to_gray(images):
    images = np.asarray(images, dtype=float)
    gray = 0.299 * images[..., 0] + 0.587 * images[..., 1] + 0.114 * images[..., 2]
    return np.expand_dims(gray, 1)


def _view(x, HH, WW, stride):
    N, C, H, W = x.shape
    shape = (N, C, (H - HH) // stride + 1, (W - WW) // stride + 1, HH, WW)
    sn, sc, sh, sw = x.strides
    return as_strided(x, shape, (sn, sc, sh * stride, sw * stride, sh, sw))


def cross_correlate(x, k):
    x = np.ascontiguousarray(x)
    return np.einsum("ncijuv,uv->ij", _view(x[None, None], *k.shape, 1), k)


def convolve(x, k):
    full = [x.shape[0] + k.shape[0] - 1, x.shape[1] + k.shape[1] - 1]
    y = np.fft.ifft2(np.fft.fft2(x, full) * np.fft.fft2(k, full)).real
    return y[k.shape[0] - 1 : x.shape[0], k.shape[1] - 1 : x.shape[1]]


def conv_matrix(k, shape):
    pixels = np.eye(shape[0] * shape[1]).reshape(-1, *shape)  # the answer to each single pixel
    return np.array([cross_correlate(pixel, k).ravel() for pixel in pixels]).T


def gabor_kernel(size, theta, wavelength, sigma, gamma, psi):
    if size % 2 == 0 or size < 1:
        raise ValueError(f"bad size {size}")
    axis = np.arange(size) - size // 2
    x, y = np.meshgrid(axis, axis)
    rotated = np.exp(-1j * theta) * (x + 1j * y)
    wave = np.cos(2 * np.pi * rotated.real / wavelength + psi)
    g = wave * np.exp(-((rotated.real / sigma) ** 2 + (gamma * rotated.imag / sigma) ** 2) / 2)
    g -= np.mean(g)
    return g


def conv_output_shape(image, kernel, stride=1, pad=0):
    H, W = (1 + (i + 2 * pad - k) // stride for i, k in zip(image, kernel, strict=True))
    if any(k > i + 2 * pad for i, k in zip(image, kernel, strict=True)):
        raise ValueError("too large")
    return int(H), int(W)


def receptive_field(layers):
    kernels, strides = np.array([k for k, _ in layers]), [s for _, s in layers]
    jumps = np.cumprod([1, *strides])[: len(layers)]
    return int(1 + np.sum((kernels - 1) * jumps)) if layers else 1


def stack_table(image, layers):
    shape, table = list(image), []
    for kind, *numbers in layers:
        parameters = 0
        if kind == "conv":
            parameters = np.prod([numbers[0], shape[0], numbers[1], numbers[1]]) + numbers[0]
            shape = [numbers[0], *conv_output_shape(shape[1:], [numbers[1]] * 2)]
        elif kind == "pool":
            shape = [shape[0], *conv_output_shape(shape[1:], [numbers[0]] * 2, numbers[0])]
        else:
            parameters = (np.prod(shape) + 1) * numbers[0]
            shape = [numbers[0], 1, 1]
        table.append((tuple(shape), int(parameters)))
    return table


def activation_memory(image, layers, batch_size, bytes_per_number=4):
    outputs = [np.prod(shape) for shape, _ in stack_table(image, layers)]
    return int(batch_size * bytes_per_number * (np.prod(image) + np.sum(outputs)))


def conv_forward_naive(x, w, b, conv_param):
    pad, s = conv_param["pad"], conv_param["stride"]
    N, _, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = int(1 + (H + 2 * pad - HH) / s), int(1 + (W + 2 * pad - WW) / s)
    x_pad = np.pad(x, ((0,), (0,), (pad,), (pad,)), "constant")
    out = np.zeros((N, F, H_out, W_out))
    for f in range(F):
        for i in range(H_out):
            for j in range(W_out):
                window = x_pad[:, :, i * s : i * s + HH, j * s : j * s + WW]
                out[:, f, i, j] = (window * w[f]).sum(axis=(1, 2, 3))
    out += b[None, :, None, None]
    return out, (x_pad, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x_pad, w, _, conv_param = cache  # the cache holds the padded images
    pad, s = conv_param["pad"], conv_param["stride"]
    HH, WW = w.shape[2:]
    dx_pad, dw = np.zeros_like(x_pad), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            place = np.s_[:, :, i * s : i * s + HH, j * s : j * s + WW]
            dw += np.tensordot(dout[:, :, i, j], x_pad[place], axes=([0], [0]))
            dx_pad[place] += np.tensordot(dout[:, :, i, j], w, axes=([1], [0]))
    H, W = x_pad.shape[2:]
    return dx_pad[:, :, pad : H - pad, pad : W - pad], dw, dout.sum((0, 2, 3))


def max_pool_forward_naive(x, pool_param):
    HH, WW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    return _view(x, HH, WW, s).max(axis=(4, 5)), (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    HH, WW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            place = np.s_[:, :, i * s : i * s + HH, j * s : j * s + WW]
            window = x[place]
            mask = window == window.max(axis=(2, 3), keepdims=True)
            dx[place] += mask * dout[:, :, i, j][:, :, None, None]
    return dx


def im2col(x, HH, WW, stride, pad):
    _, C, H, W = x.shape
    assert (H + 2 * pad - HH) % stride == 0, "height does not work"
    assert (W + 2 * pad - WW) % stride == 0, "width does not work"
    H_out, W_out = conv_output_shape((H, W), (HH, WW), stride, pad)
    channel, row, column = (index.reshape(-1, 1) for index in np.indices((C, HH, WW)))
    top, left = (stride * index.reshape(1, -1) for index in np.indices((H_out, W_out)))
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    return x_pad[:, channel, row + top, column + left]


def conv_forward_fast(x, w, b, conv_param):
    pad, s = conv_param["pad"], conv_param["stride"]
    assert (x.shape[2] + 2 * pad - w.shape[2]) % s == 0, "height does not work"
    assert (x.shape[3] + 2 * pad - w.shape[3]) % s == 0, "width does not work"
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = _view(x_pad, w.shape[2], w.shape[3], s)
    out = np.tensordot(windows, w, axes=([1, 4, 5], [1, 2, 3])) + b
    return out.transpose(0, 3, 1, 2), (x_pad, w, s, pad)


def conv_backward_fast(dout, cache):
    x_pad, w, s, pad = cache
    HH, WW = w.shape[2:]
    windows = _view(np.ascontiguousarray(x_pad), HH, WW, s)
    dw = np.tensordot(dout, windows, axes=([0, 2, 3], [0, 2, 3]))
    # dx is a full convolution of dout, spread out by the stride, with the flipped filters
    N, F, H_out, W_out = dout.shape
    spread = np.zeros((N, F, x_pad.shape[2] + HH - 1, x_pad.shape[3] + WW - 1))
    spread[:, :, HH - 1 :: s, WW - 1 :: s][:, :, :H_out, :W_out] = dout
    flipped = w[:, :, ::-1, ::-1]
    dx_pad = np.tensordot(_view(spread, HH, WW, 1), flipped, axes=([1, 4, 5], [0, 2, 3]))
    dx_pad = dx_pad.transpose(0, 3, 1, 2)
    H, W = x_pad.shape[2:]
    return dx_pad[:, :, pad : H - pad, pad : W - pad], dw, dout.sum(axis=(0, 2, 3))


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    D = x.shape[1]
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    cache = None
    if mode == "train":
        mu = x.mean(axis=0)
        xmu = x - mu
        var = np.mean(xmu**2, axis=0)
        ivar = (var + eps) ** -0.5
        out = xmu * ivar * gamma + beta
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
        cache = (x, mu, xmu, var, ivar, gamma, beta, eps)
    elif mode == "test":
        out = gamma * (x - running_mean) * (running_var + eps) ** -0.5 + beta
    else:
        raise ValueError(f"Invalid forward batchnorm mode {mode}")
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    x, _, xmu, var, ivar, gamma, _, eps = cache
    N = x.shape[0]
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * (var + eps) ** -1.5
    dmu = np.sum(-dxhat * ivar, axis=0) + dvar * np.mean(-2 * xmu, axis=0)
    dx = dxhat * ivar + dvar * 2 * xmu / N + dmu / N
    return dx, np.sum(dout * xmu * ivar, axis=0), np.sum(dout, axis=0)


def batchnorm_backward_alt(dout, cache):
    _, _, xmu, _, ivar, gamma, _, _ = cache
    N = dout.shape[0]
    xhat = xmu * ivar
    dbeta, dgamma = dout.sum(0), (dout * xhat).sum(0)
    return gamma * ivar / N * (N * dout - xhat * dgamma - dbeta), dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    out, cache = batchnorm_forward(x.T, 1, 0, {"mode": "train", **ln_param})
    return out.T * gamma + beta, (*cache, gamma)


def layernorm_backward(dout, cache):
    *cache, gamma = cache
    xhat = (cache[2] * cache[4]).T
    dx, _, _ = batchnorm_backward((dout * gamma).T, cache)
    return dx.T, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(np.swapaxes(x, 0, 1).reshape(C, -1).T, gamma, beta, bn_param)
    return np.swapaxes(out.T.reshape(C, N, H, W), 0, 1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(np.swapaxes(dout, 0, 1).reshape(C, -1).T, cache)
    return np.swapaxes(dx.T.reshape(C, N, H, W), 0, 1), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    x5 = x.reshape(N, G, C // G, H, W)
    mean, var = x5.mean(axis=(2, 3, 4), keepdims=True), x5.var(axis=(2, 3, 4), keepdims=True)
    eps = gn_param.get("eps", 1e-5)
    xhat = ((x5 - mean) / np.sqrt(var + eps)).reshape(N, C, H, W)
    return gamma * xhat + beta, (G, x5, mean, var, eps, xhat, gamma)


def spatial_groupnorm_backward(dout, cache):
    _, x5, mean, var, eps, xhat, gamma = cache
    dgamma = np.sum(dout * xhat, axis=(0, 2, 3))
    dbeta = np.sum(dout, axis=(0, 2, 3))  # (C,), as some editions of the course document it
    dxhat = (dout * gamma).reshape(x5.shape)
    axes, m = (2, 3, 4), np.prod(x5.shape[2:])
    dvar = np.sum(dxhat * (x5 - mean) * -0.5 * (var + eps) ** -1.5, axis=axes, keepdims=True)
    dmean = np.sum(-dxhat / np.sqrt(var + eps), axis=axes, keepdims=True)
    dx = dxhat / np.sqrt(var + eps) + dvar * 2 * (x5 - mean) / m + dmean / m
    return dx.reshape(dout.shape), dgamma, dbeta


def _block_forward(h, params, i, bn_param):
    w, conv_param = params[f"W{i}"], {"stride": 1, "pad": 1}
    h, conv = conv_forward_fast(h, w, np.zeros(w.shape[0]), conv_param)
    h, bn = spatial_batchnorm_forward(h, params[f"gamma{i}"], params[f"beta{i}"], bn_param)
    positive = h > 0
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    h, pool = max_pool_forward_naive(np.ascontiguousarray(h * positive), pool_param)
    return h, (conv, bn, positive, pool)


def _block_backward(dh, cache):
    conv, bn, positive, pool = cache
    dh, dgamma, dbeta = spatial_batchnorm_backward(max_pool_backward_naive(dh, pool) * positive, bn)
    dh, dw, _ = conv_backward_fast(dh, conv)
    return dh, dw, dgamma, dbeta


class ConvNet:
    def __init__(self, image=(1, 8, 8), filters=(16, 32), classes=10, reg=0.0, seed=0):
        rng = np.random.default_rng(seed)
        self.reg, self.params, self.bn_params = reg, {}, []
        channels, height, width = image
        for i, count in enumerate(filters, start=1):
            scale = np.sqrt(2 / (channels * 9))
            self.params[f"W{i}"] = scale * rng.normal(size=(count, channels, 3, 3))
            self.params[f"gamma{i}"] = np.ones(count)
            self.params[f"beta{i}"] = np.zeros(count)
            self.bn_params.append({"mode": "train"})
            channels, height, width = count, height // 2, width // 2
        self.params["W"] = 0.01 * rng.normal(size=(channels * height * width, classes))
        self.params["b"] = np.zeros(classes)

    def loss(self, X, y=None):
        for bn_param in self.bn_params:
            bn_param["mode"] = "test" if y is None else "train"
        h, caches = X, []
        for i, bn_param in enumerate(self.bn_params, start=1):
            h, cache = _block_forward(h, self.params, i, bn_param)
            caches.append(cache)
        features = h.reshape(h.shape[0], -1)
        scores = features.dot(self.params["W"]) + self.params["b"]
        if y is None:
            return scores
        shifted = scores - np.max(scores, axis=1, keepdims=True)
        Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
        N = X.shape[0]
        loss = np.mean(np.log(Z[:, 0]) - shifted[np.arange(N), y])
        dscores = np.exp(shifted) / Z
        dscores[np.arange(N), y] -= 1
        dscores /= N
        grads = {"W": features.T.dot(dscores), "b": dscores.sum(axis=0)}
        dh = dscores.dot(self.params["W"].T).reshape(h.shape)
        for i in range(len(caches), 0, -1):
            dh, dw, dgamma, dbeta = _block_backward(dh, caches[i - 1])
            grads.update({f"W{i}": dw, f"gamma{i}": dgamma, f"beta{i}": dbeta})
        for name, value in self.params.items():
            if value.ndim > 1:
                loss += self.reg * np.sum(value * value)
                grads[name] += 2 * self.reg * value
        return loss, grads

    def predict(self, X):
        return np.argmax(self.loss(X), axis=1)


def fit_digits(X, y, seed=0):
    """Adam, on batches drawn at random."""
    net = ConvNet(filters=(16, 32), reg=5e-3, seed=seed)
    rng = np.random.default_rng(seed)
    m = {name: np.zeros_like(value) for name, value in net.params.items()}
    v = {name: np.zeros_like(value) for name, value in net.params.items()}
    steps = 300
    for t in range(1, steps + 1):
        batch = rng.choice(len(X), size=64, replace=False)
        _, grads = net.loss(X[batch], y[batch])
        for name, g in grads.items():
            m[name] = 0.9 * m[name] + 0.1 * g
            v[name] = 0.99 * v[name] + 0.01 * g**2
            step = 0.02 * (1 - t / (steps + 1)) * m[name] / (1 - 0.9**t)
            net.params[name] -= step / (np.sqrt(v[name] / (1 - 0.99**t)) + 1e-8)
    return net


ANSWERS = dict(
    flattening="B",
    kind_of_matrix="D",
    kernel_not_flipped="A",
    moved_pattern="C",
    image_from_its_map="C",
    first_and_last_layer="A",
    pooling_learns="D",
    training_memory="B",
    visual_cortex="C",
    bias_before_batchnorm="A",
    batchnorm_place="D",
    batchnorm_first="B",
    one_image_or_many="C",
    why_it_regularises="D",
    what_santurkar_found="A",
    time_to_train="B",
    recurrent_networks="C",
)
