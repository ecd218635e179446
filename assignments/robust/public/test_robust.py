"""Public checks for the robust assignment: 12 points.

The model is the linear one of the text: logits (0, w.x) with w = log(3) * (4, -2), so that the
image (1/2, 1/2) has the probabilities 1/4 and 3/4. Expected values are worked by hand.
"""

import math

import numpy as np
import pytest
import torch

LOG3 = math.log(3)
W = [[0.0, 0.0], [4 * LOG3, -2 * LOG3]]
X = torch.tensor([[0.5, 0.5]], dtype=torch.float64)
Y = torch.tensor([1])
ATTACKED = torch.tensor([[1 / 3, 2 / 3]], dtype=torch.float64)  # by FGSM(1/6): logits 0 and 0
LOSS = 0.25 * math.log(4 / 3) + 0.75 * math.log(2)  # alpha = 1/4


def linear(submission, weights, biases=(0.0, 0.0)):
    return submission.given("models").linear_model(weights, biases)


@pytest.mark.points(1)
@pytest.mark.exercise("evaluate")
def test_evaluate_four_images_by_hand(submission, close):
    """Four images on a line, right by 0.05, 0.15, 0.25 and 0.35, under an epsilon of 0.2."""
    net = linear(submission, [[-20.0], [20.0]], (10.0, -10.0))
    x = torch.tensor([[0.55], [0.35], [0.75], [0.15]], dtype=torch.float64)
    answer = submission.evaluate(net, x, torch.tensor([1, 0, 1, 0]), 0.2, 0)
    close(answer["clean"], 1.0, name="clean")
    close(answer["fgsm"], 0.5, name="fgsm", hint="the two images nearer than 0.2 are lost")
    close(answer["pgd"], 0.5, name="pgd", hint="the two images nearer than 0.2 are lost")
    assert answer["noise"] >= 0.5, "hint: noise cannot do more than the attack, on a line"


@pytest.mark.points(1)
@pytest.mark.exercise("transfer_accuracy")
def test_transfer_by_hand(submission, close):
    """The victim sees the image (1/3, 2/3), and its answer is counted."""
    seen = []

    def classify(images):
        seen.append(images)
        return torch.tensor([1])

    share = submission.transfer_accuracy(linear(submission, W), classify, X, Y, 1 / 6)
    assert seen, "hint: the victim was not asked"
    close(seen[-1], ATTACKED, name="the victim's image")
    close(share, 1.0, name="accuracy")


@pytest.mark.points(1)
@pytest.mark.exercise("adversarial_loss")
def test_adversarial_loss_by_hand(submission, close):
    """A quarter of log(4/3) and three quarters of log(2) are 0.5918."""
    loss = submission.adversarial_loss(linear(submission, W), X, Y, 1 / 6, 0.25)
    close(loss, LOSS, name="loss", hint="alpha is the weight of the clean images")


@pytest.mark.points(1)
@pytest.mark.exercise("adversarial_step")
def test_adversarial_step_by_hand(submission, close):
    """A step of rate 1 raises the weights of class 1 by 5/32 and 9/32, and lowers those of 0."""
    net = linear(submission, W)
    optimizer = submission.given("models").make_optimizer(net, 1.0)
    loss = submission.adversarial_step(net, optimizer, X, Y, 1 / 6, 0.25)
    close(loss, LOSS, name="loss")
    moved = np.array([[-5 / 32, -9 / 32], [5 / 32, 9 / 32]])
    close(net.state_dict()["weight"], np.array(W) + moved, name="weights")


@pytest.mark.points(1)
@pytest.mark.exercise("augment")
def test_augment_by_hand(submission, close):
    """The image (1/2, 1/2) and its attacked copy (1/3, 2/3), both of class 1."""
    x_all, y_all = submission.augment(linear(submission, W), X, Y, 1 / 6)
    close(x_all, torch.cat([X, ATTACKED]), name="x_all")
    close(y_all, torch.tensor([1, 1]), name="y_all")


