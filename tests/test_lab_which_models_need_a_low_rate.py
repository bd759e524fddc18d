"""Low rates: what the sharpness predicts, and where it does not."""
import numpy as np
import pytest

from docs.builder import labs
from snippets.gradient_descent import gradient_descent


@pytest.fixture(scope="module")
def lab():
    """The lab's functions, without its long cells."""
    cells, space = labs.cells("which_models_need_a_low_rate"), {}
    for name in ("load", "functions"):
        exec(cells[name], space)
    return space


def test_joined_gradient_is_that_of_the_loss(lab):
    w, loss, grad = lab["net"](hidden=(5, 4), activation="sigmoid", norm="layer", offset=0.5)
    rng = np.random.default_rng(1)
    for _ in range(3):
        v = rng.normal(size=w.shape)
        slope = (loss(w + 1e-5 * v) - loss(w - 1e-5 * v)) / 2e-5
        assert grad(w) @ v == pytest.approx(slope, rel=1e-6)


def test_prediction_holds_for_a_linear_net_by_its_inputs(lab):
    """Without a hidden layer the sharpness is that of A^T A / n: descent fails right beyond 2 over it."""
    w, loss, grad = lab["net"](hidden=(), offset=1.0)
    a = np.column_stack([lab["x"] + 1, np.ones(len(lab["x"]))])
    limit = 2 / np.linalg.eigvalsh(a.T @ a / len(a))[-1]
    assert loss(gradient_descent(grad, w, 0.98 * limit, 400)[-1]) < loss(w)
    assert loss(gradient_descent(grad, w, 1.02 * limit, 400)[-1]) > loss(w)


def test_after_training_the_prediction_is_near_and_at_the_start_too_low(fact):
    assert 0.8 < fact("line_low") < 1 < fact("line_high") < 2
    assert 1 < fact("line_middle") < 1.3 < 2 < fact("start_middle")
    assert fact("start_low") > 1


def test_what_lowers_the_rate_and_what_does_not(fact):
    assert fact("shift_times") > 10
    assert fact("batch_shifted") == pytest.approx(fact("batch"), rel=0.15)
    assert fact("layer_shifted") < fact("layer") / 3
    assert max(fact("batch"), fact("layer")) < fact("base")
    assert fact("residual_six") < fact("depth_six") < fact("depth_one")
    assert fact("width_low") < fact("width_high")
    assert fact("weights_large") < fact("base") / 4


def test_longer_trials_explain_one_net_and_not_the_other(fact):
    assert fact("sigmoid_short") > 1.2 and fact("sigmoid_long") == pytest.approx(1, abs=0.1)
    assert fact("batch_long") > 1.2


def test_run_beyond_the_limit_escapes_to_a_flatter_place(fact):
    assert fact("escape_rise") > fact("escape_dip")
    assert fact("escape_last") < fact("escape_first") / 5
    assert fact("escape_end") == pytest.approx(fact("escape_limit"), rel=0.15)
    assert fact("escape_start") > 1.8 * fact("escape_limit")


def test_unfinished_iteration_explains_the_wide_net(fact):
    assert fact("wide_ratio") < 0.95 and fact("wide_finer") == pytest.approx(1, abs=0.1)
    assert fact("half_after") < 0.9 * fact("half_before")


def test_prediction_is_a_safe_rate_and_not_the_best_one(fact):
    assert 0 < fact("burst") < fact("below")
    assert fact("shared_better") > fact("both") / 2
