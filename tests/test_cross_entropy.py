"""Cross-entropy takes the slope of the output neuron out of the gradient."""
import difflib
import inspect
import json
import math
import warnings
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest

from snippets import cross_entropy, learning_slowdown
from snippets.cross_entropy import binary_cross_entropy, sigmoid, train_neuron
from snippets.learning_slowdown import quadratic_loss

WRONG = dict(w=0.6, b=0.9)
BADLY_WRONG = dict(w=2.0, b=2.0)


def slope_along(f, z, direction, h=1e-5):
    """Centred difference of the sum of f along a direction."""
    return np.sum(f(z + h * direction) - f(z - h * direction)) / (2 * h)


def exact_loss(z, y):
    with localcontext(prec=400):
        z, y = Decimal(z), Decimal(y)
        a = 1 / (1 + (-z).exp())
        return -y * a.ln() - (1 - y) * (1 - a).ln()


# The experiment

@pytest.mark.parametrize("start", [WRONG, BADLY_WRONG])
def test_same_starts_end_near_one_percent(start):
    assert train_neuron(**start).a[300] == pytest.approx(0.012, abs=0.0005)


@pytest.mark.parametrize("start, end", [(WRONG, 0.418), (BADLY_WRONG, 0.780)])
def test_ends_at_a_rate_of_5_thousandths(start, end):
    a = train_neuron(**start, lr=0.005).a
    assert a[300] == pytest.approx(end, abs=0.0005)


def test_badly_wrong_neuron_learns_faster_at_first():
    wrong, badly_wrong = train_neuron(**WRONG), train_neuron(**BADLY_WRONG)
    assert badly_wrong.dw[0] > wrong.dw[0]
    assert np.all(np.diff(badly_wrong.dw) < 0)     # and ever slower after


@pytest.mark.parametrize("start, end", [(WRONG, 0.040), (BADLY_WRONG, 0.048)])
def test_numbers_of_the_well_known_demo_come_from_a_wrong_descent(start, end):
    w, b = start["w"], start["b"]
    for _ in range(300):
        da = 1 / (1 - sigmoid(w + b))              # dL/da instead of dL/dz
        w, b = w - 0.005 * da, b - 0.005 * da
    assert sigmoid(w + b) == pytest.approx(end, abs=0.0005)
    right = train_neuron(**start, lr=0.005).a[300]
    assert right > 10 * sigmoid(w + b)


def test_programs_of_both_losses_differ_in_one_line():
    one, other = (inspect.getsource(module.train_neuron).splitlines()
                  for module in (learning_slowdown, cross_entropy))
    changed = [line for line in difflib.ndiff(one, other) if line[0] in "+-"]
    assert [line.split() for line in changed] == [
        ["-", "loss,", "dz", "=", "quadratic_loss(z,", "y)"],
        ["+", "loss,", "dz", "=", "binary_cross_entropy(z,", "y)"]]


# The cause

def test_gradient_is_error_however_wrong():
    z = np.linspace(-30, 30, 61)
    for y in (0.0, 0.3, 1.0):
        _, dz = binary_cross_entropy(z, y)
        np.testing.assert_allclose(dz, 1 / (1 + np.exp(-z)) - y, 0, 1e-15)


def test_gradient_of_the_output_is_57_times_that_of_quadratic_loss():
    z = math.log(0.982 / 0.018)
    ratio = binary_cross_entropy(z, 0)[1] / quadratic_loss(z, 0)[1]
    assert ratio == pytest.approx(57, abs=0.5)
    assert ratio == pytest.approx(1 / (0.982 * 0.018), rel=1e-12)


def chain(w1, b1, w2, b2, loss, x=1.0, y=0.0):
    """Two sigmoid neurons in a row, 1-1-1; loss is a function of (z, y)."""
    return loss(w2 * sigmoid(w1 * x + b1) + b2, y)[0]


def hidden_gradient(start, loss, h=1e-5):
    """dL/dw1 by centred differences: no backpropagation to get wrong."""
    w1, *rest = start
    return (chain(w1 + h, *rest, loss) - chain(w1 - h, *rest, loss)) / (2 * h)


def test_hidden_layer_is_rid_of_the_slope_of_the_output():
    start = (0.5, -0.2, 3.0, 2.3)
    a = sigmoid(3.0 * sigmoid(0.3) + 2.3)
    ratio = (hidden_gradient(start, binary_cross_entropy)
             / hidden_gradient(start, quadratic_loss))
    assert a > 0.98
    assert ratio == pytest.approx(1 / (a * (1 - a)), rel=1e-6)
    assert ratio > 50


