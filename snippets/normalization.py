"""Normalization: mean 0 and variance 1, for inputs and for layers.

    x  (N, D) inputs            z    (N, n) pre-activations, one example a row
    gain, shift  (n,) learned   dout  dL/dout, and so dz, dgain, dshift
"""
import numpy as np


def standardize(x, mean=None, std=None):
    """Each column with mean 0 and standard deviation 1.

        x_hat = (x - mean) / std;  a constant column becomes 0

    x : (N, D);  mean, std : (D,) of the *training* data, for new data;
        None takes those of x
    returns x_hat (N, D) without unit; mean, std (D,) in the units of x

    Error: about 1e-16 |mean| / std. ValueError: x not (N, D), not finite.
    Source: LeCun et al. 1998, doi:10.1007/3-540-49430-8_2, section 4.3
    """
    x = _matrix(x, "x")
    if mean is None:
        mean, std = x.mean(axis=0), x.std(axis=0)
        std = np.where(std > 1e-12 * np.abs(x).max(axis=0), std, 1.0)
    return (x - mean) / std, mean, std


def batch_norm(z, gain, shift, eps=1e-5):
    """Standardize each unit over the examples of the mini-batch.

        z_hat = (z - mean) / sqrt(var + eps);  out = gain * z_hat + shift

    z : (N, n);  gain, shift : (n,);  eps : in the units of z**2
    returns out (N, n);  saved (z_hat, mean, std, axis) for norm_gradient

    Error: z_hat has variance var / (var + eps), not 1. ValueError: z not
    (N, n), not finite, of one row; gain, shift not (n,); eps negative.
    Source: Ioffe & Szegedy 2015, arXiv:1502.03167
    """
    z = _matrix(z, "z")
    if len(z) < 2:
        raise ValueError("z must have 2 rows or more to train, got 1")
    return _norm(z, gain, shift, eps, axis=0)


def batch_norm_predict(z, gain, shift, mean, std):
    """Batch norm with kept statistics: no example depends on another one.

        out = gain * (z - mean) / std + shift

    z : (N, n);  gain, shift, mean, std : (n,), mean and std from training
    returns out : (N, n)

    Error: rounding. ValueError: z not (N, n), not finite; std not > 0.
    Source: Ioffe & Szegedy 2015, arXiv:1502.03167, section 3.1
    """
    if not np.all(np.asarray(std) > 0):
        raise ValueError(f"std must be > 0, got {np.min(std)}")
    return gain * (_matrix(z, "z") - mean) / std + shift


def layer_norm(z, gain, shift, eps=1e-5):
    """Standardize each example over its units; the same in every mode.

        z_hat = (z - mean) / sqrt(var + eps);  out = gain * z_hat + shift

    z : (N, n);  gain, shift : (n,);  eps : in the units of z**2
    returns out (N, n);  saved (z_hat, mean, std, axis) for norm_gradient

    Error: as batch_norm. ValueError: z not (N, n), not finite; gain, shift
    not (n,); eps negative.
    Source: Ba, Kiros & Hinton 2016, arXiv:1607.06450
    """
    return _norm(_matrix(z, "z"), gain, shift, eps, axis=1)


def norm_gradient(dout, gain, saved):
    """The gradient of either norm: mean and std depend on z, too.

        d = dout * gain
        dz = (d - mean(d) - z_hat * mean(d * z_hat)) / std

    dout : (N, n), dL/dout;  gain : (n,);  saved : what the norm returned
    returns dz (N, n), dgain (n,), dshift (n,), in units of the loss per unit

    Error: rounding. ValueError: dout not of the shape of z.
    Source: Ioffe & Szegedy 2015, arXiv:1502.03167
    """
    z_hat, _, std, axis = saved
    if np.shape(dout) != z_hat.shape:
        raise ValueError(f"dout must be {z_hat.shape}, got {np.shape(dout)}")
    d, along = dout * gain, dict(axis=axis, keepdims=True)
    dz = (d - d.mean(**along) - z_hat * (d * z_hat).mean(**along)) / std
    return dz, (dout * z_hat).sum(axis=0), dout.sum(axis=0)


def _norm(z, gain, shift, eps, axis):
    """Either norm, along its axis."""
    for name, value in (("gain", gain), ("shift", shift)):
        if np.shape(value) != z.shape[1:]:
            raise ValueError(f"{name} must be {z.shape[1:]}, "
                             f"got {np.shape(value)}")
    if not eps >= 0:
        raise ValueError(f"eps must be >= 0, got {eps}")
    mean = z.mean(axis=axis, keepdims=True)
    std = np.sqrt(z.var(axis=axis, keepdims=True) + eps)
    z_hat = (z - mean) / std                     # (N, n)
    return gain * z_hat + shift, (z_hat, mean, std, axis)


def _matrix(v, name):
    """float64 (N, n), or a ValueError that names the cause."""
    v = np.asarray(v, dtype=float)
    if v.ndim != 2 or v.size == 0:
        raise ValueError(f"{name} must be (N, n), got shape {v.shape}")
    if not np.all(np.isfinite(v)):
        raise ValueError(f"{name} must be finite, "
                         f"got {v[~np.isfinite(v)][0]}")
    return v


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    x = rng.normal([50, 0.2], [30, 0.1], size=(200, 2))    # two inputs
    print("inputs              largest stable rate   condition number")
    for name, v in (("as they are", x), ("centred", x - x.mean(axis=0)),
                    ("standardized", standardize(x)[0])):
        A = np.column_stack([v, np.ones(len(v))])
        lam = np.linalg.eigvalsh(A.T @ A / len(A))
        print(f"{name:18s}  {2 / lam[-1]:19.2g}   {lam[-1] / lam[0]:16.2g}")

    z, gain, shift = 5 + 3 * rng.normal(size=(8, 4)), np.ones(4), np.zeros(4)
    out, (_, mean, std, _) = batch_norm(z, gain, shift)
    print("one row, out of a batch of 8:", np.round(out[0], 2))
    print("the same row in a batch of 2:",
          np.round(batch_norm(z[:2], gain, shift)[0][0], 2))
    print("with kept mean and std:      ",
          np.round(batch_norm_predict(z[:1], gain, shift, mean, std)[0], 2))
    print("layer norm, any batch:       ",
          np.round(layer_norm(z[:1], gain, shift)[0][0], 2))
