"""Unstable gradients: how fast each layer of a deep network would learn.

    x  inputs, one row an example     w, b  parameters of a layer
    z  a w + b                        a     f(z), what the next layer sees
    y  targets, 0 .. 1                dz    dL/dz, and the mean of it dL/db

The outputs are sigmoids with binary cross-entropy, whatever f is.
"""
import numpy as np


ACTIVATIONS = {                # name: (a of z, slope da/dz of a)
    "sigmoid": (lambda z: (1 + np.tanh(z / 2)) / 2, lambda a: a * (1 - a)),
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "relu": (lambda z: np.maximum(z, 0), lambda a: np.where(a > 0, 1.0, 0)),
}


def random_layers(sizes, rng, scale=1.0, bias=1.0):
    """A fresh network: normal weights of variance scale**2 / n_in.

    sizes : (n_0, n_1, ..., n_L) units of each layer, the inputs first
    rng : numpy Generator;  scale : of the weights;  bias : standard
        deviation of the biases
    returns layers : [(w, b), ...], w (n_in, n_out), b (n_out,), no unit

    Error: none beyond rounding. ValueError: fewer than two sizes, a size
    < 1, scale or bias negative or not finite.
    Source: Nielsen 2015, Neural Networks and Deep Learning, chapter 3
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes must be two or more, all >= 1, got {sizes}")
    for name, value in (("scale", scale), ("bias", bias)):
        if not 0 <= value < np.inf:
            raise ValueError(f"{name} must be finite and >= 0, got {value}")
    return [(rng.normal(0, scale / np.sqrt(n_in), (n_in, n_out)),
             rng.normal(0, bias, n_out))
            for n_in, n_out in zip(sizes[:-1], sizes[1:])]


def layer_gradients(layers, x, y, activation="sigmoid"):
    """The gradient of the mean loss in the biases, layer by layer.

        last layer:    dz = sigmoid(z) - y
        on the way:    dz = (dz_next w_next^T) f'(z)
        every layer:   dL/db = mean of dz over the N examples

    The norm of dL/db is the speed with which the layer starts to learn.

    layers : [(w, b), ...], the output layer last
    x : (N, n_0);  y : (N, n_L), each 0 .. 1;  activation : a key of
        ACTIVATIONS, for the hidden layers
    returns gradients : [dL/db, ...], (n_out,) each, in nats

    Error: about 1e-16 a factor, absolute, as 1 - a is. ValueError:
    unknown activation, x or y not finite or of wrong shape, y outside
    0 .. 1.
    Source: Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0
    """
    x, y = _checked(layers, x, y, activation)
    f, slope = ACTIVATIONS[activation]
    before = [x]                                 # what each layer sees
    for w, b in layers[:-1]:
        before.append(f(before[-1] @ w + b))     # (N, n_out)
    w, b = layers[-1]
    dz = ACTIVATIONS["sigmoid"][0](before[-1] @ w + b) - y
    gradients = [dz.mean(axis=0)]
    for (w, _), a in zip(layers[:0:-1], before[:0:-1]):
        dz = dz @ w.T * slope(a)                 # one factor more
        gradients.append(dz.mean(axis=0))
    return gradients[::-1]


def chain_gradient(w, z, activation="sigmoid"):
    """dz_L / db_1 in a chain of single neurons: a product of factors.

        dz_L / db_1 = prod_l  w_(l+1) f'(z_l),     l = 1 .. L-1

    w : (L-1,) weights behind the neurons;  z : (L-1,) pre-activations
    activation : a key of ACTIVATIONS
    returns the product, a float without unit

    Error: about 1e-16 a factor, absolute. ValueError: unknown activation,
    w and z not of one shape (L-1,), or not finite.
    Source: Hochreiter et al. 2001, in: A field guide to dynamical
    recurrent neural networks, IEEE Press
    """
    _known(activation)
    w, z = np.asarray(w, dtype=float), np.asarray(z, dtype=float)
    if w.ndim != 1 or w.shape != z.shape:
        raise ValueError(f"w and z must be of one shape (L-1,), got "
                         f"{w.shape} and {z.shape}")
    if not np.all(np.isfinite([w, z])):
        raise ValueError(f"w and z must be finite, got {w} and {z}")
    f, slope = ACTIVATIONS[activation]
    return float(np.prod(w * slope(f(z))))


def _known(activation):
    """Raise a ValueError unless it is a key of ACTIVATIONS."""
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of "
                         f"{', '.join(ACTIVATIONS)}, got {activation!r}")


def _checked(layers, x, y, activation):
    """float64 x and y, or a ValueError that names the cause."""
    _known(activation)
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    inputs, outputs = len(layers[0][0]), len(layers[-1][1])
    if x.ndim != 2 or x.shape[1] != inputs or not len(x):
        raise ValueError(f"x must be (N, {inputs}), got {x.shape}")
    if y.shape != (len(x), outputs):
        raise ValueError(f"y must be {(len(x), outputs)}, got {y.shape}")
    if not np.all(np.isfinite(x)):
        raise ValueError(f"x must be finite, got {x[~np.isfinite(x)][0]}")
    if not np.all((y >= 0) & (y <= 1)):
        raise ValueError("y must be from 0 to 1")
    return x, y


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, (300, 64))
    y = np.eye(10)[rng.integers(0, 10, 300)]     # ten classes
    print("|dL/db| of the hidden layers at the start, the first one first")
    for scale in (1.0, 20.0):
        for depth in (2, 4, 6):
            layers = random_layers((64, *depth * [30], 10), rng, scale)
            speeds = [np.linalg.norm(g) for g in layer_gradients(layers, x, y)]
            print(f"weights x {scale:2.0f}:",
                  *(f"{speed:8.4f}" for speed in speeds[:-1]))

    print("a chain of ten sigmoid neurons, each with z = 0")
    for w in (1.0, 4.0, 100.0):
        product = chain_gradient(np.full(9, w), np.zeros(9))
        print(f"w = {w:3.0f}: nine factors of {w / 4:5.2f} give {product:.1e}")
