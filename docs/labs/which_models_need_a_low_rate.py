"""Predicted against measured: the largest stable rate of many small nets."""
# %% load
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from snippets.gradient_descent import gradient_descent
from snippets.network import initialize, loss_and_gradients
from snippets.sharpness import max_stable_lr, sharpness

images, labels = load_digits(return_X_y=True)
x = images[:50] / 16                             # (50, 64), in 0 .. 1
x = x - x.mean(axis=0)                           # each pixel centred
y = np.eye(10)[labels[:50]]                      # (50, 10), one 1 a row

# %% functions
def as_functions(layers, x, y, **how):
    """All parameters as one vector w; loss and gradient as functions of it."""
    shapes = [p.shape for layer in layers for p in layer]
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
    kept = [None, None]                          # the last w and its results

    def join(pairs):
        return np.concatenate([p.ravel() for pair in pairs for p in pair])

    def at(w):
        if kept[0] is not w:
            parts = [p.reshape(s) for p, s in zip(np.split(w, ends), shapes)]
            loss, gradients = loss_and_gradients(
                list(zip(parts[::2], parts[1::2])), x, y, **how)
            kept[:] = w, (loss, join(gradients))
        return kept[1]

    return join(layers), lambda w: at(w)[0], lambda w: at(w)[1]


def net(hidden=(32, 32), gain=1.0, scale=1.0, offset=0.0, seed=0,
        loss="squared", **how):
    """A start w, the loss and the gradient of one model on the 50 images."""
    layers = initialize((64, *hidden, 10), np.random.default_rng(seed), gain)
    return as_functions(layers, scale * x + offset, y, loss=loss, **how)

# %% one
def limits(w, loss, grad, trial=50):
    """Predicted and measured: the largest rate that is stable at w."""
    with np.errstate(all="ignore"):              # rates that fail may overflow
        lam, _ = sharpness(grad, w, steps=20)
        return 2 / abs(lam), max_stable_lr(loss, grad, w, trial, tol=0.1)


print("start   predicted   measured   their ratio")
ratios = []
for seed in range(4):
    predicted, measured = limits(*net(seed=seed))
    ratios.append(measured / predicted)
    print(f"{seed:5d} {predicted:11.2f} {measured:10.2f} {ratios[-1]:13.1f}")

# %% models
MODELS = {"tanh, 2 layers of 32": dict()}
for depth in (1, 6):
    MODELS[f"depth {depth}"] = dict(hidden=(32,) * depth)
for width in (8, 64):
    MODELS[f"width {width}"] = dict(hidden=(width, width))
for gain in (0.5, 4):
    MODELS[f"weights x {gain}"] = dict(gain=gain)
for offset in (1, 2):
    MODELS[f"inputs + {offset}"] = dict(offset=offset)
for norm in ("batch", "layer"):
    MODELS[f"{norm} norm"] = dict(norm=norm)
    MODELS[f"{norm} norm, inputs + 2"] = dict(norm=norm, offset=2)
MODELS["inputs x 4"] = dict(scale=4)
MODELS["sigmoid"] = dict(activation="sigmoid")
MODELS["relu"] = dict(activation="relu", gain=np.sqrt(2))
MODELS["relu, depth 6"] = dict(activation="relu", gain=np.sqrt(2),
                               hidden=(32,) * 6)
MODELS["residual, depth 6"] = dict(hidden=(32,) * 6, residual=True)

# %% measure
STEPS = 50
fresh, trained, later = {}, {}, {}
for name, how in MODELS.items():
    w, loss, grad = net(**how)
    fresh[name] = limits(w, loss, grad)
    cautious = fresh[name][0] / 4                # half of 1 / sharpness
    w = gradient_descent(grad, w, cautious, STEPS)[-1]
    later[name] = w, loss, grad
    trained[name] = limits(w, loss, grad)

print(" " * 24 + f"at the start          after {STEPS} steps")
print(" " * 24 + "predicted  measured   " * 2)
for name in sorted(MODELS, key=lambda name: trained[name][1]):
    print(f"{name:24}" + "".join(f"{rate:9.3f}  "
                                 for rate in (*fresh[name], *trained[name])))

# %% diagonal
fig, ax = plt.subplots()
ax.axline((0.1, 0.1), slope=1, color="C7")
ax.plot(*zip(*fresh.values()), "o", color="C2", fillstyle="none")
ax.plot(*zip(*trained.values()), "o", color="C0")
ax.text(0.011, 0.2, "at the start", color="C2")
ax.text(0.15, 0.055, f"after {STEPS} steps", color="C0")
ax.text(1.1, 0.75, "equal", color="C7")
ax.set(xlabel="predicted: 2 / sharpness", xscale="log", yscale="log",
       xlim=(0.008, 2), ylim=(0.008, 2), xticks=(0.01, 0.1, 1),
       yticks=(0.01, 0.1, 1))
ax.set_title("measured: largest stable rate", loc="left")
plt.show()

# %% trial
TRIALS = (20, 50, 200)
print("measured / predicted, trials of " + ", ".join(map(str, TRIALS)))
by_trial = {}
for name in ("sigmoid", "batch norm"):
    found = [limits(*later[name], trial) for trial in TRIALS]
    by_trial[name] = [measured / predicted for predicted, measured in found]
    print(f"{name:22}" + "".join(f"{ratio:7.2f}" for ratio in by_trial[name]))

# %% beyond
w, loss, grad = net()
lr = 2 * fresh["tanh, 2 layers of 32"][0]        # twice the predicted limit
path = gradient_descent(grad, w, lr, steps=60)
losses = [loss(w) for w in path]
sharp = [sharpness(grad, w, steps=20)[0] for w in path[::3]]

