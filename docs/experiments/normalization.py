"""Normalization: a rounder surface, a wider range of rates, and what the mode of a batch norm does."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, LINE, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from docs.experiments import _tables
from snippets.conditioning import condition_number
from snippets.gradient_descent import best_rate, gradient_descent
from snippets.mini_batch import minibatches
from snippets.network import descend, initialize, loss_and_gradients
from snippets.normalization import batch_norm, batch_norm_predict, norm_gradient, standardize
from snippets.sharpness import max_stable_lr
from snippets.softmax import softmax_cross_entropy

NORMS = {"none": None, "batch": "batch", "layer": "layer"}
HIDDEN, DEPTH, IMAGES, STEPS, SEEDS = 32, 4, 60, 50, 2
RATES = 10.0 ** np.arange(-2, 1.1, 0.5)
GAIN = Slider((0.25, 1, 4), at=1)

WIDE, TRAIN, BATCH, EPOCHS, LR, KEEP = 64, 1000, 50, 10, 0.5, 0.1
SIZES, MODE_SEEDS = (2, 5, 10, 25, 50), 3

SCALE = Slider((1, 1.5, 2, 3, 5, 8), at=5)
TIE = Slider((0, 0.3, 0.6, 0.8, 0.9), at=0)
PATH = 20


def run():
    return {"wine": _wine(), "rates": _rates(), "modes": [_modes(seed) for seed in range(MODE_SEEDS)],
            "bias": _bias(), "shrink": _shrink()}


def _wine():
    """Softmax regression on 13 chemical measurements: condition, largest stable rate, loss after 200 steps below it."""
    measured, y = _tables.wine()
    found = {}
    for name, x in (("raw", measured), ("centred", measured - measured.mean(axis=0)), ("standard", standardize(measured)[0])):
        A = np.column_stack([x, np.ones(len(x))])
        loss, grad = (lambda w, part=part: _softmax(A, y, w)[part] for part in (0, 1))
        w = np.zeros((14, 3))
        rate = max_stable_lr(loss, grad, w)
        found[name] = {"kappa": condition_number(A.T @ A / len(A)), "rate": rate,
                       "losses": [loss(v) for v in gradient_descent(grad, w, 0.8 * rate, 200)[::10]]}
    return found | {"columns": measured.shape[1], "spread": np.sort(measured.std(axis=0))[[0, -1]]}


def _softmax(A, y, w):
    loss, dz = softmax_cross_entropy(A @ w, y)
    return loss, A.T @ dz


def _rates():
    """Training loss of a deep tanh net after STEPS full-batch steps: {(norm, gain): (SEEDS, rates)}."""
    x, y = (part[:IMAGES] for part in _tables.digits())
    return {(name, gain): np.array([[_after(x, y, norm, gain, lr, seed) for lr in RATES] for seed in range(SEEDS)])
            for name, norm in NORMS.items() for gain in GAIN.values}


def _after(x, y, norm, gain, lr, seed):
    layers = initialize((64, *(HIDDEN,) * DEPTH, 10), np.random.default_rng(seed), gain)
    for _ in range(STEPS):
        _, gradients = loss_and_gradients(layers, x, y, norm=norm)
        layers = descend(layers, gradients, lr)
    return loss_and_gradients(layers, x, y, norm=norm)[0]


def _modes(seed):
    """A net with one batch norm, and its test accuracy with kept statistics and with those of the test batch."""
    (x, y), rng = _tables.digits(), np.random.default_rng(seed)
    order = rng.permutation(len(x))
    x, y = x[order], y[order]
    net = [rng.normal(0, 1 / 8, (64, WIDE)), np.ones(WIDE), np.zeros(WIDE),
           rng.normal(0, 1 / np.sqrt(WIDE), (WIDE, 10)), np.zeros(10)]
    mean, var, early = np.zeros(WIDE), np.ones(WIDE), None
    for _ in range(EPOCHS):
        for xb, yb in minibatches(x[:TRAIN], y[:TRAIN], BATCH, rng):
            net, seen = _step(net, xb, yb)
            mean, var = ((1 - KEEP) * old + KEEP * new for old, new in zip((mean, var), seen))
            if early is None:
                early = _accuracy(net, x[TRAIN:], y[TRAIN:], mean, var), _accuracy(net, x[TRAIN:], y[TRAIN:])
    test, target = x[TRAIN:], y[TRAIN:]
    by_class = np.argsort(target, kind="stable")
    cut = len(test) // SIZES[-1] * SIZES[-1]
    return {
        "kept": _accuracy(net, test, target, mean, var), "early": early,
        "mixed": [np.mean([_accuracy(net, *pair) for pair in minibatches(test[:cut], target[:cut], n)]) for n in SIZES],
        "sorted": [np.mean([_accuracy(net, *pair) for pair in minibatches(test[by_class][:cut], target[by_class][:cut], n)])
                   for n in SIZES],
    }


def _step(net, x, y):
    """One step of gradient descent; also the batch's mean and unbiased variance."""
    w, gain, shift, v, c = net
    out, saved = batch_norm(x @ w, gain, shift)
    a = np.maximum(out, 0)
    _, ds = softmax_cross_entropy(a @ v + c, y)
    dz, dgain, dshift = norm_gradient(ds @ v.T * (out > 0), gain, saved)
    gradients = x.T @ dz, dgain, dshift, a.T @ ds, ds.sum(axis=0)
    _, mean, std, _ = saved
    return [p - LR * g for p, g in zip(net, gradients)], (mean[0], std[0]**2 * len(x) / (len(x) - 1))


