"""Early stopping keeps the best weights; 1 000 images are learned by heart; a better start beats stopping."""
import numpy as np
import pytest

from docs.experiments import _mnist
from docs.experiments._mnist import BATCH, COUNTS, LR, TEST, TRAIN, VALIDATION, split, train
from snippets import network
from snippets.early_stopping import EarlyStopping, after_epoch, split as deal


def watch(losses, patience, weights=None):
    """Every state, the first included."""
    states = [EarlyStopping(patience)]
    for epoch, loss in enumerate(losses):
        states.append(after_epoch(states[-1], loss, epoch if weights is None else weights[epoch]))
    return states


# Early stopping

@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("patience", [1, 2, 5])
def test_stops_when_the_lowest_loss_is_patience_epochs_old(seed, patience):
    losses = np.random.default_rng(seed).integers(0, 12, 40) / 10  # with ties
    stop = next(t for t in range(1, 41) if t - 1 - int(np.argmin(losses[:t])) >= patience)
    states = watch(losses, patience)
    assert [state.stop for state in states[:stop]] == [False] * stop and states[stop].stop
    best = int(np.argmin(losses[:stop]))  # the first of equal ones
    assert states[stop][1:] == (stop, best + 1, losses[best], best)


def test_a_falling_loss_is_never_stopped():
    assert not any(state.stop for state in watch(np.linspace(1, 0, 50), 1))


def test_an_equal_loss_is_no_new_best():
    states = watch([1.0, 1.0, 1.0], 2)
    assert states[-1].best_epoch == 1 and states[-1].stop and not states[-2].stop


def test_a_setback_within_the_patience_is_forgiven():
    losses = [3, 2, 2.5, 1, 2, 2, 2]
    assert watch(losses, 1)[3].stop, "patience 1 stops at the setback"
    last = watch(losses, 3)[-1]
    assert last.best_epoch == 4 and last.stop


def test_best_weights_are_a_copy_while_training_goes_on_in_place():
    w, nested = np.zeros(3), [(np.zeros(2), np.zeros(1))]
    state = after_epoch(EarlyStopping(5), 1.0, w)
    both = after_epoch(EarlyStopping(5), 1.0, nested)
    w += 1
    nested[0][0][:] = 7
    np.testing.assert_array_equal(state.best_w, np.zeros(3))
    np.testing.assert_array_equal(both.best_w[0][0], np.zeros(2))


def test_state_in_state_out():
    state = EarlyStopping(3)
    after_epoch(state, 1.0, None)
    assert state == EarlyStopping(3)


@pytest.mark.parametrize("patience", [0, -1, 1.5, "2", None])
def test_patience_must_be_a_positive_integer(patience):
    with pytest.raises(ValueError, match=f"patience must be an integer >= 1, got {patience!r}"):
        after_epoch(EarlyStopping(patience), 1.0, None)


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_a_run_that_diverged_is_reported_with_its_epoch(loss):
    with pytest.raises(ValueError, match=f"loss must be finite, got {loss} in epoch 2"):
        watch([1.0, loss], 3)


# Training, validation, test

@pytest.mark.parametrize("n, validation, test", [(3, 1, 1), (10, 2, 3), (640, 300, 300)])
def test_each_example_goes_to_one_part(n, validation, test):
    parts = deal(n, validation, test, np.random.default_rng(0))
    assert [len(part) for part in parts] == [n - validation - test, validation, test]
    assert sorted(np.concatenate(parts)) == list(range(n))


def test_parts_are_drawn_at_random():
    rng, hits = np.random.default_rng(0), np.zeros((3, 10))
    for _ in range(2000):
        for k, part in enumerate(deal(10, 2, 3, rng)):
            hits[k, part] += 1
    np.testing.assert_allclose(hits / 2000, np.array([[0.5], [0.2], [0.3]]) + np.zeros(10), atol=0.06)


@pytest.mark.parametrize("arguments, message", [
    ((10, 0, 3), "validation = 0"), ((10, 3, 0), "test = 0"), ((10, 5, 5), "n = 10"), ((10, -2, 3), "validation = -2"),
    ((10.0, 2, 3), r"integers, got \(10.0, 2, 3\)"), ((10, 0.2, 3), r"integers, got \(10, 0.2, 3\)"),
])
def test_every_part_needs_examples(arguments, message):
    with pytest.raises(ValueError, match=message):
        deal(*arguments, np.random.default_rng(0))


