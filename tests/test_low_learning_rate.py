"""The page's claims about sharpness and the largest stable rate."""
import numpy as np
import pytest

from docs.experiments import _nets
from snippets.sharpness import max_stable_lr, sharpness


def quadratic(lam, rng=None):
    """Loss and gradient with the given curvatures, in random directions."""
    rng = np.random.default_rng(0) if rng is None else rng
    Q, _ = np.linalg.qr(rng.normal(size=(len(lam), len(lam))))
    H = Q @ np.diag(lam) @ Q.T
    return lambda w: w @ H @ w / 2, lambda w: H @ w, H


# Sharpness --------------------------------------------------------------------


@pytest.mark.parametrize("lam", [(1, 2, 5), (0.001, 4), (-7, 3, 1), (0, 0, 2), (2.5,)])
def test_sharpness_is_the_eigenvalue_of_largest_size_with_its_sign(lam):
    _, grad, H = quadratic(np.array(lam, float))
    found, err = sharpness(grad, np.ones(len(lam)))
    assert found == pytest.approx(max(lam, key=abs), rel=1e-6)
    assert err < 1e-4


@pytest.mark.parametrize("seed", range(20))
def test_some_eigenvalue_lies_within_the_error_bound_even_when_unfinished(seed):
    rng = np.random.default_rng(seed)
    lam = rng.normal(size=30)
    _, grad, H = quadratic(lam, rng)
    for steps in (1, 3, 10):
        found, err = sharpness(grad, rng.normal(size=30), steps=steps, rng=rng)
        assert np.abs(np.linalg.eigvalsh(H) - found).min() <= err + 1e-8


def test_a_tie_of_both_signs_has_a_large_error():
    _, grad, _ = quadratic(np.array([3.0, -3.0]))
    assert sharpness(grad, np.ones(2), steps=500)[1] > 0.5


def test_the_generator_is_used_and_the_answer_repeats():
    _, grad, _ = quadratic(np.linspace(1, 2, 20))
    first, again = (sharpness(grad, np.zeros(20), steps=3) for _ in range(2))
    other = sharpness(grad, np.zeros(20), steps=3, rng=np.random.default_rng(5))
    assert first == again != other


def test_sharpness_of_a_net_against_its_whole_hessian():
    x, t = _nets.digits(12)
    shapes, both = _nets.mlp(x[:, ::8], t, (3,))
    w = _nets.start(shapes, np.random.default_rng(1))
    h = 1e-5
    H = np.array([(both(w + h * e)[1] - both(w - h * e)[1]) / (2 * h) for e in np.eye(len(w))])
    top = max(np.linalg.eigvalsh((H + H.T) / 2), key=abs)
    found, err = sharpness(lambda w: both(w)[1], w, steps=300)
    assert found == pytest.approx(top, rel=1e-4)


def test_a_kink_looks_like_curvature_that_grows_as_h_shrinks():
    def grad(w):  # L = |w|: no curvature anywhere but at the kink
        return np.sign(w)

    at_kink = [sharpness(grad, np.zeros(1), h=h)[0] for h in (1e-3, 1e-5)]
    assert at_kink == pytest.approx([1e3, 1e5])
    assert sharpness(grad, np.full(1, 0.1), h=1e-3) == (0, 0)


def test_a_flat_surface_has_no_sharpness():
    assert sharpness(np.zeros_like, np.ones(4)) == (0, 0)


# Largest stable rate ----------------------------------------------------------


@pytest.mark.parametrize("lam", [(1, 2, 5), (0.001, 4), (300.0,), (1e-4, 1e-5)])
def test_on_a_quadratic_the_measured_rate_is_two_over_the_sharpness(lam):
    loss, grad, _ = quadratic(np.array(lam, float))
    measured = max_stable_lr(loss, grad, np.ones(len(lam)), steps=1000, tol=0.005)
    assert measured == pytest.approx(2 / max(lam), rel=0.01)


def test_the_measured_rate_knows_of_no_curvature():
    """Cubic growth: at w the curvature is 12 w**2, but the run leaves w at once."""
    measured = max_stable_lr(lambda w: float(w[0] ** 4), lambda w: 4 * w**3, np.ones(1))
    assert measured == pytest.approx(0.5, rel=0.02)  # w = 1 jumps to -1 and back
    assert 2 / sharpness(lambda w: 4 * w**3, np.ones(1))[0] == pytest.approx(1 / 6, rel=1e-6)


