"""Overfitting: 1 000 images of MNIST learned by heart, from two starts; when to stop; and what only looks like it."""

import contextlib
import inspect
import io
import re

import numpy as np

from docs.builder.experiment import Slider, choice, figure, read
from docs.builder.figure import FAILS, THEORY, THIRD, TRAINS, canvas, moves, name_axes, note, ticks
from docs.experiments import _mnist
from docs.experiments._mnist import (
    BATCH, CLASSES, EPOCHS, HIDDEN, LR, NETS, SEEDS, SIDE, TEST, TRAIN, VALIDATION, split, start, train,
)  # fmt: skip
from snippets import early_stopping
from snippets.early_stopping import EarlyStopping, after_epoch

SMALLER, SHORT = (250, 500), 60  # training images, and epochs, for "more data"
LOW_LR, LOW_EPOCHS = 0.002, 10  # a run that has hardly begun
SHOWN = 30  # the validation images are looked at after each of so many epochs
STARTS = ("normal", "scaled")
PATIENCE = 10
TRIED = Slider(range(1, PATIENCE + 1), at=PATIENCE)


def run():
    return {
        "runs": _mnist.runs(),
        "smaller": {n: [train(seed, ["scaled"], [0.0], looks=[SHORT], examples=n).right[-1, 0, TEST]
                        for seed in range(SEEDS)] for n in SMALLER},
        "low": np.mean([train(seed, ["scaled"], [0.0], looks=[LOW_EPOCHS], lr=LOW_LR).right[-1, 0]
                        for seed in range(SEEDS)], axis=0),
        "hidden_z": {name: hidden_z(name) for name in STARTS},
        "parts": [len(y) for _, y in split()],
        "demo_split": [int(n) for n in re.search(r"split\((\d+), (\d+), (\d+), rng\)", inspect.getsource(early_stopping)).groups()],
        "demo": demo(),
        "demo_reference": demo("deepcopy(w))", "w)"),
    }


def demo(old="", new=""):
    """The numbers in the snippet's last three lines, perhaps with one line changed."""
    source = inspect.getsource(early_stopping)
    assert source.count(old) == 1 or not old
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source.replace(old, new) if old else source, "early_stopping.py", "exec"), {"__name__": "__main__"})
    return [float(number) for number in re.findall(r"[\d.]+", " ".join(out.getvalue().splitlines()[-3:]))]


def hidden_z(scale):
    """Root mean square of the hidden z before training, over the training images."""
    w, b, *_ = start(np.random.default_rng(0), [scale])
    return np.sqrt(np.mean((split()[TRAIN][0] @ w + b[0]) ** 2))


def of(r, name):
    """A net's losses and shares, (seeds, looks, 3 parts)."""
    net = list(NETS).index(name)
    return [np.array([getattr(record, what)[:, net] for record in r["runs"]]) for what in ("loss", "right")]


def watch(losses, patience):
    """Early stopping as a run goes on: the state in which it ends; the epochs stand for the weights."""
    state = EarlyStopping(int(patience))
    for epoch, loss in enumerate(losses[1:SHOWN + 1], start=1):
        if not state.stop:
            state = after_epoch(state, loss, epoch)
    return state


# Facts ------------------------------------------------------------------------


