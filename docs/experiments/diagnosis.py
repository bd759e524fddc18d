"""Diagnosis: one run for each symptom, as a curve that a reader can compare with, and the chart that leads from there."""

from typing import NamedTuple

import numpy as np
from matplotlib.patches import Rectangle

from docs.builder.experiment import figure
from docs.builder.figure import FAILS, INK, LINE, THEORY, THIRD, TRAINS, WIDTH, ends_before, panels
from docs.experiments import adam, gradient_clipping, relu, residual_connections
from docs.experiments._nets import digits
from docs.experiments._stuck_runs import near_xor_saddle
from docs.experiments._surface import VALLEY
from snippets import diagnosis
from snippets.diagnosis import update_ratio
from snippets.gradient_clipping import recurrent_neuron
from snippets.gradient_descent import gradient_descent
from snippets.learning_slowdown import train_neuron
from snippets.mini_batch import minibatches
from snippets.network import descend, forward, initialize, loss_and_gradients
from snippets.relu import he_layers, train

# Question: answers, each with the page that it leads to; "no" leads on to the next question.
CHART = {
    "training": {"only_test": "overfitting"},
    "explodes": {"at_once": "gradient-descent", "calm": "adam", "cliff": "gradient-clipping", "nan": "cross-entropy"},
    "jumps": {"noise": "mini-batch", "swings": "low-learning-rate"},
    "flat": {"zero": "relu", "wrong": "learning-slowdown", "first": "unstable-gradients", "alike": "initialization",
             "tiny": "gradient-descent", "labels": "mini-batch"},
    "stopped": {"large": "plateau", "small": "plateau"},
    "slow": {"low": "gradient-descent", "steep": "ill-conditioning", "deeper": "residual-connections"},
}

IMAGES, FRESH, CLASSES, NET = 100, 500, 10, (64, 30, 10)
FIVE = (64, *5 * [30], 10)  # hidden layers
LR, LOW, GENTLE, NEAR, BEYOND = 0.5, 5e-5, 0.05, 1.2, 1.5
EPOCHS, STEPS, BATCH = 600, 60, 5
SURE_LR, SURE_LOW, SURE_STEPS = 0.1, 0.03, 700
XOR_SPREAD, XOR_LR, XOR_CUT, XOR_STEPS = 0.1, 0.5, 150, 400
LIMIT = 2 / VALLEY.eigenvalues[-1]
VALLEY_STEPS = 40
RATES = {"low": 0.02, "ten_times": 0.2, "fast": 0.45, "too_fast": 0.52}
NARROW, FAR = np.array([0.02, 4.0]), np.array([-25.0, -1.0])  # a narrower valley, and the start there
DEEP, SHALLOW, SEEDS = 20, 2, 3
CALM = 200  # steps before a burst
SMALL, TAME = 0.1, 0.3  # weights, as a share of the usual ones


class Record(NamedTuple):
    """What a run leaves behind, step by step."""

    loss: np.ndarray
    gradient: np.ndarray | None = None  # (steps, layers), norms
    other: np.ndarray | None = None  # a loss to compare with


def run():
    r = {**fresh_data(), **explosions(), **jumps(), **flat(), **stopped(), **slow()}
    return {"runs": {name: run._asdict() for name, run in r.items() if isinstance(run, Record)},
            **{name: value for name, value in r.items() if not isinstance(value, Record)}, "checks": checks()}


def learn(lr, steps, sizes=NET, gain=1.0, shuffle=None, **how):
    """A net on images of digits, full batch: its record, and the last update ratio of its first layer.

    `shuffle` is a Generator that tears the labels from their images, anew in each step.
    """
    x, t, y = data()
    layers, losses, norms = initialize(sizes, np.random.default_rng(0), gain), [], []
    for _ in range(steps + 1):
        target = t if how.get("loss") == "squared" else shuffle.permutation(y) if shuffle else y
        loss, gradients = loss_and_gradients(layers, x[:IMAGES], target[:IMAGES], **how)
        losses.append(loss)
        norms.append([np.linalg.norm(dw) for dw, _ in gradients])
        before, layers = layers, descend(layers, gradients, lr)
    return Record(np.array(losses), np.array(norms)), update_ratio(before[0][0], layers[0][0])


