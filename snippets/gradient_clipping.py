"""Gradient clipping: shorten the step when the gradient explodes.

    g   a gradient, as a list of arrays, one for each parameter
    w   weight and b bias of one neuron that feeds itself, T times
    z   w sigmoid(z_before) + b          y   target of its last output
"""
import numpy as np


def clip_by_global_norm(gradients, max_norm):
    """Scale all arrays by one factor, so that their norm is small enough.

        g <- g * min(1, max_norm / |g|),    |g|**2 = sum of all squares

    gradients : list of arrays of any shapes, the whole gradient
    max_norm : float > 0, in units of the gradient
    returns clipped, norm : arrays of the same shapes, and |g| before

    Error: about 1e-16, relative; |g| up to 1e300 neither overflows nor
    underflows. The direction stays. ValueError: no gradients, max_norm
    not positive and finite, an entry not finite (no factor mends nan).
    Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063
    """
    gradients = _checked(gradients, "max_norm", max_norm)
    largest = max(np.max(np.abs(g), initial=0) for g in gradients)
    if largest == 0:
        return gradients, 0.0
    squares = sum(np.sum((g / largest) ** 2) for g in gradients)
    norm = float(largest * np.sqrt(squares))
    factor = min(1.0, max_norm / norm)
    return [g * factor for g in gradients], norm


def clip_by_value(gradients, limit):
    """Cut each entry off at -limit and limit: the direction changes.

        g_i <- max(-limit, min(limit, g_i))

    gradients : list of arrays of any shapes
    limit : float > 0, in units of the gradient
    returns clipped : arrays of the same shapes

    Error: none. ValueError: no gradients, limit not positive and finite,
    an entry not finite.
    Source: Mikolov 2012, Statistical language models based on neural
    networks, PhD thesis, Brno University of Technology
    """
    gradients = _checked(gradients, "limit", limit)
    return [np.clip(g, -limit, limit) for g in gradients]


def recurrent_neuron(w, b, steps=50, start=0.5, y=0.7):
    """Loss of a neuron that feeds itself, with its gradient.

        z_t = w sigmoid(z_(t-1)) + b,       L = (sigmoid(z_T) - y)**2
        dz_t / dz_(t-1) = w sigmoid'(z_(t-1))       a product of T factors

    w, b : floats or arrays of one shape, T = steps times the same
    start : z_0;  y : target, 0 .. 1
    returns loss, dw, db : of the shape of w, no unit

    Error: about 1e-15 times the product of the factors. ValueError:
    steps < 1, w or b not finite.
    Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, section 2.3
    """
    if steps < 1:
        raise ValueError(f"steps must be >= 1, got {steps}")
    if not np.all(np.isfinite(w)) or not np.all(np.isfinite(b)):
        raise ValueError(f"w and b must be finite, got {w} and {b}")
    z, dz_dw, dz_db = start + 0.0 * w, 0.0 * w, 0.0 * w
    for _ in range(steps):
        a = (1 + np.tanh(z / 2)) / 2             # sigmoid(z)
        factor = w * a * (1 - a)
        z = w * a + b
        dz_dw = a + factor * dz_dw               # chain rule, step by step
        dz_db = 1 + factor * dz_db
    a = (1 + np.tanh(z / 2)) / 2
    dz = 2 * (a - y) * a * (1 - a)
    return (a - y) ** 2, dz * dz_dw, dz * dz_db


def _checked(gradients, name, limit):
    """The gradients in float64, or a ValueError that names the cause."""
    if not 0 < limit < np.inf:
        raise ValueError(f"{name} must be positive and finite, got {limit}")
    if len(gradients) == 0:
        raise ValueError("gradients must hold one array or more, got none")
    gradients = [np.array(g, dtype=float) for g in gradients]
    for k, g in enumerate(gradients):
        if not np.all(np.isfinite(g)):
            raise ValueError(f"gradients[{k}] must be finite, "
                             f"got {g[~np.isfinite(g)][0]}")
    return gradients


if __name__ == "__main__":
    print("descent at rate 0.2 from w = 5, b = -1.8, 100 steps")
    print("max_norm   largest |g|   clipped       w       b     loss")
    for max_norm in (1e9, 3.0, 1.0, 0.3):
        p, norms = np.array([5.0, -1.8]), []
        for _ in range(100):
            _, *gradient = recurrent_neuron(*p)
            [g], norm = clip_by_global_norm([np.array(gradient)], max_norm)
            norms.append(norm)
            p = p - 0.2 * g
        print(f"{max_norm:8g}  {max(norms):12.1f}  "
              f"{np.sum(np.array(norms) > max_norm):8d}  {p[0]:6.2f}  "
              f"{p[1]:6.2f}  {recurrent_neuron(*p)[0]:7.4f}")

    g = [np.array([4.0, 0.3])]
    for name, [c] in (("no clipping", g),
                      ("by norm", clip_by_global_norm(g, 1.0)[0]),
                      ("by value", clip_by_value(g, 1.0))):
        angle = np.degrees(np.arctan2(c[1], c[0]))
        print(f"{name:11s}  ({c[0]:.3f}, {c[1]:.3f}), {angle:.1f} degrees")
