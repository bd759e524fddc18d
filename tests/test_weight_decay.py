"""Weight decay: the penalty's step where there is no momentum, and another end point where there is."""
import numpy as np
import pytest

from docs.experiments.weight_decay import DEGREE, POINTS, curve, fit, points
from snippets.gradient_descent import gradient_descent
from snippets.momentum import momentum
from snippets.weight_decay import l2_penalty, sgd_weight_decay

CURVES, OPTIMUM = np.array([3.0, 0.5]), np.array([2.0, -1.0])


def bowl(w):
    return CURVES * (w - OPTIMUM)


# The penalty

@pytest.mark.parametrize("shape", [(1,), (5,), (3, 4)])
def test_penalty_and_its_gradient_agree_with_finite_differences(shape):
    rng = np.random.default_rng(0)
    w, direction, h = rng.normal(size=shape), rng.normal(size=shape), 1e-5
    value, gradient = l2_penalty(w, 0.7, 9)
    assert value == pytest.approx(0.7 * sum(x * x for x in w.ravel()) / 18, rel=1e-14)
    difference = (l2_penalty(w + h * direction, 0.7, 9)[0] - l2_penalty(w - h * direction, 0.7, 9)[0]) / (2 * h)
    assert gradient.shape == shape and np.sum(gradient * direction) == pytest.approx(difference, rel=1e-8)


def test_gradient_is_blind_to_what_the_weight_multiplies():
    _, gradient = l2_penalty([2.0, -2.0, 4.0], 1.0, 1)
    np.testing.assert_array_equal(gradient, [2.0, -2.0, 4.0])


def test_no_strength_no_penalty():
    value, gradient = l2_penalty([1.0, 2.0], 0, 5)
    assert value == 0 and not gradient.any()


@pytest.mark.parametrize("arguments, message", [
    (([], 1, 1), "w must be finite and not empty"), (([np.nan], 1, 1), "w must be finite"), (([1.0], -1, 1), "strength .* got -1"),
    (([1.0], np.inf, 1), "strength .* got inf"), (([1.0], 1, 0), "n must be >= 1, got 0"),
])
def test_penalty_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        l2_penalty(*arguments)


# The step

def test_without_gradient_each_step_multiplies_by_the_same_factor():
    path = sgd_weight_decay(np.zeros_like, [4.0, -1.0], lr=0.5, steps=30, c=0.1)
    np.testing.assert_allclose(path, np.outer(0.95 ** np.arange(31), [4.0, -1.0]), rtol=1e-13)


def test_without_decay_it_is_gradient_descent_and_momentum():
    start, rates = [5.0, 5.0], np.linspace(0.3, 0.1, 20)
    np.testing.assert_allclose(sgd_weight_decay(bowl, start, rates, 20, 0.0), gradient_descent(bowl, start, rates, 20), rtol=1e-13)
    np.testing.assert_allclose(sgd_weight_decay(bowl, start, rates, 20, 0.0, 0.8), momentum(bowl, start, rates, 0.8, 20), rtol=1e-12)


def test_for_plain_descent_decay_is_the_l2_penalty():
    def penalized(w):
        return bowl(w) + l2_penalty(w, 1.2, 4)[1]

    start, rates = [5.0, 5.0], np.linspace(0.3, 0.1, 50)
    np.testing.assert_allclose(sgd_weight_decay(bowl, start, rates, 50, 0.3), gradient_descent(penalized, start, rates, 50), rtol=1e-12)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_decay_beside_momentum_is_a_penalty_weaker_by_one_minus_beta(beta):
    """At rest v = -lr g / (1 - beta) = lr c w, so the bowl's optimum moves as with the penalty (1 - beta) c."""
    end = sgd_weight_decay(bowl, [5.0, 5.0], 0.1, 4000, 0.4, beta)[-1]
    np.testing.assert_allclose(end, CURVES * OPTIMUM / (CURVES + (1 - beta) * 0.4), rtol=1e-9)


def test_with_momentum_penalty_and_decay_part_ways():
    inside = sgd_weight_decay(lambda w: bowl(w) + 0.4 * w, [5.0, 5.0], 0.1, 4000, 0.0, 0.9)[-1]
    np.testing.assert_allclose(inside, CURVES * OPTIMUM / (CURVES + 0.4), rtol=1e-9)
    assert np.linalg.norm(inside - sgd_weight_decay(bowl, [5.0, 5.0], 0.1, 4000, 0.4, 0.9)[-1]) > 0.1


def test_state_in_state_out():
    w = np.array([1.0, 2.0])
    path = sgd_weight_decay(bowl, w, 0.1, 3, 0.1)
    np.testing.assert_array_equal(w, [1.0, 2.0])
    assert path.shape == (4, 2) and sgd_weight_decay(bowl, w, 0.1, 0, 0.1).shape == (1, 2)


