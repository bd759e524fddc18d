"""Gradient descent: the rate's limit is 2 / curvature, and bouncing is not diverging."""
from fractions import Fraction

import numpy as np
import pytest

from snippets.gradient_descent import best_rate, gradient_descent

VALLEY = np.array([0.2, 4.0])                      # f = 0.1 x1^2 + 2 x2^2
START = np.array([-5.0, -2.0])


def valley(w):
    return VALLEY * w


def parabola(lam):
    return lambda w: lam * w


def last(grad, w, lr, steps):
    return gradient_descent(grad, w, lr, steps)[-1]


# The page's claims

@pytest.mark.parametrize("lr", [0.05, 0.25, 0.45, 0.5, 0.55])
def test_path_is_a_power_of_one_minus_lr_lam(lr):
    path = gradient_descent(parabola(4.0), 1.0, lr, 30)
    factor = 1 - Fraction(str(lr)) * 4
    exact = [float(factor**t) for t in range(31)]
    np.testing.assert_allclose(path, exact, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("lam", [0.01, 1.0, 300.0])
def test_rate_above_two_over_curvature_diverges_and_below_converges(lam):
    assert abs(last(parabola(lam), 1.0, 1.99 / lam, 2000)) < 1e-8
    assert abs(last(parabola(lam), 1.0, 2.01 / lam, 2000)) > 1e8


def test_at_the_limit_it_bounces_for_ever():
    path = gradient_descent(parabola(4.0), 1.0, 0.5, 1000)
    np.testing.assert_array_equal(path, (-1.0) ** np.arange(1001))


def test_beyond_one_it_oscillates_and_still_converges():
    path = gradient_descent(parabola(4.0), 1.0, 0.45, 100)
    assert np.all(path[1:] * path[:-1] < 0)
    assert np.all(np.abs(path[1:]) < np.abs(path[:-1]))


def test_twins_on_both_sides_of_one_are_equally_fast():
    low, high = (gradient_descent(parabola(4.0), 1.0, lr, 6)
                 for lr in (0.05, 0.45))
    np.testing.assert_allclose(np.abs(low), np.abs(high), rtol=1e-12)


def test_rate_one_over_curvature_lands_in_one_step():
    assert last(parabola(4.0), 1.0, 0.25, 1) == 0


def test_steepest_direction_sets_the_limit_of_any_quadratic():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(6, 6))
    hessian = a @ a.T + np.eye(6)
    limit = 2 / np.linalg.norm(hessian, 2)         # largest singular value
    start = rng.normal(size=6)
    assert np.linalg.norm(last(lambda w: hessian @ w, start,
                               0.98 * limit, 3000)) < 1e-3
    assert np.linalg.norm(last(lambda w: hessian @ w, start,
                               1.02 * limit, 3000)) > 1e3


def test_best_rate_beats_every_other_in_the_long_run():
    best, factor = best_rate(VALLEY)
    assert best == pytest.approx(1 / 2.1)
    assert factor == pytest.approx(19 / 21)        # kappa = 20
    others = np.linspace(0.01, 0.6, 60)
    ends = [np.linalg.norm(last(valley, START, lr, 400)) for lr in others]
    assert np.linalg.norm(last(valley, START, best, 400)) < min(ends)


def test_best_rate_makes_both_directions_equally_slow():
    best, factor = best_rate(VALLEY)
    shrink = last(valley, START, best, 1) / START
    np.testing.assert_allclose(shrink, [factor, -factor], rtol=1e-12)


def test_best_rate_of_one_curvature_lands_at_once():
    assert best_rate([4.0]) == (0.25, 0.0)


def test_best_rate_is_worse_than_another_early_on():
    best, _ = best_rate(VALLEY)

    def loss(lr, steps):
        return VALLEY @ last(valley, START, lr, steps) ** 2 / 2

    assert loss(best, 20) > loss(0.4, 20)
    assert loss(best, 100) < loss(0.4, 100)


def overshoot(lr, steps=40):
    """Curvature along each step times lr, from the Hessian itself."""
    w = gradient_descent(valley, START, lr, steps)[:-1]
    g = VALLEY * w
    return w, lr * np.sum(VALLEY * g**2, axis=1) / np.sum(g**2, axis=1)


