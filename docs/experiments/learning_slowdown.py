"""Learning slowdown: one sigmoid neuron, two starts, the same learning rate."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, THEORY, TRAINS, canvas, moves, name_axes, note, ticks
from snippets.learning_slowdown import quadratic_loss, sigmoid, train_neuron

LR, EPOCHS = 0.15, 300
GOOD, BAD = (0.6, 0.9), (2.0, 2.0)  # (w, b)
START = Slider(np.linspace(-1, 6, 29), at=4.0)  # z = w + b, as x = 1
RATE = Slider((0.05, 0.1, 0.15, 0.25, 0.5, 1, 2, 4), at=0.15)


def run():
    good = train_neuron(*GOOD, lr=LR, epochs=EPOCHS)
    bad = train_neuron(*BAD, lr=LR, epochs=EPOCHS)
    fast = train_neuron(*BAD, lr=10 * LR, epochs=EPOCHS)
    half = np.array(START.values)[:, None] / 2
    z = np.linspace(-6, 6, 2401)
    return {
        "good": good._asdict(), "bad": bad._asdict(), "fast": fast.a,
        "grid": train_neuron(half, half, lr=np.array(RATE.values), epochs=EPOCHS)._asdict(),
        "a": sigmoid(z), "speed": np.abs(quadratic_loss(z, 0.0)[1]),
    }


def facts(r):
    good, bad, fast = r["good"], r["bad"], r["fast"]
    peak, fastest = np.argmax(r["speed"]), np.argmax(bad["dw"])
    return {
        "lr": (LR, ".2f"),
        "epochs": (EPOCHS, ".0f"),
        "good_start": (good["a"][0], ".2f"),
        "good_end": (good["a"][-1], ".3f"),
        "bad_start": (bad["a"][0], ".2f"),
        "bad_middle": (bad["a"][150], ".3f"),
        "bad_end": (bad["a"][-1], ".3f"),
        "good_gradient": (good["dw"][0], ".3f"),
        "bad_gradient": (bad["dw"][0], ".4f"),
        "gradient_ratio": (good["dw"][0] / bad["dw"][0], ".1f"),
        "good_half": (np.argmax(good["a"] < 0.5), ".0f"),
        "bad_half": (np.argmax(bad["a"] < 0.5), ".0f"),
        "fastest_epoch": (fastest, ".0f"),
        "fastest_output": (bad["a"][fastest], ".2f"),
        "peak_output": (r["a"][peak], ".2f"),
        "peak_speed": (r["speed"][peak], ".3f"),
        "slope": (bad["a"][0] * (1 - bad["a"][0]), ".4f"),
        "fast_lr": (10 * LR, ".1f"),
        "fast_half": (np.argmax(fast < 0.5), ".0f"),
        "fast_early": (fast[15], ".3f"),
    }


@figure
def outputs(r, label):
    """Output against epochs, from both starts."""
    drawing, [axes] = canvas()
    for start, color in (("good", TRAINS), ("bad", FAILS)):
        axes.plot(r[start]["a"], color=color)
    note(axes, 62, 0.40, label("good"), TRAINS)
    note(axes, 192, 0.93, label("bad"), FAILS)
    _over_epochs(axes, label)
    return drawing


@figure(start=START, lr=RATE)
def drag(r, label, start, lr):
    """The same neuron from any start, at any rate; with x = 1 only w + b matters."""
    here = (slice(None), START.values.index(start), RATE.values.index(lr))
    a, dw = r["grid"]["a"][here], r["grid"]["dw"][here]
    drawing, [axes] = canvas()
    [line] = axes.plot(a, color=TRAINS)
    [dot] = axes.plot([0], a[:1], "o", color=TRAINS, markersize=9, clip_on=False, zorder=3)
    moves(line, "curve")
    moves(dot, "start")
    _over_epochs(axes, label)
    read(drawing, start=(a[0], ".2f"), gradient=(dw[0], ".4f"), end=(a[-1], ".2f"))
    return drawing


def _over_epochs(axes, label):
    axes.set(xlim=(0, EPOCHS), ylim=(0, 1))
    ticks(axes.xaxis, (0, 100, 200, 300))
    ticks(axes.yaxis, (0, 0.5, 1))
    name_axes(axes, label("epoch"), label("output"))


@figure
def speed(r, label):
    """Size of the gradient against the output, with both starts on the curve."""
    drawing, [axes] = canvas()
    axes.plot(r["a"], r["speed"], color=THEORY)
    for start, color, side, at in (("good", TRAINS, "left", (0.835, 0.128)), ("bad", FAILS, "right", (0.95, 0.022))):
        axes.plot(r[start]["a"][:1], r[start]["dw"][:1], "o", color=color, markersize=9, zorder=3)
        note(axes, *at, label(start), color, ha=side)
    note(axes, 0.40, 0.105, label("gradient_is"), THEORY, ha="right")
    axes.set(xlim=(0, 1.02), ylim=(0, 0.165))
    ticks(axes.xaxis, (0, 0.5, 1))
    ticks(axes.yaxis, (0, 0.05, 0.1, 0.15))
    name_axes(axes, label("output"), label("gradient"))
    return drawing
