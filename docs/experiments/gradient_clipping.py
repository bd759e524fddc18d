"""Gradient clipping: a wall in the surface of one recurrent neuron, and recurrent nets over many rates."""

import numpy as np

from docs.builder.experiment import Slider, figure, read
from docs.builder.figure import FAILS, LINE, THEORY, THIRD, TRAINS, canvas, log_ticks, moves, name_axes, note, ticks
from docs.experiments._nets import digits
from snippets.gradient_clipping import clip_by_global_norm, clip_by_value, recurrent_neuron

START, LR, STEPS = (5.0, -1.8), 0.2, 100  # the neuron; steps also of its recurrence, halved
BEFORE = 15  # steps that lead up to the wall
MAX_NORM = Slider((0.03, 0.1, 0.3, 1, 3, 10, 100), at=100)
RATE = Slider((0.05, 0.1, 0.2, 0.5), at=LR)
NONE = 1e9

IMAGES, PIECES, UNITS, SCALE = 50, 16, 24, 2.0  # the nets: 16 pieces of an image, weights twice the usual
RATES, SEEDS, NET_STEPS, LIMIT = (0.01, 0.03, 0.1, 0.3, 1.0), 4, 200, 1.0
OWN = 20.0  # a limit from the norms of a calm run
SHOWN = 0.3
G = (4.0, 0.3)  # the gradient of the arrows


def neuron(max_norm, lr):
    """(STEPS + 1, 2) the path of w and b, and the norm of each gradient before clipping."""
    path, norms = [np.array(START)], []
    for _ in range(STEPS):
        _, *gradient = recurrent_neuron(*path[-1])
        [g], norm = clip_by_global_norm([np.array(gradient)], max_norm)
        path.append(path[-1] - lr * g)
        norms.append(norm)
    return np.array(path), np.array(norms)


def fresh(rng):
    """Weights of one net: into the state, along the state, out of it; with their biases."""
    inputs = 64 // PIECES
    return [rng.normal(0, SCALE / np.sqrt(inputs), (inputs, UNITS)), rng.normal(0, SCALE / np.sqrt(UNITS), (UNITS, UNITS)),
            np.zeros((1, UNITS)), rng.normal(0, SCALE / np.sqrt(UNITS), (UNITS, 10)), np.zeros((1, 10))]


def loss_and_gradient(parameters, pieces, t):
    """Many nets at once, first axis; half the squared error, mean over the images, of shape (nets,)."""
    U, W, b, V, c = parameters
    states = [np.zeros((len(U), len(t), UNITS))]
    for x in pieces:
        states.append(np.tanh(x @ U + states[-1] @ W + b))
    error = states[-1] @ V + c - t
    d = error / len(t)
    dV, dc = states[-1].mT @ d, d.sum(1, keepdims=True)
    dU, dW, db = np.zeros_like(U), np.zeros_like(W), np.zeros_like(b)
    d = d @ V.mT
    for x, before, h in reversed(list(zip(pieces, states, states[1:]))):
        d = d * (1 - h * h)
        dU, dW, db = dU + x.T @ d, dW + before.mT @ d, db + d.sum(1, keepdims=True)
        d = d @ W.mT
    return np.sum(error**2, (1, 2)) / (2 * len(t)), [dU, dW, db, dV, dc]


def train():
    """Losses (3, rates, seeds, steps + 1): without clipping and with each limit, from the same starts; norms alike."""
    x, t = digits(IMAGES)
    pieces = np.split(x - x.mean(0), PIECES, axis=1)
    starts = [fresh(np.random.default_rng(seed)) for seed in range(SEEDS)]
    runs = [(limit, lr, seed) for limit in (NONE, LIMIT, OWN) for lr in RATES for seed in range(SEEDS)]
    parameters = [np.stack(parts) for parts in zip(*(starts[seed] for *_, seed in runs))]
    lrs = np.array([lr for _, lr, _ in runs])[:, None, None]
    losses, norms, angle = [], [], None
    for step in range(NET_STEPS + 1):
        loss, gradient = loss_and_gradient(parameters, pieces, t)
        clipped = [clip_by_global_norm([g[k] for g in gradient], limit) for k, (limit, *_) in enumerate(runs)]
        angle = angles(gradient) if step == 0 else angle
        losses.append(loss)
        norms.append([norm for _, norm in clipped])
        parameters = [p - lrs * np.stack(g) for p, g in zip(parameters, zip(*(g for g, _ in clipped)))]
    shape = (3, len(RATES), SEEDS, NET_STEPS + 1)
    return np.array(losses).T.reshape(shape), np.array(norms).T.reshape(shape), angle


def angles(gradient):
    """Degrees between the first gradients and what clipping by value leaves; the limit is a tenth of the largest entry."""
    found = []
    for k in range(SEEDS):
        g = [part[k] for part in gradient]
        cut = clip_by_value(g, max(np.abs(part).max() for part in g) / 10)
        a, b = (np.concatenate([part.ravel() for part in parts]) for parts in (g, cut))
        found.append(np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))))
    return np.array(found)


