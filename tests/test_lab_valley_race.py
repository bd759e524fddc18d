"""The valley race: each surface has its winner, and the condition numbers say why."""
import numpy as np
import pytest

from docs.experiments._surface import REGRESSION
from snippets.adagrad import adagrad
from snippets.gradient_descent import gradient_descent
from snippets.momentum import momentum

LAM = np.array([0.2, 4.0])


def steps_needed(path, hessian):
    loss = np.einsum("ti,ij,tj->t", path, hessian, path)
    late = ~(loss <= 1e-5 * loss[0])
    return np.inf if late[-1] else np.flatnonzero(late)[-1] + 1


def turned(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, -s], [s, c]])
    return turn, turn @ np.diag(LAM) @ turn.T


def test_four_surfaces_have_four_winners(fact):
    assert fact("adagrad_valley") < fact("half_valley") < fact("descent_valley")
    assert fact("half_valley") < fact("descent_sweep") < fact("adagrad_turned")
    assert fact("adam_warm") < fact("adam_points") < fact("rmsprop_points") < fact("adagrad_points")
    assert fact("standardized_steps") == 1


def test_momentum_that_oscillates_shrinks_the_loss_by_beta_a_step(fact):
    assert fact("half_valley") == pytest.approx(fact("half_memory"), abs=1)
    assert fact("ninety_valley") == pytest.approx(fact("ninety_memory"), rel=0.1)
    assert fact("adam_valley") == pytest.approx(fact("ninety_valley"), rel=0.1)


def test_scaling_leaves_a_condition_number_that_the_correlation_gives(fact):
    """Of two coordinates scaled to curvature 1, (1 + |c|) / (1 - |c|)."""
    h = REGRESSION.hessian
    c = abs(h[0, 1]) / np.sqrt(h[0, 0] * h[1, 1])
    assert fact("kappa_scaled") == pytest.approx((1 + c) / (1 - c))
    lam = REGRESSION.eigenvalues
    assert fact("kappa_points") == pytest.approx(lam[1] / lam[0])
    assert fact("kappa_turned") == pytest.approx(20)


@pytest.mark.parametrize("degrees", [0, 20, 45])
def test_descent_and_momentum_do_not_see_the_axes(degrees, fact):
    turn, h = turned(degrees)
    start = turn @ (np.array([1.0, 1.0]) / np.sqrt(LAM))
    plain = steps_needed(gradient_descent(lambda w: w @ h, start, 0.25, 200), h)
    heavy = steps_needed(momentum(lambda w: w @ h, start, 0.5, 0.5, 200), h)
    assert heavy < 0.25 * plain
    assert plain <= fact("descent_valley") and heavy <= fact("half_valley")


def test_a_turn_of_45_degrees_takes_the_lead_from_adagrad():
    needed = []
    for degrees in (0, 45):
        turn, h = turned(degrees)
        start = turn @ (np.array([1.0, 1.0]) / np.sqrt(LAM))
        needed.append(min(steps_needed(adagrad(lambda w: w @ h, start, lr, 200), h) for lr in 2.0 ** np.arange(-4, 6)))
    assert needed[0] < 10 and needed[1] > 50


def test_plain_descent_on_the_ten_points_needs_as_many_steps_as_the_lab_says(fact):
    lam, v = np.linalg.eigh(REGRESSION.hessian)
    part = v.T @ (REGRESSION.start - REGRESSION.optimum)

    def share(steps):
        return np.sum(lam * (part * (1 - lam / lam[1]) ** steps) ** 2) / np.sum(lam * part ** 2)

    assert share(0.99 * fact("descent_points")) > 1e-5 > share(1.01 * fact("descent_points"))


def test_the_grid_skips_the_best_constant_rate_and_cosine_gains_no_more(fact):
    """1 - lr lam is the same, but for its sign, at both ends of the spectrum; there the loss shrinks by its square each step."""
    low, high = 0.2, 4.0
    lr = 2 / (low + high)
    assert fact("fine_rate") == pytest.approx(lr * high)
    assert fact("descent_fine") == np.ceil(np.log(1e-5) / (2 * np.log(1 - lr * low)))
    assert fact("descent_cosine") == pytest.approx(fact("descent_fine"), abs=2)
    assert fact("descent_valley") > 1.5 * fact("descent_fine")
