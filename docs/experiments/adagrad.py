"""Adagrad: the valley and the ten points with a rate for every parameter, and what a turn does to it."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, THEORY, THIRD, TRAINS, canvas, log_ticks, name_axes, note, ticks
from docs.experiments._change import changed
from docs.experiments._surface import REGRESSION, VALLEY, chart
from snippets import adagrad as snippet
from snippets.adagrad import adagrad
from snippets.gradient_descent import best_rate, gradient_descent

STEPS = 20
SMALL, LARGE = 0.4, 2.0
STEEP = 4000.0  # a wall a thousand times steeper
EPS = 1e-6  # the snippet's own, inside the root
REGRESSION_STEPS, DESCENT_LR, ADAGRAD_LR = 100_000, 1e-6, 1.0
RATE = Slider((0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 4, 6, 10), at=0.4)
ANGLES = np.arange(0, 91, 1.0)  # degrees


def run():
    best, _ = best_rate(VALLEY.eigenvalues)
    small, large = (adagrad(VALLEY.gradient, VALLEY.start, lr, STEPS) for lr in (SMALL, LARGE))
    signs = changed(snippet, "s = s + g**2", "s = g**2").adagrad
    return {
        "best": best,
        "descent": gradient_descent(VALLEY.gradient, VALLEY.start, best, STEPS),
        "small": small, "large": large,
        "steep": adagrad(lambda w: w * [VALLEY.eigenvalues[0], STEEP], VALLEY.start, LARGE, STEPS),
        "rates": LARGE / np.sqrt(np.cumsum(VALLEY.gradient(large[:-1]) ** 2, axis=0) + EPS),
        "turned": np.array([VALLEY.loss(_turned(angle)) for angle in ANGLES]),
        "turned_long": _turned(45, steps=10 * STEPS),
        "turned_steep": _turned(45, steps=10 * STEPS, steep=STEEP),
        "turned_needs": next(t for t in range(STEPS, 1000)
                             if VALLEY.loss(_turned(45, t)) < VALLEY.loss(large[-1])),
        "signs": signs(VALLEY.gradient, VALLEY.start, SMALL, STEPS),
        "many": gradient_descent(REGRESSION.gradient, REGRESSION.start, DESCENT_LR, REGRESSION_STEPS),
        "many_adagrad": adagrad(REGRESSION.gradient, REGRESSION.start, ADAGRAD_LR, REGRESSION_STEPS),
    }


def _turned(degrees, steps=STEPS, steep=VALLEY.eigenvalues[1]):
    """Where a run ends, along and across the valley, when valley and start are turned together."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, -s], [s, c]])
    hessian = turn @ np.diag([VALLEY.eigenvalues[0], steep]) @ turn.T
    return turn.T @ adagrad(lambda w: hessian @ w, turn @ VALLEY.start, LARGE, steps)[-1]


