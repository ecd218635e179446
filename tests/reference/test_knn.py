"""The reference of knn against SciPy, scikit-learn, numbers worked by hand, and CIFAR-10."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from reference import knn

ROOT = Path(__file__).parents[2]
CIFAR = Path(os.environ.get("NABLAGRADE_DATA", ROOT / ".." / "shared" / "data"))
CIFAR_FILE = CIFAR / "cifar10_first5000_500.npz"

# Of 500 test images, with the first 5,000 training images; k = 1 and 5 as in CS231n's notebook.
L2_RIGHT = {1: 137, 3: 136, 5: 139, 8: 137, 10: 141, 12: 128, 15: 136, 20: 136, 50: 126, 100: 111}
L1_RIGHT = {1: 145, 5: 151, 10: 139}
FOLDS = {
    1: [0.263, 0.257, 0.264, 0.278, 0.266],
    3: [0.239, 0.249, 0.240, 0.266, 0.254],
    5: [0.248, 0.266, 0.280, 0.292, 0.280],
    8: [0.262, 0.282, 0.273, 0.290, 0.273],
    10: [0.265, 0.296, 0.276, 0.284, 0.280],
}

IMAGE_A = np.array([[56, 32, 10, 18], [90, 23, 128, 133], [24, 26, 178, 200], [2, 0, 255, 220]])
IMAGE_B = np.array([[10, 20, 24, 17], [8, 10, 89, 100], [12, 16, 178, 170], [4, 32, 233, 112]])


def classifier(X, y):
    made = knn.KNearestNeighbor()
    made.train(X, y)
    return made


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


def test_the_lecture_table_by_l1_and_l2():
    assert knn.l1_distance(IMAGE_A, IMAGE_B) == 456
    assert knn.l2_distance(IMAGE_A, IMAGE_B) == pytest.approx(162.11107, abs=1e-5)


def test_uint8_does_not_wrap():
    a, b = IMAGE_A.astype(np.uint8), IMAGE_B.astype(np.uint8)
    assert np.abs(a - b).sum() == 1128  # what the text warns of
    assert knn.l1_distance(a, b) == 456
    assert knn.l2_distance(a, b) == knn.l2_distance(IMAGE_A, IMAGE_B)


@pytest.mark.parametrize("distance", [knn.l1_distance, knn.l2_distance])
def test_a_distance_between_two_shapes_is_refused(distance):
    with pytest.raises(ValueError, match=r"b must have the shape of a, \(4, 4\), got \(4,\)"):
        distance(IMAGE_A, IMAGE_B[0])


@pytest.mark.parametrize("loops", ["two_loops", "one_loop", "no_loops"])
def test_l2_distances_equal_scipy(rng, loops):
    X, train = rng.normal(size=(5, 11)), rng.normal(size=(8, 11))
    dists = getattr(classifier(train, np.zeros(8)), f"compute_distances_{loops}")(X)
    np.testing.assert_allclose(dists, cdist(X, train), rtol=1e-12)


def test_l1_distances_equal_scipy(rng):
    X, train = rng.normal(size=(5, 11)), rng.normal(size=(8, 11))
    dists = classifier(train, np.zeros(8)).compute_distances_l1(X)
    np.testing.assert_allclose(dists, cdist(X, train, "cityblock"), rtol=1e-12)


def test_no_loops_on_the_training_rows_themselves(rng):
    X = 100 + rng.normal(size=(200, 50))  # far from 0, where the squares cancel worst
    squares = (X**2).sum(axis=1)
    assert (squares[:, None] + squares - 2 * X @ X.T).min() < 0, "nothing here needs the maximum"
    dists = classifier(X, np.arange(200)).compute_distances_no_loops(X)
    assert not np.isnan(dists).any()
    assert np.array_equal(dists.argmin(axis=1), np.arange(200))


@pytest.mark.parametrize("num_loops", [0, 1, 2])
def test_one_neighbour_knows_its_own_training_rows(rng, num_loops):
    X, y = rng.normal(size=(12, 5)), rng.integers(0, 9, 12)
    assert np.array_equal(classifier(X, y).predict(X, k=1, num_loops=num_loops), y)


def test_an_unknown_number_of_loops_is_refused(rng):
    X = rng.normal(size=(3, 2))
    with pytest.raises(ValueError, match="num_loops must be 0, 1 or 2, got 3"):
        classifier(X, np.arange(3)).predict(X, num_loops=3)


@pytest.mark.parametrize("k", [1, 4, 7, 600])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_votes_equal_scikit_learn(digits, rng, k, weights):
    X, y = digits[0] + rng.normal(0, 0.01, digits[0].shape), digits[1]  # no equal distances
    made = classifier(X[:600], y[:600])
    dists = cdist(X[600:800], X[:600])
    vote = made.predict_labels if weights == "uniform" else made.predict_labels_weighted
    theirs = KNeighborsClassifier(k, algorithm="brute", weights=weights).fit(X[:600], y[:600])
    assert np.array_equal(vote(dists, k), theirs.predict(X[600:800]))


def test_a_tied_vote_goes_to_the_smallest_label():
    made = classifier(np.zeros((4, 1)), np.array([7, 2, 5, 2]))
    dists = np.array([[1.0, 2.0, 3.0, 4.0]])
    assert [made.predict_labels(dists, k).item() for k in (1, 2, 3, 4)] == [7, 2, 2, 2]
    assert (
        made.predict_labels_weighted(np.array([[1.0, 2.0, 9.0, 2.0]]), 4).item() == 2
    )  # 1 = 1/2 + 1/2


def test_neighbours_at_distance_zero_outvote_all_others():
    made = classifier(np.zeros((5, 1)), np.array([1, 1, 3, 3, 2]))
    dists = np.array([[0.1, 0.1, 0.0, 0.0, 0.0]])
    assert made.predict_labels_weighted(dists, 5).item() == 3


def test_nearest_neighbours_in_order_with_ties_by_index(rng):
    dists = rng.integers(0, 3, size=(4, 50)).astype(float)
    for row, found in zip(dists, knn.top_k_neighbours(dists, 40), strict=True):
        assert found.tolist() == sorted(range(50), key=lambda j, row=row: (row[j], j))[:40]


def test_a_split_is_a_partition_and_repeats():
    train, val, test = knn.split_indices(50, 12, 9, seed=3)
    assert (len(train), len(val), len(test)) == (29, 12, 9)
    assert sorted([*train, *val, *test]) == list(range(50))
    assert np.array_equal(train, knn.split_indices(50, 12, 9, seed=3)[0])
    assert not np.array_equal(train, knn.split_indices(50, 12, 9, seed=4)[0])


def test_a_split_without_training_rows_is_refused():
    with pytest.raises(ValueError, match="less than num_rows = 20, got 20"):
        knn.split_indices(20, 11, 9, seed=0)


def test_cross_validation_equals_scikit_learn(digits):
    X, y = digits[0][:203], digits[1][:203]
    found = knn.cross_validate(X, y, [1, 5], 4)
    for k in (1, 5):
        theirs = KNeighborsClassifier(k, algorithm="brute")
        assert found[k] == pytest.approx(cross_val_score(theirs, X, y, cv=KFold(4)), abs=1e-12)


def test_the_smallest_k_of_the_largest_mean_is_chosen():
    assert knn.choose_k({9: [0.5, 0.75], 3: [0.75, 0.5], 5: [0.9, 0.2], 1: [0.5, 0.5]}) == 3


@pytest.mark.parametrize("shape", [(8, 8), (9, 7, 3)])
def test_three_altered_images_at_one_distance(rng, shape):
    image = rng.uniform(0, 255, shape)
    altered = knn.equal_l2_images(image, (2, 1, 4, 3))
    distances = [np.linalg.norm(one - image) for one in altered]
    assert distances == pytest.approx([np.linalg.norm(np.roll(image, 1, axis=1) - image)] * 3)
    changed = np.argwhere(altered[1] != image)
    assert changed.min(axis=0)[:2].tolist() == [2, 1]
    assert changed.max(axis=0)[:2].tolist() == [5, 3]
    assert (altered[1] <= image).all()
    assert (altered[2] > image).all()


def test_noise_is_appended_with_its_deviation(rng):
    X = rng.normal(size=(400, 3))
    noisy = knn.add_noise_features(X, 50, 4.0, seed=1)
    assert np.array_equal(noisy[:, :3], X)
    assert noisy[:, 3:].std() == pytest.approx(4, abs=0.1)  # 20,000 draws: error about 0.02
    assert noisy[:, 3:].mean() == pytest.approx(0, abs=0.2)


def test_contrast_by_hand_and_in_high_dimensions(rng):
    assert knn.relative_contrast(np.array([[3.0, 4.0], [0.0, 2.0]]), np.zeros(2)) == 1.5
    means = [
        np.mean([knn.relative_contrast(rng.random((1000, d)), rng.random(d)) for _ in range(10)])
        for d in (2, 10, 100, 1000)
    ]
    assert means == sorted(means, reverse=True)
    assert means[1:] == pytest.approx([2.7, 0.43, 0.12], rel=0.3)  # the first is 40 to 200


def test_decoding_undoes_the_binary_format(rng):
    images = rng.integers(0, 256, size=(3, 32, 32, 3), dtype=np.uint8)
    buffer = b"".join(
        bytes([label]) + b"".join(image[:, :, colour].tobytes() for colour in range(3))
        for label, image in zip([9, 0, 4], images, strict=True)
    )
    decoded, labels = knn.decode_cifar10(buffer)
    assert np.array_equal(decoded, images)
    assert decoded.dtype == np.uint8
    assert labels.tolist() == [9, 0, 4]
    with pytest.raises(ValueError, match="records of 3073 bytes, got 9218 bytes"):
        knn.decode_cifar10(buffer[:-1])


def test_every_answer_is_a_letter():
    assert len(knn.ANSWERS) == 30
    assert set(knn.ANSWERS.values()) <= set("abcdef")


@pytest.fixture(scope="module")
def cifar():
    if not CIFAR_FILE.is_file():
        pytest.skip(f"{CIFAR_FILE.name} is not in {CIFAR}; set NABLAGRADE_DATA to its folder")
    with np.load(CIFAR_FILE) as arrays:
        rows = {name: arrays[name] for name in arrays.files}
    flat = {name: rows[name].reshape(len(rows[name]), -1).astype(float) for name in rows}
    return flat["x_train"], flat["y_train"].ravel().astype(int), flat["x_test"], rows["y_test"]


def test_cifar10_by_l2(cifar):
    X, y, X_test, y_test = cifar
    made = classifier(X, y)
    dists = made.compute_distances_no_loops(X_test)
    right = {k: int((made.predict_labels(dists, k) == y_test).sum()) for k in L2_RIGHT}
    assert right == L2_RIGHT


def test_cifar10_by_l1(cifar):
    X, y, X_test, y_test = cifar
    made = classifier(X, y)
    dists = cdist(X_test, X, "cityblock")  # sums of whole numbers, so exactly ours, but faster
    assert np.array_equal(made.compute_distances_l1(X_test[:20]), dists[:20])
    right = {k: int((made.predict_labels(dists, k) == y_test).sum()) for k in L1_RIGHT}
    assert right == L1_RIGHT


def test_cifar10_in_five_folds(cifar):
    X, y, _, _ = cifar
    dists = {}

    def classify(X_train, y_train, X_fold, k):
        made = classifier(X_train, y_train)
        fold = X_fold[0].tobytes()
        if fold not in dists:  # the same for every k
            dists[fold] = made.compute_distances_no_loops(X_fold)
        return made.predict_labels(dists[fold], k)

    found = knn.cross_validate(X, y, list(FOLDS), 5, classify)
    assert len(dists) == 5
    assert {k: [round(a, 3) for a in found[k]] for k in found} == FOLDS
    assert knn.choose_k(found) == 10
