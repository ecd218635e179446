"""A third right solution, in the manner of CS231n submissions.

It writes into its arguments, draws from numpy's global generator, keeps a boolean dropout mask and
counts epochs with a true division.
"""

import numpy as np

MODES = np.array([[0.0, 1.5], [-1.3, -0.75], [1.3, -0.75]])

ANSWERS = {
    "weight_shape": "d",
    "documents_as_rows": "b",
    "weights_from_the_product": "c",
    "sigmoid_value": "a",
    "sum_of_the_weights": "d",
    "last_formula": "c",
    "capacity": "b",
    "two_layers_without_relu": "a",
    "five_sigmoid_slopes": "d",
    "gradient_clipping": "b",
    "dropout_at_test": "a",
}


def images_to_rows(images):
    N = images.shape[0]
    return np.reshape(images, (N, -1)).astype(np.float64) / 255


def sigmoid(z):
    pos_mask = z >= 0
    neg_mask = z < 0
    e = np.zeros_like(z)
    e[pos_mask] = np.exp(-z[pos_mask])
    e[neg_mask] = np.exp(z[neg_mask])
    top = np.ones_like(z)
    top[neg_mask] = e[neg_mask]
    return top / (1 + e)


def binary_cross_entropy(z, t):
    N = z.shape[0]
    loss = np.sum(t * np.logaddexp(0, -z) + (1 - t) * np.logaddexp(0, z)) / N
    dz = sigmoid(z)
    dz[t == 1] -= 1
    dz /= N
    return loss, dz


def logistic_regression(X, t, learning_rate, num_iters):
    w = np.zeros(X.shape[1])
    b = 0
    losses = []
    for _ in range(num_iters):
        loss, dz = binary_cross_entropy(X.dot(w) + b, t)
        losses.append(loss)
        w += -learning_rate * X.T.dot(dz)
        b += -learning_rate * np.sum(dz)
    return w, b, losses


def chain_rule(h, W, b, t):
    y = sigmoid(h.dot(W) + b)
    grads = {}
    grads["dE_dy"] = -(t / y - (1 - t) / (1 - y))
    grads["dy_dz"] = y * (1 - y)
    grads["dE_dz"] = grads["dE_dy"] * grads["dy_dz"]
    grads["dE_dW"] = h[:, np.newaxis] * grads["dE_dz"]
    grads["dE_db"] = grads["dE_dz"].copy()
    grads["dE_dh"] = grads["dE_dz"].dot(W.T)
    return grads


def input_gradient(X, t, W1, b1, w2, b2):
    z1, cache1 = affine_forward(X, W1, b1)
    h, cache_s1 = sigmoid_forward(z1)
    z2, cache2 = affine_forward(h, w2[:, np.newaxis], np.array([b2]))
    y, _ = sigmoid_forward(z2)
    dz2 = y - t[:, np.newaxis]
    dh, _, _ = affine_backward(dz2, cache2)
    dX, _, _ = affine_backward(sigmoid_backward(dh, cache_s1), cache1)
    return dX


