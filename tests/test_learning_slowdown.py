"""A sigmoid neuron with quadratic loss that is badly wrong learns slowest."""
import warnings
from decimal import Decimal, localcontext

import numpy as np
import pytest

from snippets.learning_slowdown import quadratic_loss, sigmoid, train_neuron

WRONG = dict(w=0.6, b=0.9)
BADLY_WRONG = dict(w=2.0, b=2.0)


def slope_along(f, z, direction, h=1e-5):
    """Centred difference of the sum of f along a direction."""
    return np.sum(f(z + h * direction) - f(z - h * direction)) / (2 * h)


def exact_sigmoid(z):
    with localcontext(prec=60):
        return 1 / (1 + (-Decimal(z)).exp())


# The experiment

def test_wrong_neuron_goes_from_82_percent_to_9():
    a = train_neuron(**WRONG).a
    assert a[0] == pytest.approx(0.82, abs=0.005)
    assert a[300] == pytest.approx(0.094, abs=0.0005)


def test_badly_wrong_neuron_goes_from_98_percent_to_20():
    a = train_neuron(**BADLY_WRONG).a
    assert a[0] == pytest.approx(0.98, abs=0.005)
    assert a[150] == pytest.approx(0.933, abs=0.0005)
    assert a[300] == pytest.approx(0.203, abs=0.0005)


def test_badly_wrong_neuron_learns_slower_at_first():
    wrong, badly_wrong = train_neuron(**WRONG), train_neuron(**BADLY_WRONG)
    assert badly_wrong.a[0] > wrong.a[0]
    assert wrong.dw[0] == pytest.approx(0.122, abs=0.0005)
    assert badly_wrong.dw[0] == pytest.approx(0.0173, abs=0.00005)


def test_badly_wrong_neuron_is_fastest_on_its_way():
    run = train_neuron(**BADLY_WRONG)
    fastest = np.argmax(run.dw)
    assert 150 < fastest < 250
    assert run.a[fastest] == pytest.approx(2 / 3, abs=0.03)
    assert run.dw[fastest] > 8 * run.dw[0]


def test_learning_rate_stays_while_learning_speed_changes():
    run = train_neuron(**BADLY_WRONG)
    step = -np.diff(run.w)
    np.testing.assert_allclose(step / run.dw[:-1], 0.15, rtol=1e-12)
    assert step.max() > 8 * step[0]


# The cause

def test_gradient_peaks_at_two_thirds():
    a = np.linspace(0.001, 0.999, 9981)            # steps of 0.0001
    _, dz = quadratic_loss(np.log(a / (1 - a)), 0)
    assert a[np.argmax(dz)] == pytest.approx(2 / 3, abs=0.0001)
    assert dz.max() == pytest.approx(4 / 27, rel=1e-6)


def test_slowdown_is_not_monotone_in_the_error():
    _, dz = quadratic_loss(np.log([0.2 / 0.8, 2.0, 0.98 / 0.02]), 0)
    assert dz[0] < dz[1] > dz[2]                   # errors 0.2, 2/3, 0.98


def test_slowdown_is_the_same_for_target_one():
    _, towards_0 = quadratic_loss([-1.0, 0.5, 4.0], 0)
    _, towards_1 = quadratic_loss([1.0, -0.5, -4.0], 1)
    np.testing.assert_allclose(towards_1, -towards_0, rtol=1e-14)


def test_linear_output_has_no_slowdown():
    def linear_loss(z):                            # a = z
        return (z - 0.0) ** 2 / 2

    for z in (0.2, 2 / 3, 0.98, 100.0):
        gradient = slope_along(linear_loss, np.array([z]), np.ones(1))
        assert gradient == pytest.approx(z - 0.0, rel=1e-8)     # a - y


def test_bias_learns_as_the_weight_does_when_x_is_one():
    run = train_neuron(**BADLY_WRONG)
    np.testing.assert_array_equal(run.w, run.b)
    run = train_neuron(**BADLY_WRONG, x=3.0)
    np.testing.assert_allclose(np.diff(run.w), 3 * np.diff(run.b), 1e-9)


# The functions

def test_gradient_agrees_with_finite_differences():
    rng = np.random.default_rng(1)
    z, y = rng.normal(0, 2, (4, 5)), rng.uniform(0, 1, (4, 5))
    _, dz = quadratic_loss(z, y)
    for _ in range(10):
        direction = rng.normal(size=z.shape)
        slope = slope_along(lambda v: quadratic_loss(v, y)[0], z, direction)
        assert np.sum(dz * direction) == pytest.approx(slope, rel=1e-7)


