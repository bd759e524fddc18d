"""The loss stopped falling: at a critical point, or bouncing?

    w      parameters                 g    |gradient|, its Euclidean norm
    lr     learning rate              lam  eigenvalues of the Hessian
"""
import numpy as np

LITTLE = 0.01     # of the loss: the smallest change that counts
KEPT = 0.1        # of the promised fall: less than this is bouncing
ROUNDING = 1e-13  # of the loss: a smaller promise is rounding


def classify_critical_point(hessian, tol=1e-8):
    """Name a critical point by the curvatures around it.

        all lam > 0  minimum         both signs   saddle
        all lam < 0  maximum         else         degenerate

    hessian : (D, D) symmetric, at a point where the gradient is zero
    tol     : what counts as zero, as a share of the largest |lam|
    returns "minimum", "maximum", "saddle" or "degenerate"

    Both signs make a saddle even beside a zero. Degenerate says that the
    second derivatives cannot decide: some lam is 0, no sign contradicts.
    Error: eigenvalues are exact to about 1e-16 of the largest.
    ValueError: hessian not square, not finite, not symmetric; tol not in
    0 .. 1. Source: Dauphin et al. 2014, arXiv:1406.2572
    """
    h = np.asarray(hessian, dtype=float)
    if h.ndim != 2 or h.shape[0] != h.shape[1] or h.size == 0:
        raise ValueError(f"hessian must be (D, D), got {h.shape}")
    if not np.all(np.isfinite(h)):
        raise ValueError(f"hessian must be finite, got {h}")
    if not np.allclose(h, h.T, rtol=0, atol=1e-6 * np.abs(h).max()):
        raise ValueError(f"hessian must be symmetric, got {h}")
    if not 0 <= tol < 1:
        raise ValueError(f"tol must be 0 <= tol < 1, got {tol}")
    lam = np.linalg.eigvalsh((h + h.T) / 2)
    zero = tol * np.abs(lam).max()
    up, down = np.any(lam > zero), np.any(lam < -zero)
    if up and down:
        return "saddle"
    if np.any(np.abs(lam) <= zero):
        return "degenerate"
    return "minimum" if up else "maximum"


def explain_plateau(losses, gradient_norms, lr):
    """Say why a loss has stopped falling, from what the run recorded.

        promised = lr sum g**2            fall of the loss, to first order
        kept     = fall / promised        1 - lr lam / 2 at curvature lam
        ahead    = fall s2 / (1 - s2)     if g**2 goes on shrinking by s2

    over the last tenth of the run; s2 compares the two halves of it.

    losses, gradient_norms : (steps + 1,) at the same w, before each step
        of full-batch gradient descent, and at the end; the best possible
        loss is 0 or above
    lr : float, the constant rate; units of w**2 / loss
    returns "converged", "bouncing", "saddle or flat" or "still falling"

    Error: it is a guess; a saddle passes for converged until g grows, and
    a loss that tends to 0 is still falling until it rounds. ValueError:
    fewer than 40 steps, unlike lengths, not finite, negative, lr <= 0.
    Source: Nocedal & Wright 2006, doi:10.1007/978-0-387-40065-5, chapter
    4: kept is actual over predicted reduction
    """
    loss, g2 = _last_tenth(losses, gradient_norms, lr)
    fall, unit = loss[0] - loss[-1], loss.mean()
    promised = lr * np.sum(g2[:-1])
    if promised <= ROUNDING * unit:
        return "converged"
    if promised > LITTLE * unit and fall < KEPT * promised:
        return "bouncing"
    if fall > LITTLE * unit:
        return "still falling"
    half = len(g2) // 2
    s2 = np.sum(g2[-half:]) / np.sum(g2[:half])
    if s2 >= 1:
        return "saddle or flat"
    ahead = fall * s2 / (1 - s2)
    return "still falling" if ahead > LITTLE * unit else "converged"


def _last_tenth(losses, gradient_norms, lr):
    """Losses and squared norms, or a ValueError that names the cause."""
    tails = []
    for name, value in (("losses", losses),
                        ("gradient_norms", gradient_norms)):
        v = np.asarray(value, dtype=float)
        if v.ndim != 1 or len(v) <= 40:
            raise ValueError(f"{name} must be (steps + 1,) with 40 steps or "
                             f"more, got shape {v.shape}")
        bad = v[~((v >= 0) & (v < np.inf))]
        if bad.size:
            raise ValueError(f"{name} must be finite and >= 0, got {bad[0]}")
        tails.append(v[-max(len(v) // 10, 4):])
    if len(losses) != len(gradient_norms):
        raise ValueError("losses and gradient_norms must have one length, "
                         f"got {len(losses)} and {len(gradient_norms)}")
    if not 0 < lr < np.inf:
        raise ValueError(f"lr must be positive and finite, got {lr}")
    return tails[0], tails[1] ** 2


if __name__ == "__main__":
    def run(lam, w, lr, steps=100):              # L = 1 + lam w**2 / 2
        lam, w, record = np.array(lam), np.array(w), []
        for _ in range(steps + 1):
            g = lam * w
            record.append((1 + np.sum(lam * w**2) / 2, np.linalg.norm(g)))
            w = w - lr * g
        return np.array(record).T                # losses, gradient norms

    valley, saddle = (0.2, 4.0), (4.0, -0.2)
    print("   lr    curvatures     loss   |g| first   last    explanation")
    for lam, w, lr in ((valley, (-5.0, -2.0), 0.40),
                       (valley, (-5.0, -2.0), 0.50),
                       (valley, (-5.0, -2.0), 0.01),
                       (saddle, (-2.0, 1e-4), 0.20)):
        losses, g = run(lam, w, lr)
        print(f"{lr:5.2f}   {lam[0]:4g}, {lam[1]:4g}   {losses[-1]:8.3f}  "
              f"{g[0]:8.1f}  {g[-1]:8.1e}   {explain_plateau(losses, g, lr)}")
    print("What the Hessian says where the gradient is zero:")
    for lam in (valley, saddle, (4.0, 0.0), (4.0, 0.0, -0.2)):
        print(f"  {str(lam):17} {classify_critical_point(np.diag(lam))}")