def data():
    x, t = digits(IMAGES + FRESH)
    return x - x[:IMAGES].mean(axis=0), t, t.argmax(axis=1)


def fresh_data():
    """All training images are learned; the images that were kept aside are not."""
    x, _, y = data()
    layers, training, test = initialize(NET, np.random.default_rng(0)), [], []
    for _ in range(EPOCHS + 1):
        loss, gradients = loss_and_gradients(layers, x[:IMAGES], y[:IMAGES])
        training.append(loss)
        test.append(loss_and_gradients(layers, x[IMAGES:], y[IMAGES:])[0])
        before, layers = layers, descend(layers, gradients, LR)
    right = forward(before, x)[0].argmax(axis=1) == y
    return {"only_test": Record(np.array(training), None, np.array(test)),
            "right": (right[:IMAGES].mean(), right[IMAGES:].mean())}


def explosions():
    path, norms = gradient_clipping.neuron(gradient_clipping.NONE, gradient_clipping.LR)
    with np.errstate(over="ignore", invalid="ignore"):
        at_once, _ = learn(BEYOND, STEPS, loss="squared")
    return {"at_once": at_once, "calm": Record(adam.averaged(1, adam.LR)["loss"]),
            "cliff": Record(recurrent_neuron(*path[:-1].T)[0], norms[:, None]), "nan": sure(SURE_LR),
            "nan_low": sure(SURE_LOW).loss}


def sure(lr):
    """Two classes, float32, and the logarithm of an output that rounds to 1."""
    x, _, y = data()
    x, y = x[:IMAGES].astype(np.float32) * 16, (y[:IMAGES] < 5).astype(np.float32)
    w = np.zeros(x.shape[1], np.float32)
    losses, norms = [], []
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(SURE_STEPS):
            a = 1 / (1 + np.exp(-x @ w))
            losses.append(-np.mean(y * np.log(a) + (1 - y) * np.log(1 - a)))
            g = x.T @ (a - y) / len(y)
            norms.append([np.linalg.norm(g)])
            w = w - np.float32(lr) * g
    return Record(np.array(losses), np.array(norms))


def jumps():
    x, t, _ = data()
    layers, rng, losses = initialize(NET, np.random.default_rng(0)), np.random.default_rng(1), []
    while len(losses) < 4 * STEPS:
        for xb, tb in minibatches(x[:IMAGES], t[:IMAGES], BATCH, rng):
            loss, gradients = loss_and_gradients(layers, xb, tb, loss="squared")
            losses.append(loss)
            layers = descend(layers, gradients, LR)
    return {"noise": Record(np.array(losses)), "swings": learn(NEAR, STEPS, loss="squared")[0],
            "calmer": learn(NEAR / 2, STEPS, loss="squared")[0].loss}


def flat():
    layers = he_layers(relu.SIZES, relu.NETS, np.random.default_rng(0))
    after, losses = train(layers, relu.X, relu.Y, relu.RATE, STEPS)
    moved = sum(np.abs(b - a).reshape(relu.NETS, -1).sum(axis=1) for old, new in zip(layers, after) for a, b in zip(old, new))
    dead = np.flatnonzero(moved == 0)
    tiny, crawl = learn(LOW, STEPS)
    labels, stride = learn(GENTLE, STEPS, NET, TAME, np.random.default_rng(1))
    neuron = train_neuron(2.0, 2.0, lr=0.15, epochs=STEPS)
    return {
        "zero": Record(losses[:, dead[0]], np.zeros((STEPS + 1, 1))), "dead": len(dead),
        "wrong": Record(neuron.loss, np.abs(neuron.dw)[:, None]), "output": neuron.a[[0, -1]],
        "first": learn(LR, STEPS, FIVE, activation="sigmoid")[0],
        "alike": learn(LR, STEPS, FIVE, SMALL)[0],
        "tiny": tiny, "labels": labels, "ratios": {"tiny": crawl, "labels": stride},
    }