def facts(r):
    step = np.abs(np.diff(r["large"], axis=0))
    return {
        "steps": (STEPS, ".0f"),
        "small_lr": (SMALL, ".1f"),
        "large_lr": (LARGE, ".0f"),
        "small_x1": (r["small"][-1, 0], ".4f"),
        "small_x2": (r["small"][-1, 1], ".4f"),
        "large_x1": (r["large"][-1, 0], ".4f"),
        "large_x2": (r["large"][-1, 1], ".4f"),
        "large_loss": (VALLEY.loss(r["large"][-1]), ".0e"),
        "best_lr": (r["best"], ".3f"),
        "best_loss": (VALLEY.loss(r["descent"][-1]), ".2f"),
        "best_x1": (r["descent"][-1, 0], ".2f"),
        "steep": (STEEP, ".0f"),
        "first_step": (step[0].min(), ".4f"),
        "largest_step": (step.max(), ".4f"),
        "rate_flat": (r["rates"][-1, 0], ".2f"),
        "rate_steep": (r["rates"][-1, 1], ".2f"),
        "rate_ratio": (r["rates"][-1, 0] / r["rates"][-1, 1], ".1f"),
        "gradient_flat": (abs(VALLEY.gradient(VALLEY.start)[0]), ".0f"),
        "gradient_steep": (abs(VALLEY.gradient(VALLEY.start)[1]), ".0f"),
        "turned_loss": (r["turned"][45], ".2f"),
        "turned_needs": (r["turned_needs"], ".0f"),
        "turned_long_x1": (r["turned_long"][0], ".0e"),
        "turned_steep_x1": (r["turned_steep"][0], ".2f"),
        "signs_x1": (r["signs"][-1, 0], ".1f"),
        "signs_before": (r["signs"][-2, 0], ".1f"),
        "many_steps": (REGRESSION_STEPS, ".0f"),
        "descent_lr": (DESCENT_LR, ".0e"),
        "adagrad_lr": (ADAGRAD_LR, ".0f"),
        "start_b": (REGRESSION.start[0], ".0f"),
        "optimum_b": (REGRESSION.optimum[0], ".2f"),
        "optimum_w": (REGRESSION.optimum[1], ".4f"),
        "descent_b": (r["many"][-1, 0], ".1f"),
        "adagrad_b": (r["many_adagrad"][-1, 0], ".2f"),
        "adagrad_w": (r["many_adagrad"][-1, 1], ".4f"),
        "adagrad_rate_b": (_last_rates(r)[0], ".1e"),
        "adagrad_rate_w": (_last_rates(r)[1], ".1e"),
    }


def _last_rates(r):
    squares = np.sum(REGRESSION.gradient(r["many_adagrad"][:-1]) ** 2, axis=0)
    return ADAGRAD_LR / np.sqrt(squares + EPS)


@figure
def regression(r, label):
    """The ten points: one rate against two."""
    drawing = chart(REGRESSION, label, [(r["many"], FAILS), (r["many_adagrad"], TRAINS)], exponents=(0, 4, 8))
    for one in drawing.axes[1:]:
        ticks(one.xaxis, (0, REGRESSION_STEPS // 2))  # so long a number has no room at the end of the axis
    return drawing


@figure(lr=RATE)
def drag(r, label, lr):
    """Adagrad on the valley at any rate; grey is gradient descent at its best rate."""
    path = adagrad(VALLEY.gradient, VALLEY.start, lr, STEPS)
    drawing = chart(VALLEY, label, [(path, TRAINS), (r["descent"], THEORY)], play=True)
    read(drawing, x1=(path[-1, 0], ".3f"), x2=(path[-1, 1], ".3f"), loss=(VALLEY.loss(path[-1]), ".1e"))
    return drawing


@figure
def rates(r, label):
    """lr / sqrt(s) of both parameters."""
    drawing, [axes] = canvas()
    steps = np.arange(1, STEPS + 1)
    for k, (name, color, above) in enumerate((("flat", TRAINS, 1.5), ("steep", THIRD, 0.68))):
        axes.plot(steps, r["rates"][:, k], color=color)
        note(axes, 12, r["rates"][11, k] * above, label(name), color, ha="center")
    axes.axhline(r["best"], color=THEORY, linewidth=1.4, dashes=(4, 3))
    note(axes, 12, r["best"] * 1.4, label("best"), THEORY, ha="center")
    axes.set(xlim=(1, STEPS), yscale="log", ylim=(0.1, 10))
    ticks(axes.xaxis, (1, 10, 20))
    log_ticks(axes.yaxis, (-1, 0, 1))
    name_axes(axes, label("step"), label("rate"))
    return drawing


@figure
def turned(r, label):
    """Loss after the same number of steps against the angle of the valley."""
    drawing, [axes] = canvas()
    axes.plot(ANGLES, r["turned"], color=TRAINS)
    axes.axhline(VALLEY.loss(r["descent"][-1]), color=THEORY)
    note(axes, 45, 5e-3, label("adagrad"), TRAINS, ha="center")
    note(axes, 45, 1.1, label("descent"), THEORY, ha="center")
    axes.set(xlim=(0, 90), ylim=(1e-15, 10), yscale="log")
    ticks(axes.xaxis, (0, 45, 90))
    log_ticks(axes.yaxis, (-12, -8, -4, 0))
    name_axes(axes, label("angle"), label("loss"))
    return drawing
