"""Clipping by norm keeps the direction, by value it does not; a wall throws a run out."""
import numpy as np
import pytest

from docs.experiments import _nets
from docs.experiments import gradient_clipping as experiment
from snippets.gradient_clipping import clip_by_global_norm, clip_by_value, recurrent_neuron


def gradients(scale=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return [scale * rng.normal(size=shape) for shape in ((3, 4), (4,), (), (2, 1, 2))]


def flat(arrays):
    return np.concatenate([np.ravel(a) for a in arrays])


@pytest.mark.parametrize("max_norm", [1e-8, 0.5, 3.0])
def test_a_long_gradient_gets_the_norm_and_keeps_its_direction(max_norm):
    g = gradients()
    clipped, norm = clip_by_global_norm(g, max_norm)
    assert norm == pytest.approx(np.linalg.norm(flat(g)), rel=1e-15) and norm > max_norm
    assert [c.shape for c in clipped] == [a.shape for a in g]
    assert np.linalg.norm(flat(clipped)) == pytest.approx(max_norm, rel=1e-14)
    np.testing.assert_allclose(flat(clipped) / max_norm, flat(g) / norm, rtol=1e-13)


def test_a_short_gradient_is_left_alone_to_the_bit():
    g = gradients()
    clipped, _ = clip_by_global_norm(g, 1000.0)
    np.testing.assert_array_equal(flat(clipped), flat(g))
    np.testing.assert_array_equal(flat(clip_by_value(g, 1000.0)), flat(g))


@pytest.mark.parametrize("scale", [1e300, 1e-300, 1e-320])
def test_extreme_gradients_neither_overflow_nor_underflow(scale):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        clipped, norm = clip_by_global_norm([np.array([3.0, 0.0]) * scale, np.array([4.0]) * scale], scale)
    assert norm == pytest.approx(5 * scale, rel=1e-3)
    assert flat(clipped) / scale == pytest.approx([0.6, 0, 0.8], rel=1e-2)


def test_zero_stays_zero():
    clipped, norm = clip_by_global_norm([np.zeros(3), np.zeros(0)], 1.0)
    assert norm == 0 and not np.any(flat(clipped))


def test_clipping_each_array_by_itself_changes_the_direction():
    g = [np.array([10.0]), np.array([0.5])]
    whole, _ = clip_by_global_norm(g, 1.0)
    each = [clip_by_global_norm([a], 1.0)[0][0] for a in g]
    assert whole[0] / whole[1] == pytest.approx(20) and each[0] / each[1] == pytest.approx(2)


def test_by_value_cuts_entries_and_turns_the_gradient():
    [c] = clip_by_value([np.array([4.0, -7.0, 0.3])], 1.0)
    np.testing.assert_array_equal(c, [1.0, -1.0, 0.3])


def test_what_was_given_is_left_alone():
    g = gradients()
    before = flat(g)
    for clipped in (clip_by_global_norm(g, 0.1)[0], clip_by_global_norm(g, 1e9)[0], clip_by_value(g, 0.1)):
        for a in clipped:
            a *= 7
    np.testing.assert_array_equal(flat(g), before)


# The neuron -------------------------------------------------------------------


def by_hand(w, b, steps, start=0.5, y=0.7):
    z = start
    for _ in range(steps):
        z = w / (1 + np.exp(-z)) + b
    return (1 / (1 + np.exp(-z)) - y) ** 2


@pytest.mark.parametrize("w, b, steps", [(2.0, -1.0, 1), (-3.0, 0.5, 3), (5.0, -1.8, 50), (4.0, -1.9, 20), (0.0, 0.0, 5)])
def test_gradient_of_the_neuron_against_finite_differences(w, b, steps, h=1e-6):
    loss, dw, db = recurrent_neuron(w, b, steps)
    assert loss == pytest.approx(by_hand(w, b, steps), rel=1e-12)
    for slope, (u, v) in ((dw, (h, 0)), (db, (0, h))):
        measured = (by_hand(w + u, b + v, steps) - by_hand(w - u, b - v, steps)) / (2 * h)
        assert slope == pytest.approx(measured, rel=1e-5, abs=1e-9)


def test_the_neuron_takes_arrays():
    w, b = np.array([[1.0, 5.0], [6.0, -2.0]]), np.array([[0.0, -1.8], [-3.0, 1.0]])
    together = recurrent_neuron(w, b)
    for index in np.ndindex(2, 2):
        np.testing.assert_array_equal([part[index] for part in together], recurrent_neuron(w[index], b[index]))


BAD = [
    (clip_by_global_norm, ([], 1.0), "gradients must hold one array or more"),
    (clip_by_global_norm, ([np.ones(2)], 0), "max_norm must be positive and finite, got 0"),
    (clip_by_global_norm, ([np.ones(2)], np.inf), "max_norm must be positive and finite, got inf"),
    (clip_by_global_norm, ([np.ones(2)], np.nan), "max_norm must be .* nan"),
    (clip_by_global_norm, ([np.ones(2), [1.0, np.nan]], 1.0), r"gradients\[1\] must be finite, got nan"),
    (clip_by_global_norm, ([[np.inf]], 1.0), r"gradients\[0\] must be finite, got inf"),
    (clip_by_value, ([], 1.0), "gradients must hold"),
    (clip_by_value, ([np.ones(2)], -1), "limit must be positive and finite, got -1"),
    (clip_by_value, ([[-np.inf]], 1.0), r"gradients\[0\] must be finite, got -inf"),
    (recurrent_neuron, (1.0, 1.0, 0), "steps must be >= 1, got 0"),
    (recurrent_neuron, (np.nan, 1.0), "w and b must be finite, got nan"),
    (recurrent_neuron, (1.0, np.inf), "w and b must be finite"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


# The recurrent nets of the experiment -----------------------------------------


def test_many_nets_at_once_are_the_nets_one_by_one():
    x, t = _nets.digits(12)
    pieces = np.split(x, experiment.PIECES, axis=1)
    starts = [experiment.fresh(np.random.default_rng(seed)) for seed in range(3)]
    losses, gradient = experiment.loss_and_gradient([np.stack(p) for p in zip(*starts)], pieces, t)
    _, both = _nets.recurrent(pieces, t, experiment.UNITS)
    for k, start in enumerate(starts):
        loss, g = both(flat(start))
        assert losses[k] == pytest.approx(loss, rel=1e-12)
        np.testing.assert_allclose(flat([part[k] for part in gradient]), g, rtol=1e-8, atol=1e-11)


# The page's claims ------------------------------------------------------------


def test_one_step_at_the_wall_throws_the_run_out_and_clipping_keeps_it_in(fact):
    assert fact("wall_norm") > 1000 * fact("start_norm") and fact("wall_norm") > 50 * fact("before_high")
    assert fact("before_high") > 4 * fact("before_low") > 8 * fact("start_norm"), "the steps before it swing"
    assert fact("thrown") == pytest.approx(fact("lr") * fact("wall_norm"), rel=1e-9)
    assert fact("free_loss") > fact("start_loss") > 10 * fact("clipped_loss")
    assert fact("free_norm") < 1e-5, "no step leads back"
    assert fact("clipped_steps") < 0.1 * fact("steps")


def test_a_lower_rate_or_a_tiny_limit_is_not_the_same(fact):
    assert fact("tiny_loss") > 10 * fact("clipped_loss")
    assert fact("small_steps") == fact("steps") and fact("small_loss") > 3 * fact("clipped_loss")


def test_clipping_makes_high_rates_usable_and_slows_low_ones(fact):
    assert fact("free_end_low") > 1e10 and fact("clip_end_high") < 1 < fact("net_start_low")
    assert fact("lowest_clip") > 2 * fact("lowest_free")
    assert fact("median_norm") > fact("net_limit")
    assert fact("calm_free") < min(fact("clip_end_low"), fact("calm_clip"), fact("lowest_free"))


def test_a_limit_from_the_norms_of_a_calm_run_costs_nothing_and_saves_no_rate_that_is_too_high(fact):
    assert fact("median_norm") < fact("mean_norm") < fact("own") < fact("largest_norm") and fact("own_cut") < 0.1
    assert 0.5 < fact("own_times") < 10, "where Pascanu et al. say that runs converge"
    assert fact("own_lowest") < 1.05 * fact("lowest_free") and fact("own_calm") < fact("calm_free")
    assert fact("own_shown") > 3 * fact("net_start_high") > fact("clip_end_high")


def test_the_first_figure_shows_a_rate_above_its_limit(fact):
    """Without clipping the loss grows from the first steps on; a lower rate, not a limit, ends best."""
    shown, calm = (experiment.RATES.index(fact(name)) for name in ("shown", "calm"))
    losses, norms, _ = experiment.train()
    free = losses[0, shown]
    assert np.all(free[:, 10] > 100 * free[:, 0]) and np.all(norms[0, shown, :, 10] > 10 * norms[0, shown, :, 0])
    assert np.all(losses[0, calm].max(axis=1) < 4 * losses[0, calm, :, 0]) and fact("calm_free") < fact("clip_end_low")


def test_by_value_turns_a_real_gradient(fact):
    assert fact("value_angle_low") > 10
    assert fact("value_angle") > 3 * fact("g_angle")
