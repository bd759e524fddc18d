"""Learning-rate schedules: the rate of every step, made before the run.

    lr      the initial rate of a decay, not yet scaled by a warmup
    steps   length of the run
    rates   (steps,) one rate a step; an optimizer takes it as its lr
    t       0 .. steps - 1, how many steps are over
"""
import numpy as np


def step_decay(lr, steps, every, factor):
    """Multiply the rate by a factor after each `every` steps.

        rates = lr factor**floor(t / every)

    lr     : float  units of the optimizer's rate
    steps  : int
    every  : int    steps at one rate
    factor : float  above 0, at most 1; 0.1 is common
    returns rates (steps,)

    Error: rounding. ValueError: lr negative or not finite, steps no
    integer >= 0, every no integer >= 1, factor outside (0, 1].
    Source: He et al. 2016, section 3.4, arXiv:1512.03385
    """
    t = _times(lr, steps)
    if not isinstance(every, (int, np.integer)) or every < 1:
        raise ValueError(f"every must be an integer >= 1, got {every!r}")
    _check_factor(factor)
    return lr * factor ** (t // every)


def exponential_decay(lr, steps, factor):
    """Multiply the rate by the same factor at each step.

        rates = lr factor**t

    lr     : float  units of the optimizer's rate
    steps  : int
    factor : float  above 0, at most 1; 0.01**(1 / steps) loses 99 %
    returns rates (steps,)

    Error: rounding, about 1e-16 t, relative. ValueError: lr negative or
    not finite, steps no integer >= 0, factor outside (0, 1].
    Source: the definition
    """
    t = _times(lr, steps)
    _check_factor(factor)
    return lr * factor ** t


def inverse_sqrt_decay(lr, steps):
    """Divide the rate by the square root of the step's number.

        rates = lr / sqrt(t + 1)

    lr    : float  units of the optimizer's rate
    steps : int    may be unknown to the rule: it does not occur in it
    returns rates (steps,)

    Error: rounding. ValueError: lr negative or not finite, steps no
    integer >= 0.
    Source: Zinkevich 2003, ICML, theorem 1 (rate t**-0.5)
    """
    return lr / np.sqrt(_times(lr, steps) + 1)


def cosine_decay(lr, steps):
    """Let the rate fall along half a cosine, slowly, fast, slowly.

        rates = lr (1 + cos(pi t / steps)) / 2

    lr    : float  units of the optimizer's rate
    steps : int
    returns rates (steps,); the rate would be 0 one step after the last

    Error: rounding. ValueError: lr negative or not finite, steps no
    integer >= 0.
    Source: Loshchilov & Hutter 2017, equation 5, arXiv:1608.03983
    """
    return lr * (1 + np.cos(np.pi * _times(lr, steps) / max(steps, 1))) / 2


def linear_warmup(rates, warmup):
    """Scale a schedule's first rates, rising from nearly zero in equal steps.

        rates <- rates min(1, (t + 1) / warmup)

    rates  : (steps,) floats, of any schedule
    warmup : int      steps until the rates are as given; 0 changes none
    returns rates (steps,)

    Error: rounding. ValueError: rates not of one dimension, negative or
    not finite, warmup no integer >= 0.
    Source: Ma & Yarats 2021, section 5, arXiv:1910.04209, which for Adam
    takes warmup = 2 / (1 - beta2)
    """
    rates = np.array(rates, dtype=float)
    if rates.ndim != 1:
        raise ValueError(f"rates must be (steps,), got {rates.shape}")
    if not np.all((rates >= 0) & (rates < np.inf)):
        raise ValueError(f"rates must be finite and >= 0, got {rates}")
    if not isinstance(warmup, (int, np.integer)) or warmup < 0:
        raise ValueError(f"warmup must be an integer >= 0, got {warmup!r}")
    t = np.arange(len(rates))
    return rates * np.minimum(1, (t + 1) / max(warmup, 1))


def _times(lr, steps):
    """0 .. steps - 1, or a ValueError that names what is wrong."""
    if not 0 <= lr < np.inf:
        raise ValueError(f"lr must be finite and >= 0, got {lr}")
    if not isinstance(steps, (int, np.integer)) or steps < 0:
        raise ValueError(f"steps must be an integer >= 0, got {steps!r}")
    return np.arange(steps)


def _check_factor(factor):
    """A factor that lets the rate fall, or a ValueError."""
    if not 0 < factor <= 1:
        raise ValueError(f"factor must be in (0, 1], got {factor}")


if __name__ == "__main__":
    steps = 1000
    schedules = {
        "step": step_decay(0.1, steps, every=250, factor=0.1),
        "exponential": exponential_decay(0.1, steps, factor=0.995),
        "1/sqrt(t)": inverse_sqrt_decay(0.1, steps),
        "cosine": cosine_decay(0.1, steps),
        "warmup, cosine": linear_warmup(cosine_decay(0.1, steps), 100),
    }
    show = [0, 9, 99, 249, 250, 499, 749, 999]
    print("steps taken    " + "".join(f"{t:8d}" for t in show))
    for name, rates in schedules.items():
        print(f"{name:15s}" + "".join(f"{rates[t]:8.4f}" for t in show))

    # A noisy slope: L = w**2 / 2, and each gradient is off by N(0, 1).
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(steps, 500))
    print("\nw**2 / 2 at the end, mean of 500 runs from w = 10")
    for name, rates in {"constant": np.full(steps, 0.1), **schedules}.items():
        w = np.full(500, 10.0)
        for lr, n in zip(rates, noise):
            w = w - lr * (w + n)
        print(f"{name:15s}{np.mean(w**2) / 2:8.4f}")
