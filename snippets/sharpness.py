"""Sharpness: the curvature that says how large a learning rate can be.

    w     parameters           lr   learning rate
    loss  w -> L               lam  an eigenvalue of the Hessian H at w
    grad  w -> dL/dw           v    a direction, of length 1
"""
import numpy as np


def sharpness(grad, w, steps=100, h=1e-5, rng=None):
    """Hessian eigenvalue of largest magnitude at w, with an error bound.

        v <- H v / |H v|,  lam = v.Hv,  err = |H v - lam v|
        H v = (grad(w + h v) - grad(w - h v)) / (2 h)

    Gradient descent on a convex quadratic diverges once lr * lam > 2.

    grad  : w -> dL/dw   deterministic (full batch), of the shape of w
    w     : any shape    where to look
    steps : int          of the power iteration; two gradients each
    h     : float        length of the difference, in units of w
    rng   : numpy.random.Generator for the first v; None means seed 0
    returns lam, err : floats in units of loss / w**2; lam keeps its sign

    Error: some eigenvalue lies within err of lam, plus O(h**2) from
    differencing. A large err means unfinished, or a tie such as +a, -a.
    A kink of grad (ReLU) within h of w looks like a huge eigenvalue.
    ValueError: w empty or not finite, steps < 1, h not positive, grad(w)
    not finite or not of the shape of w.
    Source: LeCun, Simard & Pearlmutter 1992, NIPS 5
    """
    w = _checked(grad, w, steps)
    if not 0 < h < np.inf:
        raise ValueError(f"h must be positive and finite, got {h}")
    rng = np.random.default_rng(0) if rng is None else rng
    hv = rng.normal(size=w.shape)
    for _ in range(steps):
        v = hv / np.linalg.norm(hv)
        hv = (grad(w + h * v) - grad(w - h * v)) / (2 * h)
        lam = np.vdot(v, hv)
        if not np.any(hv):                       # v lies in a flat direction
            break
    return float(lam), float(np.linalg.norm(hv - lam * v))


def max_stable_lr(loss, grad, w, steps=100, tol=0.02):
    """Largest rate with which descent from w keeps the loss below L(w).

        lr <- 2 lr or lr / 2 until one rate passes and the next one fails,
        then lr <- sqrt(pass * fail), which replaces one of the two

    Each trial is a run from w. Nothing here knows of a curvature.

    loss  : w -> L         deterministic, a float
    grad  : w -> dL/dw     deterministic (full batch), of the shape of w
    w     : any shape      the start
    steps : int            length of a trial
    tol   : float          relative width of the last interval
    returns lr : float, the largest that passed, in units of w**2 / loss

    Error: at most tol, relative, if all rates below lr pass too. What
    takes longer than `steps` to diverge passes: near the limit the
    answer is a little too large.
    ValueError: w empty or not finite, steps < 1, tol not positive,
    grad(w) zero, not finite or not of the shape of w; no rate from
    1e-30 to 1e30 passes, or each one does.
    Source: bisection; the limit that it finds is the one of Cohen et al.
    2021, arXiv:2103.00065
    """
    w = _checked(grad, w, steps)
    if not 0 < tol < np.inf:
        raise ValueError(f"tol must be positive and finite, got {tol}")
    if not np.any(grad(w)):
        raise ValueError("grad(w) must not be zero: no rate would move w")
    good, bad = 1.0, 2.0
    while _passes(loss, grad, w, bad, steps):
        good, bad = bad, 2 * bad
        if bad > 1e30:
            raise ValueError("loss must rise at some rate up to 1e30")
    while not _passes(loss, grad, w, good, steps):
        good, bad = good / 2, good
        if good < 1e-30:
            raise ValueError("loss must fall at some rate from 1e-30 on")
    while bad > good * (1 + tol):
        lr = np.sqrt(good * bad)
        passed = _passes(loss, grad, w, lr, steps)
        good, bad = (lr, bad) if passed else (good, lr)
    return float(good)


def _passes(loss, grad, w, lr, steps):
    """Whether the loss stays below its first value at this rate."""
    start = loss(w)
    for _ in range(steps):
        w = w - lr * grad(w)
        if not loss(w) < start:                  # nan fails too
            return False
    return True


def _checked(grad, w, steps):
    """w in float64, or a ValueError that names what is wrong."""
    w = np.array(w, dtype=float)
    if w.size == 0 or not np.all(np.isfinite(w)):
        raise ValueError(f"w must be finite and not empty, got {w}")
    if not isinstance(steps, (int, np.integer)) or steps < 1:
        raise ValueError(f"steps must be an integer >= 1, got {steps!r}")
    g = np.asarray(grad(w))
    if g.shape != w.shape:
        raise ValueError(f"grad(w) must have the shape of w, {w.shape}, "
                         f"got {g.shape}")
    if not np.all(np.isfinite(g)):
        raise ValueError(f"grad(w) must be finite, got {g}")
    return w


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    x = rng.normal(size=50)
    y = 2 * x + 1                                # loss: mean of e**2 / 2

    print("one neuron, e = w x + b - y, inputs shifted by an offset")
    print("offset   sharpness     error   2/sharpness   measured")
    for offset in (0.0, 1.0, 3.0, 10.0):
        X = np.column_stack([x + offset, np.ones(50)])

        def loss(w):
            return np.mean((X @ w - y) ** 2) / 2

        def grad(w):
            return X.T @ (X @ w - y) / len(y)

        w = np.zeros(2)
        lam, err = sharpness(grad, w)
        measured = max_stable_lr(loss, grad, w)
        print(f"{offset:6.0f}  {lam:10.3f}  {err:8.5f}  {2 / lam:12.4f}"
              f"  {measured:9.4f}")
