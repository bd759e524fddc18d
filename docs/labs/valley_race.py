"""Optimizers and schedules race on four surfaces, and the winner changes."""
# %% load
import matplotlib.pyplot as plt
import numpy as np

from snippets.adagrad import adagrad
from snippets.adam import adam
from snippets.conditioning import condition_number
from snippets.gradient_descent import gradient_descent
from snippets.momentum import momentum, nesterov
from snippets.rmsprop import rmsprop
from snippets.schedules import (cosine_decay, exponential_decay,
                                inverse_sqrt_decay, linear_warmup, step_decay)

# %% surfaces
def valley(degrees):
    """Hessian, eight starts of equal loss, and how many steps a run has."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, -s], [s, c]])
    lam = np.array([0.2, 4.0])                   # along, across
    angle = 2 * np.pi * (np.arange(8) + 0.5) / 8
    starts = np.stack([np.cos(angle), np.sin(angle)], axis=1) / np.sqrt(lam)
    return turn @ np.diag(lam) @ turn.T, starts @ turn.T, 200


x = np.array([338.0, 333, 328, 207, 226, 25, 179, 60, 208, 606])
y = np.array([640.0, 633, 619, 393, 428, 27, 193, 66, 226, 1591])
line = -120 - 4 * x                              # where the fit starts


def regression(x, steps):
    """The same three for a line through the points, by sum of squares."""
    A = np.column_stack([np.ones_like(x), x])
    hessian = 2 * A.T @ A
    start = np.linalg.lstsq(A, line - y, rcond=None)[0]  # from the minimum
    assert np.allclose(hessian @ start, 2 * A.T @ (line - y))
    return hessian, start, steps


SURFACES = {"valley": valley(0), "turned 45": valley(45),
            "ten points": regression(x, 1400),
            "standardized": regression((x - x.mean()) / x.std(), 200)}

# %% racers
def heavy(beta, method=momentum):
    """Momentum as a racer: its beta is fixed, its rate is searched."""
    return lambda grad, w, lr, steps: method(grad, w, lr, beta, steps)


DESCENT = {"descent": gradient_descent, "momentum .5": heavy(0.5),
           "momentum .9": heavy(0.9), "Nesterov .9": heavy(0.9, nesterov)}
ADAPTIVE = {"Adagrad": adagrad, "RMSprop": rmsprop, "Adam": adam}
GRID = 2.0 ** np.arange(-7, 4)                  # 1/128 to 8


def run(racer, surface, lr):
    """The loss above the minimum, as a share of the start's, each step."""
    hessian, start, steps = surface
    with np.errstate(all="ignore"):              # a run may diverge
        path = racer(lambda w: w @ hessian, start, lr, steps)
        loss = np.sum(path @ hessian * path, axis=-1).reshape(steps + 1, -1)
        return np.max(loss / loss[0], axis=1)    # the slowest start counts


def units(surface):
    """What a rate is counted in: the descents' unit, the adaptive one's."""
    hessian, start, _ = surface
    return 1 / np.linalg.eigvalsh(hessian)[-1], np.abs(start).max()


def best(racer, surface, unit, goal=1e-5, grid=GRID):
    """Fewest steps until the loss stays below the goal, and the rate."""
    found = []
    for rate in grid:
        late = ~(run(racer, surface, rate * unit) <= goal)   # nan is late
        needed = np.inf if late[-1] else np.flatnonzero(late)[-1] + 1
        found.append((needed, rate))
    return min(found)

# %% race
def race(surface):
    descent, adaptive = units(surface)
    return {**{name: best(racer, surface, descent)
               for name, racer in DESCENT.items()},
            **{name: best(racer, surface, adaptive)
               for name, racer in ADAPTIVE.items()}}


def cell(steps, rate):
    return f"{steps:6.0f} {rate:6.3g}" if steps < np.inf else f"{'-':>13}"


results = {name: race(surface) for name, surface in SURFACES.items()}
print("steps needed, and the rate in its unit")
print(" " * 12 + "".join(f"{name:>13}" for name in SURFACES))
for racer in results["valley"]:
    print(f"{racer:12}" + "".join(cell(*results[name][racer])
                                  for name in SURFACES))