def test_summing_instead_of_averaging_divides_the_rate_by_n():
    x = np.random.default_rng(0).normal(size=(40, 3))

    def rate(n):
        return max_stable_lr(lambda w: n * np.mean((x @ w) ** 2), lambda w: 2 * n * x.T @ (x @ w) / 40, np.ones(3))

    assert rate(1) / rate(40) == pytest.approx(40, rel=0.05)


def bowl(w):
    return w


def test_two_gradients_a_step_a_hundred_steps_and_seed_zero():
    asked = []
    sharpness(lambda w: asked.append(w) or np.array([1.0, 0.99]) * w, [1.0, 1.0])
    assert len(asked) == 1 + 2 * 100, "one to see that they fit"
    one = sharpness(bowl, [1.0, 2.0, 3.0], steps=1)
    assert one == sharpness(bowl, [1.0, 2.0, 3.0], steps=1, rng=np.random.default_rng(0))
    assert one != sharpness(bowl, [1.0, 2.0, 3.0], steps=1, rng=np.random.default_rng(1))


def test_a_kink_farther_away_than_h_is_not_seen():
    assert sharpness(lambda w: np.where(w > 0, 1.0, 0.0), [1.5e-5])[0] == 0
    assert sharpness(lambda w: np.where(w > 0, 1.0, 0.0), [0.5e-5])[0] != 0


@pytest.mark.parametrize("lam, rates", [(0.4, [2, 4, 8, 32**0.5]), (20, [2, 1, 0.5, 0.25, 0.125, 0.0625, 128**-0.5])])
def test_the_rates_that_are_tried(lam, rates):
    """From 1, doubled or halved until the limit 2 / lam lies between two; then the middle."""
    seen = []
    max_stable_lr(lambda w: seen.append(w[0]) or lam * w[0] ** 2 / 2, lambda w: lam * w, [1.0])
    tried = [(before - after) / lam for before, after in zip(seen, seen[1:]) if before == 1]
    assert list(dict.fromkeys(tried))[:len(rates)] == pytest.approx(rates)


def test_a_trial_has_a_hundred_steps():
    """The loss rises beyond 100.5, to which the rate 1.005 comes in a hundred steps."""
    lr = max_stable_lr(lambda w: 0.0 if w[0] == 0 else -1.0 if w[0] < 100.5 else 1.0, lambda w: -np.ones_like(w), [0.0], tol=1e-4)
    assert lr == pytest.approx(1.005, rel=2e-4)


def test_one_parameter_may_be_at_its_minimum():
    assert max_stable_lr(lambda w: np.sum(w**2) / 2, lambda w: w, [0, 1]) == pytest.approx(2, rel=0.04)


