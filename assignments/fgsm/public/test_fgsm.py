"""Public checks for the fgsm assignment: 15 points.

Every expected value is worked by hand. The network of most of them has two pixels, two classes and
the logits (0, 2 x1 - x2), so that its gradients can be written down.
"""

import numpy as np
import pytest
import torch

W, B, X = np.array([2.0, -1.0, 0.5]), -0.3, np.array([0.2, 0.6, 0.4])  # w.x + b = -0.3
HALF = torch.tensor([[[[0.5, 0.5]]]])  # one image of two pixels, with the logits (0, 0.5)
ONE = torch.tensor([1])
TOL = 1e-5  # of float32 images


@pytest.fixture
def two_pixels(submission):
    return submission.given("models").linear_model([[0.0, 0.0], [2.0, -1.0]], [0.0, 0.0])


def image(*pixels):
    return torch.tensor([[list(pixels)]])[None]


@pytest.mark.points(1)
@pytest.mark.exercise("weight_attack")
def test_weights_divided_by_six(submission, close):
    """A sixth of the weights (2, -1, 0.5) is added to (0.2, 0.6, 0.4)."""
    adv = submission.weight_attack(W, X, 1 / 6)
    close(adv, np.array([0.2 + 1 / 3, 0.6 - 1 / 6, 0.4 + 1 / 12]), name="adv")


@pytest.mark.points(1)
@pytest.mark.exercise("lower_score")
def test_score_lowered_by_hand(submission, close):
    """With weights (2, -1, 0.5), (0.2, 0.6, 0.4) becomes (0.1, 0.7, 0.3)."""
    close(submission.lower_score(W, X, 0.1), np.array([0.1, 0.7, 0.3]), name="adv")


@pytest.mark.points(1)
@pytest.mark.exercise("minimal_epsilon")
def test_minimal_epsilon_by_hand(submission, close):
    """Logits of -0.3 and 0.7 need 0.3 / 3.5 and 0.7 / 3.5."""
    images = X + np.array([[0.0, 0.0, 0.0], [0.5, 0.0, 0.0]])
    close(submission.minimal_epsilon(W, B, images), np.array([0.3, 0.7]) / 3.5, name="epsilon")


@pytest.mark.points(1)
@pytest.mark.exercise("logistic_fgsm")
def test_frog_becomes_a_ship(submission, close):
    """A frog moves along the signs of the weights, a ship against them, and both are clipped."""
    images = np.array([X, X])
    want = np.array([[0.9, 0.0, 1.0], [0.0, 1.0, 0.0]])
    close(submission.logistic_fgsm(W, B, images, np.array([0, 1]), 0.7), want, name="X_adv")
    want = np.array([[0.3, 0.5, 0.5], [0.3, 0.5, 0.5]])
    close(submission.logistic_fgsm(W, B, images, None, 0.1), want, name="X_adv with t=None")


@pytest.mark.points(1)
@pytest.mark.exercise("input_gradient")
def test_gradient_by_hand(submission, close, two_pixels):
    """With P(1) = 0.6225 the gradient is -0.3775 times (2, -1); two images are not averaged."""
    p = 1 / (1 + np.exp(-0.5))
    gradient = submission.input_gradient(two_pixels, HALF.repeat(2, 1, 1, 1), ONE.repeat(2))
    want = (p - 1) * np.array([2.0, -1.0]) * np.ones((2, 1, 1, 2))
    close(gradient, want, tol=TOL, name="gradient")


@pytest.mark.points(1)
@pytest.mark.exercise("fgsm_attack")
def test_sign_of_a_given_gradient(submission, close):
    """Each pixel moves by epsilon along the gradient's sign, and not beyond 0 or 1."""
    adv = submission.fgsm_attack(image(0.5, 0.5, 0.9, 0.1), 0.25, image(3.0, -0.01, 0.2, -7.0))
    close(adv, image(0.75, 0.25, 1.0, 0.0), tol=TOL, name="adv")


@pytest.mark.points(1)
@pytest.mark.exercise("fgsm")
def test_fgsm_by_hand(submission, close, two_pixels):
    """From (0.5, 0.5), away from class 1 is (0.4, 0.6) and towards it (0.6, 0.4)."""
    close(submission.fgsm(two_pixels, HALF, ONE, 0.1), image(0.4, 0.6), tol=TOL, name="x_adv")
    x_adv = submission.fgsm(two_pixels, HALF, ONE, 0.1, targeted=True)
    close(x_adv, image(0.6, 0.4), tol=TOL, name="targeted x_adv")


