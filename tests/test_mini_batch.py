"""Mini-batches: each example once an epoch, with its label, and noise that falls with the root of the size."""
import itertools

import numpy as np
import pytest

from snippets.mini_batch import gradient_noise, minibatches


def epoch(n, size, seed=0):
    x = np.arange(n)
    return list(minibatches(x, 10 * x, size, np.random.default_rng(seed)))


@pytest.mark.parametrize("n, size", [(10, 3), (10, 5), (10, 10), (10, 1), (1, 1), (7, 6)])
def test_updates_per_epoch_are_the_number_of_minibatches(n, size):
    batches = epoch(n, size)
    assert len(batches) == -(-n // size)
    assert [len(x) for x, _ in batches[:-1]] == [size] * (len(batches) - 1)
    assert sorted(np.concatenate([x for x, _ in batches])) == list(range(n)), "each example exactly once"


def test_inputs_and_labels_stay_together():
    for x, y in epoch(1000, 7):
        np.testing.assert_array_equal(y, 10 * x)


def test_every_epoch_has_another_order():
    x, rng = np.arange(100), np.random.default_rng(0)
    first, second = (np.concatenate([b for b, _ in minibatches(x, x, 10, rng)]) for _ in range(2))
    assert np.any(first != second) and np.any(first != x)


def test_the_same_generator_gives_the_same_order():
    for a, b in zip(epoch(50, 8, seed=3), epoch(50, 8, seed=3)):
        np.testing.assert_array_equal(a, b)


def test_without_a_generator_the_order_of_the_data_is_kept():
    x = np.arange(10)
    np.testing.assert_array_equal(np.concatenate([b for b, _ in minibatches(x, x, 3)]), x)


def test_the_first_example_is_in_the_first_minibatch_as_often_as_any():
    rng, hits = np.random.default_rng(0), np.zeros(20)
    for _ in range(4000):
        hits[next(minibatches(np.arange(20), np.arange(20), 5, rng))[0]] += 1
    np.testing.assert_allclose(hits / 4000, 0.25, atol=5 * np.sqrt(0.25 * 0.75 / 4000))


def test_rows_are_copies_and_keep_shape_and_type():
    x, y = np.ones((6, 2, 3), np.float32), np.arange(6)
    before = x.copy()
    for xb, yb in minibatches(x, y, 4, np.random.default_rng(0)):
        assert xb.shape[1:] == (2, 3) and xb.dtype == np.float32 and yb.dtype == y.dtype
        xb *= 2
    np.testing.assert_array_equal(x, before)
    assert all(np.all(b == 1) for b, _ in minibatches(x, y, 4)), "without a generator, too"


# Noise

@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_noise_without_replacement_is_that_of_all_subsets(size):
    g = np.array([3.0, -1.0, 4.0, 1.5, -9.0])
    means = [np.mean(c) for c in itertools.combinations(g, size)]
    assert gradient_noise(np.std(g), size, 5) == pytest.approx(np.std(means), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_noise_with_replacement_is_that_of_all_tuples(size):
    g = np.array([3.0, -1.0, 4.0, 1.5, -9.0])
    means = [np.mean(c) for c in itertools.product(g, repeat=size)]
    assert gradient_noise(np.std(g), size) == pytest.approx(np.std(means), rel=1e-12)


def test_minibatches_are_drawn_without_replacement():
    g, rng = np.random.default_rng(1).normal(size=20), np.random.default_rng(0)
    means = [next(minibatches(g, g, 15, rng))[0].mean() for _ in range(4000)]
    assert np.std(means) == pytest.approx(gradient_noise(np.std(g), 15, 20), rel=0.06)
    assert np.std(means) < 0.6 * gradient_noise(np.std(g), 15), "with replacement it would be twice as much"


def test_four_times_the_size_halves_the_noise_and_the_full_batch_has_none():
    assert gradient_noise(1.0, 4) == 0.5 and gradient_noise(2.0, 100) == pytest.approx(0.2)
    assert gradient_noise(1.0, 50, 50) == 0 and gradient_noise(1.0, 1, 1) == 0
    assert gradient_noise(1.0, 10, 10**9) == pytest.approx(gradient_noise(1.0, 10), rel=1e-8)


def test_the_mean_over_one_epoch_is_the_full_gradient():
    g = np.random.default_rng(2).normal(size=60)
    batches = [b.mean() for b, _ in minibatches(g, g, 12, np.random.default_rng(0))]
    assert np.mean(batches) == pytest.approx(g.mean(), abs=1e-15)


# Shuffling

def last_weight(x, y, rng):
    w = 0.0
    for _ in range(5):
        for xb, yb in minibatches(x, y, 10, rng):
            w -= 0.1 * np.mean((w * xb - yb) * xb)
    return w


def test_inputs_shuffled_apart_from_labels_teach_nothing():
    rng = np.random.default_rng(0)
    x = rng.normal(size=1000)
    assert last_weight(x, 3 * x, rng) == pytest.approx(3, abs=0.01)
    assert abs(last_weight(rng.permutation(x), 3 * x, rng)) < 1


def test_sorted_data_end_at_what_came_last():
    """First half says w = 1, second half w = -1: the best is 0, and a kept order ends at -1."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=2000)
    y = np.where(np.arange(2000) < 1000, x, -x)
    assert last_weight(x, y, None) == pytest.approx(-1, abs=0.05)
    assert abs(last_weight(x, y, rng)) < 0.6


BAD = [
    (minibatches, dict(x=[1, 2], y=[1], batch_size=1), r"x and y must have the same.*\(2,\) and \(1,\)"),
    (minibatches, dict(x=[], y=[], batch_size=1), "x and y must have the same number of rows, 1 or more"),
    (minibatches, dict(x=1.0, y=1.0, batch_size=1), "x and y must have the same"),
    (minibatches, dict(x=[1, 2], y=[1, 2], batch_size=0), "batch_size must be an integer from 1 to 2, got 0"),
    (minibatches, dict(x=[1, 2], y=[1, 2], batch_size=3), "batch_size must be.*got 3"),
    (minibatches, dict(x=[1, 2], y=[1, 2], batch_size=1.5), "batch_size must be.*got 1.5"),
    (gradient_noise, dict(sigma=-1, batch_size=1), "sigma must be.*-1"),
    (gradient_noise, dict(sigma=np.nan, batch_size=1), "sigma must be.*nan"),
    (gradient_noise, dict(sigma=1, batch_size=0), "batch_size must be >= 1, got 0"),
    (gradient_noise, dict(sigma=1, batch_size=5, n=4), "n must be >= batch_size, got 4"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named_at_the_call(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(**arguments)
