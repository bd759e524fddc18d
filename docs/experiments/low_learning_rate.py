"""What makes a model need a low learning rate: sharpness predicted, rates tried."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, LINE, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, panels, ticks
from docs.experiments._nets import GAIN, convolutional, digits, mlp, recurrent, start
from snippets.gradient_descent import gradient_descent
from snippets.sharpness import max_stable_lr, sharpness

IMAGES, SEEDS = 50, 2
FINE = 1e-7  # a difference this short misses nearly every kink of a ReLU net
CAUTION, STEPS = 0.5, 300  # each net is trained this long at the rate 0.5 / sharpness of its start
DEPTHS, WIDTHS, LENGTHS = (1, 2, 4, 8), (8, 32, 128), (1, 2, 4, 8, 16)
SCALES, OFFSETS = (0.5, 1.0, 2.0, 4.0), (0.0, 0.5, 1.0, 2.0)
BASE = (32, 32)  # hidden layers where nothing else is said
ROWS = 8  # pieces in which a recurrent net reads an image
SIZES = (50, 200)
RNN, CNN = ("rows", ROWS), ("convolution", 1)

EDGE_IMAGES, EDGE_SEEDS = 500, 2
EDGES = {5: 4000, 10: 8000}  # 2/lr: steps; rate times steps is the same
LOOKS = 40  # at the sharpness, in each run


def models():
    """{(factor, value): (net, scale of its start)}, one thing changed at a time."""
    x, t = digits(IMAGES)
    x = x - x.mean(0)
    base = mlp(x, t, BASE), 1
    found = {}
    for depth in DEPTHS:
        found["depth", depth] = base if depth == len(BASE) else (mlp(x, t, (32,) * depth), 1)
        found["relu", depth] = mlp(x, t, (32,) * depth, "relu"), GAIN["relu"]
    for width in WIDTHS:
        found["width", width] = base if width == BASE[0] else (mlp(x, t, (width, width)), 1)
    found["sigmoid", 2] = mlp(x, t, BASE, "sigmoid"), 1
    for scale in SCALES:
        found["init", scale] = base if scale == 1 else (mlp(x, t, BASE), scale)
        found["input", scale] = base if scale == 1 else (mlp(scale * x, t, BASE), 1)
    for offset in OFFSETS:
        found["offset", offset] = base if offset == 0 else (mlp(x + offset, t, BASE), 1)
    for norm in ("batch", "layer"):
        for offset in (OFFSETS[0], OFFSETS[-1]):
            found[norm, offset] = mlp(x + offset, t, BASE, norm=norm), 1
    for length in LENGTHS:
        found["length", length] = recurrent([x] * length, t), 1
    found["rows", ROWS] = recurrent(np.split(x, ROWS, axis=1), t), 1
    found["convolution", 1] = convolutional(x, t), 1
    for n in SIZES:
        x, t = digits(n)
        found["sum", n] = mlp(x - x.mean(0), t, BASE, mean=False), 1
        found["mean", n] = base if n == IMAGES else (mlp(x - x.mean(0), t, BASE), 1)
    return found


def measure(net, scale, seed):
    """(2, 3): at a random start, and after some cautious training: sharpness, largest rate, sharpness with finer h."""
    loss, grad = halves(net[1])
    rng = np.random.default_rng(seed)
    w, results = start(net[0], rng, scale), []
    for trained in (False, True):
        if trained:
            w = gradient_descent(grad, w, CAUTION / lam, STEPS)[-1]
        lam, fine = (abs(sharpness(grad, w, steps=40, h=h, rng=rng)[0]) for h in (1e-5, FINE))
        results.append((lam, max_stable_lr(loss, grad, w, tol=0.04), fine))
    return results


def halves(both):
    """Loss and gradient as two functions; asked for at one w in turn, they cost one run through the net."""
    last = [None, None]

    def at(w):
        if last[0] is not w:
            last[:] = w, both(w)
        return last[1]

    return lambda w: at(w)[0], lambda w: at(w)[1]


def edge(inverse, seed):
    """Loss at each step, and the sharpness at some, at the rate 2 / inverse."""
    x, t = digits(EDGE_IMAGES)
    shapes, both = mlp(x - x.mean(0), t, (32,))
    w = start(shapes, np.random.default_rng(seed))
    losses, lams = [], []
    for step in range(EDGES[inverse] + 1):
        if step % (EDGES[inverse] // LOOKS) == 0:
            lams.append(sharpness(lambda w: both(w)[1], w, steps=20)[0])
        loss, g = both(w)
        losses.append(loss)
        w = w - 2 / inverse * g
    return np.array(losses), np.array(lams)


def run():
    kinds = models()
    first = {id(model): key for key, model in reversed(kinds.items())}  # one model can stand under several keys
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("fork"), threadpool_limits, (1,)) as pool:
        edges = {inverse: [pool.submit(edge, inverse, seed) for seed in range(EDGE_SEEDS)] for inverse in EDGES}
        nets = {key: [pool.submit(measure_model, key, seed) for seed in range(SEEDS)] for key in first.values()}
        edges = {inverse: [run.result() for run in runs] for inverse, runs in edges.items()}
        nets = {key: np.array([run.result() for run in runs]) for key, runs in nets.items()}
    return {
        "distinct": nets,
        "nets": {key: nets[first[id(model)]] for key, model in kinds.items()},
        "edges": edges,
        "parameters": {key: sum(np.prod(shape) for shape in kinds[key][0][0]) for key in (RNN, CNN)},
        "pixels": pixels(),
    }


def measure_model(key, seed):
    return measure(*models()[key], seed)


def pixels():
    """Largest eigenvalue of A^T A / n: all images with a column of ones, as they are, inverted, centred."""
    x, _ = digits(None)
    found = {}
    for name, inputs in (("plain", x), ("inverted", 1 - x), ("centred", x - x.mean(0))):
        a = np.column_stack([inputs, np.ones(len(x))])
        found[name] = np.linalg.eigvalsh(a.T @ a / len(a))[-1]
    return found


# Facts ------------------------------------------------------------------------


def ratios(r, trained):
    """{key: (SEEDS,)} measured rate / predicted rate."""
    return {key: runs[:, trained, 1] * runs[:, trained, 0] / 2 for key, runs in r["distinct"].items()}


def kinks(r):
    """Runs, after training, whose sharpness is that of a kink: it depends on the length of the difference."""
    return [(key, seed) for key, runs in r["distinct"].items() for seed in range(SEEDS)
            if runs[seed, 1, 0] > 2 * runs[seed, 1, 2]]


def middle(r, key, column, trained=1):
    """Geometric mean over the seeds; column 0 is the sharpness, 1 the rate."""
    return np.exp(np.mean(np.log(r["nets"][key][:, trained, column])))


def facts(r):
    kinked = kinks(r)
    trained = np.array([ratio for key, ratios_ in ratios(r, 1).items() for seed, ratio in enumerate(ratios_)
                        if (key, seed) not in kinked])
    fresh = np.concatenate([ratio for key, ratio in ratios(r, 0).items() if key[0] != "relu"])
    of_kinks = [r["nets"][key][seed, 1] for key, seed in kinked]
    edges = r["edges"]
    settled = np.concatenate([lams[-LOOKS // 4:] for _, lams in edges[5]])
    found = {
        "images": (IMAGES, ".0f"),
        "nets": (len(r["distinct"]), ".0f"),
        "runs": (len(r["distinct"]) * SEEDS, ".0f"),
        "cautious": (STEPS, ".0f"),
        "trial": (100, ".0f"),
        "trained_low": (trained.min(), ".2f"),
        "trained_middle": (np.median(trained), ".2f"),
        "trained_high": (trained.max(), ".2f"),
        "fresh_low": (fresh.min(), ".1f"),
        "fresh_middle": (np.median(fresh), ".1f"),
        "fresh_high": (fresh.max(), ".1f"),
        "kinks": (len(kinked), ".0f"),
        "kink_worst": (max(coarse / fine for coarse, _, fine in of_kinks), ".0f"),
        "kink_fine": (np.median([fine * rate / 2 for _, rate, fine in of_kinks]), ".2f"),
        "edge_images": (EDGE_IMAGES, ".0f"),
        "edge_seeds": (EDGE_SEEDS, ".0f"),
        "edge_steps": (EDGES[5], ".0f"),
        "edge_limit": (5, ".0f"),
        "edge_rate": (2 / 5, ".1f"),
        "edge_peak": (max(lams.max() for _, lams in edges[5]), ".1f"),
        "edge_low": (settled.min(), ".1f"),
        "edge_high": (settled.max(), ".1f"),
        "edge_mean": (settled.mean(), ".2f"),
        "edge_rises": (np.mean([np.sum(np.diff(losses) > 0) for losses, _ in edges[5]]), ".0f"),
        "edge_half": (np.mean([losses[EDGES[5] // 2] for losses, _ in edges[5]]), ".3f"),
        "edge_end": (np.mean([losses[-1] for losses, _ in edges[5]]), ".3f"),
        "calm_limit": (10, ".0f"),
        "calm_rate": (2 / 10, ".1f"),
        "calm_steps": (EDGES[10], ".0f"),
        "calm_low": (min(lams[-1] for _, lams in edges[10]), ".1f"),
        "calm_high": (max(lams[-1] for _, lams in edges[10]), ".1f"),
        "calm_rises": (sum(np.sum(np.diff(losses) > 0) for losses, _ in edges[10]), ".0f"),
        "calm_end": (np.mean([losses[-1] for losses, _ in edges[10]]), ".3f"),
        "rnn_sharpness": (middle(r, RNN, 0), ".1f"),
        "cnn_sharpness": (middle(r, CNN, 0), ".1f"),
        "rnn_rate": (middle(r, RNN, 1), ".2f"),
        "cnn_rate": (middle(r, CNN, 1), ".2f"),
        "rnn_parameters": (r["parameters"][RNN], ".0f"),
        "cnn_parameters": (r["parameters"][CNN], ".0f"),
        "rows": (ROWS, ".0f"),
        "sum_few": (middle(r, ("sum", SIZES[0]), 1), ".4f"),
        "sum_many": (middle(r, ("sum", SIZES[1]), 1), ".4f"),
        "mean_few": (middle(r, ("mean", SIZES[0]), 1), ".2f"),
        "mean_many": (middle(r, ("mean", SIZES[1]), 1), ".2f"),
        "few": (SIZES[0], ".0f"),
        "many": (SIZES[1], ".0f"),
        "sigmoid_rate": (middle(r, ("sigmoid", 2), 1), ".2f"),
        "pixels_plain": (r["pixels"]["plain"], ".1f"),
        "pixels_inverted": (r["pixels"]["inverted"], ".1f"),
        "pixels_centred": (r["pixels"]["centred"], ".2f"),
        "pixels_times": (r["pixels"]["inverted"] / r["pixels"]["plain"], ".1f"),
        "demo_offset": (10, ".0f"),
        "demo_rate": (max_stable_lr(*neuron(10.0)), ".3f"),
        "demo_centred_rate": (max_stable_lr(*neuron(0.0)), ".2f"),
        "demo_sum_rate": (max_stable_lr(*neuron(0.0, 50)), ".3f"),
    }
    for factor in ("depth", "width", "init", "input", "offset", "batch", "layer", "length"):
        values = [value for name, value in r["nets"] if name == factor]
        for end, value in (("first", values[0]), ("last", values[-1])):
            found[f"{factor}_{end}"] = (middle(r, (factor, value), 1), ".2f" if factor != "offset" else ".3f")
            found[f"{factor}_{end}_at"] = (value, "g")
    return found


def neuron(offset, times=1):
    """Loss, gradient and start of the snippet's demo; times: what the loss is multiplied by."""
    x = np.random.default_rng(0).normal(size=50)
    A, y = np.column_stack([x + offset, np.ones(50)]), 2 * x + 1
    return (lambda w: times * np.mean((A @ w - y) ** 2) / 2, lambda w: times * A.T @ (A @ w - y) / 50, np.zeros(2))


