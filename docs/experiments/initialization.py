"""The scale of the initial weights: through 30 ReLU layers, and on digits; and units that stay alike."""

import contextlib
import inspect
import io
import re

import numpy as np

from docs.builder.experiment import Slider, choice, figure, read
from docs.builder.figure import FAILS, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from docs.experiments._nets import digits
from snippets import initialization
from snippets.initialization import he, layer_variances, xavier
from snippets.network import backward, descend, forward, initialize, loss_and_gradients

UNITS, DEPTH, INPUTS, NETS, SHOWN = 100, 30, 10, 100, 20
SIGMA, WIDTH, DEEP = 0.01, 500, 10  # tanh, far too small
SIZES, IMAGES, RATE, STEPS, SEEDS = (64, 30, 30, 30, 30, 10), 200, 0.05, 200, 4
STARTS = {"small": SIGMA, "right": None, "large": 1.0}  # deviation of the weights; None: 1/sqrt(n)
EQUAL, NOISY = "np.full((1, 3), 0.5)", "np.full((1, 3), 0.5) + rng.normal(0, 0.01, (1, 3))"  # change one line
TORCH_NETS = 20
MORE, LESS = 2.2, 1.8  # instead of He's 2

GAIN = Slider((0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, np.sqrt(2), 1.6, 1.8, 2), at=1, form=".2f")
KINDS = ("tanh", "relu")
LAYERS, LINES = 20, 5


def run():
    return {
        "relu": {name: through_relu(start) for name, start in (("xavier", xavier), ("he", he))},
        "tanh": [tanh_last(np.random.default_rng(seed)) for seed in range(5)],
        "torch": [pytorch_default(np.random.default_rng(seed)) for seed in range(TORCH_NETS)],
        "digits": {name: [train(std, seed) for seed in range(SEEDS)] for name, std in STARTS.items()},
        "first_relu": [first_loss_relu(seed) for seed in range(SEEDS)],
        "twins": demo(),
        "noisy": demo(EQUAL, NOISY),
        "drag": {(kind, gain): [there_and_back(kind, gain, seed) for seed in range(LINES)]
                 for kind in KINDS for gain in GAIN.values},
    }


def relu(z):
    return np.maximum(z, 0)


def through_relu(start):
    """(NETS, DEPTH): mean square of z, one row a net."""
    rng = np.random.default_rng(0)
    return np.array([layer_variances([start(UNITS, UNITS, rng) for _ in range(DEPTH)],
                                     rng.normal(size=(INPUTS, UNITS)), relu) for _ in range(NETS)])


def tanh_last(rng):
    weights = [rng.normal(0, SIGMA, (WIDTH, WIDTH)) for _ in range(DEEP)]
    return layer_variances(weights, rng.normal(size=(INPUTS, WIDTH)), np.tanh)[-1]


def pytorch_default(rng):
    """Variance over inputs of z in the first and last layer; weights and biases uniform in +-1/sqrt(n)."""
    a, bound, spread = rng.normal(size=(INPUTS, UNITS)), 1 / np.sqrt(UNITS), []
    for _ in range(DEPTH):
        z = a @ rng.uniform(-bound, bound, (UNITS, UNITS)) + rng.uniform(-bound, bound, UNITS)
        spread.append(np.mean(z.var(axis=0)))
        a = relu(z)
    return spread[-1] / spread[0]


def train(std, seed):
    """Losses of a tanh net on digits, and the share of unseen digits that it gets right."""
    x, targets = digits(2 * IMAGES)
    x = (x - x[:IMAGES].mean(axis=0)) / x[:IMAGES].std()
    y = targets.argmax(axis=1)
    layers, losses = start_of(std, seed), []
    for _ in range(STEPS):
        loss, gradients = loss_and_gradients(layers, x[:IMAGES], y[:IMAGES], activation="tanh")
        losses.append(loss)
        layers = descend(layers, gradients, RATE)
    right = np.mean(forward(layers, x[IMAGES:], "tanh")[0].argmax(axis=1) == y[IMAGES:])
    return losses, right


