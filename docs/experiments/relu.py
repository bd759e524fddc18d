"""ReLU: the sigmoids it stands for, nets that are dead before the first step, and rates that kill."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, THEORY, THIRD, TRAINS, canvas, moves, name_axes, note, ticks
from docs.experiments import initialization
from snippets.relu import he_layers, leaky_relu, relu, sum_of_sigmoids, train

NETS, SIZES, RATE, STEPS, SHOWN = 200, (1, 4, 2, 1), 0.1, 200, 40
X = np.linspace(0, 2, 20)[:, None]
Y = 2 * X - 1
GOOD = 0.06  # a ReLU output cannot get below 0.053
RATES = (0.01, 0.03, 0.1, 0.2)
SLOW = 10  # times more steps, at the lowest rate divided by it
WIDTHS = (4, 16, 64)  # units of the first hidden layer
TERMS = Slider((1, 2, 3, 4, 5, 6, 8, 10), at=1)
Z = np.linspace(-6, 10, 321)
BACK = {"plain": 1.0, "he": np.sqrt(2), "double": 2.0}  # gains of a ReLU net


def linear(z):
    return z, np.ones_like(z)


KINDS = {"relu": (relu, relu), "linear": (relu, linear), "leaky": (leaky_relu, linear)}


def run():
    start = he_layers(SIZES, NETS, np.random.default_rng(0))
    runs = {(kind, rate): train(start, X, Y, rate, STEPS, *KINDS[kind])
            for kind in KINDS for rate in RATES}
    slow, _ = train(start, X, Y, RATES[0] / SLOW, STEPS * SLOW, *KINDS["linear"])
    return {
        "born_dead": {kind: dead(start, *functions) for kind, functions in KINDS.items()},
        "losses": {key: losses for key, (_, losses) in runs.items()},
        "dead": {key: dead(layers, *KINDS[key[0]]) for key, (layers, _) in runs.items()},
        "slow": dead(slow, *KINDS["linear"]),
        "wide": [dead(he_layers((1, n, n, 1), NETS, np.random.default_rng(0)), relu, linear).sum() for n in WIDTHS],
        "sums": {terms: sum_of_sigmoids(Z, int(terms)) for terms in TERMS.values},
        "many": sum_of_sigmoids(Z, 100),
        "back": {name: back(gain) for name, gain in BACK.items()},
    }


def dead(layers, hidden, output):
    """(NETS,) bool: whether some layer passes no gradient, whichever the input."""
    a, found = X, np.zeros(len(layers[0][0]), dtype=bool)
    for k, (w, b) in enumerate(layers):
        a, slope = (hidden if k < len(layers) - 1 else output)(a @ w + b)
        found |= np.all(slope == 0, axis=(1, 2))
    return found


def back(gain):
    """Median over nets: (dL/dz)**2 of the first of 20 ReLU layers over that of the last."""
    runs = [initialization.there_and_back("relu", gain, seed)[1] for seed in range(initialization.LINES)]
    return np.median([dz[0] / dz[-1] for dz in runs])


def facts(r):
    softplus, at = np.logaddexp(0, Z), RATE
    moved = {kind: r["losses"][kind, at][-1] != r["losses"][kind, at][0] for kind in KINDS}
    good = {kind: np.sum(r["losses"][kind, at][-1] < GOOD) for kind in KINDS}
    killed = {(kind, rate): np.sum(found & ~r["born_dead"][kind]) for (kind, rate), found in r["dead"].items()}
    counts = {f"{kind}_dead_{str(rate).replace('.', '')}": (np.sum(r["dead"][kind, rate]), ".0f")
              for kind in ("relu", "linear") for rate in (RATES[0], at, RATES[-1])}
    floor = np.mean((np.maximum(Y, 0) - Y) ** 2) / 2  # a ReLU output cannot do better
    return {
        "nets": (NETS, ".0f"),
        "shown": (SHOWN, ".0f"),
        "rate": (RATE, ".1f"),
        "steps": (STEPS, ".0f"),
        "points": (len(X), ".0f"),
        "good": (GOOD, ".2f"),
        "top": (Y.max(), ".0f"),
        "bottom": (Y.min(), ".0f"),
        "end": (X.max(), ".0f"),
        "killed": (killed["relu", at], ".0f"),
        "killed_low": (killed["relu", RATES[0]], ".0f"),
        "linear_killed": (killed["linear", at], ".0f"),
        "linear_killed_low": (killed["linear", RATES[0]], ".0f"),
        "linear_killed_slow": (np.sum(r["slow"] & ~r["born_dead"]["linear"]), ".0f"),
        "linear_stuck": (np.sum(np.isclose(r["losses"]["linear", at][-1], np.var(Y) / 2, atol=0.005)), ".0f"),
        "rate_slow": (RATES[0] / SLOW, ".3f"),
        "steps_slow": (STEPS * SLOW, ".0f"),
        "linear_born": (r["born_dead"]["linear"].sum(), ".0f"),
        "born_dead": (r["born_dead"]["relu"].sum(), ".0f"),
        "never_moved": (np.sum(~moved["relu"]), ".0f"),
        "linear_still": (np.sum(~moved["linear"]), ".0f"),
        "relu_good": (good["relu"], ".0f"),
        "linear_good": (good["linear"], ".0f"),
        "leaky_good": (good["leaky"], ".0f"),
        **{f"{kind}_good_high": (np.sum(r["losses"][kind, RATES[-1]][-1] < GOOD), ".0f") for kind in KINDS},
        "dead_loss": (np.mean(Y**2) / 2, ".2f"),
        "best_relu": (floor, ".3f"),
        "mean_loss": (np.var(Y) / 2, ".2f"),
        "rate_low": (RATES[0], ".2f"),
        "rate_high": (RATES[-1], ".1f"),
        **counts,
        "leaky_dead": (max(np.sum(r["dead"]["leaky", rate]) for rate in RATES), ".0f"),
        "narrow": (WIDTHS[0], ".0f"),
        "middle": (WIDTHS[1], ".0f"),
        "wide": (WIDTHS[2], ".0f"),
        "narrow_dead": (r["wide"][0], ".0f"),
        "middle_dead": (r["wide"][1], ".0f"),
        "wide_dead": (r["wide"][2], ".0f"),
        "sigmoids": (np.abs(r["many"] - softplus).max(), ".4f"),
        "corner": (np.max(softplus - np.maximum(Z, 0)), ".4f"),
        "sigmoid_slope": (0.25, ".2f"),
        "layers": (initialization.LAYERS, ".0f"),
        "back_plain": (r["back"]["plain"], ".0e"),
        "back_he": (r["back"]["he"], ".1f"),
        "back_double": (r["back"]["double"], ".0e"),
    }


@figure
def stuck(r, label):
    """Losses of the same nets with a ReLU output and with a linear one."""
    drawing, both = canvas(2)
    for axes, kind in zip(both, ("relu", "linear")):
        for loss, is_dead in zip(r["losses"][kind, RATE].T[:SHOWN], r["dead"][kind, RATE]):
            axes.plot(loss, color=FAILS if is_dead else TRAINS, linewidth=2.2 if is_dead else 1)
        axes.set(xlim=(0, STEPS), ylim=(0, 4))
        ticks(axes.xaxis, (0, STEPS // 2, STEPS))
        ticks(axes.yaxis, (0, 1, 2, 3))
        name_axes(axes, label("steps"), label("loss"))
    note(both[0], 190, 3.3, label("relu"), ha="right")
    note(both[1], 190, 3.3, label("linear"), ha="right")
    note(both[0], 190, 1.5, label("dead"), FAILS, ha="right")
    note(both[1], 190, 1.0, label("dead"), FAILS, ha="right")
    return drawing


@figure(terms=TERMS)
def staircase(r, label, terms):
    """A sum of sigmoids beside softplus and ReLU."""
    drawing, [axes] = canvas()
    axes.plot(Z, np.maximum(Z, 0), color=THIRD)
    axes.plot(Z, np.logaddexp(0, Z), color=THEORY, linestyle=(0, (4, 3)))
    [line] = axes.plot(Z, r["sums"][terms], color=TRAINS)
    moves(line, "sum")
    note(axes, 8.2, 9.2, label("relu"), THIRD, ha="right")
    note(axes, -0.6, 1.5, label("softplus"), THEORY, ha="right")
    note(axes, 9.8, 0.45, label("sum"), TRAINS, ha="right")
    axes.set(xlim=(-6, 10), ylim=(0, 10))
    ticks(axes.xaxis, (-5, 0, 5, 10))
    ticks(axes.yaxis, (0, 5, 10))
    name_axes(axes, "z", label("output"))
    near = terms / 2 >= Z  # the left half of the staircase
    read(drawing, terms=(terms, ".0f"), half=(terms / 2, ".1f"),
         off=(np.abs(r["sums"][terms] - np.logaddexp(0, Z))[near].max(), ".2f"))
    return drawing


@figure
def rates(r, label):
    """How many nets are dead after training, against the rate."""
    drawing, [axes] = canvas()
    for kind, color in (("relu", FAILS), ("linear", TRAINS), ("leaky", THIRD)):
        axes.plot(RATES, [np.mean(r["dead"][kind, rate]) * 100 for rate in RATES], "o-", color=color, clip_on=False)
    note(axes, 0.012, 72, label("relu"), FAILS)
    note(axes, 0.012, 43, label("linear"), TRAINS)
    note(axes, 0.012, 8, label("leaky"), THIRD)
    axes.set(xlim=(0.01, 0.2), ylim=(0, 100), xscale="log")
    ticks(axes.xaxis, RATES)
    ticks(axes.yaxis, (0, 50, 100), ("0", "50", "100"))
    name_axes(axes, label("rate"), label("share"))
    return drawing
