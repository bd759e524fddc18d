"""The gradient of an early layer is a product: it vanishes, explodes, or balances."""
import math

import numpy as np
import pytest

from snippets.unstable_gradients import ACTIVATIONS, chain_gradient, layer_gradients, random_layers

NAMES = list(ACTIVATIONS)


def problem(sizes=(5, 4, 3, 2), seed=0, n=7):
    rng = np.random.default_rng(seed)
    layers = random_layers(sizes, rng, scale=1.5)
    return layers, rng.normal(size=(n, sizes[0])), rng.uniform(size=(n, sizes[-1]))


def loss(layers, x, y, activation):
    """Binary cross-entropy from probabilities, written apart from the snippet."""
    f = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "relu": lambda z: z * (z > 0)}
    a = x
    for w, b in layers[:-1]:
        a = f[activation](a @ w + b)
    p = f["sigmoid"](a @ layers[-1][0] + layers[-1][1])
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(x)


@pytest.mark.parametrize("activation", NAMES)
@pytest.mark.parametrize("sizes", [(3, 2), (5, 4, 3, 2), (2, 6, 6, 6, 6, 1)])
def test_gradients_against_finite_differences(activation, sizes, h=1e-6):
    layers, x, y = problem(sizes)
    gradients = layer_gradients(layers, x, y, activation)
    assert [g.shape for g in gradients] == [b.shape for _, b in layers]
    rng = np.random.default_rng(1)
    for _ in range(5):
        ds = [rng.normal(size=b.shape) for _, b in layers]
        up, down = (loss([(w, b + s * h * d) for (w, b), d in zip(layers, ds)], x, y, activation) for s in (1, -1))
        assert sum(g @ d for g, d in zip(gradients, ds)) == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-8)


def test_a_chain_is_the_product_of_weights_and_slopes():
    w, z = [2.0, -3.0, 0.5], [0.3, -1.0, 2.0]
    slopes = [math.exp(-v) / (1 + math.exp(-v)) ** 2 for v in z]
    assert chain_gradient(w, z) == pytest.approx(math.prod(w) * math.prod(slopes), rel=1e-14)
    assert chain_gradient(w, z, "relu") == 0 and chain_gradient(w[:1], z[:1], "relu") == 2


def test_the_layers_of_a_chain_agree_with_the_product():
    layers = random_layers((1,) * 6, np.random.default_rng(3), scale=3.0)
    x, z = np.array([[0.7]]), []
    a = x
    for w, b in layers[:-1]:
        z.append((a @ w + b)[0, 0])
        a = ACTIVATIONS["sigmoid"][0](a @ w + b)
    gradients = layer_gradients(layers, x, [[1.0]])
    product = chain_gradient([w[0, 0] for w, _ in layers[1:]], z)
    assert gradients[0][0] / gradients[-1][0] == pytest.approx(product, rel=1e-10)


def test_a_sigmoid_chain_with_weights_up_to_one_shrinks_at_least_fourfold_a_layer():
    rng = np.random.default_rng(0)
    for length in (1, 3, 10):
        for _ in range(50):
            product = chain_gradient(rng.uniform(-1, 1, length), rng.normal(0, 3, length))
            assert abs(product) <= 0.25**length
        assert chain_gradient(np.ones(length), np.zeros(length)) == 0.25**length


def test_weights_of_100_explode_only_while_z_stays_near_zero():
    assert chain_gradient(np.full(4, 100.0), np.zeros(4)) == 25**4
    assert chain_gradient(np.full(4, 100.0), np.full(4, 10.0)) < 1e-8


def mean_speeds(depth, scale, activation, seeds=10):
    x = np.random.default_rng(9).uniform(size=(50, 20))
    y = np.eye(4)[np.arange(50) % 4]
    return np.mean([[np.linalg.norm(g) for g in layer_gradients(
        random_layers((20, *depth * [30], 4), np.random.default_rng(seed), scale, 0.0), x, y, activation)][:-1]
        for seed in range(seeds)], axis=0)


def test_vanishing_grows_with_depth_and_the_scale_of_the_weights_decides():
    ratios = [np.divide(*mean_speeds(depth, 1.0, "sigmoid")[[0, -1]]) for depth in (2, 4, 8)]
    assert ratios[0] > 10 * ratios[1] > 1000 * ratios[2]
    relu = [np.divide(*mean_speeds(10, scale, "relu")[[0, -1]]) for scale in (0.7, math.sqrt(2), 4)]
    assert relu[0] < 1e-2 < 0.1 < relu[1] < 10 < 1e3 < relu[2]


def test_deeper_is_larger_only_at_that_scale():
    speeds = mean_speeds(6, 4.0, "relu")
    assert np.all(np.diff(speeds) < 0), "with large weights the first layer is the fastest"


