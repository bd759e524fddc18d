"""Momentum: the chapter's valley with a velocity, its limits, and the race at condition number 100."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, LINE, THEORY, THIRD, TRAINS, canvas, log_ticks, name_axes, note, ticks
from docs.experiments._change import changed
from docs.experiments._surface import VALLEY, chart
from snippets import momentum as snippet
from snippets.gradient_descent import best_rate, gradient_descent
from snippets.momentum import best_momentum, momentum, nesterov

LR, STRONG, WEAK, NINETY, NESTEROV_LR, STEPS = 0.6, 0.5, 0.25, 0.9, 0.3, 20
RATE = Slider((0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1), at=0.6)
BETA = Slider((0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95), at=0.0)
KAPPA, RACE, TINY = 100, 800, 1e-6
MODE_BETA = 0.64  # one oscillating mode, lr lam = 0.5
BETAS = np.array([0, 0.1, 0.25, 0.5, 0.75, 0.9])  # at which the limits are measured


def race(method, *settings):
    """Distance at each step, as a share of the first, in a valley with both directions at distance 1."""
    lam = np.array([VALLEY.eigenvalues[-1] / KAPPA, VALLEY.eigenvalues[-1]])
    path = method(lambda w: lam * w, np.ones(2), *settings, RACE)
    return np.linalg.norm(path, axis=1) / np.sqrt(2)


def limit(method, beta):
    """Largest stable lr times curvature, by bisection: does |w| grow in the long run?"""
    low, high = 0.5, 5.0
    while high - low > 1e-3:
        middle = (low + high) / 2
        path = np.abs(method(lambda w: w, 1.0, middle, beta, 2000))
        low, high = (middle, high) if np.max(path[-100:]) < 1 else (low, middle)
    return low


def run():
    lam = np.array([1 / KAPPA, 1.0]) * VALLEY.eigenvalues[-1]
    plain, _ = best_rate(lam)
    heavy = best_momentum(lam)

    def at(method, lr, beta):
        return method(VALLEY.gradient, VALLEY.start, lr, beta, STEPS)

    averaged = changed(snippet, "v = beta * v - lr * grad(w)", "v = beta * v - (1 - beta) * lr * grad(w)").momentum
    with np.errstate(over="ignore", invalid="ignore"):
        limits = {"heavy": [limit(momentum, beta) for beta in BETAS],
                  "nesterov": [limit(nesterov, beta) for beta in BETAS]}
    return {
        "strong": at(momentum, LR, STRONG), "weak": at(momentum, LR, WEAK), "none": at(momentum, LR, 0.0),
        "nesterov_fails": at(nesterov, LR, STRONG), "nesterov": at(nesterov, NESTEROV_LR, STRONG),
        "averaged": at(averaged, LR, STRONG), "averaged_twice": at(averaged, LR / (1 - STRONG), STRONG),
        "ninety": at(momentum, LR, NINETY),
        "grid": np.array([[at(momentum, lr, beta) for beta in BETA.values] for lr in RATE.values]),
        "heavy": heavy, "plain": plain,
        "race_plain": race(gradient_descent, plain), "race_heavy": race(momentum, *heavy),
        "limits": limits,
        "mode": np.abs(momentum(lambda w: w, 1.0, 0.5, MODE_BETA, 400)),
    }


def facts(r):
    flat, steep = VALLEY.eigenvalues
    (lr, beta), root = r["heavy"], np.sqrt(KAPPA)
    slow, fast = (KAPPA - 1) / (KAPPA + 1), (root - 1) / (root + 1)
    mode = r["mode"]
    return {
        "lr": (LR, "g"),
        "strong": (STRONG, "g"),
        "weak": (WEAK, "g"),
        "steps": (STEPS, "g"),
        "none_x2": (r["none"][-1, 1], ".1f"),
        "strong_x1": (r["strong"][-1, 0], ".4f"),
        "strong_x2": (r["strong"][-1, 1], ".4f"),
        "weak_x1": (r["weak"][-1, 0], ".4f"),
        "weak_x2": (r["weak"][-1, 1], ".4f"),
        "nesterov_lr": (NESTEROV_LR, "g"),
        "nesterov_x1": (r["nesterov"][-1, 0], ".4f"),
        "nesterov_fails_x2": (r["nesterov_fails"][-1, 1], ".0e"),
        "limit_plain": (2 / steep, "g"),
        "limit_strong": (2 * (1 + STRONG) / steep, "g"),
        "limit_nesterov": (2 * (1 + STRONG) / (1 + 2 * STRONG) / steep, "g"),
        "ninety": (NINETY, "g"),
        "ninety_x1": (r["ninety"][-1, 0], ".2f"),
        "ninety_x2": (r["ninety"][-1, 1], ".2f"),
        "kappa": (KAPPA, "g"),
        "best_lr": (lr, ".3f"),
        "best_beta": (beta, ".3f"),
        "valley_kappa": (steep / flat, "g"),
        "valley_beta": (best_momentum(VALLEY.eigenvalues)[1], ".3f"),
        "plain_lr": (r["plain"], ".3f"),
        "plain_steps": (np.argmax(r["race_plain"] < TINY), ".0f"),
        "heavy_steps": (np.argmax(r["race_heavy"] < TINY), ".0f"),
        "plain_predicted": (np.ceil(np.log(TINY) / np.log(slow)), ".0f"),
        "heavy_predicted": (np.ceil(np.log(TINY) / np.log(fast)), ".0f"),
        "averaged_x1": (r["averaged"][-1, 0], ".3f"),
        "twice_lr": (LR / (1 - STRONG), "g"),
        "twice_x1": (r["averaged_twice"][-1, 0], ".4f"),
        "mode_beta": (MODE_BETA, "g"),
        "mode_shrink": ((mode[300:].max() / mode[100:200].max()) ** (1 / 200), ".2f"),
        "gain": (1 / (1 - NINETY), ".0f"),
    }


@figure
def coordinates(r, label):
    """Both parameters against steps, at a rate that plain descent cannot use."""
    drawing, axes = canvas(2, height=250)
    for k, one in enumerate(axes):
        for name, color in (("none", FAILS), ("strong", TRAINS)):
            one.plot(r[name][:, k], color=color)
        one.axhline(0, color=LINE, linewidth=1, zorder=0)
        one.set(xlim=(0, STEPS))
        ticks(one.xaxis, (0, 10, 20))
        name_axes(one, label("steps"), label(("x1", "x2")[k]))
    axes[0].set(ylim=(-5.5, 1.5))
    axes[1].set(ylim=(-6, 6))
    ticks(axes[0].yaxis, (-4, -2, 0))
    ticks(axes[1].yaxis, (-4, 0, 4))
    note(axes[0], 5, 1.0, label("strong"), TRAINS)
    note(axes[0], 8, -3.1, label("none"), FAILS)
    return drawing


@figure(lr=RATE, beta=BETA)
def drag(r, label, lr, beta):
    """The valley at any rate and any beta."""
    path = r["grid"][RATE.values.index(lr), BETA.values.index(beta)]
    drawing = chart(VALLEY, label, [(path, TRAINS)], play=True)
    read(drawing, loss=(VALLEY.loss(path[-1]), ".2g"), limit=(2 * (1 + beta) / VALLEY.eigenvalues[-1], ".3g"),
         gain=(1 / (1 - beta), ".3g"))
    return drawing


@figure
def contest(r, label):
    """Distance against steps at condition number 100, each method at its best."""
    drawing, [axes] = canvas()
    t = np.arange(RACE + 1)
    root = np.sqrt(KAPPA)
    for name, factor, color in (("plain", (KAPPA - 1) / (KAPPA + 1), THIRD), ("heavy", (root - 1) / (root + 1), TRAINS)):
        axes.plot(t, factor**t, color=THEORY, linewidth=1.2, linestyle=(0, (4, 3)))
        axes.plot(r[f"race_{name}"], color=color)
    note(axes, 330, 0.02, label("plain"), THIRD)
    note(axes, 105, 3e-5, label("heavy"), TRAINS)
    axes.set(xlim=(0, RACE), ylim=(1e-7, 3), yscale="log")
    ticks(axes.xaxis, (0, 200, 400, 600, 800))
    log_ticks(axes.yaxis, (-6, -4, -2, 0))
    name_axes(axes, label("steps"), label("distance"))
    return drawing


@figure
def limits(r, label):
    """Largest stable lr times curvature against beta, predicted and measured."""
    drawing, [axes] = canvas()
    beta = np.linspace(0, 1, 101)
    axes.plot(beta, 2 * (1 + beta), color=THEORY, linewidth=1.4)
    axes.plot(beta, 2 * (1 + beta) / (1 + 2 * beta), color=THEORY, linewidth=1.4)
    axes.axhline(2, color=LINE, linewidth=1, zorder=0)
    for name, color in (("heavy", TRAINS), ("nesterov", THIRD)):
        axes.plot(BETAS, r["limits"][name], "o", color=color, markersize=8)
    note(axes, 0.42, 3.25, label("heavy"), TRAINS, ha="right")
    note(axes, 0.45, 1.2, label("nesterov"), THIRD, ha="right")
    axes.set(xlim=(-0.02, 1), ylim=(0, 4.2))
    ticks(axes.xaxis, (0, 0.5, 1))
    ticks(axes.yaxis, (0, 1, 2, 3, 4))
    name_axes(axes, label("beta"), label("limit"))
    return drawing
