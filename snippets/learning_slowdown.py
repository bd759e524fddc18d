"""Learning slowdown: a badly wrong sigmoid neuron hardly learns.

    x, y   the input and the target          z   w x + b
    w, b   weight and bias                   a   sigmoid(z), the output
    lr     learning rate                     dz  dL/dz, and so dw = dL/dw
"""
from typing import NamedTuple

import numpy as np


def sigmoid(z):
    """The logistic function, safe for every finite z.

        a = 1 / (1 + exp(-z)),  with slope  da/dz = a (1 - a)

    z : any shape
    returns a : same shape, 0 .. 1, no unit

    Error: about 3e-16, relative, where z > -708; below -745.2 a is 0.
    exp() is <= 1, so it never overflows. ValueError: z empty, not finite.
    Source: Blanchard, Higham & Higham 2021, doi:10.1093/imanum/draa038
    (the shifted softmax, here of the two logits 0 and z)
    """
    [z] = _floats(z=z)
    e = np.exp(-np.abs(z))                       # in [0, 1]
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def quadratic_loss(z, y):
    """Quadratic loss of a sigmoid neuron, with its gradient in z.

        L  = (a - y)**2 / 2,  with a = sigmoid(z)
        dz = (a - y) a (1 - a)         a (1 - a) is the slope of sigmoid

    z, y : shapes that broadcast;  y is the target, 0 .. 1
    returns L, dz : that shape, one loss a neuron, both without unit

    Error: about 2e-16, absolute; dz is 0 where z > 37, as a rounds to 1.
    ValueError: z or y empty, not finite, of unlike shape; y not in 0 .. 1.
    Source: Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0
    """
    z, y = _floats(z=z, y=y)
    a = sigmoid(z)
    return (a - y) ** 2 / 2, (a - y) * a * (1 - a)


class History(NamedTuple):
    """Entry 0 is the start, entry t the neuron after t updates."""

    w: np.ndarray     # (epochs + 1, ...)
    b: np.ndarray     # (epochs + 1, ...)
    a: np.ndarray     # (epochs + 1, ...)  output
    loss: np.ndarray  # (epochs + 1, ...)
    dw: np.ndarray    # (epochs + 1, ...)  dL/dw, which the next update uses


def train_neuron(w, b, x=1.0, y=0.0, lr=0.15, epochs=300):
    """Gradient descent for one sigmoid neuron on one example.

        w <- w - lr dL/dw,   dL/dw = dz x
        b <- b - lr dL/db,   dL/db = dz

    w, b, x, y, lr : shapes that broadcast, so a grid of starts or rates
        trains in one call;  y is 0 .. 1;  lr has the units of w**2 / loss
    returns History of five arrays (epochs + 1, ...)

    Error: rounding, about 1e-16 a step. ValueError: an argument empty, not
    finite, of unlike shape; y not in 0 .. 1; lr <= 0; epochs no integer >= 0.
    Source: Nielsen 2015, Neural Networks and Deep Learning, chapter 3
    """
    w, b, x, y, lr = _floats(w=w, b=b, x=x, y=y, lr=lr)
    if not isinstance(epochs, (int, np.integer)) or epochs < 0:
        raise ValueError(f"epochs must be an integer >= 0, got {epochs!r}")
    path = []
    for _ in range(epochs + 1):
        z = w * x + b
        loss, dz = quadratic_loss(z, y)
        dw, db = dz * x, dz
        path.append((w, b, sigmoid(z), loss, dw))
        w, b = w - lr * dw, b - lr * db
    return History(*map(np.array, zip(*path)))


def _floats(**arguments):
    """float64 arrays of one shape, or a ValueError that names the cause."""
    arrays = {}
    for name, value in arguments.items():
        try:
            v = np.asarray(value).astype(np.float64, casting="same_kind")
        except (TypeError, ValueError):
            raise ValueError(
                f"{name} must be numbers, got {value!r}") from None
        if v.size == 0:
            raise ValueError(f"{name} must not be empty, got shape {v.shape}")
        ok, rule = np.isfinite(v), "finite"
        if name == "y":
            ok, rule = (v >= 0) & (v <= 1), "from 0 to 1"
        if name == "lr":
            ok, rule = (v > 0) & (v < np.inf), "positive and finite"
        if not np.all(ok):
            raise ValueError(f"{name} must be {rule}, got {v[~ok][0]:g}")
        arrays[name] = v
    try:
        return np.broadcast_arrays(*arrays.values())
    except ValueError:
        shapes = ", ".join(f"{name} {v.shape}" for name, v in arrays.items())
        raise ValueError(f"shapes must broadcast, got {shapes}") from None


if __name__ == "__main__":
    lr = 0.15
    wrong = train_neuron(w=0.6, b=0.9, lr=lr)
    badly_wrong = train_neuron(w=2.0, b=2.0, lr=lr)

    print(f"x = 1, target y = 0, lr = {lr}, quadratic loss")
    print("         start (0.6, 0.9)     start (2, 2)")
    print("epoch    output   dL/dw       output   dL/dw")
    for t in range(0, 301, 50):
        print(f"{t:5d}    {wrong.a[t]:6.3f}   {wrong.dw[t]:6.4f}"
              f"      {badly_wrong.a[t]:6.3f}   {badly_wrong.dw[t]:6.4f}")
    ratio = wrong.dw[0] / badly_wrong.dw[0]
    print(f"Epoch 0: the first gradient is {ratio:.1f} times the second.")
    print("Epochs with an output of 0.5 or more: {} and {}.".format(
        np.sum(wrong.a >= 0.5), np.sum(badly_wrong.a >= 0.5)))