BAD = [
    (sharpness, dict(grad=bowl, w=[]), "w must be finite and not empty"),
    (sharpness, dict(grad=bowl, w=[np.nan]), "w must be finite.*nan"),
    (sharpness, dict(grad=bowl, w=[1.0], steps=0), "steps must be an integer >= 1, got 0"),
    (sharpness, dict(grad=bowl, w=[1.0], steps=1.5), "steps must be.*1.5"),
    (sharpness, dict(grad=bowl, w=[1.0], h=0), "h must be positive and finite, got 0"),
    (sharpness, dict(grad=bowl, w=[1.0], h=np.inf), "h must be positive and finite, got inf"),
    (sharpness, dict(grad=np.ones_like, w=[1.0, np.nan]), "w must be finite.*nan"),
    (sharpness, dict(grad=lambda w: w * [1, np.inf], w=[1.0, 1.0]), r"grad\(w\) must be finite"),
    (max_stable_lr, dict(loss=np.sum, grad=np.ones_like, w=[1.0], tol=np.inf), "tol must be positive and finite, got inf"),
    (sharpness, dict(grad=lambda w: w[:1], w=[1.0, 2.0]), r"shape of w, \(2,\), got \(1,\)"),
    (sharpness, dict(grad=lambda w: w * np.inf, w=[1.0]), r"grad\(w\) must be finite, got \[inf\]"),
    (max_stable_lr, dict(loss=np.sum, grad=bowl, w=[0.0]), r"grad\(w\) must not be zero"),
    (max_stable_lr, dict(loss=np.sum, grad=bowl, w=[1.0], tol=0), "tol must be positive and finite, got 0"),
    (max_stable_lr, dict(loss=np.sum, grad=np.ones_like, w=[1.0]), "loss must rise"),
    (max_stable_lr, dict(loss=lambda w: -np.sum(w), grad=bowl, w=[1.0]), "loss must fall"),
    (max_stable_lr, dict(loss=np.sum, grad=bowl, w=[1.0], steps=-1), "steps must be.*-1"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(**arguments)


# The nets of the experiment ---------------------------------------------------


def nets():
    x, t = _nets.digits(20)
    return {"tanh": _nets.mlp(x, t, (7, 5)), "relu": _nets.mlp(x, t, (7, 5), "relu"),
            "sigmoid": _nets.mlp(x, t, (7,), "sigmoid"), "batch": _nets.mlp(x, t, (7, 5), norm="batch"),
            "layer": _nets.mlp(x, t, (7, 5), norm="layer"), "sum": _nets.mlp(x, t, (7,), mean=False),
            "recurrent": _nets.recurrent(np.split(x, 8, axis=1), t, 6), "convolution": _nets.convolutional(x, t, 3)}


@pytest.mark.parametrize("name", nets())
def test_gradient_of_a_net_against_finite_differences(name):
    shapes, both = nets()[name]
    rng, h = np.random.default_rng(1), 1e-6
    w = _nets.start(shapes, rng)
    for _ in range(5):
        d = rng.normal(size=w.shape)
        measured = (both(w + h * d)[0] - both(w - h * d)[0]) / (2 * h)
        assert measured == pytest.approx(both(w)[1] @ d, rel=1e-6, abs=1e-8)


def test_loss_is_half_the_squared_error_a_mean_over_images():
    x, t = _nets.digits(20)
    for mean, divide in ((True, 20), (False, 1)):
        shapes, both = _nets.mlp(x, t, (3,), mean=mean)
        w = np.zeros(sum(int(np.prod(shape)) for shape in shapes))  # all outputs are 0, one target of ten is 1
        assert both(w)[0] == pytest.approx(0.5 * 20 / divide)


# The page's claims ------------------------------------------------------------


def test_after_training_the_prediction_holds(fact):
    assert fact("nets") >= 30
    assert 0.6 < fact("trained_low") < 1 < fact("trained_high") < 1.6
    assert fact("trained_middle") == pytest.approx(1, abs=0.1)


def test_the_points_off_the_diagonal_are_kinks_and_random_starts(fact):
    assert fact("kinks") >= 1 and fact("kink_worst") > 2
    assert fact("kink_fine") == pytest.approx(1, abs=0.2)
    assert fact("fresh_middle") > 1.5


def test_what_lowers_the_rate(fact):
    for factor in ("depth", "init", "offset", "length"):
        assert fact(f"{factor}_first") > 2 * fact(f"{factor}_last"), factor
    assert fact("batch_first") == pytest.approx(fact("batch_last"), rel=0.05)
    assert fact("layer_first") > 3 * fact("layer_last")
    assert fact("cnn_rate") > 1.5 * fact("rnn_rate")
    assert fact("cnn_parameters") > fact("rnn_parameters")


def test_more_data_lowers_the_limit_of_a_summed_loss_only(fact):
    assert fact("sum_few") / fact("sum_many") == pytest.approx(fact("many") / fact("few"), rel=0.2)
    assert fact("mean_few") == pytest.approx(fact("mean_many"), rel=0.2)


def test_edge_of_stability(fact):
    """Overshoots 5 and settles within about 3 % of it; below 10 no step raises the loss."""
    assert fact("edge_peak") > 5.1
    assert fact("edge_mean") == pytest.approx(5, rel=0.03)
    assert fact("edge_rises") > 100 and fact("edge_end") < fact("edge_half")
    assert fact("calm_rises") == 0
    assert 5.4 <= fact("calm_low") <= fact("calm_high") <= 7.5


def test_inverted_pixels_by_hand(fact):
    """The largest eigenvalue is that of the second moments; a bound from the mean image alone comes close."""
    x, _ = _nets.digits(None)
    for name, pixels in (("plain", x), ("inverted", 1 - x), ("centred", x - x.mean(0))):
        a = np.column_stack([pixels, np.ones(len(x))])
        top = np.linalg.svd(a, compute_uv=False)[0] ** 2 / len(a)
        assert fact(f"pixels_{name}") == pytest.approx(top, rel=1e-9)
        assert np.sum(a.mean(0) ** 2) <= top * (1 + 1e-12)