def start_of(std, seed):
    rng = np.random.default_rng(seed)
    layers = initialize(SIZES, rng)
    return layers if std is None else [(w * np.sqrt(len(w)) * std, b) for w, b in layers]


def first_loss_relu(seed):
    x, targets = digits(IMAGES)
    x = (x - x.mean(axis=0)) / x.std()
    return loss_and_gradients(start_of(1.0, seed), x, targets.argmax(axis=1), activation="relu")[0]


def demo(old="", new=""):
    """{start: loss} of the three units in the snippet's demo, perhaps with one line changed."""
    source = inspect.getsource(initialization)
    assert source.count(old) == 1 or not old
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source.replace(old, new) if old else source, "initialization.py", "exec"), {"__name__": "__main__"})
    return {start: float(loss) for start, loss in re.findall(r"(\S.*?) +loss ([\d.]+)", out.getvalue())}


def there_and_back(kind, gain, seed):
    """Mean squares of z and of dL/dz in each hidden layer; at the scores dL/dz is drawn from N(0, 1)."""
    rng = np.random.default_rng(seed)
    layers = initialize((UNITS,) * (LAYERS + 2), rng, gain)
    _, trace = forward(layers, rng.normal(size=(1, UNITS)), kind)
    gradients = backward(layers, trace, rng.normal(size=(1, UNITS)), kind)
    return ([np.mean(z**2) for _, z, _, _ in trace[:-1]],
            [np.mean(db**2) for _, db in gradients[:-1]])  # one example: db is dz


def facts(r):
    last = {name: v[:, -1] / v[:, 0] for name, v in r["relu"].items()}
    theory = 0.5 ** (DEPTH - 1)
    losses = {name: np.array([run[0] for run in runs]) for name, runs in r["digits"].items()}
    right = {name: np.array([run[1] for run in runs]) for name, runs in r["digits"].items()}
    return {
        "units": (UNITS, ".0f"),
        "depth": (DEPTH, ".0f"),
        "nets": (NETS, ".0f"),
        "shown": (SHOWN, ".0f"),
        "theory": (theory, ".1e"),
        "plain_mean": (last["xavier"].mean(), ".1e"),
        "plain_middle": (np.median(last["xavier"]), ".1e"),
        "he_mean": (last["he"].mean(), ".1f"),
        "he_middle": (np.median(last["he"]), ".1f"),
        "he_low": (np.quantile(last["he"], 0.05), ".2f"),
        "he_high": (np.quantile(last["he"], 0.95), ".1f"),
        "he_first": (r["relu"]["he"][:, 0].mean(), ".1f"),
        "root": (np.sqrt(2), ".2f"),
        "ten_percent": ((MORE / 2) ** (DEPTH - 1), ".0f"),
        "ten_percent_less": ((LESS / 2) ** (DEPTH - 1), ".0%"),
        "sigma": (SIGMA, ".2f"),
        "width": (WIDTH, ".0f"),
        "deep": (DEEP, ".0f"),
        "tanh_factor": (WIDTH * SIGMA**2, ".2f"),
        "tanh_last": (np.mean(r["tanh"]), ".0e"),
        "tanh_theory": ((WIDTH * SIGMA**2) ** DEEP, ".1e"),
        "torch_nets": (TORCH_NETS, ".0f"),
        "torch_factor": (6, ".0f"),
        "torch_middle": (np.median(r["torch"]), ".0e"),
        "images": (IMAGES, ".0f"),
        "rate": (RATE, ".2f"),
        "steps": (STEPS, ".0f"),
        "seeds": (SEEDS, ".0f"),
        "hidden": (len(SIZES) - 2, ".0f"),
        "hidden_units": (SIZES[1], ".0f"),
        "guessing": (np.log(SIZES[-1]), ".2f"),
        **{f"{name}_{key}": (value, form) for name, loss in losses.items() for key, value, form in (
            ("first", loss[:, 0].mean(), ".2f"), ("last", loss[:, -1].mean(), ".2f"),
            ("right", right[name].mean(), ".0%"))},
        "relu_first": (np.min(r["first_relu"]), ".0f"),
        "zeros_loss": (r["twins"]["zeros"], ".2f"),
        "half_loss": (r["twins"]["all 0.5"], ".2f"),
        "xavier_loss": (r["twins"]["xavier"], ".3f"),
        "noise_loss": (r["noisy"]["all 0.5"], ".3f"),
    }


