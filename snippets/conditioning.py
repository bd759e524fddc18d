"""Ill-conditioning: why one rate for all parameters cannot be right.

    hessian  second derivatives of the loss, the surface's shape
    lam      its eigenvalues, the curvatures along its own directions
    k        condition number, steepest curvature over flattest
"""
import numpy as np


def condition_number(hessian):
    """How much steeper the steepest direction is than the flattest.

        k = lam_max / lam_min

    With the best constant rate a step of gradient descent multiplies the
    distance to the minimum by (k - 1) / (k + 1): by 0 where k = 1.

    hessian : (D, D) symmetric, loss / w**2; a factor in it cancels
    returns k : float, 1 or more, no unit

    Error: about 1e-16 k, relative. ValueError: hessian not square,
    symmetric and finite, or not positive definite up to rounding, as
    then the surface has no single minimum.
    Source: LeCun et al. 1998, Efficient BackProp,
    doi:10.1007/3-540-49430-8_2
    """
    lam = _curvatures(hessian)
    return lam[-1] / lam[0]


def contraction_rate(hessian, lr):
    """What one step of gradient descent multiplies the distance by, at most.

        rate = max_i |1 - lr lam_i|

    Below 1 every start converges; above 1 almost every start diverges.

    hessian : (D, D) symmetric, loss / w**2
    lr      : float, w**2 / loss
    returns rate : float, no unit

    Error: about 1e-16 (1 + lr lam_max), absolute. ValueError: hessian as
    for condition_number; lr negative or not finite.
    Source: Goh 2017, Why Momentum Really Works,
    doi:10.23915/distill.00006
    """
    if not 0 <= lr < np.inf:
        raise ValueError(f"lr must be finite and >= 0, got {lr}")
    return np.max(np.abs(1 - lr * _curvatures(hessian)))


def _curvatures(hessian):
    """Eigenvalues in rising order, or a ValueError that names the cause."""
    h = np.asarray(hessian, dtype=float)
    if h.ndim != 2 or h.shape[0] != h.shape[1] or h.size == 0:
        raise ValueError(f"hessian must be (D, D), got {h.shape}")
    if not np.all(np.isfinite(h)):
        raise ValueError(f"hessian must be finite, got {h}")
    if not np.allclose(h, h.T, rtol=1e-9, atol=1e-12 * np.abs(h).max()):
        raise ValueError(f"hessian must be symmetric, got {h}")
    lam = np.linalg.eigvalsh(h)                  # (D,), rising
    if lam[0] <= len(h) * np.finfo(float).eps * lam[-1]:
        raise ValueError(f"hessian must be positive definite, got smallest "
                         f"eigenvalue {lam[0]:g}, largest {lam[-1]:g}")
    return lam


if __name__ == "__main__":
    hessian = np.diag([0.2, 4.0])                # of 0.1 x1^2 + 2 x2^2
    print(f"valley, condition number {condition_number(hessian):g}")
    for lr in (0.4, 0.6):
        w = np.array([-5.0, -2.0])
        for _ in range(20):
            w = w - lr * (hessian @ w)
        print(f"lr {lr}: factor {contraction_rate(hessian, lr):.2f}, "
              f"after 20 steps ({w[0]:.6f}, {w[1]:.6f})")

    x = np.array([338., 333, 328, 207, 226, 25, 179, 60, 208, 606])
    centred = x - x.mean()
    print("a line through ten points, y = b + w x, condition number")
    for name, column in (("x as it is", x), ("x centred", centred),
                         ("x standardized", centred / x.std())):
        a = np.column_stack([np.ones_like(x), column])   # (10, 2)
        print(f"{name:15} {condition_number(2 * a.T @ a):12.4g}")
