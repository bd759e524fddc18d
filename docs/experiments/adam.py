"""Adam: its first steps, its reaction to a large gradient, and the explosion after a long calm."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, panels, ticks
from docs.experiments import _bursts
from docs.experiments._change import changed
from snippets import adam as snippet
from snippets.adagrad import adagrad
from snippets.adam import adam, adamw
from snippets.rmsprop import rmsprop

# A valley turned by a little; curvatures and start along its own axes.
CURVATURES, START, ANGLE = np.array([0.01, 100.0]), np.array([-500.0, 1.0]), 0.02
LR, STEPS, EPS = 0.1, 20_000, 1e-12
STEP = np.arange(1, STEPS + 1)
SAME = 2000  # the step at which rates that fall pass LR
LINEAR = LR * (1 - (STEP - 1) / STEPS)

ADAM_LIMIT = 2 * (1 + 0.9) / (1 - 0.9)
ADAMS = {"plain": (LR, 0.999, EPS), "half": (LR / 2, 0.999, EPS), "linear": (LINEAR, 0.999, EPS),
         "short": (LR, 0.99, EPS), "eps": (LR, 0.999, 0.3)}  # rate, beta2, eps: Adam as it is, and four remedies

CALM, TINY, AFTER = 1000, 1e-4, 60  # tiny gradients, their size, then gradients of 1
DECAY, DECAY_LR, DECAY_STEPS = 0.1, 0.01, 4000
BIN = 100  # steps that a play figure draws as one
BETA2 = Slider((0.9, 0.99, 0.999, 0.9999, 1), at=1)
POWER = Slider((0, 0.25, 0.5), at=0)

BOTH = "mean = m / (1 - beta1**t)\n        size = np.sqrt(v / (1 - beta2**t))"
NEITHER = "mean = m\n        size = np.sqrt(v)"


def run():
    neither, no_size = changed(snippet, BOTH, NEITHER).adam, changed(snippet, "np.sqrt(v / (1 - beta2**t))\n", "np.sqrt(v)\n").adam
    grown = np.sqrt(np.arange(1, CALM + AFTER + 1))
    return {
        "mean": averaged(1, LR), "sum": averaged(1, LR * (SAME / STEP) ** 0.5), "linear": averaged(1, LINEAR),
        "adam": {name: averaged(beta2, rates, beta1=0.9, eps=eps) for name, (rates, beta2, eps) in ADAMS.items()},
        "bursts": _bursts.bursts(CURVATURES, START, ANGLE, LR, STEPS)[0],
        "straight": averaged(1, LR, angle=0.0), "nearly": averaged(1, LR, angle=1e-12),
        "grid": {(beta2, power): averaged(beta2, LR * (SAME / STEP) ** power)
                 for beta2 in BETA2.values for power in POWER.values},
        "corrected": _steps(adam, np.ones(3000)), "neither": _steps(neither, np.ones(3000)),
        "no_size": _steps(no_size, np.ones(1)),
        "tiny": _steps(adam, [1e-8]),
        "calm": {"adam": _calm(adam), "rmsprop": _calm(rmsprop, eps=0.0), "adagrad": _calm(adagrad, eps=0.0),
                 "mean": _calm(adagrad, lr=grown, eps=0.0)},
        "penalty": adam(_noise(DECAY), np.full(3, 5.0), DECAY_LR, DECAY_STEPS)[-1],
        "decoupled": adamw(_noise(0.0), np.full(3, 5.0), DECAY_LR, DECAY_STEPS, weight_decay=DECAY)[-1],
    }


def averaged(beta2, rates, beta1=0.0, angle=ANGLE, eps=EPS):
    """Loss at each step and lr times effective sharpness, on the turned valley.

    beta2 = 1 stands for the plain mean of all squares. That is Adagrad whose
    rate grows like sqrt(t), as the mean is the sum over t.
    """
    turn, hessian = _valley(angle)
    rates = np.broadcast_to(rates, STEPS)
    run = (lambda w: hessian @ w), turn @ START
    if beta2 == 1:
        path = adagrad(*run, rates * np.sqrt(STEP), STEPS, eps=eps**2)
        v = np.cumsum((path[:-1] @ hessian) ** 2, axis=0) / STEP[:, None]
    else:
        path = adam(*run, rates, STEPS, beta1, beta2, eps)
        v, old = np.empty((STEPS, 2)), 0.0
        for t, g in enumerate(path[:-1] @ hessian):
            old = beta2 * old + (1 - beta2) * g**2
            v[t] = old / (1 - beta2 ** (t + 1))
    return {"loss": (path @ turn) ** 2 @ CURVATURES / 2, "sharpness": rates * _largest(hessian, np.sqrt(v) + eps)}


def _valley(angle):
    """Its axes as columns, and its Hessian."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    return turn, turn @ np.diag(CURVATURES) @ turn.T


def _largest(hessian, size):
    """Largest eigenvalue of D^-1/2 H D^-1/2 for each row of D, two parameters."""
    a, d, b = hessian[0, 0] / size[:, 0], hessian[1, 1] / size[:, 1], hessian[0, 1] / np.sqrt(size.prod(axis=1))
    return (a + d) / 2 + np.hypot((a - d) / 2, b)