def test_layers_have_the_stated_variance():
    layers = random_layers((200, 300, 100), np.random.default_rng(0), scale=3.0, bias=0.5)
    assert [w.shape for w, _ in layers] == [(200, 300), (300, 100)]
    for n, (w, b) in zip((200, 300), layers):
        assert w.std() == pytest.approx(3 / math.sqrt(n), rel=0.02) and b.std() == pytest.approx(0.5, rel=0.2)
    assert not np.any(random_layers((3, 2), np.random.default_rng(0), bias=0)[0][1])


def test_huge_inputs_saturate_without_a_warning():
    layers, x, y = problem()
    with np.errstate(all="raise", under="ignore"):
        for g in layer_gradients(layers, 1e6 * x, y):
            assert np.all(np.isfinite(g))


LAYERS, X, Y = problem()
RNG = np.random.default_rng(0)
BAD = [
    (random_layers, ((3,), RNG), "sizes must be two or more"),
    (random_layers, ((3, 0), RNG), r"sizes must be .*\(3, 0\)"),
    (random_layers, ((3, 2), RNG, -1), "scale must be finite and >= 0, got -1"),
    (random_layers, ((3, 2), RNG, 1, np.inf), "bias must be finite and >= 0, got inf"),
    (layer_gradients, (LAYERS, X, Y, "swish"), "activation must be one of sigmoid, tanh, relu, got 'swish'"),
    (layer_gradients, (LAYERS, X[:, :2], Y), r"x must be \(N, 5\), got \(7, 2\)"),
    (layer_gradients, (LAYERS, X[:0], Y[:0]), r"x must be \(N, 5\), got \(0, 5\)"),
    (layer_gradients, (LAYERS, X[0], Y), r"x must be .*\(5,\)"),
    (layer_gradients, (LAYERS, X * np.nan, Y), "x must be finite, got nan"),
    (layer_gradients, (LAYERS, X, Y[:3]), r"y must be \(7, 2\), got \(3, 2\)"),
    (layer_gradients, (LAYERS, X, Y + 1), "y must be from 0 to 1"),
    (layer_gradients, (LAYERS, X, Y - 1), "y must be from 0 to 1"),
    (layer_gradients, (LAYERS, X, Y * np.nan), "y must be from 0 to 1"),
    (chain_gradient, ([1.0], [1.0], "swish"), "activation must be one of"),
    (chain_gradient, ([1.0], [1.0, 2.0]), r"one shape \(L-1,\), got \(1,\) and \(2,\)"),
    (chain_gradient, (1.0, 1.0), r"one shape"),
    (chain_gradient, ([np.inf], [0.0]), "w and z must be finite"),
    (chain_gradient, ([1.0], [np.nan]), "w and z must be finite"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


# The page's claims ------------------------------------------------------------


def test_first_layer_about_a_hundred_times_slower(fact):
    assert 70 < fact("ratio") < 150
    assert fact("step") ** 3 == pytest.approx(fact("ratio"), rel=0.2)
    assert fact("slope_step") == pytest.approx(fact("step"), rel=0.1), "the root mean square of the slopes explains it"


@pytest.mark.parametrize("name", ["zero", "softmax", "quadratic"])
def test_loss_and_biases_shift_the_table_but_the_ratio_stays(fact, name):
    for layer in (1, 2, 3):
        assert 3.5 < fact(f"{name}_{layer + 1}") / fact(f"{name}_{layer}") < 6
    assert fact("softmax_4") < 0.5 * fact("speed_4_4") and fact("quadratic_4") < 0.5 * fact("speed_4_4")


def test_the_losses_keep_the_ratio_and_zero_biases_change_it_a_little(fact):
    for loss in ("softmax", "quadratic"):
        assert fact(f"{loss}_step") == pytest.approx(fact("step"), rel=0.05)
    assert 0.8 < fact("zero_step") / fact("step") < 0.95


def test_a_small_gradient_is_no_good_news(fact):
    """The run stands at the loss of guessing with a tiny gradient; the same nets could do far better."""
    assert fact("plain_loss") == pytest.approx(fact("guess"), rel=0.001)
    assert fact("plain_first") < fact("plain_start") / 20
    assert fact("boosted_high") < 0.75 * fact("guess")
    assert fact("boosted_right_low") > 2 * fact("plain_right")


def test_guessing_by_hand(fact):
    from docs.experiments._nets import digits
    _, y = digits(int(fact("few")))
    by_hand = sum(-p * math.log(p) - (1 - p) * math.log(1 - p) for p in y.mean(0))
    assert fact("guess") == pytest.approx(by_hand)


def test_share_of_normal_numbers_below_one(fact):
    drawn = np.random.default_rng(0).normal(size=400_000)
    assert fact("below_one") == pytest.approx(100 * np.mean(np.abs(drawn) < 1), abs=0.3)
