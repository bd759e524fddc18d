"""Ill-conditioning: two directions, one rate; and what standardizing does to the ten points."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, LINE, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note
from docs.builder.figure import panels, ticks
from snippets.conditioning import condition_number, contraction_rate
from snippets.gradient_descent import best_rate, gradient_descent

from ._surface import CONTOUR, INPUTS, REGRESSION, VALLEY, X, trace

CALM, WILD, STEPS = 0.4, 0.6, 20
KAPPA = Slider((1, 2, 5, 10, 20, 50, 100), at=20)
RATE = Slider((0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.45, 0.48, 0.5, 0.52), at=0.4)
LEVELS = (0.1, 1.5, 7, 20)
CHECKPOINTS = np.unique(np.geomspace(1, 1e6, 73).astype(int))  # steps at which the loss is looked at
ENOUGH = {"raw": 1e6, "centred": 3e5, "standardized": 1}  # steps
CORRELATION = 0.99


def valley(kappa):
    """The chapter's valley, but kappa times flatter than its walls."""
    steep = VALLEY.eigenvalues[-1]
    return VALLEY._replace(hessian=np.diag([steep / kappa, steep]))


def designs():
    """The ten points' inputs, three times: (10, 2) each, and (b, w) that give the same line as at the start."""
    b, w = REGRESSION.start
    mean, std = X.mean(), X.std()
    ones = np.ones_like(X)
    return {"raw": (INPUTS, [b, w]),
            "centred": (np.column_stack([ones, X - mean]), [b + w * mean, w]),
            "standardized": (np.column_stack([ones, (X - mean) / std]), [b + w * mean, w * std])}


def excess(inputs, start, steps):
    """Loss above the minimum at the checkpoints, as a share of that at the start, at the best constant rate."""
    hessian = 2 * inputs.T @ inputs
    optimum = np.linalg.lstsq(inputs, INPUTS @ REGRESSION.optimum, rcond=None)[0]
    lr, _ = best_rate(np.linalg.eigvalsh(hessian))
    far = [np.subtract(start, optimum)]
    for more in np.diff(CHECKPOINTS[CHECKPOINTS <= steps], prepend=0):
        far.append(gradient_descent(lambda d: hessian @ d, far[-1], lr, int(more))[-1])
    above = np.einsum("ti,ij,tj->t", far, hessian, far)
    return above / above[0]


def run():
    sample = np.column_stack([np.ones_like(X), (X - X.mean()) / X.std(ddof=1)])
    return {
        "calm": gradient_descent(VALLEY.gradient, VALLEY.start, CALM, STEPS),
        "wild": gradient_descent(VALLEY.gradient, VALLEY.start, WILD, STEPS),
        "grid": np.array([[gradient_descent(valley(kappa).gradient, VALLEY.start, lr, STEPS) for lr in RATE.values]
                          for kappa in KAPPA.values]),
        "kappa": {name: condition_number(2 * inputs.T @ inputs) for name, (inputs, _) in designs().items()},
        "excess": {name: excess(*design, ENOUGH[name]) for name, design in designs().items()},
        "sample": condition_number(2 * sample.T @ sample),
        "correlated": condition_number([[1, CORRELATION], [CORRELATION, 1]]),
    }


def facts(r):
    flat, steep = VALLEY.eigenvalues
    kappa, tiny = r["kappa"], 1e-6
    level = 1.0  # the gradient at the start, along the valley
    steps = {name: np.log(tiny) / np.log((k - 1) / (k + 1)) for name, k in kappa.items() if name != "standardized"}
    return {
        "calm": (CALM, "g"),
        "wild": (WILD, "g"),
        "steps": (STEPS, "g"),
        "calm_x1": (r["calm"][-1, 0], ".4f"),
        "calm_x2": (r["calm"][-1, 1], ".6f"),
        "wild_x1": (r["wild"][-1, 0], ".4f"),
        "wild_x2": (r["wild"][-1, 1], ".1f"),
        "calm_flat": (1 - CALM * flat, ".2f"),
        "wild_flat": (1 - WILD * flat, ".2f"),
        "calm_steep": (1 - CALM * steep, ".1f"),
        "wild_steep": (1 - WILD * steep, ".1f"),
        "flat": (flat, "g"),
        "steep": (steep, "g"),
        "own_flat": (1 / flat, "g"),
        "own_steep": (1 / steep, "g"),
        "limit": (2 / steep, "g"),
        "kappa": (condition_number(VALLEY.hessian), "g"),
        "best": (best_rate(VALLEY.eigenvalues)[0], ".3f"),
        "best_rate": (contraction_rate(VALLEY.hessian, best_rate(VALLEY.eigenvalues)[0]), ".3f"),
        "kappa_raw": (kappa["raw"], ".2e"),
        "kappa_centred": (kappa["centred"], ".1e"),
        "kappa_standardized": (kappa["standardized"], ".0f"),
        "kappa_sample": (r["sample"], ".2f"),
        "raw_low": (REGRESSION.eigenvalues[0], ".2f"),
        "raw_high": (REGRESSION.eigenvalues[1], ".3e"),
        "mean": (X.mean(), ".0f"),
        "std": (X.std(), ".0f"),
        "points": (len(X), "g"),
        "steps_raw": (steps["raw"], ".1e"),
        "steps_centred": (steps["centred"], ".1e"),
        "half_raw": (steps["raw"] * np.log(0.5) / (2 * np.log(tiny)), ".0e"),
        "excess_raw": (r["excess"]["raw"][-1], ".0e"),
        "same_gradient": (level, "g"),
        "flat_place": (-level / flat, "g"),
        "steep_place": (-level / steep, "g"),
        "flat_loss": (VALLEY.loss([-level / flat, 0]), "g"),
        "steep_loss": (VALLEY.loss([0, -level / steep]), "g"),
        "correlation": (CORRELATION, "g"),
        "kappa_correlated": (r["correlated"], ".0f"),
    }


