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
def limits(w, loss, grad):
    """Predicted and measured: the largest rate that is stable at w."""
    with np.errstate(all="ignore"):              # rates that fail may overflow
        lam, _ = sharpness(grad, w, steps=30)
        return 2 / abs(lam), max_stable_lr(loss, grad, w, steps=50, tol=0.1)


print("start   predicted   measured   their ratio")
starts = []
for seed in range(4):
    predicted, measured = limits(*net(seed=seed))
    starts.append(measured / predicted)
    print(f"{seed:5d} {predicted:11.2f} {measured:10.2f} {starts[-1]:13.1f}")

# %% models
MODELS = {"tanh, 2 layers of 32": dict()}
for depth in (1, 4, 8):
    MODELS[f"depth {depth}"] = dict(hidden=(32,) * depth)
for width in (8, 128):
    MODELS[f"width {width}"] = dict(hidden=(width, width))
for gain in (0.5, 2, 4):
    MODELS[f"weights x {gain}"] = dict(gain=gain)
for scale in (0.5, 4):
    MODELS[f"inputs x {scale}"] = dict(scale=scale)
for offset in (1, 2):
    MODELS[f"inputs + {offset}"] = dict(offset=offset)
for norm in ("batch", "layer"):
    MODELS[f"{norm} norm"] = dict(norm=norm)
    MODELS[f"{norm} norm, inputs + 2"] = dict(norm=norm, offset=2)
MODELS["sigmoid"] = dict(activation="sigmoid")
MODELS["relu"] = dict(activation="relu", gain=np.sqrt(2))
MODELS["relu, depth 8"] = dict(activation="relu", gain=np.sqrt(2),
                               hidden=(32,) * 8)
MODELS["residual, depth 8"] = dict(hidden=(32,) * 8, residual=True)

# %% measure
fresh, trained = {}, {}                          # (predicted, measured) each
for name, how in MODELS.items():
    w, loss, grad = net(**how)
    fresh[name] = limits(w, loss, grad)
    cautious = fresh[name][0] / 4                # half of 1 / sharpness
    w = gradient_descent(grad, w, cautious, steps=100)[-1]
    trained[name] = limits(w, loss, grad)

print(" " * 22 + "at the start          after 100 steps")
print(f"{'model':22}" + "predicted  measured   " * 2)
for name in sorted(MODELS, key=lambda name: trained[name][1]):
    print(f"{name:24}" + "".join(f"{rate:7.3f}{'':4}"
                                 for rate in (*fresh[name], *trained[name])))

# %% diagonal
fig, ax = plt.subplots()
ax.axline((0.1, 0.1), slope=1, color="C7")
ax.loglog(*zip(*fresh.values()), "o", color="C2", fillstyle="none")
ax.loglog(*zip(*trained.values()), "o", color="C0")
ax.text(0.011, 0.2, "at the start", color="C2")
ax.text(0.15, 0.06, "after 100 steps", color="C0")
ax.text(0.9, 0.7, "equal", color="C7")
ax.set(xlabel="predicted: 2 / sharpness", xlim=(0.008, 2), ylim=(0.008, 2))
ax.set_title("measured: largest stable rate", loc="left")
plt.show()

# %% beyond
w, loss, grad = net()
lr = 2 * limits(w, loss, grad)[0]                # twice the limit
print(f"rate {lr:.2f} needs a sharpness below {2 / lr:.2f}")
print("step    loss   sharpness")
escape = []
for step in range(13):
    escape.append((loss(w), sharpness(grad, w, steps=30)[0]))
    print(f"{step:4d} {escape[-1][0]:7.2f} {escape[-1][1]:11.2f}")
    w = w - lr * grad(w)

# %% use
SHARED = 0.3
shared, own = {}, {}                             # loss, as share of the start
for name, how in MODELS.items():
    w, loss, grad = net(**how)
    for losses, lr in ((shared, SHARED), (own, fresh[name][0] / 2)):
        with np.errstate(all="ignore"):
            end = gradient_descent(grad, w, lr, steps=100)[-1]
            losses[name] = loss(end) / loss(w)

burst = [name for name in MODELS if not shared[name] < 1]
print(f"rate {SHARED}: {len(burst)} of {len(MODELS)} nets end above their "
      f"first loss:\n  " + "\n  ".join(burst))
print(f"half the predicted limit of each: "
      f"{sum(not loss < 1 for loss in own.values())} do")

# %% facts
