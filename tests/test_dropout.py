"""Dropout: exact in the mean where it is linear, a geometric mean behind a sigmoid, an adaptive L2 for squares."""
import itertools
import math

import numpy as np
import pytest

from snippets.dropout import all_masks, dropout, dropout_predict, geometric_mean

A = np.array([0.5, -1.0, 2.0, 1.5, 0.0, 3.0])
W = np.array([1.0, 2.0, -0.5, 0.7, 4.0, 0.3])


def every_mask(n, p):
    """Masks and probabilities one by one, from nothing but the definition."""
    for mask in itertools.product((0, 1), repeat=n):
        yield np.array(mask), math.prod(1 - p if on else p for on in mask)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# Masks

@pytest.mark.parametrize("p", [0, 0.1, 0.5, 0.9])
def test_all_masks_are_all_with_their_probabilities(p):
    masks, probability = all_masks(6, p)
    wanted = {tuple(mask): q for mask, q in every_mask(6, p)}
    assert len(masks) == 64 and {tuple(m) for m in masks.astype(int)} == set(wanted)
    np.testing.assert_allclose(probability, [wanted[tuple(m)] for m in masks.astype(int)], rtol=1e-12)
    assert probability.sum() == pytest.approx(1, abs=1e-14)


def test_one_unit_and_twenty_are_not_too_few_and_not_too_many():
    masks, probability = all_masks(1, 0.25)
    assert masks.tolist() == [[0.0], [1.0]] and probability.tolist() == [0.25, 0.75]
    assert all_masks(20, 0.25)[1].sum() == pytest.approx(1, abs=1e-12)


def test_whole_numbers_are_taken_as_numbers():
    assert dropout_predict([1, 2], 0.5).dtype == float


def test_a_draw_of_exactly_p_keeps_the_unit():
    """Draws lie in [0, 1): below p is the share p of them."""

    class Exactly:
        def random(self, shape):
            return np.full(shape, 0.25)

    assert dropout(np.ones(3), 0.25, Exactly(), inverted=False)[1].tolist() == [1, 1, 1]


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_p_is_the_share_that_is_dropped(p):
    n = 40_000
    out, mask = dropout(np.ones(n), p, np.random.default_rng(0))
    assert np.mean(mask == 0) == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / n))
    assert set(np.round(mask, 12)) == {0, round(1 / (1 - p), 12)}
    np.testing.assert_array_equal(out, mask)


def test_every_call_draws_a_new_mask_and_the_same_generator_the_same():
    rng = np.random.default_rng(3)
    first, second = (dropout(np.ones(50), 0.5, rng)[1] for _ in range(2))
    assert np.any(first != second)
    np.testing.assert_array_equal(first, dropout(np.ones(50), 0.5, np.random.default_rng(3))[1])


def test_units_are_dropped_independently_of_each_other_and_of_the_example():
    mask = dropout(np.ones((20_000, 2)), 0.3, np.random.default_rng(0), inverted=False)[1]
    both = np.mean(mask[:, 0] * mask[:, 1])
    assert both == pytest.approx(0.49, abs=0.02), "0.7 squared"


def test_p_zero_changes_nothing_and_the_input_stays_as_it_was():
    a = A.copy()
    out, mask = dropout(a, 0, np.random.default_rng(0))
    np.testing.assert_array_equal(out, A)
    out += 1
    dropout_predict(a, 0.5)[:] = 7
    np.testing.assert_array_equal(a, A)


@pytest.mark.parametrize("inverted", [True, False])
def test_gradient_goes_through_the_same_mask(inverted):
    """out is linear in a: the difference along any direction is mask times that direction."""
    v = np.random.default_rng(1).normal(size=A.shape)
    plus, mask = dropout(A + v, 0.4, np.random.default_rng(5), inverted)
    minus, _ = dropout(A - v, 0.4, np.random.default_rng(5), inverted)
    np.testing.assert_allclose((plus - minus) / 2, mask * v, atol=1e-14)


# Means over all masks

@pytest.mark.parametrize("p", [0.1, 0.5, 0.75])
def test_mean_over_all_masks_is_the_prediction_for_what_is_linear(p):
    classic = sum(q * (mask * A) @ W for mask, q in every_mask(6, p))
    assert dropout_predict(A, p, inverted=False) @ W == pytest.approx(classic, rel=1e-12)
    assert dropout_predict(A, p) @ W == pytest.approx(classic / (1 - p), rel=1e-12)