@figure
def losses(r, label):
    """Training loss on digits from three scales of the initial weights."""
    drawing, [axes] = canvas()
    for name, color in (("small", FAILS), ("large", THIRD), ("right", TRAINS)):
        for loss, _ in r["digits"][name]:
            axes.plot(loss, color=color, linewidth=1.2)
    note(axes, 110, 2.75, label("small"), FAILS)
    note(axes, 14, 5.0, label("large"), THIRD)
    note(axes, 4, 0.28, label("right"), TRAINS)
    axes.set(xlim=(0, STEPS), ylim=(0, 8))
    ticks(axes.xaxis, (0, STEPS // 2, STEPS))
    ticks(axes.yaxis, (0, 2, 4, 6))
    name_axes(axes, label("steps"), label("loss"))
    return drawing


@figure
def variances(r, label):
    """Variance of z from layer to layer, with 1/n and with 2/n."""
    drawing, [axes] = canvas()
    layer = np.arange(1, DEPTH + 1)
    for name, color, factor in (("xavier", FAILS, 0.5), ("he", TRAINS, 1.0)):
        found = r["relu"][name]
        axes.plot(layer, found[:SHOWN].T, color=color, linewidth=0.8, alpha=0.7)
        axes.plot(layer, found[:, 0].mean() * factor ** (layer - 1), color=THEORY, linewidth=2.6, linestyle=(0, (4, 3)))
    note(axes, 8, 3e2, label("he"), TRAINS)
    note(axes, 3, 1e-7, label("plain"), FAILS)
    note(axes, 16.5, 1e-2, label("theory"), THEORY)
    axes.set(xlim=(1, DEPTH), ylim=(1e-11, 1e4), yscale="log")
    ticks(axes.xaxis, (1, 10, 20, 30))
    log_ticks(axes.yaxis, (-10, -5, 0))
    name_axes(axes, label("layer"), label("variance"))
    return drawing


@figure(gain=GAIN, kind=choice(*KINDS))
def drag(r, label, gain, kind):
    """Mean squares on the way forth and back at any scale of the weights."""
    runs = r["drag"][KINDS[int(kind)], gain]
    drawing, [axes] = canvas()
    layer = np.arange(1, LAYERS + 1)
    for k, (z, dz) in enumerate(runs):
        for values, color, name in ((z, TRAINS, "z"), (dz, THIRD, "dz")):
            [line] = axes.plot(layer, np.clip(values, 1e-13, 1e13), color=color, linewidth=1.2)
            moves(line, f"{name}{k}")
    note(axes, 2, 3e7, label("z"), TRAINS)
    note(axes, 19, 3e7, label("dz"), THIRD, ha="right")
    axes.set(xlim=(1, LAYERS), ylim=(1e-13, 1e9), yscale="log")
    ticks(axes.xaxis, (1, 10, 20))
    log_ticks(axes.yaxis, (-12, -6, 0, 6))
    name_axes(axes, label("layer"), label("mean_square"))
    z, dz = np.median(np.array(runs), axis=0)
    read(drawing, forth=(z[-1] / z[0], ".1e"), back=(dz[0] / dz[-1], ".1e"))
    return drawing
