"""Convolutional networks: convolution, pooling, normalisation, and a small network that uses them.

A layer computes the cross-correlation of its input x with F filters w, plus a bias b,

    out[n, f, i, j] = b[f] + sum_{c, u, v} w[f, c, u, v] * padded[n, c, i*stride + u, j*stride + v]

and every normalisation here computes, with mean and variance over its own set of numbers,

    x_hat = (x - mean) / sqrt(var + eps)          out = gamma * x_hat + beta

Images are (N, C, H, W): N images, C channels, H rows, W columns. Interfaces follow CS231n.
Sources: LeCun et al., Gradient-based learning applied to document recognition (1998);
Ioffe and Szegedy, Batch Normalization (2015); Ba et al., Layer Normalization (2016);
Wu and He, Group Normalization (2018).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def to_gray(images: np.ndarray) -> np.ndarray:
    """Return colour images as grey ones, channels first.

    gray = 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601, what the eye weighs).

    Args:
        images: (N, H, W, 3) float or uint8, 0 to 255. Channels last. Not modified.

    Returns:
        gray: (N, 1, H, W) float64, 0 to 255. Channels first.
    """
    gray = images @ np.array([0.299, 0.587, 0.114])
    return gray[:, np.newaxis, :, :]


def cross_correlate(x: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Return the valid cross-correlation of one image with one kernel.

    y[i, j] = sum_{u, v} k[u, v] * x[i + u, j + v]

    Args:
        x: (H, W) float. One channel. Not modified.
        k: (HH, WW) float, HH <= H and WW <= W. Not modified.

    Returns:
        y: (H - HH + 1, W - WW + 1) float. Only the places where k lies wholly inside x.
    """
    (H, W), (HH, WW) = x.shape, k.shape
    y = np.empty((H - HH + 1, W - WW + 1))
    for i, j in np.ndindex(y.shape):
        y[i, j] = np.sum(k * x[i : i + HH, j : j + WW])
    return y


