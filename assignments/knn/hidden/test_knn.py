"""Hidden checks for k-nearest neighbours: 81 points.

Each check looks at one exercise alone: the training data of a classifier are set as its attributes
X_train and y_train, distances and classifiers are handed in. Rows are drawn from a normal
distribution, so that distances are of the size of the rows: |x|^2 + |t|^2 - 2 x.t then loses about
1e-15 of them, far below the tolerance of 1e-6. Left out on purpose, because the task leaves it
open: distances between equal rows, and distance ties among the neighbours that vote.
"""

import numpy as np
import pytest

SHAPE = "one row per test row, one column per training row"
L1 = f"the sum over the features of |x - t|; {SHAPE}"
L2 = f"the root of the sum over the features of (x - t)^2; {SHAPE}"


def memory(submission, X, y):
    """Return a classifier that holds X and y, without a call of its train."""
    knn = submission.KNearestNeighbor()
    knn.X_train = X
    knn.y_train = y
    return knn


def distinct(rng, low, high, count):
    """Return `count` different integers from low..high-1, in random order."""
    return [int(n) for n in rng.choice(np.arange(low, high), size=count, replace=False)]


def untied_distances(rng, m, n):
    """Return (m, n) distances from 0 to 1, no two of a row closer to each other than 0.1 / n."""
    dists = rng.permuted(np.tile(np.arange(n), (m, 1)), axis=1) + 0.1 + 0.8 * rng.random((m, n))
    return dists / n


def sparse_labels(rng, n):
    """Return (n,) labels of three classes that are not 0, 1, 2."""
    return np.array(distinct(rng, 2, 40, 3))[rng.integers(0, 3, n)]


def two_labels(rng):
    """Return two labels, the smaller first; a Python set of them begins with the larger."""
    small = int(rng.integers(2, 8))
    return small, 8 * int(rng.integers(1, 5)) + int(rng.integers(1, small))


def close_labels(close, actual, expected, hint):
    """Compare labels by value: CS231n's np.zeros makes them floats."""
    close(actual, np.asarray(expected), name="labels", hint=hint)


def check_random_rows(rng, submission, reference, close, method):
    for _ in range(4):
        m, n = distinct(rng, 2, 9, 2)
        d = int(rng.integers(2, 30))
        test, train = rng.normal(size=(m, d)), rng.normal(size=(n, d))
        compare_distances(submission, reference, close, method, test, train)


def check_single_rows(rng, submission, reference, close, method):
    for m, n in [(1, int(rng.integers(3, 9))), (int(rng.integers(3, 9)), 1)]:
        test, train = rng.normal(size=(m, 5)), rng.normal(size=(n, 5))
        compare_distances(submission, reference, close, method, test, train)


def compare_distances(submission, reference, close, method, test, train):
    expected = getattr(memory(reference, train, np.zeros(len(train))), method)(test)
    knn = memory(submission, train, np.zeros(len(train), dtype=int))
    close(getattr(knn, method)(test), expected, name="dists", hint=formula(method))


def check_speed(rng, submission, reference, faster, method):
    """Ask for distances in a fifth of the time that the reference's two loops need for them."""
    test, train = rng.normal(size=(60, 16)), rng.normal(size=(400, 16))
    knn, right = (memory(module, train, np.zeros(400)) for module in (submission, reference))
    hint = f"{method} still loops over pairs of rows: let numpy take many rows at once"
    distances = getattr(knn, method)
    loops = right.compute_distances_two_loops
    faster(lambda: distances(test), lambda: loops(test), times=1 / 5, hint=hint)


def formula(method):
    return L1 if method == "compute_distances_l1" else L2


def check_rows_left_alone(rng, submission, reference, close, method):
    test, train = rng.normal(size=(3, 6)), rng.normal(size=(4, 6))
    knn = memory(submission, train, np.zeros(4, dtype=int))
    called = getattr(knn, method).call(test)
    expected = getattr(memory(reference, train, np.zeros(4)), method)(test)
    close(called.value, expected, name="dists", hint=formula(method))
    assert np.array_equal(called.args[0], test), "hint: the test rows X were written to"
    assert np.array_equal(knn.X_train, train), "hint: the training rows were written to"


