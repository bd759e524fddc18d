"""Gradient descent: one curvature, then the valley, at rates from too small to too large."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, INK, LINE, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from snippets.gradient_descent import best_rate, gradient_descent

from ._surface import VALLEY, chart

SMALL, RIGHT, LARGE = 0.02, 0.4, 0.52
TWINS = 0.05, 0.45  # on both sides of 1 / lam, equally fast
STEPS, FEW, LONG = 40, 6, 100
LAM = 4.0  # L = lam w^2 / 2, as steep as the valley's walls
RATE = Slider((0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.48, 0.49, 0.5, 0.51, 0.52, 0.55, 0.6),
              at=0.02)  # fmt: skip
PARABOLA_STEPS, VALLEY_STEPS = 8, 20
MEASURED = (0.02, 0.1, 0.2, 0.3, 0.4, 0.45, 0.49, 0.51, 0.55)


def descend(lr, steps):
    return gradient_descent(VALLEY.gradient, VALLEY.start, lr, steps)


def slide(lr, steps, lam=LAM):
    """One parameter from w = 1."""
    return gradient_descent(lambda w: lam * w, 1.0, lr, steps)


def overshoot(path):
    """From two gradients in a row: lr times the curvature along the step."""
    g = VALLEY.gradient(path)
    return np.sum(g[:-1] * (g[:-1] - g[1:]), axis=1) / np.sum(g[:-1] ** 2, axis=1)


def run():
    best, factor = best_rate(VALLEY.eigenvalues)
    rates = {"small": SMALL, "right": RIGHT, "large": LARGE, "best": best}
    late = [np.linalg.norm(descend(lr, 200)[-2:], axis=1) for lr in MEASURED]
    return {
        "best": best, "factor": factor,
        "loss": {name: VALLEY.loss(descend(lr, LONG)) for name, lr in rates.items()},
        "overshoot": {name: overshoot(descend(lr, STEPS)) for name, lr in rates.items()},
        "valley": [descend(lr, VALLEY_STEPS) for lr in RATE.values],
        "parabola": [slide(lr, PARABOLA_STEPS) for lr in RATE.values],
        "twins": [slide(lr, FEW)[-1] for lr in TWINS],
        "doubled": {lr: slide(lr, FEW, 2 * LAM)[-1] for lr in (TWINS[0], 0.25, TWINS[1])},
        "measured": np.array([after / before for before, after in late]),
    }


def facts(r):
    flat, steep = VALLEY.eigenvalues
    loss = r["loss"]
    return {
        "lam": (LAM, "g"),
        "flat": (flat, "g"),
        "steep": (steep, "g"),
        "limit": (2 / steep, "g"),
        "landing": (1 / LAM, "g"),
        "small": (SMALL, "g"),
        "right": (RIGHT, "g"),
        "large": (LARGE, "g"),
        "steps": (STEPS, "g"),
        "few": (FEW, "g"),
        "start_loss": (loss["small"][0], ".1f"),
        "small_loss": (loss["small"][STEPS], ".2f"),
        "right_loss": (loss["right"][STEPS], ".4f"),
        "large_loss": (loss["large"][STEPS], ".0f"),
        "twin_low": (TWINS[0], "g"),
        "twin_high": (TWINS[1], "g"),
        "twin_low_end": (r["twins"][0], ".2f"),
        "twin_high_end": (r["twins"][1], ".2f"),
        "twin_factor": (abs(r["twins"][1]) ** (1 / FEW), ".1f"),
        "kappa": (steep / flat, "g"),
        "best": (r["best"], ".3f"),
        "factor": (r["factor"], ".3f"),
        "bounce": (1 - r["best"] * steep, ".3f"),
        "crossing": (np.argmax(loss["best"] < loss["right"]), ".0f"),
        "long": (LONG, "g"),
        "long_right": (loss["right"][LONG], ".1e"),
        "long_best": (loss["best"][LONG], ".1e"),
        "doubled_lam": (2 * LAM, "g"),
        "doubled_limit": (1 / LAM, "g"),
        "doubled_low_end": (r["doubled"][TWINS[0]], ".2f"),
        "doubled_at_limit": (r["doubled"][0.25], ".2f"),
        "doubled_high_end": (r["doubled"][TWINS[1]], ".0f"),
        "overshoot_first": (r["overshoot"]["right"][0], ".2f"),
        "overshoot_last": (r["overshoot"]["right"][-1], ".2f"),
        "overshoot_small": (r["overshoot"]["small"][-1], ".3f"),
        "overshoot_large": (r["overshoot"]["large"][-1], ".2f"),
        "margin_claimed": (2 / r["overshoot"]["right"][-1], ".0f"),
        "margin": (2 / steep / RIGHT, ".2f"),
    }


def predicted(lr):
    """The slowest direction decides: max |1 - lr lam|."""
    return np.max(np.abs(1 - np.multiply.outer(lr, VALLEY.eigenvalues)), axis=-1)


@figure
def losses(r, label):
    """Loss against steps in the valley, at three rates."""
    drawing, [axes] = canvas()
    for name, color, at in (("small", THIRD, (20, 6)), ("right", TRAINS, (25, 0.3)), ("large", FAILS, (16, 1500))):
        axes.plot(r["loss"][name][:STEPS + 1], color=color)
        note(axes, *at, label(name), color)
    axes.set(xlim=(0, STEPS), ylim=(1e-3, 1e4), yscale="log")
    ticks(axes.xaxis, (0, 10, 20, 30, 40))
    log_ticks(axes.yaxis, (-2, 0, 2, 4))
    name_axes(axes, label("steps"), label("loss"))
    return drawing


@figure(lr=RATE)
def parabola(r, label, lr):
    """One parameter: the steps on the parabola, and w against steps."""
    path = r["parabola"][RATE.values.index(lr)]
    drawing, (bowl, time) = canvas(2, height=250)
    w = np.linspace(-1.7, 1.7, 101)
    bowl.plot(w, LAM * w**2 / 2, color=LINE, linewidth=1.6)
    near = np.clip(path, -4, 4)
    moves(bowl.plot(near, LAM * near**2 / 2, color=TRAINS, linewidth=1.2)[0], "steps")
    time.axhline(0, color=LINE, linewidth=1)
    moves(time.plot(near, color=TRAINS)[0], "time")
    for t, place in enumerate(near):
        moves(bowl.plot([place], [LAM * place**2 / 2], "o", color=TRAINS, markersize=5)[0], f"at{t}")
    bowl.set(xlim=(-1.6, 1.6), ylim=(-0.1, 5))
    time.set(xlim=(0, PARABOLA_STEPS), ylim=(-1.6, 1.6))
    ticks(bowl.xaxis, (-1, 0, 1))
    ticks(bowl.yaxis, (0, 2, 4))
    ticks(time.xaxis, (0, 4, 8))
    ticks(time.yaxis, (-1, 0, 1))
    name_axes(bowl, label("w"), label("loss"))
    name_axes(time, label("steps"), label("w"))
    read(drawing, product=(lr * LAM, ".2f"), factor=(1 - lr * LAM, ".2f"), end=(path[-1], ".2f"))
    return drawing


@figure(lr=RATE)
def valley(r, label, lr):
    """The valley of this chapter, at any rate."""
    path = r["valley"][RATE.values.index(lr)]
    drawing = chart(VALLEY, label, [(path, TRAINS)], play=True)
    read(drawing, x1=(path[-1, 0], ".2f"), x2=(path[-1, 1], ".2f"), loss=(VALLEY.loss(path[-1]), ".3g"))
    return drawing


@figure
def factors(r, label):
    """What one step multiplies the distance by, in both directions, against the rate."""
    drawing, [axes] = canvas()
    lr = np.linspace(0, 0.6, 601)
    flat, steep = VALLEY.eigenvalues
    axes.axhline(1, color=LINE, linewidth=1)
    for lam in (flat, steep):
        axes.plot(lr, np.abs(1 - lr * lam), color=THEORY, linewidth=1.2)
    axes.plot(lr, predicted(lr), color=THEORY, linewidth=3)
    for rate, factor in zip(MEASURED, r["measured"]):
        axes.plot([rate], [factor], "o", color=TRAINS if factor < 1 else FAILS, markersize=7, zorder=4)
    axes.plot([r["best"]], [r["factor"]], "o", color=INK, markersize=9, markerfacecolor="none", zorder=5)
    note(axes, 0.06, 1.08, label("flat"), THEORY)
    note(axes, 0.13, 0.55, label("steep"), THEORY)
    note(axes, 0.47, 0.62, label("best"), INK)
    note(axes, 0.49, 1.25, label("diverges"), FAILS, ha="right")
    axes.annotate("", (r["best"] + 0.003, r["factor"] - 0.04), (0.492, 0.7), arrowprops={"arrowstyle": "-", "color": INK})
    axes.set(xlim=(0, 0.6), ylim=(0, 1.4))
    ticks(axes.xaxis, (0, 0.25, 0.5))
    ticks(axes.yaxis, (0, 0.5, 1))
    name_axes(axes, label("lr"), label("factor"))
    return drawing
