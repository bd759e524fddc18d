"""Runs of gradient descent whose loss has stopped falling, for a reason that is known.

`stuck_runs(seed)` draws 200 of them: random quadratics, the line through ten points,
and small nets. How a run was made fixes its cause, and what comes after its end
confirms it; a run on the border between two causes is drawn again. Nothing here
knows of explain_plateau.
"""

from typing import NamedTuple

import numpy as np

from docs.experiments._surface import INPUTS, Y
from snippets.gradient_descent import gradient_descent

CAUSES = ("converged", "bouncing", "saddle or flat", "still falling")
EACH, NETS = 50, 20  # runs of each cause, and how many of them are nets
TRIES, HIDDEN = 32, 3  # nets trained side by side, and their hidden neurons
LITTLE, MUCH = 0.001, 0.05  # of the loss: what is left to gain when converged, and when not


class Run(NamedTuple):
    cause: str
    kind: str  # quadratic, line or net
    surface: object  # with loss(w) and gradient(w), for w of shape (..., D)
    path: np.ndarray  # (steps + 1, D)
    losses: np.ndarray  # (steps + 1,)
    norms: np.ndarray  # (steps + 1,) of the gradient
    lr: float


class Bowl(NamedTuple):
    """A quadratic; a bowl where all eigenvalues are positive."""

    hessian: np.ndarray
    optimum: np.ndarray
    floor: float

    def loss(self, w):
        d = w - self.optimum
        return self.floor + np.sum((d @ self.hessian) * d, axis=-1) / 2

    def gradient(self, w):
        return (w - self.optimum) @ self.hessian


class Nets(NamedTuple):
    """Small nets side by side, one hidden layer of tanh; half the mean squared error, with L2."""

    x: np.ndarray  # (K, N, inputs), the last input is 1; or one net, without K
    y: np.ndarray  # (K, N)
    penalty: np.ndarray  # (K, 1)
    sigmoid: bool  # the output: sigmoid or linear

    def one(self, k):
        return self._replace(x=self.x[k], y=self.y[k], penalty=self.penalty[k])

    def _forward(self, w):
        inputs = self.x.shape[-1]
        v = w[..., : HIDDEN * inputs].reshape(*w.shape[:-1], HIDDEN, inputs)
        a = np.tanh(self.x @ np.swapaxes(v, -1, -2))  # (..., N, HIDDEN)
        z = (a @ w[..., -HIDDEN - 1 : -1, None])[..., 0] + w[..., -1:]
        return a, 1 / (1 + np.exp(-z)) if self.sigmoid else z

    def loss(self, w):
        return (np.mean((self._forward(w)[1] - self.y) ** 2, axis=-1) + np.sum(self.penalty * w**2, axis=-1)) / 2

    def gradient(self, w):
        a, out = self._forward(w)
        dz = (out - self.y) / self.y.shape[-1]
        if self.sigmoid:
            dz = dz * out * (1 - out)
        dh = dz[..., None] * w[..., None, -HIDDEN - 1 : -1] * (1 - a**2)  # (..., N, HIDDEN)
        dv = np.swapaxes(dh, -1, -2) @ self.x
        parts = dv.reshape(*w.shape[:-1], -1), (dz[..., None, :] @ a)[..., 0, :], dz.sum(axis=-1, keepdims=True)
        return np.concatenate(parts, axis=-1) + self.penalty * w

    def descend(self, start, lr, steps):
        """All nets at once, each at its own rate: path (steps + 1, K, D)."""
        return gradient_descent(lambda w: lr[:, None] * self.gradient(w), start, 1.0, steps)


def hessian(surface, w, h=1e-5):
    """From centred differences of the gradient."""
    steps = h * np.eye(len(w))
    rows = (surface.gradient(w + steps) - surface.gradient(w - steps)) / (2 * h)
    return (rows + rows.T) / 2


def left_to_gain(surface, w):
    """Newton's estimate of the fall to the bottom, as a share of the loss; infinite without a bottom."""
    h, g = hessian(surface, w), surface.gradient(w)
    if np.linalg.eigvalsh(h)[0] <= 0:
        return np.inf
    return g @ np.linalg.solve(h, g) / 2 / surface.loss(w)


def stuck_runs(seed):
    """200 runs, 50 of each cause: 20 nets; the others are quadratics and, in a bowl, lines."""
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):  # what diverges is drawn again
        return [run for cause in CAUSES for run in [*nets(cause, rng), *quadratics(cause, rng)]]


