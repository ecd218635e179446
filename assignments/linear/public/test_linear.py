"""Public checks for the linear assignment: the worked numbers of the text, 26 points.

These ship with the handout. The hidden suite asks the same functions about random data.
"""

import numpy as np
import pytest

# Scores of three images (rows: cat, car, frog) for the classes cat, car, frog: lecture 002.
TABLE = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
TRUE = np.array([0, 1, 2])
EYE = np.eye(3)  # with W = I the scores of X = TABLE are TABLE itself
REG = 0.1  # sum(I^2) = 3, so the regularisation adds 0.3 to the loss and 0.2 I to its gradient

# The table with X = TABLE, W = I: which class was too close (+1), how often the true one (-1).
PUSHES = np.array([[-1, 1, 0], [0, 0, 0], [1, 1, -2]])


def number(loss):
    """A loss is one number; an array that holds just one counts as well."""
    return loss.item() if isinstance(loss, np.ndarray) and loss.size == 1 else loss


def check_svm(function, close):
    loss, dW = function(EYE, TABLE, TRUE, REG)
    parts = "the rows cost 15.8 / 3 on average, and reg * sum(W^2), not halved, adds 0.3"
    close(number(loss), (2.9 + 0 + 12.9) / 3 + 0.3, name="loss", hint=parts)
    slope = "the rows add X^T times the pushes / N, and the regularisation 2 * reg * W"
    close(dW, TABLE.T @ PUSHES / 3 + 0.2 * EYE, name="dW", hint=slope)


def check_softmax(function, close):
    loss, dW = function(np.zeros((3, 3)), TABLE, TRUE, REG)
    mean = "each row has p_y = 1/3: take their mean"
    close(number(loss), np.log(3), name="loss at W = 0", hint=mean)
    slope = "the mean over the rows of x_i times (p - 1 for the true class, p for the others)"
    close(dW, TABLE.T @ (np.full((3, 3), 1 / 3) - EYE) / 3, name="dW at W = 0", hint=slope)
    loss, dW = function(EYE, TABLE, TRUE, REG)
    parts = "the rows cost 2.759 on average, and reg * sum(W^2), not halved, adds 0.3"
    close(number(loss), (2.0404 + 0.0791 + 6.1565) / 3 + 0.3, tol=1e-4, name="loss", hint=parts)
    p = np.exp(TABLE) / np.exp(TABLE).sum(axis=1, keepdims=True)
    close(dW, TABLE.T @ (p - EYE) / 3 + 0.2 * EYE, name="dW", hint=f"{slope}, and 2 * reg * W")


@pytest.mark.points(1)
@pytest.mark.exercise("scores")
def test_scores_of_the_lecture(submission, close):
    """The lecture's image of four pixels scores (-96.8, 437.9, 60.75)."""
    W = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0.0, 0.25, 0.2, -0.3]])
    x, b = np.array([56.0, 231.0, 24.0, 2.0]), np.array([1.1, 3.2, -1.2])
    close(submission.scores(W, x, b), np.array([-96.8, 437.9, 60.75]), name="scores")


@pytest.mark.points(1)
@pytest.mark.exercise("bias_trick")
def test_bias_trick_keeps_the_scores(submission, close):
    """The bias becomes the last column of W, and the scores stay the same."""
    W = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0.0, 0.25, 0.2, -0.3]])
    x, b = np.array([56.0, 231.0, 24.0, 2.0]), np.array([1.1, 3.2, -1.2])
    W1, x1 = submission.bias_trick(W, b, x)
    close(W1[:, 4], b, name="last column of W1")
    close(x1, np.array([56.0, 231.0, 24.0, 2.0, 1.0]), name="x1")
    close(W1 @ x1, np.array([-96.8, 437.9, 60.75]), name="W1 @ x1")


@pytest.mark.points(1)
@pytest.mark.exercise("n_params")
def test_parameters_of_cifar_and_mnist(submission):
    """CIFAR-10 takes 30,730 parameters and MNIST 7,850."""
    assert submission.n_params(3072, 10) == 30730, "hint: 3072 weights per class, and a bias"
    assert submission.n_params(784, 10) == 7850


@pytest.mark.points(1)
@pytest.mark.exercise("templates")
def test_templates_of_a_small_matrix(submission, close):
    """Every column of W becomes one picture, on one common scale from 0 to 255."""
    W = np.array([[-1.0, 0.0], [0.0, 1.0], [1.0, 2.0], [2.0, 4.0]])
    want = np.array([[[0, 51], [102, 153]], [[51, 102], [153, 255]]], dtype=float)
    close(submission.templates(W, (2, 2)), want, name="pictures")


