"""Adam's first steps and reactions, the explosion of a long mean, and AdamW."""
import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from docs.builder.results import results
from docs.experiments import adam as experiment
from snippets.adagrad import adagrad
from snippets.adam import adam, adamw

LAM, BEGIN, STEPS = np.array([0.01, 100.0]), np.array([-500.0, 1.0]), 20_000


def steps_for(gradients, function=adam, **more):
    """Steps in learning rates for given gradients, whatever w is."""
    given = iter([gradients[0], *gradients])       # the check asks once more
    path = function(lambda w: np.array(next(given)), 0.0, 1.0,
                    len(gradients), **more)
    return -np.diff(path)


def long_mean(rates, angle=0.02, steps=STEPS):
    """Loss and rate * largest eigenvalue with the mean of all squares."""
    c, s = math.cos(angle), math.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    h = turn @ np.diag(LAM) @ turn.T
    w, squares, loss, sharpness = turn @ BEGIN, 0.0, [], []
    for t in range(1, steps + 1):
        loss.append((turn.T @ w)**2 @ LAM / 2)
        g = h @ w
        squares = squares + g * g
        size = np.sqrt(squares / t) + 1e-12
        sharpness.append(np.abs(np.linalg.eigvals(h / size[:, None])).max())
        w = w - rates[t - 1] * g / size
    return np.array(loss), rates * np.array(sharpness)


@pytest.fixture(scope="module")
def exploding():
    return long_mean(np.full(STEPS, 0.1))


# The first steps

@pytest.mark.parametrize("size", [1e-4, 1.0, 1e9, -3.0])
def test_first_step_is_the_rate_times_the_sign(size):
    assert steps_for([size])[0] == pytest.approx(math.copysign(1, size), 2e-4)


def test_first_step_is_half_where_the_gradient_is_eps():
    assert steps_for([1e-8])[0] == pytest.approx(0.5)
    assert steps_for([0.3], eps=0.3)[0] == pytest.approx(0.5)


def test_correction_divides_a_first_step_of_3_162():
    """Same gradients, m and v as they are: (1 - b1) / sqrt(1 - b2)."""
    m, v, plain = 0.0, 0.0, []
    for _ in range(20):
        m, v = 0.9 * m + 0.1, 0.999 * v + 0.001    # gradient 1
        plain.append(m / math.sqrt(v))
    assert plain[0] == pytest.approx(3.162, abs=5e-4)
    t = np.arange(1, 21)
    np.testing.assert_allclose(
        plain * np.sqrt(1 - 0.999**t) / (1 - 0.9**t),
        steps_for(np.ones(20)), rtol=1e-7)


def test_equals_the_weighted_sums_written_out():
    g = np.random.default_rng(0).normal(size=40)
    b1, b2 = 0.7, 0.95
    wanted = []
    for t in range(1, 41):
        ago = np.arange(t)[::-1]
        m = np.sum(b1**ago * g[:t]) / np.sum(b1**ago)
        v = np.sum(b2**ago * g[:t]**2) / np.sum(b2**ago)
        wanted.append(m / (math.sqrt(v) + 1e-3))
    np.testing.assert_allclose(
        steps_for(g, beta1=b1, beta2=b2, eps=1e-3), wanted, rtol=1e-11)


def test_steady_gradient_gives_steps_of_one_rate():
    np.testing.assert_allclose(steps_for(np.full(3000, 0.2)), 1, rtol=1e-6)


def test_reaction_to_a_large_gradient_after_a_calm():
    g = np.r_[np.full(1000, 1e-4), 1.0]
    assert steps_for(g)[-1] == pytest.approx(2.52, abs=5e-3)
    assert steps_for(g, adagrad)[-1] == pytest.approx(1.00, abs=5e-3)
    mean = g[-1] / math.sqrt(np.mean(g**2))
    assert mean == pytest.approx(31.6, abs=0.05)


def test_the_sum_never_makes_a_step_longer_than_the_rate():
    g = np.r_[np.full(1000, 1e-4), np.ones(60)]
    assert steps_for(g, adagrad, eps=0.0).max() <= 1
    assert steps_for(g)[1000:].max() == pytest.approx(5.2, abs=0.05)
    assert np.argmax(steps_for(g)) > 1000          # it comes late


# The explosion: chaotic, so orders of magnitude

def test_rate_crosses_the_limit_before_the_loss_rises(exploding):
    loss, sharpness = exploding
    cross = np.argmax(sharpness > 2) + 1
    rises = np.flatnonzero(np.diff(loss) > 0) + 1
    assert cross == pytest.approx(1773, abs=5)
    assert 2000 < rises[0] < 2300 and cross < rises[0]
    assert len(rises) > 300


def test_bursts_are_of_orders_of_magnitude(exploding):
    loss, _ = exploding
    lowest = np.minimum.accumulate(loss)
    assert 1e2 < (loss / lowest).max() < 1e7


