"""Residual connections: the gradient through 30 blocks, and training errors against depth."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, LINE, THEORY, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from docs.experiments._nets import digits
from snippets.network import descend, forward, initialize, loss_and_gradients
from snippets.residual import residual_forward, residual_gradients

BLOCKS, UNITS, EXAMPLES = 30, 20, 50
SKIP = Slider((0, 0.25, 0.5, 0.75, 0.9, 1), at=0)
SCALE = Slider((0.25, 0.5, 1, 1.5, 2, 3), at=0.5)
TRIES = 5

DEPTHS, SEEDS, STEPS, LR = (2, 10, 20, 30), 3, 120, 0.1
IMAGES, FRESH = 200, 500  # to train on, and to test on


def sizes_of_gradients(scale, skip, seed, blocks=BLOCKS):
    """|dL/dh| in front of each block and behind the last, as shares of the last."""
    rng = np.random.default_rng(seed)
    x, dh = rng.normal(size=(2, EXAMPLES, UNITS))
    w = rng.normal(0, scale / np.sqrt(UNITS), (blocks, UNITS, UNITS))
    _, dhs = residual_gradients(w, residual_forward(w, x, skip), dh, skip)
    return np.linalg.norm(dhs, axis=(1, 2)) / np.linalg.norm(dh)


def train(depth, residual, seed):
    """Losses, and the shares of wrong answers on the training images and on fresh ones."""
    x, t = digits(IMAGES + FRESH)
    x, y = x - x[:IMAGES].mean(0), t.argmax(1)
    layers = initialize((64, *(depth + 1) * [UNITS], 10), np.random.default_rng(seed))
    losses = []
    for _ in range(STEPS):
        loss, gradients = loss_and_gradients(layers, x[:IMAGES], y[:IMAGES], residual=residual)
        losses.append(loss)
        layers = descend(layers, gradients, LR)
    wrong = forward(layers, x, residual=residual)[0].argmax(1) != y
    return np.array(losses), wrong[:IMAGES].mean(), wrong[IMAGES:].mean()


def demo(scale):
    """The first gradient as a share of the last in the snippet's demo, with 0.5 replaced."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 20))
    dh = rng.normal(size=(50, 20)) / 50
    w = rng.normal(0, scale / np.sqrt(20), (30, 20, 20))
    return [np.linalg.norm(residual_gradients(w, residual_forward(w, x, skip), dh, skip)[1][0]) for skip in (0.0, 1.0, 0.5)]


def run():
    return {
        "grid": {(skip, scale): np.array([sizes_of_gradients(scale, skip, seed) for seed in range(TRIES)])
                 for skip in SKIP.values for scale in SCALE.values},
        "deep": np.array([sizes_of_gradients(0.5, 1.0, seed, 3 * BLOCKS)[0] for seed in range(TRIES)]),
        "runs": {(depth, residual): [train(depth, residual, seed) for seed in range(SEEDS)]
                 for residual in (False, True) for depth in DEPTHS},
        "demo": demo(0.5),
    }


# Facts ------------------------------------------------------------------------


def geometric(values):
    return np.exp(np.mean(np.log(values), axis=0))


def _about(value):
    """Rounded to one digit."""
    return float(f"{value:.0e}")


def facts(r):
    plain, skip = geometric(r["grid"][0.0, 0.5]), geometric(r["grid"][1.0, 0.5])
    half = geometric(r["grid"][0.5, 0.5])
    found = {
        "blocks": (BLOCKS, ".0f"), "units": (UNITS, ".0f"), "tries": (TRIES, ".0f"), "scale": (0.5, "g"),
        "plain_first": (plain[0], ".0e"), "plain_factor": (plain[0] ** (1 / BLOCKS), ".2f"),
        "skip_first": (skip[0], ".1f"), "skip_factor": (skip[0] ** (1 / BLOCKS), ".2f"),
        "half": (0.5, "g"), "largest": (SCALE.values[-1], "g"), "half_first": (half[0], ".0e"), "half_power": (0.5**BLOCKS, ".0e"),
        "half_factor": (half[0] ** (1 / BLOCKS), ".2f"),
        "skip_large": (_about(geometric(r["grid"][1.0, 2.0])[0]), ".0f"), "large": (2, "g"),
        "skip_largest": (_about(geometric(r["grid"][1.0, SCALE.values[-1]])[0]), ".0f"),
        "three_times": (3 * BLOCKS, ".0f"), "deep_first": (geometric(r["deep"]), ".0f"),
        "demo_plain": (r["demo"][0], ".0e"), "demo_skip": (r["demo"][1], ".1f"), "demo_half": (r["demo"][2], ".0e"),
        "seeds": (SEEDS, ".0f"), "steps": (STEPS, ".0f"), "lr": (LR, "g"), "images": (IMAGES, ".0f"), "fresh": (FRESH, ".0f"),
        "shallow": (DEPTHS[0], ".0f"), "deepest": (DEPTHS[-1], ".0f"),
    }
    for (depth, residual), runs in r["runs"].items():
        name = f"{'skip' if residual else 'plain'}_{depth}"
        for what, column in (("train", 1), ("test", 2)):
            values = [100 * one[column] for one in runs]
            found[f"{name}_{what}"] = (np.mean(values), ".0f")
            found[f"{name}_{what}_low"] = (min(values), ".0f")
            found[f"{name}_{what}_high"] = (max(values), ".0f")
        end = np.mean([np.median(one[0][-10:]) for one in runs])
        found[f"{name}_loss"] = (end, ".3f" if end < 0.1 else ".2f")
        found[f"{name}_start"] = (np.mean([one[0][0] for one in runs]), ".1f")
    return found


