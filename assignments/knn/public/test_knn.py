"""Public checks for k-nearest neighbours: 19 points. Every number here can be worked by hand.

Each check looks at one exercise alone: the training data of the classifier are set as the
attributes X_train and y_train, so a wrong method costs only its own points.
"""

import numpy as np
import pytest

IMAGE_A = [[56, 32, 10, 18], [90, 23, 128, 133], [24, 26, 178, 200], [2, 0, 255, 220]]
IMAGE_B = [[10, 20, 24, 17], [8, 10, 89, 100], [12, 16, 178, 170], [4, 32, 233, 112]]

TRAIN = np.array([[0.0, 0.0], [3.0, 4.0], [9.0, -8.0]])
TEST = np.array([[3.0, 0.0], [0.0, 4.0]])
L2 = np.array([[3.0, 4.0, 10.0], [4.0, 3.0, 15.0]])  # 3-4-5 triangles, times 1, 2 and 3
L1 = np.array([[3.0, 4.0, 14.0], [4.0, 3.0, 21.0]])


def memory(submission, X, y):
    """Return a classifier that holds X and y, without a call of its train."""
    knn = submission.KNearestNeighbor()
    knn.X_train = np.array(X, dtype=float)
    knn.y_train = np.array(y)
    return knn


@pytest.mark.points(1)
@pytest.mark.exercise("decode_cifar10")
def test_a_record_of_three_plain_planes(submission):
    """A record with red 10, green 20 and blue 30 everywhere decodes to one plain image."""
    buffer = bytes([6]) + bytes([10]) * 1024 + bytes([20]) * 1024 + bytes([30]) * 1024
    images, labels = submission.decode_cifar10(buffer)
    assert images.shape == (1, 32, 32, 3), "hint: axes are image, row, column, colour"
    assert (images == [10, 20, 30]).all(), "hint: the planes come one after the other"
    assert list(labels) == [6], "hint: the first byte of a record is its label"


@pytest.mark.points(1)
@pytest.mark.exercise("l1_distance")
def test_l1_of_the_lecture_is_456(submission):
    """The two 4x4 images of the lecture are 456 apart by L1."""
    distance = submission.l1_distance(np.array(IMAGE_A), np.array(IMAGE_B))
    assert distance == 456, "hint: add the absolute values of all 16 differences"


@pytest.mark.points(1)
@pytest.mark.exercise("l2_distance")
def test_l2_of_the_lecture_is_162(submission, close):
    """The two 4x4 images of the lecture are sqrt(26280) = 162.111 apart by L2."""
    distance = submission.l2_distance(np.array(IMAGE_A), np.array(IMAGE_B))
    close(distance, np.sqrt(26280), name="distance", hint="the root is taken once, of the sum")


