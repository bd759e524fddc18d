"""Mini-batches: noise against batch size, an epoch against an update, and two ways to shuffle wrongly."""

import contextlib
import inspect
import io

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, panels, ticks
from docs.experiments import _tables
from docs.experiments._surface import Surface, X, Y, contours, trace
from snippets import mini_batch
from snippets.mini_batch import gradient_noise, minibatches
from snippets.softmax import softmax_cross_entropy

SEEDS, RATE, EPOCHS = 3, 0.2, 8
SIZES = (10, 100, 1797)
SHUFFLE_SIZE = 50
NOISE_N, NOISE_SIZES, DRAWS = 256, 2 ** np.arange(9), 4000
LINE_EPOCHS = 20
BATCH = Slider((1, 2, 5, 10), at=1)
LR = Slider((0.02, 0.05, 0.1, 0.2, 0.5), at=0.1)

STANDARD = np.column_stack([np.ones_like(X), (X - X.mean()) / X.std()])  # (10, 2)


def run():
    x, y = _tables.digits()
    x = np.column_stack([x, np.ones(len(x))])
    by_class = np.argsort(y, kind="stable")
    train = {size: [_train(x, y, size, np.random.default_rng(seed)) for seed in range(SEEDS)] for size in SIZES}
    return {
        "n": len(x),
        "train": train,
        "shuffled": [_train(x, y, SHUFFLE_SIZE, np.random.default_rng(seed)) for seed in range(SEEDS)],
        "sorted": _train(x[by_class], y[by_class], SHUFFLE_SIZE, None),
        "apart": [_train(x[np.random.default_rng(seed).permutation(len(x))], y, SHUFFLE_SIZE,
                         np.random.default_rng(seed)) for seed in range(SEEDS)],
        "noise": _noise(np.random.default_rng(0)),
        "line": {(size, lr): _line(size, lr) for size in BATCH.values for lr in LR.values},
        "demo": _demo(), "demo_apart": _demo("in minibatches(x, y,", "in minibatches(rng.permutation(x), y,"),
    }


def _train(x, y, size, rng):
    """Softmax regression; the loss on all examples, at first and then 10 times an epoch: (updates, losses)."""
    w, updates, record = np.zeros((x.shape[1], 10)), 0, []
    every = max(1, len(x) // size // 10)
    for _ in range(EPOCHS):
        for xb, yb in minibatches(x, y, size, rng):
            if updates < 2 * EPOCHS or updates % every == 0:
                record.append((updates, softmax_cross_entropy(x @ w, y)[0]))
            w = w - RATE * xb.T @ softmax_cross_entropy(xb @ w, yb)[1]
            updates += 1
    return np.array([*record, (updates, softmax_cross_entropy(x @ w, y)[0])]).T


def _noise(rng):
    """Standard deviation of the mini-batch gradient, with and without replacement, and sigma."""
    x = rng.uniform(-2, 2, NOISE_N)
    g = -x * (3 * x + rng.normal(size=NOISE_N))  # each example's gradient at w = 0
    with_, without = [], []
    for size in NOISE_SIZES:
        with_.append(np.std(rng.choice(g, (DRAWS, size)).mean(axis=1)))
        epochs = max(1, DRAWS * size // NOISE_N)
        without.append(np.std([batch.mean() for _ in range(epochs) for batch, _ in minibatches(g, g, size, rng)]))
    return np.array(with_), np.array(without), np.std(g)


def _line(size, lr):
    """The ten points with standardized x: path of (b, w)."""
    rng, path = np.random.default_rng(1), [np.zeros(2)]
    for _ in range(LINE_EPOCHS):
        for xb, yb in minibatches(STANDARD, Y, int(size), rng):
            path.append(path[-1] - lr * xb.T @ (xb @ path[-1] - yb) / len(xb))
    return np.array(path)


def _demo(old="", new=""):
    """The snippet's own table, perhaps with one line changed: rows of B, updates, w, measured, theory."""
    source = inspect.getsource(mini_batch)
    assert old in source
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source.replace(old, new, 1) if old else source, "mini_batch.py", "exec"), {"__name__": "__main__"})
    return np.array([[float(cell) for cell in row.split()] for row in out.getvalue().splitlines()[2:]])


