"""Learning-rate schedules: decay against the delayed explosion, warmup against Adam's first steps."""

import numpy as np

from docs.builder.experiment import Slider, choice, figure, read
from docs.builder.figure import FAILS, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from docs.experiments import _bursts
from snippets.schedules import cosine_decay, exponential_decay, inverse_sqrt_decay, linear_warmup, step_decay

CURVATURES, ANGLE, START = (0.01, 100.0), 0.02, (-500.0, 1.0)  # the start along the eigenvectors
LR, STEPS, EPS = 0.1, 20_000, 1e-12
BIN = 100  # steps: of each, a figure shows the largest loss
SCHEDULES = ("constant", "step", "exponential", "sqrt", "cosine")
RATES = Slider((0.05, 0.1, 0.2, 0.5, 1.0, 2.0), at=LR)
DROP = 0.1  # of the step decay, after each quarter of the run

BETA1, BETA2 = 0.9, 0.999
WARMUP = round(2 / (1 - BETA2))
FAR = 1e6  # a start of the noisy slope
EARLY = 20  # steps: how far does noise alone carry the parameters?


def rates_of(name, lr, steps=STEPS):
    return {
        "constant": lambda: np.full(steps, lr),
        "step": lambda: step_decay(lr, steps, every=steps // 4, factor=DROP),
        "exponential": lambda: exponential_decay(lr, steps, factor=0.01 ** (1 / steps)),
        "sqrt": lambda: inverse_sqrt_decay(lr, steps),
        "cosine": lambda: cosine_decay(lr, steps),
        "linear": lambda: lr * (1 - np.arange(steps) / steps),
    }[name]()


def descend(rates):
    """Losses (S, STEPS + 1): steps divided by the root mean square of all gradients so far; one row a schedule."""
    c, s = np.cos(ANGLE), np.sin(ANGLE)
    turn = np.array([[c, -s], [s, c]])
    hessian = turn @ np.diag(CURVATURES) @ turn.T
    w = np.tile(turn @ START, (len(rates), 1))
    squares, losses = np.zeros_like(w), []
    for t, lr in enumerate(rates.T, start=1):
        g = w @ hessian
        losses.append(np.sum(g * w, axis=1) / 2)
        squares += g * g
        w = w - lr[:, None] * g / (np.sqrt(squares / t) + EPS)
    return np.array([*losses, np.sum(w @ hessian * w, axis=1) / 2]).T


def pure_noise(steps=2200, parameters=1000):
    """Updates of Adam, in units of the rate, where the gradient is N(0, 1) and says nothing: (steps, parameters)."""
    rng = np.random.default_rng(0)
    m, v, updates = np.zeros(parameters), np.zeros(parameters), []
    for k in range(1, steps + 1):
        g = rng.normal(size=parameters)
        m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g * g
        updates.append(m / (1 - BETA1**k) / np.sqrt(v / (1 - BETA2**k)))
    return np.array(updates)


def drift(updates):
    """How far parameters move together with these updates: root mean square over them."""
    return np.sqrt(np.mean(np.sum(updates, axis=0) ** 2))


def noisy_slope(rates, w=10.0, runs=500):
    """The loss at the end of the snippet's demo, mean over the runs."""
    w = np.full(runs, w)
    for lr, n in zip(rates, np.random.default_rng(0).normal(size=(len(rates), runs))):
        w = w - lr * (w + n)
    return np.mean(w**2) / 2


def run():
    names = [(name, lr) for lr in RATES.values for name in SCHEDULES] + [("linear", LR)]
    losses = descend(np.array([rates_of(*each) for each in names]))
    worst, end = _bursts.bursts(CURVATURES, START, ANGLE, LR, STEPS)
    updates = pure_noise()
    warm = linear_warmup(np.ones(len(updates)), WARMUP)[:, None] * updates
    return {
        "runs": {each: {
            "curve": np.append(row[0], row[1:].reshape(-1, BIN).max(axis=1)),
            "worst": np.max(row / np.minimum.accumulate(row)),
            "rises": np.sum(np.diff(row) > 0),
            "first": np.argmax(np.diff(row) > 0) + 1,
            "low": row.min(),
            "end": row[-1],
        } for each, row in zip(names, losses)},
        "constant": {"worst": np.median(worst), "end": np.median(end)},
        "slope": {start: {name: noisy_slope(rates_of(name, LR, 1000), start) for name in ("constant", "sqrt", "cosine")}
                  for start in (10.0, FAR)},
        "cold": np.abs(updates).mean(axis=1),
        "warm": np.abs(warm).mean(axis=1),
        "drift": {"cold": drift(updates[:EARLY]), "warm": drift(warm[:EARLY]), "late": drift(updates[-EARLY:])},
    }


def facts(r):
    runs = {name: r["runs"][name, LR] for name in (*SCHEDULES, "linear")}
    found = {
        "lr": (LR, ".1f"),
        "steps": (STEPS, ".0f"),
        "quarter": (STEPS // 4, ".0f"),
        "drop": (DROP, ".1f"),
        "keep": (0.01, ".0%"),
        "flat": (CURVATURES[0], ".2f"),
        "steep": (CURVATURES[1], ".0f"),
        "ratio": (CURVATURES[1] / CURVATURES[0], ".0f"),
        "start_loss": (runs["constant"]["curve"][0], ".0f"),
        "constant_first": (round(runs["constant"]["first"], -2), ".0f"),
        "constant_rises": (runs["constant"]["rises"], ".0f"),
        "constant_orders": (np.log10(runs["constant"]["worst"]), ".0f"),
        "big_cosine_orders": (np.log10(r["runs"]["cosine", 0.5]["worst"]), ".0f"),
        "big_cosine_end": (10.0 ** np.round(np.log10(r["runs"]["cosine", 0.5]["end"])), ".0e"),
        "big_rate": (0.5, ".1f"),
        "beta1": (BETA1, ".1f"),
        "beta2": (BETA2, ".3f"),
        "warmup": (WARMUP, ".0f"),
        "slope_constant": (r["slope"][10.0]["constant"], ".4f"),
        "slope_cosine": (r["slope"][10.0]["cosine"], ".4f"),
        "slope_sqrt": (r["slope"][10.0]["sqrt"], ".4f"),
        "far_sqrt": (r["slope"][FAR]["sqrt"], ".1e"),
        "far_cosine": (r["slope"][FAR]["cosine"], ".4f"),
        "burst_runs": (_bursts.RUNS, ".0f"),
        "early": (EARLY, ".0f"),
        "noise_first": (r["cold"][0], ".2f"),
        "noise_last": (r["cold"][-1000:].mean(), ".2f"),
        "drift_cold": (r["drift"]["cold"], ".1f"),
        "drift_late": (r["drift"]["late"], ".1f"),
        "drift_warm": (r["drift"]["warm"], ".2f"),
    }
    for name, one in runs.items():
        found[f"{name}_worst"] = (one["worst"], ".3f" if one["worst"] < 10 else ".0e")
        found[f"{name}_end"] = (one["end"], ".0f" if one["end"] > 10 else ".1f" if one["end"] > 0.1 else ".0e")
    # A constant rate makes the run chaotic: of one run no digit can be trusted.
    found["constant_worst"] = (_bursts.one_digit(r["constant"]["worst"]), ".0f")
    found["constant_end"] = (r["constant"]["end"], ".0e")
    return found


@figure
def shapes(r, label):
    """The rate at each step, for each schedule."""
    drawing, [axes] = canvas()
    steps, colors = 1000, {"constant": THEORY, "cosine": TRAINS}
    for name in SCHEDULES:
        axes.plot(rates_of(name, 1.0, steps), color=colors.get(name, THIRD), linewidth=1.8)
    axes.plot(linear_warmup(rates_of("cosine", 1.0, steps), 100), color=TRAINS, linewidth=1.8, linestyle=(0, (2, 1.6)))
    for name, x, y in (("constant", 760, 0.94), ("cosine", 560, 0.47), ("step", 258, 0.14), ("exponential", 330, 0.28),
                       ("sqrt", 590, 0.125), ("warmup", 95, 0.8)):
        note(axes, x, y, label(name), TRAINS if name == "warmup" else colors.get(name, THIRD))
    axes.set(xlim=(0, steps), ylim=(0, 1.06))
    ticks(axes.xaxis, (0, 500, 1000))
    ticks(axes.yaxis, (0, 0.5, 1))
    name_axes(axes, label("step_number"), label("rate"))
    return drawing


@figure(schedule=choice(*SCHEDULES), lr=RATES)
def explosion(r, label, schedule, lr):
    """Rate and loss of one run; of each stretch of steps the largest loss."""
    name = SCHEDULES[int(schedule)]
    one = r["runs"][name, lr]
    drawing, (left, right) = canvas(2, height=250)
    steps = np.arange(0, STEPS + 1, BIN)
    rates = rates_of(name, lr)
    moves(left.plot(steps[1:], rates[BIN - 1 :: BIN], color=TRAINS)[0], "rate")
    moves(right.plot(steps, np.clip(one["curve"], 1e-8, None), color=TRAINS, linewidth=1.4)[0], "loss")
    for axes, low, high, exponents, word in ((left, 1e-5, 3, (-4, -2, 0), "rate"), (right, 1e-6, 1e4, (-6, -3, 0, 3), "loss")):
        axes.set(xlim=(0, STEPS), ylim=(low, high), yscale="log")
        ticks(axes.xaxis, (0, STEPS // 2, STEPS))
        log_ticks(axes.yaxis, exponents)
        name_axes(axes, label("steps"), label(word))
    read(drawing, end=(np.log10(one["end"]), ".1f"), orders=(abs(np.log10(one["worst"])), ".1f"))
    return drawing


@figure
def noise(r, label):
    """Mean size of Adam's update, in units of the rate, where the gradient is noise."""
    drawing, [axes] = canvas(height=240)
    shown = 60
    axes.plot(np.arange(1, shown + 1), r["cold"][:shown], color=FAILS)
    axes.plot(np.arange(1, shown + 1), r["warm"][:shown], color=TRAINS)
    note(axes, 5, 0.72, label("cold"), FAILS)
    note(axes, shown, 0.09, label("warm"), TRAINS, ha="right")
    axes.set(xlim=(0, shown), ylim=(0, 1.05))
    ticks(axes.xaxis, (1, 20, 40, 60))
    ticks(axes.yaxis, (0, 0.5, 1))
    name_axes(axes, label("steps"), label("size"))
    return drawing