def _steps(optimizer, gradients, lr=1.0, **more):
    """Steps in units of lr, whatever the path is."""
    given = iter([gradients[0], *gradients])  # the first is asked for twice: once to check its shape
    return -np.diff(optimizer(lambda w: np.array(next(given)), 0.0, lr, len(gradients), **more))


def _calm(optimizer, **more):
    return _steps(optimizer, np.r_[np.full(CALM, TINY), np.ones(AFTER)], **more)[CALM - 10:]


def _noise(penalty):
    """No slope, only noise of three sizes, and the gradient of penalty w**2 / 2: as in the snippet's demo."""
    rng, sizes = np.random.default_rng(0), np.array([100.0, 1.0, 0.01])
    return lambda w: sizes * rng.choice([-1, 1], 3) + penalty * w


def _rises(loss):
    return np.flatnonzero(np.diff(loss) > 0) + 1


def _order(value):
    """A run that is chaotic has orders of magnitude, no digits."""
    return 10.0 ** np.round(np.log10(value)), ".0e"


def _cross(run):
    """The step at which Adam's left side passes its limit; None: it never does."""
    beyond = run["sharpness"] > ADAM_LIMIT
    return np.argmax(beyond) + 1 if beyond.any() else None


def _burst(loss, start=100):
    """The worst rise after the first steps: the lowest loss so far, and where it rose to."""
    lowest = np.minimum.accumulate(loss)
    worst = start + np.argmax(loss[start:] / lowest[start:])
    return lowest[worst], loss[worst]


