"""A third right solution: whole arrays at a time, with other identities than the reference's."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def decode_cifar10(buffer):
    dtype = np.dtype([("label", "u1"), ("planes", "u1", (3, 32, 32))])
    records = np.frombuffer(buffer, dtype=dtype)  # raises ValueError for a cut record
    return np.moveaxis(records["planes"], 1, -1), records["label"]


def _minkowski(a, b, p):
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    return np.linalg.norm(np.subtract(a, b, dtype=np.float64).ravel(), ord=p)


def l1_distance(a, b):
    return _minkowski(a, b, 1)


def l2_distance(a, b):
    return _minkowski(a, b, 2)


def top_k_neighbours(dists, k):
    index = np.broadcast_to(np.arange(dists.shape[1]), dists.shape)
    return np.lexsort((index, dists), axis=1)[:, :k]


class KNearestNeighbor:
    def train(self, X, y):
        self.X_train, self.y_train = X.copy(), y.copy()

    def predict(self, X, k=1, num_loops=0):
        names = ["no_loops", "one_loop", "two_loops"]
        if num_loops not in range(3):
            raise ValueError("no such number of loops")
        return self.predict_labels(getattr(self, "compute_distances_" + names[num_loops])(X), k)

    def compute_distances_two_loops(self, X):
        rows = [[np.sqrt((x - t) @ (x - t)) for t in self.X_train] for x in X]
        return np.array(rows)

    def compute_distances_one_loop(self, X):
        dists = np.zeros((X.shape[0], self.X_train.shape[0]))
        for i, x in enumerate(X):
            dists[i, :] = np.sqrt(np.square(self.X_train - x).sum(1))
        return dists

    def compute_distances_no_loops(self, X):
        gram = np.dot(X, self.X_train.T)
        a = np.einsum("ij,ij->i", X, X)
        b = np.einsum("ij,ij->i", self.X_train, self.X_train)
        return np.sqrt(np.add.outer(a, b) - 2 * gram)

    def compute_distances_l1(self, X):
        return np.abs(X[:, None] - self.X_train[None]).sum(-1)

    def _votes(self, dists, k, weigh):
        """Return the labels, ascending, and the (M, C) sum of each label's weights."""
        labels = np.unique(self.y_train)
        nearest = np.argsort(dists, axis=1)[:, :k]
        weights = weigh(np.take_along_axis(dists, nearest, axis=1))
        is_label = self.y_train[nearest][:, :, None] == labels
        return labels, (is_label * weights[:, :, None]).sum(axis=1)

    def predict_labels(self, dists, k=1):
        labels, votes = self._votes(dists, k, np.ones_like)
        return labels[votes.argmax(axis=1)]

    def predict_labels_weighted(self, dists, k=1):
        def weigh(d):
            zero = d == 0
            return np.where(zero.any(axis=1, keepdims=True), zero, 1 / np.where(zero, 1, d))

        labels, votes = self._votes(dists, k, weigh)
        return labels[votes.argmax(axis=1)]


def split_indices(num_rows, num_val, num_test, seed):
    if num_val + num_test >= num_rows:
        raise ValueError("num_rows is too small")
    keys = np.random.default_rng(seed).random(num_rows)
    order = np.argsort(keys)
    return order[num_val + num_test :], order[:num_val], order[num_val : num_val + num_test]


def cross_validate(X, y, ks, num_folds, classify=None):
    fold_of = np.concatenate(
        [np.full(len(part), i) for i, part in enumerate(np.array_split(y, num_folds))]
    )

    def accuracy(k, i):
        fold = fold_of == i
        return (classify(X[~fold], y[~fold], X[fold], k) == y[fold]).mean()

    return {k: [accuracy(k, i) for i in range(num_folds)] for k in ks}


def choose_k(accuracies):
    ks = np.array(sorted(accuracies))
    return int(ks[np.argmax([np.mean(accuracies[k]) for k in ks.tolist()])])


def equal_l2_images(image, box):
    top, left, height, width = box
    wrapped = np.concatenate([image[:, -1:], image], axis=1)
    shifted = wrapped[:, :-1]
    d = l2_distance(shifted, image)
    boxed = np.array(image)
    window = sliding_window_view(boxed, (height, width), axis=(0, 1), writeable=True)[top, left]
    window -= d * window.size**-0.5
    return shifted, boxed, image + d * image.size**-0.5


def add_noise_features(X, num_noise, scale, seed):
    noise = scale * np.random.RandomState(seed).randn(num_noise, len(X)).T
    return np.c_[X, noise]


def relative_contrast(X, q):
    d = np.linalg.norm(X - q, axis=-1)
    return np.ptp(d) / np.min(d)


_CHOSEN = {
    "a": """one_nn_on_its_training_set knn_is the_cat_is_photographed_from_behind
        the_unknown_rule_that_labels_every_image a_quadratic_model_in_place_of_a_line""",
    "b": """who_chooses_k cost_of_a_prediction folds_and_deep_nets linear_classifier_is
        mlp_of_fixed_width_is the_cat_sits_in_moonlight the_pairs_of_an_image_and_its_label
        why_not_hard_code a_hundred_times_more_training_rows irrelevant_features""",
    "c": """k_equals_n no_square_root nan_distance the_cat_is_rolled_up_or_stretched_out
        all_functions_sign_of_w_times_x ten_times_more_steps_of_gradient_descent
        points_in_three_dimensions""",
    "d": """stored_numbers only_its_tail_shows_behind_the_curtain how_bad_a_function_is_on_the_pairs
        anything_when_equal_inputs_have_different_labels equal_l2_distance""",
    "e": "a_tabby_lies_on_dry_leaves_of_its_colours moving_w_downhill_step_by_step",
    "f": "one_cat_is_a_siamese_the_other_a_persian",
}
ANSWERS = {question: letter for letter, asked in _CHOSEN.items() for question in asked.split()}
