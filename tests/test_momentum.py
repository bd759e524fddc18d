"""Momentum: a memory that brakes across the valley and pulls along it."""
import numpy as np
import pytest

from snippets.gradient_descent import best_rate, gradient_descent
from snippets.momentum import best_momentum, momentum, nesterov

VALLEY = np.array([0.2, 4.0])                      # f = 0.1 x1^2 + 2 x2^2
START = np.array([-5.0, -2.0])
BETAS = [0.0, 0.25, 0.5, 0.9]


def valley(w):
    return VALLEY * w


def parabola(lam):
    return lambda w: lam * w


def heavy_ball_matrix(s, beta):
    """Of (w_t, w_t-1), for s = lr lam: a second formula of one step."""
    return np.array([[1 + beta - s, -beta], [1.0, 0.0]])


def nesterov_matrix(s, beta):
    return np.array([[(1 + beta) * (1 - s), -beta * (1 - s)], [1.0, 0.0]])


def spectral_radius(matrix):
    return np.max(np.abs(np.linalg.eigvals(matrix)))


# The page's claims

def test_rate_that_explodes_without_momentum_converges_with_it():
    none, weak, strong = (momentum(valley, START, 0.6, beta, 20)[-1]
                          for beta in (0.0, 0.25, 0.5))
    assert abs(none[1]) > 1000
    np.testing.assert_allclose(weak, [-0.126340, -0.186632], atol=5e-7)
    np.testing.assert_allclose(strong, [0.007188, 0.002553], atol=5e-7)


@pytest.mark.parametrize("beta", BETAS)
def test_heavy_ball_is_stable_up_to_two_times_one_plus_beta(beta):
    limit = 2 * (1 + beta)
    assert np.abs(momentum(parabola(1.0), 1.0, 0.99 * limit, beta,
                           5000)[-1]) < 1e-3
    assert np.abs(momentum(parabola(1.0), 1.0, 1.01 * limit, beta,
                           1000)[-1]) > 1e3


@pytest.mark.parametrize("beta", BETAS)
def test_nesterov_is_stable_up_to_a_lower_limit(beta):
    limit = 2 * (1 + beta) / (1 + 2 * beta)
    assert np.abs(nesterov(parabola(1.0), 1.0, 0.99 * limit, beta,
                           5000)[-1]) < 1e-3
    assert np.abs(nesterov(parabola(1.0), 1.0, 1.01 * limit, beta,
                           1000)[-1]) > 1e3
    assert limit <= 2


def test_nesterov_diverges_in_the_valley_where_the_heavy_ball_does_not():
    assert np.abs(nesterov(valley, START, 0.6, 0.5, 20)[-1, 1]) > 1e6
    assert np.abs(nesterov(valley, START, 0.3, 0.5, 20)[-1, 1]) < 1e-3


@pytest.mark.parametrize("method, matrix", [
    (momentum, heavy_ball_matrix), (nesterov, nesterov_matrix)])