@pytest.mark.parametrize("lr", [0.02, 0.4, 0.49, 0.52, 0.6])
def test_overshoot_from_two_gradients_tells_whether_the_loss_falls(lr):
    w, curvature = overshoot(lr)
    after = w - lr * VALLEY * w
    g0, g1 = VALLEY * w, VALLEY * after
    s = np.sum(g0 * (g0 - g1), axis=1) / np.sum(g0**2, axis=1)
    np.testing.assert_allclose(s, curvature, rtol=1e-9)
    change = (after**2 - w**2) @ VALLEY / 2
    np.testing.assert_allclose(
        change, -lr * np.sum(g0**2, axis=1) * (1 - s / 2), rtol=1e-9)
    np.testing.assert_array_equal(change < 0, s < 2)


def test_small_overshoot_does_not_allow_a_larger_rate():
    _, s = overshoot(0.4)
    assert s[-1] < 0.1                             # "20 times larger is fine"
    end = gradient_descent(valley, START, 0.4, 40)[-1]
    assert np.linalg.norm(last(valley, end, 2 * 0.4, 200)) > 1e10


# The functions

def test_descends_a_loss_that_is_no_quadratic():
    """A logistic loss with its gradient from finite differences."""
    x = np.array([[1.0, 2.0], [1.0, -1.0], [1.0, 0.3], [1.0, -0.2]])
    y = np.array([1.0, -1.0, -1.0, 1.0])

    def loss(w):
        return np.mean(np.log1p(np.exp(-y * (x @ w))))

    def grad(w, h=1e-6):
        return np.array([(loss(w + h * e) - loss(w - h * e)) / (2 * h)
                         for e in np.eye(2)])

    path = gradient_descent(grad, [0.0, 0.0], 1.0, 300)
    losses = [loss(w) for w in path]
    assert np.all(np.diff(losses) < 1e-12)
    assert np.linalg.norm(grad(path[-1])) < 1e-4


def test_a_rate_for_each_step_is_used_in_order():
    rates = [0.1, 0.2, 0.0, 0.3]
    path = gradient_descent(parabola(2.0), 1.0, rates, 4)
    np.testing.assert_allclose(path, [1, 0.8, 0.48, 0.48, 0.192], rtol=1e-12)


def test_path_has_the_start_and_one_entry_a_step():
    assert gradient_descent(valley, START, 0.1, 7).shape == (8, 2)
    assert gradient_descent(valley, START, 0.1, 0).shape == (1, 2)
    assert gradient_descent(parabola(1.0), np.ones((2, 3)), 0.1,
                            4).shape == (5, 2, 3)


def test_start_is_not_changed():
    start = START.copy()
    gradient_descent(valley, start, 0.1, 7)
    np.testing.assert_array_equal(start, START)


def test_rate_zero_moves_nothing():
    path = gradient_descent(valley, START, 0.0, 5)
    np.testing.assert_array_equal(path, np.tile(START, (6, 1)))


BAD = [
    (dict(w=[]), "w must be finite and not empty"),
    (dict(w=[0.0, np.nan]), "w must be finite.*nan"),
    (dict(lr=-0.1), "lr must be finite and >= 0, got -0.1"),
    (dict(lr=np.nan), "lr must be finite and >= 0, got nan"),
    (dict(lr=np.inf), "lr must be finite and >= 0, got inf"),
    (dict(lr=[0.1, 0.2]), r"lr must be a number or \(5,\), got \(2,\)"),
    (dict(steps=-1), "steps must be an integer >= 0, got -1"),
    (dict(steps=2.0), "steps must be an integer >= 0, got 2.0"),
    (dict(grad=lambda w: w[:1]), r"grad\(w\) must have the shape of w"),
    (dict(grad=lambda w: 1.0), r"shape of w, \(2,\), got \(\)"),
]


@pytest.mark.parametrize("change, message", BAD)
def test_bad_input_is_named(change, message):
    good = dict(grad=valley, w=START, lr=0.1, steps=5)
    with pytest.raises(ValueError, match=message):
        gradient_descent(**good | change)


@pytest.mark.parametrize("lam", [[], [0.0, 1.0], [-1.0, 2.0], [np.nan],
                                 [1.0, np.inf]])
def test_best_rate_needs_positive_curvatures(lam):
    with pytest.raises(ValueError, match="lam must be positive and finite"):
        best_rate(lam)