def stopped():
    bounce = gradient_descent(VALLEY.gradient, VALLEY.start, LIMIT, STEPS)
    surface, start = near_xor_saddle(np.random.default_rng(0), 1, XOR_SPREAD)
    start[:, -1] += 1  # an output that is too high falls first
    path = surface.descend(start, np.array([XOR_LR]), XOR_STEPS)[:, 0]
    loss, norms = surface.one(0).loss(path), np.linalg.norm(surface.one(0).gradient(path), axis=1)
    return {"large": Record(VALLEY.loss(bounce), np.linalg.norm(VALLEY.gradient(bounce), axis=1)[:, None]),
            "small": Record(loss[:XOR_CUT], norms[:XOR_CUT, None]), "later": loss[-1]}


def slow():
    def in_the_valley(name):
        return VALLEY.loss(gradient_descent(VALLEY.gradient, VALLEY.start, RATES[name], VALLEY_STEPS))

    def in_a_narrow_one(name):
        return gradient_descent(lambda w: NARROW * w, FAR, RATES[name], VALLEY_STEPS) ** 2 @ NARROW / 2

    deep, shallow = ([residual_connections.train(depth, False, seed) for seed in range(SEEDS)] for depth in (DEEP, SHALLOW))
    return {"low": Record(in_the_valley("low"), None, in_the_valley("ten_times")), "steep": Record(in_a_narrow_one("fast")),
            "too_fast": in_a_narrow_one("too_fast")[-1], "deeper": Record(deep[-1][0], None, shallow[-1][0]),
            "wrong_answers": np.array([[wrong for _, wrong, _ in runs] for runs in (deep, shallow)])}


def checks():
    """The snippet's checks on ten images, and what they miss."""
    x, _, y = data()
    rng = np.random.default_rng(0)
    w = rng.normal(size=(x.shape[1] + CLASSES) * 16) / 8

    def f(w, kind=np.float64, **broken):
        return diagnosis._net(w.astype(kind), x[:10].astype(kind), y[:10], CLASSES, **broken)

    return {
        "error": diagnosis.gradient_error(f, w, rng),
        "single": diagnosis.gradient_error(lambda w: f(w, np.float32), w, rng),
        "forgotten": diagnosis.gradient_error(lambda w: f(w, forgotten=True), w, rng),
        "overfit": diagnosis.overfit_batch(lambda w: f(w, forgotten=True), w, LR, STEPS)[-1],
        "agree": diagnosis.neighbours_agree(x, y), "apart": diagnosis.neighbours_agree(x, rng.permutation(y))[0],
    }


# Facts ------------------------------------------------------------------------


