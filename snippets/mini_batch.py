"""Mini-batches: a cheap gradient with noise, many times an epoch.

    n, B   examples, batch size         epoch  each example once
    x, y   inputs and labels, (n, ...)  rng    numpy.random.Generator
"""
import numpy as np


def minibatches(x, y, batch_size, rng=None):
    """Yield one epoch: inputs and labels, cut into mini-batches.

        ceil(n / batch_size) mini-batches, each example in exactly one;
        the last one holds what is left

    x, y : (n, ...) inputs and their labels, row i of y belongs to row i of x
    batch_size : int, 1 .. n
    rng : Generator that draws a new order, the same one for x and y;
        None keeps the order of the data: only right if it is random
    returns an iterator of (x[rows], y[rows]), new arrays

    Error: none, rows are copied exactly. ValueError, at the call: x or y
    without rows, of unlike length; batch_size no integer in 1 .. n.
    Source: Bottou, Curtis & Nocedal 2018, doi:10.1137/16M1080173
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y) or len(x) == 0:
        raise ValueError("x and y must have the same number of rows, 1 or "
                         f"more, got shapes {x.shape} and {y.shape}")
    n = len(x)
    if not (isinstance(batch_size, (int, np.integer))
            and 1 <= batch_size <= n):
        raise ValueError(f"batch_size must be an integer from 1 to {n}, "
                         f"got {batch_size!r}")
    order = np.arange(n) if rng is None else rng.permutation(n)
    cuts = range(0, n, batch_size)
    return ((x[order[i:i + batch_size]], y[order[i:i + batch_size]])
            for i in cuts)


def gradient_noise(sigma, batch_size, n=None):
    """Standard deviation of a mini-batch gradient around the full one.

        sigma / sqrt(B)                            n None: drawn with
                                                   replacement, or B << n
        sigma / sqrt(B) * sqrt((n - B) / (n - 1))  without replacement

    sigma : float, standard deviation over the n examples' own gradients
        (divided by n, not n - 1), in units of loss / w
    batch_size : int, B;  n : int or None, number of examples
    returns the noise, in the units of sigma; 0 for the full batch

    Error: rounding; exact for any distribution. ValueError: sigma < 0 or
    not finite, batch_size < 1, n < batch_size.
    Source: Cochran 1977, Sampling Techniques, section 2.5
    """
    if not 0 <= sigma < np.inf:
        raise ValueError(f"sigma must be finite and >= 0, got {sigma}")
    if not batch_size >= 1:
        raise ValueError(f"batch_size must be >= 1, got {batch_size}")
    if n is not None and not n >= batch_size:
        raise ValueError(f"n must be >= batch_size, got {n}")
    left = 1.0 if n is None else (n - batch_size) / max(n - 1, 1)
    return sigma * np.sqrt(left / batch_size)


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    n, lr = 1000, 0.1
    x = rng.uniform(-2, 2, size=n)
    y = 3 * x + rng.normal(size=n)               # the true weight is 3

    def grad(w, x, y):                           # L = mean (w x - y)**2 / 2
        return np.mean((w * x - y) * x)

    sigma = np.std((0 * x - y) * x)              # over examples, at w = 0
    print(f"{n} examples, one epoch, lr = {lr}, start w = 0")
    print("   B   updates        w     gradient noise: measured  theory")
    for batch in (1, 10, 100, 1000):
        w = 0.0
        for xb, yb in minibatches(x, y, batch, rng):
            w = w - lr * grad(w, xb, yb)
        g = [grad(0, *next(minibatches(x, y, batch, rng)))
             for _ in range(500)]
        print(f"{batch:4d}   {len(range(0, n, batch)):7d}   {w:6.2f}   "
              f"{np.std(g):26.3f}  {gradient_noise(sigma, batch, n):6.3f}")