def _accuracy(net, x, y, mean=None, var=None):
    w, gain, shift, v, c = net
    z = x @ w
    out = batch_norm(z, gain, shift)[0] if mean is None else batch_norm_predict(z, gain, shift, mean, np.sqrt(var + 1e-5))
    return np.mean((np.maximum(out, 0) @ v + c).argmax(axis=1) == y)


def _bias():
    """Largest gradient of the biases in front of a batch norm, and of those of the last layer."""
    x, y = (part[:IMAGES] for part in _tables.digits())
    layers = initialize((64, HIDDEN, HIDDEN, 10), np.random.default_rng(0))
    _, gradients = loss_and_gradients(layers, x, y, norm="batch")
    return max(np.abs(db).max() for _, db in gradients[:-1]), np.abs(gradients[-1][1]).max()


def _shrink():
    """Weights in front of a batch norm ten times as large: what becomes of the loss and of their gradient."""
    x, y = (part[:IMAGES] for part in _tables.digits())
    first, second = initialize((64, HIDDEN, 10), np.random.default_rng(0))
    found = []
    for scale in (1, 10):
        loss, gradients = loss_and_gradients([(scale * first[0], first[1]), second], x, y, norm="batch")
        found.append((loss, np.linalg.norm(gradients[0][0])))
    return found


def facts(r):
    wine, modes = r["wine"], r["modes"]
    mean = lambda key: np.mean([m[key] for m in modes], axis=0)  # noqa: E731
    found = {
        "path": (PATH, ".0f"), "measurements": (wine["columns"], ".0f"), "tried": (len(RATES), ".0f"), "rate_low": (RATES[0], ".2f"), "rate_high": (RATES[-1], ".0f"),
        "gain_low": (GAIN.values[0], ".2f"), "gain_high": (GAIN.values[-1], ".0f"),
        "wine_low": (wine["spread"][0], ".2f"), "wine_high": (wine["spread"][1], ".0f"),
        "hidden": (HIDDEN, ".0f"), "depth": (DEPTH, ".0f"), "images": (IMAGES, ".0f"), "steps": (STEPS, ".0f"),
        "seeds": (SEEDS, ".0f"),
        "guess": (np.log(10), ".2f"),
        "wide": (WIDE, ".0f"), "train": (TRAIN, ".0f"), "batch": (BATCH, ".0f"), "epochs": (EPOCHS, ".0f"),
        "mode_seeds": (MODE_SEEDS, ".0f"),
        "kept": (mean("kept"), ".1%"), "early_kept": (mean("early")[0], ".0%"), "early_batch": (mean("early")[1], ".0%"),
        "full_size": (SIZES[-1], ".0f"), "small_size": (SIZES[0], ".0f"),
        "mixed_full": (mean("mixed")[-1], ".1%"), "mixed_small": (mean("mixed")[0], ".0%"),
        "sorted_full": (mean("sorted")[-1], ".0%"), "sorted_small": (mean("sorted")[0], ".0%"),
        "bias": (10.0 ** np.ceil(1 + np.log10(r["bias"][0])), ".0e"), "last_bias": (r["bias"][1], ".2f"),
        "scaled_change": (abs(r["shrink"][1][0] - r["shrink"][0][0]), ".0e"),
        "scaled_gradient": (r["shrink"][0][1] / r["shrink"][1][1], ".1f"), "scaled_by": (10, ".0f"),
        "stable_raw": (wine["raw"]["rate"], ".1e"), "stable_standard": (wine["standard"]["rate"], ".1f"),
        "stable_centred": (wine["centred"]["rate"], ".1e"), "wine_steps": (200, ".0f"),
    }
    for name in ("raw", "centred", "standard"):
        found[f"kappa_{name}"] = (wine[name]["kappa"], ".0f" if name == "standard" else ".0e")
        found[f"loss_{name}"] = (wine[name]["losses"][-1], ".0e" if name == "standard" else ".2f")
    for name in NORMS:
        for gain, word in ((GAIN.values[0], "small"), (1, "one"), (GAIN.values[-1], "large")):
            best = r["rates"][name, gain].mean(axis=0).min()
            found[f"{name}_{word}"] = (best, ".2f" if best >= 0.01 else ".3f")
            found[f"{name}_{word}_width"] = (_width(r["rates"][name, gain]), ".0f")
    return found


