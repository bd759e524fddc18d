"""Momentum: keep going where the last steps went.

    w     parameters           lr    learning rate
    v     velocity, per step   beta  share of v that survives a step
    grad  w -> dL/dw           path  w after each step, the start first
"""
import numpy as np


def momentum(grad, w, lr, beta, steps):
    """Gradient descent with a velocity, the heavy ball.

        v <- beta v - lr grad(w)
        w <- w + v

    On a quadratic it converges where 0 < lr lam < 2 (1 + beta). A steady
    gradient is followed at the rate lr / (1 - beta).

    grad : w -> dL/dw, of the shape of w
    w    : any shape, the start; v starts at 0
    lr   : float, or (steps,) one rate a step; units of w**2 / loss
    beta : float, 0 .. 1, without 1; no unit
    returns path (steps + 1, ...); path[0] is the start

    Error: rounding, about 1e-16 |w| / (1 - beta). A path that diverges
    ends in inf or nan. ValueError: beta outside 0 .. 1; w empty or not
    finite, lr < 0, steps no integer >= 0, grad(w) not of the shape of w.
    Source: Polyak 1964, doi:10.1016/0041-5553(64)90137-5
    """
    w, rates = _start(grad, w, lr, steps, beta)
    v, path = np.zeros_like(w), [w]
    for lr in rates:
        v = beta * v - lr * grad(w)
        w = w + v
        path.append(w)
    return np.array(path)


def nesterov(grad, w, lr, beta, steps):
    """The same, with the gradient from where the velocity will lead.

        v <- beta v - lr grad(w + beta v)
        w <- w + v

    On a quadratic, stable where 0 < lr lam < 2 (1 + beta) / (1 + 2 beta).

    grad, w, lr, beta, steps : as for momentum
    returns path (steps + 1, ...); path[0] is the start

    Error: rounding, as for momentum. ValueError: as for momentum.
    Source: Sutskever, Martens, Dahl & Hinton 2013, PMLR 28(3), 1139-1147
    """
    w, rates = _start(grad, w, lr, steps, beta)
    v, path = np.zeros_like(w), [w]
    for lr in rates:
        v = beta * v - lr * grad(w + beta * v)
        w = w + v
        path.append(w)
    return np.array(path)


def best_momentum(lam):
    """Rate and beta of the heavy ball that shrink the slowest mode fastest.

        lr   = (2 / (sqrt(lam_min) + sqrt(lam_max)))**2
        beta = ((sqrt(k) - 1) / (sqrt(k) + 1))**2,  k = lam_max / lam_min
        in the long run a step multiplies the distance by sqrt(beta)

    lam : (D,) eigenvalues of a quadratic, all positive, loss / w**2
    returns lr, beta : floats, in w**2 / loss and without unit

    Error: rounding. ValueError: lam empty, not finite, not positive.
    Source: Polyak 1964, doi:10.1016/0041-5553(64)90137-5
    """
    lam = np.asarray(lam, dtype=float)
    if lam.size == 0 or not np.all((lam > 0) & (lam < np.inf)):
        raise ValueError(f"lam must be positive and finite, got {lam}")
    low, high = np.sqrt(lam.min()), np.sqrt(lam.max())
    return (2 / (low + high)) ** 2, ((high - low) / (high + low)) ** 2


def _start(grad, w, lr, steps, beta):
    """float64 w and (steps,) rates, or a ValueError that names the cause."""
    if not 0 <= beta < 1:
        raise ValueError(f"beta must be in 0 .. 1, without 1, got {beta}")
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
    lam = np.array([0.2, 4.0])                   # f = 0.1 x1^2 + 2 x2^2

    def grad(w):
        return lam * w

    start = [-5.0, -2.0]
    print("method     lr    beta   w after 20 steps")
    for method, lr, beta in ((momentum, 0.6, 0.0), (momentum, 0.6, 0.25),
                             (momentum, 0.6, 0.5), (nesterov, 0.6, 0.5),
                             (nesterov, 0.3, 0.5)):
        w = method(grad, start, lr, beta, 20)[-1]
        print(f"{method.__name__:9} {lr:4.1f} {beta:7.2f}   "
              f"({w[0]:.4g}, {w[1]:.4g})")

    lam = np.array([0.04, 4.0])                  # condition number 100
    lr, beta = best_momentum(lam)
    print(f"kappa 100: best lr {lr:.4f}, best beta {beta:.4f}")
    for name, lr, beta in (("momentum", lr, beta), ("without", 2 / 4.04, 0)):
        far = np.linalg.norm(momentum(grad, [1.0, 1.0], lr, beta, 800), axis=1)
        print(f"{name}: {np.argmax(far < 1e-6 * far[0])} steps to 1e-6")
