"""Run before the memory snapshot is taken: whatever is imported and used here is there at once in the reader's browser."""
import collections, copy, csv, dataclasses, datetime, functools, gc, hashlib, itertools, json, math, operator  # noqa: E401, F401
import importlib, random, re, statistics, string, sys, textwrap, time, typing, unicodedata  # noqa: E401, F401

import numpy as np
import numpy.linalg
import numpy.random

import unstuck_runner

PROGRAM = """
import warnings
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(4, 3))
np.random.seed(0)
print(x @ x.T, np.linalg.eigvalsh(x @ x.T), np.exp(np.linspace(0, 1, 3)), f"{np.mean(x):.3f}")
print(np.array([1, 2]), np.array([True]), np.array(["a"]), repr(np.float64(1.5)), repr(np.arange(3.)))
warnings.warn("seen")
np.log(np.zeros(2))
for function in (np.median, np.std, np.argmax, np.cumsum, np.sort, np.diff, np.unique):
    function(x)
rng.permutation(4), rng.integers(3, size=2), rng.choice(5, 2, replace=False), np.linalg.norm(x), np.linalg.svd(x)
def fail(): raise ValueError("seen")
fail()
"""

for program in (PROGRAM, "print(", "import nothing_of_that_name"):
    unstuck_runner.missing(program)
    unstuck_runner.run(program, "warm.py")
unstuck_runner.tidy()

# The restored Python finds no files at first: what the importers remember of them must not be believed.
sys.modules["zipimport"]._zip_directory_cache.clear()
sys.path_importer_cache.clear()
importlib.invalidate_caches()
sys.modules["linecache"].clearcache()
gc.collect()
gc.freeze()