def test_hidden_layer_keeps_its_own_slope():
    """Same output, same error; only the hidden neuron is saturated."""
    free = (0.0, 0.0, 2.0, 3.0)                    # hidden output 0.5
    stuck = (0.0, 9.0, 2.0, 4.0 - 2.0 * float(sigmoid(9.0)))
    assert chain(*free, binary_cross_entropy) == pytest.approx(
        chain(*stuck, binary_cross_entropy), rel=1e-12)
    slope = float(sigmoid(9.0) * sigmoid(-9.0))
    assert slope < 1.3e-4
    assert hidden_gradient(stuck, binary_cross_entropy) == pytest.approx(
        hidden_gradient(free, binary_cross_entropy) * slope / 0.25, rel=1e-5)


def gradient_with(squash, z, h=1e-5):
    """d/dz of cross-entropy for y = 0 behind another squashing output."""
    return -(math.log(1 - squash(z + h)) - math.log(1 - squash(z - h))) / 2 / h


def arctan_output(z):
    return 0.5 + math.atan(z) / math.pi


def test_cancellation_needs_the_slope_a_times_1_minus_a():
    assert gradient_with(sigmoid, 4.0) == pytest.approx(sigmoid(4.0), rel=1e-8)
    gradient = gradient_with(arctan_output, 4.0)
    assert gradient < 0.3 * arctan_output(4.0)


def test_arctan_output_is_slow_under_cross_entropy_too():
    outputs = [arctan_output(z) for z in (1.0, 10.0, 100.0)]
    gradients = [gradient_with(arctan_output, z) for z in (1.0, 10.0, 100.0)]
    assert outputs == sorted(outputs)              # worse and worse
    assert gradients == sorted(gradients, reverse=True)
    assert gradients[2] == pytest.approx(1 / 100, rel=0.01)      # about 1 / z


def test_tanh_output_cancels_up_to_a_factor_two():
    """(1 + tanh z) / 2 is sigmoid(2 z): slope 2 a (1 - a), gradient 2 a."""
    def output(z):
        return (1 + math.tanh(z)) / 2

    for z in (-1.0, 0.5, 3.0):
        assert gradient_with(output, z) == pytest.approx(2 * output(z), 1e-6)


def test_probit_output_even_overshoots():
    """Slope of the normal distribution: the gradient grows with the error."""
    def output(z):
        return math.erfc(-z / math.sqrt(2)) / 2

    assert gradient_with(output, 4.0) > 4.0


# The functions

def test_gradient_agrees_with_finite_differences():
    rng = np.random.default_rng(1)
    z, y = rng.normal(0, 3, (4, 5)), rng.uniform(0, 1, (4, 5))
    _, dz = binary_cross_entropy(z, y)
    for _ in range(10):
        direction = rng.normal(size=z.shape)
        slope = slope_along(lambda v: binary_cross_entropy(v, y)[0], z,
                            direction)
        assert np.sum(dz * direction) == pytest.approx(slope, rel=1e-7)


def test_weight_gradient_agrees_with_finite_differences():
    h, arguments = 1e-5, dict(b=0.4, x=-1.7, y=0.3, epochs=0)
    below, at, above = (train_neuron(w=w, **arguments)
                        for w in (0.8 - h, 0.8, 0.8 + h))
    slope = (above.loss[0] - below.loss[0]) / (2 * h)
    assert at.dw[0] == pytest.approx(slope, rel=1e-7)


def test_history_has_the_start_and_one_entry_an_epoch():
    run = train_neuron(**WRONG)
    assert {v.shape for v in run} == {(301,)}
    assert (run.w[0], run.b[0]) == (0.6, 0.9)


def test_guessing_costs_ln_2():
    for y in (0, 0.5, 1):
        assert binary_cross_entropy(0, y)[0] == pytest.approx(math.log(2))


@pytest.mark.parametrize("y", [0.0, 1.0])
def test_loss_is_as_accurate_as_it_says(y):
    for z in (-700.0, -40.0, -1.0, -1e-9, 0.0, 0.3, 5.0, 40.0, 700.0):
        loss = Decimal(float(binary_cross_entropy(z, y)[0]))
        assert abs(loss / exact_loss(z, y) - 1) < Decimal("4e-16")


def test_loss_of_a_soft_target_is_as_accurate_as_it_says():
    for y in (1e-9, 0.3, 1 - 1e-9):
        for z in (-700.0, -40.0, 0.3, 40.0, 700.0):
            loss = Decimal(float(binary_cross_entropy(z, y)[0]))
            error = abs(loss - exact_loss(z, y))
            assert error < Decimal(3e-16 * max(1, abs(z)))


