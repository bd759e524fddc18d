"""ReLU: a slope of one or zero, the sigmoids it stands for, and how it dies.

    z     pre-activation               w, b  parameters of a layer
    a     activation                   x, y  inputs and targets
    slope da/dz                        alpha slope of a leaky ReLU at z < 0
"""
import numpy as np


def relu(z):
    """Pass what is positive, with the slope of doing so.

        a = max(z, 0);  slope = 1 for z > 0, 0 for z < 0

    z : any shape
    returns a, slope : shape of z; a in the unit of z, slope without unit

    Error: none; at z = 0 there is no slope, 0 is returned. ValueError: z
    not finite.
    Source: Nair & Hinton 2010, ICML
    """
    return leaky_relu(z, alpha=0.0)


def leaky_relu(z, alpha=0.01):
    """ReLU that leaks: a small slope where z is negative.

        a = z for z > 0, alpha z for z < 0;  slope = 1 or alpha

    z : any shape;  alpha : 0 .. 1, 0 is ReLU
    returns a, slope : shape of z; a in the unit of z, slope without unit

    Error: none; at z = 0 the slope alpha is returned. ValueError: z not
    finite, alpha not in 0 .. 1.
    Source: Maas, Hannun & Ng 2013, ICML workshop, eq. 2
    """
    z = np.asarray(z, dtype=float)
    if not np.all(np.isfinite(z)):
        raise ValueError(f"z must be finite, got {z[~np.isfinite(z)][0]}")
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be from 0 to 1, got {alpha}")
    slope = np.where(z > 0, 1.0, alpha)
    return z * slope, slope


def sum_of_sigmoids(z, terms):
    """Many sigmoids with the same weight, their biases one apart.

        a = sum_i 1 / (1 + exp(-(z - i + 1/2))),  i = 1 .. terms
          ~ ln(1 + exp(z))   (softplus) for z well below terms

    z : any shape;  terms : int >= 1
    returns a : shape of z, no unit

    Error: rounding; it misses softplus by about sigmoid'(z) / 24, and
    stays at terms where z is above. ValueError: z not finite, terms
    no integer >= 1.
    Source: Nair & Hinton 2010, ICML, section 2
    """
    z = np.asarray(z, dtype=float)
    if not np.all(np.isfinite(z)):
        raise ValueError(f"z must be finite, got {z[~np.isfinite(z)][0]}")
    if terms != int(terms) or terms < 1:
        raise ValueError(f"terms must be an integer >= 1, got {terms}")
    shifted = z[..., None] - np.arange(1, terms + 1) + 0.5
    return np.sum(np.exp(-np.logaddexp(0, -shifted)), axis=-1)


def he_layers(sizes, nets, rng):
    """Many nets at once: He weights, biases 0.

        w ~ N(0, 2 / n_in),  b = 0

    sizes : units of each layer, the inputs first;  nets : how many
    rng : numpy Generator
    returns layers : [(w, b), ...], w (nets, n_in, n_out), b (nets, 1, n_out)

    Error: none. ValueError: sizes or nets below 1.
    Source: He et al. 2015, arXiv:1502.01852
    """
    if min(sizes) < 1 or nets < 1:
        raise ValueError(f"sizes and nets must be >= 1, got {sizes}, {nets}")
    return [(rng.normal(0, np.sqrt(2 / n), (nets, n, m)),
             np.zeros((nets, 1, m))) for n, m in zip(sizes, sizes[1:])]


def train(layers, x, y, lr, steps, hidden=relu, output=relu):
    """Gradient descent on squared error, all nets side by side.

        z = a w + b,  a = f(z),  L = mean (a - y)**2 / 2,  dz = da slope

    layers : [(w, b), ...] as he_layers gives;  x (N, D), y (N, 1)
    lr : float, units of w**2 / loss;  steps : int
    hidden, output : z -> (a, slope), such as relu
    returns layers, losses : after training;  losses (steps + 1, nets)

    Error: rounding; too large an lr overflows. ValueError: lr not > 0; x
    or y not finite, not (N, .).
    Source: Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0
    """
    x, y = _checked(x, y, lr)
    losses, functions = [], [hidden] * (len(layers) - 1) + [output]
    for step in range(steps + 1):
        a, trace = x, []
        for (w, b), f in zip(layers, functions):
            before, (a, slope) = a, f(a @ w + b)
            trace.append((before, slope))        # (nets, N, n_in), n_out
        losses.append(np.mean((a - y) ** 2, axis=(1, 2)) / 2)
        if step == steps:
            return layers, np.array(losses)
        da, after = (a - y) / len(x), []
        for (w, b), (before, slope) in zip(layers[::-1], trace[::-1]):
            dz = da * slope                      # (nets, N, n_out)
            dw = np.swapaxes(before, -1, -2) @ dz
            db = dz.sum(axis=1, keepdims=True)
            da = dz @ np.swapaxes(w, -1, -2)
            after.append((w - lr * dw, b - lr * db))
        layers = after[::-1]


def _checked(x, y, lr):
    """float64 x and y, or a ValueError that names the cause."""
    arrays = []
    for name, value in (("x", x), ("y", y)):
        v = np.asarray(value, dtype=float)
        if v.ndim != 2 or len(v) != len(x) or not len(v):
            raise ValueError(f"{name} must be (N, .), got {v.shape}")
        if not np.all(np.isfinite(v)):
            raise ValueError(f"{name} must be finite, got {v}")
        arrays.append(v)
    if not 0 < lr < np.inf:
        raise ValueError(f"lr must be positive and finite, got {lr}")
    return arrays


if __name__ == "__main__":
    z = np.linspace(-8, 8, 1601)
    softplus = np.logaddexp(0, z)
    print("sum of 30 sigmoids - softplus, at most: {:.4f}".format(
        np.abs(sum_of_sigmoids(z, 30) - softplus).max()))
    print(f"softplus - relu, at most: {np.max(softplus - relu(z)[0]):.4f}")

    x = np.linspace(0, 2, 20)[:, None]
    y = 2 * x - 1                                # from -1 to 3
    layers = he_layers((1, 4, 2, 1), nets=200, rng=np.random.default_rng(0))
    print("Nets 1-4-2-1, y = 2 x - 1, of 200:     never moved   loss < 0.06")
    for name, hidden, output in (
            ("ReLU everywhere", relu, relu),
            ("ReLU, then a linear output", relu, lambda z: (z, 1.0)),
            ("leaky ReLU, then a linear output", leaky_relu,
             lambda z: (z, 1.0))):
        losses = train(layers, x, y, 0.1, 200, hidden, output)[1]
        still = np.sum(losses[-1] == losses[0])
        good = np.sum(losses[-1] < 0.06)
        print(f"  {name:34}{still:7d} {good:13d}")
