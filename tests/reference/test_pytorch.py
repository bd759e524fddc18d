"""The snippets compute what PyTorch computes (recorded, see make_pytorch.py).

Tolerance. Both sides are float64 and differ in the order of a few roundings:
1e-15 absolute is some units in the last place of a number near 1 (a - y, or
1 - a, cancels to that), 1e-12 relative leaves room for losses near 1000 and
for 300 steps. A float32 anywhere (1e-7), a mean instead of a sum, a lost
factor or an epsilon that matters would miss it by far. Gradients of a network
are sums over layers and examples: 1e-13 absolute, where entries are near 1
(the bias in front of a batch norm has a gradient of 0, up to rounding).

Conventions of torch.optim, where they are not those of the snippets:
- SGD multiplies the velocity by the rate of the step, v <- beta v + g and
  w <- w - lr v, the snippet each gradient by its own: the same while the rate
  is constant, hence no schedule with momentum here.
- SGD(nesterov=True) holds the point where the gradient is taken, w + beta v.
- Adagrad and RMSprop add eps to the root, the snippets inside: eps is 0 here.
- AdamW multiplies the decay by lr, and so does the snippet.
"""
import importlib
import json
from pathlib import Path

import numpy as np
import pytest

RELATIVE, ABSOLUTE, OF_NETWORKS = 1e-12, 1e-15, 1e-13

X = np.array([338, 333, 328, 207, 226, 25, 179, 60, 208, 606]) / 100
Y = np.array([640, 633, 619, 393, 428, 27, 193, 66, 226, 1591]) / 100


def ten_points(w):
    r = w[0] + w[1] * X - Y
    return 2 * np.array([r.mean(), (r * X).mean()])


def two_weights(w):
    x, y = np.array([-1.5, -0.5, 0.4, 2.0]), np.array([-0.9, -0.2, 0.5, 1.1])
    a = np.tanh(w[0] * x)
    r = w[1] * a - y
    return 2 * np.array([(r * w[1] * (1 - a * a) * x).mean(), (r * a).mean()])


GRADIENTS = {"valley": lambda w: np.array([0.2, 4.0]) * w,
             "ten_points": ten_points, "two_weights": two_weights}

CASES = [pytest.param(case, id=f"{case['call']}: {case['case']}")
         for path in sorted(Path(__file__).parent.glob("*.json"))
         for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
         if not case["call"].startswith("torch.")]


def run(case, wrap=np.array):
    """The snippet's results for a recorded case, by the recorded names."""
    module, function = case["call"].split(".")
    inputs = {k: wrap(v) if isinstance(v, list) and k != "layers" else v
              for k, v in case["inputs"].items()}
    if "layers" in inputs:                    # one (w, b) a layer, of any size
        inputs["layers"] = [(wrap(w), wrap(b)) for w, b in inputs["layers"]]
    if "problem" in inputs:
        inputs["grad"] = GRADIENTS[inputs.pop("problem")]
    result = getattr(importlib.import_module(f"snippets.{module}"),
                     function)(**inputs)
    if function == "nesterov":
        result[1:] += inputs["beta"] * np.diff(result, axis=0)
    if function == "loss_and_gradients":
        loss, gradients = result
        result = loss, np.concatenate([g.ravel() for pair in gradients
                                       for g in pair])
    if hasattr(result, "_asdict"):
        return {name: getattr(result, name) for name in case["outputs"]}
    result = result if isinstance(result, tuple) else (result,)
    return dict(zip(case["outputs"], result, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_equals_pytorch(case):
    absolute = OF_NETWORKS if case["call"].startswith("network.") else ABSOLUTE
    for name, value in run(case).items():
        if "every" in case:
            value = value[::case["every"]]
        expected = np.array(case["outputs"][name])
        assert np.shape(value) == expected.shape, name
        np.testing.assert_allclose(value, expected, RELATIVE, absolute,
                                   err_msg=name)


@pytest.mark.parametrize("case", CASES)
def test_inputs_are_left_alone(case):
    def read_only(values):
        array = np.array(values)
        array.setflags(write=False)      # a write would raise
        return array

    run(case, wrap=read_only)


def test_float32_would_be_noticed():
    case = next(c.values[0] for c in CASES if c.values[0]["case"] == "random")
    with pytest.raises(AssertionError):
        for name, value in run(case, wrap=np.float32).items():
            np.testing.assert_allclose(value, case["outputs"][name],
                                       RELATIVE, ABSOLUTE)
