"""The snippets compute what PyTorch computes (recorded, see make_pytorch.py).

Tolerance. Both sides are float64 and differ in the order of a few roundings:
1e-15 absolute is some units in the last place of a number near 1 (a - y, or
1 - a, cancels to that), 1e-12 relative leaves room for losses near 1000 and
for 300 steps. A float32 anywhere (1e-7), a mean instead of a sum, a lost
factor or an epsilon that matters would miss it by far.
"""
import importlib
import json
from pathlib import Path

import numpy as np
import pytest

RELATIVE, ABSOLUTE = 1e-12, 1e-15

CASES = [pytest.param(case, id=f"{case['call']}: {case['case']}")
         for path in sorted(Path(__file__).parent.glob("*.json"))
         for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
         if not case["call"].startswith("torch.")]


def run(case, wrap=np.array):
    """The snippet's results for a recorded case, by the recorded names."""
    module, function = case["call"].split(".")
    inputs = {k: wrap(v) if isinstance(v, list) else v
              for k, v in case["inputs"].items()}
    result = getattr(importlib.import_module(f"snippets.{module}"),
                     function)(**inputs)
    if hasattr(result, "_asdict"):
        return {name: getattr(result, name) for name in case["outputs"]}
    result = result if isinstance(result, tuple) else (result,)
    return dict(zip(case["outputs"], result, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_equals_pytorch(case):
    for name, value in run(case).items():
        if "every" in case:
            value = value[::case["every"]]
        expected = np.array(case["outputs"][name])
        assert np.shape(value) == expected.shape, name
        np.testing.assert_allclose(value, expected, RELATIVE, ABSOLUTE,
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