def facts(r):
    mean, linear = r["mean"], r["linear"]
    first_rise = _rises(mean["loss"])[0]
    adams = r["adam"]
    adam_low, adam_high = _burst(adams["plain"]["loss"])
    adam_late = adams["plain"]["sharpness"][STEPS // 2:]
    return {
        "lr": (LR, ".1f"),
        "steps": (STEPS, ".0f"),
        "flat": (CURVATURES[0], ".2f"),
        "steep": (CURVATURES[1], ".0f"),
        "angle": (ANGLE, ".2f"),
        "cross": (np.argmax(mean["sharpness"] > 2) + 1, ".0f"),
        "rise": (first_rise, ".0f"),
        "rises": (float(f"{len(_rises(mean['loss'])):.0e}"), ".0f"),
        "burst": (_bursts.one_digit(np.median(r["bursts"])), ".0f"),
        "burst_least": (_bursts.one_digit(r["bursts"].min()), ".0f"),
        "burst_most": (_bursts.one_digit(r["bursts"].max()), ".0f"),
        "burst_runs": (_bursts.RUNS, ".0f"),
        "sharpness_start": (mean["sharpness"][0], ".2g"),
        "sharpness_rise": (mean["sharpness"][first_rise - 1], ".1f"),
        "same": (SAME, ".0f"),
        "sum_rises": ((_rises(r["sum"]["loss"]) > 100).sum(), ".0f"),
        "sum_sharpness": (r["sum"]["sharpness"][100:].max(), ".2f"),
        "sum_end": _order(r["sum"]["loss"][-1]),
        "linear_rises": (len(_rises(linear["loss"])), ".0f"),
        "linear_worst": (np.max(linear["loss"][1:] / np.minimum.accumulate(linear["loss"][:-1])), ".3f"),
        "linear_sharpness": (linear["sharpness"].max(), ".2f"),
        "straight_rises": (len(_rises(r["straight"]["loss"])), ".0f"),
        "nearly_rises": (float(f"{len(_rises(r['nearly']['loss'])):.0e}"), ".0f"),
        "adam_least": (adam_late.min(), ".0f"),
        "adam_most": (adam_late.max(), ".0f"),
        "adam_beyond": (np.mean(adam_late > ADAM_LIMIT), ".0%"),
        "memory": (1 / (1 - 0.999), ".0f"),
        "adam_low": _order(adam_low),
        "adam_high": _order(adam_high),
        "adam_cross": (_cross(adams["plain"]), ".0f"),
        "half_cross": (_cross(adams["half"]), ".0f"),
        "linear_cross": (_cross(adams["linear"]), ".0f"),
        "short_beta2": (ADAMS["short"][1], ".2f"),
        "short_cross": (_cross(adams["short"]), ".0f"),
        "eps_large": (ADAMS["eps"][2], ".1f"),
        "eps_most": (adams["eps"]["sharpness"].max(), ".0f"),
        "first": (r["corrected"][0], ".3f"),
        "first_tiny": (r["tiny"][0], ".2f"),
        "first_neither": (r["neither"][0], ".3f"),
        "first_no_size": (r["no_size"][0], ".1f"),
        "neither_peak": (r["neither"].max(), ".1f"),
        "neither_peak_at": (np.argmax(r["neither"]) + 1, ".0f"),
        "neither_2000": (r["neither"][1999], ".2f"),
        "calm": (CALM, ".0f"),
        "calm_adam": (r["calm"]["adam"][10], ".2f"),
        "calm_rmsprop": (r["calm"]["rmsprop"][10], ".2f"),
        "calm_adagrad": (r["calm"]["adagrad"][10], ".2f"),
        "calm_mean": (r["calm"]["mean"][10], ".1f"),
        "calm_adam_most": (r["calm"]["adam"].max(), ".1f"),
        "penalty_left": (r["penalty"][0], ".1f"),
        "decoupled_left": (r["decoupled"][0], ".1f"),
        "decay": (DECAY, ".1f"),
        "decay_steps": (DECAY_STEPS, ".0f"),
    }


TOP, BELOW = (52, 206, 408, 108), (52, 46, 408, 108)  # left, bottom, width, height


def _two(label):
    """Loss above, lr times sharpness below, with the limit at 2."""
    drawing, (loss, sharpness) = panels(TOP, BELOW, height=350)
    for axes in (loss, sharpness):
        axes.set_xlim(0, STEPS)
        ticks(axes.xaxis, (0, 5000, 10_000, 15_000))
    loss.set(yscale="log", ylim=(1e-6, 3e3))
    log_ticks(loss.yaxis, (-6, -3, 0, 3))
    sharpness.set_ylim(0, 4)
    ticks(sharpness.yaxis, (0, 2, 4))
    sharpness.axhline(2, color=THEORY, linewidth=1.4, dashes=(4, 3))
    note(sharpness, STEPS * 0.985, 2.45, label("limit"), THEORY, ha="right")
    name_axes(loss, "", label("loss"))
    name_axes(sharpness, label("step"), label("sharpness"))
    return drawing, loss, sharpness


def _hull(values):
    """The least and the largest value of each bin, in the order in which they come."""
    bins = values[:STEPS].reshape(-1, BIN)
    least, largest = bins.argmin(axis=1), bins.argmax(axis=1)
    at = np.sort(np.stack([least, largest], axis=1), axis=1) + BIN * np.arange(len(bins))[:, None]
    return at.ravel(), np.clip(values[at.ravel()], 1e-9, 1e5)


@figure
def explosion(r, label):
    """One average, three rates: constant, falling like 1/sqrt(t), falling to zero."""
    drawing, loss, sharpness = _two(label)
    for name, color in (("mean", FAILS), ("linear", THIRD), ("sum", TRAINS)):
        loss.plot(*_hull(r[name]["loss"]), color=color, linewidth=1.6)
        sharpness.plot(*_hull(r[name]["sharpness"]), color=color, linewidth=1.6)
    note(loss, STEPS * 0.99, 200, label("linear"), THIRD, ha="right")
    note(loss, 15_500, 3e-5, label("mean"), FAILS, ha="right")
    note(loss, 1200, 0.3, label("sum"), TRAINS)
    return drawing


@figure(beta2=BETA2, power=POWER)
def averaging(r, label, beta2, power):
    """The same run with another average and another rate."""
    result = r["grid"][beta2, power]
    drawing, loss, sharpness = _two(label)
    moves(loss.plot(*_hull(result["loss"]), color=TRAINS, linewidth=1.6)[0], "loss")
    moves(sharpness.plot(*_hull(result["sharpness"]), color=TRAINS, linewidth=1.6)[0], "sharpness")
    rises = _rises(result["loss"])
    low, high = _burst(result["loss"])
    read(drawing, rises=(np.sum(rises > 100), ".0f"), burst=(high / low, ".1f" if high < 1000 * low else ".0e"))
    return drawing


@figure
def calm(r, label):
    """Length of the steps before and after the gradient grows from tiny to 1."""
    drawing, [axes] = canvas(right=96)
    t = np.arange(-9, AFTER + 1)
    for name, color, shift in (("mean", FAILS, 1.35), ("adam", TRAINS, 0.8), ("rmsprop", THIRD, 1), ("adagrad", THEORY, 1)):
        length = r["calm"][name]
        axes.plot(t, length, color=color)
        note(axes, AFTER + 1, length[-1] * shift, label(name), color)
    axes.set(xlim=(-9, AFTER), yscale="log", ylim=(0.02, 60))
    ticks(axes.xaxis, (1, 20, 40, 60))
    log_ticks(axes.yaxis, (-1, 0, 1))
    name_axes(axes, label("step"), label("length"))
    return drawing


@figure
def first(r, label):
    """Length of the first steps, gradient 1, with and without the correction."""
    drawing, [axes] = canvas()
    t = np.arange(1, len(r["neither"]) + 1)
    axes.plot(t, r["neither"], color=FAILS)
    axes.plot(t, r["corrected"], color=TRAINS)
    note(axes, 40, 6.4, label("neither"), FAILS)
    note(axes, 1.2, 1.5, label("corrected"), TRAINS)
    axes.set(xlim=(1, t[-1]), xscale="log", ylim=(0, 7.5))
    log_ticks(axes.xaxis, (0, 1, 2, 3))
    ticks(axes.yaxis, (0, 1, 3, 6))
    name_axes(axes, label("step"), label("length"))
    return drawing