def convolve(x: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Return the valid convolution, in the mathematical sense, of one image with one kernel.

    y[i, j] = sum_{u, v} k[u, v] * x[i + HH - 1 - u, j + WW - 1 - v]

    Args:
        x: (H, W) float. One channel. Not modified.
        k: (HH, WW) float, HH <= H and WW <= W. Not modified.

    Returns:
        y: (H - HH + 1, W - WW + 1) float.
    """
    flipped = k[::-1, ::-1]
    windows = sliding_window_view(x, flipped.shape)  # windows[i, j, u, v] = x[i + u, j + v]
    return np.einsum("uv,ijuv->ij", flipped, windows)


def conv_matrix(k: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the matrix K with K @ x.ravel() == cross_correlate(x, k).ravel() for every image x.

    Args:
        k: (HH, WW) float. Not modified.
        shape: (H, W), the image's shape.

    Returns:
        K: (H' * W', H * W) float, H' = H - HH + 1 and W' = W - WW + 1. Doubly block Toeplitz;
            rows and columns in row-major order, numpy's own.
    """
    (H, W), (HH, WW) = shape, k.shape
    H_out, W_out = H - HH + 1, W - WW + 1
    K = np.zeros((H_out, W_out, *shape))
    for i, j in np.ndindex(H_out, W_out):
        K[i, j, i : i + HH, j : j + WW] = k
    return K.reshape(H_out * W_out, -1)


def gabor_kernel(
    size: int, theta: float, wavelength: float, sigma: float, gamma: float, psi: float
) -> np.ndarray:
    """Return a Gabor filter: a wave under a Gaussian window, with mean zero.

    x' =  x cos(theta) + y sin(theta)          x grows to the right, y downwards,
    y' = -x sin(theta) + y cos(theta)          both 0 at the centre
    g  = exp(-(x'^2 + gamma^2 y'^2) / (2 sigma^2)) * cos(2 pi x' / wavelength + psi)

    Args:
        size: odd int. Rows and columns.
        theta: float, radians. Direction in which the wave runs; 0 gives vertical stripes.
        wavelength: float > 0, pixels per period.
        sigma: float > 0, pixels. Width of the window along the wave.
        gamma: float > 0. Aspect ratio; below 1 the window is longer along the stripes.
        psi: float, radians. Phase; 0 is even (a bar), pi/2 is odd (an edge).

    Returns:
        kernel: (size, size) float64. g minus its own mean, so that it sums to 0.

    Raises:
        ValueError: size is not odd and positive.
    """
    if size < 1 or size % 2 == 0:
        raise ValueError(f"size must be odd and positive, got {size}")
    half = size // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    along = x * np.cos(theta) + y * np.sin(theta)
    across = -x * np.sin(theta) + y * np.cos(theta)
    window = np.exp(-(along**2 + gamma**2 * across**2) / (2 * sigma**2))
    g = window * np.cos(2 * np.pi * along / wavelength + psi)
    return g - g.mean()


def conv_output_shape(
    image: tuple[int, int], kernel: tuple[int, int], stride: int = 1, pad: int = 0
) -> tuple[int, int]:
    """Return the height and width of what a sliding window leaves of an image.

    H' = 1 + floor((H + 2 pad - HH) / stride), and the same for the width.

    Args:
        image: (H, W).
        kernel: (HH, WW).
        stride: int >= 1. Rows (columns) from one window to the next.
        pad: int >= 0. Zeros added on each of the four sides.

    Returns:
        (H', W'): two ints. Rows and columns that do not fill a last window are left out.

    Raises:
        ValueError: the kernel is larger than the padded image.
    """
    H, W = image
    HH, WW = kernel
    if H + 2 * pad < HH or W + 2 * pad < WW:
        padded = (H + 2 * pad, W + 2 * pad)
        raise ValueError(f"kernel must fit into the padded image {padded}, got {(HH, WW)}")
    return 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride


def receptive_field(layers: list[tuple[int, int]]) -> int:
    """Return how many input pixels, along one side, one output of a stack can see.

    Args:
        layers: (kernel, stride) of each convolution or pooling layer, first layer first.

    Returns:
        size: int >= 1. An empty stack sees one pixel.
    """
    size, jump = 1, 1  # jump: input pixels between two neighbouring outputs
    for kernel, stride in layers:
        size += (kernel - 1) * jump
        jump *= stride
    return size


def stack_table(
    image: tuple[int, int, int], layers: list[tuple]
) -> list[tuple[tuple[int, int, int], int]]:
    """Return the output shape and the number of learned numbers of each layer of a stack.

    Args:
        image: (C, H, W) of the input.
        layers: first layer first, each one of
            ("conv", filters, kernel): square kernel, stride 1, no padding, one bias per filter;
            ("pool", size): square windows side by side (stride = size), what is left over dropped;
            ("dense", units): fully connected, on the flattened input, one bias per unit.

    Returns:
        table: one ((C, H, W), parameters) per layer, ints. A dense layer's shape is (units, 1, 1).

    Raises:
        ValueError: the kind of a layer is unknown.
    """
    table = []
    C, H, W = image
    for kind, *sizes in layers:
        match kind:
            case "conv":
                filters, kernel = sizes
                parameters = filters * (C * kernel * kernel + 1)
                C, H, W = filters, H - kernel + 1, W - kernel + 1
            case "pool":
                (size,) = sizes
                parameters = 0
                H, W = H // size, W // size
            case "dense":
                (units,) = sizes
                parameters = units * (C * H * W + 1)
                C, H, W = units, 1, 1
            case _:
                raise ValueError(f"kind must be conv, pool or dense, got {kind}")
        table.append(((C, H, W), parameters))
    return table


def activation_memory(
    image: tuple[int, int, int], layers: list[tuple], batch_size: int, bytes_per_number: int = 4
) -> int:
    """Return the bytes that a training step keeps for the backward pass.

    Counted are the input and every layer's output, for every image of the batch.

    Args:
        image: (C, H, W) of the input.
        layers: as in `stack_table`.
        batch_size: int >= 1.
        bytes_per_number: int. 4 for float32.

    Returns:
        bytes: int.
    """
    C, H, W = image
    numbers = C * H * W
    for layer in layers:
        match layer:
            case "conv", filters, kernel:
                C, H, W = filters, H - kernel + 1, W - kernel + 1
            case "pool", size:
                H, W = H // size, W // size
            case "dense", units:
                C, H, W = units, 1, 1
        numbers += C * H * W
    return numbers * batch_size * bytes_per_number


def zero_pad(x: np.ndarray, pad: int) -> np.ndarray:
    """Return (N, C, H, W) images with `pad` zeros on each of their four sides, as a copy."""
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def window_at(i: int, j: int, height: int, width: int, stride: int) -> tuple[slice, slice]:
    """Return the rows and the columns of an image that the window of output (i, j) covers."""
    top, left = i * stride, j * stride
    return slice(top, top + height), slice(left, left + width)


def conv_forward_naive(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict
) -> tuple[np.ndarray, tuple]:
    """Return the output of a convolutional layer, window by window.

    Args:
        x: (N, C, H, W) float. Not modified.
        w: (F, C, HH, WW) float. F filters, not flipped. Not modified.
        b: (F,) float. Not modified.
        conv_param: "stride": int >= 1, "pad": int >= 0 zeros on each side of each image.

    Returns:
        out: (N, F, H', W') float, H' = 1 + (H + 2 pad - HH) // stride, W' likewise.
        cache: (x, w, b, conv_param), for the backward pass.
    """
    stride, pad = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    padded = zero_pad(x, pad)
    H, W = padded.shape[2:]
    out = np.empty((len(x), len(w), 1 + (H - HH) // stride, 1 + (W - WW) // stride))
    for n, f, i, j in np.ndindex(out.shape):
        rows, columns = window_at(i, j, HH, WW, stride)
        out[n, f, i, j] = np.sum(padded[n, :, rows, columns] * w[f]) + b[f]
    return out, (x, w, b, conv_param)


def conv_backward_naive(
    dout: np.ndarray, cache: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of a convolutional layer, window by window.

    Args:
        dout: (N, F, H', W') float. Gradient of the loss with respect to the layer's output.
            Not modified.
        cache: (x, w, b, conv_param), as conv_forward_naive returned it. Not modified.

    Returns:
        dx: (N, C, H, W) float.
        dw: (F, C, HH, WW) float. Summed over images and places.
        db: (F,) float. Summed over images and places.
    """
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    padded = zero_pad(x, pad)
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for n, f, i, j in np.ndindex(dout.shape):
        rows, columns = window_at(i, j, HH, WW, stride)
        dw[f] += dout[n, f, i, j] * padded[n, :, rows, columns]
        dpadded[n, :, rows, columns] += dout[n, f, i, j] * w[f]
    H, W = x.shape[2:]
    dx = dpadded[:, :, pad : pad + H, pad : pad + W]
    db = dout.sum(axis=(0, 2, 3))
    return dx, dw, db


def max_pool_forward_naive(x: np.ndarray, pool_param: dict) -> tuple[np.ndarray, tuple]:
    """Return the largest number of each window of each channel.

    Args:
        x: (N, C, H, W) float. Not modified.
        pool_param: "pool_height", "pool_width": int, the window; "stride": int >= 1. Windows
            overlap where the stride is smaller than the window.

    Returns:
        out: (N, C, H', W') float, H' = 1 + (H - pool_height) // stride, W' likewise.
        cache: (x, pool_param), for the backward pass.
    """
    height, width, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    N, C, H, W = x.shape
    out = np.empty((N, C, 1 + (H - height) // stride, 1 + (W - width) // stride))
    for i, j in np.ndindex(out.shape[2:]):
        rows, columns = window_at(i, j, height, width, stride)
        out[:, :, i, j] = x[:, :, rows, columns].max(axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout: np.ndarray, cache: tuple) -> np.ndarray:
    """Return the gradient of max pooling: each window hands its own to its largest number.

    Args:
        dout: (N, C, H', W') float. Gradient of the loss with respect to the layer's output.
            Not modified.
        cache: (x, pool_param), as max_pool_forward_naive returned it. Not modified.

    Returns:
        dx: (N, C, H, W) float. A number that is the largest of several overlapping windows gets
            the sum of their gradients. Which of two equal numbers gets it is not fixed.
    """
    x, pool_param = cache
    height, width, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    N, C = x.shape[:2]
    n, c = np.ogrid[:N, :C]
    dx = np.zeros_like(x)
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = window_at(i, j, height, width, stride)
        largest = x[:, :, rows, columns].reshape(N, C, -1).argmax(axis=2)
        row, column = np.divmod(largest, width)
        dx[n, c, rows.start + row, columns.start + column] += dout[:, :, i, j]
    return dx


def im2col(x: np.ndarray, HH: int, WW: int, stride: int, pad: int) -> np.ndarray:
    """Return every window of every image as a column.

    Args:
        x: (N, C, H, W) float. Not modified.
        HH, WW: int. The window's height and width.
        stride: int >= 1.
        pad: int >= 0. Zeros on each side of each image.

    Returns:
        columns: (N, C * HH * WW, H' * W') float. Column i * W' + j of image n is the window at
            (i, j), all its channels, in the order of a filter's w[f].ravel().
    """
    windows = sliding_window_view(zero_pad(x, pad), (HH, WW), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]  # (N, C, H', W', HH, WW), nothing copied yet
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(len(x), x.shape[1] * HH * WW, -1)


def conv_forward_fast(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict
) -> tuple[np.ndarray, tuple]:
    """Return what conv_forward_naive returns, by one matrix product per image.

    Args and Returns: as conv_forward_naive.
    """
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, C, HH, WW = w.shape
    windows = sliding_window_view(zero_pad(x, pad), (HH, WW), axis=(2, 3))[:, :, ::stride, ::stride]
    N, _, H_out, W_out = windows.shape[:4]
    columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * HH * WW, H_out * W_out)
    out = w.reshape(F, -1) @ columns + b[:, np.newaxis]
    return out.reshape(N, F, H_out, W_out), (x, w, b, conv_param)


def conv_backward_fast(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what conv_backward_naive returns, with no Python loop over images or places.

    Args and Returns: as conv_backward_naive.
    """
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = dout.shape[2:]
    dflat = dout.reshape(N, F, -1)

    # The columns are HH * WW times the size of x: building them again is cheaper than keeping them.
    windows = sliding_window_view(zero_pad(x, pad), (HH, WW), axis=(2, 3))[:, :, ::stride, ::stride]
    columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * HH * WW, H_out * W_out)
    dw = np.matmul(dflat, columns.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dcolumns = (w.reshape(F, -1).T @ dflat).reshape(N, C, HH, WW, H_out, W_out)

    dpadded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for u, v in np.ndindex(HH, WW):
        rows = slice(u, u + stride * H_out, stride)
        places = slice(v, v + stride * W_out, stride)
        dpadded[:, :, rows, places] += dcolumns[:, :, u, v]
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def batchnorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict
) -> tuple[np.ndarray, tuple]:
    """Return each feature normalised over the rows of the batch, then scaled and shifted.

    Args:
        x: (N, D) float. Not modified.
        gamma, beta: (D,) float. Scale and shift. Not modified.
        bn_param: updated in place.
            "mode": "train" (mean and variance of this batch) or "test" (the running ones);
            "eps": float, default 1e-5. Added to the variance, inside the square root;
            "momentum": float, default 0.9. The share of the *old* running value that stays
                (torch's `momentum` is the share of the new one, 1 minus ours);
            "running_mean", "running_var": (D,) float, default zeros. In train mode replaced by
                running = momentum * running + (1 - momentum) * batch's own, the variance
                divided by N (torch divides by N - 1 here). In test mode left alone.

    Returns:
        out: (N, D) float.
        cache: (x_hat, std, gamma) in train mode: (N, D) x_hat = (x - mean) / std, (D,)
            std = sqrt(var + eps), (D,) gamma. None in test mode.

    Raises:
        ValueError: the mode is neither.
    """
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1]))

    if mode == "test":
        x_hat = (x - running_mean) / np.sqrt(running_var + eps)
        return gamma * x_hat + beta, None
    if mode != "train":
        raise ValueError(f'mode must be "train" or "test", got {mode!r}')

    mean, var = x.mean(axis=0), x.var(axis=0)
    bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
    bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    std = np.sqrt(var + eps)
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)


