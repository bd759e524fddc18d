"""L1: which weights become exactly zero, at which strength, with which step."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from docs.experiments import _tables
from snippets.l1 import proximal_descent, soft_threshold, subgradient_descent

TRUTH = np.array([3.0, -2, 1, 0, 0, 0, 0, 0, 0, 0])  # as in the snippet's demo
STRENGTH, ABOVE, LR, STEPS = 0.3, 3, 0.1, 1000
STRENGTHS = np.geomspace(0.01, 10, 61)
DRAWS, TWIN_NOISE = 200, 0.1
SEEDS, IMAGES = 4, 300
DIGIT_STRENGTHS = (0, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
DIGIT_RATE, DIGIT_STEPS, DIGIT_START = 2.0, 400, 0.1

C = Slider((0.25, 0.5, 0.75, 1.0), at=0.75)
S = Slider(np.arange(0, 13) / 8, at=0.5)


def run():
    x, y = _demo_data()
    grad = _gradient(x, y)
    start, zero = grad(np.zeros(10)), np.zeros(10)
    H = x.T @ x / len(y)
    return {
        "most": np.abs(start).max(),
        "sub": subgradient_descent(grad, zero, STRENGTH, LR, STEPS),
        "half": subgradient_descent(grad, zero, STRENGTH, LR / 2, 2 * STEPS),
        "prox": proximal_descent(grad, zero, STRENGTH, LR, STEPS),
        "above": proximal_descent(grad, zero, ABOVE, LR, STEPS)[-1],
        "none": np.linalg.solve(H, -start),
        "l1": np.array([proximal_descent(grad, zero, s, 0.4, 300)[-1] for s in STRENGTHS]),
        "l2": np.array([np.linalg.solve(H + s * np.eye(10), -start) for s in STRENGTHS]),
        "slopes": grad(proximal_descent(grad, zero, STRENGTH, LR, STEPS)[-1]),
        "twins": _twins(),
        "digits": _digits(),
    }


def _demo_data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 10))
    return x, x @ TRUTH + rng.normal(size=50)


def _gradient(x, y):
    return lambda w: x.T @ (x @ w - y) / len(y)


def _twins():
    """Two inputs that are nearly the same; both have weight 1. Weights found in each draw, with L1 and with L2."""
    rng = np.random.default_rng(0)
    one = rng.normal(size=(DRAWS, 50, 1))
    x = np.concatenate([one, one + TWIN_NOISE * rng.normal(size=one.shape)], axis=2)
    y = x.sum(axis=2, keepdims=True) + rng.normal(size=one.shape)
    H, start = x.swapaxes(1, 2) @ x / 50, x.swapaxes(1, 2) @ y / 50
    l1 = proximal_descent(lambda w: H @ w - start, np.zeros((DRAWS, 2, 1)), STRENGTH, 0.4, 3 * STEPS)[-1]
    l2 = np.linalg.solve(H + STRENGTH * np.eye(2), start)
    return np.stack([l1, l2], axis=1)[..., 0]  # (DRAWS, 2 penalties, 2 weights)


def _digits():
    """Softmax regression on centred digits, one a seed: {strength: (share of zeros, test accuracy)}, and by subgradient."""
    (x, y), rng = _tables.digits(), np.random.default_rng(0)
    order = np.stack([rng.permutation(len(x)) for _ in range(SEEDS)])
    x, y = x[order], y[order]
    x = x - x[:, :IMAGES].mean(axis=1, keepdims=True)
    train, target, test = x[:, :IMAGES], np.eye(10)[y[:, :IMAGES]], x[:, IMAGES:]

    def grad(w):                                 # (SEEDS, 64, 10), no bias
        z = train @ w
        e = np.exp(z - z.max(-1, keepdims=True))
        return train.swapaxes(1, 2) @ (e / e.sum(-1, keepdims=True) - target) / IMAGES

    first = DIGIT_START * rng.normal(size=(SEEDS, 64, 10))

    def judged(descend, strength):
        w = descend(grad, first, strength, DIGIT_RATE, DIGIT_STEPS)[-1]
        return (np.mean(w == 0, axis=(1, 2)), np.mean((test @ w).argmax(-1) == y[:, IMAGES:], axis=1),
                np.mean(np.all(w == 0, axis=2), axis=1))

    found = {s: judged(proximal_descent, s) for s in DIGIT_STRENGTHS}
    return found | {"sub": judged(subgradient_descent, DIGIT_STRENGTHS[3])}


def facts(r):
    prox, sub, digits = r["prox"][-1], r["sub"], r["digits"]
    gone = np.array([STRENGTHS[np.argmax(r["l1"][:, k] == 0)] for k in range(3)])
    twins = r["twins"]
    useless = r["prox"][:, 3:]
    found = {
        "lr": (LR, ".1f"), "strength": (STRENGTH, ".1f"), "steps": (STEPS, ".0f"), "weights": (10, ".0f"),
        "hop": (LR * STRENGTH, ".2f"), "half_lr": (LR / 2, ".2f"),
        "zeros": (np.sum(prox == 0), ".0f"), "sub_zeros": (np.sum(sub[-1] == 0), ".0f"),
        "last_zero": (1 + np.max(np.nonzero(np.any(useless != 0, axis=1))), ".0f"),
        "sub_size": (np.abs(sub[-100:, 3:]).max(), ".3f"),
        "half_size": (np.abs(r["half"][-100:, 3:]).max(), ".3f"),
        "first": (r["none"][0], ".2f"), "first_l1": (prox[0], ".2f"),
        "third": (r["none"][2], ".2f"), "third_l1": (prox[2], ".2f"),
        "most": (r["most"], ".2f"), "above": (ABOVE, ".0f"), "above_zeros": (np.sum(r["above"] == 0), ".0f"),
        "slope_kept": (np.abs(r["slopes"][:3]).min(), ".3f"), "slope_zero": (np.abs(r["slopes"][3:]).max(), ".2f"),
        "third_gone": (gone[2], ".1f"),
        "l2_zeros": (np.sum(r["l2"] == 0), ".0f"), "l2_strength": (STRENGTHS[-1], ".0f"),
        "l2_first": (r["l2"][-1, 0], ".2f"),
        "draws": (DRAWS, ".0f"),
        "twin_alone": (np.mean(np.any(twins[:, 0] == 0, axis=1)), ".0%"),
        "twin_second": (np.mean(twins[:, 0, 0] == 0), ".1%"), "twin_first": (np.mean(twins[:, 0, 1] == 0), ".1%"),
        "twin_gap": (np.median(np.abs(np.diff(twins[:, 0]))), ".2f"),
        "twin_gap_l2": (np.median(np.abs(np.diff(twins[:, 1]))), ".2f"),
        "seeds": (SEEDS, ".0f"), "images": (IMAGES, ".0f"), "digit_weights": (640, ".0f"),
        "sub_share": (digits["sub"][0].mean(), ".0%"), "sub_strength": (DIGIT_STRENGTHS[3], ".3f"),
        "prox_share": (digits[DIGIT_STRENGTHS[3]][0].mean(), ".0%"),
        "prox_pixels": (64 * digits[DIGIT_STRENGTHS[3]][2].mean(), ".0f"),
        "prox_test": (digits[DIGIT_STRENGTHS[3]][1].mean(), ".1%"),
        "sub_test": (digits["sub"][1].mean(), ".1%"),
        "light_strength": (DIGIT_STRENGTHS[2], ".3f"), "light_share": (digits[DIGIT_STRENGTHS[2]][0].mean(), ".0%"),
        "light_test": (digits[DIGIT_STRENGTHS[2]][1].mean(), ".1%"), "digit_steps": (DIGIT_STEPS, ".0f"),
        "plain_test": (digits[0][1].mean(), ".1%"),
        "strong_test": (digits[DIGIT_STRENGTHS[-1]][1].mean(), ".1%"),
        "strong_share": (digits[DIGIT_STRENGTHS[-1]][0].mean(), ".0%"),
        "strong_strength": (DIGIT_STRENGTHS[-1], ".2f"),
    }
    return found


# Figures ----------------------------------------------------------------------


@figure
def hops(r, label):
    """Sizes of the seven useless weights during descent: subgradient and proximal."""
    drawing, both = canvas(2)
    t = np.arange(STEPS + 1)
    for axes, name, color in zip(both, ("sub", "prox"), (FAILS, TRAINS)):
        sizes = np.abs(r[name][:, 3:])
        axes.plot(t, np.where(sizes > 0, sizes, np.nan), color=color, linewidth=0.8)
        axes.axhline(LR * STRENGTH, color=THEORY, linewidth=1)
        axes.set(xlim=(0, 80), ylim=(1e-4, 1), yscale="log")
        ticks(axes.xaxis, (0, 40, 80))
        log_ticks(axes.yaxis, (-4, -2, 0))
        name_axes(axes, label("steps"), label(name))
    note(both[1], 79, LR * STRENGTH * 1.9, label("hop"), THEORY, ha="right")
    note(both[1], 79, 2e-3, label("zero"), TRAINS, ha="right")
    return drawing


@figure
def paths(r, label):
    """Each weight against the strength of the penalty: L1 on the left, L2 on the right."""
    drawing, both = canvas(2)
    for axes, name in zip(both, ("l1", "l2")):
        for k in range(10):
            axes.plot(STRENGTHS, r[name][:, k], color=TRAINS if k < 3 else FAILS, linewidth=1.6 if k < 3 else 1)
        axes.set(xscale="log", xlim=(STRENGTHS[0], STRENGTHS[-1]), ylim=(-2.6, 3.6))
        log_ticks(axes.xaxis, (-2, -1, 0, 1))
        ticks(axes.yaxis, (-2, 0, 2))
        name_axes(axes, label("strength"), label(name))
    note(both[0], 0.012, 1.75, label("matter"), TRAINS)
    note(both[0], 0.012, -0.75, label("useless"), FAILS)
    return drawing


@figure
def digits(r, label):
    """Softmax regression on digits: test accuracy against the share of weights that are exactly zero."""
    drawing, [axes] = canvas()
    found = [r["digits"][s] for s in DIGIT_STRENGTHS]
    for k in range(SEEDS):
        axes.plot([f[0][k] for f in found], [f[1][k] for f in found], "o-", color=TRAINS, linewidth=1, markersize=4.5)
    axes.plot(*r["digits"]["sub"][:2], "o", color=FAILS, markersize=4.5)
    note(axes, 0.03, r["digits"]["sub"][1].min() - 0.012, label("sub"), FAILS)
    note(axes, 0.5, 0.955, label("prox"), TRAINS)
    axes.set(xlim=(-0.02, 1), ylim=(0.8, 0.97))
    ticks(axes.xaxis, (0, 0.25, 0.5, 0.75), ("0%", "25%", "50%", "75%"))
    ticks(axes.yaxis, (0.8, 0.85, 0.9, 0.95), ("80%", "85%", "90%", "95%"))
    name_axes(axes, label("zeros"), label("test"))
    return drawing


@figure(strength=S, c=C)
def corner(r, label, strength, c):
    """Loss of one weight, (w - c)^2 / 2, with an L1 and with an L2 penalty, and where each is lowest."""
    w = np.linspace(-0.5, 1.5, 81)
    drawing, [axes] = canvas()
    l1, l2 = soft_threshold(c, strength), c / (1 + strength)
    axes.axvline(0, color=THEORY, linewidth=0.8)
    for name, penalty, low, color in (("l2", lambda w: strength * w**2 / 2, l2, THIRD),
                                      ("l1", lambda w: strength * np.abs(w), l1, TRAINS)):
        loss = (w - c)**2 / 2 + penalty(w)
        moves(axes.plot(w, np.where(loss < 1.5, loss, np.nan), color=color, linewidth=1.8)[0], name)
        moves(axes.plot(low, (low - c)**2 / 2 + penalty(low), "o", color=color, markersize=9, zorder=4)[0], f"{name}-low")
    note(axes, -0.45, 1.4, label("l1"), TRAINS)
    note(axes, -0.45, 1.27, label("l2"), THIRD)
    axes.set(xlim=(-0.5, 1.5), ylim=(0, 1.5))
    ticks(axes.xaxis, (0, 0.5, 1, 1.5))
    ticks(axes.yaxis, (0, 0.5, 1, 1.5))
    name_axes(axes, label("w"), label("loss"))
    read(drawing, l1=(l1, ".3f" if l1 else ".0f"), l2=(l2, ".3f"), slope=(c, ".2f"))
    return drawing
