"""The numbers of the syllabus, chapter 1, against the facts that the pages quote.

They were found by others, once; here they are typed from the syllabus, to the
precision given there.
"""

import math
import re

import pytest

from docs.builder.results import results

# experiment: {fact: the syllabus's number}
NUMBERS = {
    "learning_slowdown": {
        "lr": ".15",
        "epochs": "300",
        "good_start": ".82",
        "good_end": ".094",
        "bad_start": ".98",
        "bad_middle": ".933",  # epoch 150
        "bad_end": ".203",
        "good_gradient": ".122",
        "bad_gradient": ".0173",
    },
    "cross_entropy": {
        "lr": ".15",
        "slow_lr": ".005",
        "good_end": ".012",  # "near .012 both"
        "bad_end": ".012",
        "slow_good_end": ".418",
        "slow_bad_end": ".780",
        "demo_good_end": ".040",
        "demo_bad_end": ".048",
        "start_output": ".982",
        "gain": "57",
    },
    "plateau": {
        "optimum_b": "-188.433",
        "optimum_w": "2.6695",
        "start_b": "-120",
        "start_w": "-4",
        "lam_min": "5.57",
        "lam_max": "1.747e6",
        "kappa": "3.13e5",
        "limit": "1.145e-6",
        "stall": "3.67e7",
        "stall_norm": "1.13e7",
        "rate_low": "1e-7",
        "b_low": "-123.7",
        "rate_middle": "1e-6",
        "b_middle": "-149.2",
        "rate_high": "1e-5",
        "long": "100000",
    },
    "adagrad": {
        "small_lr": ".4",
        "small_x1": "-2.382563",
        "small_x2": "-.158591",
        "large_lr": "2",
        "large_x1": "-.002295",
        "large_x2": "0",
        "adagrad_b": "-188.367",
        "adagrad_w": "2.6693",
    },
    "rmsprop": {
        "lr": ".4",
        "decay": ".9",
        "x1": "-.010599",
        "x2": "0",
    },
    "momentum": {
        "lr": ".6",
        "strong": ".5",
        "strong_x1": ".007188",
        "strong_x2": ".002553",
        "weak": ".25",
        "weak_x1": "-.126340",
        "weak_x2": "-.186632",
        "nesterov_lr": ".3",
        "plain_steps": "691",
        "plain_predicted": "691",
        "heavy_steps": "93",
        "heavy_predicted": "69",
    },
    "adam": {
        "first_tiny": ".5",
        "first_neither": "3.162",
        "calm": "1000",
        "calm_adam": "2.52",
        "calm_rmsprop": "3.16",
        "calm_adagrad": "1.00",
        "calm_mean": "31.6",
        "flat": ".01",
        "steep": "100",
        "angle": ".02",
        "lr": ".1",
        "steps": "20000",
        "cross": "1773",
    },
    "ill_conditioning": {
        "calm": ".4",
        "calm_x1": "-.943467",
        "calm_x2": "-.000073",
        "wild": ".6",
        "wild_x1": "-.387814",
        "wild_x2": "-1673.365",
        "kappa_standardized": "1",
    },
    "low_learning_rate": {
        "edge_images": "500",
        "edge_limit": "5",
        "calm_limit": "10",
        "pixels_plain": "11.4",
        "pixels_inverted": "36.3",
        "pixels_centred": "1.00",
    },
    "dropout": {
        "masks": "1024",  # "all 2^10 masks"
        "units": "10",
    },
    "learning_rate_schedules": {
        "lr": ".1",
        "steps": "20000",
        "flat": ".01",
        "steep": "100",
        "warmup": "2000",
        "linear_worst": "1.004",  # "×1.003 to ×1.004"
    },
    "initialization": {
        "depth": "30",
        "theory": "1.9e-9",
        "he_mean": "1",
        "sigma": ".01",
        "width": "500",
        "tanh_last": "1e-13",
    },
    "unstable_gradients": {
        "images": "1000",
        "units": "30",
        "seeds": "100",
        "large": "100",
        "large_factor": "25",
        "below_one": "68",
        "quarter": ".25",
    },
    "relu": {
        "sigmoids": ".0106",
        "nets": "200",
    },
    "overfitting": {
        "train_images": "1000",
        "hidden": "30",
        "lr": ".5",
        "batch": "10",
        "epochs": "400",
    },
    "weight_decay": {
        "strength": ".1",
        "n": "1000",
        "lr": ".5",
    },
    "why_deep": {
        "terms": "32768",  # 2^(d - 1) for d = 16
        "gates": "15",  # d - 1
        "fold_units": "12",  # 2 a layer
        "fold_pieces": "64",  # 2^6
    },
}
CASES = [(name, fact, text) for name, facts in NUMBERS.items() for fact, text in facts.items()]


