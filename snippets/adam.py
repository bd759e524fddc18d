"""Adam and AdamW: averages of the gradient and of its square.

    w     parameters           lr    learning rate
    g     gradient at w        m     moving average of g
    grad  w -> dL/dw           v     moving average of g**2
    t     step, from 1 on      path  w after each step, the start first
"""
import numpy as np


def adam(grad, w, lr, steps, beta1=0.9, beta2=0.999, eps=1e-8):
    """Step along the mean gradient, divided by the size of the gradients.

        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) g**2
        w <- w - lr m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + eps)

    m and v start at zero; dividing by 1 - beta**t makes them averages of
    the gradients seen so far. Hence the first step is lr, whatever the
    size of the gradient, as long as |g| is far above eps.

    grad : w -> dL/dw, of the shape of w
    w    : any shape, the start
    lr   : float, or (steps,) one rate a step; units of w
    beta1, beta2 : floats in [0, 1), shares kept of m and of v
    eps  : float, added to the root; units of loss / w
    returns path (steps + 1, ...); path[0] is the start

    Error: rounding, about 1e-16 |w| a step. With a constant lr the path
    need not come to rest. ValueError: w empty or not finite, lr < 0,
    steps no integer >= 0, grad(w) not of the shape of w, a beta outside
    [0, 1), eps < 0.
    Source: Kingma & Ba 2015, arXiv:1412.6980, algorithm 1
    """
    return adamw(grad, w, lr, steps, beta1, beta2, eps, weight_decay=0.0)


def adamw(grad, w, lr, steps, beta1=0.9, beta2=0.999, eps=1e-8,
          weight_decay=0.01):
    """Adam, and beside it every parameter shrinks by the same share.

        w <- w - lr weight_decay w,    then the step of adam

    The decay is not part of g, so it is not divided by the root of v.

    grad, w, lr, steps, beta1, beta2, eps : as in adam
    weight_decay : float >= 0, in 1 / (units of lr)
    returns path (steps + 1, ...); path[0] is the start

    Error: as adam. ValueError: as adam, or weight_decay < 0.
    Source: Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2, with
    the decay times lr, as PyTorch has it, not only times the schedule
    """
    w, rates = _start(grad, w, lr, steps, beta1, beta2, eps, weight_decay)
    path, m, v = [w], np.zeros_like(w), np.zeros_like(w)
    for t, lr in enumerate(rates, start=1):
        g = grad(w)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        mean = m / (1 - beta1**t)
        size = np.sqrt(v / (1 - beta2**t))
        w = w - lr * weight_decay * w
        w = w - lr * mean / (size + eps)
        path.append(w)
    return np.array(path)


def _start(grad, w, lr, steps, beta1, beta2, eps, weight_decay):
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
    for name, beta in (("beta1", beta1), ("beta2", beta2)):
        if not 0 <= beta < 1:
            raise ValueError(f"{name} must be in [0, 1), got {beta}")
    for name, value in (("eps", eps), ("weight_decay", weight_decay)):
        if not 0 <= value < np.inf:
            raise ValueError(f"{name} must be finite and >= 0, got {value}")
    return w, np.broadcast_to(lr, steps)


if __name__ == "__main__":
    print("the first step, lr = 0.1:")
    for size in (1e6, 1.0, 1e-6, 1e-8):
        w = adam(lambda w: np.full(1, size), [0.0], lr=0.1, steps=1)
        print(f"  gradient {size:7.0e}   step {-w[1, 0]:.4f}")

    sizes = np.array([100.0, 1.0, 0.01])         # three parameters, alike

    def noisy(penalty):                          # no slope, noise alone
        rng = np.random.default_rng(0)
        return lambda w: sizes * rng.choice([-1, 1], 3) + penalty * w

    w = np.full(3, 5.0)
    mixed = adam(noisy(0.1), w, 0.01, 4000)[-1]
    apart = adamw(noisy(0.0), w, 0.01, 4000, weight_decay=0.1)[-1]
    print("what is left of 5 after 4000 steps, noise of size 100, 1, 0.01:")
    print("  0.1 w in the gradient  ", np.round(mixed, 1) + 0.0)
    print("  weight_decay = 0.1     ", np.round(apart, 1) + 0.0)
