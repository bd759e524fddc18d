"""Ill-conditioning: no single rate fits all directions; standardizing changes the surface."""
import numpy as np
import pytest

from docs.experiments._surface import X
from snippets.conditioning import condition_number, contraction_rate
from snippets.gradient_descent import gradient_descent

VALLEY = np.diag([0.2, 4.0])
START = np.array([-5.0, -2.0])


def design(column):
    return np.column_stack([np.ones_like(column), column])


def kappa(column):
    a = design(column)
    return condition_number(2 * a.T @ a)


def random_hessian(seed, size=5):
    a = np.random.default_rng(seed).normal(size=(size, size))
    return a @ a.T + 0.1 * np.eye(size)


# The page's claims

def test_larger_rate_is_better_along_and_explodes_across():
    calm, wild = (gradient_descent(lambda w: VALLEY @ w, START, lr, 20)[-1]
                  for lr in (0.4, 0.6))
    np.testing.assert_allclose(calm, [-5 * 0.92**20, -2 * 0.6**20], rtol=1e-9)
    np.testing.assert_allclose(wild, [-5 * 0.88**20, -2 * 1.4**20], rtol=1e-9)
    assert abs(wild[0]) < abs(calm[0]) < 1 < 1000 < abs(wild[1])


def test_no_rate_beats_kappa():
    hessian = random_hessian(1)
    k = condition_number(hessian)
    rates = [contraction_rate(hessian, lr) for lr in np.linspace(0, 1, 20001)]
    assert min(rates) == pytest.approx((k - 1) / (k + 1), abs=1e-3)
    assert min(rates) >= (k - 1) / (k + 1) - 1e-12


def test_a_rate_for_each_direction_lands_in_one_step():
    own = np.array([5.0, 0.25])
    end = gradient_descent(lambda w: own * (VALLEY @ w), START, 1.0, 1)[-1]
    np.testing.assert_array_equal(end, [0, 0])


def test_standardized_input_lands_in_one_step():
    a = design((X - X.mean()) / X.std())
    y = 3.0 - 0.5 * X
    grad = lambda w: 2 * a.T @ (a @ w - y)         # noqa: E731
    end = gradient_descent(grad, [-120.0, -4.0], 1 / (2 * len(X)), 1)[-1]
    np.testing.assert_allclose(end, np.linalg.lstsq(a, y, rcond=None)[0],
                               rtol=1e-12)


def test_condition_numbers_of_the_ten_points():
    """Independently from singular values of the design."""
    centred = X - X.mean()
    for column in (X, centred, centred / X.std(), centred / X.std(ddof=1)):
        assert kappa(column) == pytest.approx(
            np.linalg.cond(design(column)) ** 2, rel=1e-8)
    assert kappa(X) == pytest.approx(3.13e5, rel=2e-3)
    assert kappa(centred) == pytest.approx(X.var(), rel=1e-9)   # diag(1, var)
    assert kappa(centred / X.std()) == pytest.approx(1, rel=1e-12)
    assert kappa(centred / X.std(ddof=1)) == pytest.approx(10 / 9, rel=1e-9)


def test_half_of_the_excess_loss_is_left_after_kappa_ln_2_over_4_steps():
    lam = np.linalg.eigvalsh(2 * design(X).T @ design(X))
    steps = round(kappa(X) * np.log(2) / 4)
    assert f"{steps:.0e}" == "5e+04"
    np.testing.assert_allclose((1 - 2 / lam.sum() * lam) ** (2 * steps), 0.5, rtol=1e-3)


def test_scaling_the_loss_changes_the_limit_but_not_kappa():
    hessian = random_hessian(2)
    assert condition_number(7 * hessian) == pytest.approx(
        condition_number(hessian))
    assert contraction_rate(7 * hessian, 0.01) == pytest.approx(
        contraction_rate(hessian, 0.07))