def test_the_height_of_a_burst_hangs_on_rounding(exploding, fact):
    """One measure, the page on schedules has the same: the median of many."""
    loss, _ = exploding
    worst = (loss / np.minimum.accumulate(loss)).max()
    assert fact("burst_least") / 2 < worst < 2 * fact("burst_most")
    assert 2 * fact("burst_least") < fact("burst") < fact("burst_most")
    assert fact("burst") == results("learning_rate_schedules").facts["constant_worst"][0]


def test_runs_without_a_single_rise(fact):
    assert fact("sum_rises") == fact("straight_rises") == 0
    assert fact("nearly_rises") > 300


def test_adam_swings_across_its_limit(fact):
    assert fact("adam_least") < 34 and 38 < fact("adam_most") < 42
    assert 0.1 < fact("adam_beyond") < 0.3
    assert fact("adam_low") < 1e-20 and fact("adam_high") > 1e-4


@pytest.fixture(scope="module")
def remedies():
    return {name: experiment.averaged(beta2, rates, beta1=0.9, eps=eps)
            for name, (rates, beta2, eps) in experiment.ADAMS.items()}


def test_lower_or_falling_rates_postpone_adams_bursts(fact, remedies):
    """And make them lower, as a shorter memory does, which hastens them."""
    assert fact("adam_cross") < fact("linear_cross") < fact("half_cross")
    assert fact("short_cross") < fact("adam_cross") / 5
    late = {name: run["loss"][3 * STEPS // 4:].max()
            for name, run in remedies.items()}
    for name in ("half", "linear", "short"):
        assert late[name] < 0.7 * late["plain"], name
        assert late[name] > 1e-4, f"{name}: bursts all the same"

    def bursts(run):
        return np.argmax(run["loss"][100:] > 10 * np.minimum.accumulate(
            run["loss"])[100:])

    assert bursts(remedies["short"]) < bursts(remedies["plain"])
    assert bursts(remedies["plain"]) < min(
        bursts(remedies["linear"]), bursts(remedies["half"]))


def test_a_large_eps_rules_adams_bursts_out(fact, remedies):
    """No effective rate exceeds lr / eps, so eps > lr lambda / 38 suffices."""
    large = remedies["eps"]
    bound = experiment.LR * LAM[1] / fact("eps_large")
    assert 0.98 * bound < large["sharpness"].max() < bound < experiment.ADAM_LIMIT
    assert np.all(np.diff(large["loss"][100:]) < 0)
    tight, loose = (experiment.averaged(0.999, 0.1, beta1=0.9, eps=eps)
                    for eps in (0.27, 0.25))         # 0.1 * 100 / 38 = 0.263
    assert np.all(np.diff(tight["loss"][100:]) < 0)
    assert np.any(np.diff(loose["loss"][100:]) > 0)


def test_the_runs_of_the_remedies_are_adams(remedies):
    turn, hessian = experiment._valley(0.02)
    for name, (lr, beta2, eps) in experiment.ADAMS.items():
        path = adam(lambda w: hessian @ w, turn @ BEGIN,
                    np.broadcast_to(lr, STEPS)[:500], 500, 0.9, beta2, eps)
        np.testing.assert_allclose(
            remedies[name]["loss"][:500], ((path @ turn)**2 @ LAM / 2)[:500],
            rtol=1e-7)


def test_sum_does_not_explode():
    rates = 0.1 * np.sqrt(2000 / np.arange(1, STEPS + 1))    # the mean's rate
    loss, sharpness = long_mean(rates)
    assert np.all(np.diff(loss[100:]) < 0) and sharpness[100:].max() < 2
    assert loss[-1] < 1                            # and it gets there


def test_falling_rate_removes_the_bursts(exploding):
    loss, _ = long_mean(0.1 * (1 - np.arange(STEPS) / STEPS))
    worst = (loss / np.minimum.accumulate(loss)).max()
    assert 1 < worst < 1.01 < (
        exploding[0] / np.minimum.accumulate(exploding[0])).max()


def test_mean_of_all_is_adagrad_with_a_growing_rate():
    """What the page's experiment uses."""
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    h = turn @ np.diag([1.0, 5.0]) @ turn.T
    w, squares = np.ones(2), 0.0
    for t in range(1, 31):
        g = h @ w
        squares = squares + g * g
        w = w - 0.1 * g / np.sqrt(squares / t)
    path = adagrad(lambda w: h @ w, np.ones(2),
                   0.1 * np.sqrt(np.arange(1, 31)), 30, eps=0.0)
    np.testing.assert_allclose(path[-1], w, rtol=1e-9)


def test_axis_aligned_calm_is_an_underflow():
    """In float64 x2 becomes exactly 0; in higher precision it grows back."""
    loss, _ = long_mean(np.full(3000, 0.1), angle=0.0, steps=3000)
    assert np.all(np.diff(loss) < 0)
    with localcontext(prec=40):
        x, total, lam, least = Decimal(1), Decimal(0), Decimal(100), Decimal(1)
        for t in range(1, 4001):
            g = lam * x
            total += g * g
            x -= Decimal("0.1") * g / ((total / t).sqrt() + Decimal("1e-12"))
            least = min(least, abs(x))
    assert 0 < least < Decimal("1e-330")           # below float64's smallest
    assert abs(x) > least * Decimal("1e30")        # and growing again


# AdamW

def test_decay_is_the_same_share_for_every_parameter():
    path = adamw(lambda w: 0 * w, [5.0, -0.01], 0.1, 50, weight_decay=0.2)
    np.testing.assert_allclose(
        path, np.outer(0.98**np.arange(51), [5.0, -0.01]), rtol=1e-12)


def test_penalty_in_the_gradient_shrinks_noisy_parameters_less():
    sizes = np.array([100.0, 0.01])

    def end(function, penalty, **more):
        rng = np.random.default_rng(1)
        return function(lambda w: sizes * rng.choice([-1, 1], 2)
                        + penalty * w, [5.0, 5.0], 0.01, 4000, **more)[-1]

    mixed, apart = end(adam, 0.1), end(adamw, 0.0, weight_decay=0.1)
    assert mixed[0] > 3 and abs(mixed[1]) < 0.1
    assert np.all(np.abs(apart) < 1)


def test_without_decay_adamw_is_adam():
    g = np.random.default_rng(2).normal(size=20)
    np.testing.assert_array_equal(steps_for(g),
                                  steps_for(g, adamw, weight_decay=0.0))


# The functions

@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3)])
@pytest.mark.parametrize("function", [adam, adamw])
def test_keeps_shapes_and_leaves_the_start_alone(function, shape):
    w = np.ones(shape)
    path = function(lambda w: w, w, np.full(4, 0.1), 4)
    assert path.shape == (5, *shape) and np.all(w == 1)
    np.testing.assert_array_equal(path, function(lambda w: w, w, 0.1, 4))
    np.testing.assert_array_equal(function(lambda w: w, w, 0.1, 0), [w])


