"""Weight decay: the net of the page on overfitting, held small; too much of it; and what it is not equal to."""

import inspect

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, panels, ticks
from docs.experiments import _mnist
from docs.experiments._mnist import BATCH, COUNTS, EPOCHS, LR, NETS, SEEDS, STRENGTH, TEST, TRAIN, train
from snippets import weight_decay
from snippets.adam import adam, adamw
from snippets.weight_decay import l2_penalty, sgd_weight_decay

STEPS = sum(COUNTS) // BATCH  # in an epoch
STRONG = (1, 10)  # strengths
LEFT = (0.99, 0.95, 0.9)  # of each weight, after each step: lecture notes; PyTorch's weight_decay=0.1 at this rate; worse
STRONG_EPOCHS = 40

CURVES, OPTIMUM, C, BETA = np.array([1.0, 0.1]), 2.0, 0.1, 0.9  # the bowl on which the end points are compared
BOWL_STEPS = 20000

POINTS, DEGREE, NOISE = 12, 9, 0.25
POWERS = Slider((-6, -5, -4, -3, -2, -1, 0, 1), at=-6, form="g")


def run():
    decays = [LR * strength / sum(COUNTS) for strength in STRONG] + [1 - left for left in LEFT]
    strong = [train(seed, ["scaled"] * len(decays), decays, looks=[STRONG_EPOCHS]) for seed in range(SEEDS)]
    return {
        "runs": _mnist.runs(reversed(range(SEEDS))),
        "strong": np.mean([record.right[-1, :, TEST] for record in strong], axis=0),
        "ends": ends(),
        "demo": demo(),
        "all": demo("x[:, 0] +", "x @ np.ones(15) +"),
        "points": points(),
        "fits": {power: fit(10.0**power) for power in POWERS.values},
    }


def ends():
    """Where six methods end on one bowl; the rate falls to zero, so that they come to rest."""
    start = np.zeros(2)
    rates = 0.1 * (1 - np.arange(BOWL_STEPS) / BOWL_STEPS)

    def grad(w):
        return CURVES * (w - OPTIMUM)

    def penalized(w):
        return grad(w) + l2_penalty(w, C, 1)[1]

    return {
        "sgd_l2": sgd_weight_decay(penalized, start, rates, BOWL_STEPS, 0.0)[-1],
        "sgd_decay": sgd_weight_decay(grad, start, rates, BOWL_STEPS, C)[-1],
        "momentum_l2": sgd_weight_decay(penalized, start, rates, BOWL_STEPS, 0.0, BETA)[-1],
        "momentum_decay": sgd_weight_decay(grad, start, rates, BOWL_STEPS, C, BETA)[-1],
        "adam_l2": adam(penalized, start, rates, BOWL_STEPS)[-1],
        "adam_decay": adamw(grad, start, rates, BOWL_STEPS, weight_decay=C)[-1],
    }


def demo(old="", new=""):
    """The snippet's demo, perhaps with one line changed: {strength: (training loss, test loss, sum of squares)}."""
    source = inspect.getsource(weight_decay)
    assert source.count(old) == 1 or not old
    setting = (source.replace(old, new) if old else source).partition('"__main__":')[2].partition('    print("strength')[0]
    names = {"np": np}
    exec("if True:" + setting, names)
    found = {}
    for strength in (0, 1, 10, 100):
        w = sgd_weight_decay(names["grad"], names["zero"], names["lr"], names["steps"], strength / names["n"])[-1]
        found[strength] = names["loss"](w, names["train"]), names["loss"](w, names["test"]), w @ w
    return found


def points():
    """Twelve noisy points on a sine."""
    rng = np.random.default_rng(0)
    x = np.linspace(-1, 1, POINTS)
    return x, np.sin(np.pi * x) + NOISE * rng.normal(size=POINTS)


def fit(c):
    """Weights of x, x**2 ... x**9 where loss and penalty are least; the bias is free, as it is not penalized."""
    x, y = points()
    powers = x[:, None] ** np.arange(1, DEGREE + 1)
    centred = powers - powers.mean(axis=0)
    w = np.linalg.solve(centred.T @ centred / POINTS + c * np.eye(DEGREE), centred.T @ (y - y.mean()) / POINTS)
    return w, y.mean() - powers.mean(axis=0) @ w


def curve(w, b, x):
    return x[:, None] ** np.arange(1, DEGREE + 1) @ w + b


def of(r, name, what="right"):
    """(seeds, looks) or (seeds, looks, 3 parts) of a net."""
    return np.array([getattr(record, what)[:, list(NETS).index(name)] for record in r["runs"]])


# Facts ------------------------------------------------------------------------