def half_a_unit(text: str) -> float:
    """Half of the last digit's place."""
    digits, _, exponent = text.partition("e")
    return 0.5 * 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


@pytest.mark.parametrize("name, fact, text", CASES, ids=[f"{name}-{fact}" for name, fact, _ in CASES])
def test_number_of_the_syllabus(name, fact, text):
    value, form = results(name).facts[fact]
    assert abs(value - float(text)) <= half_a_unit(text) * (1 + 1e-9)
    # What the page shows says the same, to no more digits than it has.
    shown = format(value, form)
    assert abs(float(shown) - float(text)) <= half_a_unit(text) + half_a_unit(shown)


def test_precision_is_that_of_the_syllabus():
    assert half_a_unit(".0173") == pytest.approx(0.00005) and half_a_unit("57") == 0.5
    assert half_a_unit("1.747e6") == pytest.approx(500) and half_a_unit("1e-7") == pytest.approx(0.5e-7)


def test_gradient_peaks_at_two_thirds_with_four_27ths():
    facts = results("learning_slowdown").facts
    assert facts["peak_output"][0] == pytest.approx(2 / 3, abs=0.001)  # a scan in steps of 0.005 in z
    assert facts["peak_speed"][0] == pytest.approx(4 / 27, abs=1e-6)
    assert facts["peak_speed"][0] <= 4 / 27


def test_gain_is_one_over_the_slope():
    facts = results("cross_entropy").facts
    a = facts["start_output"][0]
    assert facts["gain"][0] == pytest.approx(1 / (a * (1 - a)), rel=1e-9)
    assert facts["gain_first"][0] == pytest.approx(facts["gain"][0], rel=1e-9), "every layer has the same gain"
    assert facts["hidden_shrink"][0] > 100, "the hidden layers' own slopes stay"


def test_bursts_within_11_steps():
    assert 0 < results("plateau").facts["wild"][0] <= 11
    assert results("plateau").facts["rounded_loss"][0] > 1e9, "the rounded limit diverges"


def test_losses_of_softmax():
    """Loss at start ln K; logits of 1000 stay finite; the gradient agrees with finite differences."""
    facts = results("softmax").facts
    for classes in (2, 10, 1000):
        assert facts[f"guess_{classes}"][0] == pytest.approx(math.log(classes), rel=1e-14)
    assert facts["extreme_loss"][0] == 2000
    assert 0 < facts["difference"][0] < 1e-6
    assert facts["cross_push"][0] > 0.999, "cross-entropy does not saturate"
    assert facts["quadratic_push"][0] < 1e-4, "the quadratic loss does"


def test_shares_right_on_mnist():
    """From N(0, 1) weights training 100 %, test 82 to 83 %; scaled, or with decay, about 88 %; random labels are fitted."""
    facts = {name: value for name, (value, _) in results("overfitting").facts.items()}
    assert facts["normal_train"] == facts["scaled_train"] == facts["shuffled_train"] == 1
    assert 0.815 <= facts["normal_test_low"] <= facts["normal_test_high"] <= 0.835
    assert facts["scaled_test"] == pytest.approx(0.88, abs=0.005)
    decay = {name: value for name, (value, _) in results("weight_decay").facts.items()}
    assert decay["normal_decay_test"] == pytest.approx(0.88, abs=0.005)
    assert decay["scaled_decay_test"] - decay["scaled_test"] < 0.01, "hardly a gain"
    assert decay["factor"] == pytest.approx(1 - 0.5 * 0.1 / 1000)