def batchnorm_backward(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of train-mode BatchNorm, one step of the graph at a time.

    Args:
        dout: (N, D) float. Gradient of the loss with respect to the layer's output. Not modified.
        cache: (x_hat, std, gamma), as batchnorm_forward returned it. Not modified.

    Returns:
        dx: (N, D) float.
        dgamma, dbeta: (D,) float. Summed over the rows.
    """
    x_hat, std, gamma = cache
    N = len(dout)
    centred = x_hat * std

    dbeta = dout.sum(axis=0)  # out = gamma * x_hat + beta
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    dcentred = dx_hat / std  # x_hat = centred / std
    dstd = -(dx_hat * centred).sum(axis=0) / std**2
    dvar = dstd / (2 * std)  # std = sqrt(var + eps)
    dcentred += 2 * centred * dvar / N  # var = mean(centred^2)
    dmean = -dcentred.sum(axis=0)  # centred = x - mean
    dx = dcentred + dmean / N  # mean = mean(x)
    return dx, dgamma, dbeta


def batchnorm_backward_alt(
    dout: np.ndarray, cache: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what batchnorm_backward returns, by the formula that is left after simplifying.

    dx = gamma / (N std) * (N dout - dbeta - x_hat dgamma)

    Args and Returns: as batchnorm_backward.
    """
    x_hat, std, gamma = cache
    N = len(dout)
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx = gamma / (N * std) * (N * dout - dbeta - x_hat * dgamma)
    return dx, dgamma, dbeta


def layernorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, ln_param: dict
) -> tuple[np.ndarray, tuple]:
    """Return each row normalised over its own features, then scaled and shifted.

    Args:
        x: (N, D) float. Not modified.
        gamma, beta: (D,) float. Scale and shift, one per feature. Not modified.
        ln_param: "eps": float, default 1e-5. There is no mode and nothing runs: a row never
            depends on the others.

    Returns:
        out: (N, D) float.
        cache: (x_hat, std, gamma): (N, D), (N, 1) sqrt(var + eps), (D,).
    """
    eps = ln_param.get("eps", 1e-5)
    std = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=1, keepdims=True)) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)


