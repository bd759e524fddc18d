"""Softmax with cross-entropy has the gradient a - y; its twin saturates."""
import math
import warnings
from decimal import Decimal, localcontext

import numpy as np
import pytest

from snippets.cross_entropy import binary_cross_entropy
from snippets.softmax import (softmax, softmax_cross_entropy,
                              softmax_quadratic_loss)

LOSSES = [softmax_cross_entropy, softmax_quadratic_loss]
EXTREME = [[1000.0, 0.0, -1000.0], [-1000.0, 1000.0, -1000.0]]


def batch(n=6, k=4, scale=2.0, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(0, scale, (n, k)), rng.integers(0, k, n)


def badly_wrong(gap):
    """Logit 0 leads by gap, but the label is 1."""
    return [[gap, 0.0, 0.0]], [1]


# The claims

@pytest.mark.parametrize("k", [1, 2, 3, 10, 1000])
@pytest.mark.parametrize("logit", [0.0, -7.5, 1000.0])
def test_loss_at_equal_logits_is_ln_k(k, logit):
    loss, _ = softmax_cross_entropy(np.full((3, k), logit), [0, k // 2, k - 1])
    assert loss == pytest.approx(math.log(k), abs=1e-14)


@pytest.mark.parametrize("k", [1, 2, 3, 10])
def test_quadratic_loss_at_equal_logits(k):
    loss, _ = softmax_quadratic_loss(np.zeros((2, k)), [0, k - 1])
    assert loss == pytest.approx((1 - 1 / k) / 2, abs=1e-15)


def test_cross_entropy_gradient_is_probability_minus_one_hot():
    _, dz = softmax_cross_entropy([[math.log(1), math.log(2), math.log(5)]],
                                  [1])
    np.testing.assert_allclose(dz, [[1 / 8, 2 / 8 - 1, 5 / 8]], rtol=1e-14)


def test_cross_entropy_never_saturates_while_badly_wrong():
    for gap in (5, 20, 100, 1000):
        _, dz = softmax_cross_entropy(*badly_wrong(gap))
        assert -dz[0, 1] > 0.99


def test_quadratic_loss_saturates_while_badly_wrong():
    for gap, bound in ((5, 2e-2), (10, 2e-4), (20, 1e-8), (1000, 1e-300)):
        loss, dz = softmax_quadratic_loss(*badly_wrong(gap))
        assert loss > 0.98                         # the most it can be is 1
        assert np.abs(dz).max() < bound


def test_two_classes_are_a_sigmoid_of_the_difference():
    for z, y in ((0.3, 1), (-4.0, 1), (4.0, 0), (1000.0, 0)):
        loss, dz = softmax_cross_entropy([[0.0, z]], [y])
        loss_sigmoid, dz_sigmoid = binary_cross_entropy(z, y)
        assert loss == pytest.approx(loss_sigmoid, rel=1e-14)
        np.testing.assert_allclose(dz, [[-dz_sigmoid, dz_sigmoid]],
                                   rtol=1e-14)


def test_several_labels_at_once_need_sigmoids():
    """softmax halves two sure classes; sigmoids leave both near 1."""
    z = np.array([8.0, 8.0, -8.0])
    np.testing.assert_allclose(softmax(z), [0.5, 0.5, 0.0], atol=1e-6)
    _, dz = binary_cross_entropy(z, [1, 1, 0])
    assert np.abs(dz).max() < 0.001


# The functions

@pytest.mark.parametrize("loss_of", LOSSES)
@pytest.mark.parametrize("n, k", [(6, 4), (1, 5), (3, 2), (2, 50)])
def test_gradient_agrees_with_finite_differences(loss_of, n, k, h=1e-5):
    z, y = batch(n, k)
    _, dz = loss_of(z, y)
    rng = np.random.default_rng(2)
    for _ in range(10):
        direction = rng.normal(size=z.shape)
        slope = (loss_of(z + h * direction, y)[0]
                 - loss_of(z - h * direction, y)[0]) / (2 * h)
        assert np.sum(dz * direction) == pytest.approx(slope, rel=1e-6,
                                                       abs=1e-10)


@pytest.mark.parametrize("loss_of", LOSSES)
def test_gradient_rows_sum_to_zero(loss_of):
    _, dz = loss_of(*batch())
    assert np.abs(dz).max() > 0.01
    np.testing.assert_allclose(dz.sum(axis=1), 0, atol=1e-16)


@pytest.mark.parametrize("loss_of", LOSSES)
def test_extreme_logits_stay_finite_and_warn_of_nothing(loss_of):
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise",
                                                divide="raise"):
        warnings.simplefilter("error")
        loss, dz = loss_of(EXTREME, [2, 1])
    assert np.isfinite(loss) and np.all(np.isfinite(dz))


def test_extreme_logits_give_the_right_loss():
    loss, dz = softmax_cross_entropy(EXTREME, [2, 1])     # 2000 nats and none
    assert loss == 1000
    np.testing.assert_array_equal(dz, [[0.5, 0, -0.5], [0, 0, 0]])


def test_textbook_softmax_is_nan_where_ours_is_right():
    z = np.array([1000.0, 0.0])
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(np.exp(z) / np.exp(z).sum()).any()
    np.testing.assert_array_equal(softmax(z), [1, 0])


def test_logarithm_of_softmax_is_infinite_where_ours_is_right():
    z = np.array([[1000.0, 0.0]])
    with np.errstate(divide="ignore"):
        assert -np.log(softmax(z)[0, 1]) == np.inf
    assert softmax_cross_entropy(z, [1])[0] == 1000


def test_softmax_applied_twice_cannot_get_below_its_floor():
    """A common mistake: probabilities passed where logits are expected."""
    loss, _ = softmax_cross_entropy(softmax([[1000.0] + 9 * [0.0]]), [0])
    assert loss == pytest.approx(math.log(1 + 9 / math.e), rel=1e-14)
    assert loss > 1.4                              # of ln 10 = 2.3 at start


@pytest.mark.parametrize("loss_of", LOSSES)
def test_only_differences_within_a_row_matter(loss_of):
    z, y = batch()
    shift = np.arange(6)[:, None] * 100.0
    for ours, shifted in zip(loss_of(z, y), loss_of(z + shift, y)):
        np.testing.assert_allclose(ours, shifted, rtol=0, atol=1e-12)
    np.testing.assert_allclose(softmax(z), softmax(z + shift), atol=1e-12)


@pytest.mark.parametrize("loss_of", LOSSES)
def test_one_class_costs_nothing(loss_of):
    loss, dz = loss_of([[-3.0], [1000.0]], [0, 0])
    assert loss == 0 and not np.any(dz)


@pytest.mark.parametrize("loss_of", LOSSES)
def test_batch_is_the_mean_of_its_examples(loss_of):
    z, y = batch()
    loss, dz = loss_of(z, y)
    single = [loss_of(z[i:i + 1], y[i:i + 1]) for i in range(len(y))]
    assert loss == pytest.approx(sum(one for one, _ in single) / 6, rel=1e-14)
    np.testing.assert_allclose(
        dz, np.concatenate([one for _, one in single]) / 6, rtol=1e-14)


def test_results_are_as_accurate_as_they_say():
    for k, scale in ((3, 1.0), (10, 300.0), (1000, 3.0)):
        z, y = batch(1, k, scale)
        loss, dz = softmax_cross_entropy(z, y)
        with localcontext(prec=50):
            e = [Decimal(float(v)).exp() for v in z[0]]
            exact = sum(e).ln() - Decimal(float(z[0, y[0]]))
            a = [float(v / sum(e)) for v in e]
        assert abs(Decimal(float(loss)) - exact) < Decimal(
            3e-16 * max(1, np.abs(z).max()))
        np.testing.assert_allclose(softmax(z)[0], a, rtol=0, atol=6e-16)
        np.testing.assert_allclose(dz[0] + np.eye(k)[y[0]], a, 0, atol=1e-15)


def test_softmax_works_on_the_last_axis():
    z = np.random.default_rng(3).normal(size=(2, 3, 4))
    np.testing.assert_allclose(softmax(z).sum(axis=-1), 1, rtol=1e-15)
    np.testing.assert_array_equal(softmax(z)[1, 2], softmax(z[1, 2]))


BAD_LOGITS = [
    (np.zeros((0, 3)), r"z must hold a class or more, got shape \(0, 3\)"),
    (np.zeros((3, 0)), r"z must hold a class or more, got shape \(3, 0\)"),
    (1.0, r"z must hold a class or more, got shape \(\)"),
    ([[0, np.nan]], "z must be finite, got nan"),
    ([[0, -np.inf]], "z must be finite, got -inf"),
    ([["a", "b"]], "z must be numbers"),
    ([[1j, 0]], "z must be numbers"),
    ([[1, 2], [3]], "z must be numbers"),
]


@pytest.mark.parametrize("z, message", BAD_LOGITS)
@pytest.mark.parametrize("function", [softmax, *LOSSES])
def test_bad_logits_are_named(function, z, message):
    arguments = (z,) if function is softmax else (z, [0])
    with pytest.raises(ValueError, match=message):
        function(*arguments)


BAD_PAIRS = [
    ([0, 1, 2], [0], r"z must have shape \(N, K\), got \(3,\)"),
    ([[0, 1]], [2], r"y must be labels 0 .. 1, got 2 .. 2"),
    ([[0, 1]], [-1], r"y must be labels 0 .. 1, got -1 .. -1"),
    ([[0, 1], [0, 1]], [0, 2], r"y must be labels 0 .. 1, got 0 .. 2"),
    ([[0, 1], [0, 1]], [-1, 1], r"y must be labels 0 .. 1, got -1 .. 1"),
    ([[0, 1]], [0.0], "y must be integer labels, got float64"),
    ([[0, 1]], [True], "y must be integer labels, got bool"),
    ([[0, 1]], ["cat"], "y must be integer labels"),
    ([[0, 1]], [], "y must be integer labels"),
    ([[0, 1]], 0, r"y must have shape \(1,\).*\(\)"),
    ([[0, 1]], [0, 1], r"y must have shape \(1,\).*\(2,\)"),
    ([[0, 1]], [[1, 0]], r"y must have shape \(1,\).*\(1, 2\)"),    # one-hot
]


@pytest.mark.parametrize("z, y, message", BAD_PAIRS)
@pytest.mark.parametrize("loss_of", LOSSES)
def test_bad_labels_are_named(loss_of, z, y, message):
    with pytest.raises(ValueError, match=message):
        loss_of(z, y)