def facts(r):
    found = {
        "strength": (STRENGTH, ".1f"),
        "n": (sum(COUNTS), ".0f"),
        "lr": (LR, ".1f"),
        "epochs": (EPOCHS, ".0f"),
        "seeds": (SEEDS, ".0f"),
        "factor": (1 - LR * STRENGTH / sum(COUNTS), ".5f"),
        "steps": (STEPS * EPOCHS, ".0f"),
        "left": ((1 - LR * STRENGTH / sum(COUNTS)) ** (STEPS * EPOCHS), ".0%"),
        "size_start": (of(r, "normal", "size")[:, 0].mean(), ".2f"),
        "size_plain": (of(r, "normal", "size")[:, -1].mean(), ".2f"),
        "size_decay": (of(r, "normal_decay", "size")[:, -1].mean(), ".2f"),
        "strong_epochs": (STRONG_EPOCHS, ".0f"),
        "coupled": ((1 - LEFT[1]) / LR, ".1f"),
        "c": (STRENGTH / sum(COUNTS), ".4f"),
        "bowl_c": (C, ".1f"),
        "bowl_beta": (BETA, ".1f"),
        "bowl_optimum": (OPTIMUM, ".0f"),
        "bowl_steep": (CURVES[0], ".0f"),
        "bowl_flat": (CURVES[1], ".1f"),
        "points": (POINTS, ".0f"),
        "degree": (DEGREE, ".0f"),
    }
    for name in NETS:
        last = of(r, name)[:, -1, TEST]
        found[f"{name}_test"] = (last.mean(), ".1%")
        found[f"{name}_low"], found[f"{name}_high"] = (last.min(), ".1%"), (last.max(), ".1%")
        found[f"{name}_loss"] = (of(r, name, "loss")[:, -1, TEST].mean(), ".2f")
        found[f"{name}_train"] = (of(r, name)[:, -1, TRAIN].min(), ".0%")
    for k, (name, value) in enumerate([*zip(("strength_1", "strength_10"), STRONG), *zip(("left_99", "left_95", "left_90"), LEFT)]):
        found[name] = (value, "g")
        found[f"{name}_test"] = (r["strong"][k], ".0%")
    for name, end in r["ends"].items():
        found[f"{name}_steep"], found[f"{name}_flat"] = (end[0], ".2f"), (end[1], ".2f")
    for strength, (_, test, _) in r["all"].items():
        found[f"all_{strength}_test"] = (test, ".2f")
    for strength, (training, test, squares) in r["demo"].items():
        found[f"demo_{strength}"] = (strength, ".0f")
        found[f"demo_{strength}_train"], found[f"demo_{strength}_test"] = (training, ".2f"), (test, ".2f")
        found[f"demo_{strength}_squares"] = (squares, ".2f")
    return found


# Figures ----------------------------------------------------------------------


@figure
def rescue(r, label):
    """Share right on test images, without and with weight decay, from both starts."""
    drawing, both = canvas(2)
    for axes, start in zip(both, ("normal", "scaled")):
        for name, color in ((start, FAILS), (f"{start}_decay", TRAINS)):
            for y in of(r, name)[:, :, TEST]:
                axes.plot(r["runs"][0].epochs, y, color=color, linewidth=1.2)
        axes.set(xlim=(0, EPOCHS), ylim=(0.75, 0.9))
        ticks(axes.xaxis, (0, 200, EPOCHS))
        ticks(axes.yaxis, (0.75, 0.8, 0.85, 0.9), ("75%", "80%", "85%", "90%"))
        name_axes(axes, label("epoch"), label(start))
    note(both[0], EPOCHS, 0.81, label("plain"), FAILS, ha="right")
    note(both[0], 150, 0.872, label("decay"), TRAINS, ha="right")
    return drawing


@figure
def forgetting(r, label):
    """Root mean square of the first layer's weights; grey is what is left of the start."""
    drawing, [axes] = canvas(height=250)
    epochs = np.arange(EPOCHS + 1)
    for name, color in (("normal", FAILS), ("normal_decay", TRAINS), ("scaled_decay", THIRD)):
        for y in of(r, name, "size"):
            axes.plot(r["runs"][0].epochs, y, color=color, linewidth=1.4)
    axes.plot(epochs, (1 - LR * STRENGTH / sum(COUNTS)) ** (STEPS * epochs), color=THEORY, linewidth=1.4,
              linestyle=(0, (3, 2)), zorder=4)
    note(axes, EPOCHS, 0.92, label("plain"), FAILS, ha="right")
    note(axes, 150, 0.57, label("decay"), TRAINS)
    note(axes, 60, 0.34, label("theory"), THEORY, ha="center")
    note(axes, 60, 0.06, label("scaled"), THIRD)
    axes.set(xlim=(0, EPOCHS), ylim=(0, 1.1))
    ticks(axes.xaxis, (0, 200, EPOCHS))
    ticks(axes.yaxis, (0, 0.5, 1))
    name_axes(axes, label("epoch"), label("size"))
    return drawing


@figure(power=POWERS)
def bend(r, label, power):
    """A polynomial through twelve points with a penalty, and the size of its weights."""
    drawing, (left, right) = panels((52, 46, 216, 196), (330, 46, 130, 196), height=276)
    x, y = r["points"]
    w, b = r["fits"][power]
    fine = np.linspace(-1, 1, 121)
    left.plot(fine, np.sin(np.pi * fine), color=THEORY, linewidth=1.2)
    moves(left.plot(fine, np.clip(curve(w, b, fine), -3, 3), color=TRAINS)[0], "curve")
    left.plot(x, y, "o", color=THIRD, markersize=5, zorder=4)
    left.set(xlim=(-1.05, 1.05), ylim=(-2, 2))
    ticks(left.xaxis, (-1, 0, 1))
    ticks(left.yaxis, (-2, 0, 2))
    name_axes(left, "x", "y")
    degrees = np.arange(1, DEGREE + 1)
    bars = np.stack([np.full(DEGREE, 1e-3), np.maximum(np.abs(w), 1e-3), np.full(DEGREE, np.nan)], axis=1)
    moves(right.plot(np.repeat(degrees, 3), bars.ravel(), color=TRAINS, linewidth=7, solid_capstyle="butt")[0], "weights")
    right.set(xlim=(0.4, DEGREE + 0.6), ylim=(1e-2, 300), yscale="log")
    ticks(right.xaxis, (1, 5, 9))
    log_ticks(right.yaxis, (-2, 0, 2))
    name_axes(right, label("degree"), label("weight"))
    training = np.mean((curve(w, b, x) - y) ** 2)
    read(drawing, training=(np.sqrt(training), ".2f"), largest=(np.abs(w).max(), ".1f"),
         true=(np.sqrt(np.mean((curve(w, b, fine) - np.sin(np.pi * fine)) ** 2)), ".2f"))
    return drawing
