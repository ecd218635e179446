"""One block of section 10 in one piece, for a network whose own layers are not right yet."""

import numpy as np

PLACES = [(u, v) for u in range(3) for v in range(3)]  # of a 3x3 filter


def block_forward(
    x: np.ndarray, w: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict
) -> tuple[np.ndarray, tuple]:
    """Return convolution (3x3, pad 1), spatial BatchNorm, ReLU and 2x2 pooling of x, and a cache.

    Args:
        x: (N, C, H, W) float, H and W even. Not modified.
        w: (F, C, 3, 3) float. Not modified.
        gamma, beta: (F,) float. Not modified.
        bn_param: with "mode", "train" or "test"; its running averages are updated in place.
    """
    H, W = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    maps = sum(
        np.tensordot(w[:, :, u, v], padded[:, :, u : u + H, v : v + W], (1, 1)) for u, v in PLACES
    )  # (F, N, H, W): one row of numbers for each filter
    table = maps.reshape(len(w), -1)
    mean, var = table.mean(axis=1), table.var(axis=1)
    running = [bn_param.get(key, np.zeros(len(w))) for key in ("running_mean", "running_var")]
    if bn_param["mode"] == "train":
        old = bn_param.get("momentum", 0.9)
        bn_param["running_mean"] = old * running[0] + (1 - old) * mean
        bn_param["running_var"] = old * running[1] + (1 - old) * var
    else:
        mean, var = running
    std = np.sqrt(var + bn_param.get("eps", 1e-5))[:, np.newaxis]
    x_hat = (table - mean[:, np.newaxis]) / std
    positive = np.maximum(0, gamma[:, np.newaxis] * x_hat + beta[:, np.newaxis])
    windows = positive.reshape(len(w), len(x), H // 2, 2, W // 2, 2)
    out = windows.max(axis=(3, 5))
    return out.transpose(1, 0, 2, 3), (padded, w, gamma, x_hat, std, windows, out)


def block_backward(
    dout: np.ndarray, cache: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return dx, dw, dgamma and dbeta of a block in train mode, from (N, F, H/2, W/2) dout."""
    padded, w, gamma, x_hat, std, windows, out = cache
    N, _, H, W = padded.shape
    H, W = H - 2, W - 2
    largest = (windows == out[:, :, :, np.newaxis, :, np.newaxis]) & (windows > 0)
    dtable = largest * dout.transpose(1, 0, 2, 3)[:, :, :, np.newaxis, :, np.newaxis]
    dtable = dtable.reshape(len(w), -1)
    dbeta, dgamma = dtable.sum(axis=1), (dtable * x_hat).sum(axis=1)
    shared = (dbeta[:, np.newaxis] + x_hat * dgamma[:, np.newaxis]) / x_hat.shape[1]
    dmaps = (gamma[:, np.newaxis] / std * (dtable - shared)).reshape(len(w), N, H, W)
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for u, v in PLACES:
        seen = np.s_[:, :, u : u + H, v : v + W]
        dw[:, :, u, v] = np.tensordot(dmaps, padded[seen], ((1, 2, 3), (0, 2, 3)))
        dpadded[seen] += np.tensordot(w[:, :, u, v], dmaps, (0, 0)).transpose(1, 0, 2, 3)
    return dpadded[:, :, 1:-1, 1:-1], dw, dgamma, dbeta
