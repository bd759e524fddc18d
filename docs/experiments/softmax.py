"""Softmax: the loss of a guess, extreme logits, and a twin that saturates."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, THEORY, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from snippets.softmax import softmax, softmax_cross_entropy, softmax_quadratic_loss

CLASSES = 10
LABEL = 0  # the right class of the three that the reader drags


def run():
    gaps = np.linspace(0, 20, 201)
    rng = np.random.default_rng(0)
    return {
        "gaps": gaps,
        "cross": np.array([_push(softmax_cross_entropy, gap) for gap in gaps]),
        "quadratic": np.array([_push(softmax_quadratic_loss, gap) for gap in gaps]),
        "guess": {k: float(softmax_cross_entropy(np.zeros((1, k)), [0])[0]) for k in (2, CLASSES, 1000)},
        "extreme": softmax_cross_entropy([[1000.0, 0.0, -1000.0]], [2]),
        "difference": _gradient_error(rng),
        "twice": float(softmax_cross_entropy(np.eye(CLASSES), np.arange(CLASSES))[0]),
        "wide": float(softmax_cross_entropy(5 * rng.normal(size=(10000, CLASSES)), np.zeros(10000, int))[0]),
    }


def _push(loss, gap):
    """How hard the gradient pushes the right logit up, the wrong one being `gap` ahead."""
    return -loss([[gap, 0.0, 0.0]], [1])[1][0, 1]


def _gradient_error(rng, h=1e-5):
    """Typical (median) relative gap between gradient and centred differences, 100 directions."""
    gaps = []
    for _ in range(100):
        z, y = rng.normal(size=(8, CLASSES)), rng.integers(CLASSES, size=8)
        d = rng.normal(size=z.shape)
        slope = np.sum(softmax_cross_entropy(z, y)[1] * d)
        measured = (softmax_cross_entropy(z + h * d, y)[0] - softmax_cross_entropy(z - h * d, y)[0]) / (2 * h)
        gaps.append(abs(slope - measured) / max(abs(slope), abs(measured)))
    return np.median(gaps)


def facts(r):
    at10 = int(np.argmin(np.abs(r["gaps"] - 10)))
    return {
        "classes": (CLASSES, ".0f"),
        "guess_2": (r["guess"][2], ".3f"),
        "guess_10": (r["guess"][CLASSES], ".3f"),
        "guess_10_short": (r["guess"][CLASSES], ".1f"),
        "guess_1000": (r["guess"][1000], ".3f"),
        "wide_loss": (r["wide"], ".1f"),
        "extreme_loss": (r["extreme"][0], ".0f"),
        "gap": (r["gaps"][at10], ".0f"),
        "cross_push": (r["cross"][at10], ".2f"),
        "quadratic_push": (r["quadratic"][at10], ".1e"),
        "difference": (r["difference"], ".0e"),
        "twice_floor": (r["twice"], ".3f"),
        "epsilon_cap": (-np.log(1e-8), ".1f"),
    }


@figure
def saturation(r, label):
    """Push on the right logit against how far it lies behind."""
    drawing, [axes] = canvas()
    axes.plot(r["gaps"], r["cross"], color=TRAINS)
    axes.plot(r["gaps"], r["quadratic"], color=FAILS)
    note(axes, 12, 3.6, label("cross"), TRAINS, ha="center")
    note(axes, 11, 1e-3, label("quadratic"), FAILS)
    axes.set(xlim=(0, 20), ylim=(1e-9, 9), yscale="log")
    ticks(axes.xaxis, (0, 5, 10, 15, 20))
    log_ticks(axes.yaxis, (-8, -4, 0))
    name_axes(axes, label("gap"), label("push"))
    return drawing


LOGITS = tuple(range(-4, 5))


@figure(z1=Slider(LOGITS, at=1), z2=Slider(LOGITS, at=3), z3=Slider(LOGITS, at=0))
def logits(r, label, z1, z2, z3):
    """Probabilities of three classes and the gradient; class 1 is right."""
    z = np.array([[z1, z2, z3]])
    a = softmax(z)[0]
    loss, dz = softmax_cross_entropy(z, [LABEL])
    drawing, (left, right) = canvas(2, height=230)
    colors = (TRAINS, THEORY, THEORY)
    for axes, heights, name in ((left, a, "a"), (right, dz[0], "dz")):
        for k, bar in enumerate(axes.bar((1, 2, 3), heights, width=0.62, color=colors)):
            moves(bar, f"{name}{k + 1}")
        ticks(axes.xaxis, (1, 2, 3))
    right.axhline(0, color=THEORY, linewidth=1)
    left.set(xlim=(0.4, 3.6), ylim=(0, 1))
    right.set(xlim=(0.4, 3.6), ylim=(-1, 1))
    ticks(left.yaxis, (0, 0.5, 1))
    ticks(right.yaxis, (-1, 0, 1))
    name_axes(left, label("class"), label("probability"))
    name_axes(right, label("class"), label("gradient"))
    read(drawing, right=(a[LABEL], ".2f"), push=(dz[0, LABEL], ".2f"), loss=(loss, ".2f"))
    return drawing
