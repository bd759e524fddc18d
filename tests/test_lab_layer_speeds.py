"""Lab 5: the layers start far apart and then wait together; the slowest one is needed most."""
import numpy as np
import pytest
from sklearn.datasets import load_digits

from snippets.unstable_gradients import layer_gradients, random_layers


def test_speeds_at_the_start_agree_with_the_other_snippet(fact):
    images, labels = load_digits(return_X_y=True)
    x, y = images[:200] / 16, np.eye(10)[labels[:200]]
    speeds = np.mean([[np.linalg.norm(g) for g in layer_gradients(
        random_layers((64, *4 * [30], 10), np.random.default_rng(seed)), x, y)][:-1] for seed in range(20)], axis=0)
    assert fact("start_ratio") == pytest.approx(speeds[-1] / speeds[0], rel=1e-6)
    assert 70 < fact("start_ratio") < 150
    assert fact("step") == pytest.approx(fact("start_ratio") ** (1 / 3), rel=0.1)


def test_guessing_by_hand(fact):
    labels = load_digits().target[:200]
    share = np.bincount(labels) / 200
    assert fact("guess") == pytest.approx(np.sum(-share * np.log(share) - (1 - share) * np.log1p(-share)))
    assert fact("loss_four") == pytest.approx(fact("guess"), rel=0.01)


def test_the_layers_wait_together(fact):
    assert fact("ratio_start") > 50 > 10 > fact("ratio_ten") > fact("ratio_hundred")
    assert 0.3 < fact("ratio_end_two") < 3
    assert fact("fall_first") > 10, "the first layer did not become faster"
    assert fact("fall_last") > 20 * fact("fall_first")


def test_signals_vanish_on_both_ways(fact):
    assert fact("signal_ratio") > 50, "of single images, still"
    assert fact("spread_ratio") > 10
    assert fact("product_ratio") < 2 and fact("weights_ratio") < 3, "and together they balance"


def test_the_deeper_the_net_the_longer_it_waits(fact):
    assert fact("peak_two") < fact("peak_three")
    for depth in ("two", "three"):
        assert fact(f"peak_{depth}_last") == pytest.approx(fact(f"peak_{depth}"), abs=25), "the last one gets off at the same time, of 500"
    assert fact("peak_three_last") == pytest.approx(fact("peak_three"), abs=5), "together, says the page"
    assert fact("loss_two") < fact("loss_three") < fact("loss_four")


def test_the_slow_first_layer_is_needed_most(fact):
    assert fact("frozen_none") < fact("frozen_second_low") / 3
    assert fact("frozen_second_high") < fact("frozen_first_low")


def test_a_small_speed_alone_says_nothing(fact):
    assert fact("speed_end_four") < fact("speed_end_two") < 1e-2
    assert fact("loss_two") < 0.1 * fact("loss_four")