def facts(r):
    runs, check = r["runs"], r["checks"]

    def loss(name, at=-1):
        return runs[name]["loss"][at]

    def gradient(name, at=0, layer=0):
        return runs[name]["gradient"][at, layer]

    nan, nan_low = (int(np.argmax(np.isnan(losses))) for losses in (runs["nan"]["loss"], r["nan_low"]))
    bursts = runs["calm"]["loss"]
    burst = int(np.argmax(bursts[CALM:] / bursts[:-CALM])) + CALM
    return {
        "classes": (CLASSES, ".0f"), "guess": (np.log(CLASSES), ".3f"), "images": (IMAGES, ".0f"), "fresh": (FRESH, ".0f"),
        "error": (check["error"], ".0e"), "single": (check["single"], ".0%"), "forgotten": (check["forgotten"], ".2f"),
        "overfit": (check["overfit"], ".3f"), "steps": (STEPS, ".0f"),
        "agree": (check["agree"][0], ".0%"), "chance": (check["agree"][1], ".0%"), "apart": (check["apart"], ".0%"),
        "train_right": (r["right"][0], ".0%"), "test_right": (r["right"][1], ".0%"),
        "near": (NEAR, "g"), "half": (NEAR / 2, "g"), "beyond": (BEYOND, "g"), "low": (LOW, "g"),
        "beyond_end": (loss("at_once"), ".0e"),
        "burst_before": (bursts[burst - CALM], ".1g"), "burst": (bursts[burst], ".1f"), "burst_step": (round(burst, -2), ".0f"),
        "calm": (CALM, ".0f"),
        "sure_lr": (SURE_LR, "g"), "sure_low": (SURE_LOW, "g"), "nan_low_step": (nan_low, ".0f"), "nan_step": (nan, ".0f"),
        "nan_before": (loss("nan", nan - 1), ".3f"), "nan_gradient": (gradient("nan", nan - 1), ".2f"),
        "batch": (BATCH, ".0f"),
        "noise_low": (loss("noise", slice(-40, None)).min(), ".2f"), "noise_high": (loss("noise", slice(-40, None)).max(), ".2f"),
        "rises": (np.sum(np.diff(loss("swings", slice(None))) > 0), ".0f"),
        "calm_rises": (np.sum(np.diff(r["calmer"]) > 0), ".0f"),
        "dead": (r["dead"], ".0f"), "nets": (relu.NETS, ".0f"), "dead_loss": (loss("zero"), ".3f"),
        "output_start": (r["output"][0], ".3f"), "output_end": (r["output"][1], ".3f"),
        "first_loss": (loss("first"), ".3f"), "first_gradient": (gradient("first"), ".0e"),
        "last_gradient": (gradient("first", layer=-1), ".1f"),
        "alike_gradient": (runs["alike"]["gradient"][0].max(), ".0e"),
        "tiny_gradient": (gradient("tiny"), ".1f"), "tiny_ratio": (r["ratios"]["tiny"], ".0e"),
        "labels_ratio": (r["ratios"]["labels"], ".0e"),
        "labels_loss": (loss("labels"), ".3f"),
        "large_start": (loss("large", 0), ".1f"), "large_loss": (loss("large"), ".1f"),
        "large_share": (gradient("large", -1) / gradient("large"), ".1%"),
        "small_share": (gradient("small", -1) / gradient("small"), ".1%"), "small_loss": (loss("small"), ".3f"),
        "cut": (XOR_CUT, ".0f"), "later": (r["later"], ".0e"), "xor_steps": (XOR_STEPS, ".0f"),
        "valley_steps": (VALLEY_STEPS, ".0f"), "low_rate": (RATES["low"], "g"), "low_loss": (loss("low"), ".2f"),
        "ten_times": (RATES["ten_times"], "g"), "ten_times_loss": (runs["low"]["other"][-1], ".2f"),
        "fast": (RATES["fast"], "g"), "narrow_start": (loss("steep", 0), ".2f"), "fast_loss": (loss("steep"), ".2f"),
        "too_fast": (RATES["too_fast"], "g"), "too_fast_loss": (r["too_fast"], ".0f"),
        "deep": (DEEP, ".0f"), "shallow": (SHALLOW, ".0f"), "seeds": (SEEDS, ".0f"),
        "deep_low": (r["wrong_answers"][0].min(), ".0%"), "deep_high": (r["wrong_answers"][0].max(), ".0%"),
        "shallow_high": (r["wrong_answers"][1].max(), ".0%"),
    }


# The chart --------------------------------------------------------------------

ROW, BOX, GAP, TOP = 47, 32, 25, 24  # heights in pixels: an answer, a question, from question to question, the key
SPINE, THUMB, WORDS = 15, (50, 92, 37), 154  # places from the left; the thumbnails' width and height
HEIGHT = TOP + sum(BOX + 8 + ROW * len(answers) for answers in CHART.values()) + GAP * (len(CHART) - 1)
LOSSES = {"only_test": 2.5, "at_once": 4, "cliff": 0.3, "nan": 0.7, "noise": 1.2, "swings": 1.2, "low": 11, "steep": 9,
          "deeper": 2.6}  # upper ends of linear axes
SHOWN = {"nan": 200, "swings": 40, "only_test": 200, "cliff": 80}  # steps