def test_weight_gradient_agrees_with_finite_differences():
    h, arguments = 1e-5, dict(b=0.4, x=-1.7, y=0.3, epochs=0)
    below, at, above = (train_neuron(w=w, **arguments)
                        for w in (0.8 - h, 0.8, 0.8 + h))
    slope = (above.loss[0] - below.loss[0]) / (2 * h)
    assert at.dw[0] == pytest.approx(slope, rel=1e-7)


def test_sigmoid_is_as_accurate_as_it_says():
    for z in (-700.0, -40.0, -1.0, -1e-9, 0.0, 0.3, 5.0, 36.0, 700.0):
        exact = exact_sigmoid(z)
        assert abs(Decimal(float(sigmoid(z))) / exact - 1) < Decimal("4e-16")


def test_sigmoid_of_plus_minus_1000_warns_of_nothing():
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise"):
        warnings.simplefilter("error")
        np.testing.assert_array_equal(sigmoid([-1000, 1000]), [0, 1])
        assert np.all(np.isfinite(quadratic_loss([-1000, 1000], [1, 0])))


def test_textbook_sigmoid_overflows_where_ours_does_not():
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        1 / (1 + np.exp(-np.float64(-1000)))


def test_tanh_form_loses_small_outputs_where_ours_does_not():
    z, exact = -40.0, float(exact_sigmoid(-40.0))
    assert sigmoid(z) == pytest.approx(exact, rel=1e-15, abs=0)
    assert (1 + np.tanh(z / 2)) / 2 == 0.0


def test_sigmoid_keeps_shapes():
    assert np.shape(sigmoid(0)) == ()
    assert sigmoid([[0], [1]]).shape == (2, 1)


def test_history_has_the_start_and_one_entry_an_epoch():
    run = train_neuron(**WRONG, epochs=7)
    assert {v.shape for v in run} == {(8,)}
    assert (run.w[0], run.b[0]) == (0.6, 0.9)
    assert {v.shape for v in train_neuron(**WRONG, epochs=0)} == {(1,)}
    assert {v.shape for v in train_neuron(**WRONG)} == {(301,)}


def test_grid_of_starts_and_rates_equals_single_runs():
    w, lr = np.array([[0.6], [2.0]]), np.array([0.05, 0.15, 0.5])
    grid = train_neuron(w, 0.9, lr=lr, epochs=40)
    assert grid.a.shape == (41, 2, 3)
    for i, j in np.ndindex(2, 3):
        single = train_neuron(w[i, 0], 0.9, lr=lr[j], epochs=40)
        for ours, alone in zip(grid, single):
            np.testing.assert_allclose(ours[:, i, j], alone, rtol=1e-13)


def test_target_met_moves_nothing():
    run = train_neuron(w=0.0, b=0.0, y=0.5)
    assert not np.any(run.dw) and not np.any(run.loss)


BAD = [
    (sigmoid, dict(z=[]), "z must not be empty"),
    (sigmoid, dict(z=[0.0, np.nan]), "z must be finite, got nan"),
    (sigmoid, dict(z=-np.inf), "z must be finite, got -inf"),
    (sigmoid, dict(z="one"), "z must be numbers, got 'one'"),
    (sigmoid, dict(z=None), "z must be numbers, got None"),
    (sigmoid, dict(z=1j), "z must be numbers"),
    (sigmoid, dict(z=[[1, 2], [3]]), "z must be numbers"),
    (quadratic_loss, dict(z=0, y=1.5), "y must be from 0 to 1, got 1.5"),
    (quadratic_loss, dict(z=0, y=np.nan), "y must be from 0 to 1, got nan"),
    (quadratic_loss, dict(z=[0, 1, 2], y=[0, 1]), r"z \(3,\), y \(2,\)"),
    (train_neuron, dict(w=np.nan, b=0), "w must be finite, got nan"),
    (train_neuron, dict(w=0, b=np.inf), "b must be finite, got inf"),
    (train_neuron, dict(w=0, b=[]), "b must not be empty"),
    (train_neuron, dict(w=0, b=0, x=np.nan), "x must be finite, got nan"),
    (train_neuron, dict(w=0, b=0, y=-0.1), "y must be from 0 to 1, got -0.1"),
    (train_neuron, dict(w=0, b=0, lr=0), "lr must be positive"),
    (train_neuron, dict(w=0, b=0, lr=-0.15), "lr must be positive.*-0.15"),
    (train_neuron, dict(w=0, b=0, lr=np.inf), "lr must be positive.*inf"),
    (train_neuron, dict(w=[0, 1], b=[0, 1, 2]), r"w \(2,\), b \(3,\)"),
    (train_neuron, dict(w=0, b=0, epochs=-1), "epochs must be.*-1"),
    (train_neuron, dict(w=0, b=0, epochs=1.5), "epochs must be.*1.5"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(**arguments)
