"""Weight decay: every step takes a small share of every weight away.

    w         parameters           lr    learning rate
    g         dL/dw at w           c     weight decay, per unit of lr
    strength  of the L2 penalty    n     number of training examples
    v         velocity             path  w after each step, the start first
"""
import numpy as np


def l2_penalty(w, strength, n):
    """The L2 penalty that is added to the mean loss, with its gradient.

        P = strength / (2 n) sum w**2,   dP/dw = strength / n w

    w : any shape, weights (biases are left out);  strength : float >= 0
    n : int, number of training examples
    returns P, dP : float, in units of the loss; of the shape of w

    Error: about 1e-16, relative. ValueError: w empty or not finite,
    strength negative or not finite, n < 1.
    Source: Krogh & Hertz 1992, NIPS 4, pages 950-957
    """
    w = np.asarray(w, dtype=float)
    if w.size == 0 or not np.all(np.isfinite(w)):
        raise ValueError(f"w must be finite and not empty, got {w}")
    if not 0 <= strength < np.inf:
        raise ValueError(f"strength must be finite and >= 0, got {strength}")
    if not n >= 1:
        raise ValueError(f"n must be >= 1, got {n}")
    c = strength / n
    return c / 2 * np.sum(w**2), c * w


def sgd_weight_decay(grad, w, lr, steps, c, beta=0.0):
    """Gradient descent that also shrinks w, beside the gradient.

        v <- beta v - lr g
        w <- (1 - lr c) w + v

    With beta = 0 this is gradient descent on L + c/2 sum w**2, the L2
    penalty with c = strength / n. With momentum it is not: there the
    penalty's gradient would enter v, and here the decay does not.

    grad : w -> dL/dw, of the shape of w, without the penalty
    w : any shape, the start;  c : float >= 0, in units of 1 / lr
    lr : float, or (steps,) one rate a step; units of w**2 / loss
    beta : float in [0, 1), share of the velocity that stays
    returns path (steps + 1, ...); path[0] is the start

    Error: rounding, about 1e-16 |w| a step. ValueError: w empty or not
    finite, lr < 0, steps no integer >= 0, grad(w) not of the shape of w,
    beta outside [0, 1), c < 0 or lr c > 1: w would change its sign.
    Source: Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 1, with
    the decay times lr, as PyTorch's AdamW has it
    """
    w, rates = _start(grad, w, lr, steps)
    if not 0 <= beta < 1:
        raise ValueError(f"beta must be in [0, 1), got {beta}")
    if not (0 <= c < np.inf and np.all(rates * c <= 1)):
        raise ValueError(f"c must be >= 0 and lr c <= 1, got c = {c}")
    path, v = [w], np.zeros_like(w)
    for lr in rates:
        v = beta * v - lr * grad(w)
        w = (1 - lr * c) * w + v
        path.append(w)
    return np.array(path)


def _start(grad, w, lr, steps):
    """float64 w and (steps,) rates, or a ValueError that names the cause."""
    w = np.array(w, dtype=float)
    if w.size == 0 or not np.all(np.isfinite(w)):
        raise ValueError(f"w must be finite and not empty, got {w}")
    if not isinstance(steps, (int, np.integer)) or steps < 0:
        raise ValueError(f"steps must be an integer >= 0, got {steps!r}")
    lr = np.asarray(lr, dtype=float)
    if lr.shape not in ((), (steps,)):
        raise ValueError(f"lr must be a number or ({steps},), got {lr.shape}")
    if not np.all((lr >= 0) & (lr < np.inf)):
        raise ValueError(f"lr must be finite and >= 0, got {lr}")
    if np.shape(grad(w)) != w.shape:
        raise ValueError(f"grad(w) must have the shape of w, {w.shape}, "
                         f"got {np.shape(grad(w))}")
    return w, np.broadcast_to(lr, steps)


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    n, lr, steps = 20, 0.05, 4000
    x = rng.normal(size=(n + 1000, 15))          # 20 to learn, 1000 to test
    y = x[:, 0] + rng.normal(size=n + 1000)      # 14 inputs mean nothing

    def loss(w, part):
        return np.mean((x[part] @ w - y[part]) ** 2) / 2

    def grad(w):
        return x[:n].T @ (x[:n] @ w - y[:n]) / n

    train, test, zero = slice(n), slice(n, None), np.zeros(15)
    print("strength   training     test   sum w**2")
    for strength in (0, 1, 10, 100):
        w = sgd_weight_decay(grad, zero, lr, steps, strength / n)[-1]
        print(f"{strength:8d}   {loss(w, train):8.3f} {loss(w, test):8.3f}"
              f"   {w @ w:8.3f}")

    def penalized(w):                            # the same, as a penalty
        return grad(w) + l2_penalty(w, 10, n)[1]

    print("distance of the two ends, decay and penalty, strength 10:")
    for beta in (0.0, 0.9):
        decay = sgd_weight_decay(grad, zero, lr, steps, 10 / n, beta)[-1]
        both = sgd_weight_decay(penalized, zero, lr, steps, 0.0, beta)[-1]
        print(f"  beta {beta:.1f}   {np.linalg.norm(decay - both):.3f}")
