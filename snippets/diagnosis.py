"""Six checks before the first long run, each about three lines.

    w      parameters, one vector          x  inputs, one row an example
    f      w -> (loss, gradient)           y  labels, 0 .. K-1
    lr     learning rate                   K  classes
"""
import numpy as np


def initial_loss(loss, classes):
    """The first loss, in units of what guessing costs.

        L_0 / ln K      1 if the logits start nearly equal

    loss : float, mean cross-entropy before the first step, in nats
    classes : int, K
    returns the ratio, a float without unit

    Error: rounding. Far above 1, the net starts out sure and wrong; near 1
    it may still be broken. ValueError: loss negative or not finite,
    classes no integer >= 2. Source: Shannon 1948,
    doi:10.1002/j.1538-7305.1948.tb01338.x
    """
    if not 0 <= loss < np.inf:
        raise ValueError(f"loss must be finite and >= 0, got {loss}")
    if not isinstance(classes, (int, np.integer)) or classes < 2:
        raise ValueError(f"classes must be an integer >= 2, got {classes!r}")
    return loss / np.log(classes)


def gradient_error(f, w, rng, h=1e-5):
    """Gradient against centred differences, along a random direction d.

        n = (f(w + h d) - f(w - h d)) / 2h;   |g d - n| / max(|g d|, |n|)

    f : w -> (loss, gradient), both in float64
    w : (D,) float;  rng : numpy Generator;  h : float, in the unit of w
    returns the relative error, a float without unit; below 1e-7 is right

    Error: about h**2 + 1e-16 / h, so 1e-10 here; more at a kink (ReLU)
    between the two points, or if g d is nearly 0. ValueError: f does not
    give a finite gradient of the shape of w, h not positive.
    Source: Bengio 2012, doi:10.1007/978-3-642-35289-8_26
    """
    if not 0 < h < np.inf:
        raise ValueError(f"h must be positive and finite, got {h}")
    d = rng.normal(size=len(w))
    slope = _asked(f, w)[1] @ d
    measured = (f(w + h * d)[0] - f(w - h * d)[0]) / (2 * h)
    larger = max(abs(slope), abs(measured))
    return abs(slope - measured) / larger if larger else 0.0


def overfit_batch(f, w, lr, steps):
    """Losses while the same few examples are learned again and again.

        w <- w - lr g;   the loss must fall to nearly 0

    f : w -> (loss, gradient) on one small batch, without dropout or decay
    w : (D,) float;  lr : float, in w**2 / loss;  steps : int
    returns losses : (steps + 1,), in the unit of the loss

    Error: rounding. Equal inputs with unlike labels cannot reach 0.
    ValueError: lr or steps not positive, f as in gradient_error.
    Source: Bengio 2012, doi:10.1007/978-3-642-35289-8_26
    """
    if not (0 < lr < np.inf and steps > 0):
        raise ValueError(f"lr, steps must be positive, got {lr}, {steps}")
    losses = []
    for _ in range(steps):
        loss, g = _asked(f, w)
        losses.append(loss)
        w = w - lr * g
    return np.array([*losses, _asked(f, w)[0]])


def update_ratio(before, after):
    """How far one step moves the weights, as a share of their size.

        |w_after - w_before| / |w_before|     about 1e-3: a rule of thumb

    before, after : (D,) weights of one layer, around one step
    returns the ratio, a float without unit

    Error: rounding. A rule for weights, not for biases that begin at 0.
    ValueError: unlike shapes, not finite, before all zero.
    Source: Hinton 2012, doi:10.1007/978-3-642-35289-8_32, section 7
    """
    before, after = _finite(before=before), _finite(after=after)
    if before.shape != after.shape or not before.any():
        raise ValueError("before and after must have one shape, before not "
                         f"all zero, got {before.shape}, {after.shape}")
    return np.linalg.norm(after - before) / np.linalg.norm(before)


def input_scale(x):
    """The worst column: its offset, and the spreads from least to most.

        mean_j = mean of column j;   std_j = its standard deviation

    x : (N, D) inputs as the net sees them
    returns max |mean_j|, min std_j, max std_j : floats in the unit of x;
        0, 1, 1 if x is standardized

    Error: about 1e-16 max |x|. ValueError: x not (N, D), not finite.
    Source: LeCun et al. 1998, doi:10.1007/3-540-49430-8_2, section 4.3
    """
    x = _finite(x=x)
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"x must be (N, D), got {x.shape}")
    mean, std = x.mean(axis=0), x.std(axis=0)
    return np.abs(mean).max(), std.min(), std.max()


