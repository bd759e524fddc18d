"""The run that explodes after a long calm, many times over: what of it does not hang on rounding."""

import numpy as np

RUNS = 200
JITTER = 1e-12  # radians: so much the valleys differ, which no other run would notice


def bursts(curvatures, start, angle, lr, steps):
    """Each step divided by the root mean square of all gradients so far, at a constant rate.

    Returns two arrays (RUNS,): the largest rise of the loss above the lowest so
    far, as a factor, and the loss at the end. Bursts are chaotic: two runs that
    differ by rounding have bursts of different heights at different steps.
    """
    angles = angle + JITTER * np.random.default_rng(0).normal(size=RUNS)
    c, s = np.cos(angles), np.sin(angles)
    (flat, steep), (u, v) = curvatures, start
    a, b, d = c * c * flat + s * s * steep, c * s * (flat - steep), s * s * flat + c * c * steep
    w = np.array([c * u - s * v, s * u + c * v])
    squares, lowest, worst = np.zeros_like(w), np.full(RUNS, np.inf), np.ones(RUNS)
    for t in range(1, steps + 2):
        g = np.array([a * w[0] + b * w[1], b * w[0] + d * w[1]])
        loss = np.sum(g * w, axis=0) / 2
        lowest = np.minimum(lowest, loss)
        worst = np.maximum(worst, loss / lowest)
        squares += g * g
        w = w - lr * g / np.sqrt(squares / t)
    return worst, loss


def one_digit(value):
    """Of a number of a chaotic run no more than the first digit."""
    return float(f"{value:.0e}")