# %% kappa
def scaled(hessian):
    """The surface after each coordinate got the rate that fits it alone."""
    d = np.sqrt(np.diag(hessian))
    return hessian / np.outer(d, d)


kappa = {name: (condition_number(hessian), condition_number(scaled(hessian)))
         for name, (hessian, _, _) in SURFACES.items()}
print("condition number    as it is   each coordinate scaled")
for name, (plain, own) in kappa.items():
    print(f"{name:14} {plain:13.4g} {own:24.3g}")

# %% turn
angles = [0, 5, 10, 20, 30, 45]
turned = {name: [best(racer, valley(angle), units(valley(angle))[1])[0]
                 for angle in angles]
          for name, racer in (("Adagrad", adagrad), ("Adam", adam))}
for name in ("descent", "momentum .5"):          # these do not see the axes
    steps = results["valley"][name][0]
    assert steps == results["turned 45"][name][0]
    turned[name] = [steps] * len(angles)
fig, ax = plt.subplots()
for (name, steps), color, height in zip(
        turned.items(), ("C1", "C2", "C7", "C0"), (96, 108, 120, 17)):
    ax.plot(angles, steps, "o-", color=color)
    ax.text(46, height, name, color=color, va="center")
ax.set(xlabel="valley turned by (degrees)", xlim=(0, 59), ylim=(0, 130),
       xticks=(0, 15, 30, 45), yticks=(0, 50, 100))
ax.set_title("steps needed", loc="left")
plt.show()

