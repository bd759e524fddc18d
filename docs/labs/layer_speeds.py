"""How fast each layer learns, at the start and for 500 epochs."""
# %% load
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from snippets.network import (descend, forward, initialize,
                              loss_and_gradients)

images, labels = load_digits(return_X_y=True)
x, y = images[:200] / 16, np.eye(10)[labels[:200]]
print(f"{len(x)} images of {x.shape[1]} pixels, "
      f"{y.shape[1]} outputs between 0 and 1")

# %% speeds
def network(depth, seed):
    """Hidden layers of 30 sigmoids; weights N(0, 1/n), biases N(0, 1)."""
    return initialize((64, *depth * [30], 10), np.random.default_rng(seed),
                      bias=1.0)


def loss_and_speeds(layers):
    """The loss, its gradient, and |dL/db| of each hidden layer."""
    loss, gradients = loss_and_gradients(layers, x, y, "sigmoid",
                                         activation="sigmoid")
    return loss, gradients, [np.linalg.norm(db) for _, db in gradients[:-1]]


print("hidden layers   mean speed at the start, first layer first")
start = {}
for depth in (2, 3, 4):
    start[depth] = np.array([loss_and_speeds(network(depth, seed))[2]
                             for seed in range(20)])
    print(f"{depth:13d}  ", *(f"{v:7.4f}" for v in start[depth].mean(axis=0)))

# %% train
def train(layers, epochs=500, rates=1.0):
    """All images in each step: the trained layers, losses and speeds."""
    losses, speeds = [], []
    for epoch in range(epochs + 1):
        loss, gradients, speed = loss_and_speeds(layers)
        losses.append(loss)
        speeds.append(speed)
        if epoch < epochs:
            layers = descend(layers, gradients, rates)
    return layers, np.array(losses), np.array(speeds)


runs = {depth: train(network(depth, seed=0)) for depth in (2, 3, 4)}
print("epoch          ", *(f"{epoch:6d}" for epoch in range(0, 501, 100)))
for depth, (_, losses, _) in runs.items():
    print(f"loss, {depth} hidden ",
          *(f"{loss:6.2f}" for loss in losses[::100]))
share = y.mean(axis=0)                       # of each class
guess = -np.sum(share * np.log(share) + (1 - share) * np.log(1 - share))
print(f"loss of guessing {guess:.2f}")

# %% curves
fig, panels = plt.subplots(1, 3, sharey=True)
for ax, (depth, (_, _, speeds)) in zip(panels, runs.items()):
    steps = np.arange(1, len(speeds) + 1)    # from 1, for the logarithm
    ax.plot(steps, speeds[:, 1:], color="C7", linewidth=1)
    ax.plot(steps, speeds[:, 0], color="C0")
    ax.set_title(f"{depth} hidden", loc="left")
    ax.set(xscale="log", yscale="log", xlim=(1, 500))
panels[0].text(1.3, 2e-4, "first layer", color="C0")
panels[0].text(5, 0.3, "later ones", color="C7")
panels[0].set_title("speed, 2 hidden", loc="left")
panels[1].set(xlabel="step")
plt.show()

# %% ratio
print("last hidden layer / first, epoch", *(
    f"{epoch:6d}" for epoch in (0, 1, 10, 100, 500)))
for depth, (_, _, speeds) in runs.items():
    ratio = speeds[:, -1] / speeds[:, 0]
    print(f"{depth} hidden layers                 ", *(
        f"{ratio[epoch]:6.1f}" for epoch in (0, 1, 10, 100, 500)))

# %% cancel
def one_image(layers):
    """Of one image, typically: its dz, and how its input differs."""
    scores, trace = forward(layers, x, "sigmoid")
    dz, rows = 1 / (1 + np.exp(-scores)) - y, []
    for (w, _), (a, _, out, _) in zip(layers[:0:-1], trace[-2::-1]):
        dz = dz @ w.T * out * (1 - out)      # of each image, not the mean
        rows.append([np.sqrt(np.mean(np.sum(v**2, axis=1)))
                     for v in (dz, a - a.mean(axis=0))])
    return np.array(rows[::-1]).T


waiting, _, _ = train(network(4, seed=0), epochs=100)
_, gradients, speed = loss_and_speeds(waiting)
signal, spread = one_image(waiting)
weights = np.array([np.linalg.norm(dw) for dw, _ in gradients[:-1]])
print("4 hidden layers, epoch 100, layer      1        2        3        4")
for name, row in (("speed |dL/db|", speed), ("|dL/dw|", weights),
                  ("one image's |dz|", signal),
                  ("how far inputs differ", spread)):
    print(f"{name:28s}", *(f"{value:8.5f}" for value in row))

# %% freeze
print("2 hidden layers, loss after 500 epochs, two networks")
frozen = {}
for name, rates in (("all layers learn", (1, 1, 1)),
                    ("first one frozen", (0, 1, 1)),
                    ("second one frozen", (1, 0, 1))):
    frozen[name] = [train(network(2, seed), rates=rates)[1][-1]
                    for seed in range(2)]
    print(f"{name:20s}", *(f"{loss:6.2f}" for loss in frozen[name]))

# %% facts
speeds_four, losses_four = runs[4][2], runs[4][1]
ratios = {depth: run[2][:, -1] / run[2][:, 0] for depth, run in runs.items()}
together = signal[1:] * spread[1:]           # layers 2, 3, 4
FACTS = {
    "images": (len(x), ".0f"),
    "nets": (len(start[4]), ".0f"),
    "step": ((start[4][:, -1] / start[4][:, 0]).mean() ** (1 / 3), ".1f"),
    "start_ratio": (start[4].mean(axis=0)[-1] / start[4].mean(axis=0)[0],
                    ".0f"),
    "guess": (guess, ".2f"),
    "ratio_start": (ratios[4][0], ".0f"),
    "ratio_ten": (ratios[4][10], ".1f"),
    "ratio_hundred": (ratios[4][100], ".1f"),
    "ratio_end_two": (ratios[2][-1], ".1f"),
    "fall_first": (speeds_four[0, 0] / speeds_four[100, 0], ".0f"),
    "fall_last": (speeds_four[0, -1] / speeds_four[100, -1], ".0f"),
    "loss_two": (runs[2][1][-1], ".2f"),
    "loss_three": (runs[3][1][-1], ".2f"),
    "loss_three_early": (runs[3][1][100], ".2f"),
    "loss_four": (losses_four[-1], ".2f"),
    "signal_ratio": (signal[-1] / signal[0], ".0f"),
    "spread_ratio": (spread[1] / spread[-1], ".0f"),
    "weights_ratio": (weights.max() / weights.min(), ".1f"),
    "product_ratio": (together.max() / together.min(), ".1f"),
    "frozen_none": (max(frozen["all layers learn"]), ".2f"),
    "frozen_first_low": (min(frozen["first one frozen"]), ".2f"),
    "frozen_first_high": (max(frozen["first one frozen"]), ".2f"),
    "frozen_second_low": (min(frozen["second one frozen"]), ".2f"),
    "frozen_second_high": (max(frozen["second one frozen"]), ".2f"),
    "peak_two": (runs[2][2][20:, 0].argmax() + 20, ".0f"),
    "peak_two_last": (runs[2][2][20:, -1].argmax() + 20, ".0f"),
    "peak_three": (runs[3][2][20:, 0].argmax() + 20, ".0f"),
    "peak_three_last": (runs[3][2][20:, -1].argmax() + 20, ".0f"),
    "speed_end_two": (runs[2][2][-1, 0], ".0e"),
    "speed_end_four": (speeds_four[-1, 0], ".0e"),
}
