"""Residual connections: a path around each block, so that layers add up.

    x  (N, n)      inputs of the first block      h  (N, n)  between blocks
    w  (L, n, n)   one matrix for each block      f  tanh
    skip   1 adds the input of a block to its output, 0 is the plain net
"""
import numpy as np


def residual_forward(w, x, skip=1.0):
    """All that passes between the blocks, the input first.

        h_l = skip h_(l-1) + tanh(h_(l-1) w_l),       h_0 = x

    w : (L, n, n);  x : (N, n);  skip : float, 1 residual, 0 plain
    returns h : (L + 1, N, n)

    Error: about 1e-16 a block, relative to the largest h. ValueError: w,
    x or skip not finite, w not (L, n, n) or x not (N, n).
    Source: He et al. 2016, arXiv:1512.03385, section 3.1
    """
    w, x = _checked(w, x, skip)
    h = [x]
    for one in w:
        h.append(skip * h[-1] + np.tanh(h[-1] @ one))
    return np.array(h)


def residual_gradients(w, h, dh, skip=1.0):
    """The way back: dL/dh between all blocks, and dL/dw.

        dz_l     = dh_l (1 - tanh(z_l)**2),     z_l = h_(l-1) w_l
        dh_(l-1) = skip dh_l + dz_l w_l^T       a sum, not only a product
        dw_l     = h_(l-1)^T dz_l

    w, skip : as in residual_forward;  h : (L + 1, N, n), its result
    dh : (N, n)   dL/dh behind the last block
    returns dw : (L, n, n), dhs : (L + 1, N, n), from the first block on

    Error: about 1e-16 a block, relative to the largest dh. ValueError:
    as in residual_forward; h or dh not finite or of wrong shape.
    Source: He et al. 2016, arXiv:1603.05027, equation 5
    """
    w, x = _checked(w, np.asarray(h, dtype=float)[0], skip)
    h, dh = np.asarray(h, dtype=float), np.asarray(dh, dtype=float)
    for name, value, shape in (("h", h, (len(w) + 1, *x.shape)),
                               ("dh", dh, x.shape)):
        if value.shape != shape or not np.all(np.isfinite(value)):
            raise ValueError(f"{name} must be finite and {shape}, "
                             f"got {value.shape}")
    dw, dhs = np.empty_like(w), [dh]
    for l in range(len(w) - 1, -1, -1):
        out = np.tanh(h[l] @ w[l])
        dz = dhs[-1] * (1 - out * out)           # (N, n)
        dw[l] = h[l].T @ dz
        dhs.append(skip * dhs[-1] + dz @ w[l].T)
    return dw, np.array(dhs[::-1])


def _checked(w, x, skip):
    """float64 w and x, or a ValueError that names the cause."""
    w, x = np.asarray(w, dtype=float), np.asarray(x, dtype=float)
    if w.ndim != 3 or w.shape[1] != w.shape[2] or not w.size:
        raise ValueError(f"w must be (L, n, n), got {w.shape}")
    if x.ndim != 2 or x.shape[1] != w.shape[2] or not len(x):
        raise ValueError(f"x must be (N, {w.shape[2]}), got {x.shape}")
    for name, value in (("w", w), ("x", x), ("skip", skip)):
        if not np.all(np.isfinite(value)):
            raise ValueError(f"{name} must be finite")
    return w, x


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 20))
    dh = rng.normal(size=(50, 20)) / 50          # from some loss
    w = rng.normal(0, 0.5 / np.sqrt(20), (30, 20, 20))
    print("30 blocks: |dL/dh| in front of block 1, 11, 21, and at the end")
    for name, skip in (("plain", 0.0), ("residual", 1.0)):
        h = residual_forward(w, x, skip)
        _, dhs = residual_gradients(w, h, dh, skip)
        norms = [np.linalg.norm(dhs[k]) for k in (0, 10, 20, 30)]
        print(f"{name:9s}", *(f"{norm:9.1e}" for norm in norms))

    h = residual_forward(np.zeros_like(w), x)
    print("all weights zero: the residual net returns its input:",
          np.array_equal(h[-1], x))
