"""The small network of chapters 3 and 4: gradients, initial weights, one step, bad input."""
import itertools

import numpy as np
import pytest

from snippets import network
from snippets.network import ACTIVATIONS, LOSSES, NORMS, backward, descend, forward, initialize, loss_and_gradients

SIZES = [(3, 2), (3, 4, 4, 4, 2), (2, 5, 5, 3, 6, 6, 3)]
COMBINATIONS = list(itertools.product(ACTIVATIONS, (None, *NORMS), (False, True), LOSSES, SIZES))


def problem(sizes, loss, seed=0, n=7):
    rng = np.random.default_rng(seed)
    layers = [(w + 0.1 * rng.normal(size=w.shape), b) for w, b in initialize(sizes, rng, gain=1.2, bias=0.5)]
    y = {"softmax": rng.integers(0, sizes[-1], n), "sigmoid": rng.uniform(size=(n, sizes[-1])),
         "squared": rng.normal(size=(n, sizes[-1]))}[loss]
    return layers, rng.normal(size=(n, sizes[0])), y


def moved(layers, by, h):
    return [(w + h * u, b + h * v) for (w, b), (u, v) in zip(layers, by)]


@pytest.mark.parametrize("activation, norm, residual, loss, sizes", COMBINATIONS)
def test_gradient_against_finite_differences_along_random_directions(activation, norm, residual, loss, sizes, h=1e-6):
    layers, x, y = problem(sizes, loss)
    how = dict(loss=loss, activation=activation, norm=norm, residual=residual)
    _, gradients = loss_and_gradients(layers, x, y, **how)
    rng = np.random.default_rng(1)
    for _ in range(3):
        by = [(rng.normal(size=w.shape), rng.normal(size=b.shape)) for w, b in layers]
        up, down = (loss_and_gradients(moved(layers, by, s * h), x, y, **how)[0] for s in (1, -1))
        slope = sum(np.sum(dw * u) + np.sum(db * v) for (dw, db), (u, v) in zip(gradients, by))
        assert slope == pytest.approx((up - down) / (2 * h), rel=2e-6, abs=2e-8)


def test_a_wrong_gradient_would_be_noticed(monkeypatch):
    f, _ = ACTIVATIONS["tanh"]
    monkeypatch.setitem(network.ACTIVATIONS, "tanh", (f, lambda z, a: 1 - a))
    with pytest.raises(AssertionError):
        test_gradient_against_finite_differences_along_random_directions("tanh", None, False, "softmax", SIZES[1])


# Closed forms -----------------------------------------------------------------


def test_losses_in_closed_form():
    layers = [(np.zeros((2, 4)), np.zeros(4))]
    x = np.ones((3, 2))
    assert loss_and_gradients(layers, x, [0, 3, 1])[0] == pytest.approx(np.log(4), rel=1e-15)
    assert loss_and_gradients(layers, x, np.full((3, 4), 0.3), "sigmoid")[0] == pytest.approx(4 * np.log(2), rel=1e-15)
    assert loss_and_gradients(layers, x, np.full((3, 4), 3.0), "squared")[0] == pytest.approx(4 * 9 / 2, rel=1e-15)


def test_linear_layers_are_one_matrix():
    layers, x, _ = problem((3, 4, 4, 2), "squared")
    layers = [(w, 0 * b) for w, b in layers]
    product = layers[0][0] @ layers[1][0] @ layers[2][0]
    np.testing.assert_allclose(forward(layers, x, "linear")[0], x @ product, rtol=1e-12)


@pytest.mark.parametrize("norm, axis", NORMS.items())
def test_norms_give_mean_zero_and_variance_nearly_one(norm, axis):
    layers, x, _ = problem((3, 50, 2), "squared", n=40)
    [(_, z, _, _), _] = forward(layers, x, "linear", norm)[1]
    np.testing.assert_allclose(z.mean(axis), 0, atol=1e-12)
    np.testing.assert_allclose(z.var(axis), 1, rtol=1e-3)


def test_residual_adds_only_where_the_sizes_agree():
    layers = [(np.zeros((3, 3)), np.zeros(3)), (np.zeros((3, 2)), np.zeros(2)), (np.eye(2), np.zeros(2))]
    x = np.ones((4, 3))
    _, trace = forward(layers, x, residual=True)
    np.testing.assert_array_equal(trace[1][0], x)
    assert not np.any(trace[2][0])


@pytest.mark.parametrize("loss, y", [("softmax", [0, 1]), ("sigmoid", [[1.0, 0.0], [0.0, 1.0]])])
def test_extreme_scores_stay_finite_without_a_warning(loss, y):
    layers = [(np.array([[-1e4, 1e4]]), np.zeros(2))]
    with np.errstate(all="raise", under="ignore"):
        value, [(dw, db)] = loss_and_gradients(layers, [[1.0], [-1.0]], y, loss)
    assert value == pytest.approx(2e4) and np.all(np.isfinite(dw)) and np.all(np.isfinite(db))


def test_each_example_keeps_its_own_scale():
    layers = [(np.eye(2), np.zeros(2))]
    value, [(dw, _)] = loss_and_gradients(layers, [[1e4, 0.0], [0.0, 1.0]], [0, 1])
    assert value == pytest.approx(np.log1p(np.exp(-1)) / 2) and np.all(np.isfinite(dw))


