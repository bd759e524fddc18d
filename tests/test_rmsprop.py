"""RMSprop forgets: its rate follows the surface, and its path never rests."""
import math

import numpy as np
import pytest

from snippets.adagrad import adagrad
from snippets.rmsprop import rmsprop

START = np.array([-5.0, -2.0])


def valley(w):
    return np.array([0.2, 4.0]) * w


def steps_for(gradients, **more):
    """Steps at lr = 1 for given gradients, whatever w is."""
    given = iter([gradients[0], *gradients])       # the check asks once more
    path = rmsprop(lambda w: np.array(next(given)), 0.0, 1.0,
                   len(gradients), **more)
    return -np.diff(path)


# The claims

def test_ends_where_the_syllabus_says():
    np.testing.assert_allclose(rmsprop(valley, START, 0.4, 20)[-1],
                               [-0.010599, 0], atol=5e-7)


def test_equals_the_weighted_sum_written_out():
    """v is the sum of (1 - decay) decay**k times the squares k steps ago."""
    x, seen, decay = -5.0, [], 0.8
    for _ in range(40):
        seen.append(0.2 * x)
        v = math.fsum((1 - decay) * decay**k * g * g
                      for k, g in enumerate(reversed(seen)))
        x -= 0.1 * seen[-1] / math.sqrt(v + 1e-6)
    path = rmsprop(lambda w: 0.2 * w, -5.0, 0.1, 40, decay)
    assert path[-1] == pytest.approx(x, rel=1e-10)


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_steady_gradients_give_steps_of_one_rate(size):
    step = steps_for(np.full(300, size), eps=0.0)
    assert step[-1] == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.9, 0.999])
def test_first_step_is_the_longest_there_can_be(decay):
    most = 1 / math.sqrt(1 - decay)
    assert steps_for([7.0], decay=decay, eps=0.0)[0] == pytest.approx(most)
    wild = np.random.default_rng(0).standard_cauchy(2000)
    assert np.abs(steps_for(wild, decay=decay)).max() <= most * (1 + 1e-12)


def test_first_step_on_steeper_ground_is_longer_not_shorter():
    """After a jump from 1 to c, v = c**2 + (1 - c**2) decay**k."""
    for decay, c in ((0.9, 10.0), (0.99, 3.0)):
        step = steps_for(np.r_[np.ones(3000), np.full(50, c)], decay=decay,
                         eps=0.0)[3000:]
        k = np.arange(1, 51)
        v = c**2 + (1 - c**2) * decay**k
        np.testing.assert_allclose(step, c / np.sqrt(v), rtol=1e-9)
        assert step[0] > 1 and np.all(np.diff(step) < 0)


def test_rate_falls_fast_and_recovers_slowly():
    rate = steps_for(np.repeat([1.0, 10.0, 1.0], 300), eps=0.0)
    down = np.argmax(rate[300:] < 1.1)
    up = np.argmax(rate[600:] > 0.9)
    assert up > 3 * down > 0


def test_adagrad_does_not_recover():
    given = iter([1.0, *np.repeat([1.0, 10.0, 1.0], 300)])
    path = adagrad(lambda w: np.array(next(given)), 0.0, 1.0, 900)
    rate = -np.diff(path)
    assert rate[-1] < rate[299] / 5


@pytest.mark.parametrize("lr", [0.4, 0.04])
def test_constant_rate_ends_hopping_half_a_rate_to_both_sides(lr):
    path = rmsprop(valley, START, lr, 3000, eps=1e-12)[-2:]
    np.testing.assert_allclose(np.abs(path), lr / 2, rtol=1e-3)
    np.testing.assert_array_equal(np.sign(path[0]), -np.sign(path[1]))


def test_falling_rate_arrives():
    path = rmsprop(valley, START, 0.4 * np.linspace(1, 0, 400), 400)
    assert np.abs(path[-1]).max() < 1e-6 < 0.01 < np.abs(
        rmsprop(valley, START, 0.4, 400)[-1]).max()


def test_without_memory_it_is_the_sign():
    g = np.array([3.0, -0.2, 1e-5, -40.0])
    np.testing.assert_allclose(steps_for(g, decay=0.0, eps=0.0), np.sign(g))


def test_dropping_the_weight_is_a_change_of_rate():
    """v without (1 - decay) at lr / sqrt(1 - decay) takes the same path."""
    w, v, decay = START, 0.0, 0.9
    ours = rmsprop(valley, START, 0.4, 25, decay, eps=0.0)
    for _ in range(25):
        g = valley(w)
        v = decay * v + g**2
        w = w - 0.4 / math.sqrt(1 - decay) * g / np.sqrt(v)
    np.testing.assert_allclose(ours[-1], w, rtol=1e-6, atol=1e-14)


# The function

def test_rates_can_differ_from_step_to_step():
    np.testing.assert_array_equal(rmsprop(valley, START, np.full(9, 0.4), 9),
                                  rmsprop(valley, START, 0.4, 9))
    still = rmsprop(valley, START, [0.4, 0.0], 2)
    np.testing.assert_array_equal(still[1], still[2])


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3)])
def test_keeps_shapes_and_leaves_the_start_alone(shape):
    w = np.ones(shape)
    path = rmsprop(lambda w: w, w, 0.1, 4)
    assert path.shape == (5, *shape) and np.all(w == 1)
    np.testing.assert_array_equal(rmsprop(lambda w: w, w, 0.1, 0), [w])


def test_zero_gradient_moves_nothing():
    path = rmsprop(lambda w: 0 * w, START, 1.0, 5)
    np.testing.assert_array_equal(path, np.tile(START, (6, 1)))


BAD = [
    (dict(w=[]), "w must be finite and not empty"),
    (dict(w=[1, np.inf]), "w must be finite and not empty, got .*inf"),
    (dict(lr=-1), "lr must be finite and >= 0, got -1"),
    (dict(lr=[1, 2]), r"lr must be a number or \(5,\), got \(2,\)"),
    (dict(steps=-1), "steps must be an integer >= 0, got -1"),
    (dict(grad=lambda w: w[:1]), r"shape of w, \(2,\), got \(1,\)"),
    (dict(decay=1.0), r"decay must be in \[0, 1\), got 1.0"),
    (dict(decay=-0.1), r"decay must be in \[0, 1\), got -0.1"),
    (dict(decay=np.nan), r"decay must be in \[0, 1\), got nan"),
    (dict(eps=-1e-8), "eps must be finite and >= 0, got -1e-08"),
]


@pytest.mark.parametrize("bad, message", BAD)
def test_bad_input_is_named(bad, message):
    good = dict(grad=lambda w: w, w=START, lr=0.1, steps=5)
    with pytest.raises(ValueError, match=message):
        rmsprop(**{**good, **bad})
