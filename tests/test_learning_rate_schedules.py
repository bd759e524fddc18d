"""The page's claims about schedules."""
import math
import re

import numpy as np
import pytest

from docs.builder.experiment import choice
from docs.builder.results import results
from docs.experiments import learning_rate_schedules as experiment
from snippets.schedules import cosine_decay, exponential_decay, inverse_sqrt_decay, linear_warmup, step_decay

DECAYS = {
    "step": (lambda lr, n: step_decay(lr, n, every=7, factor=0.5), lambda t, n: math.prod([0.5] * (t // 7))),
    "exponential": (lambda lr, n: exponential_decay(lr, n, 0.9), lambda t, n: math.exp(t * math.log(0.9))),
    "sqrt": (inverse_sqrt_decay, lambda t, n: math.pow(t + 1, -0.5)),
    "cosine": (cosine_decay, lambda t, n: math.cos(math.pi * t / (2 * n)) ** 2),  # the half-angle formula
}
every_decay = pytest.mark.parametrize("name", DECAYS)


@every_decay
@pytest.mark.parametrize("steps", [1, 2, 50])
def test_rates_against_a_second_formula(name, steps):
    rates, share = DECAYS[name]
    assert rates(0.3, steps) == pytest.approx([0.3 * share(t, steps) for t in range(steps)], rel=1e-12)


@every_decay
def test_starts_at_lr_never_rises_never_negative(name):
    rates = DECAYS[name][0](0.3, 100)
    assert rates[0] == 0.3 and rates[-1] < 0.3
    assert np.all(np.diff(rates) <= 0) and np.all(rates >= 0)


@every_decay
def test_no_steps_no_rates(name):
    assert DECAYS[name][0](0.3, 0).shape == (0,)


def test_exponential_loses_99_percent_with_the_factor_of_its_docstring():
    assert exponential_decay(1.0, 1001, 0.01 ** (1 / 1000))[-1] == pytest.approx(0.01)


def test_warmup_scales_the_first_rates_only():
    rates = cosine_decay(0.1, 50)
    warm = linear_warmup(rates, 10)
    assert warm[:10] == pytest.approx([rates[t] * (t + 1) / 10 for t in range(10)])
    np.testing.assert_array_equal(warm[9:], rates[9:])
    np.testing.assert_array_equal(linear_warmup(rates, 0), rates)
    assert linear_warmup(rates, 1000)[-1] == pytest.approx(rates[-1] / 20), "a run shorter than its warmup"


def test_the_callers_rates_are_left_alone():
    rates = np.ones(5)
    linear_warmup(rates, 5)
    np.testing.assert_array_equal(rates, np.ones(5))


BAD = [
    (step_decay, dict(lr=-1, steps=5, every=1, factor=0.5), "lr must be.*-1"),
    (step_decay, dict(lr=1, steps=5, every=0, factor=0.5), "every must be an integer >= 1, got 0"),
    (step_decay, dict(lr=1, steps=5, every=2.5, factor=0.5), "every must be.*2.5"),
    (step_decay, dict(lr=1, steps=5, every=1, factor=1.5), "factor must be in.*1.5"),
    (exponential_decay, dict(lr=1, steps=5, factor=0), "factor must be in.*got 0"),
    (exponential_decay, dict(lr=np.nan, steps=5, factor=0.5), "lr must be.*nan"),
    (inverse_sqrt_decay, dict(lr=np.inf, steps=5), "lr must be.*inf"),
    (inverse_sqrt_decay, dict(lr=1, steps=-1), "steps must be.*-1"),
    (cosine_decay, dict(lr=1, steps=1.5), "steps must be.*1.5"),
    (linear_warmup, dict(rates=1.0, warmup=5), r"rates must be \(steps,\), got \(\)"),
    (linear_warmup, dict(rates=[1.0, np.nan], warmup=5), "rates must be finite.*nan"),
    (linear_warmup, dict(rates=[1.0], warmup=-1), "warmup must be an integer >= 0, got -1"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(**arguments)


# The page's claims ------------------------------------------------------------


def test_decay_removes_the_explosion(fact):
    assert fact("constant_orders") >= 4 and fact("constant_rises") > 1000
    assert 2000 < fact("constant_first") < 2250
    for name in ("linear", "cosine", "step", "exponential", "sqrt"):
        assert 1 <= fact(f"{name}_worst") < 1.05, name
    assert 1.003 <= fact("linear_worst") <= 1.0045


def test_decays_pull_the_effective_rate_back_before_the_second_half():
    rates = np.array([experiment.rates_of(name, 0.1) for name in ("linear", "cosine", "step", "exponential", "sqrt", "constant")])
    *decays, constant = [np.flatnonzero(np.diff(row) > 0) + 1 for row in experiment.descend(rates)]
    assert all(rises.max(initial=0) < 10_000 for rises in decays) and constant.max() > 15_000
    assert decays[0][0] > 2000 and decays[1][0] > 2000, "the loss rises a little with these, too"


def test_from_near_the_decays_that_spend_the_rate_early_end_lower_from_far_one_of_them_is_stuck():
    """The sentence under the snippet's second table."""
    near, far = ({name: experiment.noisy_slope(rates, w) for name, rates in {
        "step": step_decay(0.1, 1000, every=250, factor=0.1), "exponential": exponential_decay(0.1, 1000, factor=0.995),
        "sqrt": inverse_sqrt_decay(0.1, 1000), "cosine": cosine_decay(0.1, 1000)}.items()} for w in (10.0, experiment.FAR))
    assert max(near, key=near.get) == "cosine" and near["cosine"] < 0.002
    assert max(far, key=far.get) == "sqrt" and far["cosine"] == pytest.approx(near["cosine"])


def test_cosine_comes_closest_and_the_root_stays_furthest_away(fact):
    """Of the four decays of the question; linear is a fifth."""
    ends = [fact(f"{name}_end") for name in ("cosine", "step", "exponential", "sqrt")]
    assert ends == sorted(ends) and 10 * ends[0] < ends[1]
    assert experiment.rates_of("sqrt", 0.1)[100] < min(
        experiment.rates_of(name, 0.1)[100] for name in ("cosine", "step", "exponential", "linear"))


def test_the_largest_burst_is_that_of_the_page_on_adam(fact):
    assert fact("constant_worst") == results("adam").facts["burst"][0]
    assert fact("burst_runs") == results("adam").facts["burst_runs"][0]


def test_too_fast_a_decay_stops_far_away_and_too_high_a_rate_explodes(fact):
    assert fact("sqrt_end") > fact("exponential_end") > 10 * fact("cosine_end")
    assert fact("sqrt_end") > 0.5 * fact("start_loss")
    assert fact("big_cosine_orders") >= 4


def test_a_run_of_two_parameters_step_by_step():
    """The same method, written for one run in the eigenvectors' own axes; without rotation the sums differ, so turn back."""
    rates = experiment.rates_of("linear", 0.1, 300)
    c, s = math.cos(0.02), math.sin(0.02)
    w = [-500 * c - s, -500 * s + c]
    sums = [0.0, 0.0]
    losses = []
    for t, lr in enumerate(rates, start=1):
        u, v = c * w[0] + s * w[1], -s * w[0] + c * w[1]
        losses.append(0.005 * u * u + 50 * v * v)
        g = [0.01 * u * c - 100 * v * s, 0.01 * u * s + 100 * v * c]
        for k in (0, 1):
            sums[k] += g[k] ** 2
            w[k] -= lr * g[k] / (math.sqrt(sums[k] / t) + 1e-12)
    assert experiment.descend(rates[None])[0, :300] == pytest.approx(losses, rel=1e-6)


def test_adams_first_update_has_full_size_and_noise_settles(fact):
    """A mean with decay beta1 of unit noise has deviation sqrt((1 - beta1) / (1 + beta1)); its mean size is 0.8 of it."""
    settled = math.sqrt((1 - 0.9) / (1 + 0.9)) * math.sqrt(2 / math.pi)
    assert fact("noise_first") == pytest.approx(1)
    assert fact("noise_last") == pytest.approx(settled, rel=0.03)
    assert fact("drift_cold") > 1.3 * fact("drift_late") > 20 * fact("drift_warm")
    assert fact("warmup") == 2000


def test_the_floor_of_a_constant_rate(fact):
    """Noise of variance 1 under a constant rate: w has the variance lr / (2 - lr)."""
    assert fact("slope_constant") == pytest.approx(0.1 / 1.9 / 2, rel=0.15)
    assert fact("slope_cosine") < fact("slope_constant") / 5
    assert fact("far_sqrt") > 1e6 * fact("slope_sqrt")


# A slider from word to word ---------------------------------------------------


def test_a_choice_counts_its_words():
    slider = choice("constant", "cosine")
    assert (slider.values, slider.names, slider.index) == ((0, 1), ("constant", "cosine"), 0)


def test_the_slider_shows_the_words_of_the_page(site):
    html = (site / "learning-rate-schedules/index.html").read_text("utf-8")
    [tag] = re.findall(r'<input[^>]*name="?schedule"?[^>]*>', html)
    assert 'data-values="constant|step|exponential|1/√t|cosine"' in tag
    assert 'data-numbers="constant|step|exponential|sqrt|cosine"' in tag


@every_decay
def test_no_rate_is_a_rate(name):
    assert np.array_equal(DECAYS[name][0](0, 3), np.zeros(3))


def test_the_edges_of_what_warmup_and_factor_allow():
    warm = linear_warmup([4, 0, 4], 4)
    assert warm.dtype == float and warm.tolist() == [1, 0, 3]
    with pytest.raises(ValueError, match="rates must be finite"):
        linear_warmup([0.1, np.inf], 1)
    assert step_decay(0.5, 3, factor=1, every=1).tolist() == [0.5] * 3
    assert cosine_decay(0.5, 0).shape == (0,) and cosine_decay(0.5, 1).tolist() == [0.5]