@pytest.mark.points(1)
@pytest.mark.exercise("top_k_neighbours")
def test_two_nearest_of_four(submission, close):
    """Of the distances 5, 1, 4, 2 the two nearest are at index 1, then index 3."""
    nearest = submission.top_k_neighbours(np.array([[5.0, 1.0, 4.0, 2.0]]), 2)
    hint = "indices, sorted by distance, not distances"
    close(nearest, [[1, 3]], name="indices", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("KNearestNeighbor.train")
def test_train_keeps_the_data(submission, close):
    """After train(X, y) the classifier has them as X_train and y_train."""
    knn = submission.KNearestNeighbor()
    knn.train(TRAIN, np.array([2, 2, 5]))
    close(knn.X_train, TRAIN, name="self.X_train")
    close(knn.y_train, [2, 2, 5], name="self.y_train")


@pytest.mark.points(1)
@pytest.mark.exercise("KNearestNeighbor.predict")
def test_predict_hands_the_distances_to_the_vote(submission):
    """With no loops asked for, the labels are the vote on what that method gives."""
    knn = memory(submission, TRAIN, [0, 1, 2])
    knn.compute_distances_no_loops = lambda X: np.array([[2.0, 1.0, 3.0], [1.0, 2.0, 3.0]])
    knn.predict_labels = lambda dists, k=1: dists.argmin(axis=1) + 10 * k
    assert list(knn.predict(TEST, k=3)) == [31, 30], "hint: predict_labels(dists, k)"


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_two_loops")
def test_two_loops_on_triangles(submission, close):
    """Right triangles give whole-numbered distances, with two loops."""
    close(memory(submission, TRAIN, [2, 2, 5]).compute_distances_two_loops(TEST), L2, name="dists")


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_one_loop")
def test_one_loop_on_triangles(submission, close):
    """Right triangles give whole-numbered distances, with one loop."""
    close(memory(submission, TRAIN, [2, 2, 5]).compute_distances_one_loop(TEST), L2, name="dists")


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_no_loops")
def test_no_loops_on_triangles(submission, close):
    """Right triangles give whole-numbered distances, without a loop."""
    close(memory(submission, TRAIN, [2, 2, 5]).compute_distances_no_loops(TEST), L2, name="dists")


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_l1")
def test_l1_between_rows(submission, close):
    """The same rows by L1: the two sides of each triangle added."""
    close(memory(submission, TRAIN, [2, 2, 5]).compute_distances_l1(TEST), L1, name="dists")


@pytest.mark.points(1)
@pytest.mark.exercise("predict_labels")
def test_three_neighbours_vote(submission, close):
    """Neighbours labelled 7, 2, 2 elect 2; neighbours labelled 7, 2, 5 elect the smallest, 2."""
    knn = memory(submission, np.zeros((6, 1)), [7, 2, 2, 5, 9, 9])
    dists = np.array([[1.0, 2.0, 3.0, 9.0, 20.0, 30.0], [1.0, 2.0, 9.0, 3.0, 20.0, 30.0]])
    elected = knn.predict_labels(dists, 3)
    hint = "most votes first, then the smallest label"
    close(elected, [2, 2], name="labels", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("predict_labels_weighted")
def test_a_near_neighbour_outweighs_two_far_ones(submission, close):
    """At distances 1, 4, 5 the weights are 1, 1/4, 1/5: one vote beats the other two."""
    knn = memory(submission, np.zeros((3, 1)), [7, 2, 2])
    elected = knn.predict_labels_weighted(np.array([[1.0, 4.0, 5.0]]), 3)
    close(elected, [7], name="labels", hint="add up 1/d for each label")


@pytest.mark.points(1)
@pytest.mark.exercise("split_indices")
def test_ten_rows_in_three_sets(submission):
    """Ten rows fall into sets of 5, 3 and 2, every row into exactly one."""
    train, val, test = submission.split_indices(10, 3, 2, 0)
    assert [len(train), len(val), len(test)] == [5, 3, 2], "hint: train, val, test, in this order"
    assert sorted([*train, *val, *test]) == list(range(10)), "hint: no row twice, none left out"


@pytest.mark.points(1)
@pytest.mark.exercise("cross_validate")
def test_folds_of_a_classifier_that_always_says_one(submission, close):
    """A classifier that always says 1 has the share of ones in each fold as its accuracy."""

    def ones(X_train, y_train, X, k):
        return np.ones(len(X), dtype=int)

    y = np.array([1, 1, 0, 0, 1, 0, 0])  # folds of 3, 2 and 2 rows
    found = submission.cross_validate(np.zeros((7, 2)), y, [1, 3], 3, ones)
    assert sorted(found) == [1, 3], "hint: the keys are the values of k"
    for k in (1, 3):
        close(found[k], [2 / 3, 1 / 2, 0.0], name="accuracies")


@pytest.mark.points(1)
@pytest.mark.exercise("choose_k")
def test_the_mean_of_the_folds_decides(submission):
    """Over the five folds of CIFAR-10, k = 10 has the largest mean accuracy."""
    folds = {
        1: [0.263, 0.257, 0.264, 0.278, 0.266],
        3: [0.239, 0.249, 0.240, 0.266, 0.254],
        5: [0.248, 0.266, 0.280, 0.292, 0.280],
        8: [0.262, 0.282, 0.273, 0.290, 0.273],
        10: [0.265, 0.296, 0.276, 0.284, 0.280],
    }
    assert submission.choose_k(folds) == 10, "hint: compare the means over the folds"


@pytest.mark.points(1)
@pytest.mark.exercise("equal_l2_images")
def test_three_images_two_away(submission, close):
    """An image at distance 2 from its shift: the box takes 1 off 4 values, the tint adds 1/2."""
    image = np.zeros((4, 4))
    image[1:3, 1] = 1.0  # shifting moves two ones: four values change by 1, distance 2
    shifted, boxed, tinted = submission.equal_l2_images(image, (0, 2, 2, 2))
    close(shifted[1], [0, 0, 1, 0], name="row 1 of the shifted image", hint="to the right")
    close(boxed - image, [[0, 0, -1, -1], [0, 0, -1, -1], [0] * 4, [0] * 4], name="box")
    close(tinted - image, np.full((4, 4), 0.5), name="tint")


@pytest.mark.points(1)
@pytest.mark.exercise("add_noise_features")
def test_noise_stands_on_the_right(submission, close):
    """Three columns of noise turn (5, 2) into (5, 5); the first two columns stay."""
    X = np.arange(10.0).reshape(5, 2)
    noisy = submission.add_noise_features(X, 3, 1.0, 0)
    assert noisy.shape == (5, 5), "hint: (N, D + num_noise)"
    close(noisy[:, :2], X, name="the first columns", hint="X comes first and is not changed")


@pytest.mark.points(1)
@pytest.mark.exercise("relative_contrast")
def test_contrast_of_three_and_ten(submission, close):
    """Distances 3, 4 and 10 have the relative contrast (10 - 3) / 3."""
    close(submission.relative_contrast(TRAIN, TEST[0]), 7 / 3, name="contrast")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_numbers_that_knn_keeps(answers):
    """The question on what k-NN stores is answered: multiply it out."""
    answers({"stored_numbers": "d"}, hint="images times values in an image")