@pytest.mark.points(1)
@pytest.mark.exercise("random_sign_noise")
def test_noise_is_of_signs(submission, close):
    """A thousand grey pixels become 0.4 or 0.6, about half of them each."""
    noisy = submission.random_sign_noise(torch.full((10, 1, 10, 10), 0.5), 0.1, 3)
    close((noisy - 0.5).abs(), torch.full((10, 1, 10, 10), 0.1), tol=TOL, name="the move")
    up = int((noisy > 0.5).sum())
    assert 400 < up < 600, "hint: a fair coin for every pixel"


@pytest.mark.points(1)
@pytest.mark.exercise("accuracy")
def test_three_of_four(submission, close, two_pixels):
    """Three of four images are on their side of 2 x1 = x2."""
    x = torch.cat([image(0.5, 0.5), image(0.9, 0.1), image(0.1, 0.9), image(0.2, 0.8)])
    close(submission.accuracy(two_pixels, x, torch.tensor([1, 1, 0, 1])), 0.75, name="accuracy")


@pytest.mark.points(1)
@pytest.mark.exercise("accuracy_under_attack")
def test_accuracy_falls_with_epsilon(submission, close, two_pixels):
    """Images that turn at 0.1 and 0.3 leave accuracies of 1, 0.5 and 0."""

    def darken(model, x, y, epsilon):
        return x - torch.tensor([epsilon, 0.0])  # only the first pixel

    x = torch.cat([image(0.6, 1.0), image(0.8, 1.0)])
    got = submission.accuracy_under_attack(two_pixels, x, ONE.repeat(2), darken, [0.0, 0.2, 0.4])
    close(list(got), [1.0, 0.5, 0.0], name="accuracies")


@pytest.mark.points(1)
@pytest.mark.exercise("pgd")
def test_pgd_by_hand(submission, close, two_pixels):
    """Steps of 0.04 lead to (0.42, 0.58) and (0.4, 0.6), where the ball of 0.1 ends."""
    x_adv = submission.pgd(two_pixels, HALF, ONE, 0.1, 0.04, 2)
    close(x_adv, image(0.42, 0.58), tol=TOL, name="x_adv after 2 steps")
    x_adv = submission.pgd(two_pixels, HALF, ONE, 0.1, 0.04, 5)
    close(x_adv, image(0.4, 0.6), tol=TOL, name="x_adv after 5 steps")


@pytest.mark.points(1)
@pytest.mark.exercise("transfer_rate")
def test_one_of_four_transfers(submission, close, two_pixels):
    """Of five images the target has four right, and loses one of them."""
    pixels = [0.6, 0.7, 0.8, 0.9, 0.1]  # the first of each; the last image is not taken for a 1
    x = torch.cat([image(pixel, 1.0) for pixel in pixels])

    def attack(model, x, y, epsilon):
        return torch.where((x - 0.6).abs() < 0.01, 0.4, x)  # only the first image changes

    source = submission.given("models").linear_model([[0.0, 0.0], [1.0, 1.0]], [0.0, 0.0])
    rate = submission.transfer_rate(source, two_pixels, x, ONE.repeat(5), attack, 0.2)
    close(rate, 0.25, tol=TOL, name="rate")


@pytest.mark.points(1)
@pytest.mark.exercise("make_fooling_image")
def test_fooling_image_by_hand(submission, close, two_pixels):
    """From (0, 0.5) one step of length 0.5 along (2, -1) suffices for class 1."""
    fooling = submission.make_fooling_image(image(0.0, 0.5), 1, two_pixels, learning_rate=0.5)
    want = image(*(np.array([0.0, 0.5]) + 0.5 * np.array([2.0, -1.0]) / np.sqrt(5)))
    close(fooling, want, tol=TOL, name="X_fooling")


@pytest.mark.points(1)
@pytest.mark.exercise("make_fooling_image")
def test_fooling_image_is_pulled_back(submission, close, two_pixels):
    """With max_norm 0.1 the same step is shortened to a length of 0.1."""
    fooling = submission.make_fooling_image(image(0.0, 0.5), 1, two_pixels, 0.5, 3, max_norm=0.1)
    want = image(*(np.array([0.0, 0.5]) + 0.1 * np.array([2.0, -1.0]) / np.sqrt(5)))
    close(fooling, want, tol=TOL, name="X_fooling")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_every_question_has_a_letter(answers):
    """Every question is answered by one letter, and panda_grey_levels is right."""
    answers({"panda_grey_levels": "b"}, letters="abcd", hint="0.007 times 255")
