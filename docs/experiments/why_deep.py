"""Depth: parity, the folded tent map, and whether gradient descent finds what can be represented."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from docs.experiments._change import changed
from snippets import depth
from snippets.depth import linear_pieces, parity_terms, tent_map, xor_tree
from snippets.relu import he_layers, relu, train

BENT = 8  # folds with a tent that is too flat on the right
BITS = (2, 4, 6, 8, 10, 12, 14, 16)
FOLDS = Slider((1, 2, 3, 4, 5, 6), at=1)
GRID = np.linspace(0, 1, 257)
K = 2  # folds to be learnt
PAYS = 3  # folds from which on layers need fewer units than one layer
NETS, STEPS, RATE = 50, 1000, 0.1
NEAR = 0.02  # of a constant's loss: the target is as good as found
SHAPES = {"deep": (1, 2, 2, 1), "flat": (1, 4, 1), "large": (1, 16, 16, 1)}  # each can represent it


def run():
    x = np.linspace(0, 1, 33)[:, None]
    y = tent_map(x, K)
    return {
        "terms": [len(parity_terms(d)) for d in BITS],
        "gates": [xor_tree(np.ones(d, int))[1] for d in BITS],
        "layers": [xor_tree(np.ones(d, int))[2] for d in BITS],
        "folds": {k: tent_map(GRID, int(k)) for k in FOLDS.values},
        "found": {name: np.sort(train(he_layers(shape, NETS, np.random.default_rng(0)), 4 * x - 2, y, RATE, STEPS, relu, linear)[1][-1])
                  for name, shape in SHAPES.items()},
        "constant": np.var(y) / 2,
        "bent": bent(),
    }


def bent():
    """Pieces after BENT layers, with the right and with the changed tent."""
    x = np.linspace(0, 1, 2 ** (BENT + 2) + 1)
    flat = changed(depth, "4 * np.maximum", "3 * np.maximum")
    return [linear_pieces(fold(x, BENT)) for fold in (tent_map, flat.tent_map)]


def linear(z):
    return z, 1.0


def parameters(shape):
    return sum((n + 1) * m for n, m in zip(shape, shape[1:]))


def facts(r):
    last, top = -1, int(FOLDS.values[-1])
    found = {name: loss / r["constant"] for name, loss in r["found"].items()}
    return {
        "bits": (BITS[last], ".0f"),
        "terms": (r["terms"][last], ".0f"),
        "gates": (r["gates"][last], ".0f"),
        "layers": (r["layers"][last], ".0f"),
        "folds": (top, ".0f"),
        "fold_units": (2 * top, ".0f"),
        "fold_pieces": (linear_pieces(r["folds"][top]), ".0f"),
        "flat_pieces": (2 * top + 1, ".0f"),
        "flat_units": (linear_pieces(r["folds"][top]) - 1, ".0f"),
        "k": (K, ".0f"),
        "pieces": (2**K, ".0f"),
        "enough": (2**K - 1, ".0f"),
        "pays_deep": (2 * PAYS, ".0f"),
        "pays_flat": (2**PAYS - 1, ".0f"),
        "nets": (NETS, ".0f"),
        "steps": (STEPS, ".0f"),
        "rate": (RATE, ".1f"),
        "hidden": (SHAPES["flat"][1], ".0f"),
        "large_hidden": (SHAPES["large"][1], ".0f"),
        "large_layers": (len(SHAPES["large"]) - 2, ".0f"),
        **{f"{name}_parameters": (parameters(shape), ".0f") for name, shape in SHAPES.items()},
        **{f"{name}_best": (loss[0], ".0%") for name, loss in found.items()},
        **{f"{name}_middle": (np.median(loss), ".0%") for name, loss in found.items()},
        "near": (NEAR, ".0%"),
        **{f"{name}_near": (np.sum(loss < NEAR), ".0f") for name, loss in found.items()},
        "bent_folds": (BENT, ".0f"),
        "full_pieces": (r["bent"][0], ".0f"),
        "bent_pieces": (r["bent"][1], ".0f"),
        "demo_bits": (30, ".0f"),
        "thirty": (xor_tree(np.ones(30, int))[1], ".0f"),
        "thirty_layers": (xor_tree(np.ones(30, int))[2], ".0f"),
        "thirty_terms": (2.0**29, ".1e"),
    }


@figure
def counts(r, label):
    """Parts for the parity of d bits."""
    drawing, [axes] = canvas()
    axes.plot(BITS, r["terms"], "o-", color=FAILS, clip_on=False)
    axes.plot(BITS, r["gates"], "o-", color=TRAINS, clip_on=False)
    axes.plot(BITS, BITS, "--", color=THIRD)
    note(axes, 9.2, 2e3, label("terms"), FAILS, ha="right")
    note(axes, 15.6, 5.2, label("gates"), TRAINS, ha="right")
    note(axes, 15.6, 45, label("thresholds"), THIRD, ha="right")
    axes.set(xlim=(2, 16), ylim=(1, 1e5), yscale="log")
    ticks(axes.xaxis, (2, 4, 8, 16))
    log_ticks(axes.yaxis, (0, 2, 4))
    name_axes(axes, label("bits"), label("parts"))
    return drawing


@figure(k=FOLDS)
def folds(r, label, k):
    """The interval folded k times."""
    drawing, [axes] = canvas()
    [line] = axes.plot(GRID, r["folds"][k], color=TRAINS, linewidth=1.6)
    moves(line, "curve")
    axes.set(xlim=(0, 1), ylim=(0, 1.05))
    ticks(axes.xaxis, (0, 0.5, 1))
    ticks(axes.yaxis, (0, 0.5, 1))
    name_axes(axes, label("input"), label("output"))
    pieces = linear_pieces(r["folds"][k])
    read(drawing, units=(2 * k, ".0f"), pieces=(pieces, ".0f"), flat=(2 * k + 1, ".0f"), need=(pieces - 1, ".0f"))
    return drawing


@figure
def found(r, label):
    """Losses that training reached, sorted, as a share of the loss of a constant."""
    drawing, [axes] = canvas()
    nets = np.arange(1, NETS + 1)
    for name, color in (("deep", FAILS), ("flat", THIRD), ("large", TRAINS)):
        axes.plot(nets, r["found"][name] / r["constant"], color=color)
    axes.axhline(1, color=THEORY, linewidth=1, linestyle=(0, (4, 3)))
    note(axes, 1.5, 1.09, label("constant"), THEORY)
    note(axes, 20, 0.86, label("deep"), FAILS)
    note(axes, 24, 0.5, label("flat"), THIRD)
    note(axes, 20, 0.13, label("large"), TRAINS)
    axes.set(xlim=(1, NETS), ylim=(0, 1.2))
    ticks(axes.xaxis, (1, 25, 50))
    ticks(axes.yaxis, (0, 0.5, 1), ("0%", "50%", "100%"))
    name_axes(axes, label("net"), label("loss"))
    return drawing
