"""Cross-entropy: the loss that takes the slowdown out of the output.

    x, y   the input and the target          z   w x + b, the logit
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


def binary_cross_entropy(z, y):
    """Cross-entropy of sigmoid(z) against y, with its gradient in z.

        L  = -y ln a - (1 - y) ln(1 - a),  with a = sigmoid(z)
           = max(z, 0) - y z + ln(1 + exp(-|z|))
        dz = a - y                     the slope a (1 - a) has cancelled

    z, y : shapes that broadcast;  y is the target, 0 .. 1
    returns L, dz : that shape, one loss a neuron, L in nats (guessing
        a = 1/2 costs ln 2), dz without unit

    Error: L about 3e-16, relative, if y is 0 or 1 (L > 1e-308), otherwise
    3e-16 * max(1, |z|), absolute;  dz about 2e-16, absolute. Every exp() is
    <= 1 and every log() sees a value >= 1, so no epsilon is needed.
    ValueError: z or y empty, not finite, of unlike shape; y not in 0 .. 1.
    Source: Blanchard, Higham & Higham 2021, doi:10.1093/imanum/draa038
    (log-sum-exp of 0 and z);  Hinton 1989, doi:10.1016/0004-3702(89)90049-0
    """
    z, y = _floats(z=z, y=y)
    loss = np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))
    return loss, sigmoid(z) - y


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
        loss, dz = binary_cross_entropy(z, y)
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
    print("x = 1, target y = 0, cross-entropy; output after each epoch")
    print("        lr = 0.15                  lr = 0.005")
    print("epoch   start 1   start 2          start 1   start 2")
    run = train_neuron(w=[0.6, 2.0, 0.6, 2.0], b=[0.9, 2.0, 0.9, 2.0],
                       lr=[0.15, 0.15, 0.005, 0.005])
    for t in range(0, 301, 50):
        print("{:5d}   {:7.3f}   {:7.3f}          {:7.3f}   {:7.3f}".format(
            t, *run.a[t]))
    print(">= 0.5  {:7d}   {:7d}          {:7d}   {:7d}   epochs".format(
        *np.sum(run.a >= 0.5, axis=0)))
    print("First dL/dw: {:.3f} from start 1, {:.3f} from start 2.".format(
        *run.dw[0, :2]))
    loss, dz = binary_cross_entropy([40.0, 1000.0], 0.0)
    print(f"Wrong by z = 40 and z = 1000: {loss[0]:.1f} and {loss[1]:.1f} "
          f"nats, gradients {dz[0]:.3f} and {dz[1]:.3f}.")
