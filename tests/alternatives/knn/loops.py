"""A second right solution: plain Python loops, and as little numpy as possible."""

import math
import random

import numpy as np


def decode_cifar10(buffer):
    if len(buffer) % 3073 != 0:
        raise ValueError("the file is cut")
    count = len(buffer) // 3073
    images = np.zeros((count, 32, 32, 3), dtype="uint8")
    labels = []
    for n in range(count):
        record = buffer[n * 3073 : (n + 1) * 3073]
        labels.append(record[0])
        for colour in range(3):
            plane = record[1 + 1024 * colour : 1 + 1024 * (colour + 1)]
            for row in range(32):
                images[n, row, :, colour] = list(plane[32 * row : 32 * (row + 1)])
    return images, np.array(labels, dtype=int)


def _pairs(a, b):
    a, b = np.array(a), np.array(b)
    if a.shape != b.shape:
        raise ValueError("the images have different shapes")
    return zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)


def l1_distance(a, b):
    total = 0
    for p, q in _pairs(a, b):
        total += abs(p - q)
    return float(total)


def l2_distance(a, b):
    total = 0
    for p, q in _pairs(a, b):
        total += (p - q) ** 2
    return math.sqrt(total)


def top_k_neighbours(dists, k):
    def nearest(row):
        return sorted(range(len(row)), key=lambda j: (row[j], j))[:k]

    return np.array([nearest(row) for row in dists])


class KNearestNeighbor:
    def __init__(self):
        pass

    def train(self, X, y):
        self.X_train = X
        self.y_train = y

    def predict(self, X, k=1, num_loops=0):
        if num_loops == 0:
            dists = self.compute_distances_no_loops(X)
        elif num_loops == 1:
            dists = self.compute_distances_one_loop(X)
        elif num_loops == 2:
            dists = self.compute_distances_two_loops(X)
        else:
            raise ValueError("Invalid value %d for num_loops" % num_loops)
        return self.predict_labels(dists, k=k)

    def compute_distances_two_loops(self, X):
        num_test = X.shape[0]
        num_train = self.X_train.shape[0]
        dists = np.zeros((num_test, num_train))
        for i in range(num_test):
            for j in range(num_train):
                dists[i, j] = np.linalg.norm(X[i, :] - self.X_train[j, :])
        return dists

    def compute_distances_one_loop(self, X):
        columns = [np.linalg.norm(X - row, axis=1) for row in self.X_train]
        return np.stack(columns, axis=1)

    def compute_distances_no_loops(self, X):
        difference = X[:, np.newaxis, :] - self.X_train[np.newaxis, :, :]
        return np.sqrt(np.einsum("ijk,ijk->ij", difference, difference))

    def compute_distances_l1(self, X):
        return np.array([[l1_distance(x, t) for t in self.X_train] for x in X])

    def predict_labels(self, dists, k=1):
        num_test = dists.shape[0]
        y_pred = np.zeros(num_test)
        for i in range(num_test):
            closest_y = self.y_train[np.argsort(dists[i, :])[:k]]
            y_pred[i] = np.argmax(np.bincount(closest_y))
        return y_pred

    def predict_labels_weighted(self, dists, k=1):
        y_pred = []
        for row in dists.tolist():
            nearest = sorted(range(len(row)), key=lambda j: row[j])[:k]
            touching = [j for j in nearest if row[j] == 0]
            sums = {}
            for j in touching or nearest:
                label = int(self.y_train[j])
                sums[label] = sums.get(label, 0) + (1 if touching else 1 / row[j])
            y_pred.append(min(label for label in sums if sums[label] == max(sums.values())))
        return np.array(y_pred)


def split_indices(num_rows, num_val, num_test, seed):
    if num_rows - num_val - num_test < 1:
        raise ValueError("no training rows")
    rows = list(range(num_rows))
    random.Random(seed).shuffle(rows)
    test = [rows.pop() for _ in range(num_test)]
    val = [rows.pop() for _ in range(num_val)]
    return np.array(rows), np.array(val), np.array(test)


def cross_validate(X, y, ks, num_folds, classify=None):
    bounds = [len(part) for part in np.array_split(np.arange(len(X)), num_folds)]
    accuracies = {k: [] for k in ks}
    start = 0
    for size in bounds:
        fold = list(range(start, start + size))
        rest = [row for row in range(len(X)) if row not in fold]
        for k in ks:
            labels = classify(X[rest], y[rest], X[fold], k)
            right = sum(int(p == t) for p, t in zip(labels, y[fold], strict=True))
            accuracies[k].append(right / size)
        start += size
    return accuracies


def choose_k(accuracies):
    best = None
    for k in sorted(accuracies):
        mean = sum(accuracies[k]) / len(accuracies[k])
        if best is None or mean > best[0]:
            best = (mean, k)
    return best[1]


def equal_l2_images(image, box):
    top, left, height, width = box
    shifted = np.empty_like(image)
    for column in range(image.shape[1]):
        shifted[:, column] = image[:, column - 1]
    d = l2_distance(shifted, image)
    mask = np.zeros(image.shape)
    mask[top : top + height, left : left + width] = 1
    return shifted, image - mask * d / math.sqrt(mask.sum()), image + d / math.sqrt(image.size)


def add_noise_features(X, num_noise, scale, seed):
    generator = random.Random(seed)
    noise = [[generator.gauss(0, scale) for _ in range(num_noise)] for _ in X]
    return np.concatenate((X, np.array(noise)), axis=1)


def relative_contrast(X, q):
    distances = [l2_distance(row, q) for row in X]
    return max(distances) / min(distances) - 1


ANSWERS = {
    "who_chooses_k": "B",
    "one_nn_on_its_training_set": "A",
    "k_equals_n": "C",
    "no_square_root": "C",
    "nan_distance": "C",
    "stored_numbers": "D",
    "cost_of_a_prediction": "b",
    "folds_and_deep_nets": "b",
    "knn_is": "a",
    "linear_classifier_is": "b",
    "mlp_of_fixed_width_is": "b",
    "the_cat_is_photographed_from_behind": "a",
    "the_cat_sits_in_moonlight": "b",
    "the_cat_is_rolled_up_or_stretched_out": "c",
    "only_its_tail_shows_behind_the_curtain": "d",
    "a_tabby_lies_on_dry_leaves_of_its_colours": "e",
    "one_cat_is_a_siamese_the_other_a_persian": "f",
    "the_unknown_rule_that_labels_every_image": "a",
    "the_pairs_of_an_image_and_its_label": "b",
    "all_functions_sign_of_w_times_x": "c",
    "how_bad_a_function_is_on_the_pairs": "d",
    "moving_w_downhill_step_by_step": "e",
    "why_not_hard_code": "b",
    "a_quadratic_model_in_place_of_a_line": "a",
    "a_hundred_times_more_training_rows": "b",
    "ten_times_more_steps_of_gradient_descent": "c",
    "anything_when_equal_inputs_have_different_labels": "d",
    "points_in_three_dimensions": "c",
    "equal_l2_distance": "d",
    "irrelevant_features": "b",
}