def test_path_is_that_of_the_step_matrix(method, matrix):
    path = method(parabola(4.0), 1.0, 0.15, 0.5, 30)
    state = np.array([1.0, 1.0])
    for w in path[1:]:
        state = matrix(0.6, 0.5) @ state
        assert w == pytest.approx(state[0], rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("beta", [0.25, 0.64, 0.9])
def test_oscillating_modes_shrink_by_root_beta_not_twice_that(beta):
    root = np.sqrt(beta)
    for s in np.linspace((1 - root) ** 2 + 1e-3, (1 + root) ** 2 - 1e-3, 9):
        roots = np.linalg.eigvals(heavy_ball_matrix(s, beta))
        assert np.iscomplexobj(roots)
        np.testing.assert_allclose(np.abs(roots), root, rtol=1e-9)
    path = np.abs(momentum(parabola(1.0), 1.0, 0.5, beta, 400))
    shrink = (path[200:300].max() / path[100:200].max()) ** (1 / 100)
    assert shrink == pytest.approx(root, rel=0.02)


def test_nesterov_damps_oscillating_modes_more():
    for s in (0.2, 0.5, 0.8):
        assert spectral_radius(nesterov_matrix(s, 0.9)) == pytest.approx(
            np.sqrt(0.9 * (1 - s)))


@pytest.mark.parametrize("sign, factor", [(1, 1 / (1 - 0.9)),
                                          (-1, 1 / (1 + 0.9))])
def test_steady_gradients_add_up_and_alternating_ones_cancel(sign, factor):
    seen = iter(sign ** np.arange(402.0))          # the first is for the check
    next(seen)
    path = momentum(lambda w: next(seen, 0.0) * np.ones(1), [0.0], 0.1, 0.9,
                    400)
    assert abs(np.diff(path[:, 0])[-1]) == pytest.approx(0.1 * factor)


@pytest.mark.parametrize("kappa", [4.0, 20.0, 100.0])
def test_best_pair_cannot_be_beaten(kappa):
    lam = np.array([1.0, kappa])
    lr, beta = best_momentum(lam)

    def worst(lr, beta):
        return max(spectral_radius(heavy_ball_matrix(lr * k, beta))
                   for k in lam)

    best = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    assert beta == pytest.approx(best**2)
    assert worst(lr, beta) == pytest.approx(best, abs=1e-6)
    rng = np.random.default_rng(0)
    for _ in range(300):
        assert worst(lr * rng.uniform(0.5, 1.5), rng.uniform(0, 1)) > best - 1e-6


def test_a_large_beta_pays_only_when_kappa_is_large(fact):
    assert fact("valley_kappa") == pytest.approx(20)
    assert fact("valley_beta") < 0.5 < fact("best_beta") < fact("ninety")
    for kappa, beta in ((fact("valley_kappa"), fact("valley_beta")),
                        (fact("kappa"), fact("best_beta"))):
        root = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
        assert beta == pytest.approx(root**2)


def test_kappa_100_takes_93_steps_where_rates_predict_69_and_plain_691():
    lam = np.array([0.04, 4.0])
    lr, beta = best_momentum(lam)

    def steps(path):
        far = np.linalg.norm(path, axis=1)
        return np.argmax(far < 1e-6 * far[0])

    one = np.ones(2)
    assert steps(momentum(parabola(lam), one, lr, beta, 200)) == 93
    assert steps(gradient_descent(parabola(lam), one,
                                  best_rate(lam)[0], 800)) == 691
    assert np.ceil(np.log(1e-6) / np.log(9 / 11)) == 69
    assert np.ceil(np.log(1e-6) / np.log(99 / 101)) == 691


def test_best_pair_has_a_double_root_and_so_a_factor_t():
    lr, beta = best_momentum([0.04, 4.0])
    path = momentum(parabola(4.0), 1.0, lr, beta, 60)
    t = np.arange(61)
    scaled = np.abs(path) / np.sqrt(beta) ** t     # grows like a line in t
    np.testing.assert_allclose(np.diff(scaled, 2), 0, atol=1e-6)
    assert scaled[-1] > 5


def test_averaged_convention_needs_a_rate_larger_by_one_over_one_minus_beta():
    w, v, path = START, np.zeros(2), [START]
    for _ in range(20):
        v = 0.5 * v + (1 - 0.5) * valley(w)
        w = w - 1.2 * v
        path.append(w)
    np.testing.assert_allclose(momentum(valley, START, 0.6, 0.5, 20), path,
                               rtol=1e-9, atol=1e-12)


def test_rate_outside_the_velocity_is_the_same_only_while_it_is_constant():
    def outside(rates):
        w, v = START, np.zeros(2)
        for lr in rates:
            v = 0.9 * v + valley(w)
            w = w - lr * v
        return w

    constant, falling = np.full(11, 0.3), np.r_[np.full(10, 0.3), 0.03]
    ours = [momentum(valley, START, rates, 0.9, 11)[-1]
            for rates in (constant, falling)]
    np.testing.assert_allclose(outside(constant), ours[0], rtol=1e-9)
    before = momentum(valley, START, constant[:10], 0.9, 10)[-1]
    assert (np.linalg.norm(outside(falling) - before)
            < 0.3 * np.linalg.norm(ours[1] - before))


def test_nesterov_seen_from_the_look_ahead_point_is_the_other_form():
    """v <- beta v + g, w <- w - lr (g + beta v), as frameworks write it."""
    ours = nesterov(valley, START, 0.3, 0.5, 20)
    ahead = ours + 0.5 * np.diff(ours, axis=0, prepend=ours[:1])
    w, v = START, np.zeros(2)
    for point in ahead:
        np.testing.assert_allclose(w, point, rtol=1e-9, atol=1e-12)
        g = valley(w)
        v = 0.5 * v + g
        w = w - 0.3 * (g + 0.5 * v)


# The functions

@pytest.mark.parametrize("method", [momentum, nesterov])
def test_without_beta_it_is_gradient_descent(method):
    np.testing.assert_array_equal(
        method(valley, START, 0.3, 0.0, 15),
        gradient_descent(valley, START, 0.3, 15))


@pytest.mark.parametrize("method", [momentum, nesterov])
def test_start_is_kept_and_shapes_are_those_of_w(method):
    start = np.ones((2, 3))
    path = method(parabola(1.0), start, [0.1, 0.2, 0.3], 0.5, 3)
    assert path.shape == (4, 2, 3)
    np.testing.assert_array_equal(start, np.ones((2, 3)))
    assert method(valley, START, 0.1, 0.5, 0).shape == (1, 2)


BAD = [
    (dict(beta=-0.1), "beta must be in 0 .. 1, without 1, got -0.1"),
    (dict(beta=1.0), "beta must be in 0 .. 1, without 1, got 1.0"),
    (dict(beta=np.nan), "beta must be .* got nan"),
    (dict(w=[]), "w must be finite and not empty"),
    (dict(w=[0.0, np.inf]), "w must be finite.*inf"),
    (dict(lr=-0.1), "lr must be finite and >= 0, got -0.1"),
    (dict(lr=[0.1, 0.2]), r"lr must be a number or \(5,\), got \(2,\)"),
    (dict(steps=-1), "steps must be an integer >= 0, got -1"),
    (dict(steps=2.0), "steps must be an integer >= 0, got 2.0"),
    (dict(grad=lambda w: w[:1]), r"grad\(w\) must have the shape of w"),
]


@pytest.mark.parametrize("method", [momentum, nesterov])
@pytest.mark.parametrize("change, message", BAD)
def test_bad_input_is_named(method, change, message):
    good = dict(grad=valley, w=START, lr=0.1, beta=0.5, steps=5)
    with pytest.raises(ValueError, match=message):
        method(**good | change)


@pytest.mark.parametrize("lam", [[], [0.0, 1.0], [-1.0, 2.0], [np.nan]])
def test_best_momentum_needs_positive_curvatures(lam):
    with pytest.raises(ValueError, match="lam must be positive and finite"):
        best_momentum(lam)
