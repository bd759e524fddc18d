"""Softmax: K classes, and a loss whose gradient is again a - y.

    z  (N, K) logits           N  examples, one a row
    a  (N, K) softmax(z)       K  classes
    y  (N,)   labels           dz  dL/dz
"""
import numpy as np


def softmax(z):
    """Turn logits into probabilities.

        a_k = exp(z_k) / sum_j exp(z_j)

    z : (..., K)   only differences along the last axis matter
    returns a : (..., K), each 0 .. 1, no unit;  the sum over K is 1

    Error: about 5e-16, absolute; a is 0 where z is 746 below the maximum.
    exp() is <= 1, so it never overflows. ValueError: z empty, not finite.
    Source: Blanchard, Higham & Higham 2021, doi:10.1093/imanum/draa038
    """
    z = _logits(z)
    e = np.exp(z - z.max(axis=-1, keepdims=True))     # (..., K), in [0, 1]
    return e / e.sum(axis=-1, keepdims=True)


def softmax_cross_entropy(z, y):
    """Mean cross-entropy of softmax(z) against labels y, with its gradient.

        L  = mean_i [ ln sum_k exp(z_ik) - z_i,y_i ]
        dz = (softmax(z) - onehot(y)) / N

    z : (N, K)         logits; only differences within a row matter
    y : (N,)   int     labels, 0 .. K-1
    returns L : float, in nats (guessing costs ln K);  dz : (N, K)

    Error: L about 3e-16 * max(1, |z|), dz about 5e-16 / N, absolute. Every
    exp() is <= 1 and every log() sees a value >= 1: no epsilon is needed.
    ValueError: z empty, not (N, K), not finite; y not N labels 0 .. K-1.
    Source: Blanchard, Higham & Higham 2021, doi:10.1093/imanum/draa038
    """
    z, y = _logits_and_labels(z, y)
    rows = np.arange(len(y))
    s = z - z.max(axis=1, keepdims=True)         # (N, K), row maximum is 0
    e = np.exp(s)                                # (N, K), in [0, 1]
    total = e.sum(axis=1)                        # (N,), in [1, K]
    loss = np.mean(np.log(total) - s[rows, y])
    dz = e / total[:, None]                      # (N, K), softmax(z)
    dz[rows, y] -= 1.0
    return loss, dz / len(y)


def softmax_quadratic_loss(z, y):
    """The broken twin: softmax with quadratic loss, which still saturates.

        L   = mean_i sum_k (a_ik - onehot(y)_ik)**2 / 2,  a = softmax(z)
        dz  = a * (d - sum_k a_k d_k) / N,                d = a - onehot(y)

    z : (N, K)         logits; only differences within a row matter
    y : (N,)   int     labels, 0 .. K-1
    returns L : float, no unit (guessing costs (1 - 1/K) / 2);  dz : (N, K)

    Error: L about 5e-16, dz about 5e-16 / N, absolute.
    ValueError: z empty, not (N, K), not finite; y not N labels 0 .. K-1.
    Source: Golik, Doetsch & Ney 2013, doi:10.21437/Interspeech.2013-436
    """
    z, y = _logits_and_labels(z, y)
    a = softmax(z)                               # (N, K)
    d = a.copy()
    d[np.arange(len(y)), y] -= 1.0               # (N, K), a - onehot(y)
    loss = np.mean(np.sum(d ** 2, axis=1) / 2)
    dz = a * (d - np.sum(a * d, axis=1, keepdims=True))
    return loss, dz / len(y)


def _logits(z):
    """z as float64, or a ValueError that says what to mend."""
    try:
        v = np.asarray(z).astype(np.float64, casting="same_kind")
    except (TypeError, ValueError):
        raise ValueError(f"z must be numbers, got {z!r}") from None
    if v.ndim == 0 or v.size == 0:
        raise ValueError(f"z must hold a class or more, got shape {v.shape}")
    if not np.all(np.isfinite(v)):
        bad = v[~np.isfinite(v)][0]
        raise ValueError(f"z must be finite, got {bad:g}")
    return v


def _logits_and_labels(z, y):
    """z as (N, K) float64 and y as N labels, or a ValueError."""
    z, y = _logits(z), np.asarray(y)
    if z.ndim != 2:
        raise ValueError(f"z must have shape (N, K), got {z.shape}")
    n, k = z.shape
    if y.dtype.kind not in "iu":
        raise ValueError(f"y must be integer labels, got {y.dtype}")
    if y.shape != (n,):
        raise ValueError(f"y must have shape ({n},), one label a row, "
                         f"got {y.shape}")
    if y.min() < 0 or y.max() >= k:
        raise ValueError(f"y must be labels 0 .. {k - 1}, "
                         f"got {y.min()} .. {y.max()}")
    return z, y


if __name__ == "__main__":
    for k in (2, 10, 1000):
        loss, _ = softmax_cross_entropy(np.zeros((1, k)), [0])
        print(f"{k:4d} equal logits: loss {loss:.4f} nats = ln {k}")
    loss, dz = softmax_cross_entropy([[1000.0, 0.0, -1000.0]], [2])
    print("Logits 1000, 0, -1000 and label 2: loss {:.1f} nats, "
          "dz {:+.3f} {:+.3f} {:+.3f}".format(loss, *dz[0]))

    print("Logits (gap, 0, 0), label 1: how hard dz pushes logit 1 up")
    print(" gap      a_1    cross-entropy    quadratic loss")
    for gap in (0, 1, 2, 5, 10, 20):
        z = [[gap, 0.0, 0.0]]
        _, dz = softmax_cross_entropy(z, [1])
        _, dz_quadratic = softmax_quadratic_loss(z, [1])
        print(f"{gap:4d}  {softmax(z)[0, 1]:.1e}    {-dz[0, 1]:13.4f}"
              f"    {-dz_quadratic[0, 1]:14.1e}")