def test_extreme_logits_stay_finite_and_warn_of_nothing():
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise"):
        warnings.simplefilter("error")
        loss, dz = binary_cross_entropy([-1000, -1000, 1000, 1000],
                                        [0, 1, 0, 1])
    np.testing.assert_array_equal(loss, [0, 1000, 1000, 0])
    np.testing.assert_array_equal(dz, [0, -1, 1, 0])


def test_textbook_formula_is_infinite_where_ours_is_right():
    a = 1 / (1 + np.exp(-40.0))                    # rounds to 1
    with np.errstate(divide="ignore"):
        assert -np.log(1 - a) == np.inf
    assert binary_cross_entropy(40.0, 0)[0] == pytest.approx(40.0, rel=1e-15)


def test_epsilon_caps_the_loss_at_36_nats_and_stops_the_learning():
    def with_epsilon(z):
        return -np.log(1 - sigmoid(z) + np.finfo(float).eps)

    assert with_epsilon(1000.0) == pytest.approx(36.04, abs=0.005)
    assert slope_along(with_epsilon, np.array([1000.0]), np.ones(1)) == 0
    loss, dz = binary_cross_entropy(1000.0, 0)
    assert (loss, dz) == (1000.0, 1.0)


def test_pytorch_capped_loss_of_probabilities_differs_from_ours():
    """Recorded: fed with sigmoid(z), PyTorch says 100, with gradient 0."""
    path = Path(__file__).parent / "reference" / "slowdown.json"
    [case] = [c for c in json.loads(path.read_text())["cases"]
              if c["call"] == "torch.nn.functional.binary_cross_entropy"]
    loss, dz = binary_cross_entropy(**case["inputs"])
    assert case["inputs"]["z"] == [4, 40, 1000]
    assert case["outputs"]["loss"][0] == pytest.approx(loss[0], rel=1e-12)
    assert case["outputs"]["loss"][1:] == [100, 100]
    assert case["outputs"]["dz"][1:] == [0, 0]
    np.testing.assert_allclose(loss[1:], [40, 1000], rtol=1e-15)
    np.testing.assert_array_equal(dz[1:], [1, 1])


def test_history_has_the_shape_of_the_other_program():
    ours, theirs = (module.train_neuron([0.6, 2.0], 0.9, epochs=5)
                    for module in (cross_entropy, learning_slowdown))
    assert ours._fields == theirs._fields
    assert [v.shape for v in ours] == [v.shape for v in theirs] == [(6, 2)] * 5


BAD = [
    (sigmoid, dict(z=[]), "z must not be empty"),
    (sigmoid, dict(z=np.nan), "z must be finite, got nan"),
    (binary_cross_entropy, dict(z=[], y=[]), "z must not be empty"),
    (binary_cross_entropy, dict(z=np.inf, y=1), "z must be finite, got inf"),
    (binary_cross_entropy, dict(z=1j, y=1), "z must be numbers"),
    (binary_cross_entropy, dict(z=0, y=2), "y must be from 0 to 1, got 2"),
    (binary_cross_entropy, dict(z=0, y=-1), "y must be from 0 to 1, got -1"),
    (binary_cross_entropy, dict(z=0, y=np.nan), "y must be.*got nan"),
    (binary_cross_entropy, dict(z=0, y="cat"), "y must be numbers, got 'cat'"),
    (binary_cross_entropy, dict(z=[0, 1, 2], y=[0, 1]), r"z \(3,\), y \(2,\)"),
    (train_neuron, dict(w=np.nan, b=0), "w must be finite, got nan"),
    (train_neuron, dict(w=0, b=np.inf), "b must be finite, got inf"),
    (train_neuron, dict(w=0, b=0, x=np.nan), "x must be finite, got nan"),
    (train_neuron, dict(w=0, b=0, y=1.1), "y must be from 0 to 1, got 1.1"),
    (train_neuron, dict(w=0, b=0, lr=0), "lr must be positive"),
    (train_neuron, dict(w=0, b=0, lr=np.inf), "lr must be positive.*inf"),
    (train_neuron, dict(w=0, b=0, lr=[0.1, -1]), "lr must be positive.*-1"),
    (train_neuron, dict(w=[0, 1], b=[0, 1, 2]), r"w \(2,\), b \(3,\)"),
    (train_neuron, dict(w=0, b=0, epochs=-1), "epochs must be.*-1"),
    (train_neuron, dict(w=0, b=0, epochs=1.5), "epochs must be.*1.5"),
]


@pytest.mark.parametrize("function, arguments, message", BAD)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(**arguments)