GOOD = dict(grad=bowl, w=[1.0, 1.0], lr=0.1, steps=3, c=0.1, beta=0.5)


@pytest.mark.parametrize("wrong, message", [
    (dict(w=[]), "w must be finite and not empty"), (dict(w=[np.inf, 1]), "w must be finite"), (dict(lr=-0.1), "lr .* got -0.1"),
    (dict(lr=[0.1, 0.1]), r"lr must be a number or \(3,\), got \(2,\)"), (dict(steps=-1), "steps .* got -1"), (dict(steps=2.5), "steps .* got 2.5"),
    (dict(grad=lambda w: 1.0), r"grad\(w\) must have the shape of w, \(2,\), got \(\)"), (dict(beta=1), r"beta .* got 1"),
    (dict(beta=-0.1), "beta .* got -0.1"), (dict(c=-1), "got c = -1"), (dict(c=10.5), "got c = 10.5"), (dict(c=np.nan), "got c = nan"),
    (dict(lr=0.0, c=np.inf), "got c = inf"),
])
def test_step_refuses(wrong, message):
    with pytest.raises(ValueError, match=message):
        sgd_weight_decay(**{**GOOD, **wrong})


def test_a_share_of_one_forgets_everything():
    path = sgd_weight_decay(np.zeros_like, [3.0], lr=0.1, steps=1, c=10.0)
    assert path[-1] == pytest.approx(0, abs=1e-15)


# The polynomial of the figure

@pytest.mark.parametrize("c", [1e-4, 1e-1])
def test_polynomial_is_least_where_the_gradient_of_loss_and_penalty_is_zero(c):
    w, b = fit(c)
    x, y = points()
    powers = np.stack([x**k for k in range(1, DEGREE + 1)])
    residual = curve(w, b, x) - y
    np.testing.assert_allclose(powers @ residual / POINTS + c * w, 0, atol=1e-9)
    assert residual.mean() == pytest.approx(0, abs=1e-9), "the bias is not penalized"


def test_more_strength_smaller_weights_larger_training_error():
    x, y = points()
    fits = [fit(10.0**k) for k in range(-6, 2)]
    assert np.all(np.diff([w @ w for w, _ in fits]) < 0)
    assert np.all(np.diff([np.mean((curve(w, b, x) - y) ** 2) for w, b in fits]) > 0)


# What the page says

def test_decay_rescues_the_bad_start_and_hardly_helps_the_good_one(fact):
    assert fact("normal_decay_low") > fact("normal_high") + 0.04
    assert abs(fact("scaled_decay_test") - fact("scaled_test")) < 0.01
    assert fact("normal_decay_test") == pytest.approx(fact("scaled_decay_test"), abs=0.01)


def test_what_is_left_of_the_start_is_the_factor_to_the_power_of_the_steps(fact):
    assert fact("left") == pytest.approx(np.exp(40000 * np.log1p(-0.5 * 0.1 / 1000)), rel=1e-9)


def test_without_decay_the_net_keeps_the_weights_that_it_was_drawn_with(fact):
    assert fact("size_plain") == pytest.approx(fact("size_start"), rel=0.03)
    assert fact("left") < fact("size_decay") < 0.25 * fact("size_start")


def test_the_same_number_as_a_share_a_step_destroys_the_net(fact):
    assert fact("left_90_test") < 0.15 < fact("left_95_test") < 0.4
    assert fact("left_95") == pytest.approx(1 - 0.5 * 0.1), "the strength, passed for c"
    assert fact("left_99_test") < fact("strength_1_test")
    assert 1e-3 * fact("coupled") < fact("lr") * fact("strength_1") / fact("n"), "the same c at AdamW's rate"


def test_ends_are_those_of_the_penalized_bowl(fact):
    for name, strength in (("sgd_l2", 0.1), ("sgd_decay", 0.1), ("momentum_l2", 0.1), ("momentum_decay", 0.01), ("adam_l2", 0.1),
                           ("adam_decay", 0)):
        for side, curvature in (("steep", 1.0), ("flat", 0.1)):
            assert fact(f"{name}_{side}") == pytest.approx(2 * curvature / (curvature + strength), abs=5e-3), name


def test_a_middle_strength_is_best_in_the_demo_and_not_when_all_inputs_mean_something(fact):
    assert min((0, 1, 10, 100), key=lambda s: fact(f"demo_{s}_test")) == 10
    assert min((0, 1, 10, 100), key=lambda s: fact(f"all_{s}_test")) == 1
    assert fact("all_0_test") == pytest.approx(fact("demo_0_test"), abs=1e-3), "without a penalty only the noise counts"
