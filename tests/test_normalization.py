"""Normalization: gradients, the three modes, and what standardizing does to the surface."""
import numpy as np
import pytest

from snippets.normalization import batch_norm, batch_norm_predict, layer_norm, norm_gradient, standardize

RNG = np.random.default_rng(3)
Z = 4 + 2.5 * RNG.normal(size=(7, 5))
GAIN, SHIFT = RNG.normal(size=5), RNG.normal(size=5)
NORMS = pytest.mark.parametrize("norm, axis", [(batch_norm, 0), (layer_norm, 1)])


# Forward

@NORMS
def test_output_is_the_formula_entry_by_entry(norm, axis):
    out, _ = norm(Z, GAIN, SHIFT, eps=1e-3)
    for i in range(7):
        for j in range(5):
            line = Z[:, j] if axis == 0 else Z[i]
            mean = sum(line) / len(line)
            var = sum((v - mean)**2 for v in line) / len(line)
            assert out[i, j] == pytest.approx(GAIN[j] * (Z[i, j] - mean) / (var + 1e-3)**0.5 + SHIFT[j], rel=1e-12)


@NORMS
def test_offset_and_scale_of_z_do_not_matter(norm, axis):
    one = np.ones(5), np.zeros(5), 0
    np.testing.assert_allclose(norm(100 + 7 * Z, *one)[0], norm(Z, *one)[0], atol=1e-11)


def test_layer_norm_does_not_look_at_other_examples_and_batch_norm_does():
    more = np.vstack([Z[:3], 10 + RNG.normal(size=(4, 5))])
    np.testing.assert_array_equal(layer_norm(more, GAIN, SHIFT)[0][:3], layer_norm(Z, GAIN, SHIFT)[0][:3])
    assert np.abs(batch_norm(more, GAIN, SHIFT)[0][:3] - batch_norm(Z, GAIN, SHIFT)[0][:3]).max() > 0.1


def test_two_examples_are_always_plus_and_minus_one():
    out, _ = batch_norm(Z[:2], np.ones(5), np.zeros(5), eps=0)
    np.testing.assert_allclose(np.abs(out), 1, rtol=1e-12)
    np.testing.assert_allclose(out.sum(axis=0), 0, atol=1e-12)


def test_kept_statistics_give_what_the_batch_gave_whatever_stands_beside():
    out, (_, mean, std, _) = batch_norm(Z, GAIN, SHIFT)
    for row in range(7):
        np.testing.assert_allclose(batch_norm_predict(Z[row:row + 1], GAIN, SHIFT, mean, std)[0], out[row], rtol=1e-12)


# Gradient

@NORMS
@pytest.mark.parametrize("what", ["z", "gain", "shift"])
def test_gradient_agrees_with_finite_differences(norm, axis, what):
    dout = RNG.normal(size=Z.shape)
    values = dict(z=Z, gain=GAIN, shift=SHIFT)
    gradient = dict(zip(("z", "gain", "shift"), norm_gradient(dout, GAIN, norm(**values)[1])))[what]
    for _ in range(20):
        v, h = RNG.normal(size=values[what].shape), 1e-6
        plus, minus = (norm(**values | {what: values[what] + step * v})[0] for step in (h, -h))
        assert np.sum(gradient * v) == pytest.approx(np.sum(dout * (plus - minus)) / (2 * h), rel=1e-6, abs=1e-8)


def test_forgetting_that_mean_and_std_depend_on_z_is_another_gradient():
    dout = RNG.normal(size=Z.shape)
    _, saved = batch_norm(Z, GAIN, SHIFT)
    dz, _, _ = norm_gradient(dout, GAIN, saved)
    assert np.abs(dz - dout * GAIN / saved[2]).max() > 0.05


@NORMS
def test_gradient_along_an_offset_and_a_scale_is_zero(norm, axis):
    dz, _, _ = norm_gradient(RNG.normal(size=Z.shape), GAIN, norm(Z, GAIN, SHIFT, eps=0)[1])
    np.testing.assert_allclose(dz.sum(axis=axis), 0, atol=1e-13)
    np.testing.assert_allclose((dz * Z).sum(axis=axis), 0, atol=1e-12)


