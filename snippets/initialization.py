"""Initialization: how large the initial weights are, and that they differ.

    n     inputs of a unit (fan-in)       w, v  weights of a layer
    std   deviation of the weights        z     a w, the pre-activation
    x     inputs, mean square 1           a     f(z), input of the next layer
"""
import numpy as np


def xavier(n_in, n_out, rng):
    """Weights that suit tanh: a compromise between way forth and way back.

        w ~ N(0, std**2),  std**2 = 2 / (n_in + n_out)

    n_in, n_out : units before and behind;  rng : numpy Generator
    returns w : (n_in, n_out), no unit

    Error: none; n_in weights miss the variance by about sqrt(2 / n_in).
    ValueError: n_in or n_out no integer >= 1.
    Source: Glorot & Bengio 2010, PMLR 9, eq. 12; their eq. 16 draws from
    a uniform distribution of the same variance
    """
    _check_sizes(n_in, n_out)
    return rng.normal(0, np.sqrt(2 / (n_in + n_out)), (n_in, n_out))


def he(n_in, n_out, rng):
    """Weights that suit ReLU: twice 1 / n, as ReLU drops half of the square.

        w ~ N(0, std**2),  std**2 = 2 / n_in

    n_in, n_out : units before and behind;  rng : numpy Generator
    returns w : (n_in, n_out), no unit

    Error: none; n_in weights miss the variance by about sqrt(2 / n_in).
    ValueError: n_in or n_out no integer >= 1.
    Source: He et al. 2015, arXiv:1502.01852, eq. 10
    """
    _check_sizes(n_in, n_out)
    return rng.normal(0, np.sqrt(2.0 / n_in), (n_in, n_out))


def zeros(n_in, n_out):
    """The broken twin: all units of a layer are alike, and stay alike.

        w = 0

    n_in, n_out : units before and behind
    returns w : (n_in, n_out), all 0

    Error: the units never part. ValueError: n_in or n_out no integer >= 1.
    Source: Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0, who
    start with small random weights for this reason
    """
    _check_sizes(n_in, n_out)
    return np.zeros((n_in, n_out))


def layer_variances(weights, x, f):
    """Mean square of z in each layer, without biases.

        z = a w,  a = f(z);  for ReLU the expected mean square is
        multiplied by n std**2 / 2 from layer to layer

    weights : [w, ...], each (n_in, n_out);  x : (N, n_in of the first)
    f : activation function, such as np.tanh
    returns variances : (layers,), in units of z**2; over weights of mean 0
        the mean of z is 0, so this is the variance

    Error: one net; it strays from the expectation by a factor that grows
    with layers / n. ValueError: x not (N, n_in), empty or not finite.
    Source: He et al. 2015, arXiv:1502.01852, section 2.2
    """
    a, variances = _inputs(x, weights[0]), []
    for w in weights:
        z = a @ w                                # (N, n_out)
        variances.append(np.mean(z**2))
        a = f(z)
    return np.array(variances)


def train_two_layers(w, v, x, y, lr=0.1, steps=5000):
    """Gradient descent on a net with one hidden tanh layer, no biases.

        o = tanh(x w) v,  L = mean (o - y)**2 / 2

    w : (D, H), v : (H, 1) initial weights;  x : (N, D);  y : (N, 1) targets
    lr : float, units of w**2 / loss;  steps : int
    returns w, v, loss : as given, after training; loss in the unit of y**2

    Error: rounding. ValueError: x not (N, D) or not finite; lr not > 0.
    Source: Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0
    """
    x = _inputs(x, w)
    if not 0 < lr < np.inf:
        raise ValueError(f"lr must be positive and finite, got {lr}")
    for _ in range(steps):
        a = np.tanh(x @ w)                       # (N, H)
        do = (a @ v - y) / len(x)                # (N, 1)
        dz = do @ v.T * (1 - a**2)               # (N, H)
        w, v = w - lr * x.T @ dz, v - lr * a.T @ do
    return w, v, np.mean((np.tanh(x @ w) @ v - y) ** 2) / 2


def _check_sizes(n_in, n_out):
    """A ValueError that names what is no size."""
    for name, n in (("n_in", n_in), ("n_out", n_out)):
        if n != int(n) or n < 1:
            raise ValueError(f"{name} must be an integer >= 1, got {n}")


def _inputs(x, w):
    """float64 x, or a ValueError that names the cause."""
    x = np.asarray(x, dtype=float)
    if x.ndim != 2 or x.shape[1] != len(w) or not len(x):
        raise ValueError(f"x must be (N, {len(w)}), got {x.shape}")
    if not np.all(np.isfinite(x)):
        raise ValueError(f"x must be finite, got {x[~np.isfinite(x)][0]}")
    return x


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    n, depth = 100, 30
    x = rng.normal(size=(50, n))
    print("Variance of z in layers 1, 10, 20, 30, all ReLU:")
    for name, start, std in (("1/n", xavier, np.sqrt(1 / n)),
                             ("he", he, np.sqrt(2 / n))):
        weights = [start(n, n, rng) for _ in range(depth)]
        found = layer_variances(weights, x, lambda z: np.maximum(z, 0))
        theory = (n * std**2 / 2) ** np.arange(depth) * n * std**2
        for label, v in (("one net", found), ("theory", theory)):
            print(f"  {name:4} {label:8}",
                  *(f"{v[k]:9.1e}" for k in (0, 9, 19, 29)))

    x = np.linspace(-2, 2, 50)[:, None]          # (50, 1)
    y = np.sin(2 * x)
    print("Three hidden tanh units learn sin(2 x) in 5000 steps:")
    for name, w, v in (
            ("zeros", zeros(1, 3), zeros(3, 1)),
            ("all 0.5", np.full((1, 3), 0.5), np.full((3, 1), 0.5)),
            ("xavier", xavier(1, 3, rng), xavier(3, 1, rng))):
        w, v, loss = train_two_layers(w, v, x, y)
        print(f"  {name:8} loss {loss:.3f}   weights into the units:",
              *(f"{p:6.2f}" for p in w[0]))
