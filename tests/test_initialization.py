"""The page's claims about the scale of the initial weights, and about symmetry."""
import numpy as np
import pytest

from docs.experiments import initialization as experiment
from docs.experiments._change import changed
from snippets import initialization
from snippets.initialization import he, layer_variances, train_two_layers, xavier, zeros


def relu(z):
    return np.maximum(z, 0)


# The three starts -------------------------------------------------------------


@pytest.mark.parametrize("start, variance", [(xavier, 2 / (300 + 700)), (he, 2 / 300)])
def test_variance_of_the_weights(start, variance):
    w = start(300, 700, np.random.default_rng(0))
    assert w.shape == (300, 700)
    assert w.var() == pytest.approx(variance, rel=0.02)
    assert abs(w.mean()) < 5 * np.sqrt(variance / w.size)


def test_all_agree_up_to_the_two_of_relu_between_equal_layers():
    one, other = (start(80, 80, np.random.default_rng(3)) for start in (xavier, he))
    assert other == pytest.approx(np.sqrt(2) * one)


def test_the_generator_is_used():
    rng = np.random.default_rng(0)
    assert not np.array_equal(he(3, 3, rng), he(3, 3, rng))
    assert np.array_equal(he(3, 3, np.random.default_rng(1)), he(3, 3, np.random.default_rng(1)))
    assert zeros(2, 3).tolist() == [[0, 0, 0], [0, 0, 0]]


# Variance from layer to layer -------------------------------------------------


def test_layer_variances_by_hand():
    weights = [np.array([[1.0, -2.0]]), np.array([[3.0], [5.0]])]
    x = np.array([[1.0], [-1.0]])  # z = (1, -2), (-1, 2); behind ReLU 3 * 1 and 5 * 2
    assert layer_variances(weights, x, relu).tolist() == [2.5, (9 + 100) / 2]
    assert layer_variances(weights, x, lambda z: z)[1] == (3 - 10) ** 2


@pytest.mark.parametrize("variance, factor", [(1, 0.5), (2, 1), (2.2, 1.1), (1.8, 0.9)])
def test_a_relu_layer_multiplies_the_expected_variance_by_half_of_n_times_that_of_the_weights(variance, factor):
    n, depth, rng = 50, 4, np.random.default_rng(0)
    found = np.mean([layer_variances([rng.normal(0, np.sqrt(variance / n), (n, n)) for _ in range(depth)],
                                     rng.normal(size=(5, n)), relu) for _ in range(600)], axis=0)
    assert found == pytest.approx(variance * factor ** np.arange(depth), rel=0.08)


def test_two_point_two_is_the_changed_line():
    w = changed(initialization, "2.0 / n_in", "2.2 / n_in").he(100, 3000, np.random.default_rng(0))
    assert w.var() == pytest.approx(0.022, rel=0.02)


def test_tanh_keeps_small_variances_with_one_over_n():
    rng = np.random.default_rng(0)
    weights = [xavier(400, 400, rng) for _ in range(10)]
    found = layer_variances(weights, rng.normal(0, 0.01, (20, 400)), np.tanh)
    assert found[-1] / found[0] == pytest.approx(1, abs=0.25)


def test_wider_layers_scatter_less():
    def spread(n):
        rng = np.random.default_rng(0)
        last = [layer_variances([he(n, n, rng) for _ in range(10)], rng.normal(size=(1, n)), relu)[-1]
                for _ in range(60)]
        return np.std(np.log(last))
    assert spread(20) > 2 * spread(160)


# Symmetry ---------------------------------------------------------------------


def curve():
    x = np.linspace(-2, 2, 20)[:, None]
    return x, np.sin(2 * x)


@pytest.mark.parametrize("value", [0.0, 0.5, -1.3])
def test_equal_units_stay_equal(value):
    w, v, _ = train_two_layers(np.full((1, 4), value), np.full((4, 1), 0.3), *curve(), steps=300)
    assert np.ptp(w) == np.ptp(v) == 0
    assert not np.array_equal(w, np.full((1, 4), value))


def test_from_zeros_nothing_moves():
    w, v, loss = train_two_layers(zeros(1, 4), zeros(4, 1), *curve(), steps=300)
    assert not w.any() and not v.any()
    assert loss == np.mean(curve()[1] ** 2) / 2


def test_a_little_noise_breaks_the_symmetry():
    rng = np.random.default_rng(0)
    w, _, loss = train_two_layers(0.5 + rng.normal(0, 0.01, (1, 3)), np.full((3, 1), 0.5), *curve())
    assert np.ptp(w) > 0.5
    assert loss < 0.1 * train_two_layers(np.full((1, 3), 0.5), np.full((3, 1), 0.5), *curve())[2]


def test_one_step_against_finite_differences():
    rng, (x, y) = np.random.default_rng(0), curve()
    w, v, lr, h = rng.normal(size=(1, 3)), rng.normal(size=(3, 1)), 1e-3, 1e-6
    new_w, new_v, _ = train_two_layers(w, v, x, y, lr=lr, steps=1)

    def loss(w, v):
        return np.mean((np.tanh(x @ w) @ v - y) ** 2) / 2

    assert train_two_layers(w, v, x, y, steps=0)[2] == pytest.approx(loss(w, v), rel=1e-14)
    for k in range(3):
        d = np.zeros(3)
        d[k] = h
        assert (w - new_w)[0, k] / lr == pytest.approx((loss(w + d, v) - loss(w - d, v)) / (2 * h), abs=1e-8)
        d = d[:, None]
        assert (v - new_v)[k, 0] / lr == pytest.approx((loss(w, v + d) - loss(w, v - d)) / (2 * h), abs=1e-8)


