"""Dropout: switch units off at random while training, all on for predicting.

    a     outputs of a layer, any shape      p     share that is dropped
    mask  0 where a unit is off              rng   numpy.random.Generator
"""
import numpy as np


def dropout(a, p, rng, inverted=True):
    """Drop each unit with probability p; ask again for every mini-batch.

        mask = 0 with probability p, else 1 / (1 - p);  out = a * mask
        backward: da = dout * mask, with the same mask

    a : (..., n) outputs of a layer;  p : float, 0 <= p < 1, no percentage
    rng : Generator;  inverted : False is the classic form, mask 0 or 1,
        which needs the factor 1 - p in dropout_predict
    returns out, mask : both of a's shape, out in the units of a

    Error: rounding. Inverted, the mean of out over masks is a, its variance
    a**2 p / (1 - p). ValueError: p outside 0 <= p < 1, a not finite.
    Source: Srivastava et al. 2014, JMLR 15, 1929-1958 (their p is kept)
    """
    a = _checked(a, p)
    mask = (rng.random(a.shape) >= p).astype(float)
    if inverted:
        mask = mask / (1 - p)
    return a * mask, mask


def dropout_predict(a, p, inverted=True):
    """What a layer with dropout passes on when the net predicts.

        inverted: a;  classic: (1 - p) a

    a, p, inverted : as dropout got them
    returns out : of a's shape and units, no unit is off

    Error: none for what is linear in a; an approximation of the mean over
    masks behind a nonlinearity. ValueError: as dropout.
    Source: Hinton et al. 2012, arXiv:1207.0580
    """
    a = _checked(a, p)
    return a.copy() if inverted else (1 - p) * a


def all_masks(n, p):
    """Every mask of n units, with its probability: no luck involved.

        probability = (1 - p)**kept * p**(n - kept)

    n : int, 1 .. 20;  p : float, 0 <= p < 1
    returns masks (2**n, n) of 0 and 1; probability (2**n,), its sum is 1

    Error: about 1e-15. ValueError: n or p out of range.
    Source: Baldi & Sadowski 2013, NIPS 26
    """
    if not 1 <= n <= 20:
        raise ValueError(f"n must be from 1 to 20, got {n}")
    _checked(0.0, p)
    masks = np.arange(2**n)[:, None] >> np.arange(n) & 1     # (2**n, n)
    kept = masks.sum(axis=1)
    return masks.astype(float), (1 - p)**kept * p**(n - kept)


def geometric_mean(y, probability):
    """Normalized weighted geometric mean of the probabilities y and 1 - y.

        g = prod_i y_i**q_i;  h = prod_i (1 - y_i)**q_i;  g / (g + h)

    y : (M,) strictly between 0 and 1;  probability : (M,), the q, sum 1
    returns float, no unit; for outputs of a sigmoid this equals the
        sigmoid of the mean z

    Error: about 1e-16 / (1 - y), for the largest y. ValueError: y is 0 or
    1 or beyond.
    Source: Baldi & Sadowski 2013, NIPS 26
    """
    y = np.asarray(y, dtype=float)
    if not np.all((y > 0) & (y < 1)):
        raise ValueError(f"y must be between 0 and 1, got "
                         f"{y.min()} .. {y.max()}")
    g = np.exp(probability @ np.log(y))
    h = np.exp(probability @ np.log1p(-y))
    return g / (g + h)


def _checked(a, p):
    """float64 a, or a ValueError that names the cause."""
    if not 0 <= p < 1:
        raise ValueError(f"p must be a share, 0 <= p < 1, got {p}")
    a = np.asarray(a, dtype=float)
    if not np.all(np.isfinite(a)):
        raise ValueError(f"a must be finite, got {a[~np.isfinite(a)][0]}")
    return a


if __name__ == "__main__":
    rng, p = np.random.default_rng(0), 0.5
    a = np.ones(10)
    w = np.array([2, -2, 1, -1, 1, 2, -2, 1, -1, 1])
    print("Ten units at 1, dropped with p = 0.5; a new mask each time:")
    for _ in range(3):
        out, _ = dropout(a, p, rng)
        print("  ", *(f"{value:.0f}" for value in out), f"  z = {out @ w:g}")

    masks, probability = all_masks(len(a), p)
    z = (masks * a) @ w / (1 - p)                # (1024,), one for each mask
    y = 1 / (1 + np.exp(-z))
    z_all = dropout_predict(a, p) @ w
    print(f"All {len(masks)} masks:      mean   all units on")
    print(f"  linear, z        {probability @ z:8.4f}   {z_all:12.4f}")
    print(f"  sigmoid of z     {probability @ y:8.4f}   "
          f"{1 / (1 + np.exp(-z_all)):12.4f}")
    print(f"  geometric mean   {geometric_mean(y, probability):8.4f}")