# Figures ----------------------------------------------------------------------


@figure
def predicted(r, label):
    """Every net twice: the predicted rate against the one found by trial."""
    drawing, [axes] = canvas(height=380)
    ends = np.array([1e-3, 3])
    axes.plot(ends, ends, color=THEORY, linewidth=1.2)
    kinked = kinks(r)
    for key, runs in r["distinct"].items():
        for seed, (fresh, trained) in enumerate(runs):
            axes.plot(2 / fresh[0], fresh[1], "o", color=THIRD, markersize=4.5, markerfacecolor="none", markeredgewidth=1)
            axes.plot(2 / trained[0], trained[1], "o", markersize=4.5, zorder=3,
                      color=FAILS if (key, seed) in kinked else TRAINS)
    note(axes, 0.03, 0.008, label("trained"), TRAINS)
    note(axes, 0.03, 1.6, label("fresh"), THIRD, ha="right")
    note(axes, 0.0023, 0.16, label("kink"), FAILS)
    note(axes, 0.0021, 0.00125, label("equal"), THEORY)
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
    log_ticks(axes.xaxis, (-3, -2, -1, 0))
    log_ticks(axes.yaxis, (-3, -2, -1, 0))
    name_axes(axes, label("x"), label("y"))
    return drawing


CAUSES = ("depth", "width", "init", "input", "offset", "length")
TICKS = {"depth": (1, 2, 4, 8), "width": (8, 32, 128), "init": (0.5, 1, 2, 4), "input": (0.5, 1, 2, 4), "offset": (0, 1, 2),
         "length": (1, 4, 16)}


