"""The page's claims about depth: parity, folds, and what training finds."""
from itertools import product

import numpy as np
import pytest

from docs.experiments import why_deep as experiment
from snippets.depth import linear_pieces, parity_by_thresholds, parity_terms, tent_map, xor_tree
from snippets.relu import relu


def patterns(d):
    return np.array(list(product((0, 1), repeat=d)))


# Parity -----------------------------------------------------------------------


@pytest.mark.parametrize("d", range(1, 9))
def test_three_ways_to_parity_agree_on_every_pattern(d):
    bits, odd = patterns(d), np.array([sum(bits) % 2 for bits in product((0, 1), repeat=d)])
    terms = {tuple(term) for term in parity_terms(d).tolist()}
    assert len(terms) == len(parity_terms(d)) == 2 ** (d - 1)
    assert [tuple(row) in terms for row in bits.tolist()] == odd.astype(bool).tolist()
    parity, gates, layers = xor_tree(bits)
    assert np.array_equal(parity, odd)
    assert gates == d - 1 and 2**layers >= d > 2 ** (layers - 1) * (layers > 0)
    assert np.array_equal(parity_by_thresholds(bits), odd)


@pytest.mark.parametrize("d", range(1, 7))
def test_no_shorter_term_is_safe(d):
    """Leave any one bit out of any term: it is true for a pattern of even parity."""
    for term in parity_terms(d):
        for k in range(d):
            flipped = term.copy()
            flipped[k] ^= 1
            assert flipped.sum() % 2 == 0


def test_xor_tree_works_on_one_number_and_on_odd_lengths():
    parity, gates, layers = xor_tree([1, 1, 1, 0, 1])
    assert (parity, gates, layers) == (0, 4, 3)
    assert xor_tree([[1]]) == ([1], 0, 0)


# Folds ------------------------------------------------------------------------


@pytest.mark.parametrize("k", range(9))
def test_k_folds_have_two_to_the_k_pieces(k):
    x = np.linspace(0, 1, 2 ** (k + 3) + 1)
    y = tent_map(x, k)
    assert linear_pieces(y) == 2**k
    assert y.min() == 0 and y.max() == 1
    # The saw by its formula: the distance to the nearest even number of half teeth.
    s = x * 2**k
    assert np.array_equal(y, np.abs((s + 1) % 2 - 1) if k else x)


def test_a_piece_more_a_unit_is_all_that_one_layer_gains():
    rng, x = np.random.default_rng(0), np.linspace(-3, 3, 6001)
    for n in (1, 5, 12):
        kinks = rng.choice(x[1:-1], n, replace=False)
        sides, heights = rng.choice([-1, 1], n), rng.uniform(1, 2, n)
        y = relu(sides * (x[:, None] - kinks))[0] @ heights
        assert linear_pieces(np.round(y, 12)) <= n + 1


def test_pieces_by_hand():
    assert linear_pieces([0, 1]) == linear_pieces([0, 1, 2]) == linear_pieces([3, 3, 3]) == 1
    assert linear_pieces([0, 1, 0]) == 2 and linear_pieces([0, 1, 3, 5, 4]) == 3


BAD = [
    (parity_terms, (0,), "d must be an integer from 1 to 20, got 0"),
    (parity_terms, (21,), "d must be.*got 21"),
    (parity_terms, (2.5,), "d must be.*got 2.5"),
    (xor_tree, ([0, 2],), "bits must be 0 or 1"),
    (xor_tree, ([],), "bits must be 0 or 1, at least one"),
    (parity_by_thresholds, (1,), "bits must be 0 or 1, at least one, got 1"),
    (tent_map, (1.5, 1), "x must be from 0 to 1, got 1.5"),
    (tent_map, ([0, np.nan], 1), "x must be from 0 to 1.*nan"),
    (tent_map, (0.5, -1), "k must be an integer >= 0, got -1"),
    (tent_map, (0.5, 1.5), "k must be an integer >= 0, got 1.5"),
    (linear_pieces, ([1.0],), "y must be"),
    (linear_pieces, ([[1.0, 2.0]],), "y must be"),
    (linear_pieces, ([1.0, np.inf],), "y must be.*inf"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


# The page ---------------------------------------------------------------------


def net(x, layers):
    a = x
    for k, (w, b) in enumerate(layers):
        a = a @ np.array(w, float) + b
        a = a if k == len(layers) - 1 else np.maximum(a, 0)
    return a


def test_deep_and_flat_nets_of_13_parameters_both_represent_two_folds(fact):
    x = np.linspace(0, 1, 33)[:, None]
    target, z = tent_map(x, 2), 4 * x - 2  # the nets see z; x = z / 4 + 1/2
    deep = [([[0.25, 0.25]], [0.5, 0]), ([[2, 2], [-4, -4]], [0, -0.5]), ([[2], [-4]], [0])]
    flat = [([[0.25] * 4], [0.5, 0.25, 0, -0.25]), ([[4], [-8], [8], [-8]], [0])]
    for layers, name in ((deep, "deep"), (flat, "flat")):
        assert net(z, layers) == pytest.approx(target, abs=1e-12)
        assert sum(np.size(w) + np.size(b) for w, b in layers) == 13 == fact(f"{name}_parameters")


def test_training_does_not_find_what_can_be_represented(fact):
    assert fact("deep_best") < fact("flat_best") < 0.5, "some deep nets come close"
    assert fact("deep_middle") > 0.99 and fact("flat_middle") > 0.4
    assert fact("large_middle") < fact("near") < 0.05
    assert fact("deep_near") == fact("flat_near") == 0 and fact("large_near") > fact("nets") / 2
    assert fact("large_parameters") > 10 * fact("deep_parameters")


def test_depth_saves_units_from_the_third_fold_on(fact):
    x = np.linspace(0, 1, 2**8 + 1)
    one_layer = {k: linear_pieces(tent_map(x, k)) - 1 for k in range(1, 7)}
    assert [k for k, units in one_layer.items() if 2 * k < units] == [3, 4, 5, 6]
    assert fact("enough") == one_layer[fact("k")] < fact("hidden")
    assert (fact("pays_deep"), fact("pays_flat")) == (2 * 3, one_layer[3])


def test_a_tent_that_misses_half_of_the_range_adds_one_piece_a_layer(fact):
    assert fact("full_pieces") == 2 ** fact("bent_folds")
    assert fact("bent_pieces") == fact("bent_folds") + 1


def test_counts(fact):
    assert fact("thirty_terms") == 2 ** (fact("demo_bits") - 1)
    assert (fact("thirty"), fact("thirty_layers")) == (29, 5)
    assert fact("flat_pieces") == fact("fold_units") + 1 and fact("flat_units") == fact("fold_pieces") - 1
    assert [len(parity_terms(d)) for d in experiment.BITS[:4]] == [2, 8, 32, 128]