fig, ax = plt.subplots()
ax.plot(range(0, 61, 3), sharp, color="C0")
ax.axhline(2 / lr, color="C7", linestyle=":")
ax.text(42, 2 / lr - 0.7, "limit of this rate", color="C7")
ax.text(8, 4.6, "sharpness", color="C0")
ax.set(xlabel="step", ylim=(0, 7), xticks=(0, 20, 40, 60),
       yticks=(0, 3, 6))
ax.set_title("sharpness", loc="left")
plt.show()

# %% unfinished
w, loss, grad = later["width 64"]
print("iterations   sharpness     error bound   predicted limit")
finer = {}
for iterations in (20, 60):
    lam, error = sharpness(grad, w, iterations)
    finer[iterations] = lam, error
    print(f"{iterations:10d} {lam:11.2f} {error:15.2f} {2 / lam:17.3f}")

# %% use
SHARED = 0.3
shared, own = {}, {}                             # loss, as share of the start
for name, how in MODELS.items():
    w, loss, grad = net(**how)
    for ends, lr in ((shared, SHARED), (own, fresh[name][0] / 2)):
        with np.errstate(all="ignore"):
            end = gradient_descent(grad, w, lr, STEPS)[-1]
            ends[name] = loss(end) / loss(w)

burst = [name for name in MODELS if not shared[name] < 1]
assert all(fresh[name][0] < SHARED for name in burst)
assert all(end < 1 for end in own.values())
print(f"rate {SHARED} for all, these explode:")
print("\n".join(f"  {name:24} limit {fresh[name][0]:.3f}" for name in burst))
print("each with half of its own limit: none explodes")

# %% facts
below = [name for name in MODELS if fresh[name][0] < SHARED]
both = [name for name in MODELS if name not in burst]
on_line = np.array([measured / predicted
                    for predicted, measured in trained.values()])
above = np.array([measured / predicted
                  for predicted, measured in fresh.values()])
w, loss, grad = later["weights x 0.5"]
moved = gradient_descent(grad, w, trained["weights x 0.5"][1], 50)[-1]
BASE = "tanh, 2 layers of 32"
FACTS = {
    "images": (len(x), ".0f"),
    "nets": (len(MODELS), ".0f"),
    "steps": (STEPS, ".0f"),
    "trial": (TRIALS[1], ".0f"),
    "short": (TRIALS[0], ".0f"),
    "long": (TRIALS[2], ".0f"),
    "ratio_low": (min(ratios), ".1f"),
    "ratio_high": (max(ratios), ".1f"),
    "base_start": (fresh[BASE][0], ".2f"),
    "base": (trained[BASE][1], ".2f"),
    "depth_one": (trained["depth 1"][1], ".2f"),
    "depth_six": (trained["depth 6"][1], ".2f"),
    "residual_six": (trained["residual, depth 6"][1], ".3f"),
    "width_low": (trained["width 8"][1], ".2f"),
    "width_high": (trained["width 64"][1], ".2f"),
    "shift_times": (trained[BASE][1] / trained["inputs + 2"][1], ".0f"),
    "shifted": (trained["inputs + 2"][1], ".3f"),
    "weights_large": (trained["weights x 4"][1], ".3f"),
    "batch": (trained["batch norm"][1], ".3f"),
    "batch_shifted": (trained["batch norm, inputs + 2"][1], ".3f"),
    "layer": (trained["layer norm"][1], ".3f"),
    "layer_shifted": (trained["layer norm, inputs + 2"][1], ".3f"),
    "range": (max(rate for _, rate in trained.values())
              / min(rate for _, rate in trained.values()), ".0f"),
    "line_low": (on_line.min(), ".1f"),
    "line_middle": (np.median(on_line), ".1f"),
    "line_high": (on_line.max(), ".1f"),
    "start_low": (above.min(), ".1f"),
    "start_middle": (np.median(above), ".1f"),
    "start_high": (above.max(), ".1f"),
    "wide_ratio": (trained["width 64"][1] / trained["width 64"][0], ".2f"),
    "wide_error": (100 * finer[20][1] / finer[20][0], ".0f"),
    "wide_finer": (trained["width 64"][1] * finer[60][0] / 2, ".2f"),
    "half_before": (trained["weights x 0.5"][0], ".2f"),
    "half_after": (2 / sharpness(grad, moved, steps=20)[0], ".2f"),
    "sigmoid_short": (by_trial["sigmoid"][0], ".1f"),
    "sigmoid_long": (by_trial["sigmoid"][-1], ".1f"),
    "batch_long": (by_trial["batch norm"][-1], ".1f"),
    "escape_steps": (len(path) - 1, ".0f"),
    "escape_rate": (2 * fresh[BASE][0], ".2f"),
    "escape_limit": (1 / fresh[BASE][0], ".1f"),
    "escape_start": (sharp[0], ".1f"),
    "escape_end": (np.mean(sharp[-7:]), ".1f"),
    "escape_first": (losses[0], ".2f"),
    "escape_dip": (losses[1], ".2f"),
    "escape_rise": (losses[3], ".2f"),
    "escape_last": (losses[-1], ".2f"),
    "shared": (SHARED, ".1f"),
    "below": (len(below), ".0f"),
    "burst": (len(burst), ".0f"),
    "survive": (len(below) - len(burst), ".0f"),
    "shared_better": (sum(shared[name] < own[name] for name in both), ".0f"),
    "both": (len(both), ".0f"),
}