@figure
def causes(r, label):
    """The largest rate against one property at a time."""
    boxes = [(52 + 146 * column, 236 - 190 * row, 112, 104) for row in (0, 1) for column in (0, 1, 2)]
    drawing, all_axes = panels(*boxes, height=382)
    for axes, factor in zip(all_axes, CAUSES):
        _against(axes, r, factor, TRAINS)
        if factor == "offset":
            _against(axes, r, "batch", THIRD)
            note(axes, 2, 0.55, label("batch"), THIRD, ha="right")
        axes.set(yscale="log", ylim=(0.01, 1.4), xlim=(-0.15, 2.15) if factor == "offset" else
                 (TICKS[factor][0] / 1.25, TICKS[factor][-1] * 1.25), xscale="linear" if factor == "offset" else "log")
        ticks(axes.xaxis, TICKS[factor])
        log_ticks(axes.yaxis, (-2, -1, 0))
        name_axes(axes, "", label(factor))
    note(all_axes[0], 1, 0.03, label("measured"), TRAINS)
    note(all_axes[0], 1, 0.014, label("two_over"), THEORY)
    return drawing


def _against(axes, r, factor, color):
    values = [value for name, value in r["nets"] if name == factor]
    axes.plot(values, [2 / middle(r, (factor, value), 0) for value in values], color=THEORY, linewidth=1.4)
    for seed in range(SEEDS):
        axes.plot(values, [r["nets"][factor, value][seed, 1, 1] for value in values], "o", color=color, markersize=4.5)


