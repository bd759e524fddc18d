"""Lab 4: what each cure of a deep network buys."""
import math

import numpy as np
import pytest
from sklearn.datasets import load_digits

from snippets.network import initialize

GUESS = math.log(10)


def test_the_patient_guesses_and_its_gradient_vanishes(fact):
    assert fact("guess") == pytest.approx(GUESS) and fact("end") == pytest.approx(GUESS, rel=0.001)
    assert fact("first_norm") < 1e-4 < 0.1 < fact("last_norm")


def test_the_first_gradient_by_hand(fact):
    """Backpropagation written out once more, for the patient."""
    images, labels = load_digits(return_X_y=True)
    layers = initialize((64, *8 * [30], 10), np.random.default_rng(0))
    before = [images[:300] / 16]
    for w, b in layers[:-1]:
        before.append(1 / (1 + np.exp(-(before[-1] @ w + b))))
    z = before[-1] @ layers[-1][0] + layers[-1][1]
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    dz = (p - np.eye(10)[labels[:300]]) / 300
    assert fact("last_norm") == pytest.approx(np.linalg.norm(before[-1].T @ dz), rel=1e-6)
    for (w, _), a in zip(layers[:0:-1], before[:0:-1]):
        dz = dz @ w.T * a * (1 - a)
    assert fact("first_norm") == pytest.approx(np.linalg.norm(before[0].T @ dz), rel=1e-6)
    assert fact("step") == pytest.approx((fact("last_norm") / fact("first_norm")) ** (1 / 8))


@pytest.mark.parametrize("cure", ["rate", "clip", "layer", "gain"])
def test_these_do_nothing_alone(fact, cure):
    assert fact(f"{cure}_low") > 0.95 * GUESS


@pytest.mark.parametrize("cure", ["tanh", "batch"])
def test_these_work_alone(fact, cure):
    assert fact(f"{cure}_high") < GUESS / 2 and fact(f"{cure}_right_low") > 0.85


@pytest.mark.parametrize("cure", ["residual", "relu"])
def test_these_only_begin_to_work(fact, cure):
    assert GUESS / 2 < fact(f"{cure}_low") < 0.95 * GUESS


def test_adam_alone_does_not_rescue(fact):
    assert fact("adam_best") > GUESS / 2


def test_batch_norm_carries_the_rest_and_he_is_not_missed(fact):
    assert fact("all_high") < 0.05 and fact("no_he_high") < 0.05
    assert fact("all_high") < fact("he_batch_low") < fact("he_batch_high") < fact("no_relu_low")
    assert fact("no_norm_low") > max(fact("no_relu_high"), fact("he_high")), "three cures are worse than two of them"


def test_he_helps_where_there_is_no_norm(fact):
    assert fact("he_high") < fact("relu_low")


def test_clipping_helps_once_steps_are_too_long(fact):
    assert fact("no_norm_start") > 3 * GUESS
    assert fact("no_norm_clip_high") < fact("no_norm_low") / 3


def test_so_does_a_lower_rate(fact):
    assert fact("low_rate") < fact("lr")
    assert fact("no_norm_slow_high") < fact("no_norm_low") / 2
