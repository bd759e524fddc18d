"""RMSprop: a rate for every parameter that forgets old gradients.

    w     parameters           lr    learning rate
    g     gradient at w        v     moving average of g**2
    grad  w -> dL/dw           path  w after each step, the start first
"""
import numpy as np


def rmsprop(grad, w, lr, steps, decay=0.9, eps=1e-6):
    """Divide each parameter's step by the size of its recent gradients.

        v <- decay v + (1 - decay) g**2
        w <- w - lr g / sqrt(v + eps)

    v averages over about 1 / (1 - decay) steps. While g keeps its size, a
    step is lr long, however small g is. No step is longer than
    lr / sqrt(1 - decay): the first one, or where g suddenly grows.

    grad  : w -> dL/dw, of the shape of w
    w     : any shape, the start
    lr    : float, or (steps,) one rate a step; units of w
    decay : float in [0, 1), how much of v is kept each step
    eps   : float, keeps 0 / 0 away; units of (loss / w)**2
    returns path (steps + 1, ...); path[0] is the start

    Error: rounding, about 1e-16 |w| a step. With a constant lr the path
    ends hopping about lr / 2 to both sides of a minimum, not on it.
    ValueError: w empty or not finite, lr < 0, steps no integer >= 0,
    grad(w) not of the shape of w, decay outside [0, 1), eps < 0.
    Source: Tieleman & Hinton 2012, Coursera lecture 6.5
    """
    w, rates = _start(grad, w, lr, steps, decay, eps)
    path, v = [w], np.zeros_like(w)
    for lr in rates:
        g = grad(w)
        v = decay * v + (1 - decay) * g**2
        w = w - lr * g / np.sqrt(v + eps)
        path.append(w)
    return np.array(path)


def _start(grad, w, lr, steps, decay, eps):
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
    if not 0 <= decay < 1:
        raise ValueError(f"decay must be in [0, 1), got {decay}")
    if not 0 <= eps < np.inf:
        raise ValueError(f"eps must be finite and >= 0, got {eps}")
    return w, np.broadcast_to(lr, steps)


if __name__ == "__main__":
    def grad(w):                                 # L = 0.1 x1**2 + 2 x2**2
        return np.array([0.2, 4.0]) * w

    steps = 400
    falling = 0.4 * np.linspace(1, 0, steps)     # a rate that goes to zero
    print("  lr        |x1| after 20, 50, 100, 399, 400 steps")
    for name, lr in (("0.4", 0.4), ("0.04", 0.04), ("0.4 to 0", falling)):
        x1 = np.abs(rmsprop(grad, [-5, -2], lr, steps)[:, 0])
        print(f"  {name:8s} " + " ".join(
            f"{x1[t]:7.3f}" for t in (20, 50, 100, 399, 400)))