@pytest.mark.points(1)
@pytest.mark.exercise("signed_distance")
def test_distances_to_a_line(submission, close):
    """The points (3, 4), (0, 0) and (1, 0.5) lie 4, -1 and 0 from the line 3x + 4y - 5 = 0."""
    X = np.array([[3.0, 4.0], [0.0, 0.0], [1.0, 0.5]])
    want = np.array([4.0, -1.0, 0.0])
    close(submission.signed_distance(np.array([3.0, 4.0]), -5.0, X), want, name="distances")


@pytest.mark.points(1)
@pytest.mark.exercise("one_hot")
def test_cat_and_dog(submission, close):
    """With cat = 0 and dog = 1, a dog is (0, 1) and a cat (1, 0)."""
    want = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    close(submission.one_hot(np.array([1, 0, 1]), 2), want, name="one-hot rows")


@pytest.mark.points(1)
@pytest.mark.exercise("one_vs_rest")
def test_every_class_is_fitted_against_the_rest(submission, close):
    """`fit` is called once per class, and what it returns lands in that class's column."""
    X, y = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]]), np.array([2, 0, 1])

    def fit(X, t):
        return X.T @ t, float(t.sum())

    W, b = submission.one_vs_rest(X, y, 3, fit)
    close(W, np.array([[-4.0, 2.0, -2.0], [-1.0, 1.0, -5.0]]), name="W")
    close(b, np.array([-1.0, -1.0, -1.0]), name="b")


@pytest.mark.points(1)
@pytest.mark.exercise("hinge")
def test_hinge_of_the_lectures(submission, close):
    """Scores (13, -7, 11) with margin 10 cost 8; the cat, car and frog cost 2.9, 0 and 12.9."""
    loss = submission.hinge(np.array([13.0, -7.0, 11.0]), 0, 10.0)
    close(number(loss), 8.0, name="loss, delta = 10")
    for scores, y, want in zip(TABLE, TRUE, (2.9, 0.0, 12.9), strict=True):
        close(number(submission.hinge(scores, int(y))), want, name="loss, delta = 1")