def test_condition_of_the_ten_points():
    facts = results("ill_conditioning").facts
    assert facts["kappa_raw"][0] == pytest.approx(3.13e5, abs=0.005e5)
    assert facts["kappa_centred"][0] == pytest.approx(2.4e4, abs=0.05e4)


def test_rates_of_the_valley():
    """Converges below 2/λ, best 2/(λ1 + λn), rate (κ − 1)/(κ + 1), for λ = 0.2 and 4."""
    facts = results("gradient_descent").facts
    assert facts["limit"][0] == pytest.approx(2 / 4)
    assert facts["best"][0] == pytest.approx(2 / (0.2 + 4))
    assert facts["factor"][0] == pytest.approx((20 - 1) / (20 + 1))
    assert facts["overshoot_large"][0] > 2 > facts["overshoot_first"][0] > 1


@pytest.mark.parametrize("depth, speeds", [(2, (0.061, 0.298)), (3, (0.012, 0.059, 0.296)),
                                           (4, (0.0024, 0.012, 0.061, 0.299))])
def test_layer_speeds(depth, speeds):
    """Two means over 100 nets each with a spread of 20 to 35 %: their difference has one of about 4 %."""
    facts = results("unstable_gradients").facts
    for layer, speed in enumerate(speeds, 1):
        assert facts[f"speed_{depth}_{layer}"][0] == pytest.approx(speed, rel=0.12)
    assert 18 < facts["spread_low"][0] < facts["spread_high"][0] < 37


# A second computation, from the settings alone --------------------------------


def output(w: float, b: float) -> float:
    return 1 / (1 + math.exp(-(w + b)))


def descend(w: float, b: float, lr: float, slope, epochs: int = 300) -> list[float]:
    """Outputs of one neuron with x = 1, y = 0; slope(a) is dL/dz."""
    outputs = [output(w, b)]
    for _ in range(epochs):
        step = lr * slope(outputs[-1])
        w, b = w - step, b - step
        outputs.append(output(w, b))
    return outputs


def quadratic(a):
    return a * a * (1 - a)


def cross(a):
    return a


def only_to_the_output(a):
    """What the well-known demo descends: dL/da of cross-entropy."""
    return 1 / (1 - a)


@pytest.mark.parametrize("name, fact, start, lr, slope, epoch", [
    ("learning_slowdown", "good_end", (0.6, 0.9), 0.15, quadratic, 300),
    ("learning_slowdown", "bad_end", (2, 2), 0.15, quadratic, 300),
    ("learning_slowdown", "bad_middle", (2, 2), 0.15, quadratic, 150),
    ("cross_entropy", "good_end", (0.6, 0.9), 0.15, cross, 300),
    ("cross_entropy", "bad_end", (2, 2), 0.15, cross, 300),
    ("cross_entropy", "slow_good_end", (0.6, 0.9), 0.005, cross, 300),
    ("cross_entropy", "slow_bad_end", (2, 2), 0.005, cross, 300),
    ("cross_entropy", "demo_good_end", (0.6, 0.9), 0.005, only_to_the_output, 300),
    ("cross_entropy", "demo_bad_end", (2, 2), 0.005, only_to_the_output, 300),
])
def test_fact_follows_from_the_settings(name, fact, start, lr, slope, epoch):
    assert results(name).facts[fact][0] == pytest.approx(descend(*start, lr, slope)[epoch], rel=1e-9)


def test_facts_are_formatted_for_reading():
    for name in ("learning_slowdown", "cross_entropy", "softmax", "index"):
        for fact, (value, form) in results(name).facts.items():
            assert math.isfinite(value), fact
            digits = re.sub(r"^[-0.]+|e.*|\.", "", format(value, form))
            assert 1 <= len(digits) <= 5, f"{name}.{fact}: {format(value, form)} has {len(digits)} digits"
