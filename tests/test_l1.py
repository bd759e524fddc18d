"""L1: exact zeros with the proximal step, hops with the subgradient, and the conditions of the minimum."""
import numpy as np
import pytest

from snippets.l1 import l1_penalty, proximal_descent, soft_threshold, subgradient_descent

RNG = np.random.default_rng(5)
X = RNG.normal(size=(40, 6))
Y = X @ np.array([2.0, -1.5, 0, 0, 0, 0]) + 0.5 * RNG.normal(size=40)


def grad(w):
    return X.T @ (X @ w - Y) / 40


def objective(w, strength):
    return np.mean((X @ w - Y)**2) / 2 + strength * sum(abs(v) for v in w)


# The soft threshold

@pytest.mark.parametrize("threshold", [0.0, 0.3, 1.0])
def test_soft_threshold_minimizes_what_it_says(threshold):
    fine = np.linspace(-3, 3, 60_001)
    for w in (-2.0, -0.31, -0.1, 0.0, 0.3, 0.9, 1.7):
        best = fine[np.argmin((fine - w)**2 / 2 + threshold * np.abs(fine))]
        assert soft_threshold(w, threshold) == pytest.approx(best, abs=1.1e-4)


def test_soft_threshold_stops_at_zero_exactly():
    np.testing.assert_array_equal(soft_threshold([0.2, -0.2, 0.3, -0.3], 0.3), [0, 0, 0, 0])
    np.testing.assert_allclose(soft_threshold([1.0, -2.0], 0.25), [0.75, -1.75], rtol=1e-15)
    np.testing.assert_array_equal(soft_threshold([1.5, -2.0], 0), [1.5, -2.0])


# The penalty

def test_penalty_and_its_slope():
    w, v, h = np.array([[1.0, -2.0], [0.5, -0.1]]), np.array([[0.3, 1.0], [-2.0, 0.7]]), 1e-6
    value, dw = l1_penalty(w, 0.4)
    assert value == pytest.approx(0.4 * 3.6)
    slope = (l1_penalty(w + h * v, 0.4)[0] - l1_penalty(w - h * v, 0.4)[0]) / (2 * h)
    assert np.sum(dw * v) == pytest.approx(slope, rel=1e-8)


def test_slope_does_not_fade_with_the_weight_and_is_a_subgradient_at_zero():
    assert l1_penalty(1e-300, 0.4)[1] == 0.4
    assert l1_penalty(0.0, 0.4) == (0, 0)


# Descent

def test_one_weight_has_a_closed_form():
    """L = (w - c)**2 / 2: the minimum is soft(c, strength)."""
    for c, strength, wanted in ((1.0, 0.25, 0.75), (-1.0, 0.25, -0.75), (0.2, 0.25, 0.0)):
        assert proximal_descent(lambda w: w - c, 3.0, strength, 0.5, 200)[-1] == pytest.approx(wanted, abs=1e-12)


def test_proximal_descent_ends_where_no_weight_can_improve():
    w = proximal_descent(grad, np.zeros(6), 0.2, 0.3, 2000)[-1]
    g = grad(w)
    kept = w != 0
    assert 0 < np.sum(~kept) < 6
    np.testing.assert_allclose(g[kept], -0.2 * np.sign(w[kept]), atol=1e-10)
    assert np.all(np.abs(g[~kept]) < 0.2)
    for _ in range(200):  # and by brute force: every neighbour is worse
        assert objective(w + 0.05 * RNG.normal(size=6), 0.2) > objective(w, 0.2)


def test_agrees_with_coordinate_descent_of_another_library():
    lasso = pytest.importorskip("sklearn.linear_model").Lasso(alpha=0.2, fit_intercept=False, tol=1e-14, max_iter=100_000)
    np.testing.assert_allclose(proximal_descent(grad, np.zeros(6), 0.2, 0.3, 2000)[-1], lasso.fit(X, Y).coef_, atol=1e-7)