def affine_forward(x, w, b):
    num_train = x.shape[0]
    out = np.dot(x.reshape(num_train, -1), w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, _ = cache
    num_train = x.shape[0]
    dx = np.dot(dout, w.T).reshape(x.shape)
    dw = np.dot(x.reshape(num_train, np.prod(x.shape[1:])).T, dout)
    db = np.dot(np.ones(num_train), dout)
    return dx, dw, db


def relu_forward(x):
    out = x * (x > 0)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    dx, x = dout, cache
    dx[x < 0] = 0
    return dx


def sigmoid_forward(x):
    out = sigmoid(x)
    return out, out


def sigmoid_backward(dout, cache):
    dout *= cache
    dout *= 1 - cache
    return dout


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = None
    if mode == "train":
        mask = np.random.rand(*x.shape) < p
        out = x * mask / p
    elif mode == "test":
        out = x
    cache = (dropout_param, mask)
    return out, cache


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param["mode"] == "test":
        return dout
    return dout * mask / dropout_param["p"]


def softmax_loss(x, y):
    N = x.shape[0]
    x = x - np.max(x, axis=1, keepdims=True)
    probs = np.exp(x)
    probs /= np.sum(probs, axis=1, keepdims=True)
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def svm_loss(x, y):
    N = x.shape[0]
    correct_class_scores = x[np.arange(N), y]
    margins = np.maximum(0, x - correct_class_scores[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    dx /= N
    return loss, dx


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params["W1"] = std * np.random.randn(input_size, hidden_size)
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = std * np.random.randn(hidden_size, output_size)
        self.params["b2"] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        N = X.shape[0]

        z1 = X.dot(W1) + b1
        a1 = np.maximum(0, z1)
        scores = a1.dot(W2) + b2
        if y is None:
            return scores

        scores -= np.max(scores, axis=1)[:, np.newaxis]
        log_total = np.log(np.sum(np.exp(scores), axis=1))
        loss = np.mean(log_total - scores[range(N), y])
        loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

        dscores = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
        dscores[range(N), y] -= 1
        dscores /= N
        grads = {}
        grads["W2"] = a1.T.dot(dscores) + 2 * reg * W2
        grads["b2"] = np.sum(dscores, axis=0)
        da1 = dscores.dot(W2.T)
        da1[z1 <= 0] = 0
        grads["W1"] = X.T.dot(da1) + 2 * reg * W1
        grads["b1"] = np.sum(da1, axis=0)
        return loss, grads

    def train(
        self,
        X,
        y,
        X_val,
        y_val,
        learning_rate=1e-3,
        learning_rate_decay=0.95,
        reg=5e-6,
        num_iters=100,
        batch_size=200,
        verbose=False,
    ):
        num_train = X.shape[0]
        iterations_per_epoch = max(num_train // batch_size, 1)
        loss_history = []
        train_acc_history = []
        val_acc_history = []
        for it in range(num_iters):
            idx = np.random.choice(num_train, batch_size, replace=True)
            X_batch = X[idx, :]
            y_batch = y[idx]
            loss, grads = self.loss(X_batch, y=y_batch, reg=reg)
            loss_history.append(loss)
            self.params["W1"] += -learning_rate * grads["W1"]
            self.params["W2"] += -learning_rate * grads["W2"]
            self.params["b1"] += -learning_rate * grads["b1"]
            self.params["b2"] += -learning_rate * grads["b2"]
            if verbose and it % 100 == 0:
                print(f"iteration {it} / {num_iters}: loss {loss}")
            if it % iterations_per_epoch == 0:
                train_acc = (self.predict(X_batch) == y_batch).mean()
                val_acc = (self.predict(X_val) == y_val).mean()
                train_acc_history.append(train_acc)
                val_acc_history.append(val_acc)
                learning_rate *= learning_rate_decay
        return {
            "loss_history": loss_history,
            "train_acc_history": train_acc_history,
            "val_acc_history": val_acc_history,
        }

    def predict(self, X):
        return np.argmax(self.loss(X), axis=1)


def layer_gradient_norms(x, weights, activation, dout):
    caches = []
    h = x
    for i, w in enumerate(weights):
        h, cache = affine_forward(h, w, np.zeros(w.shape[1]))
        act = None
        if i < len(weights) - 1:
            h, act = relu_forward(h) if activation == "relu" else sigmoid_forward(h)
        caches.append((cache, act))
    norms = []
    for cache, act in caches[::-1]:
        if act is not None:
            dout = relu_backward(dout, act) if activation == "relu" else sigmoid_backward(dout, act)
        dout, dw, _ = affine_backward(dout, cache)
        norms.insert(0, np.linalg.norm(dw))
    return norms


def hard_case_labels(name, X):
    if name == "xor":
        return np.sign(X[:, 0]) == np.sign(X[:, 1])
    squares = np.sum(X**2, axis=1)
    if name == "ring":
        return np.logical_and(squares >= 1, squares <= 4).astype(int)
    near = [np.linalg.norm(X - mode, axis=1) <= 0.75 for mode in MODES]
    return np.any(near, axis=0)


def fit_hard_case(X, y, seed):
    np.random.seed(seed % 2**32)
    net = TwoLayerNet(2, 64, 2, std=1.0)
    net.train(X, y, X, y, 0.5, 1.0, 0.0, num_iters=2500, batch_size=100)
    return net.params
