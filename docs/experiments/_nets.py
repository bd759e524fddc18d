"""Small nets with full-batch loss and gradient, for measuring how large a rate they bear.

Every net is (shapes, both): the shapes of its parameters, and a function of all
of them as one vector that returns loss and gradient. The loss is half the
squared error, summed over the outputs and averaged over the images.
"""

import math

import numpy as np

from docs.experiments import _tables

ACTIVATIONS = {  # name: a(z), and da/dz written with a
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0) * 1.0),
}
GAIN = {"tanh": 1.0, "sigmoid": 1.0, "relu": np.sqrt(2)}  # times 1/sqrt(n) at the start
PIECES = {"batch": 0, "layer": 1}  # the axis over which z is normalized


def digits(n):
    """The first n images, (n, 64) in 0..1, and their targets, (n, 10) in {0, 1}."""
    x, y = _tables.digits()
    return x[:n], np.eye(10)[y[:n]]


def start(shapes, rng, scale=1.0):
    """Weights N(0, scale^2 / n) with n inputs, biases zero."""
    return np.concatenate([(rng.normal(size=shape) * scale / np.sqrt(shape[0])).ravel() if len(shape) == 2
                           else np.zeros(shape) for shape in shapes])


def split(w, shapes):
    """The parameters as views of the one vector."""
    parts, start = [], 0
    for shape in shapes:
        end = start + math.prod(shape)
        parts.append(w[start:end].reshape(shape))
        start = end
    return parts


def _join(gradients):
    return np.concatenate([g.ravel() for g in gradients])


def _half_squares(o, t, divide=None):
    n = len(o) if divide is None else divide
    return np.sum((o - t) ** 2) / (2 * n), (o - t) / n


def mlp(x, t, hidden, activation="tanh", norm=None, mean=True):
    """Layers of the given widths; norm: None, "batch" or "layer", on z, without gain and shift."""
    sizes = (x.shape[1], *hidden, t.shape[1])
    shapes = [shape for i, o in zip(sizes, sizes[1:]) for shape in ((i, o), (o,))]
    act, slope = ACTIVATIONS[activation]
    axis = PIECES.get(norm)

    def both(w):
        weights = split(w, shapes)
        inputs, normed, spreads = [x], [], []
        for W, b in zip(weights[:-2:2], weights[1:-2:2]):
            z, spread = inputs[-1] @ W + b, 1.0
            if axis is not None:
                z = z - z.mean(axis, keepdims=True)
                spread = np.sqrt((z * z).mean(axis, keepdims=True) + 1e-5)
                z = z / spread
            inputs.append(act(z))
            normed.append(z)
            spreads.append(spread)
        loss, d = _half_squares(inputs[-1] @ weights[-2] + weights[-1], t, None if mean else 1)
        gradients = [inputs[-1].T @ d, d.sum(0)]
        for k in range(len(hidden) - 1, -1, -1):
            d = d @ weights[2 * k + 2].T * slope(inputs[k + 1])
            if axis is not None:
                z = normed[k]
                d = (d - d.mean(axis, keepdims=True) - z * (d * z).mean(axis, keepdims=True)) / spreads[k]
            gradients[:0] = [inputs[k].T @ d, d.sum(0)]
        return loss, _join(gradients)

    return shapes, both


def recurrent(pieces, t, units=32):
    """h <- tanh(x U + h W + b) for each of the pieces (N, D) in turn; o = h V + c."""
    shapes = [(pieces[0].shape[1], units), (units, units), (units,), (units, t.shape[1]), (t.shape[1],)]

    def both(w):
        U, W, b, V, c = split(w, shapes)
        states = [np.zeros((len(t), units))]
        for x in pieces:
            states.append(np.tanh(x @ U + states[-1] @ W + b))
        loss, d = _half_squares(states[-1] @ V + c, t)
        last = [states[-1].T @ d, d.sum(0)]
        dU, dW, db = np.zeros_like(U), np.zeros_like(W), np.zeros_like(b)
        d = d @ V.T
        for x, before, h in reversed(list(zip(pieces, states, states[1:]))):
            d = d * (1 - h * h)
            dU += x.T @ d
            dW += before.T @ d
            db += d.sum(0)
            d = d @ W.T
        return loss, _join([dU, dW, db, *last])

    return shapes, both


def convolutional(x, t, channels=8, size=3):
    """Square images: one layer of size x size kernels, tanh, and a linear output from all places."""
    side = int(np.sqrt(x.shape[1]))
    windows = np.lib.stride_tricks.sliding_window_view(x.reshape(-1, side, side), (size, size), axis=(1, 2))
    places = windows.shape[1] * windows.shape[2]
    patches = windows.reshape(-1, size * size)
    shapes = [(size * size, channels), (channels,), (places * channels, t.shape[1]), (t.shape[1],)]

    def both(w):
        K, b, V, c = split(w, shapes)
        a = np.tanh(patches @ K + b)
        flat = a.reshape(len(t), -1)
        loss, d = _half_squares(flat @ V + c, t)
        last = [flat.T @ d, d.sum(0)]
        d = (d @ V.T).reshape(a.shape) * (1 - a * a)
        return loss, _join([patches.T @ d, d.sum(0), *last])

    return shapes, both