def layernorm_backward(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of layer normalisation.

    Args:
        dout: (N, D) float. Gradient of the loss with respect to the layer's output. Not modified.
        cache: (x_hat, std, gamma), as layernorm_forward returned it. Not modified.

    Returns:
        dx: (N, D) float.
        dgamma, dbeta: (D,) float. Summed over the rows.
    """
    x_hat, std, gamma = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    shared = dx_hat.mean(axis=1, keepdims=True)
    aligned = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    dx = (dx_hat - shared - x_hat * aligned) / std
    return dx, dgamma, dbeta


def spatial_batchnorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict
) -> tuple[np.ndarray, tuple]:
    """Return each channel normalised over all images and all places, then scaled and shifted.

    Args:
        x: (N, C, H, W) float. Not modified.
        gamma, beta: (C,) float. Scale and shift, one per channel. Not modified.
        bn_param: as batchnorm_forward; "running_mean" and "running_var" are (C,).

    Returns:
        out: (N, C, H, W) float.
        cache: what batchnorm_forward returned for the (N * H * W, C) table of pixels.
    """
    N, C, H, W = x.shape
    pixels = x.transpose(0, 2, 3, 1).reshape(-1, C)
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean, running_var = bn_param.get("running_mean", 0.0), bn_param.get("running_var", 0.0)
    if mode == "test":
        mean, var = running_mean, running_var
    else:
        mean, var = pixels.mean(axis=0), pixels.var(axis=0)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var

    std = np.sqrt(var + eps)
    x_hat = (pixels - mean) / std
    out = gamma * x_hat + beta
    cache = (x_hat, std, gamma) if mode == "train" else None
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(
    dout: np.ndarray, cache: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of train-mode spatial BatchNorm.

    Args:
        dout: (N, C, H, W) float. Gradient of the loss with respect to the layer's output.
            Not modified.
        cache: as spatial_batchnorm_forward returned it. Not modified.

    Returns:
        dx: (N, C, H, W) float.
        dgamma, dbeta: (C,) float. Summed over images and places.
    """
    x_hat, std, gamma = cache
    N, C, H, W = dout.shape
    dpixels = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    M = N * H * W
    dbeta = dpixels.sum(axis=0)
    dgamma = (dpixels * x_hat).sum(axis=0)
    dx = gamma / (M * std) * (M * dpixels - dbeta - x_hat * dgamma)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


def spatial_groupnorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, G: int, gn_param: dict
) -> tuple[np.ndarray, tuple]:
    """Return each image normalised over each of its G groups of neighbouring channels.

    Args:
        x: (N, C, H, W) float. Not modified.
        gamma, beta: (1, C, 1, 1) float. Scale and shift, one per channel. Not modified.
        G: int that divides C. Group g holds the C/G channels from g * C/G on.
        gn_param: "eps": float, default 1e-5.

    Returns:
        out: (N, C, H, W) float.
        cache: (x_hat, std, gamma): (N, C, H, W), (N, G, 1) sqrt(var + eps), (1, C, 1, 1).
    """
    grouped = x.reshape(len(x), G, -1)
    std = np.sqrt(grouped.var(axis=2, keepdims=True) + gn_param.get("eps", 1e-5))
    x_hat = ((grouped - grouped.mean(axis=2, keepdims=True)) / std).reshape(x.shape)
    return gamma * x_hat + beta, (x_hat, std, gamma)