def thumbnail(name, record):
    """[(colour, y in 0..1 at even distances)] of a run: its loss, the loss to compare with, its gradient."""
    loss, norms, other = record["loss"], record["gradient"], record["other"]
    end = SHOWN.get(name, len(loss))
    if name == "calm":
        peaks = loss[1:].reshape(100, -1).max(axis=1)
        return [(FAILS, (np.log10(peaks) + 5) / 9)]
    if name in LOSSES:
        curves = [(FAILS, loss)] if other is None else [(TRAINS, loss), (FAILS, other)]
        if name in CHART["slow"] and other is not None:
            curves = [(TRAINS, other), (FAILS, loss)]
        return [(color, curve[:end] / LOSSES[name]) for color, curve in curves]
    if name in CHART["stopped"]:
        norms = norms / norms[0]
    lanes = np.clip(np.log10(np.maximum(norms, 1e-9)) + 6, 0, 6) / 6 if name in CHART["flat"] else 1 + np.log10(norms) / 3
    return [(FAILS, 0.55 + 0.38 * loss / loss[0]), *((THIRD, 0.06 + 0.38 * lane) for lane in (lanes[:, 0], lanes[:, -1]))]


@figure
def chart(r, label):
    """Questions from top to bottom; each answer has the curve of a run and the page it leads to."""
    drawing, [axes] = panels((0, 0, WIDTH, HEIGHT), height=HEIGHT)
    axes.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axes.set_axis_off()

    def say(x, y, words, color=INK, weight=400, right=WIDTH):
        ends_before(axes.text(x, y, words, color=color, weight=weight, va="center"), right)

    def arrow(*points):
        axes.annotate("", points[1], points[0], arrowprops={"arrowstyle": "-|>", "color": THEORY, "linewidth": 1.1,
                                                            "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9})

    for x, color, name in ((0, FAILS, "loss"), (130, THIRD, "gradient"), (310, TRAINS, "other")):
        axes.plot((x, x + 18), (8, 8), color=color)
        say(x + 24, 8, label(name), color, right={0: 125, 130: 305, 310: WIDTH}[x])
    y = TOP
    for number, (question, answers) in enumerate(CHART.items(), 1):
        axes.add_patch(_box(0, y, WIDTH, BOX, INK))
        say(10, y + BOX / 2, label(question), weight=600, right=WIDTH - 6)
        top, y = y + BOX, y + BOX + 8
        for name, page in answers.items():
            _draw(axes, name, r["runs"][name], y)
            arrow((SPINE, y + ROW / 2 - 3), (THUMB[0] - 3, y + ROW / 2 - 3))
            say(WORDS, y + 10, label(name))
            say(WORDS, y + 30, label(page), weight=600)
            y += ROW
        if number < len(CHART):
            arrow((SPINE, top), (SPINE, y + GAP))
            say(SPINE + 8, y + GAP / 2 - 2, label("yes" if number == 1 else "no"), THEORY, 600)
            y += GAP
        else:
            axes.plot((SPINE, SPINE), (top, y - ROW / 2 - 3), color=THEORY, linewidth=1.1)
    return drawing


def _box(x, y, width, height, color):
    return Rectangle((x, y), width, height, facecolor="none", edgecolor=color, linewidth=1.2 if color == INK else 0.8)


def _draw(axes, name, record, y):
    """A run in its frame; what leaves the frame is cut off, a loss that is no number ends in a cross."""
    x, wide, high = THUMB
    frame = _box(x, y, wide, high, LINE)
    axes.add_patch(frame)
    for color, curve in thumbnail(name, record):
        across = np.linspace(x, x + wide, len(curve))
        [line] = axes.plot(across, y + high * (1 - np.clip(curve, 0, 2)), color=color, linewidth=1.5)
        line.set_clip_path(frame)
        if not np.isfinite(curve).all():
            last = np.flatnonzero(np.isfinite(curve))[-1]
            axes.plot(across[last], y + high * (1 - curve[last]) - 3, "x", color=color, markersize=6, markeredgewidth=1.8)