# The experiment's training

def test_the_images_are_the_classic_ones_and_the_parts_disjoint():
    parts = split()
    assert [len(y) for _, y in parts] == [1000, 1000, 3000]
    np.testing.assert_array_equal(np.bincount(parts[TRAIN][1]), COUNTS)
    np.testing.assert_array_equal(np.bincount(parts[VALIDATION][1]), 100)
    images = {x.tobytes() for inputs, _ in parts for x in inputs}
    assert len(images) == 5000, "no image is in two parts"
    assert all(x.min() == 0 and x.max() == 1 for x, _ in parts)


@pytest.mark.parametrize("decay", [0.0, 0.01])
def test_nets_side_by_side_learn_what_the_one_small_network_learns(decay):
    """The same draws and order, one net, through snippets/network.py."""
    scales, examples = ("normal", "scaled"), 40
    record = train(7, scales, [decay, decay], looks=[0, 2], examples=examples)
    for net, scale in enumerate(scales):
        rng = np.random.default_rng(7)
        x, y = split()[TRAIN]
        few = rng.permutation(len(x))[:examples]
        x, y = x[few], np.eye(10)[y[few]]
        w, b, v, c = _mnist.start(rng, [scale])
        layers = [(w, b[0, 0]), (v[0], c[0, 0])]
        for _ in range(2):
            order = rng.permutation(examples)
            for i in range(0, examples, BATCH):
                rows = order[i:i + BATCH]
                _, gradients = network.loss_and_gradients(layers, x[rows], y[rows], "sigmoid", activation="sigmoid")
                layers = network.descend([(w * (1 - decay), b) for w, b in layers], gradients, LR)
        loss, _ = network.loss_and_gradients(layers, x, y, "sigmoid", activation="sigmoid")
        assert record.loss[-1, net, TRAIN] == pytest.approx(loss, rel=1e-6)
        test_x, test_y = split()[TEST]
        scores, _ = network.forward(layers, test_x, "sigmoid")
        assert record.right[-1, net, TEST] == np.mean(scores.argmax(axis=1) == test_y)
        assert record.size[-1, net] == pytest.approx(np.sqrt(np.mean(layers[0][0] ** 2)), rel=1e-6)


# What the page says

def test_training_is_perfect_and_the_test_is_not(fact):
    assert fact("normal_train") == fact("scaled_train") == 1
    assert 0.82 < fact("normal_test_low") <= fact("normal_test_high") < 0.835


def test_test_loss_turns_early(fact):
    assert 10 <= fact("normal_first") <= fact("normal_latest") <= 20
    assert fact("normal_end_loss") > 1.3 * fact("normal_best_loss")


def test_stopping_lowers_the_loss_and_not_the_number_of_errors(fact):
    assert fact("normal_restored_loss") < fact("normal_end_loss")
    assert fact("normal_restored_right") < fact("normal_test")


def test_at_the_best_epoch_the_gap_is_open_already_and_grows_further():
    for record in _mnist.runs():
        loss = record.loss[:, list(_mnist.NETS).index("normal")]
        best = loss[:, VALIDATION].argmin()
        gap = loss[:, TEST] - loss[:, TRAIN]
        assert 0.5 < gap[best] < 0.7 * gap[-1]


def test_the_start_gains_more_than_any_patience(fact):
    assert fact("scaled_test_low") > fact("normal_test_high") + 0.03
    assert fact("scaled_test_low") > fact("normal_restored_right") + 0.03


def test_random_labels_are_fitted_and_mean_nothing(fact):
    assert fact("shuffled_train") == 1
    assert fact("shuffled_test") == pytest.approx(0.1, abs=0.03)


def test_more_images_give_more_right_answers(fact):
    assert fact("few_250_test") < fact("few_500_test") < fact("all_test")


def test_a_run_that_has_hardly_begun_is_bad_on_both_sides(fact):
    assert fact("low_train") < 0.6 and fact("low_train") - fact("low_test") < 0.1


def test_the_demo_needs_its_copy(fact):
    assert fact("demo_restored") < 0.6 * fact("demo_end")
    assert fact("demo_reference") == fact("demo_end")