def neighbours_agree(x, y):
    """Do inputs and labels belong together? Ask the nearest neighbour.

        share of i with y_i = y_j, j nearest to i;  by chance: sum_k p_k**2

    x : (N, D) inputs, standardized;  y : (N,) int labels
    returns agree, chance : floats, 0 .. 1; alike if x and y came apart

    Error: about sqrt(chance / N); for inputs whose distance means
    something. ValueError: x not (N, D) with N >= 2, not finite, y not (N,).
    Source: Cover & Hart 1967, doi:10.1109/TIT.1967.1053964
    """
    x, y = _finite(x=x), np.asarray(y)
    if x.ndim != 2 or len(x) < 2 or y.shape != x.shape[:1]:
        raise ValueError("x must be (N, D), y (N,), N >= 2, "
                         f"got {x.shape}, {y.shape}")
    squares = np.sum(x**2, axis=1)
    distance = squares[:, None] + squares - 2 * x @ x.T          # (N, N)
    np.fill_diagonal(distance, np.inf)
    share = np.unique(y, return_counts=True)[1] / len(y)
    return np.mean(y[distance.argmin(axis=1)] == y), np.sum(share**2)


def _finite(**argument):
    """A float64 array, or a ValueError that names it."""
    [(name, value)] = argument.items()
    v = np.asarray(value, dtype=float)
    if not np.all(np.isfinite(v)):
        raise ValueError(f"{name} must be finite, got {v[~np.isfinite(v)][0]}")
    return v


def _asked(f, w):
    """Loss and gradient of f at w, or a ValueError."""
    w = _finite(w=w)
    loss, g = f(w)
    if np.shape(g) != w.shape or not np.all(np.isfinite(g)):
        raise ValueError(f"f must give a finite gradient of shape {w.shape}, "
                         f"got shape {np.shape(g)}")
    return loss, g


def _net(w, x, y, classes, forgotten=False):
    """Loss and gradient of x -> tanh(x W) V, softmax; w holds W and V."""
    units = len(w) // (x.shape[1] + classes)
    first, last = np.split(w, [x.shape[1] * units])
    first, last = first.reshape(-1, units), last.reshape(units, classes)
    a = np.tanh(x @ first)                                       # (N, units)
    z = a @ last                                                 # (N, K)
    s = z - z.max(axis=1, keepdims=True)
    total = np.exp(s).sum(axis=1, keepdims=True)                 # (N, 1)
    right = np.eye(classes, dtype=bool)[y]                       # (N, K)
    dz = (np.exp(s) / total - right) / len(y)
    da = dz @ last.T * (1.0 if forgotten else 1 - a**2)
    loss = np.mean(np.log(total[:, 0]) - s[right])
    return loss, np.concatenate([(x.T @ da).ravel(), (a.T @ dz).ravel()])


if __name__ == "__main__":
    rng, K = np.random.default_rng(0), 4
    y = rng.integers(K, size=200)
    raw = 100 + 30 * rng.normal(size=(K, 5))[y] + 9 * rng.normal(size=(200, 5))
    x = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    w = rng.normal(size=(5 + K) * 16) / 8                        # 16 units

    def f(w, x=x, **broken):
        return _net(w, x, y, K, **broken)

    def few(w, seen=1):
        return _net(w, seen * x[:10], y[:10], K)

    def step(lr):
        return update_ratio(w, w - lr * f(w)[1])

    def show(value):
        return f"{value:.2f}" if isinstance(value, float) else str(value)

    apart = rng.permutation(y)
    wrong = gradient_error(lambda w: f(w, forgotten=True), w, rng)
    blind = overfit_batch(lambda w: few(w, seen=0), w, 0.5, 300)[-1]
    print("check                       healthy   broken   broken by")
    for name, healthy, broken, by in (
            ("first loss / ln K", initial_loss(f(w)[0], K),
             initial_loss(f(10 * w)[0], K), "weights 10 times larger"),
            ("gradient error < 1e-7", gradient_error(f, w, rng) < 1e-7,
             wrong < 1e-7, "slope of tanh forgotten"),
            ("loss on ten examples", overfit_batch(few, w, 0.5, 300)[-1],
             blind, "inputs all zero"),
            ("1000 x update / weight", 1000 * step(0.01), 1000 * step(1e-5),
             "rate 1000 times smaller"),
            ("largest mean of inputs", input_scale(x)[0],
             input_scale(raw)[0], "raw inputs"),
            ("neighbours agree", *(neighbours_agree(x, labels)[0]
             for labels in (y, apart)), "labels shuffled apart")):
        print(f"{name:24} {show(healthy):>10} {show(broken):>8}   {by}")
