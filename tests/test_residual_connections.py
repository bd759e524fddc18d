"""A path around each block: the gradient is a sum, the identity is easy, and deep nets train."""
import numpy as np
import pytest

from snippets.network import backward, forward
from snippets.residual import residual_forward, residual_gradients


def problem(blocks=4, n=3, examples=5, scale=0.8, seed=0):
    rng = np.random.default_rng(seed)
    w = rng.normal(0, scale / np.sqrt(n), (blocks, n, n))
    return w, rng.normal(size=(examples, n)), rng.normal(size=(examples, n))


@pytest.mark.parametrize("skip", [0.0, 0.5, 1.0, -1.3])
@pytest.mark.parametrize("blocks", [1, 4, 9])
def test_gradients_against_finite_differences(skip, blocks, h=1e-6):
    w, x, dh = problem(blocks)
    dw, dhs = residual_gradients(w, residual_forward(w, x, skip), dh, skip)
    rng = np.random.default_rng(1)

    def end(w, x):
        return np.sum(dh * residual_forward(w, x, skip)[-1])

    for _ in range(5):
        u, v = rng.normal(size=w.shape), rng.normal(size=x.shape)
        measured = (end(w + h * u, x + h * v) - end(w - h * u, x - h * v)) / (2 * h)
        assert np.sum(dw * u) + np.sum(dhs[0] * v) == pytest.approx(measured, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("skip", [0.0, 1.0])
def test_agrees_with_the_chapters_network(skip):
    """Without biases, and with a last linear layer that changes nothing."""
    w, x, dh = problem(6)
    layers = [(one, np.zeros(3)) for one in w] + [(np.eye(3), np.zeros(3))]
    scores, trace = forward(layers, x, residual=bool(skip))
    h = residual_forward(w, x, skip)
    np.testing.assert_allclose(h[-1], scores, rtol=1e-12)
    dw, _ = residual_gradients(w, h, dh, skip)
    for ours, (theirs, _) in zip(dw, backward(layers, trace, dh, residual=bool(skip))):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-13)


def test_zero_weights_are_the_identity_with_a_path_and_nothing_without():
    w, x, dh = problem()
    h = residual_forward(0 * w, x)
    np.testing.assert_array_equal(h, np.broadcast_to(x, h.shape))
    dw, dhs = residual_gradients(0 * w, h, dh)
    np.testing.assert_array_equal(dhs[0], dh)
    assert np.all(np.abs(dw).max(axis=(1, 2)) > 0), "each block can learn from there"
    assert not np.any(residual_forward(0 * w, x, skip=0)[1:])


def test_the_way_back_is_the_sum_over_all_paths():
    """Two linear blocks (tiny inputs): 1 + J1 + J2 + J1 J2."""
    w, x, dh = problem(2)
    _, dhs = residual_gradients(w, residual_forward(w, 1e-9 * x), dh)
    np.testing.assert_allclose(dhs[0], dh + dh @ w[0].T + dh @ w[1].T + dh @ w[1].T @ w[0].T, rtol=1e-12)


def first_share(skip, scale, blocks=30, n=20):
    w, x, dh = problem(blocks, n, 30, scale)
    _, dhs = residual_gradients(w, residual_forward(w, x, skip), dh, skip)
    return np.linalg.norm(dhs[0]) / np.linalg.norm(dh)


def test_plain_vanishes_where_residual_does_not():
    assert first_share(0.0, 0.5) < 1e-8
    assert 1 < first_share(1.0, 0.5) < 20
    assert 0.5**30 < first_share(0.5, 0.5) < 1e-3, "a path of strength one half vanishes too"
    assert first_share(1.0, 2.0) > 10 * first_share(1.0, 0.5), "the scale of the weights still matters"


def test_in_a_block_of_two_layers_two_zeros_have_no_gradient():
    rng = np.random.default_rng(0)
    h, dh = rng.normal(size=(2, 5, 3))

    def gradients(inner, outer):
        z = h @ inner
        return [h.T @ (dh @ outer.T * (z > 0)), np.maximum(z, 0).T @ dh]

    zero, some = np.zeros((3, 3)), rng.normal(size=(3, 3))
    assert not np.any(gradients(zero, zero)[0]) and not np.any(gradients(zero, zero)[1])
    assert np.any(gradients(some, zero)[1]), "with one of them at zero it can start"


W, X, DH = problem()
H = residual_forward(W, X)
BAD = [
    (residual_forward, (W[0], X), r"w must be \(L, n, n\), got \(3, 3\)"),
    (residual_forward, (W[:, :2], X), r"w must be \(L, n, n\), got \(4, 2, 3\)"),
    (residual_forward, (W[:0], X), r"w must be \(L, n, n\), got \(0, 3, 3\)"),
    (residual_forward, (W, X[:, :2]), r"x must be \(N, 3\), got \(5, 2\)"),
    (residual_forward, (W, X[0]), r"x must be \(N, 3\), got \(3,\)"),
    (residual_forward, (W, X[:0]), r"x must be \(N, 3\), got \(0, 3\)"),
    (residual_forward, (W * np.nan, X), "w must be finite"),
    (residual_forward, (W, X * np.inf), "x must be finite"),
    (residual_forward, (W, X, np.nan), "skip must be finite"),
    (residual_gradients, (W, H[1:], DH), r"h must be finite and \(5, 5, 3\), got \(4, 5, 3\)"),
    (residual_gradients, (W, H, DH[1:]), r"dh must be finite and \(5, 3\), got \(4, 3\)"),
    (residual_gradients, (W, H, DH * np.nan), "dh must be finite"),
    (residual_gradients, (W[:, :2], H, DH), r"w must be \(L, n, n\)"),
    (residual_forward, (np.where(np.arange(3) == 1, np.nan, W), X), "w must be finite"),
    (residual_gradients, (W, H, np.where(np.arange(3) == 1, np.nan, DH)), "dh must be finite"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


def test_one_gradient_for_each_place_and_whole_numbers_are_numbers():
    dw, dhs = residual_gradients([[[1]], [[2]]], [[[1]], [[2]], [[4]]], [[1]])
    assert dhs.shape == (3, 1, 1) and dhs[-1] == 1
    slope = 1 - np.tanh(4) ** 2                      # of the second block, z = 2 * 2
    assert dw[1, 0, 0] == pytest.approx(2 * slope) and dhs[1, 0, 0] == pytest.approx(1 + 2 * slope)


# The page's claims ------------------------------------------------------------


def test_degradation_is_in_the_training_error(fact):
    assert fact("plain_30_train_low") > 5 * fact("plain_2_train_high")
    assert fact("skip_30_train_high") < 1
    assert fact("plain_30_loss") > 10 * fact("skip_30_loss")


def test_the_residual_nets_overfit_when_deeper_than_needed(fact):
    assert fact("skip_30_test_low") > fact("skip_2_test_high")


def test_residual_nets_start_worse_than_guessing(fact):
    assert fact("skip_30_start") > 2 * np.log(10) > 1.8 * fact("plain_30_start")


def test_gradient_at_the_input(fact):
    assert fact("plain_first") < 1e-8 and 1 < fact("skip_first") < 10 < fact("deep_first") < 100
    assert fact("half_power") < fact("half_first") < 1e-3
    assert fact("half") < fact("half_factor") < 0.8, "the blocks add their part, and it still vanishes"
    assert fact("skip_large") > 10 * fact("skip_first")
    assert fact("skip_largest") > 4 * fact("skip_large"), "both rounded to one digit: about"