@pytest.mark.points(1)
@pytest.mark.exercise("L_i_vectorized")
def test_repaired_code_gives_the_table(submission, close):
    """The repaired code gives 2.9, 0 and 12.9 for the cat, the car and the frog."""
    for scores, y, want in zip(TABLE, TRUE, (2.9, 0.0, 12.9), strict=True):
        close(number(submission.L_i_vectorized(scores, int(y), EYE)), want, name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("squared_hinge")
def test_squared_hinge_of_the_table(submission, close):
    """Squared, the cat, the car and the frog cost 8.41, 0 and 83.25."""
    for scores, y, want in zip(TABLE, TRUE, (8.41, 0.0, 83.25), strict=True):
        close(number(submission.squared_hinge(scores, int(y))), want, name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("init_loss")
def test_losses_before_training(submission, close):
    """Ten classes start at 9 (hinge) and 2.303 (softmax); another kind is refused."""
    close(submission.init_loss(10, "hinge"), 9.0, name="hinge")
    close(submission.init_loss(10, "softmax"), 2.302585, tol=1e-6, name="softmax")
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the student's own
        submission.init_loss(10, "squared")


@pytest.mark.points(1)
@pytest.mark.exercise("l2_penalty")
def test_penalties_of_the_lecture(submission, close):
    """(1, 0, 0, 0) costs 1.0 and (.25, .25, .25, .25) costs 0.25."""
    close(submission.l2_penalty(np.array([1.0, 0.0, 0.0, 0.0])), 1.0)
    close(submission.l2_penalty(np.full(4, 0.25)), 0.25)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax")
def test_softmax_of_the_lectures(submission, close):
    """(1, 0, 4) becomes (0.0466, 0.0171, 0.9362); scores of 1000 do no harm."""
    want = np.array([0.0466, 0.0171, 0.9362])
    close(submission.softmax(np.array([1.0, 0.0, 4.0])), want, tol=1e-4)
    close(
        submission.softmax(TABLE)[0],
        np.array([0.1300, 0.8690, 0.0010]),
        tol=1e-4,
        name="row of the cat",
    )
    hint = "subtract the largest score of the row before exp"
    close(submission.softmax(np.array([1000.0, 1000.0])), np.array([0.5, 0.5]), hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("entropy")
def test_entropy_of_two_coins(submission, close):
    """A coin that always falls the same way has entropy 0, a fair one 1 bit or 0.6931 nats."""
    assert submission.entropy(np.array([1.0, 0.0])) == 0, "hint: 0 log 0 counts as 0"
    close(submission.entropy(np.array([0.5, 0.5])), 1.0, name="bits")
    close(submission.entropy(np.array([0.5, 0.5]), np.e), np.log(2), name="nats")


@pytest.mark.points(1)
@pytest.mark.exercise("cross_entropy")
def test_cross_entropy_of_the_cat(submission, close):
    """For a one-hot p only -log q of the true class is left: the cat costs 2.0404."""
    q = np.exp(TABLE[0]) / np.exp(TABLE[0]).sum()
    close(submission.cross_entropy(np.array([1.0, 0.0, 0.0]), q), 2.0404, tol=1e-4)
    fair = np.array([0.5, 0.5])
    close(submission.cross_entropy(fair, np.array([0.25, 0.75])), 0.836988, tol=1e-5)


@pytest.mark.points(1)
@pytest.mark.exercise("kl")
def test_kl_of_two_coins(submission, close):
    """KL of (.5, .5) from (.25, .75) is 0.1438 nats, and of a pmf from itself 0."""
    fair, biased = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    close(submission.kl(fair, biased), 0.143841, tol=1e-5)
    assert abs(submission.kl(biased, biased)) < 1e-6, "hint: log(p / q) is 0 where p = q"


@pytest.mark.points(1)
@pytest.mark.exercise("dataset_loss")
def test_dataset_loss_of_the_table(submission, close):
    """The cat, the car and the frog cost 2.0404, 0.0791 and 6.1565: 2.7587 in the mean."""
    want = np.mean(np.log(np.exp(TABLE).sum(axis=1)) - np.diag(TABLE))
    close(number(submission.dataset_loss(EYE, TABLE, EYE)), want, name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("sigmoid")
def test_sigmoid_by_hand(submission, close):
    """sigmoid(0) = 0.5, sigmoid(1.5) = 0.8176, and +-1000 gives 1 and 0."""
    z = np.array([0.0, 1.5, -np.log(3), 1000.0, -1000.0])
    close(submission.sigmoid(z), np.array([0.5, 0.817574, 0.25, 1.0, 0.0]), tol=1e-5)


@pytest.mark.points(1)
@pytest.mark.exercise("bce")
def test_bce_by_hand(submission, close):
    """Logits (0, log 3) with targets (0, 1) cost the mean of log 2 and log(4/3)."""
    loss, dz = submission.bce(np.array([0.0, np.log(3)]), np.array([0.0, 1.0]))
    close(number(loss), (np.log(2) + np.log(4 / 3)) / 2, name="loss")
    close(dz, np.array([0.25, -0.125]), name="dz")


@pytest.mark.points(1)
@pytest.mark.exercise("svm_loss_naive")
def test_svm_naive_on_the_table(submission, close):
    """The table costs 5.27 plus the regularisation, and the gradient is the slope of that."""
    check_svm(submission.svm_loss_naive, close)


@pytest.mark.points(1)
@pytest.mark.exercise("svm_loss_vectorized")
def test_svm_vectorized_on_the_table(submission, close):
    """The table costs 5.27 plus the regularisation, and the gradient is the slope of that."""
    check_svm(submission.svm_loss_vectorized, close)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss_naive")
def test_softmax_naive_on_the_table(submission, close):
    """W = 0 costs log 3, the table 2.76 plus the regularisation; the gradient is the slope."""
    check_softmax(submission.softmax_loss_naive, close)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss_vectorized")
def test_softmax_vectorized_on_the_table(submission, close):
    """W = 0 costs log 3, the table 2.76 plus the regularisation; the gradient is the slope."""
    check_softmax(submission.softmax_loss_vectorized, close)


@pytest.mark.points(1)
@pytest.mark.exercise("LinearClassifier.train")
def test_train_walks_down_a_slope(submission, close):
    """With a constant gradient of ones, 7 steps of 0.5 lower every weight by 3.5."""
    classifier = submission.LinearClassifier()
    classifier.W = np.zeros((2, 3))
    classifier.loss = lambda X_batch, y_batch, reg: (4.0, np.ones((2, 3)))
    history = classifier.train(
        np.ones((9, 2)), np.arange(9) % 3, learning_rate=0.5, num_iters=7, batch_size=4
    )
    assert len(history) == 7, "hint: one loss per step"
    close(classifier.W, np.full((2, 3), -3.5), name="W")


@pytest.mark.points(1)
@pytest.mark.exercise("LinearClassifier.predict")
def test_predict_takes_the_highest_score(submission):
    """The highest score decides: the rows of the table are cars, its columns cat, cat and car."""
    classifier = submission.LinearClassifier()
    classifier.W = EYE
    labels = np.asarray(classifier.predict(np.vstack([TABLE, TABLE.T])))
    assert labels.shape == (6,), "hint: one label per row of X"
    assert labels.tolist() == [1, 1, 1, 0, 0, 1], "hint: the class with the highest score"


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_every_question_has_a_letter(answers):
    """Every question is answered by one letter, and start_of_training is right."""
    hint = "with equal scores every p is 1 / C"
    answers({"start_of_training": "c"}, letters="abcd", hint=hint)
