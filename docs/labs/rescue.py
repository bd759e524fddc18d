"""A deep network that does not train, and what each cure buys."""
# %% load
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from snippets.adam import adam
from snippets.gradient_clipping import clip_by_global_norm
from snippets.mini_batch import minibatches
from snippets.network import (descend, forward, initialize,
                              loss_and_gradients)

images, labels = load_digits(return_X_y=True)
x, y = images[:300] / 16, labels[:300]
SIZES = (64, *8 * [30], 10)                  # eight hidden layers
print(f"{len(x)} images, guessing costs {np.log(10):.3f} nats")

# %% train
def train(seed, gain=1.0, lr=0.1, max_norm=None, epochs=20,
          activation="sigmoid", norm=None, residual=False):
    """Loss on all images at the start and at the end, and accuracy."""
    rng = np.random.default_rng(seed)
    layers = initialize(SIZES, rng, gain)
    how = dict(activation=activation, norm=norm, residual=residual)
    losses = [loss_and_gradients(layers, x, y, **how)[0]]
    for _ in range(epochs):
        for xb, yb in minibatches(x, y, 50, rng):
            _, gradients = loss_and_gradients(layers, xb, yb, **how)
            if max_norm:
                gradients = clip(gradients, max_norm)
            layers = descend(layers, gradients, lr)
    losses.append(loss_and_gradients(layers, x, y, **how)[0])
    right = forward(layers, x, **how)[0].argmax(axis=1) == y
    return losses, right.mean()


def clip(gradients, max_norm):
    arrays = [array for pair in gradients for array in pair]
    arrays, _ = clip_by_global_norm(arrays, max_norm)
    return list(zip(arrays[::2], arrays[1::2]))

# %% broken
losses, right = train(seed=0)
print(f"loss {losses[0]:.3f} at the start, {losses[-1]:.3f} at the end, "
      f"{right:.0%} right")
layers = initialize(SIZES, np.random.default_rng(0))
_, gradients = loss_and_gradients(layers, x, y, activation="sigmoid")
norms = [np.linalg.norm(dw) for dw, _ in gradients]
print("|dL/dw| at the start, first layer first:")
print(*(f"{norm:.0e}" for norm in norms))

# %% alone
def compare(cures):
    """Train three networks for each cure; {name: losses, accuracies}."""
    found = {}
    for name, cure in cures.items():
        runs = [train(seed, **cure) for seed in range(3)]
        found[name] = [losses for losses, _ in runs], [r for _, r in runs]
        print(f"{name:30s} loss", *(f"{run[-1]:5.2f}" for run, _ in runs),
              " right", *(f"{right:4.0%}" for _, right in runs))
    return found


alone = compare({
    "nothing": {},
    "ten times the rate": {"lr": 1.0},
    "gradient clipping": {"max_norm": 1.0},
    "layer norm": {"norm": "layer"},
    "larger weights (gain 4)": {"gain": 4.0},
    "residual connections": {"residual": True},
    "ReLU": {"activation": "relu"},
    "tanh": {"activation": "tanh"},
    "batch norm": {"norm": "batch"},
})

# %% picture
fig, ax = plt.subplots()
for row, (name, (losses, _)) in enumerate(alone.items()):
    ends = [run[-1] for run in losses]
    color = "C0" if max(ends) < 1.15 else "C1"   # half of guessing
    ax.plot(ends, [-row] * 3, "o", color=color, markersize=5)
    ax.text(2.5, -row, name, color=color, verticalalignment="center")
ax.axvline(np.log(10), color="C7", linewidth=1)
ax.set(xlabel="loss after 20 epochs", xlim=(0, 4), xticks=(0, 1, 2),
       yticks=())
plt.show()

