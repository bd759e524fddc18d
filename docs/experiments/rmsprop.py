"""RMSprop: how an effective rate reacts to steeper ground, and why the path ends hopping."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, LINE, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from docs.experiments._change import changed
from docs.experiments._surface import VALLEY, chart
from snippets import rmsprop as snippet
from snippets.adagrad import adagrad
from snippets.rmsprop import rmsprop

LR, STEPS, LONG, DECAY, SLOW = 0.4, 20, 400, 0.9, 0.99
PHASE = 100  # steps of flat, steep and again flat ground
STEEPER = 10.0
GRADIENTS = np.repeat([1.0, STEEPER, 1.0], PHASE)
DECAYS = Slider((0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999), at=DECAY)
RATE = Slider((0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.2), at=LR)
MEMORY = Slider((0.5, 0.7, 0.9, 0.95, 0.99), at=DECAY)
DRAG_STEPS = 60


def run():
    start = VALLEY.gradient, VALLEY.start
    unweighted = changed(snippet, "v = decay * v + (1 - decay) * g**2", "v = decay * v + g**2").rmsprop
    return {
        "path": rmsprop(*start, LR, LONG),
        "adagrad": adagrad(*start, LR, LONG),
        "low": rmsprop(*start, LR / 10, LONG),
        "falling": rmsprop(*start, LR * np.linspace(1, 0, LONG), LONG),
        "slow": rmsprop(*start, LR, LONG, decay=SLOW),
        "unweighted": unweighted(*start, LR, LONG),
        "ground": {decay: _steps(rmsprop, decay=decay) for decay in DECAYS.values},
        "ground_adagrad": _steps(adagrad),
    }


def _steps(optimizer, **more):
    """Steps at lr = 1 while the gradients are GRADIENTS, wherever the path goes."""
    given = iter([GRADIENTS[0], *GRADIENTS])  # the first is asked for twice: once to check its shape
    return -np.diff(optimizer(lambda w: np.array(next(given)), 0.0, 1.0, len(GRADIENTS), **more))


def facts(r):
    step = r["ground"][DECAY]
    rate = step / GRADIENTS
    return {
        "lr": (LR, ".1f"),
        "low_lr": (LR / 10, ".2f"),
        "decay": (DECAY, ".1f"),
        "slow_decay": (SLOW, ".2f"),
        "steps": (STEPS, ".0f"),
        "long": (LONG, ".0f"),
        "phase": (PHASE, ".0f"),
        "steeper": (STEEPER, ".0f"),
        "x1": (r["path"][STEPS, 0], ".4f"),
        "x2": (r["path"][STEPS, 1], ".0f"),
        "adagrad_x1": (r["adagrad"][STEPS, 0], ".2f"),
        "jump": (step[PHASE], ".2f"),
        "most": (1 / np.sqrt(1 - DECAY), ".2f"),
        "slow_most": (1 / np.sqrt(1 - SLOW), ".0f"),
        "first": (step[0], ".2f"),
        "before": (step[PHASE - 1], ".2f"),
        "down": (_first(step[PHASE:] < 1.1), ".0f"),
        "up": (_first(rate[2 * PHASE:] > 0.9), ".0f"),
        "adagrad_before": (r["ground_adagrad"][2 * PHASE - 1] / STEEPER, ".4f"),
        "adagrad_after": (r["ground_adagrad"][-1], ".4f"),
        "hop": (np.abs(r["path"][LONG]).max(), ".2f"),
        "low_hop": (np.abs(r["low"][LONG]).max(), ".2f"),
        "hop_loss": (VALLEY.loss(r["path"][LONG]), ".2f"),
        "low_hop_loss": (VALLEY.loss(r["low"][LONG]), ".1e"),
        "hop_ratio": (VALLEY.loss(r["path"][LONG]) / VALLEY.loss(r["low"][LONG]), ".0f"),
        "falling_loss": (VALLEY.loss(r["falling"][LONG]), ".0e"),
        "slow_first": (np.abs(np.diff(r["slow"][:2], axis=0)).max(), ".2f"),
        "slow_loss": (VALLEY.loss(r["slow"][STEPS]), ".2f"),
        "loss": (VALLEY.loss(r["path"][STEPS]), ".0e"),
        "least_loss": (VALLEY.loss(r["path"]).min(), ".0e"),
        "least_step": (np.argmin(VALLEY.loss(r["path"])), ".0f"),
        "unweighted_x1": (r["unweighted"][STEPS, 0], ".2f"),
        "unweighted_factor": (np.sqrt(1 - DECAY), ".2f"),
    }


def _first(condition):
    """After how many steps it holds."""
    return int(np.argmax(condition)) + 1


@figure(decay=DECAYS)
def ground(r, label, decay):
    """Effective rate and length of the steps on flat, steep and flat ground."""
    step = r["ground"][decay]
    t = np.arange(1, len(step) + 1)
    drawing, axes = canvas(2, height=270, bottom=52)
    for one, ours, theirs in zip(axes, (step / GRADIENTS, step),
                                 (r["ground_adagrad"] / GRADIENTS, r["ground_adagrad"])):
        one.axvspan(PHASE, 2 * PHASE, color=LINE, alpha=0.35, linewidth=0)
        one.plot(t, theirs, color=THIRD)
        moves(one.plot(t, ours, color=TRAINS)[0], "rate" if one is axes[0] else "step")
        one.set(xlim=(0, len(t)), yscale="log", ylim=(3e-3, 50))
        ticks(one.xaxis, (0, 100, 200, 300))
        log_ticks(one.yaxis, (-2, -1, 0, 1))
        note(one, 150, 30, label("steep"), ha="center", weight=400)
    note(axes[0], 6, 0.02, "Adagrad", THIRD)
    note(axes[1], 290, 0.004, "Adagrad", THIRD, ha="right")
    name_axes(axes[0], label("step"), label("rate"))
    name_axes(axes[1], label("step"), label("length"))
    read(drawing, jump=(step[PHASE], ".1f"), later=(step[PHASE + 20], ".1f"),
         end=(step[-1] / step[PHASE - 1], ".2f"))
    return drawing


@figure(lr=RATE, decay=MEMORY)
def drag(r, label, lr, decay):
    """RMSprop on the valley at any rate and decay, beside Adagrad at the page's rate."""
    path = rmsprop(VALLEY.gradient, VALLEY.start, lr, DRAG_STEPS, decay)
    drawing = chart(VALLEY, label, [(path, TRAINS), (r["adagrad"][:DRAG_STEPS + 1], THIRD)], play=True)
    loss = VALLEY.loss(path)
    read(drawing, early=(loss[STEPS], ".1e"), late=(loss[-1], ".1e"))
    return drawing


@figure
def hopping(r, label):
    """Loss on the valley: two constant rates and one that falls to zero."""
    drawing, [axes] = canvas()
    for name, color, x, y in (("path", FAILS, 210, 1.2), ("low", THIRD, 210, 1e-5), ("falling", TRAINS, 380, 1e-10)):
        axes.plot(np.clip(VALLEY.loss(r[name]), 1e-15, None), color=color)
        note(axes, x, y, label(name), color, ha="right" if name == "falling" else "left")
    axes.set(xlim=(0, LONG), yscale="log", ylim=(1e-12, 100))
    ticks(axes.xaxis, (0, 200, 400))
    log_ticks(axes.yaxis, (-12, -8, -4, 0))
    name_axes(axes, label("step"), label("loss"))
    return drawing