def facts(r):
    first, last = np.array(r["parts"])[TRAIN], -1
    epochs = r["runs"][0].epochs
    found = {
        "train_images": (first, ".0f"),
        "validation_images": (r["parts"][VALIDATION], ".0f"),
        "test_images": (r["parts"][TEST], ".0f"),
        "parameters": (SIDE**2 * HIDDEN + HIDDEN + HIDDEN * CLASSES + CLASSES, ".0f"),
        "inputs": (SIDE**2, ".0f"),
        "hidden": (HIDDEN, ".0f"),
        "classes": (CLASSES, ".0f"),
        "lr": (LR, ".1f"),
        "batch": (BATCH, ".0f"),
        "epochs": (EPOCHS, ".0f"),
        "seeds": (SEEDS, ".0f"),
        "patience": (PATIENCE, ".0f"),
        "gap": (np.mean(np.diff(of(r, "normal")[0][:, last, [TRAIN, TEST]])), ".1f"),
        "chance": (1 / CLASSES, ".0%"),
        "demo_examples": (r["demo_split"][0] - sum(r["demo_split"][1:]), ".0f"),
        "demo_best": (r["demo"][1], ".0f"),
        "demo_stop": (r["demo"][0], ".0f"),
        "demo_end": (r["demo"][2], ".2f"),
        "demo_restored": (r["demo"][3], ".2f"),
        "demo_reference": (r["demo_reference"][3], ".2f"),
        "low_lr": (LOW_LR, ".3f"),
        "low_epochs": (LOW_EPOCHS, ".0f"),
        "low_train": (r["low"][TRAIN], ".0%"),
        "low_test": (r["low"][TEST], ".0%"),
        "short": (SHORT, ".0f"),
        "all_test": (of(r, "scaled")[1][:, list(epochs).index(SHORT), TEST].mean(), ".1%"),
        "shuffled_train": (of(r, "shuffled")[1][:, last, TRAIN].min(), ".0%"),
        "shuffled_test": (of(r, "shuffled")[1][:, last, TEST].mean(), ".0%"),
        "shuffled_done": (max(epochs[np.argmax(right == 1)] for right in of(r, "shuffled")[1][:, :, TRAIN]), ".0f"),
    }
    for n, shares in r["smaller"].items():
        found[f"few_{n}"] = (n, ".0f")
        found[f"few_{n}_test"] = (np.mean(shares), ".1%")
    for name in STARTS:
        loss, right = of(r, name)
        best = loss[:, :, TEST].argmin(axis=1)
        states = [watch(each, PATIENCE) for each in loss[:, :, VALIDATION]]
        restored = np.arange(SEEDS), [state.best_w for state in states], TEST
        found |= {
            f"{name}_z": (r["hidden_z"][name], ".1f"),
            f"{name}_size_start": (np.mean([record.size[0, list(NETS).index(name)] for record in r["runs"]]), ".2f"),
            f"{name}_size_end": (np.mean([record.size[last, list(NETS).index(name)] for record in r["runs"]]), ".2f"),
            f"{name}_train": (right[:, last, TRAIN].min(), ".0%"),
            f"{name}_test": (right[:, last, TEST].mean(), ".1%"),
            f"{name}_test_low": (right[:, last, TEST].min(), ".1%"),
            f"{name}_test_high": (right[:, last, TEST].max(), ".1%"),
            f"{name}_first": (epochs[best].min(), ".0f"),
            f"{name}_latest": (epochs[best].max(), ".0f"),
            f"{name}_best_loss": (loss[:, :, TEST].min(axis=1).mean(), ".2f"),
            f"{name}_end_loss": (loss[:, last, TEST].mean(), ".2f"),
            f"{name}_restored_loss": (loss[restored].mean(), ".2f"),
            f"{name}_restored_right": (right[restored].mean(), ".1%"),
            f"{name}_saved": (EPOCHS / np.mean([state.epoch for state in states]), ".0f"),
        }
    return found


# Figures ----------------------------------------------------------------------


def over_epochs(axes, r, y, color, **style):
    """A thin line for each seed; y (seeds, looks), from the first epoch on."""
    for one in y:
        axes.plot(r["runs"][0].epochs[1:], one[1:], color=color, linewidth=1.2, **style)
    axes.set(xscale="log", xlim=(1, EPOCHS))
    ticks(axes.xaxis, (1, 10, 100, EPOCHS))


