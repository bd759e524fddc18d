"""Three losses race on digits; where does the slowdown remain?"""
# %% load
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from snippets.cross_entropy import binary_cross_entropy
from snippets.learning_slowdown import quadratic_loss, sigmoid
from snippets.mini_batch import minibatches
from snippets.network import backward, descend, forward, initialize
from snippets.softmax import softmax_cross_entropy

images, labels = load_digits(return_X_y=True)
x, y = images[:1000] / 16, labels[:1000]     # pixels from 0 to 1
print(f"{len(x)} images of {x.shape[1]} pixels, labels {np.unique(y)}")

# %% losses
def per_output(neuron_loss):
    """A loss for one neuron becomes a loss for ten of them."""
    def loss(scores, y):
        values, dscores = neuron_loss(scores, np.eye(10)[y])
        return values.sum() / len(y), dscores / len(y)
    return loss


LOSSES = {                                   # scores, labels -> loss, gradient
    "quadratic": per_output(quadratic_loss),
    "cross-entropy": per_output(binary_cross_entropy),
    "softmax": softmax_cross_entropy,
}
COLORS = {"quadratic": "C1", "cross-entropy": "C2", "softmax": "C0"}

# %% train
def network(seed, hidden=(30,), first=1, last=1):
    """Sigmoid layers; the first and last weights multiplied at the start."""
    layers = initialize((64, *hidden, 10), np.random.default_rng(seed))
    (w, b), (v, c) = layers[0], layers[-1]
    return [(first * w, b), *layers[1:-1], (last * v, c)]


def accuracy(layers):
    return np.mean(forward(layers, x, "sigmoid")[0].argmax(axis=1) == y)


def train(layers, loss, lr, epochs=10, seed=0):
    """The trained network, and its accuracy after 0, 1, 2 ... epochs."""
    rng, history = np.random.default_rng(seed), [accuracy(layers)]
    for _ in range(epochs):
        for xb, yb in minibatches(x, y, 50, rng):
            scores, trace = forward(layers, xb, "sigmoid")
            dscores = loss(scores, yb)[1]
            gradients = backward(layers, trace, dscores, "sigmoid")
            layers = descend(layers, gradients, lr)
        history.append(accuracy(layers))
    return layers, np.array(history)

# %% race
def race(rates, last):
    """Each loss at its best rate: {loss: accuracies, one row a seed}."""
    print("mean accuracy at the end, rate", *(f"{lr:6g}" for lr in rates))
    runs, means = {}, {}
    for name, loss in LOSSES.items():
        tries = [np.array([train(network(seed, last=last), loss, lr,
                                 seed=seed)[1] for seed in range(3)])
                 for lr in rates]
        means[name] = [histories[:, -1].mean() for histories in tries]
        print(f"{name:30s}", *(f"{mean:6.0%}" for mean in means[name]))
        runs[name] = tries[np.argmax(means[name])]
    return runs, means


fresh, fresh_means = race((1, 3, 10), last=1)

# %% curves
def draw(runs, places):
    """Thin lines are seeds; places are where the names are written."""
    fig, ax = plt.subplots()
    for name, place in places.items():
        ax.plot(100 * runs[name].T, color=COLORS[name], linewidth=1.2)
        ax.text(*place, name, color=COLORS[name])
    ax.set_title("accuracy, %", loc="left")
    ax.set(xlabel="epoch", ylim=(0, 103))
    plt.show()


draw(fresh, {"softmax": (1.3, 92), "cross-entropy": (2.1, 18),
             "quadratic": (4.5, 40)})

# %% saturated
wide, wide_means = race((0.3, 1, 3), last=10)
draw(wide, {"softmax": (1.2, 96), "cross-entropy": (6.7, 80),
            "quadratic": (4.5, 18)})

# %% check
def check(name, layers):
    """The outputs that are wrong by more than a half, and their slope."""
    a = sigmoid(forward(layers, x, "sigmoid")[0])
    wrong = abs(a - np.eye(10)[y]) > 0.5
    slope = np.median((a * (1 - a))[wrong])
    yes, no = np.all(a > 0.5, axis=0), np.all(a < 0.5, axis=0)
    rest = 1 - wrong[:, ~(yes | no)].mean()
    print(f"{name:14s}{wrong.mean():6.0%} {slope:13.2g} {sum(yes):10d} "
          f"{sum(no):9d} {rest:14.0%}")
    return wrong.mean(), slope, sum(yes), sum(no), rest


print("outputs        wrong   their slope   always on   never on   "
      "others right")
wrong = {"fresh": check("fresh", network(0)),
         "saturated": check("output x 10", network(0, last=10))}
