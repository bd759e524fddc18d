"""L1: a penalty that makes weights exactly zero, if the step lets it.

    w   weights                         strength  of the penalty
    lr  learning rate                   grad      w -> dL/dw, no penalty
"""
import numpy as np


def l1_penalty(w, strength):
    """L1 penalty with a subgradient.

        penalty = strength * sum_j |w_j|;  dw_j = strength * sign(w_j)

    w : any shape;  strength : float >= 0, in units of loss / w
    returns penalty, dw : float in units of the loss, and w's shape;
        at w_j = 0 every slope in [-strength, strength] is a subgradient,
        here it is 0

    Error: rounding. ValueError: w not finite, strength negative.
    Source: Tibshirani 1996, doi:10.1111/j.2517-6161.1996.tb02080.x
    """
    w = _checked(w, strength=strength)
    return strength * np.sum(np.abs(w)), strength * np.sign(w)


def soft_threshold(w, threshold):
    """Pull each weight towards zero by the same amount, and stop there.

        argmin_u (u - w)**2 / 2 + threshold * |u|
        = sign(w) * max(|w| - threshold, 0)

    w : any shape;  threshold : float >= 0, in the units of w
    returns u : w's shape and units, exactly 0 where |w| <= threshold

    Error: rounding; the zeros are exact. ValueError: w not finite,
    threshold negative.
    Source: Donoho & Johnstone 1994, doi:10.1093/biomet/81.3.425
    """
    w = _checked(w, threshold=threshold)
    return np.sign(w) * np.maximum(np.abs(w) - threshold, 0)


def proximal_descent(grad, w, strength, lr, steps):
    """A gradient step on the loss, then the penalty as a soft threshold.

        w <- soft_threshold(w - lr * dL/dw, lr * strength)

    grad : w -> dL/dw, without the penalty;  w : any shape, the start
    strength : float >= 0, loss / w;  lr : float > 0, w**2 / loss, below
        2 / (largest curvature of L);  steps : int >= 0
    returns path : (steps + 1, ...), the start first

    Error: rounding. ValueError: lr not positive; w, strength as above.
    Source: Beck & Teboulle 2009, doi:10.1137/080716542
    """
    path = [_checked(w, strength=strength, lr=lr)]
    for _ in range(steps):
        path.append(soft_threshold(path[-1] - lr * grad(path[-1]),
                                   lr * strength))
    return np.array(path)


def subgradient_descent(grad, w, strength, lr, steps):
    """The broken twin: the penalty's subgradient as part of the gradient.

        w <- w - lr * (dL/dw + strength * sign(w))

    grad, w, strength, lr, steps : as in proximal_descent
    returns path : (steps + 1, ...), the start first

    Error: weights that should be 0 hop around it, lr * strength wide.
    ValueError: as in proximal_descent.
    Source: Shor 1985, doi:10.1007/978-3-642-82118-9
    """
    path = [_checked(w, strength=strength, lr=lr)]
    for _ in range(steps):
        _, dw = l1_penalty(path[-1], strength)
        path.append(path[-1] - lr * (grad(path[-1]) + dw))
    return np.array(path)


def _checked(w, **numbers):
    """float64 w, or a ValueError that names the cause."""
    for name, value in numbers.items():
        if not 0 <= value < np.inf or name == "lr" and value == 0:
            least = "> 0" if name == "lr" else ">= 0"
            raise ValueError(f"{name} must be finite and {least}, got {value}")
    w = np.array(w, dtype=float)
    if not np.all(np.isfinite(w)):
        raise ValueError(f"w must be finite, got {w[~np.isfinite(w)][0]}")
    return w


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    truth = np.array([3.0, -2, 1, 0, 0, 0, 0, 0, 0, 0])
    x = rng.normal(size=(50, 10))
    y = x @ truth + rng.normal(size=50)

    def grad(w):                                 # L = mean (x w - y)**2 / 2
        return x.T @ (x @ w - y) / len(y)

    start, strength, lr, steps = np.zeros(10), 0.3, 0.1, 1000
    print("Only the first three weights matter. After 1000 steps:")
    for name, descend, much in (("no penalty", proximal_descent, 0),
                                ("L1, subgradient", subgradient_descent, 1),
                                ("L1, proximal", proximal_descent, 1)):
        w = descend(grad, start, strength * much, lr, steps)[-1]
        print(f"{name:16s}", *(f"{value:5.2f}" for value in w[:6] + 0.0),
              f"...  exact zeros: {np.sum(w == 0)}")