@pytest.mark.points(2)
@pytest.mark.exercise("decode_cifar10")
def test_random_records(submission, reference, rng, close):
    """Random records give every pixel its place, and every image its label."""
    records = rng.integers(0, 256, size=(int(rng.integers(2, 6)), 3073), dtype=np.uint8)
    records[:, 0] = rng.integers(0, 10, len(records))
    images, labels = submission.decode_cifar10(records.tobytes())
    want_images, want_labels = reference.decode_cifar10(records.tobytes())
    close(images, want_images, name="images", hint="a plane is 32 rows of 32 values")
    close(labels, want_labels, name="labels")
    assert images.dtype == np.uint8, "hint: the images stay uint8"


@pytest.mark.points(1)
@pytest.mark.exercise("decode_cifar10")
def test_a_cut_record_is_refused(submission, rng):
    """A buffer that ends inside a record raises ValueError."""
    whole = submission.decode_cifar10(bytes(3073 * 2))
    assert whole[0].shape == (2, 32, 32, 3), "hint: two whole records are no error"
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the student's
        submission.decode_cifar10(bytes(3073 * 2 + int(rng.integers(1, 3073))))


@pytest.mark.points(1)
@pytest.mark.exercise("l1_distance")
def test_l1_of_random_images(submission, rng, close):
    """L1 is right for images of any shape with values of both signs."""
    shape = tuple(distinct(rng, 2, 9, int(rng.integers(1, 4))))
    a, b = rng.normal(size=shape), rng.normal(size=shape)
    close(submission.l1_distance(a, b), np.abs(a - b).sum(), name="distance")


@pytest.mark.points(1)
@pytest.mark.exercise("l1_distance")
def test_l1_of_uint8_images(submission, rng, close):
    """L1 of two uint8 images is that of the same images in floats."""
    a, b = rng.integers(0, 256, size=(2, 5, 7, 3), dtype=np.uint8)
    expected = float(np.abs(a.astype(float) - b.astype(float)).sum())
    close(submission.l1_distance(a, b), expected, name="distance", hint="uint8 wraps at 256")


@pytest.mark.points(1)
@pytest.mark.exercise("l1_distance")
def test_l1_refuses_two_shapes(submission, rng):
    """L1 of two shapes raises ValueError, where numpy would repeat the smaller array."""
    a = rng.normal(size=(4, 6))
    assert submission.l1_distance(a, a) == 0, "hint: an image is at distance 0 from itself"
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the student's
        submission.l1_distance(a, a[0])


@pytest.mark.points(1)
@pytest.mark.exercise("l2_distance")
def test_l2_of_random_images(submission, rng, close):
    """L2 is right for images of any shape, in floats and in uint8."""
    shape = tuple(distinct(rng, 2, 9, int(rng.integers(1, 4))))
    a, b = rng.normal(size=shape), rng.normal(size=shape)
    close(submission.l2_distance(a, b), np.linalg.norm(a - b), name="distance")
    a, b = rng.integers(0, 256, size=(2, 6, 4, 3), dtype=np.uint8)
    expected = float(np.linalg.norm(a.astype(float) - b.astype(float)))
    close(submission.l2_distance(a, b), expected, name="distance", hint="uint8 wraps at 256")


@pytest.mark.points(1)
@pytest.mark.exercise("l2_distance")
def test_l2_refuses_two_shapes(submission, rng):
    """L2 of two shapes raises ValueError, where numpy would repeat the smaller array."""
    a = rng.normal(size=(4, 6))
    assert submission.l2_distance(a, a) == 0, "hint: an image is at distance 0 from itself"
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the student's
        submission.l2_distance(a, a[0])


@pytest.mark.points(2)
@pytest.mark.exercise("top_k_neighbours")
def test_nearest_of_random_distances(submission, reference, rng, close):
    """The k smallest distances of each row are found, nearest first."""
    for k in distinct(rng, 1, 8, 3):
        dists = untied_distances(rng, int(rng.integers(2, 6)), 9)
        expected = reference.top_k_neighbours(dists, k)
        close(submission.top_k_neighbours(dists, k), expected, name="indices")


