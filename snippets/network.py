"""A small network of any depth: forward and backward in one file.

    x      inputs, one row an example      w, b  parameters of a layer
    z      a w + b, the pre-activation     a     f(z), what the next layer sees
    y      targets                         dz    dL/dz, and so dw, db

The last layer is linear: its z are the scores that the loss takes.
"""
import numpy as np

ACTIVATIONS = {                # name: (a of z, slope da/dz of z and a)
    "linear": (lambda z: z, lambda z, a: np.ones_like(z)),
    "sigmoid": (lambda z: (1 + np.tanh(z / 2)) / 2,
                lambda z, a: a * (1 - a)),
    "tanh": (np.tanh, lambda z, a: 1 - a**2),
    "relu": (lambda z: np.maximum(z, 0), lambda z, a: np.where(z > 0, 1.0, 0)),
}
NORMS = {"batch": 0, "layer": 1}   # the axis along which z is standardized
EPS = 1e-5                         # added to the variance there, as in PyTorch


def initialize(sizes, rng, gain=1.0, bias=0.0):
    """Normal weights with variance gain**2 / n_in, normal biases.

    sizes : (n_0, n_1, ..., n_L) units of each layer, the inputs first
    rng : numpy Generator;  gain : 1 keeps the variance of a linear layer,
        sqrt(2) that of ReLU;  bias : standard deviation of the biases
    returns layers : [(w, b), ...], w (n_in, n_out), b (n_out,), no unit

    Error: none beyond rounding. ValueError: fewer than two sizes, a size
    < 1, gain or bias negative or not finite.
    Source: LeCun et al. 1998, doi:10.1007/3-540-49430-8_2, section 4.6
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes must be two or more, all >= 1, got {sizes}")
    for name, value in (("gain", gain), ("bias", bias)):
        if not 0 <= value < np.inf:
            raise ValueError(f"{name} must be finite and >= 0, got {value}")
    return [(rng.normal(0, gain / np.sqrt(n_in), (n_in, n_out)),
             rng.normal(0, bias, n_out))
            for n_in, n_out in zip(sizes[:-1], sizes[1:])]


def forward(layers, x, activation="tanh", norm=None, residual=False):
    """All that the way forward computes, layer by layer.

        z = a w + b;  standardized where norm is given;  a = f(z)
        residual: a = a_before + f(z), where the sizes agree

    layers : [(w, b), ...];  x : (N, n_0)
    activation : a key of ACTIVATIONS, for all layers but the last
    norm : None, "batch" (over examples) or "layer" (over units)
    returns scores (N, n_L), trace : one (a_before, z, f(z), std) a layer

    Error: about 1e-16 a layer, relative; the variance carries EPS.
    ValueError: unknown activation or norm, x not finite or of wrong width.
    Source: Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0
    """
    x = _checked(layers, x, activation, norm)
    f, _ = ACTIVATIONS[activation]
    a, trace = x, []
    for w, b in layers[:-1]:
        z, std = a @ w + b, None                 # (N, n_out)
        if norm:
            z, std = _standardize(z, NORMS[norm])
        out = f(z)
        trace.append((a, z, out, std))
        a = a + out if residual and a.shape == out.shape else out
    w, b = layers[-1]
    trace.append((a, a @ w + b, None, None))
    return trace[-1][1], trace


def backward(layers, trace, dscores, activation="tanh", norm=None,
             residual=False):
    """The gradient of the loss in every parameter, last layer first.

        dw = a_before^T dz;  db = sum dz;  da_before = dz w^T
        dz = da f'(z), through the standardization where norm is given

    trace, activation, norm, residual : as forward gave and got them
    layers : [(w, b), ...];  dscores : (N, n_L), dL/dscores
    returns gradients : [(dw, db), ...], shapes of layers, loss per unit

    Error: about 1e-16 a layer, relative. ValueError: dscores not of the
    shape of the scores.
    Source: Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0
    """
    if np.shape(dscores) != trace[-1][1].shape:
        raise ValueError(f"dscores must be {trace[-1][1].shape}, "
                         f"got {np.shape(dscores)}")
    _, slope = ACTIVATIONS[activation]
    gradients = [(trace[-1][0].T @ dscores, dscores.sum(axis=0))]
    da = dscores @ layers[-1][0].T
    for (w, _), (a, z, out, std) in zip(layers[-2::-1], trace[-2::-1]):
        dz = da * slope(z, out)                  # (N, n_out)
        if norm:
            dz = _unstandardize(dz, z, std, NORMS[norm])
        gradients.append((a.T @ dz, dz.sum(axis=0)))
        skipped = residual and a.shape == out.shape
        da = dz @ w.T + (da if skipped else 0)   # (N, n_in)
    return gradients[::-1]


def loss_and_gradients(layers, x, y, loss="softmax", **how):
    """Mean loss over the examples, with its gradient in every parameter.

        softmax:  ln sum_k exp(z_k) - z_y          y (N,) int
        sigmoid:  sum_k ln(1 + exp(z_k)) - y_k z_k      y (N, K), 0 .. 1
        squared:  sum_k (z_k - y_k)**2 / 2              y (N, K)

    layers, x, how : as in forward (activation, norm, residual)
    y : targets;  loss : one of the three names above
    returns loss, gradients : float, in nats (squared: the unit of y**2),
        and [(dw, db), ...] of the shapes of layers

    Error: about 1e-16 a layer, relative. ValueError: unknown loss, y of
    wrong shape, labels that are no integers from 0 to K - 1.
    Source: Nielsen 2015, Neural Networks and Deep Learning, chapter 3
    """
    if loss not in LOSSES:
        raise ValueError(f"loss must be one of {', '.join(LOSSES)}, "
                         f"got {loss!r}")
    scores, trace = forward(layers, x, **how)
    value, dscores = LOSSES[loss](scores, _targets(y, scores, loss))
    return value, backward(layers, trace, dscores, **how)


def descend(layers, gradients, lr):
    """One step of gradient descent.

        w <- w - lr dw,   b <- b - lr db

    layers, gradients : [(w, b), ...] and [(dw, db), ...]
    lr : float, or one rate a layer; units of w**2 / loss
    returns layers after the step; what was given stays as it was

    Error: rounding. ValueError: lr negative, not finite, or of wrong shape.
    Source: Cauchy 1847, C. R. Acad. Sci. Paris 25, 536-538
    """
    rates = np.asarray(lr, dtype=float)
    if rates.shape not in ((), (len(layers),)) or not np.all(
            (rates >= 0) & (rates < np.inf)):
        raise ValueError(f"lr must be finite and >= 0, one number or "
                         f"{len(layers)}, got {lr}")
    rates = np.broadcast_to(rates, len(layers))
    return [(w - rate * dw, b - rate * db) for rate, (w, b), (dw, db)
            in zip(rates, layers, gradients)]


def _softmax(z, y):
    """Mean cross-entropy of softmax(z) against labels, and dL/dz."""
    rows = np.arange(len(y))
    s = z - z.max(axis=1, keepdims=True)
    e = np.exp(s)
    total = e.sum(axis=1, keepdims=True)
    onehot = np.eye(z.shape[1])[y]
    loss = np.mean(np.log(total[:, 0]) - s[rows, y])
    return loss, (e / total - onehot) / len(y)


def _sigmoid(z, y):
    """Mean binary cross-entropy, summed over outputs, and dL/dz."""
    a = ACTIVATIONS["sigmoid"][0](z)
    loss = np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))
    return np.sum(loss) / len(y), (a - y) / len(y)


def _squared(z, y):
    """Mean of half the squared error, summed over outputs, and dL/dz."""
    return np.sum((z - y) ** 2) / 2 / len(y), (z - y) / len(y)


LOSSES = {"softmax": _softmax, "sigmoid": _sigmoid, "squared": _squared}


def _standardize(z, axis):
    """Mean 0 and variance 1 along an axis, and the deviation divided by."""
    std = np.sqrt(z.var(axis=axis, keepdims=True) + EPS)
    return (z - z.mean(axis=axis, keepdims=True)) / std, std


def _unstandardize(dz, z, std, axis):
    """The gradient before the standardization, from the one behind it."""
    along = dict(axis=axis, keepdims=True)
    return (dz - dz.mean(**along) - z * (dz * z).mean(**along)) / std


def _checked(layers, x, activation, norm):
    """float64 x, or a ValueError that names the cause."""
    for name, value, known in (("activation", activation, ACTIVATIONS),
                               ("norm", norm, {None: 0, **NORMS})):
        if value not in known:
            raise ValueError(f"{name} must be one of "
                             f"{', '.join(map(str, known))}, got {value!r}")
    x, width = np.asarray(x, dtype=float), len(layers[0][0])
    if x.ndim != 2 or x.shape[1] != width or not len(x):
        raise ValueError(f"x must be (N, {width}), got {x.shape}")
    if not np.all(np.isfinite(x)):
        raise ValueError(f"x must be finite, got {x[~np.isfinite(x)][0]}")
    return x


def _targets(y, scores, loss):
    """Targets as the loss wants them, or a ValueError."""
    y, classes = np.asarray(y), scores.shape[1]
    wanted = scores.shape[:1] if loss == "softmax" else scores.shape
    if y.shape != wanted:
        raise ValueError(f"y must be {wanted} for {loss}, got {y.shape}")
    if loss == "softmax" and not (np.issubdtype(y.dtype, np.integer)
                                  and np.all((y >= 0) & (y < classes))):
        raise ValueError(f"y must be integers from 0 to {classes - 1}")
    if loss == "sigmoid" and not np.all((y >= 0) & (y <= 1)):
        raise ValueError("y must be from 0 to 1")
    return y


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)      # two classes, like XOR
    print("epoch   loss    right")
    layers = initialize((2, 16, 16, 2), rng)
    for epoch in range(601):
        if epoch % 100 == 0:
            loss, _ = loss_and_gradients(layers, x, y)
            right = np.mean(forward(layers, x)[0].argmax(axis=1) == y)
            print(f"{epoch:5d}  {loss:6.3f}   {right:5.0%}")
        _, gradients = loss_and_gradients(layers, x, y)
        layers = descend(layers, gradients, lr=0.5)