# Initial weights and one step ---------------------------------------------------


def test_first_weights_have_the_stated_variance():
    layers = initialize((400, 300, 200), np.random.default_rng(0), gain=2.0, bias=0.5)
    for n, (w, b) in zip((400, 300), layers):
        assert w.std() == pytest.approx(2 / np.sqrt(n), rel=0.02) and b.std() == pytest.approx(0.5, rel=0.15)
    assert not np.any(initialize((3, 2), np.random.default_rng(0))[0][1])
    assert [w.shape for w, _ in initialize((1, 1), np.random.default_rng(0))] == [(1, 1)]


def test_one_step_with_one_rate_or_one_a_layer():
    layers, x, y = problem((3, 4, 2), "softmax")
    _, gradients = loss_and_gradients(layers, x, y)
    for lr, rates in ((0.5, (0.5, 0.5)), ((0.0, 2.0), (0.0, 2.0))):
        for (w, b), (dw, db), (new_w, new_b), rate in zip(layers, gradients, descend(layers, gradients, lr), rates):
            np.testing.assert_array_equal(new_w, w - rate * dw)
            np.testing.assert_array_equal(new_b, b - rate * db)


def test_descent_lowers_the_loss_and_leaves_what_was_given():
    layers, x, y = problem((3, 6, 2), "softmax")
    kept = [(w.copy(), b.copy()) for w, b in layers]
    first, gradients = loss_and_gradients(layers, x, y)
    assert loss_and_gradients(descend(layers, gradients, 0.01), x, y)[0] < first
    for before, after in zip(kept, layers):
        np.testing.assert_array_equal(before[0], after[0])
        np.testing.assert_array_equal(before[1], after[1])


# Bad input --------------------------------------------------------------------

LAYERS, X, Y = problem((3, 4, 2), "softmax")
_, TRACE = forward(LAYERS, X)
_, GRADIENTS = loss_and_gradients(LAYERS, X, Y)
RNG = np.random.default_rng(0)


def one_other(values, value):
    """All but one of the values are as they should be."""
    changed = values.copy()
    changed[-1] = value
    return changed


BAD = [
    (initialize, ((3,), RNG), "sizes must be two or more"),
    (initialize, ((3, 0), RNG), r"sizes must be .*\(3, 0\)"),
    (initialize, ((3, 2), RNG, -1), "gain must be finite and >= 0, got -1"),
    (initialize, ((3, 2), RNG, np.nan), "gain must be .*nan"),
    (initialize, ((3, 2), RNG, 1, np.inf), "bias must be finite and >= 0, got inf"),
    (forward, (LAYERS, X, "swish"), "activation must be one of .*got 'swish'"),
    (forward, (LAYERS, X, "tanh", "group"), "norm must be one of None, batch, layer, got 'group'"),
    (forward, (LAYERS, X[:, :2]), r"x must be \(N, 3\), got \(7, 2\)"),
    (forward, (LAYERS, X[0]), r"x must be \(N, 3\), got \(3,\)"),
    (forward, (LAYERS, X[:0]), r"x must be \(N, 3\), got \(0, 3\)"),
    (forward, (LAYERS, X * np.nan), "x must be finite, got nan"),
    (forward, (LAYERS, one_other(X, np.inf)), "x must be finite, got inf"),
    (backward, (LAYERS, TRACE, np.zeros((7, 3))), r"dscores must be \(7, 2\), got \(7, 3\)"),
    (loss_and_gradients, (LAYERS, X, Y, "hinge"), "loss must be one of softmax, sigmoid, squared, got 'hinge'"),
    (loss_and_gradients, (LAYERS, X, Y[:3]), r"y must be \(7,\) for softmax, got \(3,\)"),
    (loss_and_gradients, (LAYERS, X, Y + 5), "y must be integers from 0 to 1"),
    (loss_and_gradients, (LAYERS, X, Y - 2), "y must be integers from 0 to 1"),
    (loss_and_gradients, (LAYERS, X, one_other(Y, 2)), "y must be integers from 0 to 1"),
    (loss_and_gradients, (LAYERS, X, Y * 1.0), "y must be integers from 0 to 1"),
    (loss_and_gradients, (LAYERS, X, Y, "sigmoid"), r"y must be \(7, 2\) for sigmoid, got \(7,\)"),
    (loss_and_gradients, (LAYERS, X, np.full((7, 2), 1.5), "sigmoid"), "y must be from 0 to 1"),
    (loss_and_gradients, (LAYERS, X, np.full((7, 2), np.nan), "sigmoid"), "y must be from 0 to 1"),
    (loss_and_gradients, (LAYERS, X, one_other(np.ones((7, 2)), 1.5), "sigmoid"), "y must be from 0 to 1"),
    (descend, (LAYERS, GRADIENTS, -0.1), "lr must be finite and >= 0.*got -0.1"),
    (descend, (LAYERS, GRADIENTS, (0.1, -0.1)), "lr must be finite and >= 0"),
    (descend, (LAYERS, GRADIENTS, np.inf), "lr must be finite"),
    (descend, (LAYERS, GRADIENTS, [0.1, 0.1, 0.1]), "one number or 2"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)
