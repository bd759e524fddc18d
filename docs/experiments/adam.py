"""Adam: its first steps, its reaction to a large gradient, and the explosion after a long calm."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, panels, ticks
from docs.experiments._change import changed
from snippets import adam as snippet
from snippets.adagrad import adagrad
from snippets.adam import adam, adamw
from snippets.rmsprop import rmsprop

# The turned valley: 0.01 along, 100 across, turned by 0.02 rad; the start in its own axes.
CURVATURES, ANGLE, START, LR, STEPS = np.array([0.01, 100.0]), 0.02, np.array([-500.0, 1.0]), 0.1, 20_000
EPS = 1e-12
SAME = 2000  # where rates that fall have reached LR
TURN = np.array([[np.cos(ANGLE), -np.sin(ANGLE)], [np.sin(ANGLE), np.cos(ANGLE)]])
HESSIAN = TURN @ np.diag(CURVATURES) @ TURN.T
STEP = np.arange(1, STEPS + 1)

TINY, CALM = 1e-4, 1000  # the calm before the large gradient
BETA2 = Slider((0.9, 0.99, 0.999, 0.9999, 1), at=1)
POWER = Slider((0, 0.1, 0.2, 0.3, 0.4, 0.5), at=0)


def run():
    first = changed(snippet, "mean = m / (1 - beta1**t)", "mean = m")
    uncorrected = changed(snippet, "size = np.sqrt(v / (1 - beta2**t))", "size = np.sqrt(v)")
    neither = _without_correction()
    return {
        "first_sizes": {size: _steps(adam, [size])[0] for size in (1e6, 1.0, 1e-6, 1e-8)},
        "corrected": _steps(adam, np.ones(60)),
        "plain": _steps(neither, np.ones(3000)),
        "only_mean": _steps(first.adam, np.ones(1))[0],
        "only_size": _steps(uncorrected.adam, np.ones(1))[0],
        "calm": {"adam": _calm(adam), "rmsprop": _calm(rmsprop, decay=0.9, eps=0.0), "adagrad": _calm(adagrad, eps=0.0),
                 "mean": _calm(adagrad, lr=np.sqrt(np.arange(1, CALM + 101)), eps=0.0)},
        "mean": _history(_averaged(1.0, 0.0)), "sum": _history(_averaged(1.0, 0.5)),
        "linear": _history(_mean_square(LR * (1 - (STEP - 1) / STEPS)), LR * (1 - (STEP - 1) / STEPS)),
        "grid": {(beta2, power): _summary(*_history(_averaged(beta2, power), LR * (SAME / STEP)**power, beta2))
                 for beta2 in BETA2.values for power in POWER.values},
        "decayed": _decayed(),
    }
