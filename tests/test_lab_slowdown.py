"""Lab 1: cross-entropy and softmax remove the slowdown of the output, and of nothing else."""
import numpy as np
import pytest
from sklearn.datasets import load_digits

from snippets.learning_slowdown import sigmoid
from snippets.network import initialize


def test_the_fair_race_is_late_only_with_quadratic_loss(fact):
    assert fact("fresh_quadratic_low") > 0.85, "it does learn"
    assert fact("fresh_quadratic_half") >= 2 * fact("fresh_softmax_half")
    assert min(fact("fresh_softmax_low"), fact("fresh_cross_low")) > 0.95


def test_saturated_outputs_stop_only_the_quadratic_loss(fact):
    assert fact("wide_quadratic_low") < 0.15, "one network guesses among ten"
    assert fact("stuck") == 0, "and it is the one that the page then looks into"
    assert 0.5 < fact("wide_quadratic_high") < 0.85, "another one does not, and gets nowhere near"
    assert min(fact("wide_softmax_low"), fact("wide_cross_low")) > 0.9
    assert fact("wide_cross_fast") < 0.6 and fact("fresh_cross_fast") > 0.95, "what it bears is less than before"


def test_the_wrong_outputs_have_lost_their_slope(fact):
    assert fact("slope_quadratic") < 1e-3 < fact("slope_saturated") < 0.1 < fact("slope_fresh") <= 0.25
    assert fact("wrong_saturated") == pytest.approx(0.5, abs=0.02), "about half, says the question"
    assert (fact("always"), fact("never")) == (1, 2), "the page says so in words"
    assert fact("others_right") > 0.95
    share = (fact("always") * 0.9 + fact("never") * 0.1) / 10 + (1 - fact("others_right")) * (10 - fact("always") - fact("never")) / 10
    assert fact("wrong_quadratic") == pytest.approx(share, abs=0.01), "the stuck outputs are nearly all that is wrong"
    assert fact("wrong_cross") < 0.02


def norms(first=1, last=1):
    """Norm of the hidden weights' gradient, written apart from the lab: quadratic loss, cross-entropy; and the hidden slope."""
    images, labels = load_digits(return_X_y=True)
    x, t = images[:1000] / 16, np.eye(10)[labels[:1000]]
    (w, b), (v, c) = initialize((64, 30, 10), np.random.default_rng(0))
    h = sigmoid(x @ (first * w) + b)
    a = sigmoid(h @ (last * v) + c)
    through = (last * v).T
    return [np.linalg.norm(x.T @ (dz @ through * h * (1 - h))) / len(x) for dz in ((a - t) * a * (1 - a), a - t)]


def test_gains_of_cross_entropy_by_hand(fact):
    for name, scales in (("fresh", {}), ("output", {"last": 10}), ("hidden", {"first": 20})):
        quadratic, cross = norms(**scales)
        assert fact(f"gain_{name}") == pytest.approx(cross / quadratic, rel=1e-6)
    assert fact("gain_output") > 1.5 * max(fact("gain_fresh"), fact("gain_hidden"))
    assert fact("gain_hidden") == pytest.approx(fact("gain_fresh"), rel=0.2), "the loss does nothing for hidden slopes"
    assert fact("hidden_loss") == pytest.approx(norms()[1] / norms(first=20)[1], rel=1e-6)


def test_a_saturated_hidden_layer_costs_little_here(fact):
    assert 0.9 < fact("end_hidden") < fact("end_fresh")


def test_the_flat_stretch_returns_with_depth(fact):
    assert fact("deep_half_one") < fact("deep_half_two")
    assert fact("deep_high_three") < 0.6
