"""Adagrad gives each parameter its own rate, along the axes, for ever falling."""
import math

import numpy as np
import pytest

from snippets.adagrad import adagrad

START = np.array([-5.0, -2.0])
VALLEY = np.diag([0.2, 4.0])                       # 0.1 x1**2 + 2 x2**2
X = np.array([338, 333, 328, 207, 226, 25, 179, 60, 208, 606.0])
Y = np.array([640, 633, 619, 393, 428, 27, 193, 66, 226, 1591.0])


def descend(h, start=START, lr=0.4, steps=20, **more):
    return adagrad(lambda w: h @ w, start, lr, steps, **more)


def turned(degrees):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, -s], [s, c]])


def loss(w, h=VALLEY):
    return np.einsum("...i,ij,...j", w, h, w) / 2


# The claims

def test_ends_where_the_syllabus_says():
    np.testing.assert_allclose(descend(VALLEY, lr=0.4)[-1],
                               [-2.382563, -0.158591], atol=5e-7)
    np.testing.assert_allclose(descend(VALLEY, lr=2.0)[-1], [-0.002295, 0],
                               atol=5e-7)


def test_one_parameter_equals_the_sum_written_out():
    """A second way: the whole history is summed again at each step."""
    x, lr, eps, seen = -5.0, 0.7, 1e-6, []
    for _ in range(30):
        seen.append(0.2 * x)
        x -= lr * seen[-1] / math.sqrt(math.fsum(g * g for g in seen) + eps)
    path = adagrad(lambda w: 0.2 * w, -5.0, lr, 30, eps)
    assert path[-1] == pytest.approx(x, rel=1e-12)


def test_first_step_is_the_rate_whatever_the_gradient():
    for scale in (1e-9, 1.0, 1e9):
        path = descend(scale * VALLEY, lr=0.3, steps=1, eps=0.0)
        np.testing.assert_allclose(path[1] - path[0], [0.3, 0.3], rtol=1e-12)


def test_no_parameter_moves_by_more_than_the_rate():
    rng = np.random.default_rng(0)
    for lr in (0.1, 3.0, 50.0):
        step = np.diff(adagrad(lambda w: rng.normal(0, 100, w.shape),
                               np.zeros(50), lr, 100), axis=0)
        assert np.abs(step).max() <= lr


def test_scaling_one_gradient_changes_nothing():
    steep = descend(np.diag([0.2, 4000.0]), lr=2.0, eps=0.0)
    np.testing.assert_allclose(steep, descend(VALLEY, lr=2.0, eps=0.0),
                               rtol=1e-9)


def test_turning_the_valley_undoes_the_help():
    ends = [loss(turned(a).T @ descend(turned(a) @ VALLEY @ turned(a).T,
                                       turned(a) @ START, lr=2.0)[-1])
            for a in (0, 45)]
    lam = 0.2, 4.0
    best = 2 / sum(lam)                            # gradient descent
    descent = loss(START * (1 - best * np.array(lam))**20)
    assert ends[0] < 1e-6 < 0.1 < descent < ends[1]


def test_effective_rate_never_rises_and_falls_like_one_over_sqrt_t():
    path = adagrad(lambda w: np.ones(1), [0.0], 1.0, 400, eps=0.0)
    step = -np.diff(path[:, 0])
    np.testing.assert_allclose(step, 1 / np.sqrt(np.arange(1, 401)), 1e-10)


def test_mean_square_with_a_rate_over_sqrt_t_is_the_same():
    """The page's correction: mean instead of sum is lr instead of lr / sqrt t."""
    w, squares = START.copy(), []
    for t in range(1, 51):
        g = VALLEY @ w
        squares.append(g * g)
        w = w - 2.0 / math.sqrt(t) * g / np.sqrt(np.mean(squares, axis=0))
    np.testing.assert_allclose(descend(VALLEY, lr=2.0, steps=50, eps=0.0)[-1],
                               w, rtol=1e-9, atol=1e-300)


def test_any_rate_converges_where_descent_would_diverge():
    for lr in (0.5, 5.0, 50.0, 5000.0):            # 2 / lambda is 0.5
        path = descend(VALLEY, lr=lr, steps=5000)
        assert loss(path[-1]) < 1e-6, lr
    with np.errstate(over="ignore"):
        assert not abs(-2.0 * (1 - 5.0 * 4)**100) < 1e100


def test_ten_points_end_close_to_the_optimum():
    a = np.column_stack([np.ones(10), X])
    h, r = 2 * a.T @ a, 2 * a.T @ Y
    b, w = adagrad(lambda v: h @ v - r, [-120.0, -4.0], 1.0, 100_000)[-1]
    assert b == pytest.approx(-188.367, abs=5e-4)
    assert w == pytest.approx(2.6693, abs=5e-5)


# The function

def test_rates_can_differ_from_step_to_step():
    rates = np.linspace(1, 0, 20)
    path = descend(VALLEY, lr=rates)
    one = descend(VALLEY, lr=1.0, steps=1)
    np.testing.assert_array_equal(path[:2], one)
    np.testing.assert_array_equal(path[-1], path[-2])      # the last rate is 0
    np.testing.assert_array_equal(descend(VALLEY, lr=np.full(20, 0.4)),
                                  descend(VALLEY, lr=0.4))


def test_zero_gradient_moves_nothing():
    path = adagrad(lambda w: 0 * w, START, 1.0, 5)
    np.testing.assert_array_equal(path, np.tile(START, (6, 1)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_without_eps_a_zero_gradient_is_lost():
    assert np.isnan(adagrad(lambda w: 0 * w, START, 1.0, 1, eps=0.0)[1]).all()


def test_tiny_gradients_below_the_root_of_eps_hardly_move():
    path = adagrad(lambda w: np.full(1, 1e-5), [0.0], 1.0, 1)
    assert path[1, 0] == pytest.approx(-1e-5 / math.sqrt(1e-6 + 1e-10))


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3)])
def test_keeps_shapes_and_leaves_the_start_alone(shape):
    w = np.ones(shape)
    path = adagrad(lambda w: w, w, 0.1, 4)
    assert path.shape == (5, *shape) and np.all(w == 1)
    np.testing.assert_array_equal(adagrad(lambda w: w, w, 0.1, 0), [w])


BAD = [
    (dict(w=[]), "w must be finite and not empty"),
    (dict(w=[1, np.nan]), "w must be finite and not empty, got .*nan"),
    (dict(lr=-1), "lr must be finite and >= 0, got -1"),
    (dict(lr=np.inf), "lr must be finite and >= 0, got inf"),
    (dict(lr=[1, 2]), r"lr must be a number or \(5,\), got \(2,\)"),
    (dict(steps=-1), "steps must be an integer >= 0, got -1"),
    (dict(steps=2.5), "steps must be an integer >= 0, got 2.5"),
    (dict(grad=lambda w: w[:1]), r"shape of w, \(2,\), got \(1,\)"),
    (dict(eps=-1e-8), "eps must be finite and >= 0, got -1e-08"),
    (dict(eps=np.nan), "eps must be finite and >= 0, got nan"),
]


@pytest.mark.parametrize("bad, message", BAD)
def test_bad_input_is_named(bad, message):
    good = dict(grad=lambda w: w, w=START, lr=0.1, steps=5)
    with pytest.raises(ValueError, match=message):
        adagrad(**{**good, **bad})
