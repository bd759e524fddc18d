"""The page's claims about ReLU: slopes, sigmoids, death."""
import numpy as np
import pytest

from docs.experiments import relu as experiment
from snippets.relu import he_layers, leaky_relu, relu, sum_of_sigmoids, train


def linear(z):
    return z, np.ones_like(z)


# Slopes -----------------------------------------------------------------------


def test_slope_is_one_above_zero_and_zero_below():
    a, slope = relu([-2.0, -1e-300, 0, 1e-300, 3])
    assert a.tolist() == [0, 0, 0, 1e-300, 3]
    assert slope.tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("alpha", [0, 0.01, 0.3, 1])
def test_leaky_against_finite_differences(alpha):
    z, h = np.array([-3.0, -0.5, 0.7, 40]), 1e-6
    a, slope = leaky_relu(z, alpha)
    assert a.tolist() == [alpha * v if v < 0 else v for v in z]
    assert slope == pytest.approx((leaky_relu(z + h, alpha)[0] - leaky_relu(z - h, alpha)[0]) / (2 * h), abs=1e-7)


# Sigmoids ---------------------------------------------------------------------


def test_sum_of_sigmoids_by_hand():
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))
    assert sum_of_sigmoids(0.5, 1) == 0.5
    assert sum_of_sigmoids([2.0], 2)[0] == pytest.approx(sigmoid(1.5) + sigmoid(0.5), rel=1e-15)
    assert sum_of_sigmoids([[1000.0, -1000.0]], 7).tolist() == [[7, 0]]


def test_many_sigmoids_make_softplus_and_softplus_makes_relu():
    z = np.linspace(-20, 20, 4001)
    softplus = np.where(z > 0, z + np.log1p(np.exp(-np.abs(z))), np.log1p(np.exp(-np.abs(z))))
    off = sum_of_sigmoids(z, 100) - softplus
    assert np.abs(off).max() == pytest.approx(0.0106, abs=5e-5)
    # The midpoint rule's first error term, h**2 / 24 times the difference of slopes.
    assert np.abs(off).max() == pytest.approx(0.25 / 24, rel=0.03)
    gap = softplus - relu(z)[0]
    assert gap.min() >= 0 and gap.max() == pytest.approx(np.log(2)) and z[gap.argmax()] == pytest.approx(0, abs=1e-9)


def test_a_short_sum_stays_at_its_number_of_terms():
    assert sum_of_sigmoids(50.0, 5) == pytest.approx(5)
    assert abs(sum_of_sigmoids(50.0, 5) - 50) > 40, "softplus goes on"


# Training ---------------------------------------------------------------------


def net():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(6, 2)), rng.normal(size=(6, 1))
    return [(w, rng.normal(size=b.shape)) for w, b in he_layers((2, 5, 4, 1), 3, rng)], x, y


@pytest.mark.parametrize("hidden, output", [(relu, linear), (leaky_relu, linear), (leaky_relu, leaky_relu)])
def test_one_step_is_the_gradient_by_finite_differences(hidden, output):
    layers, x, y = net()
    lr, h, rng = 1e-4, 1e-6, np.random.default_rng(2)
    after, losses = train(layers, x, y, lr, 1, hidden, output)
    assert losses.shape == (2, 3)
    direction = [(rng.normal(size=w.shape), rng.normal(size=b.shape)) for w, b in layers]

    def loss(s):
        moved = [(w + s * dw, b + s * db) for (w, b), (dw, db) in zip(layers, direction)]
        return train(moved, x, y, lr, 0, hidden, output)[1][0]

    measured = (loss(h) - loss(-h)) / (2 * h)
    found = sum(np.sum((w - v) / lr * dw, axis=(1, 2)) + np.sum((b - c) / lr * db, axis=(1, 2))
                for (w, b), (v, c), (dw, db) in zip(layers, after, direction))
    assert found == pytest.approx(measured, rel=1e-5, abs=1e-7)


def test_nets_side_by_side_are_nets_alone():
    layers, x, y = net()
    together = train(layers, x, y, 0.01, 5)[1]
    alone = [train([(w[k:k + 1], b[k:k + 1]) for w, b in layers], x, y, 0.01, 5)[1][:, 0] for k in range(3)]
    assert together == pytest.approx(np.array(alone).T, rel=1e-12)


def test_a_dead_output_never_moves_at_any_rate():
    layers = [(np.ones((1, 1, 2)), np.zeros((1, 1, 2))), (-np.ones((1, 2, 1)), np.zeros((1, 1, 1)))]
    x, y = np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
    for lr in (1e-3, 1, 1e3):
        after, losses = train(layers, x, y, lr, 10)
        assert np.all(losses == (1 + 9) / 2 / 2)
        assert all(np.array_equal(w, v) for (w, _), (v, _) in zip(layers, after))
    moved, losses = train(layers, x, y, 1e-2, 10, output=linear)
    assert losses[-1] < losses[0], "the same net, alive with a linear output"