def run():
    w, b = np.meshgrid(np.linspace(3, 7.5, 181), np.linspace(-3, -0.5, 121))
    losses, norms, angle = train()
    return {
        "grid": {(c, lr): neuron(c, lr) for c in MAX_NORM.values for lr in RATE.values},
        "free": neuron(NONE, LR), "tiny": neuron(NONE, LR / 100),
        "surface": (w, b, recurrent_neuron(w, b)[0]),
        "losses": losses, "norms": norms, "angle": angle,
    }


# Facts ------------------------------------------------------------------------


def loss_at(path):
    return recurrent_neuron(*path[-1])[0]


def facts(r):
    path, norms = r["free"]
    clipped, clipped_norms = r["grid"][1.0, LR]
    thrown = int(np.argmax(norms))
    losses = r["losses"]
    shown = RATES.index(SHOWN)
    start = losses[0, 0, :, 0]
    end = np.median(losses[..., -20:], axis=-1)  # (3, rates, seeds)
    calm = RATES.index(0.1)
    by_value = clip_by_value([np.array(G)], 1.0)[0]
    degrees = np.degrees(np.arctan2(G[1], G[0]))
    return {
        "lr": (LR, "g"), "steps": (STEPS, ".0f"), "w": (START[0], "g"), "b": (START[1], "g"),
        "start_loss": (recurrent_neuron(*START)[0], ".3f"), "target": (0.7, "g"), "recurrences": (50, ".0f"),
        "start_norm": (norms[0], ".2f"), "wall_norm": (norms[thrown], ".0f"), "wall_step": (thrown + 1, ".0f"),
        "before": (BEFORE, ".0f"), "before_low": (norms[thrown - BEFORE:thrown].min(), ".2f"),
        "before_high": (norms[:thrown].max(), ".2f"),
        "thrown": (np.linalg.norm(path[thrown + 1] - path[thrown]), ".1f"),
        "free_w": (path[-1, 0], ".1f"), "free_b": (path[-1, 1], ".1f"), "free_loss": (loss_at(path), ".3f"),
        "free_norm": (norms[-1], ".0e"),
        "limit": (1.0, "g"), "longest": (LR * 1.0, "g"),
        "clipped_loss": (loss_at(clipped), ".4f"), "clipped_steps": (np.sum(clipped_norms > 1), ".0f"),
        "tiny_lr": (LR / 100, "g"), "tiny_loss": (loss_at(r["tiny"][0]), ".3f"),
        "small_limit": (0.03, "g"), "small_steps": (np.sum(r["grid"][0.03, LR][1] > 0.03), ".0f"),
        "small_loss": (loss_at(r["grid"][0.03, LR][0]), ".3f"),
        "images": (IMAGES, ".0f"), "pieces": (PIECES, ".0f"), "units": (UNITS, ".0f"), "scale": (SCALE, "g"),
        "seeds": (SEEDS, ".0f"), "net_steps": (NET_STEPS, ".0f"), "shown": (SHOWN, "g"), "net_limit": (LIMIT, "g"),
        "net_start_low": (start.min(), ".0f"), "net_start_high": (start.max(), ".0f"),
        "free_end_low": (10.0 ** np.floor(np.log10(losses[0, shown, :, -20:].min())), ".0e"),  # a power of ten that all stay above
        "clip_end_low": (end[1, shown].min(), ".2f"), "clip_end_high": (end[1, shown].max(), ".2f"),
        "lowest": (RATES[0], "g"), "calm": (RATES[calm], "g"),
        "lowest_free": (np.median(end[0, 0]), ".2f"), "lowest_clip": (np.median(end[1, 0]), ".1f"),
        "calm_free": (np.median(end[0, calm]), ".2f"), "calm_clip": (np.median(end[1, calm]), ".2f"),
        "cut": (np.mean(r["norms"][1][[0, RATES.index(SHOWN)]] > LIMIT), ".0%"),
        "median_norm": (np.median(r["norms"][0, 0]), ".1f"), "largest_norm": (r["norms"][0, 0].max(), ".0f"),
        "own": (OWN, "g"), "mean_norm": (np.mean(r["norms"][0, 0]), ".1f"), "own_times": (OWN / np.mean(r["norms"][0, 0]), ".0f"),
        "own_cut": (np.mean(r["norms"][2, 0] > OWN), ".0%"), "own_lowest": (np.median(end[2, 0]), ".2f"),
        "own_calm": (np.median(end[2, calm]), ".2f"), "own_shown": (end[2, shown].min() // 10 * 10, ".0f"),  # all are above
        "value_angle_low": (r["angle"].min(), ".0f"), "value_angle_high": (r["angle"].max(), ".0f"),
        "g_1": (G[0], "g"), "g_2": (G[1], "g"), "g_angle": (degrees, ".1f"),
        "value_angle": (np.degrees(np.arctan2(by_value[1], by_value[0])), ".1f"),
    }


# Figures ----------------------------------------------------------------------


@figure
def rescue(r, label):
    """Loss of recurrent nets at one rate, without and with clipping."""
    drawing, [axes] = canvas()
    for k, color in enumerate((FAILS, TRAINS)):
        for losses in r["losses"][k, RATES.index(SHOWN)]:
            axes.plot(losses, color=color, linewidth=1.3)
    note(axes, 198, 1e14, label("free"), FAILS, ha="right")
    note(axes, 198, 3e2, label("clipped"), TRAINS, ha="right")
    axes.set(xlim=(0, NET_STEPS), ylim=(1e-2, 1e20), yscale="log")
    ticks(axes.xaxis, (0, 100, 200))
    log_ticks(axes.yaxis, (0, 5, 10, 15, 20))
    name_axes(axes, label("steps"), label("loss"))
    return drawing


@figure
def rates(r, label):
    """Loss at the end against the rate."""
    drawing, [axes] = canvas()
    top = 100
    for k, (name, color) in enumerate((("free", FAILS), ("clipped", TRAINS))):
        end = np.median(r["losses"][k, :, :, -20:], axis=-1)
        for seed in range(SEEDS):
            axes.plot(RATES, np.minimum(end[:, seed], top), "o", color=color, markersize=4.5, alpha=0.7)
        axes.plot(RATES, np.minimum(np.median(end, axis=1), top), color=color)
    note(axes, 0.17, 40, label("free"), FAILS, ha="right")
    note(axes, 0.0105, 12, label("clipped"), TRAINS)
    axes.set(xlim=(0.008, 1.25), ylim=(0.08, 110), xscale="log", yscale="log")
    log_ticks(axes.xaxis, (-2, -1, 0))
    ticks(axes.yaxis, (0.1, 1, 10, 100), ("0.1", "1", "10", "> 100"))
    name_axes(axes, label("lr"), label("loss"))
    return drawing


@figure(max_norm=MAX_NORM, lr=RATE)
def wall(r, label, max_norm, lr):
    """The surface of one recurrent neuron and a path on it."""
    path, norms = r["grid"][max_norm, lr]
    drawing, [axes] = canvas(height=330)
    w, b, loss = r["surface"]
    axes.contour(w, b, loss, levels=(0.01, 0.03, 0.05, 0.07, 0.12, 0.2, 0.3, 0.4), colors=LINE, linewidths=0.9)
    inside = np.clip(path, (0, -9), (30, 9))
    moves(axes.plot(*inside.T, color=TRAINS, linewidth=1.5)[0], "path")
    moves(axes.plot(*np.clip(path[-1:], (2.9, -3.1), (7.6, -0.4)).T, "o", color=TRAINS, markersize=8, zorder=4)[0], "end")  # on the canvas, or none would be drawn
    axes.plot(*START, "o", color=THEORY, markersize=6)
    note(axes, 4.15, -2.62, label("high"), THEORY, ha="right")
    note(axes, 6.1, -1.0, label("low"), THEORY)
    axes.set(xlim=(3, 7.5), ylim=(-3, -0.5))
    ticks(axes.xaxis, (3, 4, 5, 6, 7))
    ticks(axes.yaxis, (-3, -2, -1))
    name_axes(axes, label("w"), label("b"))
    read(drawing, loss=(loss_at(path), ".2g"), count=(np.sum(norms > max_norm), ".0f"), norm=(norms.max(), ".2g"))
    return drawing


@figure
def direction(r, label):
    """One gradient, clipped by norm and by value."""
    drawing, [axes] = canvas(height=220)
    by_norm, by_value = clip_by_global_norm([np.array(G)], 1.0)[0][0], clip_by_value([np.array(G)], 1.0)[0]
    turn = np.linspace(0, 2 * np.pi, 121)
    axes.plot(np.cos(turn), np.sin(turn), color=LINE, linewidth=1)
    axes.plot((-1, 1, 1, -1, -1), (-1, -1, 1, 1, -1), color=LINE, linewidth=1, linestyle=(0, (4, 3)))
    for end, color, width in ((G, THEORY, 1.6), (by_norm, TRAINS, 3), (by_value, FAILS, 3)):
        axes.annotate("", end, (0, 0), arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": width,
                                                   "shrinkA": 0, "shrinkB": 0})
    note(axes, 3.2, 0.48, label("gradient"), THEORY, ha="right")
    note(axes, 0.55, -0.28, label("norm"), TRAINS)
    note(axes, 1.08, 0.72, label("value"), FAILS)
    axes.set(xlim=(-0.3, 4.4), ylim=(-0.6, 1.2), aspect="equal")
    ticks(axes.xaxis, (0, 1, 2, 3, 4))
    ticks(axes.yaxis, (0, 1))
    name_axes(axes, label("g1"), label("g2"))
    return drawing
