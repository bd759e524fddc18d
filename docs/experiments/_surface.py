"""The two surfaces of chapter 2, and the one way in which all its pages draw them.

The valley f = 0.1 x1^2 + 2 x2^2 and the line through ten points return on every
page with the same limits and contours, so that paths can be compared.
"""

from typing import NamedTuple

import numpy as np

from docs.builder.figure import LINE, THEORY, TRAINS, log_ticks, moves, name_axes, panels, ticks

X = np.array([338.0, 333, 328, 207, 226, 25, 179, 60, 208, 606])
Y = np.array([640.0, 633, 619, 393, 428, 27, 193, 66, 226, 1591])
INPUTS = np.column_stack([np.ones_like(X), X])  # (10, 2), the first column times b


class Surface(NamedTuple):
    """A quadratic loss of two parameters, w = (x1, x2) or (b, w)."""

    hessian: np.ndarray  # (2, 2)
    optimum: np.ndarray  # (2,)
    floor: float  # loss at the optimum
    start: np.ndarray  # (2,)
    limits: tuple  # of both parameters, in every figure
    ticks: tuple
    levels: tuple  # loss of the contours

    def loss(self, w):
        d = np.asarray(w) - self.optimum
        return self.floor + np.einsum("...i,ij,...j", d, self.hessian, d) / 2

    def gradient(self, w):
        return (np.asarray(w) - self.optimum) @ self.hessian

    @property
    def eigenvalues(self):
        return np.linalg.eigvalsh(self.hessian)


def _regression():
    """Sum of squares, without 1/2: L = sum (b + w x - y)^2."""
    optimum = np.linalg.lstsq(INPUTS, Y, rcond=None)[0]
    floor = np.sum((INPUTS @ optimum - Y) ** 2)
    return Surface(2 * INPUTS.T @ INPUTS, optimum, floor, np.array([-120.0, -4.0]),
                   limits=((-210, -90), (-5, 5)), ticks=((-200, -150, -100), (-4, 0, 4)),
                   levels=tuple(floor + 10.0**k for k in (5, 6, 6.5, 7, 7.5)))


VALLEY = Surface(np.diag([0.2, 4.0]), np.zeros(2), 0.0, np.array([-5.0, -2.0]),
                 limits=((-6, 3), (-3.6, 3.6)), ticks=((-5, 0), (-2, 0, 2)), levels=(0.1, 0.5, 1.5, 3.5, 7, 12, 20))
REGRESSION = _regression()

CONTOUR, LOSS, NORM = (48, 46, 218, 206), (338, 182, 122, 70), (338, 46, 122, 70)  # left, bottom, width, height


def chart(surface, label, runs, exponents=(-6, -3, 0, 3), play=False):
    """The surface with paths on it, and beside it loss and gradient norm against steps.

    runs       [(path, colour), ...]; the figure's words: x1, x2, steps, loss, gradient
    exponents  ticks of both log axes; their first and last are the limits
    play       the first run moves while the reader drags
    """
    drawing, (map_, loss, norm) = panels(CONTOUR, LOSS, NORM, height=298)
    contours(map_, surface, label)
    steps = len(runs[0][0]) - 1
    for number, (path, color) in enumerate(runs):
        lines = {"path": trace(map_, surface, path, color)}
        for axes, name, values in ((loss, "loss", surface.loss(path)),
                                   (norm, "norm", np.linalg.norm(surface.gradient(path), axis=-1))):
            [lines[name]] = axes.plot(_within(values, exponents), color=color)
        [lines["end"]] = map_.plot(*_inside(surface, path[-1:]).T, "o", color=color, markersize=8, zorder=4)
        if play and number == 0:
            for name, line in lines.items():
                moves(line, name)
    for axes, name in ((loss, "loss"), (norm, "gradient")):
        axes.set(xlim=(0, steps), yscale="log", ylim=(10.0 ** exponents[0], 10.0 ** exponents[-1]))
        log_ticks(axes.yaxis, exponents)
        ticks(axes.xaxis, (0, steps // 2, steps))
        name_axes(axes, label("steps") if name == "gradient" else "", label(name))
    return drawing


def contours(axes, surface, label):
    """Contours, start and minimum of a surface, in the limits that all pages share."""
    (x_low, x_high), (y_low, y_high) = surface.limits
    x, y = np.linspace(x_low, x_high, 121), np.linspace(y_low, y_high, 121)
    heights = surface.loss(np.stack(np.meshgrid(x, y), axis=-1))
    axes.contour(x, y, heights, levels=surface.levels, colors=LINE, linewidths=1)
    axes.plot(*surface.optimum, "+", color=THEORY, markersize=10, markeredgewidth=1.5)
    axes.plot(*surface.start, "o", color=THEORY, markersize=6)
    axes.set(xlim=surface.limits[0], ylim=surface.limits[1])
    ticks(axes.xaxis, surface.ticks[0])
    ticks(axes.yaxis, surface.ticks[1])
    name_axes(axes, label("x1"), label("x2"))


def trace(axes, surface, path, color=TRAINS):
    """A path as a line; where it leaves the map, it goes on just outside."""
    [line] = axes.plot(*_inside(surface, path).T, color=color, linewidth=1.6, zorder=3)
    return line


def _inside(surface, path):
    """Points far away, infinite or lost are put just outside of the map."""
    low, high = np.array(surface.limits).T
    margin = high - low
    return np.clip(np.nan_to_num(path, nan=np.inf, posinf=1e9, neginf=-1e9), low - margin, high + margin)


def _within(values, exponents):
    """A log axis can show neither 0 nor infinity."""
    return np.clip(np.nan_to_num(values, nan=np.inf), 10.0 ** (exponents[0] - 2), 10.0 ** (exponents[-1] + 2))