def test_he_layers():
    layers = he_layers((300, 200, 1), 2, np.random.default_rng(0))
    assert [(w.shape, b.shape) for w, b in layers] == [((2, 300, 200), (2, 1, 200)), ((2, 200, 1), (2, 1, 1))]
    assert layers[0][0].var() == pytest.approx(2 / 300, rel=0.02) and not layers[0][1].any()


ONE = he_layers((1, 1), 1, np.random.default_rng(0))
BAD = [
    (relu, ([1.0, np.nan],), "z must be finite, got nan"),
    (leaky_relu, ([np.inf],), "z must be finite, got inf"),
    (leaky_relu, ([1.0], -0.1), "alpha must be from 0 to 1, got -0.1"),
    (leaky_relu, ([1.0], 1.5), "alpha must be from 0 to 1, got 1.5"),
    (sum_of_sigmoids, ([-np.inf], 3), "z must be finite, got -inf"),
    (sum_of_sigmoids, (0.0, 0), "terms must be an integer >= 1, got 0"),
    (sum_of_sigmoids, (0.0, 1.5), "terms must be an integer >= 1, got 1.5"),
    (he_layers, ((1, 0), 1, None), r"sizes and nets must be >= 1, got \(1, 0\), 1"),
    (he_layers, ((1, 1), 0, None), "sizes and nets must be >= 1.*, 0"),
    (train, (ONE, [1.0], [[1.0]], 1, 1), r"x must be \(N, .\), got \(1,\)"),
    (train, (ONE, [[1.0]], [[1.0], [2.0]], 1, 1), r"y must be \(N, .\), got \(2, 1\)"),
    (train, (ONE, [[1.0]], [[np.nan]], 1, 1), "y must be finite, got .*nan"),
    (train, (ONE, [[1.0]], [[1.0]], 0, 1), "lr must be positive and finite, got 0"),
    (train, (ONE, [[1.0]], [[1.0]], np.inf, 1), "lr must be positive and finite, got inf"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


# The page ---------------------------------------------------------------------


def test_a_third_to_two_thirds_of_the_runs_never_move(fact):
    assert 1 / 3 < fact("never_moved") / fact("nets") < 2 / 3
    assert fact("never_moved") == fact("born_dead") and fact("linear_still") == 0
    assert fact("relu_dead_01") == fact("never_moved") + fact("killed")


def test_where_the_dead_ones_stay(fact):
    x = np.linspace(0, 2, 20)
    y = 2 * x - 1
    assert fact("dead_loss") == pytest.approx(np.mean(y**2) / 2)
    assert fact("mean_loss") == pytest.approx(np.var(y) / 2)
    assert fact("best_relu") == pytest.approx(np.sum(y[y < 0] ** 2) / 2 / 20) and fact("best_relu") < fact("good")
    dead = experiment.dead(he_layers((1, 4, 2, 1), 200, np.random.default_rng(0)), relu, relu)
    losses = train(he_layers((1, 4, 2, 1), 200, np.random.default_rng(0)), x[:, None], y[:, None], 0.1, 3)[1]
    assert np.array_equal(dead, losses[-1] == losses[0])
    assert losses[0, dead] == pytest.approx(fact("dead_loss"))


def test_higher_rates_kill_more_and_leaky_units_never_die(fact):
    for kind in ("relu", "linear"):
        assert fact(f"{kind}_dead_001") < fact(f"{kind}_dead_01") < fact(f"{kind}_dead_02")
    assert fact("leaky_dead") == 0
    assert fact("relu_good") < fact("linear_good") < fact("leaky_good") < fact("nets")


def test_a_linear_output_does_not_save_the_hidden_layers(fact):
    assert fact("linear_killed") == fact("linear_dead_01") - fact("linear_born") > fact("killed")
    assert fact("linear_stuck") == fact("linear_dead_01") == fact("nets") - fact("linear_good"), "all others end well"
    assert fact("killed_low") == 0, "with a ReLU output it takes a long step"
    assert fact("linear_killed_low") == fact("linear_killed_slow") > fact("nets") / 10, "with a linear one, the shortest steps do it"


def test_one_long_step_kills_a_net_with_a_relu_output(fact):
    layers, x = he_layers((1, 4, 2, 1), 200, np.random.default_rng(0)), np.linspace(0, 2, 20)[:, None]
    dead, fell = experiment.dead(layers, relu, relu), 0
    for _ in range(10):
        a = x
        for w, b in layers:
            z = a @ w + b
            a = relu(z)[0]
        layers = train(layers, x, 2 * x - 1, 0.1, 1)[0]
        now = experiment.dead(layers, relu, relu)
        assert np.all(z.max(axis=(1, 2))[now & ~dead] > 1), "far from zero, one step before its death"
        fell, dead = fell + np.sum(now & ~dead), now
    assert fell == fact("killed")


def test_width_protects(fact):
    assert fact("narrow_dead") > 10 * fact("middle_dead") == 0 == fact("wide_dead")


def test_gradients_still_vanish_and_explode(fact):
    assert fact("back_plain") == pytest.approx(2.0**-19, rel=2)
    assert 0.1 < fact("back_he") < 10 and fact("back_double") == pytest.approx(2.0**19, rel=0.9)