def spatial_groupnorm_backward(
    dout: np.ndarray, cache: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of group normalisation.

    Args:
        dout: (N, C, H, W) float. Gradient of the loss with respect to the layer's output.
            Not modified.
        cache: (x_hat, std, gamma), as spatial_groupnorm_forward returned it. Not modified.

    Returns:
        dx: (N, C, H, W) float.
        dgamma, dbeta: (1, C, 1, 1) float, or (C,). Summed over images and places.
    """
    x_hat, std, gamma = cache
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)

    N, G, _ = std.shape
    dx_hat, x_hat = (dout * gamma).reshape(N, G, -1), x_hat.reshape(N, G, -1)
    shared = dx_hat.mean(axis=2, keepdims=True)
    aligned = (dx_hat * x_hat).mean(axis=2, keepdims=True)
    dx = (dx_hat - shared - x_hat * aligned) / std
    return dx.reshape(dout.shape), dgamma, dbeta


def affine_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Return x @ w + b with each of the N inputs flattened: (N, ...), (D, M), (M,) -> (N, M)."""
    return x.reshape(len(x), -1) @ w + b, (x, w)


def affine_backward(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return dx (shape of x), dw (D, M) and db (M,) from dout (N, M)."""
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)
    return dx, x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def relu_forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return max(0, x), and x as the cache."""
    return np.maximum(0, x), x


def relu_backward(dout: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return dout where x > 0, and 0 elsewhere."""
    return dout * (x > 0)


def softmax_loss(scores: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean cross-entropy of (N, classes) scores with labels y, and its gradient."""
    shifted = scores - scores.max(axis=1, keepdims=True)  # exp cannot overflow
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(y))
    dscores = np.exp(log_p)
    dscores[rows, y] -= 1
    return float(-log_p[rows, y].mean()), dscores / len(y)


class ConvNet:
    """A small network: blocks of convolution, BatchNorm, ReLU and pooling, then class scores.

    One block is conv 3x3 (stride 1, pad 1, no bias) - spatial BatchNorm - ReLU - max pooling 2x2.
    After the last block one affine layer gives the scores.

    Attributes:
        params: arrays by name. For block i = 1, 2, ...: "W<i>" (F, C, 3, 3), "gamma<i>" and
            "beta<i>" (F,); for the affine layer "W" (features, classes) and "b" (classes,).
        bn_params: the blocks' bn_param, first block first.
        reg: float. The loss has reg * (sum of the squares of every W<i> and of W).
    """

    def __init__(
        self,
        image: tuple[int, int, int] = (1, 8, 8),
        filters: tuple[int, ...] = (16, 32),
        classes: int = 10,
        reg: float = 0.0,
        seed: int = 0,
    ) -> None:
        """Draw the filters by He's rule, std sqrt(2 / inputs), and small weights for the scores."""
        rng = np.random.default_rng(seed)
        channels, height, width = image
        self.reg = reg
        self.params = {}
        self.bn_params = []
        for i, count in enumerate(filters, start=1):
            scale = np.sqrt(2 / (channels * 9))
            self.params[f"W{i}"] = scale * rng.normal(size=(count, channels, 3, 3))
            self.params[f"gamma{i}"] = np.ones(count)
            self.params[f"beta{i}"] = np.zeros(count)
            self.bn_params.append({"mode": "train", "eps": 1e-5, "momentum": 0.9})
            channels, height, width = count, height // 2, width // 2
        features = channels * height * width
        self.params["W"] = 0.01 * rng.normal(size=(features, classes))  # scores near 0 at the start
        self.params["b"] = np.zeros(classes)

    def loss(
        self, X: np.ndarray, y: np.ndarray | None = None
    ) -> np.ndarray | tuple[float, dict[str, np.ndarray]]:
        """Return the scores of images, or the loss of labelled ones and its gradient.

        Without y every BatchNorm is in test mode, with y in train mode.

        Args:
            X: (N, C, H, W) float. Not modified.
            y: (N,) int in [0, classes), or None. Not modified.

        Returns:
            scores: (N, classes) float, if y is None.
            loss, grads: otherwise. The mean cross-entropy over the N images plus the
                regularisation, and its gradient by the names of `params`.
        """
        blocks = range(1, len(self.bn_params) + 1)
        conv_param = {"stride": 1, "pad": 1}
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        params, caches = self.params, {}

        h = X
        for i in blocks:
            w, gamma, beta = params[f"W{i}"], params[f"gamma{i}"], params[f"beta{i}"]
            bn_param = self.bn_params[i - 1]
            bn_param["mode"] = "test" if y is None else "train"
            h, conv_cache = conv_forward_fast(h, w, np.zeros(len(w)), conv_param)
            h, bn_cache = spatial_batchnorm_forward(h, gamma, beta, bn_param)
            h, relu_cache = relu_forward(h)
            h, pool_cache = max_pool_forward_naive(h, pool_param)
            caches[i] = conv_cache, bn_cache, relu_cache, pool_cache
        scores, affine_cache = affine_forward(h, params["W"], params["b"])
        if y is None:
            return scores

        loss, dscores = softmax_loss(scores, y)
        grads = {}
        dh, grads["W"], grads["b"] = affine_backward(dscores, affine_cache)
        for i in reversed(blocks):
            conv_cache, bn_cache, relu_cache, pool_cache = caches[i]
            dh = max_pool_backward_naive(dh, pool_cache)
            dh = relu_backward(dh, relu_cache)
            dh, grads[f"gamma{i}"], grads[f"beta{i}"] = spatial_batchnorm_backward(dh, bn_cache)
            dh, grads[f"W{i}"], _ = conv_backward_fast(dh, conv_cache)

        for name in ("W", *(f"W{i}" for i in blocks)):
            loss += self.reg * np.sum(params[name] ** 2)
            grads[name] += 2 * self.reg * params[name]
        return float(loss), grads

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the class with the highest score: (N, C, H, W) float -> (N,) int."""
        return self.loss(X).argmax(axis=1)


def fit_digits(X: np.ndarray, y: np.ndarray, seed: int = 0) -> ConvNet:
    """Return a ConvNet trained on 8x8 digits by mini-batch gradient descent with momentum.

    Args:
        X: (N, 1, 8, 8) float, 0 to 16. Not modified.
        y: (N,) int in [0, 10). Not modified.
        seed: int. Fixes the weights at the start and the order of the batches.

    Returns:
        net: ConvNet, image (1, 8, 8), 10 classes.
    """
    epochs, batch_size, learning_rate, momentum = 10, 50, 0.1, 0.9
    net = ConvNet(filters=(16, 32), reg=1e-2, seed=seed)
    rng = np.random.default_rng(seed)
    velocity = {name: np.zeros_like(value) for name, value in net.params.items()}
    for epoch in range(epochs):
        order = rng.permutation(len(X))
        step = learning_rate * (1 - epoch / epochs)
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            _, grads = net.loss(X[batch], y[batch])
            for name, grad in grads.items():
                velocity[name] = momentum * velocity[name] - step * grad
                net.params[name] += velocity[name]
    return net


ANSWERS = {
    # Lecture 001 prints K x = 35, 65, 45, 75 and then calls it the same as 37, 47, 67, 77. The
    # first four numbers come out when
    #   a: the kernel is flipped       b: x is flattened column by column (1, 4, 7, 2, ...)
    #   c: the image is padded         d: K is transposed
    "flattening": "b",
    # Its K, for a kernel that stays inside the image, is
    #   a: doubly block circulant      b: orthogonal      c: diagonal
    #   d: doubly block Toeplitz; circulant only if the kernel wrapped round the borders
    "kind_of_matrix": "d",
    # A convolutional layer computes a cross-correlation: it does not flip its kernel. What is lost?
    #   a: nothing: the weights are learned, and learning finds them flipped or not
    #   b: the gradient                c: every second frequency      d: the sign of the output
    "kernel_not_flipped": "a",
    # A pattern in the image moves three pixels to the right (stride 1, no border near). Its
    # feature map
    #   a: stays as it is              b: changes everywhere, as a dense layer's outputs would
    #   c: moves three pixels too      d: becomes zero
    "moved_pattern": "c",
    # K is 4 x 9. Who knows K and K x knows the image x?
    #   a: yes, x = inverse(K) (K x)   b: yes, by back substitution
    #   c: no: four numbers cannot fix nine, and x + v gives the same K x wherever K v = 0
    #   d: only if the image is padded first
    "image_from_its_map": "c",
    # "The first layer must be convolutional and the last one fully connected" (lecture 004) is
    #   a: a habit: networks that only convolve end in an average over all places, and work
    #   b: a law: nothing else has a gradient     c: a law for colour images
    #   d: needed, because a softmax cannot follow anything else
    "first_and_last_layer": "a",
    # "No learning takes place on the pooling layers." A 2x2 max pooling of 64 channels learns
    #   a: 4 numbers                   b: 64 numbers
    #   c: 256 numbers                 d: none, but hands the gradient on to the layers below
    "pooling_learns": "d",
    # "During training convolutional layers require a huge amount of RAM", mostly for
    #   a: the filters                 b: every layer's output, kept for each image of the batch
    #   c: the labels                  d: the gradient of the loss with respect to the filters
    "training_memory": "b",
    # Which idea of the visual cortex is in a convolutional layer?
    #   a: learning by backpropagation            b: a probability for every class
    #   c: cells that see a small part of the picture, combined into wider ones by later layers
    #   d: many copies of one cell that change their weights together
    "visual_cortex": "c",
    # The convolution right before a BatchNorm has a bias. That bias
    #   a: is taken out again with the mean, and beta does its work    b: doubles gamma
    #   c: keeps the variance from being zero                         d: must start at 1
    "bias_before_batchnorm": "a",
    # BatchNorm stands
    #   a: always before the activation           b: always after it
    #   c: only in the first layer     d: before it (the first paper) or after it: both are in use
    "batchnorm_place": "d",
    # BatchNorm is the very first layer, gamma = 1 and beta = 0. Standardising the data before it
    #   a: is still needed             b: changes nothing: mean 0 and std 1 come out either way
    #   c: makes the gradient vanish   d: doubles the standard deviation
    "batchnorm_first": "b",
    # A trained network classifies one image, once alone and once in a batch of 100. BatchNorm gives
    #   a: different outputs, always   b: the same output in train mode
    #   c: the same output in test mode, which uses the running averages         d: an error
    "one_image_or_many": "c",
    # "BN acts like a regularizer", because in training
    #   a: it adds the squares of the weights to the loss     b: it removes half of the neurons
    #   c: gamma is kept below 1       d: each row is normalised with its batch mates, who change
    "why_it_regularises": "d",
    # The lecture says that BN stabilises the distribution of a layer's inputs, and cites Santurkar
    # et al. (2018). They found that
    #   a: the gain goes with a smoother loss; the inputs' distribution need not be more stable
    #   b: the gain comes from stable inputs only     c: BN does not help     d: BN is dropout
    "what_santurkar_found": "a",
    # "Each epoch takes much more time when BN is in use." A network with BN
    #   a: needs just as many epochs   b: usually needs far fewer epochs, so less time in the end
    #   c: needs more epochs           d: cannot be trained with mini-batches
    "time_to_train": "b",
    # BatchNorm is "tricky to use in RNNs", because
    #   a: an RNN has no activations   b: an RNN cannot use mini-batches
    #   c: the statistics differ from step to step, and sequences have different lengths
    #   d: gradient clipping already does the same
    "recurrent_networks": "c",
}