def _run(cause, kind, surface, path, lr):
    norms = np.linalg.norm(surface.gradient(path), axis=-1)
    return Run(cause, kind, surface, path, surface.loss(path), norms, float(lr))


# Quadratics -------------------------------------------------------------------


def quadratics(cause, rng):
    kinds = ("quadratic",) if cause == "saddle or flat" else ("quadratic", "line")
    runs = []
    while len(runs) < EACH - NETS:
        kind = kinds[len(runs) % len(kinds)]
        drawn = (_line if kind == "line" else _quadratic)(cause, rng)
        if drawn is not None:
            runs.append(_run(cause, kind, *drawn))
    return runs


def _quadratic(cause, rng):
    size = rng.integers(2, 7)
    lam = 10 ** rng.uniform(-2.5, 0, size)
    lam[-1] = 1.0
    if cause == "saddle or flat":
        lam[: rng.integers(1, size)] *= -1
    q = np.linalg.qr(rng.normal(size=(size, size)))[0]
    start = q @ (rng.normal(size=size) * np.where(lam < 0, 10 ** rng.uniform(-6, -2), 1))
    scale = 10 ** rng.uniform(-2, 2)
    bowl = Bowl(scale * (q * lam) @ q.T, np.zeros(size), 0.0)
    bowl = bowl._replace(floor=abs(bowl.loss(start)) * 10 ** rng.uniform(-2, 0))
    return _saddle(bowl, start, rng) if cause == "saddle or flat" else _bowl(cause, bowl, start, rng)


def _line(cause, rng):
    """The ten-point regression: raw, centred or standardized inputs."""
    x = INPUTS.copy()
    if cause == "converged" or rng.random() < 0.5:
        x[:, 1] = (x[:, 1] - x[:, 1].mean()) / x[:, 1].std() ** rng.uniform(0.3, 1)
    optimum = np.linalg.lstsq(x, Y, rcond=None)[0]
    bowl = Bowl(2 * x.T @ x, optimum, np.sum((x @ optimum - Y) ** 2))
    return _bowl(cause, bowl, optimum + rng.normal(size=2) * (100, 400 / x[:, 1].std()), rng)


def _bowl(cause, bowl, start, rng):
    """A run in a bowl that ends for the given cause, or None if it is not clear enough."""
    low, *_, high = np.linalg.eigvalsh(bowl.hessian)
    if cause == "bouncing":
        steps = rng.integers(100, 1000)
        lr = 2 / high * (1 - 10 ** rng.uniform(-9, -1.5) / steps)
    else:
        lr = rng.uniform(0.1, 1.9) / high
        times = rng.uniform(4, 12) if cause == "converged" else rng.uniform(0.02, 1)
        steps = max(40, round(times / (lr * low)))
    if steps > 5000:
        return None
    path = gradient_descent(bowl.gradient, start, lr, steps)
    high_vector = np.linalg.eigh(bowl.hessian)[1][:, -1]
    bounce = high * ((path[-1] - bowl.optimum) @ high_vector) ** 2 / 2 / bowl.loss(path[-1])
    left = 1 - bowl.floor / bowl.loss(path[-1])
    clear = {"converged": left < LITTLE, "bouncing": bounce > MUCH, "still falling": left > MUCH}[cause]
    return (bowl, path, lr) if clear else None


def _saddle(saddle, start, rng):
    """Stopped on the plateau: later the loss falls without end."""
    lr = rng.uniform(0.1, 1.5) / np.linalg.eigvalsh(saddle.hessian)[-1]
    return _before_escape(saddle, gradient_descent(saddle.gradient, start, lr, 1500), lr, rng)


