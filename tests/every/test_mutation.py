"""The count of mutants is honest: what is mutated, what is left alone, and a weak test is found out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEAK = '''\
"""Module: 1."""
import numpy as np


def total(x, n=2):
    """Doc: 3."""
    if np.any(x < 0):
        raise ValueError(f"x must be >= 0, got {x + 4}")
    return -np.sum(x, axis=0) * n


if __name__ == "__main__":
    print(total(np.ones(5) + 6))
'''
FAULTS = {
    "total: 2 -> 3", "total: np.any(x < 0) -> not np.any(x < 0)", "total: np.any -> np.all", "total: x < 0 -> x <= 0",
    "total: x < 0 -> x >= 0", "total: 0 -> 1", "total: 0 -> 1 #2", "total: -np.sum(x, axis=0) * n -> -np.sum(x, axis=0) / n",
    "total: -np.sum(x, axis=0) -> np.sum(x, axis=0)", "total: np.sum -> np.mean", "total: np.sum(x, axis=0) -> np.sum(x)",
    "total: raise ValueError(f'x must be >= 0, got {x + 4}') -> pass",
}
MAIN = """
import sys
from pathlib import Path
import snippets
from tests import mutation
mutation.ROOT = Path.cwd()
snippets.__path__.append("snippets")
print(sorted(mutant.name for mutant in mutation.mutants(Path("snippets/weak.py").read_text("utf-8"))))
sys.exit(mutation.main(["weak"]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs an operating system that can fork")
def test_a_weak_test_is_found_out(tmp_path):
    for name, text in (("snippets/weak.py", WEAK), ("tests/equivalent.yml", "weak: {'total: gone': no such mutant}"),
                       ("tests/test_weak.py", "import numpy as np\nfrom snippets.weak import total\n\n"
                                              "def test_total():\n    assert total(np.array([0, 3])) == -6\n")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    done = subprocess.run([sys.executable, "-c", MAIN], cwd=tmp_path, capture_output=True, text=True, timeout=300,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    names, *report = done.stdout.splitlines()
    assert set(eval(names)) == FAULTS, done.stderr
    assert done.returncode == 1
    survivors = {line.partition("survives: ")[2] for line in report if "survives" in line}
    assert survivors == {"total: np.any -> np.all", "total: np.sum(x, axis=0) -> np.sum(x)",
                         "total: raise ValueError(f'x must be >= 0, got {x + 4}') -> pass"}
    assert "no survivor of weak: total: gone" in report[-1]
