"""Cross-entropy: the same neuron and starts as on the page before, another loss."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, THEORY, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from snippets import cross_entropy, learning_slowdown
from snippets.cross_entropy import binary_cross_entropy, sigmoid
from snippets.learning_slowdown import quadratic_loss

LR, EPOCHS = 0.15, 300
SLOW_LR = 0.005
GOOD, BAD, FAR = (0.6, 0.9), (2.0, 2.0), (4.0, 4.0)  # (w, b)
START = Slider(np.linspace(-1, 6, 29), at=4.0)  # z = w + b, as x = 1
RATE = Slider((0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.3, 0.6, 1.2, 2.4), at=0.15)
LAYERS = 5  # of the chain: four hidden neurons and the output


def run():
    starts = np.array([GOOD, BAD]).T  # (2, 2): w of both, b of both
    half = np.array(START.values)[:, None] / 2
    grid = {"lr": np.array(RATE.values), "epochs": EPOCHS}
    return {
        "cross_grid": cross_entropy.train_neuron(half, half, **grid).a,
        "quadratic_grid": learning_slowdown.train_neuron(half, half, **grid).a,
        "cross": cross_entropy.train_neuron(*starts, lr=LR, epochs=EPOCHS)._asdict(),
        "quadratic": learning_slowdown.train_neuron(*starts, lr=LR, epochs=EPOCHS)._asdict(),
        "far": cross_entropy.train_neuron(*FAR, lr=LR, epochs=EPOCHS).a,
        "quadratic_far": learning_slowdown.train_neuron(*FAR, lr=LR, epochs=12000).a,
        "slow": cross_entropy.train_neuron(*starts, lr=SLOW_LR, epochs=EPOCHS).a,
        "rounds_at": next(z for z in range(100) if 1 / (1 + np.exp(np.float32(-z))) == np.float32(1)),
        "demo": np.array([_descend_output(*start) for start in (GOOD, BAD)]),
        "chain_cross": chain_gradients(binary_cross_entropy),
        "chain_quadratic": chain_gradients(quadratic_loss),
    }


def _descend_output(w, b, x=1.0, lr=SLOW_LR):
    """What the demo does: w <- w - lr x dL/da, without da/dz; target 0."""
    for _ in range(EPOCHS):
        a = sigmoid(w * x + b)
        dl_da = 1 / (1 - a)
        w, b = w - lr * dl_da * x, b - lr * dl_da
    return sigmoid(w * x + b)


def chain_gradients(loss, x=1.0, y=0.0, w=1.0):
    """|dL/dz| of each neuron in a chain of sigmoids whose output is badly wrong.

    Hidden neurons have weight 1 and no bias; the last one starts at the
    output of the start (2, 2).
    """
    a = [x]
    for _ in range(LAYERS - 1):
        a.append(float(sigmoid(w * a[-1])))
    dz = float(loss(sum(BAD), y)[1])
    gradients = [dz]
    for hidden in reversed(a[1:]):
        dz = dz * w * hidden * (1 - hidden)
        gradients.append(dz)
    return np.abs(gradients[::-1])


def facts(r):
    cross, quadratic = r["cross"], r["quadratic"]
    a = cross["a"][0, 1]
    ratio = r["chain_cross"] / r["chain_quadratic"]
    return {
        "lr": (LR, ".2f"),
        "slow_lr": (SLOW_LR, ".3f"),
        "epochs": (EPOCHS, ".0f"),
        "good_start": (cross["a"][0, 0], ".2f"),
        "bad_start": (a, ".2f"),
        "good_end": (cross["a"][-1, 0], ".3f"),
        "bad_end": (cross["a"][-1, 1], ".3f"),
        "quadratic_bad_end": (quadratic["a"][-1, 1], ".3f"),
        "good_gradient": (cross["dw"][0, 0], ".3f"),
        "bad_gradient": (cross["dw"][0, 1], ".3f"),
        "quadratic_bad_gradient": (quadratic["dw"][0, 1], ".4f"),
        "bad_half": (np.argmax(cross["a"][:, 1] < 0.5), ".0f"),
        "quadratic_bad_half": (np.argmax(quadratic["a"][:, 1] < 0.5), ".0f"),
        "far_half": (np.argmax(r["far"] < 0.5), ".0f"),
        "quadratic_far_half": (np.argmax(r["quadratic_far"] < 0.5), ".0f"),
        "slow_good_end": (r["slow"][-1, 0], ".3f"),
        "slow_bad_end": (r["slow"][-1, 1], ".3f"),
        "demo_good_end": (r["demo"][0], ".3f"),
        "demo_bad_end": (r["demo"][1], ".3f"),
        "start_output": (a, ".3f"),
        "gain": (ratio[-1], ".0f"),
        "gain_first": (ratio[0], ".0f"),
        "hidden_shrink": (r["chain_cross"][-1] / r["chain_cross"][0], ".0f"),
        "layers": (LAYERS, ".0f"),
        "guess_loss": (binary_cross_entropy(0.0, 1.0)[0], ".3f"),
        "naive_cap": (-np.log(np.finfo(np.float64).eps), ".2f"),
        "naive_cap_32": (-np.log(np.finfo(np.float32).eps), ".2f"),
        "rounds_at": (r["rounds_at"], ".0f"),
    }


@figure
def outputs(r, label):
    """Output against epochs with cross-entropy; the quadratic loss in grey."""
    drawing, [axes] = canvas()
    axes.plot(r["quadratic"]["a"][:, 1], color=THEORY, linewidth=1.4)
    axes.plot(r["cross"]["a"][:, 0], color=TRAINS)
    axes.plot(r["cross"]["a"][:, 1], color=FAILS)
    note(axes, 28, 0.42, label("bad"), FAILS)
    note(axes, 44, 0.22, label("good"), TRAINS)
    note(axes, 186, 0.93, label("quadratic"), THEORY)
    _over_epochs(axes, label)
    return drawing


@figure(start=START, lr=RATE)
def sides(r, label, start, lr):
    """Both losses, side by side, from one start at one rate."""
    drawing, both = canvas(2, height=230)
    ends = {}
    for axes, name, color in zip(both, ("quadratic", "cross"), (FAILS, TRAINS)):
        a = r[f"{name}_grid"][:, START.values.index(start), RATE.values.index(lr)]
        moves(axes.plot(a, color=color)[0], name)
        moves(axes.plot([0], a[:1], "o", color=color, markersize=8, clip_on=False, zorder=3)[0], f"{name}-start")
        note(axes, EPOCHS, 1.17, label(name), color, ha="right")
        ends[name] = (a[-1], ".2f")
        axes.set(xlim=(0, EPOCHS), ylim=(0, 1.05))
        ticks(axes.xaxis, (0, 150, 300))
        ticks(axes.yaxis, (0, 0.5, 1))
        name_axes(axes, label("epoch"), label("output"))
    read(drawing, start=(sigmoid(start), ".2f"), **ends)
    return drawing


def _over_epochs(axes, label):
    axes.set(xlim=(0, EPOCHS), ylim=(0, 1))
    ticks(axes.xaxis, (0, 100, 200, 300))
    ticks(axes.yaxis, (0, 0.5, 1))
    name_axes(axes, label("epoch"), label("output"))


@figure
def layers(r, label):
    """The gradient of each neuron of the chain, with either loss."""
    drawing, [axes] = canvas()
    number = np.arange(1, LAYERS + 1)
    axes.plot(number, r["chain_cross"], "o-", color=TRAINS)
    axes.plot(number, r["chain_quadratic"], "o-", color=FAILS)
    note(axes, 2.9, 0.16, label("cross"), TRAINS, ha="right")
    note(axes, 3.1, 4e-4, label("quadratic"), FAILS)
    axes.set(xlim=(0.9, LAYERS + 0.1), ylim=(1e-5, 2), yscale="log")
    ticks(axes.xaxis, number)
    log_ticks(axes.yaxis, (-4, -2, 0))
    name_axes(axes, label("layer"), label("gradient"))
    return drawing