def _width(losses):
    """Of the rates that were tried, how many end below half of guessing in every seed."""
    return np.sum(np.all(losses < np.log(10) / 2, axis=0))


# Figures ----------------------------------------------------------------------


@figure(gain=GAIN)
def rates(r, label, gain):
    """Training loss of a deep net against the rate, without norm, with batch and with layer norm."""
    drawing, [axes] = canvas()
    axes.axhline(np.log(10), color=THEORY, linewidth=1)
    for name, color in (("none", FAILS), ("layer", THIRD), ("batch", TRAINS)):
        for seed in range(SEEDS):
            losses = np.clip(r["rates"][name, gain][seed], 1e-3, 8)
            moves(axes.plot(RATES, losses, color=color, linewidth=1.5)[0], f"{name}-{seed}")
    for row, (name, color) in enumerate((("none", FAILS), ("layer", THIRD), ("batch", TRAINS))):
        note(axes, 1.0e-2, 0.012 / 2.2**row, label(name), color)
    axes.set(xscale="log", yscale="log", xlim=(RATES[0] / 1.2, RATES[-1] * 1.2), ylim=(1e-3, 10))
    log_ticks(axes.xaxis, (-2, -1, 0, 1))
    log_ticks(axes.yaxis, (-3, -2, -1, 0))
    name_axes(axes, label("lr"), label("loss"))
    best = {name: r["rates"][name, gain].mean(axis=0).min() for name in NORMS}
    read(drawing, **{name: (value, ".3f") for name, value in best.items()})
    return drawing


@figure(scale=SCALE, tie=TIE)
def flat(r, label, scale, tie):
    """Loss of two inputs with correlation `tie`, the second `scale` times as large: as it is, and standardized."""
    drawing, both = canvas(2)
    kappas = []
    for axes, s, name in zip(both, (scale, 1.0), ("raw", "standard")):
        H = np.array([[1, tie * s], [tie * s, s**2]])
        lam, v = np.linalg.eigh(H)
        kappas.append(condition_number(H))
        path = gradient_descent(lambda w: H @ w, np.array([1.6, 1.2]), best_rate(lam)[0], PATH)
        circle = np.linspace(0, 2 * np.pi, 49)
        rings = [v @ (np.stack([np.cos(circle), np.sin(circle)]) * np.sqrt(2 * level * lam[-1] / lam)[:, None])
                 for level in (0.04, 0.3, 1)]
        moves(axes.plot(*np.concatenate([np.pad(ring, ((0, 0), (0, 1)), constant_values=np.nan) for ring in rings], axis=1),
                        color=LINE, linewidth=1)[0], f"{name}-contours")
        moves(axes.plot(*path.T, color=TRAINS, linewidth=1.5)[0], f"{name}-path")
        moves(axes.plot(*path[-1:].T, "o", color=TRAINS, markersize=8, zorder=4)[0], f"{name}-end")
        axes.plot(0, 0, "+", color=THEORY, markersize=9)
        axes.set(xlim=(-2, 2), ylim=(-2, 2))
        for axis in (axes.xaxis, axes.yaxis):
            ticks(axis, (-2, 0, 2))
        name_axes(axes, label("w1"), label(name))
    read(drawing, raw=(kappas[0], ".1f"), standard=(kappas[1], ".1f"))
    return drawing


@figure
def modes(r, label):
    """Test accuracy with the statistics of the test batch, against its size, and with kept statistics."""
    drawing, [axes] = canvas()
    for m in r["modes"]:
        axes.axhline(m["kept"], color=TRAINS, linewidth=1)
        axes.plot(SIZES, m["mixed"], "o-", color=THIRD, linewidth=1.1, markersize=4)
        axes.plot(SIZES, m["sorted"], "o-", color=FAILS, linewidth=1.1, markersize=4)
    note(axes, 2, 1.04, label("kept"), TRAINS)
    note(axes, 50, 0.78, label("mixed"), THIRD, ha="right")
    note(axes, 50, 0.48, label("sorted"), FAILS, ha="right")
    axes.set(xscale="log", xlim=(1.8, 55), ylim=(0, 1.1))
    ticks(axes.xaxis, SIZES)
    ticks(axes.yaxis, (0, 0.5, 1), ("0%", "50%", "100%"))
    name_axes(axes, label("size"), label("test"))
    return drawing
