"""Gradient descent: too small, right, too large.

    w     parameters           lr    learning rate
    grad  w -> dL/dw           path  w after each step, the start first
    lam   eigenvalues of the Hessian, the surface's curvatures
"""
import numpy as np


def gradient_descent(grad, w, lr, steps):
    """Step against the gradient, again and again.

        w <- w - lr grad(w)

    On a quadratic each step multiplies the distance to the minimum by
    1 - lr lam, direction by direction. It shrinks where 0 < lr lam < 2,
    and from lr lam > 1 on it changes sides at each step.

    grad : w -> dL/dw, of the shape of w
    w    : any shape, the start
    lr   : float, or (steps,) one rate a step; units of w**2 / loss
    returns path (steps + 1, ...); path[0] is the start

    Error: rounding, about 1e-16 |w| a step. A path that diverges ends in
    inf or nan. ValueError: w empty or not finite, lr < 0, steps no
    integer >= 0, grad(w) not of the shape of w.
    Source: Cauchy 1847, C. R. Acad. Sci. Paris 25, 536-538
    """
    w, rates = _start(grad, w, lr, steps)
    path = [w]
    for lr in rates:
        w = w - lr * grad(w)
        path.append(w)
    return np.array(path)


def best_rate(lam):
    """The constant rate that shrinks the slowest direction fastest.

        lr = 2 / (lam_min + lam_max)
        each step multiplies the distance by at most (k - 1) / (k + 1),
        with k = lam_max / lam_min, the condition number

    lam : (D,) eigenvalues of a quadratic, all positive, loss / w**2
    returns lr, factor : floats, in w**2 / loss and without unit

    Error: rounding. ValueError: lam empty, not finite, not positive.
    Source: Goh 2017, Why Momentum Really Works,
    doi:10.23915/distill.00006
    """
    lam = np.asarray(lam, dtype=float)
    if lam.size == 0 or not np.all((lam > 0) & (lam < np.inf)):
        raise ValueError(f"lam must be positive and finite, got {lam}")
    low, high = lam.min(), lam.max()
    return 2 / (low + high), (high - low) / (high + low)


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
    lam = 4.0                                    # L = lam w**2 / 2

    def grad(w):
        return lam * w

    print(f"curvature {lam:g}, so the limit is 2 / {lam:g} = {2 / lam:g}")
    print("   lr    lr lam   w after 0, 1, 2, 3 ... steps")
    for lr in (0.05, 0.25, 0.45, 0.5, 0.55):
        path = gradient_descent(grad, w=1.0, lr=lr, steps=6)
        print(f"{lr:5.2f}   {lr * lam:7.2f}   "
              + " ".join(f"{w:6.2f}" for w in path))

    lam = np.array([0.2, 4.0])                   # a valley, and now w is (2,)
    best, factor = best_rate(lam)
    print(f"curvatures {lam}, best lr {best:.3f}, {factor:.3f} a step")
    print("   lr    w after 20 steps      loss")
    for lr in (0.02, 0.4, best, 0.52):
        w = gradient_descent(grad, w=[-5.0, -2.0], lr=lr, steps=20)[-1]
        print(f"{lr:5.3f}   {w[0]:7.4f} {w[1]:9.4f}   {lam @ w**2 / 2:8.4f}")