def test_sampled_mean_and_variance_are_those_of_the_docstring():
    n, p = 200_000, 0.25
    out, _ = dropout(np.full(n, 2.0), p, np.random.default_rng(0))
    assert out.mean() == pytest.approx(2, abs=5 * np.sqrt(4 * p / (1 - p) / n))
    assert out.var() == pytest.approx(4 * p / (1 - p), rel=0.02)


@pytest.mark.parametrize("p", [0.2, 0.5, 0.7])
def test_one_pass_is_the_normalized_geometric_mean_and_not_the_mean(p):
    rows = [((mask * A) @ W / (1 - p), q) for mask, q in every_mask(6, p)]
    y, q = np.array([sigmoid(z) for z, _ in rows]), np.array([q for _, q in rows])
    one_pass = sigmoid(dropout_predict(A, p) @ W)
    assert geometric_mean(y, q) == pytest.approx(one_pass, rel=1e-9)
    assert abs(q @ y - one_pass) > 0.001, "the usual mean is another one"


def test_geometric_mean_of_two_by_hand():
    """sqrt(.9 * .5) against sqrt(.1 * .5): 3 to 1."""
    assert geometric_mean([0.9, 0.5], np.array([0.5, 0.5])) == pytest.approx(0.75, rel=1e-12)


def test_scaling_is_a_good_approximation_only_for_small_weights():
    def gap(scale):
        return abs(sum(q * sigmoid(scale * 2 * (mask * A) @ W) for mask, q in every_mask(6, 0.5))
                   - sigmoid(scale * A @ W))
    assert gap(0.1) < 0.01 < 0.05 < gap(2)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_squared_loss_over_masks_is_loss_plus_an_adaptive_l2(p):
    t = 0.7
    mean = sum(q * (t - (mask * A) @ W / (1 - p))**2 / 2 for mask, q in every_mask(6, p))
    penalty = p / (1 - p) / 2 * np.sum((A * W)**2)
    assert mean == pytest.approx((t - A @ W)**2 / 2 + penalty, rel=1e-12)


# The experiment's claims, recomputed

def test_dropout_helps_on_random_labels_in_every_seed_and_a_fixed_mask_does_not(fact):
    assert fact("gain_low") > 2
    assert fact("fixed_test") < fact("none_test") - 0.02
    assert fact("clean_low") < 0 < fact("clean_high"), "no gain beyond the spread on right labels"
    assert fact("masked") < fact("averaged") and abs(fact("averaged") - fact("half_test")) < 0.02
    assert fact("most_test") < fact("half_test") - 0.02
    assert fact("most_test") < fact("none_test"), "the kept share of the paper, passed as the dropped one"
    assert fact("tenth") == pytest.approx(1 - fact("most_p"))
    assert fact("train_off") < fact("train_on") < fact("scaled_loss"), "masks lift it, here not above the test loss"
    assert fact("unscaled_loss") > fact("scaled_loss")


BAD = [
    (dropout, dict(a=A, p=1, rng=None), "p must be a share, 0 <= p < 1, got 1"),
    (dropout, dict(a=A, p=50, rng=None), "p must be a share.*got 50"),
    (dropout, dict(a=A, p=-0.1, rng=None), "p must be.*-0.1"),
    (dropout, dict(a=[1, np.nan], p=0.5, rng=None), "a must be finite, got nan"),
    (dropout_predict, dict(a=A, p=np.nan), "p must be.*nan"),
    (dropout_predict, dict(a=[np.inf], p=0.5), "a must be finite, got inf"),
    (all_masks, dict(n=0, p=0.5), "n must be from 1 to 20, got 0"),
    (all_masks, dict(n=21, p=0.5), "n must be.*got 21"),
    (all_masks, dict(n=3, p=1), "p must be.*got 1"),
    (geometric_mean, dict(y=[0.5, 1.0], probability=np.ones(2) / 2), r"y must be between 0 and 1, got 0.5 .. 1.0"),
    (geometric_mean, dict(y=[0.0, 0.5], probability=np.ones(2) / 2), r"y must be between 0 and 1, got 0.0"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(**arguments)
