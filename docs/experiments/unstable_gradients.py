"""Unstable gradients: speeds of the layers at the start, and what a small gradient is worth."""

import math

import numpy as np

from docs.builder.experiment import Slider, choice, figure, read
from docs.builder.figure import FAILS, LINE, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from docs.experiments._nets import digits
from snippets.network import backward, descend, forward, initialize, loss_and_gradients
from snippets.unstable_gradients import ACTIVATIONS, chain_gradient, layer_gradients, random_layers

IMAGES, UNITS, SEEDS = 1000, 30, 100
PUBLISHED = {2: (0.07, 0.31), 3: (0.012, 0.060, 0.283), 4: (0.003, 0.017, 0.070, 0.285)}  # Nielsen, chapter 5
DEPTH = 4  # hidden layers, where nothing else is said
FEW = 300  # images of the runs and of the play figure
LR, EPOCHS, RUNS = 0.5, 300, 3
BOOST = (125, 25, 5, 1, 1)  # the rate of each layer, in units of LR

HIDDEN = Slider((2, 3, 4, 6, 10, 20), at=4)
SCALE = Slider((0.5, 0.7, 1, 1.4, 2, 4, 10, 20), at=1)
FUNCTIONS = ("sigmoid", "tanh", "relu")
TRIES = 5


def sizes(depth):
    return (64, *depth * [UNITS], 10)


def norms(gradients):
    """Of the hidden layers; the output layer is left out, as in the published table."""
    return [np.linalg.norm(g) for g in gradients[:-1]]


def speeds(x, y, depth, seeds, scale=1.0, bias=1.0, activation="sigmoid"):
    """(seeds, depth): |dL/db| at the start."""
    return np.array([norms(layer_gradients(random_layers(sizes(depth), np.random.default_rng(seed), scale, bias),
                                           x, y, activation)) for seed in range(seeds)])


def other_losses(x, y, seeds):
    """The same nets with two other losses: {loss: (seeds, DEPTH)}."""
    found = {"softmax": [], "quadratic": []}
    for seed in range(seeds):
        layers = random_layers(sizes(DEPTH), np.random.default_rng(seed))
        z, trace = forward(layers, x, "sigmoid")
        a, e = ACTIVATIONS["sigmoid"][0](z), np.exp(z - z.max(1, keepdims=True))
        for loss, dz in (("softmax", e / e.sum(1, keepdims=True) - y), ("quadratic", (a - y) * a * (1 - a))):
            found[loss].append(norms([db for _, db in backward(layers, trace, dz / len(x), "sigmoid")]))
    return {loss: np.array(rows) for loss, rows in found.items()}


def train(x, y, seed, rates):
    """Loss and speeds of the hidden layers in each epoch, (EPOCHS + 1, 1 + DEPTH), and the accuracy at the end."""
    layers, history = initialize(sizes(DEPTH), np.random.default_rng(seed), bias=1.0), []
    for epoch in range(EPOCHS + 1):
        loss, gradients = loss_and_gradients(layers, x, y, "sigmoid", activation="sigmoid")
        history.append([loss, *norms([db for _, db in gradients])])
        if epoch < EPOCHS:
            layers = descend(layers, gradients, rates)
    right = forward(layers, x, "sigmoid")[0].argmax(1) == y.argmax(1)
    return np.array(history), right.mean()