@pytest.mark.points(2)
@pytest.mark.exercise("top_k_neighbours")
def test_equal_distances_go_by_index(submission, reference, rng, close):
    """Of equally near training rows the one with the smaller index comes first."""
    dists = rng.integers(0, 3, size=(4, 60)).astype(float)
    k = int(rng.integers(30, 60))
    expected = reference.top_k_neighbours(dists, k)
    hint = "a sort that keeps the order of equal values is called stable"
    close(submission.top_k_neighbours(dists, k), expected, name="indices", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("KNearestNeighbor.train")
def test_the_last_training_data_count(submission, rng, close):
    """train keeps X and y as they are, and a second call replaces the first."""
    knn = submission.KNearestNeighbor()
    for n in distinct(rng, 2, 9, 2):
        X, y = rng.normal(size=(n, 3)), sparse_labels(rng, n)
        knn.train(X, y)
        close(knn.X_train, X, name="X_train")
        close_labels(close, knn.y_train, y, "y_train holds the labels of train's y")


@pytest.mark.points(2)
@pytest.mark.exercise("KNearestNeighbor.predict")
@pytest.mark.parametrize("num_loops", [0, 1, 2])
def test_predict_asks_the_method_that_num_loops_names(submission, rng, num_loops):
    """The distances come from the method that num_loops names; another number is refused."""
    X, k = rng.normal(size=(4, 3)), int(rng.integers(2, 6))
    dists = {loops: rng.uniform(1, 9, size=(4, 6)) for loops in (0, 1, 2)}
    asked = []
    knn = memory(submission, rng.normal(size=(6, 3)), rng.integers(3, size=6))
    knn.compute_distances_no_loops = lambda rows: dists[0]
    knn.compute_distances_one_loop = lambda rows: dists[1]
    knn.compute_distances_two_loops = lambda rows: dists[2]

    def vote(given, k=1):
        asked.append((np.array(given), k))
        return np.arange(4) + 7

    knn.predict_labels = vote
    labels = knn.predict(X, k=k, num_loops=num_loops)
    assert np.array_equal(labels, np.arange(4) + 7), "hint: return what predict_labels gives"
    ((given, asked_k),) = asked
    assert np.array_equal(given, dists[num_loops]), "hint: 0, 1 or 2 loops have a method each"
    assert asked_k == k, "hint: hand k on to predict_labels"
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the student's
        knn.predict(X, k=k, num_loops=num_loops + 3)


@pytest.mark.points(3)
@pytest.mark.exercise("compute_distances_two_loops")
def test_two_loops_on_random_rows(submission, reference, rng, close):
    """Two loops give the L2 distances of random rows, test rows down, training rows across."""
    check_random_rows(rng, submission, reference, close, "compute_distances_two_loops")


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_two_loops")
def test_two_loops_on_single_rows(submission, reference, rng, close):
    """Two loops also serve one test row, and one training row."""
    check_single_rows(rng, submission, reference, close, "compute_distances_two_loops")


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_two_loops")
def test_two_loops_leave_rows_alone(submission, reference, rng, close):
    """Two loops give the distances and leave test and training rows unchanged."""
    check_rows_left_alone(rng, submission, reference, close, "compute_distances_two_loops")


@pytest.mark.points(3)
@pytest.mark.exercise("compute_distances_one_loop")
def test_one_loop_on_random_rows(submission, reference, rng, close, faster):
    """One loop gives the L2 distances of random rows, five times as fast as two."""
    check_random_rows(rng, submission, reference, close, "compute_distances_one_loop")
    check_speed(rng, submission, reference, faster, "compute_distances_one_loop")


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_one_loop")
def test_one_loop_on_single_rows(submission, reference, rng, close):
    """One loop also serves one test row, and one training row."""
    check_single_rows(rng, submission, reference, close, "compute_distances_one_loop")


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_one_loop")
def test_one_loop_leaves_rows_alone(submission, reference, rng, close):
    """One loop gives the distances and leaves test and training rows unchanged."""
    check_rows_left_alone(rng, submission, reference, close, "compute_distances_one_loop")


@pytest.mark.points(3)
@pytest.mark.exercise("compute_distances_no_loops")
def test_no_loops_on_random_rows(submission, reference, rng, close, faster):
    """No loops give the L2 distances of random rows, five times as fast as two."""
    check_random_rows(rng, submission, reference, close, "compute_distances_no_loops")
    check_speed(rng, submission, reference, faster, "compute_distances_no_loops")


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_no_loops")
def test_no_loops_on_images(submission, reference, rng, close):
    """No loops give the L2 distances of images with values 0 to 255."""
    test, train = rng.uniform(0, 255, size=(12, 192)), rng.uniform(0, 255, size=(25, 192))
    method = "compute_distances_no_loops"
    compare_distances(submission, reference, close, method, test, train)


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_no_loops")
def test_no_loops_on_single_rows(submission, reference, rng, close):
    """No loops also serve one test row, and one training row."""
    check_single_rows(rng, submission, reference, close, "compute_distances_no_loops")


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_no_loops")
def test_no_loops_leave_rows_alone(submission, reference, rng, close):
    """No loops give the distances and leave test and training rows unchanged."""
    check_rows_left_alone(rng, submission, reference, close, "compute_distances_no_loops")


@pytest.mark.points(2)
@pytest.mark.exercise("compute_distances_l1")
def test_l1_on_random_rows(submission, reference, rng, close):
    """The L1 distances of random rows are right, test rows down, training rows across."""
    check_random_rows(rng, submission, reference, close, "compute_distances_l1")


@pytest.mark.points(1)
@pytest.mark.exercise("compute_distances_l1")
def test_l1_leaves_rows_alone(submission, reference, rng, close):
    """The L1 distances come out and leave test and training rows unchanged."""
    check_rows_left_alone(rng, submission, reference, close, "compute_distances_l1")


def unanimous_rows(reference, dists, labels, k):
    """Return the rows of `dists` whose k nearest labels have one most frequent label."""
    voters = labels[reference.top_k_neighbours(dists, k)]
    votes = (voters[:, :, None] == np.unique(labels)).sum(axis=1)
    votes.sort(axis=1)
    return dists[votes[:, -1] > votes[:, -2]]


@pytest.mark.points(3)
@pytest.mark.exercise("predict_labels")
def test_the_most_frequent_label_wins(submission, reference, rng, close):
    """Where one label has the most votes, it wins, whatever k and the labels are."""
    for k in distinct(rng, 2, 12, 4):
        labels = np.append(sparse_labels(rng, 20), [41, 42])
        dists = unanimous_rows(reference, untied_distances(rng, 60, 22), labels, k)
        expected = memory(reference, dists, labels).predict_labels(dists, k)
        knn = memory(submission, rng.normal(size=(22, 2)), labels)
        close_labels(close, knn.predict_labels(dists, k), expected, "exactly k neighbours vote")


@pytest.mark.points(3)
@pytest.mark.exercise("predict_labels")
def test_the_smallest_of_equally_frequent_labels_wins(submission, rng, close):
    """Where labels have equally many votes, the smallest label wins, near or far."""
    for ties in distinct(rng, 1, 5, 3):
        small, large = two_labels(rng)
        labels = np.array([large] * ties + [small] * ties + [0] * 3)
        near_to_far = (1.0 + np.arange(2 * ties + 3)) / len(labels)
        dists = np.tile(near_to_far, (8, 1))
        dists[1, : 2 * ties] = dists[1, : 2 * ties][::-1]  # the small label nearest this time
        dists[2:, : 2 * ties] = rng.permuted(dists[2:, : 2 * ties], axis=1)
        order = rng.permutation(len(labels))
        labels, dists = labels[order], dists[:, order]
        knn = memory(submission, rng.normal(size=(len(labels), 2)), labels)
        elected = knn.predict_labels(dists, 2 * ties)
        close_labels(close, elected, [small] * 8, "a tie goes to the smallest label")


@pytest.mark.points(1)
@pytest.mark.exercise("predict_labels")
def test_all_training_rows_vote(submission, rng, close):
    """With k = N every test row gets the most frequent label of the training set."""
    counts = distinct(rng, 2, 9, 3)
    classes = distinct(rng, 1, 40, 3)
    labels = rng.permutation(np.repeat(classes, counts))
    knn = memory(submission, rng.normal(size=(len(labels), 2)), labels)
    elected = knn.predict_labels(untied_distances(rng, 4, len(labels)), len(labels))
    close_labels(close, elected, [classes[np.argmax(counts)]] * 4, "k = N: everybody votes")


@pytest.mark.points(1)
@pytest.mark.exercise("predict_labels")
def test_one_neighbour_by_default(submission, rng, close):
    """Without a k, each test row gets the label of its nearest training row."""
    labels = rng.permutation(np.arange(3, 14))
    dists = untied_distances(rng, 6, 11)
    knn = memory(submission, rng.normal(size=(11, 2)), labels)
    close_labels(close, knn.predict_labels(dists), labels[dists.argmin(axis=1)], "k is 1")


@pytest.mark.points(2)
@pytest.mark.exercise("predict_labels_weighted")
def test_the_heaviest_label_wins(submission, reference, rng, close):
    """The label with the largest sum of 1/d wins, whatever k and the labels are."""
    for k in distinct(rng, 3, 12, 4):
        labels = sparse_labels(rng, 20)
        dists = rng.uniform(0.1, 4.0, size=(30, 20))
        expected = memory(reference, dists, labels).predict_labels_weighted(dists, k)
        knn = memory(submission, rng.normal(size=(20, 2)), labels)
        elected = knn.predict_labels_weighted(dists, k)
        close_labels(close, elected, expected, "the weight of a neighbour is 1/d")


@pytest.mark.points(2)
@pytest.mark.exercise("predict_labels_weighted")
def test_neighbours_at_distance_zero_decide(submission, rng, close):
    """Neighbours at distance 0 vote among themselves, one vote each; the others do not count."""
    first, second, third = sorted(distinct(rng, 0, 40, 3))
    labels = np.array([first] * 4 + [third, second, third])
    dists = np.array([[0.5, 0.5, 0.5, 0.5, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 2.0]])
    knn = memory(submission, rng.normal(size=(7, 2)), labels)
    elected = knn.predict_labels_weighted(dists, 7)
    close_labels(close, elected, [third, second], "1/d is not a number to add up when d is 0")


@pytest.mark.points(1)
@pytest.mark.exercise("predict_labels_weighted")
def test_the_smallest_of_equally_heavy_labels_wins(submission, rng, close):
    """Where labels have equal sums of 1/d, the smallest label wins."""
    small, large = two_labels(rng)
    labels = np.array([large, small, small, 0])
    dists = np.array([[1.0, 2.0, 2.0, 8.0], [2.0, 2.0, 8.0, 9.0]])  # 1 = 1/2 + 1/2
    knn = memory(submission, rng.normal(size=(4, 2)), labels)
    close_labels(close, knn.predict_labels_weighted(dists[:1], 1), [large], "one neighbour")
    close_labels(close, knn.predict_labels_weighted(dists[:1], 3), [small], "smallest label")
    close_labels(close, knn.predict_labels_weighted(dists[1:], 2), [small], "smallest label")


def three_sets(submission, n, num_val, num_test, seed):
    """Return the three sets of a split, of the sizes that were asked for."""
    sets = submission.split_indices(n, num_val, num_test, seed)
    sizes = [len(rows) for rows in sets]
    assert sizes == [n - num_val - num_test, num_val, num_test], "hint: train, val, test"
    return sets


@pytest.mark.points(2)
@pytest.mark.exercise("split_indices")
def test_every_row_in_one_set(submission, rng):
    """The three sets have the sizes asked for, and every row is in exactly one of them."""
    for seed in range(3):
        n = int(rng.integers(60, 90))
        num_val, num_test = distinct(rng, 5, 25, 2)
        sets = three_sets(submission, n, num_val, num_test, seed)
        assert np.array_equal(np.sort(np.concatenate(sets)), np.arange(n)), (
            "hint: the sets are disjoint, and no row is left out"
        )


@pytest.mark.points(1)
@pytest.mark.exercise("split_indices")
def test_the_seed_decides_the_split(submission, rng):
    """The same seed gives the same sets, another seed others."""
    first, other = distinct(rng, 0, 1000, 2)
    split = three_sets(submission, 200, 60, 50, first)
    for rows, again in zip(split, three_sets(submission, 200, 60, 50, first), strict=True):
        assert np.array_equal(rows, again), "hint: make a new generator from the seed in each call"
    for rows, others in zip(split, three_sets(submission, 200, 60, 50, other), strict=True):
        assert set(np.asarray(rows).tolist()) != set(np.asarray(others).tolist()), (
            "hint: the seed must matter to all three sets"
        )


@pytest.mark.points(1)
@pytest.mark.exercise("split_indices")
def test_sets_are_drawn_from_all_rows(submission, rng):
    """Each set has rows from every third of the dataset: files are often sorted by class."""
    sets = three_sets(submission, 300, 80, 70, int(rng.integers(1000)))
    for rows in sets:  # a fair draw misses a third of the rows once in 10^12 times
        assert set(np.asarray(rows) // 100) == {0, 1, 2}, "hint: shuffle before cutting"


@pytest.mark.points(1)
@pytest.mark.exercise("split_indices")
def test_no_training_row_is_refused(submission, rng):
    """A split that leaves no row for training raises ValueError; one row is enough."""
    n = int(rng.integers(20, 40))
    train, _, _ = submission.split_indices(n, 9, n - 10, 0)
    assert len(train) == 1, "hint: one training row is allowed"
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the student's
        submission.split_indices(n, 9, n - 9, 0)


@pytest.mark.points(3)
@pytest.mark.exercise("cross_validate")
def test_accuracies_of_every_k_and_fold(submission, reference, rng, close):
    """Every k gets the accuracy of each fold, in the order of the folds, for folds of any size."""
    for num_folds in distinct(rng, 3, 7, 2):
        X, y = rng.normal(size=(6 * num_folds + 1, 3)), rng.integers(0, 3, 6 * num_folds + 1)
        ks = distinct(rng, 1, 9, 3)
        found = submission.cross_validate(X, y, ks, num_folds, reference.knn_classify)
        expected = reference.cross_validate(X, y, ks, num_folds)
        assert sorted(found) == sorted(expected), "hint: the keys are the values of k"
        for k in ks:
            close(list(found[k]), expected[k], name="accuracies", hint="one per fold, 0 to 1")


@pytest.mark.points(3)
@pytest.mark.exercise("cross_validate")
def test_no_fold_is_trained_on_its_own_rows(submission, rng):
    """The training rows of a fold are all rows outside it, each with its own label."""
    n, num_folds = int(rng.integers(17, 24)), int(rng.integers(3, 6))
    X, y = np.column_stack([np.arange(n), rng.normal(size=n)]), rng.integers(0, 50, n)
    ks = distinct(rng, 1, 9, 2)
    seen = {}

    def classify(X_train, y_train, X_fold, k):
        rows, fold = np.asarray(X_train)[:, 0].astype(int), np.asarray(X_fold)[:, 0].astype(int)
        seen[int(k), tuple(fold.tolist())] = rows, np.array(y_train)
        return np.zeros(len(fold), dtype=int)

    submission.cross_validate(X, y, ks, num_folds, classify)
    folds = [tuple(fold.tolist()) for fold in np.array_split(np.arange(n), num_folds)]
    assert seen.keys() == {(k, fold) for k in ks for fold in folds}, (
        "hint: classify each fold of np.array_split once for every k"
    )
    for (_, fold), (rows, labels) in seen.items():
        assert not set(fold) & set(rows.tolist()), "hint: a fold was among its own training rows"
        assert len(rows) == n - len(fold), "hint: train on all the other folds"
        assert np.array_equal(labels, y[rows]), "hint: a training row lost its own label"


@pytest.mark.points(2)
@pytest.mark.exercise("choose_k")
def test_the_largest_mean_wins(submission, reference, rng):
    """The k with the largest mean wins, whatever the order of the keys."""
    for _ in range(20):
        folds = {k: rng.random(4).tolist() for k in distinct(rng, 1, 60, 6)}
        assert submission.choose_k(folds) == reference.choose_k(folds), "hint: the largest mean"


@pytest.mark.points(1)
@pytest.mark.exercise("choose_k")
def test_the_smallest_of_equal_means_wins(submission, rng):
    """Of equally good k the smallest wins, whatever the order of the keys."""
    up = sorted(distinct(rng, 2, 60, 4))
    for ks in (up, up[::-1], [up[2], up[0], up[3], up[1]]):
        folds = {k: [0.5, 0.75] for k in ks}
        folds[1] = [0.5, 0.625]
        assert submission.choose_k(folds) == up[0], "hint: the smallest of the best k"


def draw_image_and_box(rng, colours):
    height, width = distinct(rng, 6, 12, 2)
    image = rng.uniform(0, 255, size=(height, width, *colours))
    return image, (int(rng.integers(1, 4)), int(rng.integers(1, 4)), *distinct(rng, 2, 4, 2))


@pytest.mark.points(1)
@pytest.mark.exercise("equal_l2_images")
def test_three_equal_distances(submission, rng, close):
    """The three images are equally far from the original by L2, and differ from one another."""
    for colours in [(), (3,)] * 2:
        image, box = draw_image_and_box(rng, colours)
        images = submission.equal_l2_images(image, box)
        d = np.linalg.norm(np.roll(image, 1, axis=1) - image)
        for name, altered in zip(["shifted", "boxed", "tinted"], images, strict=True):
            found = float(np.linalg.norm(np.asarray(altered) - image))
            close(found, d, name=f"distance of the {name} image", hint="c * sqrt(n values)")
        assert not np.allclose(images[0], images[1]), "hint: the box is not a shift"
        assert not np.allclose(images[1], images[2]), "hint: the tint is not a box"


@pytest.mark.points(2)
@pytest.mark.exercise("equal_l2_images")
def test_shift_box_and_tint(submission, reference, rng, close):
    """The shift wraps to the right, the box is darker, the tint brighter, for any size of image."""
    for colours in [(), (3,)] * 2:
        image, box = draw_image_and_box(rng, colours)
        called = submission.equal_l2_images.call(image, box)
        expected = reference.equal_l2_images(image, box)
        for name, altered, want in zip(
            ["shifted", "boxed", "tinted"], called.value, expected, strict=True
        ):
            close(altered, want, name=name)
        assert np.array_equal(called.args[0], image), "hint: the original was written to"


@pytest.mark.points(1)
@pytest.mark.exercise("add_noise_features")
def test_noise_keeps_the_features(submission, rng, close):
    """The features stay in front, and the seed decides the noise."""
    X = rng.normal(size=(6, 4))
    seed, other = distinct(rng, 0, 1000, 2)
    count = int(rng.integers(2, 7))
    noisy = submission.add_noise_features(X, count, 2.5, seed)
    close(noisy[:, :4], X, name="features")
    assert noisy.shape == (6, 4 + count), "hint: num_noise columns more"
    close(submission.add_noise_features(X, count, 2.5, seed), noisy, name="the same call again")
    again = submission.add_noise_features(X, count, 2.5, other)
    assert not np.array_equal(again[:, 4:], noisy[:, 4:]), "hint: the seed must matter"


@pytest.mark.points(2)
@pytest.mark.exercise("add_noise_features")
def test_noise_is_normal_and_independent(submission, rng, close):
    """The noise has mean 0, the standard deviation asked for, and says nothing of one another."""
    scale = float(rng.uniform(2, 9))
    X = rng.normal(size=(400, 3))
    noise = submission.add_noise_features(X, 60, scale, int(rng.integers(1000)))[:, 3:] / scale
    # 24,000 draws: the mean is off by 0.0065, the deviation by 0.0046, the share by 0.003.
    assert abs(noise.mean()) < 0.05, "hint: the mean of the noise is 0"
    close(float(noise.std()), 1.0, tol=0.05, name="deviation / scale", hint="scale, not scale^2")
    share = float((np.abs(noise) < 1).mean())
    close(share, 0.6827, tol=0.03, name="share within one deviation", hint="normal, not uniform")
    correlation = np.corrcoef(noise, rowvar=False) - np.eye(60)
    assert np.abs(correlation).max() < 0.4, "hint: every column has draws of its own"
    assert np.abs(np.corrcoef(noise) - np.eye(400)).max() < 0.9, "hint: so has every row"


@pytest.mark.points(1)
@pytest.mark.exercise("add_noise_features")
def test_noise_drowns_the_digits(submission, data):
    """On the digits 1-NN gets worse with every step of noise, in the mean over five seeds."""
    digits = data("digits")
    X, y = digits["x"][:600], digits["y"][:600]
    means = []
    for num_noise in (1, 16, 64, 256):
        noisy = [submission.add_noise_features(X, num_noise, 8.0, seed) for seed in range(5)]
        means.append(np.mean([accuracy_of_1nn(rows, y) for rows in noisy]))
    assert means[0] > 0.8, "hint: one column of noise leaves the digits readable"
    assert (np.diff(means) < 0).all(), "hint: the more noise, the worse the neighbours"


def accuracy_of_1nn(X, y, num_train=400):
    train, test = X[:num_train], X[num_train:]
    squares = (train**2).sum(axis=1) - 2 * test @ train.T  # |x|^2 does not change the order
    return np.mean(y[squares.argmin(axis=1)] == y[num_train:])


@pytest.mark.points(2)
@pytest.mark.exercise("relative_contrast")
def test_contrast_of_random_points(submission, reference, rng, close):
    """The contrast is right for random points and queries."""
    for n in distinct(rng, 2, 30, 4):
        d = int(rng.integers(1, 20))
        X, q = rng.normal(size=(n, d)), rng.normal(size=d)
        found = submission.relative_contrast(X, q)
        close(found, reference.relative_contrast(X, q), name="contrast")


@pytest.mark.points(1)
@pytest.mark.exercise("relative_contrast")
def test_contrast_falls_with_the_dimension(submission, reference, rng, close):
    """In 2, 10, 100 and 1000 dimensions the contrast falls strictly, and a unit cancels."""
    contrasts = []
    for d in (2, 10, 100, 1000):
        X, q = rng.random((300, d)), np.full(d, 0.5)
        contrasts.append(submission.relative_contrast(X, q))
        close(contrasts[-1], reference.relative_contrast(X, q), name="contrast")
        scaled = submission.relative_contrast(1000 * X, 1000 * q)
        assert np.shape(scaled) == (), "hint: the contrast is one number"
        close(scaled, contrasts[-1], tol=1e-4, name="contrast", hint="a ratio has no unit")
    assert (np.diff(contrasts) < 0).all(), "hint: far and near grow alike in high dimensions"


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_the_pipeline(answers):
    """The questions on choosing k, and on folds in deep learning, are answered."""
    keys = ["who_chooses_k", "folds_and_deep_nets"]
    answers(keys, hint="read the part on validation again")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_the_cost(answers):
    """The questions on what k-NN stores and on what a prediction costs are answered."""
    keys = ["stored_numbers", "cost_of_a_prediction"]
    answers(keys, hint="which loops run, over how many numbers?")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_the_vote(answers):
    """The questions on k = 1 on the training set and on k = N are answered."""
    keys = ["one_nn_on_its_training_set", "k_equals_n"]
    answers(keys, hint="try both with the digits")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_distances(answers):
    """The questions on the square root and on NaN are answered."""
    keys = ["no_square_root", "nan_distance"]
    answers(keys, hint="read the part on distances without loops again")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_parametric_models(answers):
    """k-NN, the linear classifier and the network are told apart by what they store."""
    keys = ["knn_is", "linear_classifier_is", "mlp_of_fixed_width_is"]
    answers(keys, hint="what grows with the training set?")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_the_challenges(answers):
    """All six challenges of recognition are named."""
    keys = [
        "the_cat_is_photographed_from_behind",
        "the_cat_sits_in_moonlight",
        "the_cat_is_rolled_up_or_stretched_out",
        "only_its_tail_shows_behind_the_curtain",
        "a_tabby_lies_on_dry_leaves_of_its_colours",
        "one_cat_is_a_siamese_the_other_a_persian",
    ]
    answers(keys, hint="each letter is used once")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_supervised_learning(answers):
    """The five parts of supervised learning are matched, and why one learns at all."""
    keys = [
        "the_unknown_rule_that_labels_every_image",
        "the_pairs_of_an_image_and_its_label",
        "all_functions_sign_of_w_times_x",
        "how_bad_a_function_is_on_the_pairs",
        "moving_w_downhill_step_by_step",
        "why_not_hard_code",
    ]
    answers(keys, hint="each letter names one of the five parts")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_the_error(answers):
    """Each change is matched with the part of the error that it reduces."""
    keys = [
        "a_quadratic_model_in_place_of_a_line",
        "a_hundred_times_more_training_rows",
        "ten_times_more_steps_of_gradient_descent",
        "anything_when_equal_inputs_have_different_labels",
    ]
    answers(keys, hint="read the four parts of the error again")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_high_dimensions(answers):
    """The questions on filling a cube, equal distances and irrelevant features are answered."""
    keys = ["points_in_three_dimensions", "equal_l2_distance", "irrelevant_features"]
    answers(keys, hint="read the part on the limits of pixels again")
