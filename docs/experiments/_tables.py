"""The tables that scikit-learn carries, read from its files: to import it takes longer than many an experiment."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np


@cache
def digits():
    """1 797 images of 8 x 8 pixels, (n, 64) in 0..1, and what they show, (n,)."""
    table = _read("digits.csv.gz")
    return table[:, :-1] / 16, table[:, -1].astype(int)


@cache
def wine():
    """Of 178 wines 13 chemical measures, (n, 13), and the grape, (n,)."""
    table = _read("wine_data.csv", skiprows=1)
    return table[:, :-1], table[:, -1].astype(int)


def _read(name, **options):
    folder = Path(find_spec("sklearn").origin).parent / "datasets/data"
    return np.loadtxt(folder / name, delimiter=",", **options)