def demo(scale, depth, activation="sigmoid"):
    """Speeds in the snippet's demo, had it asked for this net alone."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, (300, 64))
    y = np.eye(10)[rng.integers(0, 10, 300)]
    return norms(layer_gradients(random_layers(sizes(depth), rng, scale), x, y, activation))


def run():
    x, y = digits(IMAGES)
    few = x[:FEW], y[:FEW]
    slope = [np.sqrt(np.mean([np.mean((a * (1 - a)) ** 2) for *_, a, _ in forward(layers, x, "sigmoid")[1][1:-1]]))
             for layers in (random_layers(sizes(DEPTH), np.random.default_rng(seed)) for seed in range(20))]
    plain, boosted = ([train(*few, seed, LR * np.array(rates, float)) for seed in range(RUNS)]
                      for rates in ((1,) * (DEPTH + 1), BOOST))
    return {
        "table": {depth: speeds(x, y, depth, SEEDS) for depth in PUBLISHED},
        "zero": speeds(x, y, DEPTH, SEEDS, bias=0.0),
        "losses": other_losses(x, y, SEEDS),
        "slope": np.mean(slope),
        "plain": plain, "boosted": boosted,
        "guess": guess(few[1]),
        "grid": {(depth, name, scale): speeds(x[:100], y[:100], int(depth), TRIES, scale, 0.0, name)
                 for depth in HIDDEN.values for name in FUNCTIONS for scale in SCALE.values},
        "demo_relu": demo(1.0, 6, "relu"), "demo_sigmoid": demo(1.0, 6),
    }


def guess(y):
    """The loss of the best constant outputs: each class at its frequency."""
    p = y.mean(0)
    return -np.sum(p * np.log(p) + (1 - p) * np.log(1 - p))


# Facts ------------------------------------------------------------------------


def facts(r):
    four = r["table"][DEPTH]
    spreads = np.concatenate([t.std(0) / t.mean(0) for t in r["table"].values()])
    plain, boosted = (np.array([history for history, _ in r[name]]) for name in ("plain", "boosted"))
    found = {
        "images": (IMAGES, ".0f"), "units": (UNITS, ".0f"), "seeds": (SEEDS, ".0f"), "depth": (DEPTH, ".0f"),
        "few": (FEW, ".0f"), "lr": (LR, ".1f"), "epochs": (EPOCHS, ".0f"), "runs": (RUNS, ".0f"), "tries": (TRIES, ".0f"),
        "spread_low": (100 * spreads.min(), ".0f"), "spread_high": (100 * spreads.max(), ".0f"),
        "ratio": (np.median(four[:, -1] / four[:, 0]), ".0f"),
        "step": (_step(four), ".1f"), "zero_step": (_step(r["zero"]), ".1f"),
        **{f"{loss}_step": (_step(table), ".1f") for loss, table in r["losses"].items()},
        "slope": (r["slope"], ".2f"), "slope_step": (1 / r["slope"], ".1f"),
        "guess": (r["guess"], ".2f"),
        "start_loss_low": (plain[:, 0, 0].min(), ".1f"), "start_loss_high": (plain[:, 0, 0].max(), ".1f"),
        "plain_loss": (plain[:, -1, 0].mean(), ".2f"), "plain_first": (plain[:, -1, 1].max(), ".0e"),
        "plain_start": (plain[:, 0, 1].min(), ".0e"),
        "plain_right": (100 * np.mean([right for _, right in r["plain"]]), ".0f"),
        "boosted_low": (boosted[:, -1, 0].min(), ".2f"), "boosted_high": (boosted[:, -1, 0].max(), ".2f"),
        "boosted_right_low": (100 * min(right for _, right in r["boosted"]), ".0f"),
        "boosted_right_high": (100 * max(right for _, right in r["boosted"]), ".0f"),
        "below_one": (100 * math.erf(1 / math.sqrt(2)), ".0f"),
        "quarter": (ACTIVATIONS["sigmoid"][1](0.5), "g"),
        "large": (100, ".0f"), "large_factor": (chain_gradient([100], [0]), "g"),
        "far": (10, ".0f"), "far_factor": (chain_gradient([100], [10]), ".3f"),
        "relu_first": (r["demo_relu"][0], ".2f"), "relu_last": (r["demo_relu"][-1], ".2f"),
        "sigmoid_first": (r["demo_sigmoid"][0], ".4f"), "sigmoid_last": (r["demo_sigmoid"][-1], ".2f"),
    }
    for depth, table in r["table"].items():
        for layer, value in enumerate(table.mean(0), 1):
            found[f"speed_{depth}_{layer}"] = (value, ".3f" if value > 0.01 else ".4f")
    for name, table in {"zero": r["zero"], **r["losses"]}.items():
        for layer, value in enumerate(table.mean(0), 1):
            found[f"{name}_{layer}"] = (value, ".3f" if value > 0.01 else ".4f")
    return found | {f"boost_{layer}": (factor, ".0f") for layer, factor in enumerate(BOOST, 1)}


def _step(speeds):
    """How many times faster a layer is than the one before it, the geometric mean."""
    return np.exp(np.mean(np.log(speeds[:, 1:] / speeds[:, :-1])))


# Figures ----------------------------------------------------------------------


@figure
def start(r, label):
    """Speed of each hidden layer in every net, their mean, and what was published."""
    drawing, [axes] = canvas()
    layers = np.arange(1, DEPTH + 1)
    for row in r["table"][DEPTH][:40]:
        axes.plot(layers, row, color=FAILS, linewidth=0.6, alpha=0.35)
    axes.plot(layers, r["table"][DEPTH].mean(0), "o-", color=FAILS, markersize=7)
    axes.plot(layers, PUBLISHED[DEPTH], "D", color=THIRD, markersize=6, markerfacecolor="none", markeredgewidth=1.6)
    note(axes, 1.25, 0.0016, label("here"), FAILS)
    note(axes, 1.55, 0.035, label("published"), THIRD, ha="right")
    axes.set(xlim=(0.8, DEPTH + 0.2), ylim=(0.0008, 1), yscale="log")
    ticks(axes.xaxis, layers)
    log_ticks(axes.yaxis, (-3, -2, -1, 0))
    name_axes(axes, label("layer"), label("speed"))
    return drawing


LOW, HIGH = 1e-12, 1e8


@figure(depth=HIDDEN, activation=choice(*FUNCTIONS), scale=SCALE)
def drag(r, label, depth, activation, scale):
    """Speeds of the layers at any depth, activation and weight scale; biases are zero."""
    found = r["grid"][depth, FUNCTIONS[int(activation)], scale]
    drawing, [axes] = canvas(left=60)
    layers = np.arange(1, int(depth) + 1)
    middle = np.exp(np.mean(np.log(found), axis=0))
    inside = np.clip(middle, LOW / 10, HIGH * 10)
    thin = np.concatenate([np.append(row, np.nan) for row in np.clip(found, LOW / 10, HIGH * 10)])
    axes.axhline(1, color=LINE, linewidth=1, zorder=0)
    moves(axes.plot(np.tile(np.append(layers, np.nan), TRIES), thin, color=TRAINS, linewidth=0.7)[0], "tries")
    moves(axes.plot(layers, inside, color=TRAINS)[0], "mean")
    moves(axes.plot([1], inside[:1], "o", color=TRAINS, markersize=9)[0], "first")
    axes.set(xlim=(0.5, HIDDEN.values[-1] + 0.5), ylim=(LOW, HIGH), yscale="log")
    ticks(axes.xaxis, (1, 5, 10, 15, 20))
    log_ticks(axes.yaxis, (-12, -8, -4, 0, 4, 8))
    name_axes(axes, label("layer"), label("speed"))
    per_layer = (middle[0] / middle[-1]) ** (1 / (len(layers) - 1))
    read(drawing, first=(middle[0], ".2g"), last=(middle[-1], ".2g"), factor=(per_layer, ".2g"))
    return drawing


@figure
def small(r, label):
    """Speed of the first layer and loss over training: equal rates, and larger ones for the early layers."""
    drawing, (left, right) = canvas(2, height=250, left=58)
    for name, color in (("plain", FAILS), ("boosted", TRAINS)):
        for history, _ in r[name]:
            left.plot(history[:, 1], color=color, linewidth=1.3)
            right.plot(history[:, 0], color=color, linewidth=1.3)
    right.axhline(r["guess"], color=THEORY, linewidth=1, linestyle=(0, (4, 3)), zorder=5)
    left.set(yscale="log", ylim=(1e-5, 1))
    log_ticks(left.yaxis, (-4, -2, 0))
    right.set(ylim=(1.8, 4.2))
    ticks(right.yaxis, (2, 3, 4))
    for axes, word in ((left, "speed"), (right, "loss")):
        axes.set(xlim=(0, EPOCHS))
        ticks(axes.xaxis, (0, 150, 300))
        name_axes(axes, label("epoch"), label(word))
    note(left, 290, 1.7e-5, label("plain"), FAILS, ha="right")
    note(left, 20, 0.4, label("boosted"), TRAINS)
    note(right, 4, 3.08, label("guess"), THEORY)
    return drawing
