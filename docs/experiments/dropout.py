"""Dropout: what it buys on right and on wrong labels, and what all 1024 masks of ten units say on average."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, TRAINS, canvas, moves, name_axes, note, panels, ticks
from docs.experiments import _tables
from docs.experiments._change import changed
from snippets import dropout as snippet
from snippets.dropout import all_masks, dropout, dropout_predict, geometric_mean

SEEDS, IMAGES, WRONG = 4, 300, 0.2
HIDDEN, EPOCHS, BATCH, RATE, EVERY = 100, 40, 25, 0.2, 4
SHARES, HALF = (0.0, 0.25, 0.5, 0.75, 0.9), 0.5
CALLS = 20  # predictions with masks, for their average

A, W = np.ones(10), np.array([2, -2, 1, -1, 1, 2, -2, 1, -1, 1.0])  # as in the snippet's demo
TARGET = 1.0
P = Slider(np.arange(1, 8) / 10, at=HALF)
SCALE = Slider((0.125, 0.25, 0.5, 1), at=1)


def run():
    right, wrong = (_data(share, np.random.default_rng(0)) for share in (0, WRONG))
    return {
        "right": {p: _train(right, p) for p in (0.0, HALF)},
        "wrong": {p: _train(wrong, p) for p in SHARES},
        "fixed": _train(wrong, HALF, fixed=True),
        "test_images": right["test"][0].shape[1],
        "demo": {kind: _average(p, 1) for kind, p in (("half", HALF), ("tenth", 0.1))},
        "unscaled": _unscaled(),
    }


def _data(wrong, rng):
    """For each seed other images to train on, a share of their labels replaced by a random digit."""
    x, y = _tables.digits()
    order = np.stack([rng.permutation(len(x)) for _ in range(SEEDS)])
    x, y = x[order], y[order]  # (SEEDS, n, 64), (SEEDS, n)
    labels = np.where(rng.random((SEEDS, IMAGES)) < wrong, rng.integers(0, 10, (SEEDS, IMAGES)), y[:, :IMAGES])
    return {"train": (x[:, :IMAGES], labels), "test": (x[:, IMAGES:], y[:, IMAGES:])}


def _train(data, p, fixed=False):
    """64-100-10 ReLU nets, one a seed, side by side; dropout on the hidden layer, new masks or always the same."""
    rng, (x, y) = np.random.default_rng(1), data["train"]
    net = [rng.normal(0, np.sqrt(2 / 64), (SEEDS, 64, HIDDEN)), np.zeros((SEEDS, 1, HIDDEN)),
           rng.normal(0, np.sqrt(1 / HIDDEN), (SEEDS, HIDDEN, 10)), np.zeros((SEEDS, 1, 10))]
    one = dropout(np.ones((SEEDS, 1, HIDDEN)), p, rng)[1]
    record = []
    for epoch in range(EPOCHS + 1):
        if epoch % EVERY == 0:
            record.append(_judge(_forward(net, data["test"][0]), data["test"][1])[1])
        order, on = rng.permutation(IMAGES), []
        for rows in (order[i:i + BATCH] for i in range(0, IMAGES, BATCH)):
            hidden = _hidden(net, x[:, rows])
            mask = one if fixed else dropout(hidden, p, rng)[1]
            loss, gradients = _gradients(net, x[:, rows], hidden, mask, y[:, rows])
            on.append(loss)
            if epoch < EPOCHS:
                net = [w - RATE * g for w, g in zip(net, gradients)]
    return {"accuracy": np.array(record), "train_on": np.mean(on, axis=0), **_ends(net, data, p, rng)}


def _ends(net, data, p, rng):
    """(SEEDS,) each: how the trained nets do, with the units on and with masks."""
    (x, y), (x_test, y_test) = data["train"], data["test"]
    loss, accuracy = _judge(_forward(net, x_test), y_test)
    hidden = _hidden(net, x_test)
    calls = [_probabilities((dropout(hidden, p, rng)[0]) @ net[2] + net[3]) for _ in range(CALLS)]
    return {
        "train_loss": _judge(_forward(net, x), y)[0], "train": _judge(_forward(net, x), y)[1],
        "loss": loss, "test": accuracy,
        "masked": _right(calls[0], y_test), "averaged": _right(sum(calls), y_test),
        "disagree": np.mean(calls[0].argmax(-1) != calls[1].argmax(-1), axis=1),
        "unscaled_loss": _judge(hidden @ net[2] / (1 - p) + net[3], y_test)[0],
    }


def _hidden(net, x):
    return np.maximum(x @ net[0] + net[1], 0)


def _forward(net, x):
    return _hidden(net, x) @ net[2] + net[3]


def _probabilities(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _right(scores, y):
    return np.mean(scores.argmax(-1) == y, axis=1)


def _judge(scores, y):
    """Cross-entropy and accuracy of each seed."""
    s = scores - scores.max(-1, keepdims=True)
    chosen = np.take_along_axis(s, y[..., None], -1)[..., 0]
    return np.mean(np.log(np.exp(s).sum(-1)) - chosen, axis=1), _right(scores, y)


def _gradients(net, x, hidden, mask, y):
    scores = (hidden * mask) @ net[2] + net[3]
    ds = (_probabilities(scores) - np.eye(10)[y]) / y.shape[1]
    dz = ds @ net[2].swapaxes(1, 2) * mask * (hidden > 0)
    return _judge(scores, y)[0], [x.swapaxes(1, 2) @ dz, dz.sum(1, keepdims=True),
                                  (hidden * mask).swapaxes(1, 2) @ ds, ds.sum(1, keepdims=True)]


def _average(p, scale):
    """Ten units at 1 into one neuron: what its 1024 masks give, and what one pass with all units gives."""
    masks, probability = all_masks(len(A), p)
    z = (masks * A) @ (scale * W) / (1 - p)
    y = _sigmoid(z)
    z_all = dropout_predict(A, p) @ (scale * W)
    return {"y": y, "probability": probability, "linear": probability @ z, "linear_all": z_all,
            "mean": probability @ y, "all": _sigmoid(z_all), "geometric": geometric_mean(y, probability),
            "squares": probability @ (TARGET - z)**2 / 2, "square_all": (TARGET - z_all)**2 / 2,
            "penalty": p / (1 - p) / 2 * np.sum((A * scale * W)**2)}


def _unscaled():
    """Change one line: masks of 0 and 1, but still nothing done for predicting; mean z over masks, and z then."""
    drop = changed(snippet, "mask = mask / (1 - p)", "mask = mask * 1").dropout
    rng = np.random.default_rng(0)
    return np.mean([drop(A, HALF, rng)[0] @ W for _ in range(20000)])


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def facts(r):
    demo, fixed, clean = r["demo"]["half"], r["fixed"], r["right"]
    none, half, strong, most = (r["wrong"][p] for p in (0.0, HALF, 0.75, 0.9))
    found = {
        "seeds": (SEEDS, ".0f"), "images": (IMAGES, ".0f"), "test_images": (r["test_images"], ".0f"),
        "hidden": (HIDDEN, ".0f"), "epochs": (EPOCHS, ".0f"), "batch": (BATCH, ".0f"), "lr": (RATE, ".1f"),
        "wrong": (WRONG, ".0%"), "half": (HALF, ".1f"), "strong_p": (0.75, ".2f"), "most_p": (0.9, ".1f"),
        "masks": (2**len(A), ".0f"), "units": (len(A), ".0f"), "calls": (CALLS, ".0f"),
        "fixed_test": (fixed["test"].mean(), ".1%"),
        "gain_low": (100 * (half["test"] - none["test"]).min(), ".1f"),
        "gain_high": (100 * (half["test"] - none["test"]).max(), ".1f"),
        "masked": (half["masked"].mean(), ".1%"), "averaged": (half["averaged"].mean(), ".1%"),
        "disagree": (half["disagree"].mean(), ".0%"),
        "most_masked": (most["masked"].mean(), ".1%"),
        "train_on": (clean[HALF]["train_on"].mean(), ".2f"), "train_off": (clean[HALF]["train_loss"].mean(), ".2f"),
        "scaled_loss": (clean[HALF]["loss"].mean(), ".2f"), "unscaled_loss": (clean[HALF]["unscaled_loss"].mean(), ".2f"),
        "linear": (demo["linear"], ".4f"), "linear_all": (demo["linear_all"], ".4f"),
        "sigmoid": (demo["mean"], ".4f"), "sigmoid_all": (demo["all"], ".4f"), "geometric": (demo["geometric"], ".4f"),
        "tenth_sigmoid": (r["demo"]["tenth"]["mean"], ".3f"), "tenth": (0.1, ".1f"),
        "unscaled": (r["unscaled"], ".1f"),
        "squares": (demo["squares"], ".2f"), "square_all": (demo["square_all"], ".2f"), "penalty": (demo["penalty"], ".2f"),
        "half_percent": (HALF, ".0%"), "seed_percent": (1 - 100 * HALF, ".0f"), "mistake_factor": (1 / (1 - HALF), ".0f"),
    }
    for name, run_ in (("none", none), ("half", half), ("strong", strong), ("most", most),
                       ("clean_none", clean[0.0]), ("clean_half", clean[HALF])):
        found[f"{name}_test"] = (run_["test"].mean(), ".1%")
        found[f"{name}_train"] = (run_["train"].mean(), ".0%")
    found["clean_train_low"] = (min(run_["train"].min() for run_ in clean.values()), ".1%")
    found["clean_low"], found["clean_high"] = ((100 * f(clean[HALF]["test"] - clean[0.0]["test"]), ".1f") for f in (np.min, np.max))
    return found


# Figures ----------------------------------------------------------------------


@figure
def learning(r, label):
    """Test accuracy during training, with and without dropout."""
    drawing, both = canvas(2)
    epochs = np.arange(0, EPOCHS + 1, EVERY)
    for axes, kind in zip(both, ("right", "wrong")):
        for p, color in ((0.0, FAILS), (HALF, TRAINS)):
            axes.plot(epochs, r[kind][p]["accuracy"], color=color, linewidth=1.1)
        axes.set(xlim=(0, EPOCHS), ylim=(0.7, 1))
        ticks(axes.xaxis, (0, EPOCHS // 2, EPOCHS))
        ticks(axes.yaxis, (0.7, 0.8, 0.9, 1), ("70%", "80%", "90%", "100%"))
        name_axes(axes, label("epochs"), label(kind))
    note(both[1], EPOCHS, 0.955, label("with"), TRAINS, ha="right")
    note(both[1], EPOCHS, 0.77, label("without"), FAILS, ha="right")
    return drawing


@figure
def share(r, label):
    """Test accuracy after training against the share that is dropped, a fifth of the labels wrong."""
    drawing, [axes] = canvas()
    axes.plot(SHARES, [r["wrong"][p]["test"].mean() for p in SHARES], color=TRAINS, linewidth=1.2)
    for p in SHARES:
        axes.plot(np.full(SEEDS, p), r["wrong"][p]["test"], "o", color=TRAINS, markersize=4.5)
    axes.plot(np.full(SEEDS, HALF), r["fixed"]["test"], "o", color=FAILS, markersize=4.5)
    note(axes, HALF + 0.03, r["fixed"]["test"].mean(), label("fixed"), FAILS)
    note(axes, 0.2, r["wrong"][0.5]["test"].max() + 0.014, label("new"), TRAINS)
    axes.set(xlim=(-0.03, 1), ylim=(0.7, 0.95))
    ticks(axes.xaxis, (0, 0.25, 0.5, 0.75, 0.9))
    ticks(axes.yaxis, (0.7, 0.8, 0.9), ("70%", "80%", "90%"))
    name_axes(axes, label("p"), label("test"))
    return drawing


@figure(p=P, scale=SCALE)
def masks(r, label, p, scale):
    """Outputs of one sigmoid neuron over all masks of its ten inputs; above, their means and the prediction."""
    found = _average(p, scale)
    drawing, (top, below) = panels((170, 218, 286, 84), (170, 46, 286, 136), height=330)
    for row, (name, value) in enumerate((("geometric", "geometric"), ("all", "all"), ("mean", "mean"))):
        color = FAILS if name == "mean" else TRAINS
        moves(top.plot(found[value], row, "o", color=color, markersize=9)[0], name)
        top.text(-0.06, row, label(name), color=color, ha="right", va="center", weight=600)
    top.set(xlim=(0, 1), ylim=(-0.6, 2.6))
    ticks(top.xaxis, ())
    ticks(top.yaxis, ())
    edges = np.linspace(0, 1, 21)
    heights, _ = np.histogram(found["y"], edges, weights=found["probability"])
    moves(below.step(edges, [*heights, heights[-1]], where="post", color=TRAINS, linewidth=1.8)[0], "outputs")
    below.set(xlim=(0, 1), ylim=(0, 1.02))
    ticks(below.xaxis, (0, 0.5, 1))
    ticks(below.yaxis, (0, 0.5, 1))
    name_axes(below, label("output"), label("probability"))
    read(drawing, mean=(found["mean"], ".3f"), all=(found["all"], ".3f"), geometric=(found["geometric"], ".3f"))
    return drawing