@NORMS
def test_agrees_with_the_network_of_these_chapters(norm, axis):
    from snippets.network import forward
    x, w, b = RNG.normal(size=(6, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)
    _, trace = forward([(w, b), (np.eye(4), np.zeros(4))], x, "linear", norm="batch" if axis == 0 else "layer")
    np.testing.assert_allclose(norm(x @ w + b, np.ones(4), np.zeros(4))[0], trace[0][2], rtol=1e-12)


# Inputs

def test_standardized_columns_have_mean_zero_and_deviation_one():
    x_hat, mean, std = standardize(Z)
    np.testing.assert_allclose(x_hat.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(x_hat.std(axis=0), 1, rtol=1e-12)
    np.testing.assert_allclose(x_hat * std + mean, Z, rtol=1e-12)


def test_new_data_take_the_statistics_of_the_training_data():
    _, mean, std = standardize(Z)
    new, kept, _ = standardize(Z[:2] + 100, mean, std)
    np.testing.assert_allclose(new * std + mean, Z[:2] + 100, rtol=1e-12)
    np.testing.assert_array_equal(kept, mean)
    assert new.mean() > 10, "an offset of new data stays visible"


def test_a_constant_column_becomes_zero():
    x = np.column_stack([np.full(9, 0.1), np.arange(9)])
    x_hat, _, std = standardize(x)
    np.testing.assert_allclose(x_hat[:, 0], 0, atol=1e-15)
    assert std[0] == 1


@pytest.mark.parametrize("scale", [2, 50])
@pytest.mark.parametrize("tie", [0, 0.5, 0.9])
def test_standardizing_removes_scale_and_offset_but_no_correlation(scale, tie):
    """The condition number becomes (1 + r) / (1 - r), whatever the scales were."""
    rng = np.random.default_rng(0)
    a, b = np.linalg.qr(rng.normal(size=(40, 3)) - 0)[0].T[:2]
    a, b = a - a.mean(), b - b.mean()
    b = b - a * (a @ b) / (a @ a)
    a, b = a / a.std(), b / b.std()
    x = np.column_stack([5 + a, scale * (tie * a + np.sqrt(1 - tie**2) * b) - 3])
    x_hat, _, _ = standardize(x)
    assert np.linalg.cond(x_hat.T @ x_hat) == pytest.approx((1 + tie) / (1 - tie), rel=1e-9)


# The page's claims

def test_facts_of_the_page(fact):
    assert fact("kappa_raw") > 10 * fact("kappa_centred") > 1000 * fact("kappa_standard")
    assert fact("loss_standard") < fact("loss_centred") < fact("loss_raw")
    assert fact("bias") < 1e-12 < fact("last_bias"), "biases in front of a batch norm get no gradient"
    assert fact("scaled_gradient") == pytest.approx(10, rel=0.01)
    assert fact("none_small") > 2, "small weights, no norm: no rate trains"
    assert fact("batch_small") < 0.3 and fact("batch_large") < 0.3
    assert fact("kept") > 0.95 and fact("mixed_small") < 0.8 and fact("sorted_full") < 0.5


BAD = [
    (standardize, dict(x=[1.0, 2]), r"x must be \(N, n\), got shape \(2,\)"),
    (standardize, dict(x=[[1.0, np.nan]]), "x must be finite, got nan"),
    (batch_norm, dict(z=Z[:1], gain=GAIN, shift=SHIFT), "z must have 2 rows or more to train, got 1"),
    (batch_norm, dict(z=Z, gain=GAIN[:2], shift=SHIFT), r"gain must be \(5,\), got \(2,\)"),
    (layer_norm, dict(z=Z, gain=GAIN, shift=1.0), r"shift must be \(5,\), got \(\)"),
    (layer_norm, dict(z=Z, gain=GAIN, shift=SHIFT, eps=-1), "eps must be >= 0, got -1"),
    (layer_norm, dict(z=[[np.inf] * 5], gain=GAIN, shift=SHIFT), "z must be finite, got inf"),
    (batch_norm_predict, dict(z=Z, gain=GAIN, shift=SHIFT, mean=SHIFT, std=np.zeros(5)), "std must be > 0, got 0"),
    (batch_norm_predict, dict(z=Z, gain=GAIN, shift=SHIFT, mean=SHIFT, std=[0, 1, 1, 1, 1]), "std must be > 0, got 0"),
    (standardize, dict(x=np.ones((0, 3))), r"x must be \(N, n\), got shape \(0, 3\)"),
    (norm_gradient, dict(dout=Z[:2], gain=GAIN, saved=batch_norm(Z, GAIN, SHIFT)[1]), r"dout must be \(7, 5\), got \(2, 5\)"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(**arguments)


@pytest.mark.parametrize("scale", [1e-6, 1, 1e6])
def test_what_differs_by_rounding_is_constant(scale):
    """By less than 1e-12 of the column's largest value."""
    x = scale * np.array([[1, 1, 0, 1e9], [1 + 1e-12, 1 + 3e-12, 0, 2e9]])
    hat = standardize(x)[0]
    assert np.abs(hat[:, 0]).max() < 1e-5 and hat[:, 2].tolist() == [0, 0]
    assert np.abs(hat[:, [1, 3]]) == pytest.approx(1, rel=1e-3)


def test_small_kept_deviations_are_deviations():
    ones = np.ones(5)
    assert batch_norm_predict(Z, ones, 0 * ones, 0 * ones, 0.5 * ones) == pytest.approx(2 * Z)