# %% adam
def train_with_adam(seed, lr, epochs=20):
    """The broken network; Adam wants all parameters in one vector."""
    rng = np.random.default_rng(seed)
    start = initialize(SIZES, rng)
    shapes = [array.shape for pair in start for array in pair]
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]

    def unpack(w):
        arrays = [part.reshape(shape) for part, shape
                  in zip(np.split(w, ends), shapes)]
        return list(zip(arrays[::2], arrays[1::2]))

    def grad(w):
        xb, yb = next(minibatches(x, y, 50, rng))
        return pack(loss_and_gradients(unpack(w), xb, yb,
                                       activation="sigmoid")[1])

    def pack(layers):
        return np.concatenate([array.ravel() for pair in layers
                               for array in pair])

    w = adam(grad, pack(start), lr, steps=6 * epochs)[-1]
    return loss_and_gradients(unpack(w), x, y, activation="sigmoid")[0]


adams = {lr: [train_with_adam(seed, lr) for seed in range(2)]
         for lr in (0.003, 0.01, 0.03)}
for lr, ends in adams.items():
    print(f"Adam, rate {lr:5g}, loss", *(f"{end:6.2f}" for end in ends))

# %% together
HE = np.sqrt(2)
relu = {"activation": "relu"}
he = {**relu, "gain": HE}
together = compare({
    "ReLU, He": he,
    "ReLU, He, batch norm": {**he, "norm": "batch"},
    "all four": {**he, "norm": "batch", "residual": True},
    "all but ReLU (sigmoid, gain 4)": {"gain": 4.0, "norm": "batch",
                                       "residual": True},
    "all but He (gain 1)": {**relu, "norm": "batch", "residual": True},
    "all but batch norm": {**he, "residual": True},
    "all but batch norm, clipping": {**he, "residual": True, "max_norm": 1.0},
    "all but batch norm, rate 0.01": {**he, "residual": True, "lr": 0.01},
})

# %% facts
def row(short, found):
    """The losses of a row at the end, and its accuracies, for the page."""
    ends, right = [losses[-1] for losses in found[0]], found[1]
    return {f"{short}_low": (min(ends), ".2f"),
            f"{short}_high": (max(ends), ".2f"),
            f"{short}_right_low": (min(right), ".0%"),
            f"{short}_right_high": (max(right), ".0%")}


FACTS = {
    "images": (len(x), ".0f"),
    "epochs": (20, ".0f"),
    "guess": (np.log(10), ".3f"),
    "start": (alone["nothing"][0][0][0], ".3f"),
    "end": (alone["nothing"][0][0][-1], ".3f"),
    "first_norm": (norms[0], ".0e"),
    "last_norm": (norms[-1], ".1f"),
    "step": ((norms[-1] / norms[0]) ** (1 / 8), ".1f"),
    "adam_best": (min(min(ends) for ends in adams.values()), ".2f"),
    "adam_rate": (min(adams, key=lambda lr: min(adams[lr])), "g"),
    "lr": (0.1, "g"),
    "no_norm_start": (together["all but batch norm"][0][0][0], ".0f"),
    **row("residual", alone["residual connections"]),
    **row("gain", alone["larger weights (gain 4)"]),
    **row("rate", alone["ten times the rate"]),
    **row("clip", alone["gradient clipping"]),
    **row("layer", alone["layer norm"]),
    **row("relu", alone["ReLU"]),
    **row("tanh", alone["tanh"]),
    **row("batch", alone["batch norm"]),
    **row("he", together["ReLU, He"]),
    **row("he_batch", together["ReLU, He, batch norm"]),
    **row("all", together["all four"]),
    **row("no_relu", together["all but ReLU (sigmoid, gain 4)"]),
    **row("no_he", together["all but He (gain 1)"]),
    **row("no_norm", together["all but batch norm"]),
    **row("no_norm_clip", together["all but batch norm, clipping"]),
    **row("no_norm_slow", together["all but batch norm, rate 0.01"]),
    "low_rate": (0.01, "g"),
    "adam_steps": (6 * 20, ".0f"),
}