BAD = [
    (dict(w=[]), "w must be finite and not empty"),
    (dict(w=[1, np.inf]), "w must be finite and not empty, got .*inf"),
    (dict(lr=-1), "lr must be finite and >= 0, got -1"),
    (dict(lr=[1, 2]), r"lr must be a number or \(5,\), got \(2,\)"),
    (dict(steps=-1), "steps must be an integer >= 0, got -1"),
    (dict(grad=lambda w: w[:1]), r"shape of w, \(2,\), got \(1,\)"),
    (dict(beta1=1.0), r"beta1 must be in \[0, 1\), got 1.0"),
    (dict(beta2=-0.1), r"beta2 must be in \[0, 1\), got -0.1"),
    (dict(beta2=np.nan), r"beta2 must be in \[0, 1\), got nan"),
    (dict(eps=-1e-8), "eps must be finite and >= 0, got -1e-08"),
]


@pytest.mark.parametrize("bad, message", BAD)
@pytest.mark.parametrize("function", [adam, adamw])
def test_bad_input_is_named(function, bad, message):
    good = dict(grad=lambda w: w, w=[1.0, 2.0], lr=0.1, steps=5)
    with pytest.raises(ValueError, match=message):
        function(**{**good, **bad})


def test_negative_weight_decay_is_named():
    with pytest.raises(ValueError, match="weight_decay must be .*got -1"):
        adamw(lambda w: w, [1.0], 0.1, 1, weight_decay=-1)


@pytest.mark.parametrize("function", [adam, adamw])
def test_the_edges_of_what_is_allowed(function):
    """No rate, no memory, whole numbers."""
    still = function(lambda w: w, [3, -1], 0, 4)
    assert still.dtype == float and np.array_equal(still, np.tile([3.0, -1.0], (5, 1)))
    sign = function(lambda w: np.sign(w), [1.0], [1, 0], 2, beta1=0, beta2=0)
    assert sign[1, 0] == pytest.approx(0, abs=0.011) and sign[2, 0] == sign[1, 0]
    with pytest.raises(ValueError, match="eps must be finite"):
        function(lambda w: w, [1.0], 0.1, 1, eps=np.inf)
    with pytest.raises(ValueError, match="lr must be finite"):
        function(lambda w: w, [1.0], [0.1, np.inf], 2)


def test_the_decay_that_adamw_takes_by_itself():
    assert adamw(np.zeros_like, [1.0], 0.5, 1)[1, 0] == pytest.approx(1 - 0.5 * 0.01, rel=1e-15)