for name in ("quadratic", "cross-entropy"):
    layers, _ = train(network(0, last=10), LOSSES[name], lr=1)
    wrong[name] = check(name, layers)

# %% layers
norms, ends = {}, {}
print("start          slope   |dL/dw| quadratic   cross-entropy   accuracy")
for start, scales in (("fresh", {}), ("output x 10", {"last": 10}),
                      ("hidden x 20", {"first": 20})):
    layers = network(0, **scales)
    scores, trace = forward(layers, x, "sigmoid")
    a = trace[0][2]                          # what the hidden units give
    norms[start] = [np.linalg.norm(backward(
        layers, trace, LOSSES[name](scores, y)[1], "sigmoid")[0][0])
        for name in ("quadratic", "cross-entropy")]
    ends[start] = train(layers, LOSSES["cross-entropy"], lr=1)[1][-1]
    print("{:14s} {:.3f} {:19.3f} {:15.3f} {:10.0%}".format(
        start, np.mean(a * (1 - a)), *norms[start], ends[start]))

# %% depth
fig, ax = plt.subplots()
deep = {}
for depth, color, place in ((1, "C0", (0.2, 92)), (2, "C2", (5.2, 40)),
                            (3, "C1", (8.2, 33))):
    deep[depth] = np.array([
        train(network(seed, depth * (30,)), softmax_cross_entropy, lr=1,
              epochs=15, seed=seed)[1] for seed in (0, 1)])
    ax.plot(100 * deep[depth].T, color=color, linewidth=1.2)
    ax.text(*place, f"{depth} hidden", color=color)
ax.set_title("accuracy, %", loc="left")
ax.set(xlabel="epoch", ylim=(0, 103), xlim=(0, 15))
plt.show()

# %% facts
def half(history):
    """First epoch with half of the images right."""
    return np.argmax(history >= 0.5)


QUADRATIC, CROSS = "quadratic", "cross-entropy"
FACTS = {
    "images": (len(x), ".0f"),
    "widen": (10, ".0f"),
    "fresh_quadratic_low": (fresh[QUADRATIC][:, -1].min(), ".0%"),
    "fresh_quadratic_half": (max(map(half, fresh[QUADRATIC])), ".0f"),
    "fresh_softmax_half": (max(map(half, fresh["softmax"])), ".0f"),
    "fresh_softmax_low": (fresh["softmax"][:, -1].min(), ".0%"),
    "fresh_cross_low": (fresh[CROSS][:, -1].min(), ".0%"),
    "wide_quadratic_high": (wide[QUADRATIC].max(), ".0%"),
    "wide_quadratic_low": (wide[QUADRATIC][:, -1].min(), ".0%"),
    "stuck": (wide[QUADRATIC][:, -1].argmin(), ".0f"),
    "fast": (3, "g"),
    "fresh_cross_fast": (fresh_means[CROSS][1], ".0%"),
    "wide_cross_fast": (wide_means[CROSS][2], ".0%"),
    "always": (wrong[QUADRATIC][2], ".0f"),
    "never": (wrong[QUADRATIC][3], ".0f"),
    "others_right": (wrong[QUADRATIC][4], ".0%"),
    "wide_cross_low": (wide[CROSS][:, -1].min(), ".0%"),
    "wide_softmax_low": (wide["softmax"][:, -1].min(), ".0%"),
    "slope_fresh": (wrong["fresh"][1], ".2f"),
    "slope_saturated": (wrong["saturated"][1], ".3f"),
    "wrong_saturated": (wrong["saturated"][0], ".0%"),
    "wrong_quadratic": (wrong[QUADRATIC][0], ".0%"),
    "slope_quadratic": (wrong[QUADRATIC][1], ".1e"),
    "wrong_cross": (wrong[CROSS][0], ".1%"),
    "gain_fresh": (norms["fresh"][1] / norms["fresh"][0], ".1f"),
    "gain_output": (norms["output x 10"][1] / norms["output x 10"][0], ".1f"),
    "gain_hidden": (norms["hidden x 20"][1] / norms["hidden x 20"][0], ".1f"),
    "hidden_loss": (norms["fresh"][1] / norms["hidden x 20"][1], ".1f"),
    "first": (20, ".0f"),
    "end_fresh": (ends["fresh"], ".0%"),
    "end_hidden": (ends["hidden x 20"], ".0%"),
    "deep_half_one": (max(map(half, deep[1])), ".0f"),
    "deep_half_two": (max(map(half, deep[2])), ".0f"),
    "deep_high_three": (deep[3].max(), ".0%"),
    "deep_epochs": (deep[1].shape[1] - 1, ".0f"),
}
