"""A second right solution: plain Python loops wherever speed allows, and dictionaries as caches."""

import math

import numpy as np


def to_gray(images):
    N, H, W, _ = images.shape
    gray = np.zeros((N, 1, H, W))
    for n in range(N):
        for i in range(H):
            for j in range(W):
                red, green, blue = (float(v) for v in images[n, i, j])
                gray[n, 0, i, j] = 0.299 * red + 0.587 * green + 0.114 * blue
    return gray


def cross_correlate(x, k):
    rows = []
    for i in range(x.shape[0] - k.shape[0] + 1):
        row = []
        for j in range(x.shape[1] - k.shape[1] + 1):
            total = 0.0
            for u in range(k.shape[0]):
                for v in range(k.shape[1]):
                    total += k[u, v] * x[i + u, j + v]
            row.append(total)
        rows.append(row)
    return np.array(rows)


def convolve(x, k):
    HH, WW = k.shape
    y = np.zeros((x.shape[0] - HH + 1, x.shape[1] - WW + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            for u in range(HH):
                for v in range(WW):
                    y[i, j] += k[u, v] * x[i + HH - 1 - u, j + WW - 1 - v]
    return y


def conv_matrix(k, shape):
    H, W = shape
    rows = []
    for i in range(H - k.shape[0] + 1):
        for j in range(W - k.shape[1] + 1):
            row = [0.0] * (H * W)
            for u in range(k.shape[0]):
                for v in range(k.shape[1]):
                    row[(i + u) * W + (j + v)] = k[u, v]
            rows.append(row)
    return np.array(rows)


def gabor_kernel(size, theta, wavelength, sigma, gamma, psi):
    if size <= 0 or size % 2 != 1:
        raise ValueError("size")
    half = (size - 1) // 2
    kernel = np.zeros((size, size))
    for row in range(size):
        for column in range(size):
            x, y = column - half, row - half
            xr = x * math.cos(theta) + y * math.sin(theta)
            yr = y * math.cos(theta) - x * math.sin(theta)
            envelope = math.exp(-0.5 * (xr**2 + (gamma * yr) ** 2) / sigma**2)
            kernel[row, column] = envelope * math.cos(2 * math.pi / wavelength * xr + psi)
    return kernel - sum(kernel.ravel()) / size**2


def conv_output_shape(image, kernel, stride=1, pad=0):
    counts = []
    for side, window in zip(image, kernel, strict=True):
        count, first = 0, -pad
        while first + window <= side + pad:
            count, first = count + 1, first + stride
        if count == 0:
            raise ValueError("the kernel is larger than the image")
        counts.append(count)
    return tuple(counts)


def receptive_field(layers):
    size = 1
    for kernel, stride in reversed(layers):  # from the output back to the pixels
        size = (size - 1) * stride + kernel
    return size


def stack_table(image, layers):
    table, before = [], image
    for layer in layers:
        C, H, W = before
        if layer[0] == "conv":
            _, F, k = layer
            after, parameters = (F, H - k + 1, W - k + 1), F * C * k**2 + F
        elif layer[0] == "pool":
            after, parameters = (C, H // layer[1], W // layer[1]), 0
        else:
            after, parameters = (layer[1], 1, 1), C * H * W * layer[1] + layer[1]
        table.append((after, parameters))
        before = after
    return table


def activation_memory(image, layers, batch_size, bytes_per_number=4):
    total = math.prod(image)
    for shape, _ in stack_table(image, layers):
        total += math.prod(shape)
    return total * batch_size * bytes_per_number


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    total = b[f]
                    for c in range(C):
                        for u in range(HH):
                            for v in range(WW):
                                row, column = i * stride + u - pad, j * stride + v - pad
                                if 0 <= row < H and 0 <= column < W:
                                    total += w[f, c, u, v] * x[n, c, row, column]
                    out[n, f, i, j] = total
    return out, {"x": x, "w": w, "param": conv_param}


def conv_backward_naive(dout, cache):
    if isinstance(cache, tuple):
        cache = {"x": cache[0], "w": cache[1], "param": cache[3]}
    x, w, stride, pad = cache["x"], cache["w"], cache["param"]["stride"], cache["param"]["pad"]
    _, C, H, W = x.shape
    F, _, HH, WW = w.shape
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(F)
    for n, f, i, j in np.ndindex(dout.shape):
        delta = dout[n, f, i, j]
        db[f] += delta
        for c, u, v in np.ndindex(C, HH, WW):
            row, column = i * stride + u - pad, j * stride + v - pad
            if 0 <= row < H and 0 <= column < W:
                dw[f, c, u, v] += delta * x[n, c, row, column]
                dx[n, c, row, column] += delta * w[f, c, u, v]
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - height) // stride + 1, (W - width) // stride + 1))
    for n in range(N):
        for c in range(C):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    top, left = i * stride, j * stride
                    out[n, c, i, j] = np.max(x[n, c, top : top + height, left : left + width])
    return out, (x, out, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache[0], cache[-1]
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        window = x[n, c, i * stride : i * stride + height, j * stride : j * stride + width]
        u, v = np.unravel_index(np.argmax(window), window.shape)
        dx[n, c, i * stride + u, j * stride + v] += dout[n, c, i, j]
    return dx


def im2col(x, HH, WW, stride, pad):
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    padded[:, :, pad : pad + H, pad : pad + W] = x
    per_image = []
    for n in range(N):
        columns = []
        for i in range(0, H + 2 * pad - HH + 1, stride):
            for j in range(0, W + 2 * pad - WW + 1, stride):
                columns.append(padded[n, :, i : i + HH, j : j + WW].ravel())
        per_image.append(np.array(columns).T)
    return np.array(per_image)


def conv_forward_fast(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    HH, WW = w.shape[2:]
    H_out = (padded.shape[2] - HH) // stride + 1
    W_out = (padded.shape[3] - WW) // stride + 1
    out = np.zeros((len(x), len(w), H_out, W_out)) + b.reshape(1, -1, 1, 1)
    for u in range(HH):
        for v in range(WW):
            part = padded[:, :, u : u + stride * H_out : stride, v : v + stride * W_out : stride]
            out += np.einsum("fc,nchw->nfhw", w[:, :, u, v], part, optimize=True)
    return out, {"padded": padded, "w": w, "stride": stride, "pad": pad}


def conv_backward_fast(dout, cache):
    padded, w, stride, pad = cache["padded"], cache["w"], cache["stride"], cache["pad"]
    H_out, W_out = dout.shape[2:]
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for u in range(w.shape[2]):
        for v in range(w.shape[3]):
            place = np.s_[:, :, u : u + stride * H_out : stride, v : v + stride * W_out : stride]
            dw[:, :, u, v] = np.einsum("nfhw,nchw->fc", dout, padded[place], optimize=True)
            dpadded[place] += np.einsum("fc,nfhw->nchw", w[:, :, u, v], dout, optimize=True)
    H, W = padded.shape[2] - 2 * pad, padded.shape[3] - 2 * pad
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, np.einsum("nfhw->f", dout)


def batchnorm_forward(x, gamma, beta, bn_param):
    N, D = x.shape
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    bn_param.setdefault("running_mean", np.zeros(D))
    bn_param.setdefault("running_var", np.zeros(D))
    out, x_hat, std = np.zeros((N, D)), np.zeros((N, D)), np.zeros(D)
    for d in range(D):
        mean, var = bn_param["running_mean"][d], bn_param["running_var"][d]
        if bn_param["mode"] == "train":
            mean = np.sum(x[:, d]) / N
            var = np.sum((x[:, d] - mean) ** 2) / N
            for key, new in (("running_mean", mean), ("running_var", var)):
                bn_param[key][d] = momentum * bn_param[key][d] + (1 - momentum) * new
        std[d] = math.sqrt(var + eps)
        x_hat[:, d] = (x[:, d] - mean) / std[d]
        out[:, d] = gamma[d] * x_hat[:, d] + beta[d]
    return out, {"x_hat": x_hat, "std": std, "gamma": gamma}


def batchnorm_backward(dout, cache):
    x_hat, std, gamma = cache["x_hat"], cache["std"], cache["gamma"]
    N, D = dout.shape
    dx, dgamma, dbeta = np.zeros((N, D)), np.zeros(D), np.zeros(D)
    for d in range(D):
        dbeta[d] = sum(dout[:, d])
        dgamma[d] = sum(dout[n, d] * x_hat[n, d] for n in range(N))
        for n in range(N):
            for m in range(N):  # d x_hat[m] / d x[n], entry by entry
                jacobian = (n == m) - 1 / N - x_hat[n, d] * x_hat[m, d] / N
                dx[n, d] += dout[m, d] * gamma[d] * jacobian / std[d]
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    x_hat, std, gamma = cache["x_hat"], cache["std"], cache["gamma"]
    g = dout * gamma / std
    dx = g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)
    return dx, np.einsum("nd,nd->d", dout, x_hat), np.einsum("nd->d", dout)


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    out, rows = [], []
    for row in x:
        mean = sum(row) / len(row)
        std = math.sqrt(sum((v - mean) ** 2 for v in row) / len(row) + eps)
        rows.append(((row - mean) / std, std))
        out.append(gamma * rows[-1][0] + beta)
    return np.array(out), {"rows": rows, "gamma": gamma}


def layernorm_backward(dout, cache):
    dx = np.zeros_like(dout)
    dgamma = dbeta = 0
    for n, (x_hat, std) in enumerate(cache["rows"]):
        g = dout[n] * cache["gamma"]
        dx[n] = (g - sum(g) / len(g) - x_hat * sum(g * x_hat) / len(g)) / std
        dgamma, dbeta = dgamma + dout[n] * x_hat, dbeta + dout[n]
    return dx, dgamma, dbeta


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    columns = np.array([x[:, c].ravel() for c in range(C)]).T
    flat, cache = batchnorm_forward(columns, gamma, beta, bn_param)
    return np.array([flat[:, c].reshape(N, H, W) for c in range(C)]).transpose(1, 0, 2, 3), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    columns = np.array([dout[:, c].ravel() for c in range(C)]).T
    flat, dgamma, dbeta = batchnorm_backward_alt(columns, cache)
    dx = np.array([flat[:, c].reshape(N, H, W) for c in range(C)]).transpose(1, 0, 2, 3)
    return dx, dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    size = x.shape[1] // G
    x_hat, std = np.zeros_like(x), {}
    for n in range(len(x)):
        for g in range(G):
            group = x[n, g * size : (g + 1) * size]
            std[n, g] = math.sqrt(group.var() + gn_param.get("eps", 1e-5))
            x_hat[n, g * size : (g + 1) * size] = (group - group.mean()) / std[n, g]
    kept = [[std[n, g] for g in range(G)] for n in range(len(x))]
    return gamma * x_hat + beta, {"x_hat": x_hat, "std": kept, "gamma": gamma, "G": G}


def spatial_groupnorm_backward(dout, cache):
    x_hat, size = cache["x_hat"], dout.shape[1] // cache["G"]
    g_hat, dx = dout * cache["gamma"], np.zeros_like(dout)
    for n in range(len(dout)):
        for g in range(cache["G"]):
            part = np.s_[n, g * size : (g + 1) * size]
            upstream, normal = g_hat[part], x_hat[part]
            kept = upstream - upstream.mean() - normal * (upstream * normal).mean()
            dx[part] = kept / cache["std"][n][g]
    dgamma = np.array([np.sum(dout[:, c] * x_hat[:, c]) for c in range(dout.shape[1])])
    dbeta = np.array([np.sum(dout[:, c]) for c in range(dout.shape[1])])
    return dx, dgamma.reshape(1, -1, 1, 1), dbeta.reshape(1, -1, 1, 1)


class ConvNet:
    def __init__(self, image=(1, 8, 8), filters=(16, 32), classes=10, reg=0.0, seed=0):
        rng = np.random.default_rng(seed)
        self.params, self.bn_params, self.reg = {}, [], reg
        C, H, W = image
        for i, F in enumerate(filters, start=1):
            self.params[f"W{i}"] = rng.normal(size=(F, C, 3, 3)) * math.sqrt(2 / (9 * C))
            self.params[f"gamma{i}"], self.params[f"beta{i}"] = np.ones(F), np.zeros(F)
            self.bn_params.append({"mode": "train"})
            C, H, W = F, H // 2, W // 2
        self.params["W"] = rng.normal(size=(C * H * W, classes)) * 0.01
        self.params["b"] = np.zeros(classes)

    def loss(self, X, y=None):
        h, back, grads = X, [], {}
        for i, bn_param in enumerate(self.bn_params, start=1):
            bn_param["mode"] = "train" if y is not None else "test"
            w = self.params[f"W{i}"]
            h, conv = conv_forward_fast(h, w, np.zeros(len(w)), {"stride": 1, "pad": 1})
            gamma, beta = self.params[f"gamma{i}"], self.params[f"beta{i}"]
            h, norm = spatial_batchnorm_forward(h, gamma, beta, bn_param)
            N, C, H, W = h.shape
            windows = np.maximum(h, 0)[:, :, : H // 2 * 2, : W // 2 * 2]
            windows = windows.reshape(N, C, H // 2, 2, W // 2, 2)
            back.append((i, conv, norm, h, windows))
            h = windows.max(axis=(3, 5))
        flat = h.reshape(len(X), -1)
        scores = flat @ self.params["W"] + self.params["b"]
        if y is None:
            return scores

        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.mean([math.log(row[label]) for row, label in zip(p, y, strict=True)])
        for n, label in enumerate(y):
            p[n, label] -= 1
        p /= len(y)
        grads["W"], grads["b"] = flat.T @ p, p.sum(axis=0)
        dh = (p @ self.params["W"].T).reshape(h.shape)
        for i, conv, norm, before, windows in reversed(back):
            largest = windows == windows.max(axis=(3, 5), keepdims=True)
            dwindows = largest * dh[:, :, :, None, :, None]
            dh = np.zeros(before.shape)
            H, W = 2 * windows.shape[2], 2 * windows.shape[4]
            dh[:, :, :H, :W] = dwindows.reshape(*before.shape[:2], H, W)
            dh[before <= 0] = 0
            dh, grads[f"gamma{i}"], grads[f"beta{i}"] = spatial_batchnorm_backward(dh, norm)
            dh, grads[f"W{i}"], _ = conv_backward_fast(dh, conv)
        for name in grads:
            if name.startswith("W"):
                loss += self.reg * (self.params[name] ** 2).sum()
                grads[name] = grads[name] + 2 * self.reg * self.params[name]
        return loss, grads

    def predict(self, X):
        return np.argmax(self.loss(X), axis=1)


def fit_digits(X, y, seed=0):
    """Plain gradient descent, without momentum."""
    net = ConvNet(filters=(16, 32), reg=0.01, seed=seed)
    rng = np.random.default_rng(seed)
    for epoch in range(10):
        order = rng.permutation(len(y))
        for batch in np.array_split(order, len(y) // 32):
            _, grads = net.loss(X[batch], y[batch])
            for name in grads:
                net.params[name] = net.params[name] - 0.3 * 0.8**epoch * grads[name]
    return net


ANSWERS = {
    "flattening": "b",
    "kind_of_matrix": "d",
    "kernel_not_flipped": "a",
    "moved_pattern": "c",
    "image_from_its_map": "c",
    "first_and_last_layer": "a",
    "pooling_learns": "d",
    "training_memory": "b",
    "visual_cortex": "c",
    "bias_before_batchnorm": "a",
    "batchnorm_place": "d",
    "batchnorm_first": "b",
    "one_image_or_many": "c",
    "why_it_regularises": "d",
    "what_santurkar_found": "a",
    "time_to_train": "b",
    "recurrent_networks": "c",
}
