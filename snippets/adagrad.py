"""Adagrad: a rate for every parameter.

    w     parameters           lr    learning rate
    g     gradient at w        s     sum of all squared gradients so far
    grad  w -> dL/dw           path  w after each step, the start first
"""
import numpy as np


def adagrad(grad, w, lr, steps, eps=1e-6):
    """Divide each parameter's step by the size of its past gradients.

        s <- s + g**2,    w <- w - lr g / sqrt(s + eps)

    s holds the current gradient too, so no parameter ever moves by more
    than lr in a step, and its first step is lr, up to eps. A parameter
    whose gradients are all c times larger takes the same steps.

    grad : w -> dL/dw, of the shape of w
    w    : any shape, the start
    lr   : float, or (steps,) one rate a step; units of w
    eps  : float, keeps 0 / 0 away; units of (loss / w)**2
    returns path (steps + 1, ...); path[0] is the start

    Error: rounding, about 1e-16 |w| a step. Gradients below sqrt(eps)
    take smaller steps. ValueError: w empty or not finite, lr < 0, steps
    no integer >= 0, grad(w) not of the shape of w, eps < 0.
    Source: Duchi, Hazan & Singer 2011, JMLR 12, 2121-2159
    """
    w, rates = _start(grad, w, lr, steps, eps)
    path, s = [w], np.zeros_like(w)
    for lr in rates:
        g = grad(w)
        s = s + g**2
        w = w - lr * g / np.sqrt(s + eps)
        path.append(w)
    return np.array(path)


def _start(grad, w, lr, steps, eps):
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
    if not 0 <= eps < np.inf:
        raise ValueError(f"eps must be finite and >= 0, got {eps}")
    return w, np.broadcast_to(lr, steps)


if __name__ == "__main__":
    def valley(steep, degrees):                  # L = w H w / 2
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn = np.array([[c, -s], [s, c]])
        return turn, turn @ np.diag([0.2, steep]) @ turn.T

    print("   lr   steep  turned      x1       x2    after 20 steps")
    for lr, steep, degrees in ((0.4, 4, 0), (2, 4, 0), (2, 4000, 0),
                               (2, 4, 45), (2, 4000, 45)):
        turn, h = valley(steep, degrees)
        path = adagrad(lambda w: h @ w, turn @ [-5, -2], lr, steps=20)
        x1, x2 = np.round(turn.T @ path[-1], 4) + 0.0    # along, across
        print(f"{lr:5g}  {steep:6g}  {degrees:6d}  {x1:8.4f} {x2:8.4f}")
