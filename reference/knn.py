"""k-nearest neighbours: keep the training rows, label a new row by a vote of the nearest.

For two images a, b with pixels p, a test row x and the k training rows nearest to it,

    l1(a, b) = sum_p |a_p - b_p|
    l2(a, b) = sqrt(sum_p (a_p - b_p)^2)
    label    = argmax_c #{i nearest: y_i = c}           (weighted: sum of 1 / d_i in place of #)
    l2(x, t)^2 = |x|^2 + |t|^2 - 2 x.t                  (all pairs with one matrix product)
    relative contrast = (d_max - d_min) / d_min         (falls towards 0 as D grows)

N training rows, M test rows, D features, k neighbours, H, W image. Interface: CS231n assignment 1,
`KNearestNeighbor`. Source: Cover and Hart, Nearest neighbor pattern classification (1967); weights:
Dudani (1976); relative contrast: Beyer et al., When is "nearest neighbor" meaningful? (1999).
"""

from collections.abc import Callable, Sequence

import numpy as np


def decode_cifar10(buffer: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return the images and labels of one file of CIFAR-10's binary version.

    A record is 3073 bytes: the label, then 1024 red, 1024 green and 1024 blue values, each plane
    row by row. A file holds N records and nothing else.

    Args:
        buffer: bytes, 3073 * N of them. The content of the file.

    Returns:
        images: (N, 32, 32, 3) uint8 in 0..255. Row, column, colour (red, green, blue).
        labels: (N,) int in 0..9.

    Raises:
        ValueError: the length of `buffer` is not a multiple of 3073.
    """
    _require_whole_records(buffer)
    records = np.frombuffer(buffer, dtype=np.uint8).reshape(-1, 3073)
    planes = records[:, 1:].reshape(-1, 3, 32, 32)
    return planes.transpose(0, 2, 3, 1), records[:, 0].astype(np.int64)


def l1_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the sum over all pixels of |a - b|.

    Args:
        a: any shape, real or uint8. Not modified.
        b: same shape as `a`, real or uint8. Not modified.

    Returns:
        float >= 0, in grey levels. The exact distance, for uint8 images too.

    Raises:
        ValueError: the shapes differ (numpy would repeat the smaller array without a word).
    """
    _require_same_shape(a, b)
    difference = np.asarray(a, dtype=float) - b  # uint8 - uint8 would wrap round at 256
    return float(np.abs(difference).sum())


def l2_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the square root of the sum over all pixels of (a - b)^2.

    Args:
        a: any shape, real or uint8. Not modified.
        b: same shape as `a`, real or uint8. Not modified.

    Returns:
        float >= 0, in grey levels. The exact distance, for uint8 images too.

    Raises:
        ValueError: the shapes differ (numpy would repeat the smaller array without a word).
    """
    _require_same_shape(a, b)
    difference = np.asarray(a, dtype=float) - b  # uint8 - uint8 would wrap round at 256
    return float(np.sqrt((difference**2).sum()))


def top_k_neighbours(dists: np.ndarray, k: int) -> np.ndarray:
    """Return the indices of each test row's k nearest training rows, nearest first.

    Args:
        dists: (M, N) float >= 0. dists[i, j]: from test row i to training row j. Not modified.
        k: int in 1..N. Number of neighbours.

    Returns:
        (M, k) int in 0..N-1. Of equal distances, the smaller index comes first.
    """
    return np.argsort(dists, axis=1, kind="stable")[:, :k]  # only a stable sort keeps that order


class KNearestNeighbor:
    """A k-nearest-neighbour classifier with the L2 distance.

    Attributes, set by `train`:
        X_train: (N, D) float. The training rows.
        y_train: (N,) int >= 0. Their labels, which need not be 0, 1, 2, ...
    """

    def train(self, X: np.ndarray, y: np.ndarray) -> None:
        """Memorise the training data: nothing else happens in training.

        Args:
            X: (N, D) float. Kept as the attribute `X_train`. Not modified.
            y: (N,) int >= 0. Kept as the attribute `y_train`. Not modified.
        """
        self.X_train = X
        self.y_train = y

    def predict(self, X: np.ndarray, k: int = 1, num_loops: int = 0) -> np.ndarray:
        """Return the label that the k nearest training rows vote for, by L2 distance.

        Args:
            X: (M, D) float. Test rows. Not modified.
            k: int in 1..N. Number of neighbours that vote.
            num_loops: 0, 1 or 2. Which of the three distance methods to use.

        Returns:
            (M,) int. Predicted labels.

        Raises:
            ValueError: num_loops is not 0, 1 or 2.
        """
        if num_loops == 0:
            dists = self.compute_distances_no_loops(X)
        elif num_loops == 1:
            dists = self.compute_distances_one_loop(X)
        elif num_loops == 2:
            dists = self.compute_distances_two_loops(X)
        else:
            raise ValueError(f"num_loops must be 0, 1 or 2, got {num_loops}")
        return self.predict_labels(dists, k)

    def compute_distances_two_loops(self, X: np.ndarray) -> np.ndarray:
        """Return the L2 distance of every test row to every training row, pair by pair.

        Args:
            X: (M, D) float. Test rows. Not modified.

        Returns:
            (M, N) float >= 0. Entry [i, j]: from X[i] to X_train[j], square root taken.
        """
        dists = np.zeros((len(X), len(self.X_train)))
        for i in range(len(X)):
            for j in range(len(self.X_train)):
                dists[i, j] = np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))
        return dists

    def compute_distances_one_loop(self, X: np.ndarray) -> np.ndarray:
        """Return the L2 distance of every test row to every training row, one test row at a time.

        Args:
            X: (M, D) float. Test rows. Not modified.

        Returns:
            (M, N) float >= 0. Entry [i, j]: from X[i] to X_train[j], square root taken.
        """
        dists = np.zeros((len(X), len(self.X_train)))
        for i in range(len(X)):
            dists[i] = np.sqrt(np.sum((X[i] - self.X_train) ** 2, axis=1))
        return dists

    def compute_distances_no_loops(self, X: np.ndarray) -> np.ndarray:
        """Return the L2 distance of every test row to every training row, without a Python loop.

        Uses |x|^2 + |t|^2 - 2 x.t, so the cost is that of one (M, D) x (D, N) matrix product and
        no array is larger than (M, N), (M, D) or (N, D).

        Args:
            X: (M, D) float. Test rows. Not modified.

        Returns:
            (M, N) float >= 0. Entry [i, j]: from X[i] to X_train[j], square root taken.
        """
        test_squares = np.sum(X**2, axis=1, keepdims=True)
        train_squares = np.sum(self.X_train**2, axis=1)
        squares = test_squares + train_squares - 2 * X @ self.X_train.T
        return np.sqrt(np.maximum(squares, 0))  # rounding can leave -1e-12 where rows are equal

    def compute_distances_l1(self, X: np.ndarray) -> np.ndarray:
        """Return the L1 distance of every test row to every training row; loops are allowed.

        Args:
            X: (M, D) float. Test rows. Not modified.

        Returns:
            (M, N) float >= 0. Entry [i, j]: sum over the features of |X[i] - X_train[j]|.
        """
        dists = np.zeros((len(X), len(self.X_train)))
        for i in range(len(X)):
            dists[i] = np.sum(np.abs(X[i] - self.X_train), axis=1)
        return dists

    def predict_labels(self, dists: np.ndarray, k: int = 1) -> np.ndarray:
        """Return the most frequent label among each test row's k nearest training rows.

        Args:
            dists: (M, N) float >= 0. dists[i, j]: from test row i to training row j. Not modified.
            k: int in 1..N. Number of neighbours that vote.

        Returns:
            (M,) int. Labels from `y_train`; of equally frequent labels, the smallest.
        """
        y_pred = np.zeros(len(dists), dtype=self.y_train.dtype)
        for i in range(len(dists)):
            nearest = np.argsort(dists[i], kind="stable")[:k]
            labels, votes = np.unique(self.y_train[nearest], return_counts=True)
            y_pred[i] = labels[votes.argmax()]  # labels ascend, argmax takes the first: smallest
        return y_pred

    def predict_labels_weighted(self, dists: np.ndarray, k: int = 1) -> np.ndarray:
        """Return the label with the largest sum of 1/d over each test row's k nearest rows.

        Where neighbours lie at distance 0, only those vote, with weight 1 each.

        Args:
            dists: (M, N) float >= 0. dists[i, j]: from test row i to training row j. Not modified.
            k: int in 1..N. Number of neighbours that vote.

        Returns:
            (M,) int. Labels from `y_train`; of labels with equal sums, the smallest.
        """
        y_pred = np.zeros(len(dists), dtype=self.y_train.dtype)
        for i in range(len(dists)):
            nearest = np.argsort(dists[i], kind="stable")[:k]
            d = dists[i, nearest]
            weights = 1 / d if d[0] > 0 else np.where(d == 0, 1.0, 0.0)
            labels, which = np.unique(self.y_train[nearest], return_inverse=True)
            y_pred[i] = labels[np.bincount(which, weights=weights).argmax()]
        return y_pred


def knn_classify(X_train: np.ndarray, y_train: np.ndarray, X: np.ndarray, k: int) -> np.ndarray:
    """Return the labels that a k-nearest-neighbour classifier of (X_train, y_train) gives to X.

    Args:
        X_train: (N, D) float. Training rows.
        y_train: (N,) int >= 0. Their labels.
        X: (M, D) float. Rows to label.
        k: int in 1..N. Number of neighbours that vote.

    Returns:
        (M,) int. Predicted labels.
    """
    knn = KNearestNeighbor()
    knn.train(X_train, y_train)
    return knn.predict(X, k)


def split_indices(
    num_rows: int, num_val: int, num_test: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the row indices of a random training, validation and test set.

    Every row is in exactly one set. The same seed gives the same split, another seed another one.

    Args:
        num_rows: int. Rows of the whole dataset.
        num_val: int >= 1. Rows for validation.
        num_test: int >= 1. Rows for the test.
        seed: int >= 0. Of a generator of its own, numpy.random.default_rng(seed).

    Returns:
        train: (num_rows - num_val - num_test,) int. In any order, as are the other two.
        val: (num_val,) int.
        test: (num_test,) int.

    Raises:
        ValueError: no row is left for training.
    """
    _require_training_rows(num_rows, num_val, num_test)
    order = np.random.default_rng(seed).permutation(num_rows)
    train, val, test = np.split(order, [num_rows - num_val - num_test, num_rows - num_test])
    return train, val, test


def cross_validate(
    X: np.ndarray,
    y: np.ndarray,
    ks: Sequence[int],
    num_folds: int,
    classify: Callable[..., np.ndarray] = knn_classify,
) -> dict[int, list[float]]:
    """Return, for every k, the accuracy on each fold when the other folds are the training data.

    Args:
        X: (N, D) float. Training rows. Not modified.
        y: (N,) int. Their labels. Not modified.
        ks: the values of k to try.
        num_folds: int in 2..N. The rows are cut in the order given, without shuffling, as
            np.array_split(X, num_folds) does.
        classify: the classifier to judge; classify(X_train, y_train, X, k) returns the labels it
            predicts for X, (M,) int. It is called once for every k and fold.

    Returns:
        {k: [accuracy on fold 0, fold 1, ...]}; an accuracy is the share of right labels, 0..1.
    """
    X_folds = np.array_split(X, num_folds)
    y_folds = np.array_split(y, num_folds)
    accuracies: dict[int, list[float]] = {}
    for k in ks:
        accuracies[k] = []
        for i in range(num_folds):
            X_rest = np.concatenate(X_folds[:i] + X_folds[i + 1 :])
            y_rest = np.concatenate(y_folds[:i] + y_folds[i + 1 :])
            predicted = classify(X_rest, y_rest, X_folds[i], k)
            accuracies[k].append(float(np.mean(predicted == y_folds[i])))
    return accuracies


def choose_k(accuracies: dict[int, list[float]]) -> int:
    """Return the k with the largest mean accuracy over its folds.

    Args:
        accuracies: {k: accuracies of its folds}, as cross_validate returns them; the keys may be
            in any order. Not modified.

    Returns:
        int. One of the keys; of equal means, the smallest k.
    """
    return max(sorted(accuracies), key=lambda k: np.mean(accuracies[k]))


def equal_l2_images(
    image: np.ndarray, box: tuple[int, int, int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return three different images, all at the same L2 distance d from `image`.

    d is the distance to the shifted image; adding c to n values moves an image by |c| * sqrt(n).
    Values may leave the range of the pixels: nothing is clipped.

    Args:
        image: (H, W) or (H, W, 3) float. The original. Not modified.
        box: (top, left, height, width) int, inside the image.

    Returns:
        shifted: shape of `image`. Every column moved one to the right; the last becomes the first.
        boxed: shape of `image`. One number > 0 subtracted from every value inside `box`.
        tinted: shape of `image`. One number > 0 added to every value.
    """
    top, left, height, width = box
    shifted = np.roll(image, 1, axis=1)
    d = np.sqrt(np.sum((shifted - image) ** 2))

    boxed = image.astype(float)
    inside = boxed[top : top + height, left : left + width]
    inside -= d / np.sqrt(inside.size)

    tinted = image + d / np.sqrt(image.size)
    return shifted, boxed, tinted


def add_noise_features(X: np.ndarray, num_noise: int, scale: float, seed: int) -> np.ndarray:
    """Return X with columns of noise on its right, which say nothing about the labels.

    Args:
        X: (N, D) float. Not modified.
        num_noise: int >= 0. Columns to add.
        scale: float > 0, in the unit of X. Standard deviation of the noise.
        seed: int >= 0. Of a generator of its own, numpy.random.default_rng(seed).

    Returns:
        (N, D + num_noise) float. X, then independent draws from a normal distribution of mean 0.
    """
    noise = np.random.default_rng(seed).normal(0, scale, size=(len(X), num_noise))
    return np.hstack([X, noise])


def relative_contrast(X: np.ndarray, q: np.ndarray) -> float:
    """Return (d_max - d_min) / d_min of the L2 distances from q to the rows of X.

    Args:
        X: (N, D) float. Points, none of them equal to q. Not modified.
        q: (D,) float. The query. Not modified.

    Returns:
        float >= 0, without unit. Near 0, the nearest point is hardly nearer than the farthest.
    """
    d = np.sqrt(np.sum((X - q) ** 2, axis=1))
    return float((d.max() - d.min()) / d.min())


ANSWERS = {
    # You compare k = 1, 3, 5, 10. Which images may decide between them?
    #   a: the test set            b: validation images, kept out of the training set
    #   c: all images together     d: the training images that the classifier has memorised
    "who_chooses_k": "b",
    # Accuracy of 1-NN on its own training set, when no two training images are equal:
    #   a: 1                       b: 1/C for C classes
    #   c: that of the test set    d: it depends on the metric
    "one_nn_on_its_training_set": "a",
    # With k = N (every training image votes), k-NN gives every test image
    #   a: its own class           b: the label of the nearest image
    #   c: the most frequent label of the training set    d: a random label
    "k_equals_n": "c",
    # Leaving out the square root in the L2 distance
    #   a: changes who the neighbours are    b: changes nothing at all
    #   c: keeps the neighbours, but not the weights 1/d    d: turns L2 into L1
    "no_square_root": "c",
    # A test image equals a training image. Without np.maximum(squares, 0), the distance
    # sqrt(|x|^2 + |t|^2 - 2 x.t) can come out as NaN, because
    #   a: 0/0 is NaN              b: the matrix product overflows
    #   c: rounding can make the sum slightly negative    d: sqrt(0) is NaN
    "nan_distance": "c",
    # How many numbers does k-NN keep for the 50,000 training images of CIFAR-10, 32 x 32 x 3?
    #   a: 3,072                   b: 30,730
    #   c: 51,200,000              d: 153,600,000
    "stored_numbers": "d",
    # You double the number of training images. Labelling one test image by brute force then takes
    #   a: as long as before       b: about twice as long
    #   c: four times as long      d: half as long
    "cost_of_a_prediction": "b",
    # Cross-validation is rare in deep learning, because
    #   a: images cannot be cut into folds    b: every fold costs a whole training
    #   c: networks have no hyperparameters   d: the mean of accuracies is biased
    "folds_and_deep_nets": "b",
    # Parametric or not? What a model stores
    #   a: grows with the training set: non-parametric    b: has a fixed size: parametric
    "knn_is": "a",
    "linear_classifier_is": "b",
    "mlp_of_fixed_width_is": "b",
    # Which challenge of recognition is it?
    #   a: viewpoint    b: illumination    c: deformation
    #   d: occlusion    e: background clutter    f: intraclass variation
    "the_cat_is_photographed_from_behind": "a",
    "the_cat_sits_in_moonlight": "b",
    "the_cat_is_rolled_up_or_stretched_out": "c",
    "only_its_tail_shows_behind_the_curtain": "d",
    "a_tabby_lies_on_dry_leaves_of_its_colours": "e",
    "one_cat_is_a_siamese_the_other_a_persian": "f",
    # Supervised learning. Match each with its name:
    #   a: target function    b: data    c: hypothesis class    d: loss function    e: search
    "the_unknown_rule_that_labels_every_image": "a",
    "the_pairs_of_an_image_and_its_label": "b",
    "all_functions_sign_of_w_times_x": "c",
    "how_bad_a_function_is_on_the_pairs": "d",
    "moving_w_downhill_step_by_step": "e",
    # Nobody writes a rule by hand that recognises cats, though a rule that sorts numbers is easy:
    #   a: images are too large    b: no way is known to say in pixel values what a cat is
    #   c: numpy has no such function    d: cats have no label
    "why_not_hard_code": "b",
    # Which part of the error does the change reduce?
    #   a: modelling    b: estimation    c: optimisation    d: none: it is Bayes error
    "a_quadratic_model_in_place_of_a_line": "a",
    "a_hundred_times_more_training_rows": "b",
    "ten_times_more_steps_of_gradient_descent": "c",
    "anything_when_equal_inputs_have_different_labels": "d",
    # 4 points fill a line of 4 cells, one point each. A cube, with 4 cells along every axis, needs
    #   a: 7 points    b: 12 points    c: 64 points    d: 81 points
    "points_in_three_dimensions": "c",
    # A shifted, a boxed and a tinted image have the same L2 distance to the original. So
    #   a: they look alike         b: they are equal
    #   c: the L1 distances are equal too    d: L2 on pixels does not measure what we see
    "equal_l2_distance": "d",
    # Features that say nothing about the label hurt k-NN, because
    #   a: it cannot store them    b: they enter every distance like the useful ones
    #   c: they make distances negative    d: they change the labels
    "irrelevant_features": "b",
}


def _require_same_shape(a: np.ndarray, b: np.ndarray) -> None:
    if np.shape(a) != np.shape(b):
        raise ValueError(f"b must have the shape of a, {np.shape(a)}, got {np.shape(b)}")


def _require_whole_records(buffer: bytes) -> None:
    if len(buffer) % 3073:
        raise ValueError(f"buffer must hold records of 3073 bytes, got {len(buffer)} bytes")


def _require_training_rows(num_rows: int, num_val: int, num_test: int) -> None:
    if num_val + num_test >= num_rows:
        raise ValueError(
            f"num_val + num_test must be less than num_rows = {num_rows}, got {num_val + num_test}"
        )
