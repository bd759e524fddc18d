"""Learning slowdown: one sigmoid neuron, two starts, the same learning rate."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, INK, THEORY, TRAINS, canvas, moves, name_axes, note, ticks
from snippets.learning_slowdown import quadratic_loss, sigmoid, train_neuron

LR, EPOCHS = 0.15, 300
GOOD, BAD = (0.6, 0.9), (2.0, 2.0)  # (w, b)


def run():
    good = train_neuron(*GOOD, lr=LR, epochs=EPOCHS)
    bad = train_neuron(*BAD, lr=LR, epochs=EPOCHS)
    z = np.linspace(-6, 6, 241)
    speed = np.abs(quadratic_loss(z, 0.0)[1])
    peak = z[np.argmax(speed)]
    return {
        "good": good.a, "bad": bad.a, "good_dw": good.dw, "bad_dw": bad.dw,
        "a": sigmoid(z), "speed": speed, "peak_a": sigmoid(peak), "peak_speed": speed.max(),
        "fastest": int(np.argmax(bad.dw)), "bad_loss": bad.loss,
        "patient": int(np.argmax(train_neuron(*BAD, lr=LR, epochs=5000).a < 0.05)),
        "half": int(np.argmax(bad.a < 0.5)), "good_half": int(np.argmax(good.a < 0.5)),
    }  # fmt: skip


def facts(r):
    return {
        "lr": (LR, ".2f"),
        "epochs": (EPOCHS, "d") if False else (EPOCHS, ".0f"),
        "good_start": (r["good"][0], ".2f"),
        "good_end": (r["good"][-1], ".3f"),
        "bad_start": (r["bad"][0], ".2f"),
        "bad_middle": (r["bad"][150], ".3f"),
        "bad_end": (r["bad"][-1], ".3f"),
        "good_gradient": (r["good_dw"][0], ".3f"),
        "bad_gradient": (r["bad_dw"][0], ".4f"),
        "gradient_ratio": (r["good_dw"][0] / r["bad_dw"][0], ".1f"),
        "bad_loss_start": (r["bad_loss"][0], ".3f"),
        "bad_loss_100": (r["bad_loss"][100], ".3f"),
        "half": (r["half"], ".0f"),
        "good_half": (r["good_half"], ".0f"),
        "fastest": (r["fastest"], ".0f"),
        "fastest_output": (r["bad"][r["fastest"]], ".2f"),
        "peak_output": (r["peak_a"], ".2f"),
        "peak_speed": (r["peak_speed"], ".3f"),
        "linear_gradient": (r["bad"][0] - 0.0, ".2f"),
    }


@figure
def outputs(r, label):
    """Output against epochs, from both starts."""
    drawing, [axes] = canvas()
    epochs = np.arange(EPOCHS + 1)
    axes.plot(epochs, r["good"], color=TRAINS)
    axes.plot(epochs, r["bad"], color=FAILS)
    note(axes, 62, 0.40, label("good"), TRAINS)
    note(axes, 196, 0.90, label("bad"), FAILS)
    axes.set(xlim=(0, EPOCHS), ylim=(0, 1))
    ticks(axes.xaxis, (0, 100, 200, 300))
    ticks(axes.yaxis, (0, 0.5, 1))
    name_axes(axes, label("epoch"), label("output"))
    return drawing


@figure(
    start=Slider(np.linspace(-1, 6, 29), at=4.0),
    lr=Slider((0.05, 0.1, 0.15, 0.25, 0.5, 1, 2, 4), at=0.15),
)
def drag(r, label, start, lr):
    """The same neuron from any start, at any rate; only w + b matters here."""
    drawing, [axes] = canvas()
    history = train_neuron(start / 2, start / 2, lr=lr, epochs=EPOCHS)
    [line] = axes.plot(np.arange(EPOCHS + 1), history.a, color=TRAINS)
    [dot] = axes.plot([0], history.a[:1], "o", color=TRAINS, markersize=9, clip_on=False)
    moves(line, "curve")
    moves(dot, "start")
    axes.set(xlim=(0, EPOCHS), ylim=(0, 1))
    ticks(axes.xaxis, (0, 100, 200, 300))
    ticks(axes.yaxis, (0, 0.5, 1))
    name_axes(axes, label("epoch"), label("output"))
    read(drawing, start=(history.a[0], ".2f"), gradient=(history.dw[0], ".4f"), end=(history.a[-1], ".2f"))
    return drawing


@figure
def speed(r, label):
    """Size of the gradient against the output, with both starts on it."""
    drawing, [axes] = canvas()
    axes.plot(r["a"], r["speed"], color=THEORY)
    for start, color, key, at in ((r["good"], TRAINS, "good", (0.79, 0.143)), (r["bad"], FAILS, "bad", (0.955, 0.036))):
        a = start[0]
        axes.plot([a], [a**2 * (1 - a)], "o", color=color, markersize=9, zorder=3)
        note(axes, *at, label(key), color, ha="left" if key == "good" else "right")
    note(axes, 0.36, 0.105, label("speed"), THEORY, ha="right")
    note(axes, 0.06, 0.128, label("right"), INK, weight=400)
    note(axes, 0.97, 0.16, label("wrong"), INK, weight=400, ha="right")
    axes.set(xlim=(0, 1), ylim=(0, 0.17))
    ticks(axes.xaxis, (0, 0.5, 1))
    ticks(axes.yaxis, (0, 0.05, 0.1, 0.15))
    name_axes(axes, label("output"), label("gradient"))
    return drawing