@figure
def curves(r, label):
    """Loss and share right, training and test, from N(0, 1) weights."""
    drawing, both = canvas(2)
    for axes, y, word in zip(both, of(r, "normal"), ("loss", "right")):
        over_epochs(axes, r, y[:, :, TRAIN], TRAINS)
        over_epochs(axes, r, y[:, :, TEST], FAILS)
        name_axes(axes, label("epoch"), label(word))
    left, right = both
    left.set(ylim=(0, 3))
    ticks(left.yaxis, (0, 1, 2, 3))
    right.set(ylim=(0.5, 1.01))
    ticks(right.yaxis, (0.5, 0.75, 1), ("50%", "75%", "100%"))
    note(left, EPOCHS, 2.05, label("test"), FAILS, ha="right")
    note(left, 26, 0.4, label("training"), TRAINS)
    note(right, EPOCHS, 0.77, label("test"), FAILS, ha="right")
    note(right, 8, 0.98, label("training"), TRAINS, ha="right")
    return drawing


@figure
def starts(r, label):
    """Test loss and share right from both starts."""
    drawing, both = canvas(2, height=250)
    for name, color in zip(STARTS, (FAILS, TRAINS)):
        for axes, y in zip(both, of(r, name)):
            over_epochs(axes, r, y[:, :, TEST], color)
    left, right = both
    for axes, word in zip(both, ("loss", "right")):
        name_axes(axes, label("epoch"), label(word))
    left.set(ylim=(0, 3))
    ticks(left.yaxis, (0, 1, 2, 3))
    right.set(ylim=(0.5, 1.01))
    ticks(right.yaxis, (0.5, 0.75, 1), ("50%", "75%", "100%"))
    note(right, EPOCHS, 0.94, label("scaled"), TRAINS, ha="right")
    note(right, EPOCHS, 0.76, label("normal"), FAILS, ha="right")
    return drawing


@figure
def memory(r, label):
    """Share right where the training labels were shuffled."""
    drawing, [axes] = canvas(height=230)
    right = of(r, "shuffled")[1]
    over_epochs(axes, r, right[:, :, TRAIN], TRAINS)
    over_epochs(axes, r, right[:, :, TEST], FAILS)
    axes.set(ylim=(0, 1.02))
    ticks(axes.yaxis, (0, 0.5, 1), ("0%", "50%", "100%"))
    note(axes, 17, 0.7, label("training"), TRAINS, ha="right")
    note(axes, EPOCHS, 0.19, label("test"), FAILS, ha="right")
    name_axes(axes, label("epoch"), label("right"))
    return drawing


@figure(weights=choice(*STARTS), patience=TRIED)
def stopping(r, label, weights, patience):
    """Validation loss of the seeds; where each run is stopped, and where its weights are taken from."""
    loss, right = of(r, STARTS[int(weights)])
    drawing, [axes] = canvas(height=270)
    states = [watch(one, patience) for one in loss[:, :, VALIDATION]]
    for seed, state in enumerate(states):
        curve = loss[seed, :, VALIDATION]
        moves(axes.plot(curve[:SHOWN + 1], color=THEORY, linewidth=1)[0], f"rest-{seed}")
        moves(axes.plot(curve[:state.epoch + 1], color=THIRD, linewidth=1.8)[0], f"run-{seed}")
        moves(axes.plot([state.best_epoch], [state.best_loss], "o", color=TRAINS, markersize=9, zorder=4)[0], f"best-{seed}")
    note(axes, SHOWN, 1.75, label("best"), TRAINS, ha="right")
    note(axes, SHOWN, 1.95, label("watched"), THIRD, ha="right")
    axes.set(xlim=(0, SHOWN), ylim=(0.6, 2.05))
    ticks(axes.xaxis, (0, 10, 20, 30))
    ticks(axes.yaxis, (1, 1.5, 2))
    name_axes(axes, label("epoch"), label("validation"))
    taken = np.arange(SEEDS), [state.best_epoch for state in states], TEST
    read(drawing, stop=(np.mean([state.epoch for state in states]), ".0f"), loss=(loss[taken].mean(), ".2f"),
         right=(right[taken].mean(), ".1%"))
    return drawing