def _before_escape(surface, path, lr, rng):
    """A path cut off on its plateau: the loss has stopped, and later it falls to half.

    The cut is at 60 to 100 % of the way to the step that leaves the plateau by 1 %.
    """
    losses = surface.loss(path)
    slow = np.argmax(-np.diff(losses) < 1e-4 * losses[1:])  # here the plateau begins
    stop = round(rng.uniform(0.6, 1) * np.argmax(losses < 0.99 * losses[slow]))
    if stop < 40 or losses[-1] > 0.5 * losses[stop] or losses[stop * 4 // 5] > 1.01 * losses[stop]:
        return None
    return surface, path[: stop + 1], lr


# Nets -------------------------------------------------------------------------


def nets(cause, rng):
    make = {"converged": _to_the_end, "bouncing": _too_fast, "still falling": _unfinished}
    runs = []
    while len(runs) < NETS:
        for sigmoid in (False, True):
            if cause == "saddle or flat":
                drawn = _saturated(rng) if sigmoid else _symmetric(rng)
            else:
                drawn = make[cause](*_noisy_task(sigmoid, rng), rng)
            runs += [_run(cause, "net", *each) for each in drawn][: NETS // 2]
    return runs[:NETS]


def _noisy_task(sigmoid, rng):
    x = np.concatenate([rng.normal(size=(TRIES, 10, 2)), np.ones((TRIES, 10, 1))], axis=-1)
    y = np.sin(2 * x[..., 0]) + x[..., 1] + 0.5 * rng.normal(size=x.shape[:2])
    surface = Nets(x, 0.1 + 0.8 * (y > 0) if sigmoid else y, 10 ** rng.uniform(-2.5, -1.5, (TRIES, 1)), sigmoid)
    return surface, rng.normal(size=(TRIES, 4 * HIDDEN + 1))


def _limits(surface, w):
    """2 / lam_max of each net: above it a quadratic of this curvature diverges."""
    return np.array([2 / np.linalg.eigvalsh(hessian(surface.one(k), w[k]))[-1] for k in range(TRIES)])


def _to_the_end(surface, start, rng):
    lr = rng.uniform(0.2, 0.7, TRIES) * _limits(surface, start)
    path = surface.descend(start, lr, 2500)
    for k in range(TRIES):
        if left_to_gain(surface.one(k), path[-1, k]) < LITTLE:
            yield surface.one(k), path[:, k], lr[k]


def _too_fast(surface, start, rng):
    """A smaller rate lowers the loss at once, the same rate does not."""
    steps = rng.integers(200, 600)
    bottom = surface.descend(start, 0.5 * _limits(surface, start), 800)[-1]
    lr = rng.uniform(1.05, 2, TRIES) * _limits(surface, bottom)
    path = surface.descend(start, lr, 2 * steps)
    ended = np.isfinite(path[-1]).all(axis=-1)
    slower = surface.loss(surface.descend(np.where(ended[:, None], path[steps], 0), lr / 5, steps)[-1])
    losses = surface.loss(path)
    before, after = losses[steps * 4 // 5 : steps].mean(axis=0), losses[steps * 9 // 5 :].mean(axis=0)
    for k in np.flatnonzero(ended & (slower < (1 - MUCH) * before) & (abs(after / before - 1) < 0.01)):
        yield surface.one(k), path[: steps + 1, k], lr[k]


def _unfinished(surface, start, rng):
    """It falls visibly, and longer training at the same rate lowers it further."""
    lr, steps = rng.uniform(0.05, 0.7, TRIES) * _limits(surface, start), rng.integers(40, 600)
    path = surface.descend(start, lr, 4 * steps)
    losses = surface.loss(path)
    left, last = 1 - losses[-1] / losses[steps], 1 - losses[steps] / losses[steps * 4 // 5]
    for k in np.flatnonzero((left > MUCH) & (last > 0.01)):
        yield surface.one(k), path[: steps + 1, k], lr[k]


def near_xor_saddle(rng, count, spread):
    """Nets on XOR with small weights: there all hidden neurons are nearly the same."""
    x = np.array([[-1, -1, 1], [-1, 1, 1], [1, -1, 1], [1, 1, 1.0]])
    surface = Nets(np.tile(x, (count, 1, 1)), np.tile([-1, 1, 1, -1.0], (count, 1)), np.zeros((count, 1)), False)
    return surface, spread * rng.normal(size=(count, 4 * HIDDEN + 1))


def _symmetric(rng):
    surface, start = near_xor_saddle(rng, TRIES, 10 ** rng.uniform(-2, -0.7, (TRIES, 1)))
    return _escapes(surface, start, rng.uniform(0.2, 0.8, TRIES), rng)


def _saturated(rng):
    """A sigmoid output on the wrong side, with quadratic loss: flat, not critical."""
    x = np.concatenate([rng.normal(size=(TRIES, 8, 2)), np.ones((TRIES, 8, 1))], axis=-1)
    surface = Nets(x, rng.uniform(0, 0.3, (TRIES, 8)), np.zeros((TRIES, 1)), True)
    start = 0.3 * rng.normal(size=(TRIES, 4 * HIDDEN + 1))
    start[:, -1] = rng.uniform(4, 6, TRIES)
    return _escapes(surface, start, rng.uniform(0.5, 3, TRIES), rng)


def _escapes(surface, start, lr, rng):
    path = surface.descend(start, lr, 2000)
    for k in range(TRIES):
        if (drawn := _before_escape(surface.one(k), path[:, k], lr[k], rng)) is not None:
            yield drawn