def _squares():
    """Half the mean square of the ten residuals: with standardized x all curvatures are 1."""
    optimum = np.linalg.lstsq(STANDARD, Y, rcond=None)[0]
    floor = np.mean((STANDARD @ optimum - Y) ** 2) / 2
    return Surface(STANDARD.T @ STANDARD / len(X), optimum, floor, np.zeros(2), limits=((-100, 800), (-100, 700)),
                   ticks=((0, 400, 800), (0, 300, 600)), levels=tuple(floor + 10.0 ** np.arange(2.5, 5.5, 0.5)))


def facts(r):
    with_, without, sigma = r["noise"]
    half = int(np.log2(NOISE_N)) - 1
    ends = {size: np.mean([losses[-1] for _, losses in runs]) for size, runs in r["train"].items()}
    last = r["sorted"][1]
    return {
        "n": (r["n"], ".0f"),
        "lr": (RATE, ".1f"),
        "epochs": (EPOCHS, ".0f"),
        "seeds": (SEEDS, ".0f"),
        "small": (SIZES[0], ".0f"),
        "middle": (SIZES[1], ".0f"),
        "small_updates": (-(-r["n"] // SIZES[0]), ".0f"),
        "middle_updates": (-(-r["n"] // SIZES[1]), ".0f"),
        "small_end": (ends[SIZES[0]], ".2f"),
        "middle_end": (ends[SIZES[1]], ".2f"),
        "full_end": (ends[SIZES[2]], ".2f"),
        "shuffle_size": (SHUFFLE_SIZE, ".0f"),
        "shuffled_end": (np.mean([losses[-1] for _, losses in r["shuffled"]]), ".2f"),
        "sorted_end": (last[-1], ".1f"),
        "sorted_worst": (last.max(), ".1f"),
        "apart_end": (np.mean([losses[-1] for _, losses in r["apart"]]), ".2f"),
        "guess": (np.log(10), ".2f"),
        "noise_n": (NOISE_N, ".0f"),
        "noise_1": (without[0], ".2f"),
        "noise_4": (without[2], ".2f"),
        "noise_half": (NOISE_SIZES[half], ".0f"),
        "noise_half_with": (with_[half], ".2f"),
        "noise_half_without": (without[half], ".2f"),
        "demo_full": (r["demo"][-1, 2], ".2f"),
        "demo_small": (r["demo"][1, 2], ".2f"),
        "demo_size": (r["demo"][1, 0], ".0f"),
        "demo_apart": (np.abs(r["demo_apart"][1:, 2]).max(), ".2f"),
        "line_epochs": (LINE_EPOCHS, ".0f"),
    }


@figure
def noise(r, label):
    """Noise of the gradient against batch size; dots are measured, lines are theory."""
    with_, without, sigma = r["noise"]
    drawing, [axes] = canvas()
    fine = np.linspace(1, NOISE_N, 2000)
    axes.plot(fine, gradient_noise(sigma, 1) / np.sqrt(fine), color=THEORY, linewidth=1.2)
    axes.plot(fine[:-1], [gradient_noise(sigma, size, NOISE_N) for size in fine[:-1]], color=THEORY, linewidth=1.2)
    axes.plot(NOISE_SIZES, with_, "o", color=THIRD, markersize=7)
    axes.plot(NOISE_SIZES[:-1], without[:-1], "o", color=TRAINS, markersize=5)
    note(axes, 128, with_[-2] * 1.9, label("with"), THIRD, ha="center")
    note(axes, 110, without[-2] * 0.72, label("without"), TRAINS, ha="right")
    axes.set(xlim=(0.9, 300), ylim=(0.1, 6), xscale="log", yscale="log")
    ticks(axes.xaxis, (1, 4, 16, 64, 256))
    ticks(axes.yaxis, (0.1, 0.3, 1, 3))
    name_axes(axes, label("size"), label("noise"))
    return drawing


@figure
def progress(r, label):
    """Loss of softmax regression on the digits, against epochs and against updates."""
    drawing, (left, right) = canvas(2)
    for size, color in zip(SIZES, (TRAINS, THIRD, FAILS)):
        for updates, losses in r["train"][size]:
            left.plot(updates * EPOCHS / updates[-1], losses, color=color, linewidth=1.2)
            right.plot(np.maximum(updates, 0.5), losses, color=color, linewidth=1.2)
    for size, color, y in ((SIZES[0], TRAINS, 0.18), (SIZES[1], THIRD, 0.75), (SIZES[2], FAILS, 2.12)):
        note(left, EPOCHS, y, label(f"size{SIZES.index(size)}"), color, ha="right", va="bottom")
    for axes, name in ((left, "epochs"), (right, "updates")):
        axes.set(ylim=(0, 2.4))
        ticks(axes.yaxis, (0, 1, 2))
        name_axes(axes, label(name), label("loss"))
    left.set(xlim=(0, EPOCHS))
    ticks(left.xaxis, (0, EPOCHS // 2, EPOCHS))
    right.set(xlim=(0.8, 2000), xscale="log")
    log_ticks(right.xaxis, (0, 1, 2, 3))
    return drawing


@figure
def order(r, label):
    """The same data in three orders."""
    drawing, [axes] = canvas()
    axes.axhline(np.log(10), color=THEORY, linewidth=1)
    for runs, color in ((r["apart"], THIRD), ([r["sorted"]], FAILS), (r["shuffled"], TRAINS)):
        for updates, losses in runs:
            axes.plot(updates * EPOCHS / updates[-1], losses, color=color, linewidth=1.4)
    top = 1.15 * r["sorted"][1].max()
    note(axes, 1.3, 3.1, label("sorted"), FAILS)
    note(axes, EPOCHS, np.log(10) * 1.14, label("apart"), THIRD, ha="right", va="bottom")
    note(axes, 1.2, 0.3, label("shuffled"), TRAINS)
    axes.set(xlim=(0, EPOCHS), ylim=(0, top))
    ticks(axes.xaxis, (0, EPOCHS // 2, EPOCHS))
    ticks(axes.yaxis, (0, 2, 4))
    name_axes(axes, label("epochs"), label("loss"))
    return drawing


@figure(batch=BATCH, lr=LR)
def cloud(r, label, batch, lr):
    """The ten points, inputs standardized: path of a mini-batch run, and its loss over all ten."""
    surface, path = _squares(), r["line"][batch, lr]
    drawing, (map_, curve) = panels((52, 46, 210, 206), (326, 46, 134, 206), height=298)
    contours(map_, surface, label)
    moves(trace(map_, surface, path), "path")
    moves(map_.plot(*path[-1:].T, "o", color=TRAINS, markersize=8, zorder=4)[0], "end")
    losses = surface.loss(path)
    moves(curve.plot(np.linspace(0, LINE_EPOCHS, len(path)), losses, color=TRAINS, linewidth=1.4)[0], "loss")
    curve.axhline(surface.floor, color=THEORY, linewidth=1)
    curve.set(xlim=(0, LINE_EPOCHS), ylim=(3e3, 3e5), yscale="log")
    ticks(curve.xaxis, (0, LINE_EPOCHS // 2, LINE_EPOCHS))
    log_ticks(curve.yaxis, (4, 5))
    name_axes(curve, label("epochs"), label("loss"))
    read(drawing, updates=(len(path) - 1, ".0f"),
         above=(np.mean(losses[-len(path) // 4:]) / surface.floor - 1, ".0%"))
    return drawing
