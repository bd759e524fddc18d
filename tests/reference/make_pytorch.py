"""Record what PyTorch computes, so that the tests need no PyTorch.

    python -m venv /tmp/torch
    /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_pytorch.py [chapter ...]

writes <chapter>.json beside this file for each name in CHAPTERS. Losses come
from torch.nn.functional, gradients from autograd, runs from torch.optim, all
in float64 on the CPU; nothing of this project is imported. A case is one call:

    {"call": "softmax.softmax", "case": "extreme",
     "inputs": {argument: value}, "outputs": {name: value}}

"outputs" stand in the order in which the snippet returns them, or are fields
of the NamedTuple that it returns. With "every": 50 they are every 50th entry
of a run. A "problem" among the inputs stands for the gradient: the loss is
written here and differentiated by autograd, test_pytorch.py has the gradient
as a formula. A new chapter is a function that yields cases, and a line in
CHAPTERS. A number that is not finite stops the script, as JSON has no word
for it.
"""
import json
import platform
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

SEED = 0


def leaf(values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def slowdown(rng):
    """Chapter 1: sigmoid and softmax, quadratic loss and cross-entropy."""
    neurons = {
        "one": ([0.3], [1.0]),
        "random": (rng.normal(0, 4, 8), rng.integers(0, 2, 8).astype(float)),
        "soft_targets": (rng.normal(0, 4, 8), rng.uniform(0, 1, 8)),
        "matrix": (rng.normal(0, 1, (3, 4)), rng.uniform(0, 1, (3, 4))),
        "extreme": ([-1000.0, -1000.0, -40.0, 0.0, 40.0, 1000.0, 1000.0],
                    [0.0, 1.0, 1.0, 0.5, 0.0, 0.0, 1.0]),
    }
    for case, (z, y) in neurons.items():
        z, y = np.array(z), np.array(y)
        yield call("learning_slowdown.sigmoid", case, {"z": z},
                   {"a": torch.sigmoid(leaf(z))})
        yield with_gradient("learning_slowdown.quadratic_loss", case, z, y,
                            quadratic_loss)
        yield with_gradient("cross_entropy.binary_cross_entropy", case, z, y,
                            cross_entropy)

    batches = {
        "random": (rng.normal(0, 3, (6, 4)), rng.integers(0, 4, 6)),
        "one_example": (rng.normal(0, 3, (1, 5)), [2]),
        "one_class": (rng.normal(0, 3, (3, 1)), [0, 0, 0]),
        "equal_logits": (np.full((2, 10), 7.0), [0, 9]),
        "many_classes": (rng.normal(0, 1, (2, 40)), rng.integers(0, 40, 2)),
        "extreme": ([[1000.0, 0.0, -1000.0], [1000.0, 0.0, -1000.0],
                     [-1000.0, -1000.0, 1000.0], [1000.0, 999.0, 998.0]],
                    [0, 2, 1, 2]),
    }
    for case, (z, y) in batches.items():
        z, y = np.array(z), np.array(y)
        yield call("softmax.softmax", case, {"z": z},
                   {"a": torch.softmax(leaf(z), dim=1)})
        yield with_gradient("softmax.softmax_cross_entropy", case, z, y,
                            F.cross_entropy)
        yield with_gradient("softmax.softmax_quadratic_loss", case, z, y,
                            softmax_quadratic_loss)

    for w, b, x, y, lr in [(0.6, 0.9, 1.0, 0.0, 0.15),
                           (2.0, 2.0, 1.0, 0.0, 0.15),
                           (0.6, 0.9, 1.0, 0.0, 0.005),
                           (2.0, 2.0, 1.0, 0.0, 0.005),
                           (-1.5, 0.5, 2.0, 0.9, 0.3)]:
        inputs = dict(w=w, b=b, x=x, y=y, lr=lr, epochs=300)
        case = f"w={w}, b={b}, lr={lr}"
        yield sgd("learning_slowdown.train_neuron", case, inputs,
                  quadratic_loss)
        yield sgd("cross_entropy.train_neuron", case, inputs, cross_entropy)

    # The loss that takes probabilities: PyTorch caps its logarithm at -100.
    yield with_gradient("torch.nn.functional.binary_cross_entropy",
                        "of sigmoid(z)", np.array([4.0, 40.0, 1000.0]),
                        np.zeros(3), cross_entropy_of_probability)


def quadratic_loss(z, y):
    return F.mse_loss(torch.sigmoid(z), y, reduction="none") / 2


def cross_entropy(z, y):
    return F.binary_cross_entropy_with_logits(z, y, reduction="none")


def cross_entropy_of_probability(z, y):
    return F.binary_cross_entropy(torch.sigmoid(z), y, reduction="none")


def softmax_quadratic_loss(z, y):
    onehot = F.one_hot(y, z.shape[1]).to(z.dtype)
    return F.mse_loss(torch.softmax(z, dim=1), onehot,
                      reduction="none").sum(dim=1).mean() / 2


X = [338.0, 333, 328, 207, 226, 25, 179, 60, 208, 606]
Y = [640.0, 633, 619, 393, 428, 27, 193, 66, 226, 1591]


def valley(w):
    return 0.1 * w[0]**2 + 2 * w[1]**2


def ten_points(w):
    """The regression in hundreds, mean instead of sum."""
    x, y = torch.tensor(X).double() / 100, torch.tensor(Y).double() / 100
    return F.mse_loss(w[0] + w[1] * x, y)


def two_weights(w):
    """A chain of two weights with a tanh between them; not convex."""
    x = torch.tensor([-1.5, -0.5, 0.4, 2.0], dtype=torch.float64)
    y = torch.tensor([-0.9, -0.2, 0.5, 1.1], dtype=torch.float64)
    return F.mse_loss(w[1] * torch.tanh(w[0] * x), y)


PROBLEMS = {                             # loss, start, rate of descent
    "valley": (valley, [-5.0, -2.0], 0.2),
    "ten_points": (ten_points, [-1.2, -4.0], 0.02),
    "two_weights": (two_weights, [0.3, -0.7], 0.2),
}


def optimizers(rng):
    """Chapter 2: optimizers and schedules, 100 steps on three problems."""
    opt, steps = torch.optim, 100
    for problem, (_, w, lr) in PROBLEMS.items():
        given = dict(problem=problem, w=w, steps=steps)
        ball = dict(lr=lr, momentum=0.6)
        for call, inputs, make in [
            ("gradient_descent.gradient_descent", dict(lr=lr),
             lambda w: opt.SGD(w, lr=lr)),
            ("momentum.momentum", dict(lr=lr, beta=0.6),
             lambda w: opt.SGD(w, **ball)),
            ("momentum.nesterov", dict(lr=lr, beta=0.6),
             lambda w: opt.SGD(w, nesterov=True, **ball)),
            ("adagrad.adagrad", dict(lr=0.3, eps=0.0),
             lambda w: opt.Adagrad(w, lr=0.3, eps=0.0)),
            ("rmsprop.rmsprop", dict(lr=0.01, decay=0.9, eps=0.0),
             lambda w: opt.RMSprop(w, lr=0.01, alpha=0.9, eps=0.0)),
            ("adam.adam", dict(lr=0.05),
             lambda w: opt.Adam(w, lr=0.05)),
            ("adam.adam", dict(lr=0.1, beta1=0.7, beta2=0.95, eps=1e-3),
             lambda w: opt.Adam(w, lr=0.1, betas=(0.7, 0.95), eps=1e-3)),
            ("adam.adamw", dict(lr=0.05, weight_decay=0.2),
             lambda w: opt.AdamW(w, lr=0.05, weight_decay=0.2)),
        ]:
            yield descent(call, {**given, **inputs}, make)
        for call, name in [("gradient_descent.gradient_descent", "SGD"),
                           ("adam.adamw", "AdamW")]:
            for schedule in SCHEDULES:
                rates = schedule_rates(schedule, lr, steps)
                yield descent(call, {**given, "lr": rates},
                              lambda w: getattr(opt, name)(w, lr=lr),
                              schedule)
    for schedule, (call, inputs, _) in SCHEDULES.items():
        rates = schedule_rates(schedule, 0.1, steps)
        if call == "schedules.linear_warmup":
            inputs = dict(rates=[0.1] * steps, **inputs)
        else:
            inputs = dict(lr=0.1, steps=steps, **inputs)
        yield dict(call=call, case=schedule, inputs=inputs,
                   outputs={"rates": rates})


decays = torch.optim.lr_scheduler
SCHEDULES = {
    "step": ("schedules.step_decay", dict(every=30, factor=0.1),
             lambda o, steps: decays.StepLR(o, step_size=30, gamma=0.1)),
    "exponential": ("schedules.exponential_decay", dict(factor=0.97),
                    lambda o, steps: decays.ExponentialLR(o, gamma=0.97)),
    "inverse_sqrt": ("schedules.inverse_sqrt_decay", {},
                     lambda o, steps: decays.LambdaLR(
                         o, lambda t: 1 / (t + 1)**0.5)),
    "cosine": ("schedules.cosine_decay", {},
               lambda o, steps: decays.CosineAnnealingLR(o, T_max=steps)),
    "warmup": ("schedules.linear_warmup", dict(warmup=20),
               lambda o, steps: decays.LinearLR(
                   o, start_factor=1 / 20, total_iters=19)),
}


def schedule_rates(schedule, lr, steps):
    """The rates that the scheduler gives, without a run."""
    optimizer = torch.optim.SGD([leaf([0.0])], lr=lr)
    scheduler = SCHEDULES[schedule][2](optimizer, steps)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def descent(name, inputs, make, schedule="constant", every=10):
    """A run of torch.optim; its scheduler, if any, sets the rates anew."""
    loss_of, w = PROBLEMS[inputs["problem"]][0], leaf(inputs["w"])
    optimizer = make([w])
    scheduler = schedule != "constant" and SCHEDULES[schedule][2](
        optimizer, inputs["steps"])
    path = [w.tolist()]
    for _ in range(inputs["steps"]):
        optimizer.zero_grad()
        loss_of(w).backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
        path.append(w.tolist())
    return dict(call=name, case=f"{inputs['problem']}, {schedule}",
                inputs=inputs, outputs={"path": path[::every]}, every=every)


ACTIVATIONS = {"linear": lambda z: z, "sigmoid": torch.sigmoid,
               "tanh": torch.tanh, "relu": torch.relu}
NORMS = {None: lambda z: z,
         "batch": lambda z: F.batch_norm(z, None, None, training=True),
         "layer": lambda z: F.layer_norm(z, z.shape[1:])}
LOSSES = {
    "softmax": F.cross_entropy,
    "sigmoid": lambda z, y: F.binary_cross_entropy_with_logits(
        z, y, reduction="sum") / len(z),
    "squared": lambda z, y: F.mse_loss(z, y, reduction="sum") / 2 / len(z),
}


def depth(rng):
    """Chapter 3: the small network, each activation, norm and loss."""
    sizes, x = (2, 3, 3, 2), rng.normal(0, 1, (6, 2))
    targets = {"softmax": rng.integers(0, 2, 6),
               "sigmoid": rng.uniform(0, 1, (6, 2)),
               "squared": rng.normal(0, 1, (6, 2))}
    for activation in ACTIVATIONS:
        for norm in NORMS:
            for loss, y in targets.items():
                for residual in (False, True):
                    layers = [(rng.normal(0, 1, (n, m)), rng.normal(0, 1, m))
                              for n, m in zip(sizes[:-1], sizes[1:])]
                    yield network(layers, x, y, dict(
                        activation=activation, norm=norm, loss=loss,
                        residual=residual))


def network(layers, x, y, how):
    """The layers' gradients as one vector, w before b, first layer first."""
    parameters = [(leaf(w), leaf(b)) for w, b in layers]
    a = torch.tensor(x)
    for w, b in parameters[:-1]:
        out = ACTIVATIONS[how["activation"]](NORMS[how["norm"]](a @ w + b))
        a = a + out if how["residual"] and a.shape == out.shape else out
    w, b = parameters[-1]
    loss = LOSSES[how["loss"]](a @ w + b, torch.tensor(y))
    loss.backward()
    gradients = torch.cat([p.grad.ravel() for pair in parameters
                           for p in pair])
    return call("network.loss_and_gradients",
                ", ".join(str(value) for value in how.values()),
                dict(layers=[[w.tolist(), b.tolist()] for w, b in layers],
                     x=x, y=y, **how),
                dict(loss=loss.detach(), gradients=gradients))


def call(name, case, inputs, outputs, **more):
    inputs = {k: v.tolist() if isinstance(v, np.ndarray) else v
              for k, v in inputs.items()}
    outputs = {k: v.tolist() if isinstance(v, torch.Tensor) else v
               for k, v in outputs.items()}
    return dict(call=name, case=case, inputs=inputs, outputs=outputs, **more)


def with_gradient(name, case, z, y, loss_of):
    t = leaf(z)
    loss = loss_of(t, torch.tensor(y))
    loss.sum().backward()
    return call(name, case, {"z": z, "y": y}, {"loss": loss, "dz": t.grad})


def sgd(name, case, inputs, loss_of, every=50):
    w, b = leaf(inputs["w"]), leaf(inputs["b"])
    y = torch.tensor(inputs["y"], dtype=torch.float64)
    optimizer = torch.optim.SGD([w, b], lr=inputs["lr"])
    run = dict(w=[], b=[], a=[], loss=[], dw=[])
    for t in range(inputs["epochs"] + 1):
        optimizer.zero_grad()
        z = w * inputs["x"] + b
        loss = loss_of(z, y)
        loss.backward()
        if t % every == 0:
            for key, value in dict(w=w, b=b, a=torch.sigmoid(z), loss=loss,
                                   dw=w.grad).items():
                run[key].append(value.item())
        optimizer.step()
    return call(name, case, inputs, run, every=every)


def write(chapter, cases):
    """One line a case, so that a change shows as a line in a diff."""
    made_with = {"seed": SEED, "dtype": "float64",
                 "python": platform.python_version(),
                 "numpy": np.__version__, "torch": torch.__version__}
    lines = ",\n".join(json.dumps(case, allow_nan=False) for case in cases)
    text = f'{{"made_with": {json.dumps(made_with)},\n"cases": [\n{lines}\n]}}'
    path = Path(__file__).with_name(f"{chapter}.json")
    path.write_text(text + "\n", encoding="utf-8")
    return path


CHAPTERS = {"slowdown": slowdown, "optimizers": optimizers, "depth": depth}

if __name__ == "__main__":
    for chapter in sys.argv[1:] or CHAPTERS:
        path = write(chapter, CHAPTERS[chapter](np.random.default_rng(SEED)))
        print("wrote", path.name)