@figure
def directions(r, label):
    """Distance along and across the valley, at both rates."""
    drawing, axes = canvas(2, height=250)
    for k, one in enumerate(axes):
        for name, color in (("calm", TRAINS), ("wild", FAILS)):
            one.plot(np.abs(r[name][:, k]), color=color)
        one.axhline(1, color=LINE, linewidth=1, zorder=0)
        one.set(xlim=(0, STEPS), ylim=(1e-5, 1e4), yscale="log")
        ticks(one.xaxis, (0, 10, 20))
        log_ticks(one.yaxis, (-4, -2, 0, 2, 4))
        name_axes(one, label("steps"), label(("along", "across")[k]))
    note(axes[1], 8, 0.004, label("calm"), TRAINS, ha="right")
    note(axes[1], 10, 6, label("wild"), FAILS)
    note(axes[0], 13, 9, label("calm"), TRAINS)
    note(axes[0], 9, 0.15, label("wild"), FAILS)
    return drawing


@figure(kappa=KAPPA, lr=RATE)
def drag(r, label, kappa, lr):
    """Contours that move with the condition number, and the path on them."""
    surface = valley(kappa)
    path = r["grid"][KAPPA.values.index(kappa), RATE.values.index(lr)]
    drawing, (map_, loss) = panels(CONTOUR, (338, 46, 122, 206), height=298)
    moves(map_.plot(*ellipses(surface), color=LINE, linewidth=1)[0], "contours")
    map_.plot(*VALLEY.optimum, "+", color=THEORY, markersize=10, markeredgewidth=1.5)
    map_.plot(*VALLEY.start, "o", color=THEORY, markersize=6)
    moves(trace(map_, VALLEY, path), "path")
    moves(map_.plot(*np.clip(path[-1:], -30, 30).T, "o", color=TRAINS, markersize=8, zorder=4)[0], "end")
    moves(loss.plot(np.clip(surface.loss(path), 1e-8, 1e5), color=TRAINS)[0], "loss")
    map_.set(xlim=VALLEY.limits[0], ylim=VALLEY.limits[1])
    loss.set(xlim=(0, STEPS), yscale="log", ylim=(1e-6, 1e3))
    ticks(map_.xaxis, VALLEY.ticks[0])
    ticks(map_.yaxis, VALLEY.ticks[1])
    ticks(loss.xaxis, (0, 10, 20))
    log_ticks(loss.yaxis, (-6, -3, 0, 3))
    name_axes(map_, label("x1"), label("x2"))
    name_axes(loss, label("steps"), label("loss"))
    read(drawing, rate=(contraction_rate(surface.hessian, lr), ".3f"),
         best=(best_rate(surface.eigenvalues)[1], ".3f"), loss=(surface.loss(path[-1]), ".2g"))
    return drawing


def ellipses(surface):
    """All contours as one broken line: x and y."""
    angle = np.append(np.linspace(0, 2 * np.pi, 97), np.nan)
    axes = np.sqrt(2 * np.array(LEVELS)[:, None] / surface.eigenvalues)  # (levels, 2)
    return np.outer(axes[:, 0], np.cos(angle)).ravel(), np.outer(axes[:, 1], np.sin(angle)).ravel()


@figure
def cures(r, label):
    """Excess loss of the ten points' line, each at its own best rate."""
    drawing, [axes] = canvas()
    steps = np.append(0, CHECKPOINTS)
    for name, color in (("raw", FAILS), ("centred", THIRD), ("standardized", TRAINS)):
        above = np.maximum(r["excess"][name], 1e-9)  # a log axis cannot show 0
        axes.plot(steps[:len(above)], above, color=color)
    note(axes, 9e5, 1.2, label("raw"), FAILS, ha="right")
    note(axes, 1.1e4, 1e-3, label("centred"), THIRD, ha="right")
    note(axes, 1.2, 1e-5, label("standardized"), TRAINS)
    axes.set_xscale("symlog", linthresh=1, linscale=0.4)
    axes.set(xlim=(0, 1e6), ylim=(1e-7, 3), yscale="log")
    ticks(axes.xaxis, (0, 1, 1e2, 1e4, 1e6), ("0", "1", "10²", "10⁴", "10⁶"))
    log_ticks(axes.yaxis, (-6, -4, -2, 0))
    name_axes(axes, label("steps"), label("excess"))
    return drawing