# Figures ----------------------------------------------------------------------


@figure
def degradation(r, label):
    """Wrong answers on the training images and on fresh ones against depth."""
    drawing, both = canvas(2, height=250)
    for axes, column, name in zip(both, (1, 2), ("train", "test")):
        for residual, color in ((False, FAILS), (True, TRAINS)):
            wrong = np.array([[100 * one[column] for one in r["runs"][depth, residual]] for depth in DEPTHS])
            axes.plot(DEPTHS, wrong.mean(1), color=color)
            for seed in range(SEEDS):
                axes.plot(DEPTHS, wrong[:, seed], "o", color=color, markersize=4, clip_on=False)
        axes.set(xlim=(0, 32), ylim=(0, 80))
        ticks(axes.xaxis, (0, 10, 20, 30))
        ticks(axes.yaxis, (0, 25, 50, 75), ("0%", "25%", "50%", "75%"))
        name_axes(axes, label("depth"), label(name))
    note(both[0], 20, 62, label("plain"), FAILS, ha="right")
    note(both[0], 31, 8, label("skip"), TRAINS, ha="right")
    return drawing


LOW, HIGH = 1e-20, 1e5


@figure(skip=SKIP, scale=SCALE)
def drag(r, label, skip, scale):
    """Size of the gradient in front of each block, for any strength of the skip path and any weights."""
    found = r["grid"][skip, scale]
    drawing, [axes] = canvas(left=60)
    at = np.arange(BLOCKS + 1)
    inside = np.clip(found, LOW / 10, HIGH * 10)
    axes.axhline(1, color=LINE, linewidth=1, zorder=0)
    moves(axes.plot(np.tile(np.append(at, np.nan), TRIES), np.concatenate([np.append(row, np.nan) for row in inside]),
                    color=TRAINS, linewidth=0.7)[0], "tries")
    moves(axes.plot(at, geometric(inside), color=TRAINS)[0], "mean")
    moves(axes.plot([0], geometric(inside)[:1], "o", color=TRAINS, markersize=9, clip_on=False)[0], "first")
    axes.set(xlim=(0, BLOCKS), ylim=(LOW, HIGH), yscale="log")
    ticks(axes.xaxis, (0, 10, 20, 30))
    log_ticks(axes.yaxis, (-20, -10, 0))
    name_axes(axes, label("block"), label("gradient"))
    first = geometric(found)[0]
    read(drawing, first=(first, ".2g"), factor=(first ** (1 / BLOCKS), ".2g"))
    return drawing


@figure
def losses(r, label):
    """Loss during training at the greatest depth."""
    drawing, [axes] = canvas(height=250)
    for residual, color in ((False, FAILS), (True, TRAINS)):
        for history, *_ in r["runs"][DEPTHS[-1], residual]:
            axes.plot(history, color=color, linewidth=1.4)
    axes.axhline(np.log(10), color=THEORY, linewidth=1, linestyle=(0, (4, 3)))
    note(axes, 118, 3.6, label("guess"), THEORY, ha="right")
    note(axes, 118, 0.3, label("plain"), FAILS, ha="right")
    note(axes, 40, 0.0035, label("skip"), TRAINS, ha="right")
    axes.set(xlim=(0, STEPS), ylim=(1e-3, 20), yscale="log")
    ticks(axes.xaxis, (0, 60, 120))
    log_ticks(axes.yaxis, (-3, -2, -1, 0, 1))
    name_axes(axes, label("steps"), label("loss"))
    return drawing