def test_what_was_given_stays_as_it_was():
    w, v = np.ones((1, 2)), np.ones((2, 1))
    train_two_layers(w, v, *curve(), steps=3)
    assert np.all(w == 1) and np.all(v == 1)


RNG = np.random.default_rng(0)
BAD = [
    (xavier, (0, 3, RNG), "n_in must be an integer >= 1, got 0"),
    (he, (3, 2.5, RNG), "n_out must be an integer >= 1, got 2.5"),
    (zeros, (-1, 3), "n_in must be an integer >= 1, got -1"),
    (layer_variances, ([np.ones((2, 2))], np.ones((3, 1)), np.tanh), r"x must be \(N, 2\), got \(3, 1\)"),
    (layer_variances, ([np.ones((2, 2))], np.ones(2), np.tanh), r"x must be \(N, 2\), got \(2,\)"),
    (layer_variances, ([np.ones((2, 2))], np.ones((0, 2)), np.tanh), r"x must be \(N, 2\), got \(0, 2\)"),
    (layer_variances, ([np.ones((1, 2))], [[np.nan]], np.tanh), "x must be finite, got nan"),
    (layer_variances, ([np.ones((2, 2))], [[1.0, np.nan]], np.tanh), "x must be finite, got nan"),
    (train_two_layers, (zeros(1, 2), zeros(2, 1), np.ones((3, 2)), 0), r"x must be \(N, 1\), got \(3, 2\)"),
    (train_two_layers, (zeros(1, 2), zeros(2, 1), [[np.inf]], 0), "x must be finite, got inf"),
    (train_two_layers, (zeros(1, 2), zeros(2, 1), [[1.0]], 0, 0), "lr must be positive and finite, got 0"),
    (train_two_layers, (zeros(1, 2), zeros(2, 1), [[1.0]], 0, np.inf), "lr must be positive and finite, got inf"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


# The page ---------------------------------------------------------------------


def test_single_nets_scatter_around_a_lopsided_mean(fact):
    assert 0.6 < fact("he_mean") < 1.6 and 0.5 < fact("plain_mean") / 2**-29 < 2
    assert fact("he_middle") < fact("he_mean") and fact("plain_middle") < fact("plain_mean")
    assert fact("he_high") / fact("he_low") > 10


def test_on_digits_small_weights_stick_and_large_ones_do_not_generalize(fact):
    assert fact("small_last") == pytest.approx(np.log(10), abs=0.01) == fact("small_first")
    assert fact("right_last") < 0.3 and fact("large_last") < 0.5
    assert fact("large_first") > 2 * fact("guessing") and fact("relu_first") > 100
    assert fact("right_right") > 0.7 > 0.4 > fact("large_right")


def test_pytorchs_default_loses_a_factor_of_six_a_layer(fact):
    assert fact("torch_factor") == pytest.approx(2 / (1 / 3))  # half of n times 1 / (3 n)
    assert 5.5 < fact("torch_middle") ** (-1 / (fact("depth") - 1)) < 7


def test_a_little_noise_in_the_demo_is_better_than_none(fact):
    assert fact("noise_loss") < fact("half_loss") / 3 and fact("xavier_loss") < fact("half_loss") / 3


def test_gain_of_the_play_figure_is_best_at_one_and_at_root_two():
    def drift(kind, gain):
        z, _ = experiment.there_and_back(kind, gain, seed=0)
        return abs(np.log(z[-1] / z[0]))

    for kind, best in (("tanh", 1.2), ("relu", np.sqrt(2))):
        assert drift(kind, best) < min(drift(kind, 0.5), drift(kind, 0.7))
    assert drift("relu", 2) > 5 > drift("tanh", 2)


def test_a_step_of_the_two_layers_with_several_inputs():
    """Against central differences of the loss it returns, which nobody trained."""
    rng = np.random.default_rng(5)
    w, v, x, y = (rng.normal(size=shape) for shape in ((2, 3), (3, 1), (4, 2), (4, 1)))

    def loss(w, v):
        return np.mean((np.tanh(x @ w) @ v - y) ** 2) / 2

    new_w, new_v, after = train_two_layers(w, v, x, y, lr=1e-3, steps=1)
    assert after == pytest.approx(loss(new_w, new_v), rel=1e-14)
    for i, j in np.ndindex(w.shape):
        bump = np.zeros_like(w)
        bump[i, j] = 1
        assert (w - new_w)[i, j] == pytest.approx(1e-3 * slope(lambda e: loss(w + e * bump, v)), rel=1e-6)
    for bump in np.eye(3)[:, :, None]:
        assert np.vdot(v - new_v, bump) == pytest.approx(1e-3 * slope(lambda e: loss(w, v + e * bump)), rel=1e-6)


def slope(f, h=1e-5):
    return (f(h) - f(-h)) / (2 * h)


def test_five_thousand_steps_at_a_rate_of_a_tenth():
    w, v, x, y = np.array([[0.3]]), np.array([[0.2]]), np.array([[1.0]]), np.array([[0.5]])
    assert train_two_layers(w, v, x, y, steps=1)[0] == train_two_layers(w, v, x, y, 0.1, 1)[0]
    ends = {steps: train_two_layers(w, v, x, y, 1e-4, **steps_of)[0][0, 0] for steps, steps_of in
            (("default", {}), (5000, {"steps": 5000}), (5001, {"steps": 5001}))}
    assert ends["default"] == ends[5000] != ends[5001]