def test_subgradient_leaves_no_weight_at_zero_and_hops_by_rate_times_strength():
    path = subgradient_descent(grad, np.zeros(6), 0.2, 0.1, 3000)
    late = path[-200:, 2:]
    zeros = proximal_descent(grad, np.zeros(6), 0.2, 0.3, 2000)[-1][2:] == 0
    assert not np.any(path[-1] == 0)
    hops = np.abs(np.diff(late[:, zeros], axis=0)).max(axis=0)
    assert np.all((hops > 0.01) & (hops < 0.05)), "0.1 * 0.2, and what the loss adds"
    smaller = subgradient_descent(grad, np.zeros(6), 0.2, 0.01, 30_000)[-200:, 2:]
    assert np.abs(smaller[:, zeros]).max() < np.abs(late[:, zeros]).max() / 5


def test_with_a_falling_rate_the_hops_die_out_and_no_weight_is_zero():
    w, steps = np.zeros(6), 3000
    zeros = proximal_descent(grad, w, 0.2, 0.3, 2000)[-1] == 0
    for t in range(steps):
        w = w - 0.1 * (1 + np.cos(np.pi * t / steps)) / 2 * (grad(w) + l1_penalty(w, 0.2)[1])
    assert np.any(zeros) and np.all(w != 0) and np.abs(w[zeros]).max() < 1e-4
    assert np.all((soft_threshold(w, 1e-4) == 0) == zeros), "a threshold finds them"


def test_a_strength_above_the_largest_slope_at_zero_leaves_nothing():
    most = np.abs(grad(np.zeros(6))).max()
    assert np.all(proximal_descent(grad, np.zeros(6), 1.001 * most, 0.3, 500) == 0)
    assert np.any(proximal_descent(grad, np.zeros(6), 0.999 * most, 0.3, 500)[-1] != 0)


def test_without_strength_both_are_gradient_descent():
    w = np.full(6, 0.7)
    for _ in range(20):
        w = w - 0.3 * grad(w)
    for descend in (proximal_descent, subgradient_descent):
        path = descend(grad, np.full(6, 0.7), 0, 0.3, 20)
        assert path.shape == (21, 6)
        np.testing.assert_allclose(path[-1], w, rtol=1e-12)


def test_the_start_is_left_alone():
    w = np.ones(6)
    proximal_descent(grad, w, 0.1, 0.1, 3)[0] += 5
    soft_threshold(w, 0.5)
    np.testing.assert_array_equal(w, np.ones(6))


# What the page says

def test_facts_of_the_page(fact):
    assert (fact("zeros"), fact("sub_zeros"), fact("l2_zeros"), fact("above_zeros")) == (7, 0, 0, 10)
    assert fact("above") > fact("most") and fact("slope_zero") < fact("strength")
    assert fact("slope_kept") == pytest.approx(fact("strength"), rel=1e-6)
    assert fact("half_size") == pytest.approx(fact("sub_size") / 2, rel=0.1)
    assert fact("twin_first") + fact("twin_second") == pytest.approx(fact("twin_alone")), "never both"
    assert fact("sub_share") == 0 and fact("prox_share") > 0.5
    assert abs(fact("sub_test") - fact("prox_test")) < 0.005
    assert fact("plain_test") > fact("prox_test") > fact("strong_test")


BAD = [
    (l1_penalty, dict(w=[1.0, np.nan], strength=1), "w must be finite, got nan"),
    (l1_penalty, dict(w=[1.0], strength=-1), "strength must be finite and >= 0, got -1"),
    (soft_threshold, dict(w=[1.0], threshold=-0.5), "threshold must be finite and >= 0, got -0.5"),
    (soft_threshold, dict(w=[np.inf], threshold=1), "w must be finite, got inf"),
    (proximal_descent, dict(grad=None, w=[1.0], strength=1, lr=0, steps=1), "lr must be finite and > 0, got 0"),
    (proximal_descent, dict(grad=None, w=[1.0], strength=np.inf, lr=1, steps=1), "strength must be.*inf"),
    (subgradient_descent, dict(grad=None, w=[1.0], strength=1, lr=np.nan, steps=1), "lr must be finite and > 0, got nan"),
    (subgradient_descent, dict(grad=None, w=[-np.inf], strength=1, lr=1, steps=1), "w must be finite, got -inf"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(**arguments)