# %% schedules
SCHEDULES = {
    "constant": lambda lr, steps: lr,
    "step": lambda lr, steps: step_decay(lr, steps, steps // 4, 0.1),
    "exponential": lambda lr, steps: exponential_decay(lr, steps,
                                                       0.01 ** (1 / steps)),
    "1/sqrt(t)": inverse_sqrt_decay,
    "cosine": cosine_decay,
    "warmup, cosine": lambda lr, steps: linear_warmup(cosine_decay(lr, steps),
                                                      steps // 20)}


def on(schedule, racer):
    """A racer whose rate follows a schedule."""
    return lambda grad, w, lr, steps: racer(grad, w, schedule(lr, steps),
                                            steps)

# %% decay
COLUMNS = [("turned 45", "descent", gradient_descent),
           ("turned 45", "RMSprop", rmsprop), ("turned 45", "Adam", adam),
           ("ten points", "RMSprop", rmsprop), ("ten points", "Adam", adam)]
print(" " * 14 + "".join(f"{surface:>13}" for surface, _, _ in COLUMNS))
print(" " * 14 + "".join(f"{racer:>13}" for _, racer, _ in COLUMNS))
for schedule, rates in SCHEDULES.items():
    row = []
    for name, racer, method in COLUMNS:
        if schedule == "constant":
            row.append(results[name][racer])     # has raced already
            continue
        unit = units(SURFACES[name])[racer in ADAPTIVE]
        row.append(best(on(rates, method), SURFACES[name], unit))
        results[name][f"{racer}, {schedule}"] = row[-1]
    print(f"{schedule:14}" + "".join(cell(*found) for found in row))

low, high = np.linalg.eigvalsh(SURFACES["turned 45"][0])
fine_steps, fine_rate = best(gradient_descent, SURFACES["turned 45"],
                             1 / high, grid=[2 * high / (low + high)])
print(f"between the rates of the grid: descent, "
      f"rate {fine_rate:.2f}, needs {fine_steps} steps")

# %% curves
shown = [("descent", gradient_descent, 1, "C1", (1000, 1e-3)),
         ("RMSprop", rmsprop, 1 / 16, "C1", (1000, 4e-1)),
         ("RMSprop, step", on(SCHEDULES["step"], rmsprop), 1 / 16, "C2",
          (900, 1e-7)),
         ("Adagrad", adagrad, 1 / 4, "C0", (1130, 2e-5)),
         ("Adam", adam, 1 / 8, "C0", (470, 1e-8))]
fig, ax = plt.subplots()
for name, racer, rate, color, place in shown:
    unit = units(SURFACES["ten points"])[racer != gradient_descent]
    ax.plot(run(racer, SURFACES["ten points"], rate * unit), color=color)
    ax.text(*place, name, color=color)
ax.axhline(1e-5, color="C7", linestyle=":")
ax.set(xlabel="step", yscale="log", xlim=(0, 1400), ylim=(1e-9, 2),
       xticks=(0, 500, 1000), yticks=(1e-8, 1e-5, 1e-2))
ax.set_title("loss above the minimum, share of the start", loc="left")
plt.show()

# %% winners
print(f"{'surface':14} {'kappa':>9} {'scaled':>7}   "
      f"{'fewest steps':24} {'steps':>5}")
for name, found in results.items():
    winner = min(found, key=found.get)
    plain, own = kappa[name]
    print(f"{name:14} {plain:9.4g} {own:7.3g}   {winner:24} "
          f"{found[winner][0]:5d}")

# %% facts
def needs(surface, racer):
    return (results[surface][racer][0], ".0f")


def peak(name, racer, found, which):
    """How far above its start the loss goes on the way."""
    surface = SURFACES[name]
    return run(racer, surface, found[1] * units(surface)[which]).max()


valley_adagrad = results["valley"]["Adagrad"]
falling = results["turned 45"]["descent, 1/sqrt(t)"]
sweep = on(inverse_sqrt_decay, gradient_descent)
cosine = results["turned 45"]["descent, cosine"]
hessian, start, _ = SURFACES["ten points"]
lam, v = np.linalg.eigh(hessian)
flat = lam[0] * (v[:, 0] @ start) ** 2 / (start @ hessian @ start)
hessian, starts, _ = SURFACES["valley"]
path = adagrad(lambda w: w @ hessian, starts,
               valley_adagrad[1] * np.abs(starts).max(), steps=5)
roots = np.sqrt(np.sum((path[:-1] @ hessian) ** 2, axis=0))
learned = valley_adagrad[1] * np.abs(starts).max() / roots * np.diag(hessian)
FACTS = {
    "goal": (1e-5, ".0e"),
    "rates": (len(GRID), ".0f"),
    "starts": (len(valley(0)[1]), ".0f"),
    "valley_steps": (SURFACES["valley"][2], ".0f"),
    "points_steps": (SURFACES["ten points"][2], ".0f"),
    "descent_valley": needs("valley", "descent"),
    "half_valley": needs("valley", "momentum .5"),
    "ninety_valley": needs("valley", "momentum .9"),
    "ninety_memory": (np.log(1e-5) / np.log(0.9), ".0f"),
    "half_memory": (np.log(1e-5) / np.log(0.5), ".0f"),
    "adagrad_valley": needs("valley", "Adagrad"),
    "adagrad_rate": (valley_adagrad[1], ".0f"),
    "adagrad_peak": (peak("valley", adagrad, valley_adagrad, 1), ".0f"),
    "adagrad_turned": needs("turned 45", "Adagrad"),
    "adagrad_little": (turned["Adagrad"][1], ".0f"),
    "little": (angles[1], ".0f"),
    "adagrad_points": needs("ten points", "Adagrad"),
    "adam_valley": needs("valley", "Adam"),
    "adam_turned": needs("turned 45", "Adam"),
    "adam_points": needs("ten points", "Adam"),
    "adam_warm": needs("ten points", "Adam, warmup, cosine"),
    "rmsprop_step": needs("turned 45", "RMSprop, step"),
    "rmsprop_points": needs("ten points", "RMSprop, step"),
    "descent_sweep": needs("turned 45", "descent, 1/sqrt(t)"),
    "sweep_rate": (falling[1], ".0f"),
    "sweep_peak": (peak("turned 45", sweep, falling, 0), ".0e"),
    "standardized_steps": needs("standardized", "descent"),
    "kappa_valley": (kappa["valley"][0], ".0f"),
    "kappa_turned": (kappa["turned 45"][1], ".0f"),
    "kappa_points": (kappa["ten points"][0], ".1e"),
    "kappa_scaled": (kappa["ten points"][1], ".0f"),
    "descent_points": (np.log(flat / 1e-5) / 2 * lam[1] / lam[0], ".0e"),
    "cosine_rate": (cosine[1], ".0f"),
    "descent_cosine": (cosine[0], ".0f"),
    "descent_fine": (fine_steps, ".0f"),
    "fine_rate": (fine_rate, ".1f"),
    "adagrad_effective": (learned.max(), ".1f"),
}