@figure
def edge_of_stability(r, label):
    """Sharpness during training at two rates, with the limit of each."""
    drawing, both = canvas(2, height=240)
    for axes, (inverse, runs) in zip(both, r["edges"].items()):
        steps = EDGES[inverse]
        axes.axhline(inverse, color=THEORY, linewidth=1.2)
        for _, lams in runs:
            axes.plot(np.linspace(0, steps, LOOKS + 1), lams, color=TRAINS, linewidth=1.4)
        note(axes, 0, inverse + 0.55, label(f"limit_{inverse}"), THEORY)
        axes.set(xlim=(0, steps), ylim=(0, 11.4))
        ticks(axes.xaxis, (0, steps // 2, steps))
        ticks(axes.yaxis, (0, 5, 10))
        name_axes(axes, label("steps"), label("sharpness"))
    return drawing


OFFSET = Slider(np.linspace(0, 3, 13), at=0.0)
RATE = Slider((0.1, 0.2, 0.4, 0.8, 1.2, 1.6, 1.9, 2.2), at=0.8)


@figure(offset=OFFSET, lr=RATE)
def shift(r, label, offset, lr):
    """One neuron w x + b whose inputs have mean `offset` and standard deviation 1: contours and a path."""
    H = np.array([[1 + offset**2, offset], [offset, 1.0]])
    lam, v = np.linalg.eigh(H)
    path = gradient_descent(lambda w: H @ w, np.array([1.6, -1.2]), lr, 30)
    drawing, [axes] = canvas(height=320)
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 61))
    rings = [v @ (np.stack([circle.real, circle.imag]) * np.sqrt(2 * level / lam)[:, None]) for level in (0.1, 0.5, 1.5)]
    moves(axes.plot(*np.concatenate([np.pad(ring, ((0, 0), (0, 1)), constant_values=np.nan) for ring in rings], axis=1),
                    color=LINE, linewidth=1)[0], "contours")
    moves(axes.plot(*np.clip(path, -9, 9).T, color=TRAINS, linewidth=1.6)[0], "path")
    moves(axes.plot(*np.clip(path[-1:], -9, 9).T, "o", color=TRAINS, markersize=8, zorder=4)[0], "end")
    axes.plot(0, 0, "+", color=THEORY, markersize=10, markeredgewidth=1.5)
    axes.plot(*path[0], "o", color=THEORY, markersize=6)
    axes.set(xlim=(-3, 3), ylim=(-1.8, 1.8))
    ticks(axes.xaxis, (-2, 0, 2))
    ticks(axes.yaxis, (-1, 0, 1))
    name_axes(axes, label("w"), label("b"))
    read(drawing, sharpness=(lam[-1], ".2f"), limit=(2 / lam[-1], ".2f"), share=(lr * lam[-1] / 2, ".2f"))
    return drawing
