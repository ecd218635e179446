"""Hidden checks for the fgsm assignment: 85 points.

A network is made twice from one state: here, and in the submission's process, where the submission
attacks it. What comes back is judged with the network that is here. Images and networks are drawn
anew for every attempt, and so that no ReLU is near its kink and, where signs count, no pixel's
gradient near 0: they are the same for every right way to compute them. Whatever an attack has to
leave alone is a check of its own.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

KINK = 1e-5  # BatchNorm feeds every ReLU numbers of about 1, which float32 rounds by less than 1e-6
TOL = 1e-5  # float32 leaves about 1e-7; a pixel that went the wrong way is off by 2 * epsilon
COPY = "work on a copy of the image: x.detach().clone().requires_grad_()"
EVALUATION = "the gradient has to come from evaluation mode: with evaluating(model)"
RESTORE = "put every module back into its own mode: with evaluating(model) does it"
NOTHING = "hint: nothing was returned"
GRAPH = "hint: the result still hangs in the graph; detach it"


def load_models():
    path = Path(__file__).parent.parent / "given" / "models.py"
    spec = importlib.util.spec_from_file_location("fgsm_given_models", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODELS = load_models()


class Pair:
    """One random network: `here` in evaluation mode, `there` in training mode."""

    def __init__(self, submission, rng):
        self.given = submission.given("models")
        self.draw(rng)

    def draw(self, rng):
        """Draw a network, in place of one on which nothing clear can be asked."""
        self.classes, self.side = (int(number) for number in rng.integers([4, 5], [8, 8]))
        kind = str(rng.choice(["SmallNet", "MLP"]))
        arguments = (self.classes, self.side, int(rng.integers(10, 20)), int(rng.integers(2**31)))
        self.here = getattr(MODELS, kind)(*arguments)
        x, y = self.images(rng, 40)
        MODELS.train(self.here, x, y, steps=4, learning_rate=0.02)  # gives BatchNorm statistics
        self.here.eval()
        self.there = getattr(self.given, kind)(*arguments)
        self.there.load_state_dict(self.here.state_dict())

    def images(self, rng, n, low=0.0, high=1.0):
        """Return n images with pixels from low to high, and random classes."""
        x = rng.uniform(low, high, size=(n, 1, self.side, self.side)).astype(np.float32)
        return torch.from_numpy(x), torch.from_numpy(rng.integers(self.classes, size=n))

    def smooth_images(self, rng, n):
        """Return n images and classes, with no ReLU near its kink."""
        for _ in range(100):
            x, y = self.images(rng, n)
            if is_smooth(self.here, x):
                return x, y
        pytest.skip("no images away from the kinks were found")  # ours: ends without a grade

    def clear_images(self, rng, reference, path=(), pixels=(0.3, 0.7), **settings):
        """Return images whose gradients are clear, those on their way by PGD(*path) included."""
        for _ in range(20):
            for _ in range(50):
                x, y = self.images(rng, 5, *pixels)
                if self.is_clear(reference, x, y, path, settings):
                    return x, y
            self.draw(rng)
        pytest.skip("no images with clear gradients were found")  # ours: ends without a grade

    def is_clear(self, reference, x, y, path=(), settings=None, start=None):
        epsilon, step_size, steps = path or (0.0, 0.0, 1)
        x_k = x if start is None else start
        for _ in range(steps):
            size = reference.input_gradient(self.here, x_k, y).abs().flatten(1)
            clear = (size.amin(dim=1) > 1e-5 * size.amax(dim=1)).all()
            if not clear or not is_smooth(self.here, x_k):
                return False
            x_k = one_step(reference, self.here, x_k, x, y, epsilon, step_size, **(settings or {}))
        return True


def is_smooth(net, x):
    """Say whether no ReLU has an input so near 0 that rounding decides its slope."""
    inputs = []
    hooks = [
        module.register_forward_pre_hook(lambda _, given: inputs.append(given[0].abs().min()))
        for module in net.modules()
        if isinstance(module, torch.nn.ReLU)
    ]
    with torch.no_grad():
        net(x)
    for hook in hooks:
        hook.remove()
    return min(inputs) > KINK


def one_step(
    reference, net, x_k, x, y, epsilon, step_size, targeted=False, clip_min=0.0, clip_max=1.0
):
    """Return what PGD makes of x_k in one step."""
    step = step_size * reference.input_gradient(net, x_k, y).sign()
    moved = x_k - step if targeted else x_k + step
    return (x + (moved - x).clamp(-epsilon, epsilon)).clamp(clip_min, clip_max)


@pytest.fixture
def pair(submission, rng):
    return Pair(submission, rng)


def tensor(value):
    assert isinstance(value, torch.Tensor), "hint: return a torch tensor"
    return value


def attacked(value, x):
    """Return the images that an attack made of x, which are images and not those of x.

    What leaves everything alone because it does nothing earns nothing.
    """
    images = tensor(value)
    assert images.shape == x.shape, "hint: an attack returns images of the shape of x"
    assert torch.isfinite(images).all(), "hint: the attacked images hold NaN or infinity"
    assert images.std() > 0, "hint: all attacked pixels are equal"
    assert not torch.equal(images, x), "hint: the result is the clean image"
    return images


def assert_untouched(before, called, name, hint):
    """Assert that the second argument of a call came back as it went in."""
    after = called.args[1]
    assert torch.equal(after, before), f"hint: the values of {name} have changed; {hint}"
    assert not after.requires_grad, f"hint: {name} now requires a gradient; {hint}"


def same(before, after):
    """Say whether two dicts of tensors or None are equal."""
    return before.keys() == after.keys() and all(
        after[name] is None if value is None else torch.equal(value, after[name])
        for name, value in before.items()
    )


def assert_parameters_untouched(pair, rng, use):
    """Assert that `use`, in the middle of a training step, changes nothing of the parameters."""
    x, y = pair.images(rng, 12)
    pair.given.train(pair.there, x, y, steps=1, batch_size=8)
    pair.there.eval()
    before = pair.given.snapshot(pair.there)
    attacked(use(x, y), x)
    after = pair.given.snapshot(pair.there)
    assert same(before["values"], after["values"]), "hint: the parameters have changed"
    assert before["trained"] == after["trained"], (
        "hint: some parameters no longer require gradients"
    )
    gradients = "hint: the .grad of the parameters has changed; torch.autograd.grad leaves it alone"
    assert same(before["gradients"], after["gradients"]), gradients


def assert_modes_return(pair, rng, use):
    """Assert that `use` leaves a network in training mode, one BatchNorm frozen, as it was."""
    layers = pair.there.hidden if hasattr(pair.here, "hidden") else pair.there.convolutions
    pair.there.train()
    layers[1].eval()
    before = pair.given.snapshot(pair.there)
    assert use(*pair.images(rng, 6)) is not None, NOTHING
    after = pair.given.snapshot(pair.there)
    assert after["modes"] == before["modes"], f"hint: {RESTORE}"
    statistics = "hint: BatchNorm's running statistics have changed: use evaluation mode"
    assert same(before["values"], after["values"]), statistics


def assert_arrays_untouched(before, called):
    """Assert that the arrays that were handed to a call are as they were."""
    kept = all(
        np.array_equal(array, after)
        for array, after in zip(before, called.args[: len(before)], strict=True)
        if isinstance(array, np.ndarray)
    )
    assert kept, "hint: an array that was handed in has changed: make a new one"


def flat_problem(rng, n=7):
    """Return weights, a bias and images (n, D) in 0..1."""
    d = int(rng.integers(5, 12))
    return rng.normal(size=d), float(rng.normal()), rng.uniform(size=(n, d))


@pytest.mark.points(1)
@pytest.mark.exercise("weight_attack")
def test_weight_attack(submission, rng, close):
    """The weights are added, scaled: the logit rises by scale times their squared length."""
    w, _, X = flat_problem(rng)
    scale = float(rng.uniform(0.1, 0.9))
    called = submission.weight_attack.call(w, X[0], scale)
    adv = called.value
    hint = "add the weights themselves, not their signs and not their direction"
    close(adv, X[0] + scale * w, name="adv", hint=hint)
    close(w @ np.asarray(adv) - w @ X[0], scale * np.sum(w**2), name="the rise of the logit")
    assert_arrays_untouched((w, X[0]), called)


@pytest.mark.points(1)
@pytest.mark.exercise("lower_score")
def test_lower_score(submission, rng, close):
    """Each pixel moves by epsilon against the sign of its weight."""
    w, _, X = flat_problem(rng)
    epsilon = float(rng.uniform(0.05, 0.4))
    hint = "lower the pixels with positive weights, raise those with negative ones"
    close(submission.lower_score(w, X[0], epsilon), X[0] - epsilon * np.sign(w), hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("lower_score")
def test_pixels_without_weight_stay(submission, rng, close):
    """A pixel whose weight is 0 stays as it is."""
    w, _, X = flat_problem(rng)
    w[::3] = 0
    called = submission.lower_score.call(w, X[0], 0.3)
    adv = called.value
    assert np.shape(adv) == X[0].shape, "hint: one value per pixel"
    close(np.asarray(adv)[::3], X[0][::3], name="pixels with weight 0")
    close(np.asarray(adv)[1::3], (X[0] - 0.3 * np.sign(w))[1::3], name="other pixels")
    assert_arrays_untouched((w, X[0]), called)


@pytest.mark.points(2)
@pytest.mark.exercise("minimal_epsilon")
def test_minimal_epsilon(submission, rng, close):
    """For every image, of either class, the epsilon that brings its logit to 0."""
    w, b, X = flat_problem(rng, 12)
    b -= np.median(X @ w + b)  # both signs occur
    want = np.abs(X @ w + b) / np.abs(w).sum()
    hint = "each unit of epsilon moves the logit by the sum of |w|; an epsilon is not negative"
    close(submission.minimal_epsilon(w, b, X), want, name="epsilon", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("logistic_fgsm")
def test_logistic_fgsm_with_labels(submission, reference, rng, close):
    """With labels, right or wrong ones, the attack leads away from each image's label."""
    w, b, X = flat_problem(rng, 12)
    w[int(rng.integers(len(w)))] = 0.0  # a pixel without weight stays as it is
    arguments = (w, b, X, np.arange(12) % 2, float(rng.uniform(0.05, 0.3)), -1.0, 2.0)
    want = reference.logistic_fgsm(*arguments)
    hint = "the gradient by the image is (y - t) w; only its sign counts"
    close(submission.logistic_fgsm(*arguments), want, name="X_adv", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("logistic_fgsm")
def test_logistic_fgsm_clips(submission, reference, rng, close):
    """Pixels end in the valid range, whichever that is; the images themselves stay as they are."""
    w, b, X = flat_problem(rng, 12)
    arguments = (w, b, 3 * X - 1, np.arange(12) % 2, float(rng.uniform(0.5, 0.9)), -1.0, 2.0)
    called = submission.logistic_fgsm.call(*arguments)
    hint = "clip to clip_min and clip_max after the step"
    close(called.value, reference.logistic_fgsm(*arguments), name="X_adv", hint=hint)
    assert_arrays_untouched(arguments, called)


@pytest.mark.points(2)
@pytest.mark.exercise("logistic_fgsm")
def test_logistic_fgsm_of_own_predictions(submission, reference, rng, close):
    """Without labels, the attack leads away from what the model says itself."""
    w, b, X = flat_problem(rng, 12)
    b -= np.median(X @ w + b)
    arguments = (w, b, X, None, float(rng.uniform(0.05, 0.3)))
    hint = "t is 1 where w.x + b > 0; mind the bias"
    X_adv = submission.logistic_fgsm(*arguments)
    close(X_adv, reference.logistic_fgsm(*arguments), name="X_adv", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("logistic_fgsm")
def test_logistic_fgsm_of_a_certain_model(submission, reference, rng, close):
    """Logits of hundreds do not protect an image."""
    w, b, X = flat_problem(rng, 12)
    w, t = 2000 * w, (2000 * X @ w + b > 0).astype(int)
    arguments = (w, b, X, t, float(rng.uniform(0.05, 0.3)))
    hint = "the sigmoid rounds to exactly 0 or 1, and y - t to 0: take the sign from t alone"
    X_adv = submission.logistic_fgsm(*arguments)
    close(X_adv, reference.logistic_fgsm(*arguments), name="X_adv", hint=hint)


@pytest.mark.points(3)
@pytest.mark.exercise("input_gradient")
def test_input_gradient(submission, reference, rng, close, pair):
    """Every image has the gradient of its own loss."""
    x, y = pair.smooth_images(rng, int(rng.integers(5, 9)))
    want = reference.input_gradient(pair.here, x, y)
    pair.there.eval()
    hint = "sum the losses of the images: a mean divides each gradient by N"
    close(submission.input_gradient(pair.there, x, y), want, tol=TOL, name="gradient", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("input_gradient")
def test_input_gradient_in_evaluation_mode(submission, reference, rng, close, pair):
    """A model in training mode gives the gradient of evaluation mode, and returns to its mode."""
    x, y = pair.smooth_images(rng, 6)
    want = reference.input_gradient(pair.here, x, y)
    gradient = submission.input_gradient(pair.there, x, y)
    close(gradient, want, tol=TOL, name="gradient", hint=EVALUATION)
    assert_modes_return(pair, rng, lambda x, y: submission.input_gradient(pair.there, x, y))


@pytest.mark.points(1)
@pytest.mark.exercise("input_gradient")
def test_input_gradient_leaves_the_images_alone(submission, rng, pair):
    """The images are as before, and the gradient is not attached to a graph."""
    x, y = pair.images(rng, 6)
    called = submission.input_gradient.call(pair.there, x, y)
    assert_untouched(x, called, "x", COPY)
    assert not attacked(called.value, x).requires_grad, GRAPH


@pytest.mark.points(1)
@pytest.mark.exercise("input_gradient")
def test_input_gradient_leaves_the_parameters_alone(submission, rng, pair):
    """Parameters and their gradients, in the middle of a training step, are as before."""
    assert_parameters_untouched(pair, rng, lambda x, y: submission.input_gradient(pair.there, x, y))


@pytest.mark.points(2)
@pytest.mark.exercise("fgsm_attack")
def test_fgsm_attack(submission, rng, close):
    """One step up the sign of the given gradient, clipped to 0..1."""
    shape = tuple(int(side) for side in rng.integers(3, 6, size=4))
    image = torch.from_numpy(rng.uniform(size=shape).astype(np.float32))
    data_grad = torch.from_numpy(rng.normal(scale=0.01, size=shape).astype(np.float32))
    data_grad.view(-1)[::5] = 0.0  # these pixels stay as they are
    epsilon = float(rng.uniform(0.2, 0.4))
    want = (image + epsilon * data_grad.sign()).clamp(0, 1)
    hint = "image + epsilon * sign(data_grad), then clamp to [0, 1]"
    close(submission.fgsm_attack(image, epsilon, data_grad), want, tol=TOL, hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("fgsm_attack")
def test_fgsm_attack_leaves_its_arguments_alone(submission, rng, close):
    """Neither the image nor the gradient is changed."""
    image = torch.from_numpy(rng.uniform(size=(3, 1, 4, 4)))
    data_grad = torch.from_numpy(rng.normal(size=(3, 1, 4, 4)))
    called = submission.fgsm_attack.call(image, 0.1, data_grad)
    assert torch.equal(called.args[0], image), "hint: the image has changed"
    assert torch.equal(called.args[2], data_grad), "hint: the gradient has changed"
    close(called.value, (image + 0.1 * data_grad.sign()).clamp(0, 1), tol=TOL)


@pytest.mark.points(3)
@pytest.mark.exercise("fgsm")
def test_untargeted_fgsm(submission, reference, rng, close, pair):
    """Untargeted: up the loss of the given classes, whatever the model predicts."""
    x, y = pair.clear_images(rng, reference)
    epsilon = float(rng.uniform(0.02, 0.2))
    want = reference.fgsm(pair.here, x, y, epsilon)
    pair.there.eval()
    x_adv = submission.fgsm(pair.there, x, y, epsilon)
    hint = "x + epsilon * sign of the gradient of the cross-entropy of y, clamped to [0, 1]"
    close(x_adv, want, tol=TOL, name="x_adv", hint=hint)
    alone = submission.fgsm(pair.there, x[:1], y[:1], epsilon)
    close(alone, want[:1], tol=TOL, name="x_adv of one image", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("fgsm")
def test_targeted_fgsm(submission, reference, rng, close, pair):
    """Targeted: down the loss of the wanted classes."""
    x, y = pair.clear_images(rng, reference)
    epsilon = float(rng.uniform(0.02, 0.2))
    want = reference.fgsm(pair.here, x, y, epsilon, targeted=True)
    pair.there.eval()
    x_adv = submission.fgsm(pair.there, x, y, epsilon, targeted=True)
    hint = "x - epsilon * sign of the gradient of the loss of the wanted class"
    close(x_adv, want, tol=TOL, name="x_adv", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("fgsm")
def test_fgsm_of_own_predictions(submission, reference, rng, close, pair):
    """Without classes: up the loss of what the model itself predicts."""
    x = clear_for_own_predictions(pair, reference, rng)
    epsilon = float(rng.uniform(0.02, 0.2))
    want = reference.fgsm(pair.here, x, None, epsilon)
    pair.there.eval()
    hint = "y=None stands for the class with the highest logit"
    x_adv = submission.fgsm(pair.there, x, None, epsilon)
    close(x_adv, want, tol=TOL, name="x_adv", hint=hint)


def clear_for_own_predictions(pair, reference, rng):
    for _ in range(20):
        for _ in range(50):
            x, _ = pair.images(rng, 5, 0.3, 0.7)
            if pair.is_clear(reference, x, reference.predict(pair.here, x)):
                return x
        pair.draw(rng)
    pytest.skip("no images with clear gradients were found")


@pytest.mark.points(1)
@pytest.mark.exercise("fgsm")
def test_targeted_fgsm_needs_a_target(submission, rng, pair):
    """A targeted attack without the wanted classes is refused with a ValueError."""
    x, _ = pair.images(rng, 3)
    refused = False
    try:
        submission.fgsm(pair.there, x, None, 0.1, targeted=True)
    except ValueError:
        refused = True
    assert refused, "hint: raise a ValueError if y is None and targeted is True"


@pytest.mark.points(2)
@pytest.mark.exercise("fgsm")
def test_fgsm_in_another_range(submission, reference, rng, close, pair):
    """Images with another valid range, such as -1..1, are clipped to that one."""
    low, high = float(rng.uniform(-2, -0.5)), float(rng.uniform(1.2, 3))
    x, y = pair.clear_images(rng, reference, pixels=(low, high), clip_min=low, clip_max=high)
    arguments = (x, y, float(rng.uniform(0.6, 0.9)), False, low, high)
    want = reference.fgsm(pair.here, *arguments)
    pair.there.eval()
    hint = "clamp the attacked image to clip_min and clip_max"
    close(submission.fgsm(pair.there, *arguments), want, tol=TOL, name="x_adv", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("fgsm")
def test_fgsm_stays_in_ball_and_range(submission, rng, pair):
    """Black and white pixels stay in 0..1, and none moves farther than epsilon."""
    x, y = pair.images(rng, 8)
    x, epsilon = x.round(), float(rng.uniform(0.1, 0.3))
    pair.there.eval()
    x_adv = tensor(submission.fgsm(pair.there, x, y, epsilon)).detach()
    assert x_adv.min() >= 0, "hint: a pixel is below 0"
    assert x_adv.max() <= 1, "hint: a pixel is above 1"
    change = (x_adv - x).abs()
    assert change.max() <= epsilon + 1e-6, "hint: a pixel moved farther than epsilon"
    assert change.max() >= epsilon - 1e-6, "hint: no pixel moved by the whole of epsilon"


@pytest.mark.points(1)
@pytest.mark.exercise("fgsm")
def test_fgsm_leaves_the_images_alone(submission, rng, pair):
    """The clean images are as before: their values, and that they require no gradient."""
    x, y = pair.images(rng, 6)
    called = submission.fgsm.call(pair.there, x, y, 0.1)
    attacked(called.value, x)
    assert_untouched(x, called, "x", COPY)


@pytest.mark.points(1)
@pytest.mark.exercise("fgsm")
def test_fgsm_is_detached(submission, rng, pair):
    """The attacked images are not attached to a graph."""
    x, y = pair.images(rng, 6)
    assert not attacked(submission.fgsm(pair.there, x, y, 0.1), x).requires_grad, GRAPH


@pytest.mark.points(2)
@pytest.mark.exercise("fgsm")
def test_fgsm_in_evaluation_mode(submission, reference, rng, close, pair):
    """A model that is in training mode is attacked as it is in evaluation mode."""
    x, y = pair.clear_images(rng, reference)
    want = reference.fgsm(pair.here, x, y, 0.1)
    x_adv = submission.fgsm(pair.there, x, y, 0.1)
    close(x_adv, want, tol=TOL, name="x_adv", hint=EVALUATION)


@pytest.mark.points(1)
@pytest.mark.exercise("fgsm")
def test_fgsm_restores_the_model(submission, rng, pair):
    """Every module is in the same mode as before, and BatchNorm has the same statistics."""
    assert_modes_return(pair, rng, lambda x, y: attacked(submission.fgsm(pair.there, x, y, 0.1), x))


@pytest.mark.points(2)
@pytest.mark.exercise("fgsm")
def test_fgsm_leaves_the_parameters_alone(submission, rng, pair):
    """Parameters and their gradients, in the middle of a training step, are as before."""
    assert_parameters_untouched(pair, rng, lambda x, y: submission.fgsm(pair.there, x, y, 0.1))


@pytest.mark.points(2)
@pytest.mark.exercise("fgsm")
def test_second_fgsm_of_the_same_images(submission, reference, rng, close, pair):
    """A second attack of the same tensor, on other classes, is not influenced by the first."""
    x, y = pair.clear_images(rng, reference)
    other = (y + 1) % pair.classes
    want = reference.fgsm(pair.here, x, y, 0.1)
    pair.there.eval()
    attack = submission.fgsm
    x_adv = pair.given.second_call(attack, pair.there, x, (other, 0.1), (y, 0.1))
    hint = f"the gradient of the first call is still in x.grad; {COPY}"
    close(x_adv, want, tol=TOL, name="x_adv", hint=hint)


def trained(submission, data):
    """Return digits that were not trained on, and an MLP that is trained: here and there."""
    digits = data("digits")
    order = np.random.default_rng(3).permutation(len(digits["y"]))
    x = torch.tensor(digits["x"][order] / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    y = torch.tensor(digits["y"][order])
    here = MODELS.MLP(seed=2)
    MODELS.train(here, x[:1400], y[:1400], steps=120)
    there = submission.given("models").MLP(seed=2)
    there.load_state_dict(here.state_dict())
    there.eval()
    return x[1400:], y[1400:], here.eval(), there


@pytest.mark.points(1)
@pytest.mark.exercise("fgsm")
def test_fgsm_on_a_trained_network(submission, reference, rng, data):
    """A network that has most digits right, under noise of 0.2 as well, fails under the attack."""
    x, y, here, there = trained(submission, data)
    chosen = torch.from_numpy(rng.choice(len(x), size=200, replace=False))
    x, y = x[chosen], y[chosen]
    x_adv = tensor(submission.fgsm(there, x, y, 0.2)).detach()
    assert x_adv.shape == x.shape, "hint: the attacked images have the shape of the images"
    assert (x_adv - x).abs().max() <= 0.2 + 1e-6, "hint: a pixel moved farther than epsilon"
    hint = "hint: the network still classifies more than 30 % of the attacked digits right"
    assert reference.accuracy(here, x_adv, y) < 0.3, hint


def noise_problem(rng, n=24):
    shape = (n, *(int(side) for side in rng.integers([1, 6, 6], [4, 9, 9])))
    return torch.from_numpy(rng.uniform(size=shape).astype(np.float32))


@pytest.mark.points(1)
@pytest.mark.exercise("random_sign_noise")
def test_noise_moves_every_pixel_by_epsilon(submission, rng, close):
    """Every pixel moves by exactly epsilon, none by less."""
    x, epsilon = noise_problem(rng), float(rng.uniform(0.05, 0.5))
    noisy = tensor(submission.random_sign_noise(x, epsilon, 7, clip_min=-2.0, clip_max=3.0))
    hint = "random *signs*: each pixel moves by epsilon or by -epsilon"
    close((noisy - x).abs(), torch.full_like(x, epsilon), tol=TOL, name="the move", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("random_sign_noise")
def test_noise_goes_up_and_down(submission, rng):
    """Half of all pixels go up, half down, and every image has a pattern of its own."""
    x = noise_problem(rng)
    noisy = tensor(submission.random_sign_noise(x, 0.3, 7, clip_min=-2.0, clip_max=3.0))
    up = (noisy > x).flatten(1)
    assert up.shape == x.flatten(1).shape, "hint: the noisy images have the shape of the images"
    bound = 5 / up.numel() ** 0.5  # ten standard deviations of a fair coin
    assert abs(float(up.double().mean()) - 0.5) < bound, "hint: up and down are equally probable"
    own = "hint: draw a sign for every pixel of every image, of the shape of x"
    assert len(torch.unique(up, dim=0)) > len(x) // 2, own
    assert len(torch.unique(up, dim=1).T) > up.shape[1] // 2, own


@pytest.mark.points(1)
@pytest.mark.exercise("random_sign_noise")
def test_noise_follows_the_seed(submission, rng):
    """Equal seeds give equal noise, different seeds different noise."""
    x = noise_problem(rng)
    one, again, other = submission.random_sign_noise.batch([(x, 0.1, 5), (x, 0.1, 5), (x, 0.1, 6)])
    assert torch.equal(attacked(one, x), tensor(again)), "hint: the same seed gives the same noise"
    assert not torch.equal(one, other), "hint: another seed gives other noise"


@pytest.mark.points(1)
@pytest.mark.exercise("random_sign_noise")
def test_noise_is_clipped(submission, rng):
    """Noisy pixels end in the valid range, and reach both of its ends."""
    x = noise_problem(rng)
    low, high = float(rng.uniform(0, 0.2)), float(rng.uniform(0.8, 1))
    x = x.clamp(low, high)
    called = submission.random_sign_noise.call(x, 0.5, 3, low, high)
    noisy = attacked(called.value, x)
    assert abs(noisy.min() - low) < 1e-6, "hint: clamp to clip_min"
    assert abs(noisy.max() - high) < 1e-6, "hint: clamp to clip_max"
    assert torch.equal(called.args[0], x), "hint: the clean images have changed; make new ones"


def half_right(pair, reference, rng, n=30):
    """Return images and classes, about half of which are what the model predicts."""
    x, _ = pair.images(rng, n)
    predicted = reference.predict(pair.here, x)
    shift = torch.from_numpy(rng.integers(1, pair.classes, size=n))
    wrong = torch.from_numpy(rng.random(n) < rng.uniform(0.3, 0.6))
    return x, torch.where(wrong, (predicted + shift) % pair.classes, predicted)


@pytest.mark.points(1)
@pytest.mark.exercise("accuracy")
def test_accuracy(submission, reference, rng, close, pair):
    """The share of the images whose highest logit is that of their class."""
    x, y = half_right(pair, reference, rng)
    pair.there.eval()
    want = reference.accuracy(pair.here, x, y)
    close(submission.accuracy(pair.there, x, y), want, name="accuracy", hint="a share from 0 to 1")


@pytest.mark.points(1)
@pytest.mark.exercise("accuracy")
def test_accuracy_in_evaluation_mode(submission, reference, rng, close, pair):
    """A model in training mode is measured in evaluation mode, and left as it was."""
    x, y = half_right(pair, reference, rng, 60)
    close(
        submission.accuracy(pair.there, x, y),
        reference.accuracy(pair.here, x, y),
        name="accuracy",
        hint="measure in evaluation mode: with evaluating(model)",
    )
    assert_modes_return(pair, rng, lambda x, y: submission.accuracy(pair.there, x, y))


class Attack:
    """Stands for an attack on x: images of its own for every epsilon; remembers its calls.

    It may be asked for some of the images only: it finds each among the clean ones.
    """

    def __init__(self, pair, rng, x, epsilons):
        self.clean = x
        # from -2 to 3, so that the network does not give one class to all of them
        self.images = {epsilon: pair.images(rng, len(x), -2, 3)[0] for epsilon in epsilons}
        self.calls = []

    def __call__(self, model, x, y, epsilon):
        self.calls.append((model, x, y, epsilon))
        rows = self.rows(x)
        return self.images[epsilon] if rows is None else self.images[epsilon][rows]

    def rows(self, x):
        """Return which of the clean images these are; None if some are not among them."""
        if x.shape[1:] != self.clean.shape[1:]:
            return None
        same = (x.flatten(1)[:, None] == self.clean.flatten(1)).all(dim=2)
        return same.double().argmax(dim=1) if same.any(dim=1).all() else None

    def function(self):
        """Return the attack as a plain function, which can be called from another process."""

        def attack(model, x, y, epsilon):
            return self(model, x, y, epsilon)

        return attack


@pytest.mark.points(2)
@pytest.mark.exercise("accuracy_under_attack")
def test_accuracy_under_attack(submission, reference, rng, close, pair):
    """One accuracy for every epsilon, in their order."""
    x, y = half_right(pair, reference, rng)
    epsilons = sorted(rng.uniform(0.01, 0.4, size=4).tolist(), reverse=True)
    before = reference.predict(pair.here, x) == y
    for _ in range(200):
        attack = Attack(pair, rng, x, epsilons)
        attack.images[epsilons[1]] = x  # one at which much is right
        want = reference.accuracy_under_attack(pair.here, x, y, attack, epsilons)
        after = reference.predict(pair.here, attack.images[epsilons[0]]) == y
        if want != want[::-1] and (after & ~before).any():
            break  # the order matters, and that an attack may put an image right
    got = submission.accuracy_under_attack(pair.there, x, y, attack.function(), epsilons)
    hint = "the accuracy on attack(model, x, y, epsilon), measured in evaluation mode"
    close(list(got), want, name="accuracies", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("accuracy_under_attack")
def test_attacks_start_from_the_clean_images(submission, rng, pair):
    """Every attack starts from the clean images and is given their true classes."""
    x, y = pair.images(rng, 9)
    epsilons = [0.3, 0.1, 0.2]
    attack = Attack(pair, rng, x, epsilons)
    submission.accuracy_under_attack(pair.there, x, y, attack.function(), epsilons)
    assert {call[3] for call in attack.calls} == set(epsilons), "hint: one attack for each epsilon"
    for _, images, classes, _ in attack.calls:
        assert torch.equal(images, x), "hint: attack x itself, not an image attacked before"
        assert torch.equal(classes, y), "hint: hand the true classes to the attack"


@pytest.mark.points(3)
@pytest.mark.exercise("pgd")
def test_pgd(submission, reference, rng, close, pair):
    """A few steps from the clean images, each up the gradient where it starts."""
    path = (float(rng.uniform(0.2, 0.3)), float(rng.uniform(0.03, 0.05)), 4)
    x, y = pair.clear_images(rng, reference, path)
    want = reference.pgd(pair.here, x, y, *path)
    pair.there.eval()
    hint = "in every step take the gradient at the image that the last step has made"
    close(submission.pgd(pair.there, x, y, *path), want, tol=TOL, name="x_adv", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("pgd")
def test_pgd_stays_in_the_ball(submission, reference, rng, close, pair):
    """More steps than fit into the ball: no pixel ends farther than epsilon from where it was."""
    path = (float(rng.uniform(0.05, 0.08)), float(rng.uniform(0.02, 0.03)), 7)
    x, y = pair.clear_images(rng, reference, path)
    want = reference.pgd(pair.here, x, y, *path)
    pair.there.eval()
    x_adv = tensor(submission.pgd(pair.there, x, y, *path)).detach()
    farthest = (x_adv - x).abs().max()
    outside = "hint: project onto the ball around the clean image after every step"
    assert farthest <= path[0] + 1e-6, outside
    hint = "project after every step, around the clean image"
    close(x_adv, want, tol=TOL, name="x_adv", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("pgd")
def test_targeted_pgd(submission, reference, rng, close, pair):
    """Targeted: every step goes down the loss of the wanted classes."""
    path = (float(rng.uniform(0.2, 0.3)), float(rng.uniform(0.03, 0.05)), 4)
    x, y = pair.clear_images(rng, reference, path, targeted=True)
    want = reference.pgd(pair.here, x, y, *path, targeted=True)
    pair.there.eval()
    x_adv = submission.pgd(pair.there, x, y, *path, targeted=True)
    close(x_adv, want, tol=TOL, name="x_adv", hint="targeted: minus the sign, in every step")


@pytest.mark.points(1)
@pytest.mark.exercise("pgd")
def test_pgd_in_another_range(submission, reference, rng, close, pair):
    """Images with another valid range are clipped to that one after every step."""
    low, high = float(rng.uniform(-2, -1)), float(rng.uniform(1.5, 3))
    settings = {"clip_min": low, "clip_max": high}
    path = (float(rng.uniform(0.7, 0.9)), float(rng.uniform(0.3, 0.4)), 4)
    x, y = pair.clear_images(rng, reference, path, pixels=(low, high), **settings)
    want = reference.pgd(pair.here, x, y, *path, **settings)
    pair.there.eval()
    x_adv = submission.pgd(pair.there, x, y, *path, **settings)
    close(x_adv, want, tol=TOL, name="x_adv", hint="clamp to clip_min and clip_max")


@pytest.mark.points(2)
@pytest.mark.exercise("pgd")
def test_random_start_of_pgd(submission, rng, pair):
    """The random start (steps=0) is uniform in the ball, drawn anew for every pixel."""
    x, y = pair.images(rng, 60)
    epsilon = float(rng.uniform(0.1, 0.3))
    settings = {"random_start": True, "clip_min": -1.0, "clip_max": 2.0}
    start = tensor(submission.pgd(pair.there, x, y, epsilon, 0.1, 0, **settings))
    clipped = "hint: clip the start to clip_min and clip_max, and to nothing narrower"
    assert start.min() < 0, clipped  # of 1500 pixels in 0..1, some 35 get below 0, as many above 1
    assert start.max() > 1, clipped
    share = (start - x).flatten() / epsilon  # uniform in -1..1
    assert share.abs().max() <= 1 + 1e-5, "hint: the start lies outside of the ball"
    spread = "hint: uniform in [-epsilon, epsilon], for every pixel of every image"
    assert share.abs().max() > 0.98, spread
    assert len(share.unique()) > 0.9 * len(share), spread
    assert abs(share.mean()) < 0.1, spread  # standard deviation of a mean of 1500: 0.015
    assert abs(share.abs().mean() - 0.5) < 0.05, spread


@pytest.mark.points(1)
@pytest.mark.exercise("pgd")
def test_random_start_follows_the_seed(submission, rng, pair):
    """Equal seeds give equal starts, different seeds different ones, all in the valid range."""
    x, y = pair.images(rng, 20)
    settings = [(pair.there, x, y, 0.4, 0.1, 0, True, seed) for seed in (5, 5, 6)]
    one, again, other = submission.pgd.batch(settings)
    assert torch.equal(attacked(one, x), tensor(again)), "hint: the same seed gives the same start"
    assert not torch.equal(one, other), "hint: another seed gives another start"
    assert one.min() >= 0, "hint: clip the start to the valid range"
    assert one.max() <= 1, "hint: clip the start to the valid range"


@pytest.mark.points(1)
@pytest.mark.exercise("pgd")
def test_pgd_from_a_random_start(submission, reference, rng, close, pair):
    """From a random start the steps stay in the ball around the clean image."""
    epsilon, step_size, steps = path = (0.1, float(rng.uniform(0.03, 0.05)), 4)
    pair.there.eval()
    for seed in range(200):
        x, y = pair.images(rng, 4, 0.3, 0.7)
        start = submission.pgd(pair.there, x, y, epsilon, step_size, 0, True, seed)
        start = attacked(start, x).detach()
        if pair.is_clear(reference, x, y, path, start=start):
            break
    want = start
    for _ in range(steps):
        want = one_step(reference, pair.here, want, x, y, epsilon, step_size)
    x_adv = submission.pgd(pair.there, x, y, *path, True, seed)
    hint = "from the random start on: step, project around the clean image, clip"
    close(x_adv, want, tol=TOL, name="x_adv", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("pgd")
def test_pgd_in_evaluation_mode(submission, reference, rng, close, pair):
    """A model that is in training mode is attacked in evaluation mode, and returns to its mode."""
    path = (0.2, float(rng.uniform(0.03, 0.05)), 3)
    x, y = pair.clear_images(rng, reference, path)
    want = reference.pgd(pair.here, x, y, *path)
    close(submission.pgd(pair.there, x, y, *path), want, tol=TOL, name="x_adv", hint=EVALUATION)
    assert_modes_return(pair, rng, lambda x, y: submission.pgd(pair.there, x, y, *path))


@pytest.mark.points(1)
@pytest.mark.exercise("pgd")
def test_pgd_leaves_the_parameters_alone(submission, rng, pair):
    """Parameters and their gradients, in the middle of a training step, are as before."""
    assert_parameters_untouched(
        pair, rng, lambda x, y: submission.pgd(pair.there, x, y, 0.1, 0.04, 3)
    )


@pytest.mark.points(1)
@pytest.mark.exercise("pgd")
def test_pgd_leaves_the_images_alone(submission, rng, pair):
    """The clean images are as before, and the attacked ones are not attached to a graph."""
    x, y = pair.images(rng, 6)
    called = submission.pgd.call(pair.there, x, y, 0.1, 0.04, 3)
    attacked(called.value, x)
    assert_untouched(x, called, "x", COPY)
    assert not called.value.requires_grad, GRAPH


@pytest.mark.points(2)
@pytest.mark.exercise("transfer_rate")
def test_transfer_rate(submission, reference, rng, close, pair):
    """Of the images that the target had right, the share that it gets wrong."""
    x, y = half_right(pair, reference, rng, 40)
    source = Pair(submission, rng).there
    attack = Attack(pair, rng, x, [0.2])
    kept = torch.from_numpy(rng.random(len(x)) < rng.uniform(0.3, 0.6))
    attack.images[0.2][kept] = x[kept]  # these stay as they are
    want = reference.transfer_rate(pair.here, pair.here, x, y, attack, 0.2)
    pair.there.eval()
    got = submission.transfer_rate(source, pair.there, x, y, attack.function(), 0.2)
    hint = "count only images that the target classifies right when clean, above and below the bar"
    close(got, want, name="rate", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("transfer_rate")
def test_the_source_is_attacked(submission, reference, rng, pair):
    """The attack is made on the source, from the clean images, with their true classes."""
    x, y = half_right(pair, reference, rng, 9)
    y[0] = reference.predict(pair.here, x)[0]  # at least one is right
    source = pair.given.SmallNet(pair.classes, pair.side)
    source.name = "source"
    pair.there.name = "target"
    attack = Attack(pair, rng, x, [0.15])
    names = []

    def named_attack(model, x, y, epsilon):
        names.append(model.name)
        return attack(model, x, y, epsilon)

    submission.transfer_rate(source, pair.there, x, y, named_attack, 0.15)
    assert names, "hint: the attack was never called"
    black_box = "hint: attack the source: in a black-box attack the target's gradients are hidden"
    assert set(names) == {"source"}, black_box
    _, images, classes, _ = attack.calls[0]
    rows = attack.rows(images)  # all of them, or those that the target has right
    assert rows is not None, "hint: attack the clean images"
    assert torch.equal(classes, y[rows]), "hint: hand the true classes to the attack"


@pytest.mark.points(1)
@pytest.mark.exercise("transfer_rate")
def test_transfer_to_a_target_that_is_always_wrong(submission, reference, rng, close, pair):
    """A target that has nothing right gives 0.0, not NaN and no error, and only such a one."""
    x, _ = pair.images(rng, 9)
    y = (reference.predict(pair.here, x) + 1) % pair.classes
    attack = Attack(pair, rng, x, [0.2])
    pair.there.eval()
    rate = submission.transfer_rate(pair.there, pair.there, x, y, attack.function(), 0.2)
    assert float(rate) == 0, "hint: with no image to break the rate is 0.0"
    right = reference.predict(pair.here, x)
    want = reference.transfer_rate(pair.here, pair.here, x, right, attack, 0.2)
    rate = submission.transfer_rate(pair.there, pair.there, x, right, attack.function(), 0.2)
    close(rate, want, name="rate", hint="with all images right, the share that is wrong afterwards")
    y[0] = right[0]
    attack.images[0.2][0] = x[right != right[0]][0] if (right != right[0]).any() else x[0]
    want = reference.transfer_rate(pair.here, pair.here, x, y, attack, 0.2)
    rate = submission.transfer_rate(pair.there, pair.there, x, y, attack.function(), 0.2)
    close(rate, want, name="rate", hint="with one image right, that one decides")


@pytest.mark.points(1)
@pytest.mark.exercise("transfer_rate")
def test_transfer_in_evaluation_mode(submission, reference, rng, close, pair):
    """A target in training mode is asked in evaluation mode, and returns to its mode."""
    x, y = half_right(pair, reference, rng, 60)
    attack = Attack(pair, rng, x, [0.2])
    attack.images[0.2][::2] = x[::2]
    want = reference.transfer_rate(pair.here, pair.here, x, y, attack, 0.2)
    use = attack.function()
    got = submission.transfer_rate(pair.there, pair.there, x, y, use, 0.2)
    close(got, want, name="rate", hint="ask the target in evaluation mode")
    flat = Attack(pair, rng, x[:6], [0.2]).images[0.2]  # whatever it is asked for

    def anything(model, x, y, epsilon):
        return flat[: len(x)]

    assert_modes_return(
        pair,
        rng,
        lambda x, y: submission.transfer_rate(pair.there, pair.there, x, y, anything, 0.2),
    )


def fooling_problem(pair, reference, rng, learning_rate, **bounds):
    """Return an image, a target and a step length with which the way takes three steps or more."""
    for _ in range(200):
        X, _ = pair.images(rng, 1)
        with torch.no_grad():
            target_y = int(pair.here(X).argmin())
        arguments = (X, target_y, pair.here, learning_rate)
        soon = reference.make_fooling_image(*arguments, 2, **bounds)
        end = reference.make_fooling_image(*arguments, 40, **bounds)
        with torch.no_grad():
            reached = pair.here(soon).argmax() == target_y
            lead = pair.here(end).topk(2).values.diff().abs()
        if not reached and lead > 1e-4:  # where it stops is no matter of rounding
            return X, target_y, learning_rate
        learning_rate *= 0.95
    pytest.skip("no image was found that takes three steps")


@pytest.mark.points(1)
@pytest.mark.exercise("make_fooling_image")
def test_fooling_image(submission, reference, rng, close, pair):
    """Steps of one length up the score of the target, until the model predicts it."""
    X, target_y, rate = fooling_problem(pair, reference, rng, float(rng.uniform(0.1, 0.15)))
    want = reference.make_fooling_image(X, target_y, pair.here, rate, 40)
    pair.there.eval()
    X_fooling = submission.make_fooling_image(X, target_y, pair.there, rate, 40)
    hint = "gradient of the target's score, divided by its L2 norm; stop once the target is reached"
    close(X_fooling, want, tol=1e-4, name="X_fooling", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("make_fooling_image")
def test_fooling_image_of_a_trained_network(submission, reference, rng, data):
    """With the defaults of CS231n a trained network takes a digit for any other."""
    x, _, here, there = trained(submission, data)
    n, target_y = int(rng.integers(len(x))), int(rng.integers(10))
    X_fooling = tensor(submission.make_fooling_image(x[n : n + 1], target_y, there)).detach()
    assert X_fooling.shape == (1, 1, 8, 8), "hint: the fooling image has the shape of X"
    assert reference.predict(here, X_fooling) == target_y, "hint: the model is not fooled"


@pytest.mark.points(1)
@pytest.mark.exercise("make_fooling_image")
def test_fooling_image_of_the_target_itself(submission, reference, rng, close, pair):
    """An image that is taken for the target already comes back as it is."""
    X, _ = pair.images(rng, 1)
    target_y = int(reference.predict(pair.here, X))
    pair.there.eval()
    X_fooling = submission.make_fooling_image(X, target_y, pair.there)
    close(X_fooling, X, tol=TOL, name="X_fooling", hint="look at the prediction before each step")
    X, other_y, rate = fooling_problem(pair, reference, rng, 0.1)
    attacked(submission.make_fooling_image(X, other_y, pair.there, rate), X)  # another target


@pytest.mark.points(2)
@pytest.mark.exercise("make_fooling_image")
def test_fooling_image_within_a_bound(submission, reference, rng, close, pair):
    """The change is never longer than max_norm, even if the target is out of reach."""
    for _ in range(50):
        bounds = {"max_norm": float(rng.uniform(0.2, 0.4))}
        X, target_y, rate = fooling_problem(pair, reference, rng, 0.3, **bounds)
        want = reference.make_fooling_image(X, target_y, pair.here, rate, 6, **bounds)
        free = reference.make_fooling_image(X, target_y, pair.here, rate, 6) - X
        if (X + free * bounds["max_norm"] / free.norm() - want).abs().max() > 1e-3:
            break  # to shorten the change at the very end leads somewhere else
    pair.there.eval()
    X_fooling = tensor(submission.make_fooling_image(X, target_y, pair.there, rate, 6, **bounds))
    length = float((X_fooling.detach() - X).norm())
    assert length <= bounds["max_norm"] * (1 + 1e-4), "hint: the change is longer than max_norm"
    hint = "shorten the change from X, after every step in which it is longer than max_norm"
    close(X_fooling, want, tol=1e-4, name="X_fooling", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("make_fooling_image")
def test_fooling_image_gives_up(submission, reference, rng, close, pair):
    """After max_iter steps without success the last image comes back."""
    X, target_y, rate = fooling_problem(pair, reference, rng, 0.002)
    steps = int(rng.integers(2, 6))
    want = reference.make_fooling_image(X, target_y, pair.here, rate, steps)
    pair.there.eval()
    X_fooling = submission.make_fooling_image(X, target_y, pair.there, rate, steps)
    change, wanted = tensor(X_fooling).detach() - X, want - X
    close(change, wanted, tol=2e-3, name="the change", hint="exactly max_iter steps")


@pytest.mark.points(1)
@pytest.mark.exercise("make_fooling_image")
def test_fooling_image_leaves_the_image_alone(submission, reference, rng, pair):
    """The image X is as before, and the fooling image is not attached to a graph."""
    X, target_y, rate = fooling_problem(pair, reference, rng, 0.1)
    pair.there.eval()
    called = submission.make_fooling_image.call(X, target_y, pair.there, rate)
    assert torch.equal(called.args[0], X), "hint: the values of X have changed; work on a copy"
    assert not called.args[0].requires_grad, "hint: X now requires a gradient; work on a copy"
    assert not attacked(called.value, X).requires_grad, GRAPH


@pytest.mark.points(1)
@pytest.mark.exercise("make_fooling_image")
def test_fooling_image_leaves_the_parameters_alone(submission, rng, pair):
    """Parameters and their gradients, in the middle of a training step, are as before."""

    def use(x, y):
        target_y = int(pair.there(x[:1]).argmin())  # it is not reached before the first step
        fooling = submission.make_fooling_image(x[:1], target_y, pair.there, 0.01, 3)
        return torch.cat([attacked(fooling, x[:1]), x[1:]])

    assert_parameters_untouched(pair, rng, use)


@pytest.mark.points(1)
@pytest.mark.exercise("make_fooling_image")
def test_fooling_image_in_evaluation_mode(submission, reference, rng, close, pair):
    """A model in training mode is fooled in evaluation mode, and left as it was."""
    X, target_y, rate = fooling_problem(pair, reference, rng, float(rng.uniform(0.1, 0.15)))
    want = reference.make_fooling_image(X, target_y, pair.here, rate, 40)
    X_fooling = submission.make_fooling_image(X, target_y, pair.there, rate, 40)
    close(X_fooling, want, tol=1e-4, name="X_fooling", hint=EVALUATION)
    assert_modes_return(
        pair,
        rng,
        lambda x, y: submission.make_fooling_image(x[:1], int(y[0]), pair.there, rate, 3),
    )


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_answers_on_attack_and_training(answers):
    """The questions about attack and training are right."""
    answers(["sign_of_the_update", "targeted_step", "already_wrong", "fall_of_the_logit"])


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_answers_on_sizes(answers):
    """The questions about sizes are right."""
    answers(
        [
            "panda_grey_levels",
            "normalised_images",
            "four_times_the_pixels",
            "noise_of_the_same_size",
        ]
    )


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_answers_on_code(answers):
    """The questions about code are right."""
    answers(["training_mode", "same_tensor_twice", "between_backward_and_step", "gradient_of_zero"])


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_answers_on_proof(answers):
    """The questions about what an attack proves are right."""
    answers(["no_gradients_to_see", "decision_trees", "ten_steps", "robust_against_fgsm"])