@pytest.mark.points(1)
@pytest.mark.exercise("masked_gradients")
def test_the_sweep_of_the_text(submission, close):
    """Accuracies of 35.3 % at 0.05 and 81.7 % at 0.25 give the attack away; a fall does not."""
    close(submission.masked_gradients([0.05, 0.25], [0.353, 0.817], 0.02), True)
    close(submission.masked_gradients([0.05, 0.25], [0.605, 0.007], 0.02), False)


@pytest.mark.points(1)
@pytest.mark.exercise("overfitting_epoch")
def test_overfitting_epoch_by_hand(submission, close):
    """Epochs 1, 3 and 4 are bad: with patience 2 it sets in at 3, with patience 3 never."""
    fgsm, pgd = [0.4, 0.7, 0.5, 0.8, 0.9], [0.3, 0.3, 0.4, 0.1, 0.0]
    close(submission.overfitting_epoch(fgsm, pgd, 0.3, 1), 1, name="patience 1: the epoch")
    close(submission.overfitting_epoch(fgsm, pgd, 0.3, 2), 3, name="patience 2: the epoch")
    close(submission.overfitting_epoch(fgsm, pgd, 0.3, 3), None, name="patience 3: the epoch")


@pytest.mark.points(1)
@pytest.mark.exercise("kl_divergence")
def test_kl_by_hand(submission, close):
    """KL of (1/2, 1/2) and (1/4, 3/4) is 0.1438, the other way round 0.1308."""
    even = torch.zeros(1, 2, dtype=torch.float64)
    uneven = torch.tensor([[0.0, LOG3]], dtype=torch.float64)
    close(submission.kl_divergence(even, uneven), math.log(4 / 3) / 2, name="KL(even || uneven)")
    back = 0.75 * math.log(3 / 2) - 0.25 * math.log(2)
    close(submission.kl_divergence(uneven, even), back, name="KL(uneven || even)")


@pytest.mark.points(1)
@pytest.mark.exercise("virtual_direction")
def test_direction_of_a_linear_model(submission, close):
    """With logits (0, w.x) and w = (3, 4), one repetition finds w / 5 or its opposite."""
    net = linear(submission, [[0.0, 0.0], [3.0, 4.0]])
    starts = torch.tensor([[2.0, 0.0], [0.0, -7.0]], dtype=torch.float64)
    d = submission.virtual_direction(net, torch.zeros_like(starts), starts, 0.1, 1)
    close(d, torch.tensor([[0.6, 0.8], [-0.6, -0.8]], dtype=torch.float64), name="d")


@pytest.mark.points(1)
@pytest.mark.exercise("vat_loss")
def test_vat_loss_by_hand(submission, close):
    """A step of log(3)/5 along w/5 turns (1/2, 1/2) into (1/4, 3/4): the loss is 0.1438."""
    net = linear(submission, [[0.0, 0.0], [3.0, 4.0]])
    start = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    loss = submission.vat_loss(net, torch.zeros_like(start), start, 0.1, LOG3 / 5, 1)
    close(loss, math.log(4 / 3) / 2, name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("flip_labels")
def test_three_of_ten_labels_are_flipped(submission, close):
    """With a fraction of 0.3, three of ten labels are wrong."""
    y = torch.arange(10) % 4
    flipped = torch.as_tensor(submission.flip_labels(y, 0.3, 4, 1))
    close(int((flipped != y).sum()), 3, name="wrong labels")


@pytest.mark.points(1)
@pytest.mark.exercise("add_poison")
def test_poison_beside_a_single_image(submission, close):
    """Copies of one image of class 1 (of 2): near it, and all of class 0."""
    x_all, y_all = submission.add_poison(X, Y, 4, 2, 0.1, 1)
    close(y_all, torch.tensor([1, 0, 0, 0, 0]), name="y_all")
    near = torch.as_tensor(x_all)[1:] - X
    assert bool((near.abs() <= 0.1).all() & (near != 0).any()), "hint: add noise of at most epsilon"
