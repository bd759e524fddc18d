"""Early stopping: keep the weights that did best on validation data.

    n      examples, cut into training, validation and test
    loss   on the validation examples, after each epoch
    w      parameters after that epoch, an array or a list of arrays
    state  what has been seen so far, an EarlyStopping
"""
from copy import deepcopy
from typing import NamedTuple

import numpy as np


class EarlyStopping(NamedTuple):
    """The state of a run that is watched; start with a patience alone."""
    patience: int                # epochs without a new best before it stops
    epoch: int = 0               # epochs seen
    best_epoch: int = 0          # the one with the lowest loss, from 1 on
    best_loss: float = np.inf
    best_w: object = None        # the parameters after that epoch

    @property
    def stop(self):
        """True as soon as the last best is `patience` epochs old."""
        return self.epoch - self.best_epoch >= self.patience


def after_epoch(state, loss, w):
    """The next state: one more epoch, and a new best if loss is lower.

        best_loss <- min(best_loss, loss);  an equal loss is no new best

    state : EarlyStopping;  loss : float, its unit does not matter
    w : parameters; a new best is copied, so training may go on in place
    returns the next EarlyStopping; what was given stays as it was

    Error: none, but a loss on m examples is itself a sample, with a
    spread of about 1 / sqrt(m). ValueError: patience no integer >= 1,
    loss not finite (the run has diverged: waiting will not mend it).
    Source: Prechelt 1998, doi:10.1007/3-540-49430-8_3
    """
    patience, epoch = state.patience, state.epoch + 1
    if not isinstance(patience, (int, np.integer)) or patience < 1:
        raise ValueError(f"patience must be an integer >= 1, got {patience!r}")
    if not np.isfinite(loss):
        raise ValueError(f"loss must be finite, got {loss} in epoch {epoch}")
    if loss < state.best_loss:
        return EarlyStopping(patience, epoch, epoch, loss, deepcopy(w))
    return state._replace(epoch=epoch)


def split(n, validation, test, rng):
    """Deal n examples to training, validation and test, each to one.

    n : int;  validation, test : int, how many go there
    rng : numpy Generator
    returns three index arrays: n - validation - test, validation, test

    Error: none. Examples that belong together (frames of one film, images
    of one patient) must go to one part: split those groups instead.
    ValueError: a part is empty, or a number is no integer.
    Source: Ripley 1996, doi:10.1017/CBO9780511812651
    """
    sizes = n, validation, test
    if not all(isinstance(size, (int, np.integer)) for size in sizes):
        raise ValueError(f"n, validation, test must be integers, got {sizes}")
    if min(validation, test, n - validation - test) < 1:
        raise ValueError(f"validation = {validation} and test = {test} "
                         f"leave nothing for a part of n = {n}")
    order = rng.permutation(n)
    return np.split(order, [n - validation - test, n - test])


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    x = rng.normal(size=(640, 30))
    y = x @ rng.normal(size=30) / 6 + rng.normal(size=640)   # noise: 1
    train, valid, test = split(640, 300, 300, rng)           # 40 to learn

    def loss(w, part):
        return np.mean((x[part] @ w - y[part]) ** 2)

    print("epoch   training   validation")
    w, state = np.zeros(30), EarlyStopping(patience=20)
    for epoch in range(1, 401):
        w -= 0.1 * x[train].T @ (x[train] @ w - y[train]) / len(train)
        if not state.stop:
            state = after_epoch(state, loss(w, valid), w)
        if epoch in (1, 5, 10, 20, 50, 100, 200, 400):
            print(f"{epoch:5d}   {loss(w, train):8.2f}   "
                  f"{loss(w, valid):10.2f}")
    print(f"stopped after epoch {state.epoch}, best was {state.best_epoch}")
    print(f"test loss at the end       {loss(w, test):.2f}")
    print(f"test loss of best weights  {loss(state.best_w, test):.2f}")