def test_flat_direction_with_the_same_gradient_has_kappa_times_the_loss():
    g = 1.0
    flat, steep = (g / lam * np.eye(2)[k]
                   for k, lam in enumerate(np.diag(VALLEY)))
    assert np.linalg.norm(VALLEY @ flat) == np.linalg.norm(VALLEY @ steep)
    ratio = (flat @ VALLEY @ flat) / (steep @ VALLEY @ steep)
    assert ratio == pytest.approx(condition_number(VALLEY))


@pytest.mark.parametrize("r", [0.0, 0.5, 0.99, -0.99])
def test_correlated_inputs_are_ill_conditioned_though_standardized(r):
    assert condition_number([[1, r], [r, 1]]) == pytest.approx(
        (1 + abs(r)) / (1 - abs(r)))


def test_steps_grow_in_proportion_to_kappa():
    def steps(k):
        return np.log(1e-6) / np.log((k - 1) / (k + 1))

    for k in (1e2, 1e3, 1e5):
        assert steps(k) == pytest.approx(k / 2 * np.log(1e6), rel=1e-3)


# The functions

@pytest.mark.parametrize("seed", range(5))
def test_contraction_is_the_norm_of_the_step_matrix(seed):
    hessian = random_hessian(seed)
    for lr in (0.0, 0.05, 0.3):
        assert contraction_rate(hessian, lr) == pytest.approx(
            np.linalg.norm(np.eye(5) - lr * hessian, 2))


@pytest.mark.parametrize("seed", range(5))
def test_condition_number_is_that_of_linear_algebra(seed):
    hessian = random_hessian(seed)
    assert condition_number(hessian) == pytest.approx(np.linalg.cond(hessian))


@pytest.mark.parametrize("exponent", [0, 3, 8, 12])
def test_condition_number_is_as_accurate_as_it_says(exponent):
    k = 10.0**exponent
    c, s = np.cos(0.3), np.sin(0.3)
    rotation = np.array([[c, -s], [s, c]])
    hessian = rotation @ np.diag([1.0, k]) @ rotation.T
    hessian = (hessian + hessian.T) / 2
    assert abs(condition_number(hessian) / k - 1) < 1e-15 * max(k, 10)


BAD = [
    (np.diag([1.0, 0.0]), "hessian must be positive definite"),
    (np.diag([1.0, -1.0]), "positive definite, got smallest eigenvalue -1"),
    (np.zeros((2, 2)), "hessian must be positive definite"),
    ([[1.0, 2.0], [0.0, 1.0]], "hessian must be symmetric"),
    ([[1.0, np.nan], [np.nan, 1.0]], "hessian must be finite"),
    ([1.0, 2.0], r"hessian must be \(D, D\), got \(2,\)"),
    (np.ones((2, 3)), r"hessian must be \(D, D\), got \(2, 3\)"),
    (np.ones((0, 0)), r"hessian must be \(D, D\), got \(0, 0\)"),
]


@pytest.mark.parametrize("hessian, message", BAD)
def test_bad_hessian_is_named(hessian, message):
    for call in (condition_number, lambda h: contraction_rate(h, 0.1)):
        with pytest.raises(ValueError, match=message):
            call(hessian)


@pytest.mark.parametrize("lr", [-0.1, np.nan, np.inf])
def test_bad_rate_is_named(lr):
    with pytest.raises(ValueError, match=f"lr must be finite.*{lr}"):
        contraction_rate(VALLEY, lr)


def test_a_hessian_may_be_unsymmetric_by_rounding():
    """By 1e-9 of an entry, or 1e-12 of the largest."""
    assert condition_number([[1000, 5e-10], [0, 1000]]) == pytest.approx(1)
    for hessian in ([[1000, 1.5e-9], [0, 1000]], [[1, 0.5], [0.5 * (1 + 1.5e-9), 1]]):
        with pytest.raises(ValueError, match="must be symmetric"):
            condition_number(hessian)


@pytest.mark.parametrize("lam", [(1e-7, 1e10), (1e-17, 1e-17, 1)])
def test_what_is_zero_up_to_rounding_is_no_minimum(lam):
    with pytest.raises(ValueError, match="positive definite"):
        condition_number(np.diag(lam))
