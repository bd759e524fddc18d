"""What holds for every snippet: one file that runs alone, anywhere."""
import ast
import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SNIPPETS = sorted(path for path in (ROOT / "snippets").glob("*.py")
                  if path.name != "__init__.py")

LINE, BODY, WHOLE = 79, 25, 50       # columns; lines without, with docstring

every_snippet = pytest.mark.parametrize("path", SNIPPETS, ids=lambda p: p.stem)


def python(folder, *arguments):
    """Isolated: no user packages, no variables, no path but the standard."""
    return subprocess.run(
        [sys.executable, "-I", "-B", "-W", "error", *arguments], cwd=folder,
        capture_output=True, text=True, encoding="utf-8", timeout=60)


def public_functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)
            and not node.name.startswith("_")]


def test_there_are_snippets():
    assert SNIPPETS


@every_snippet
def test_runs_alone_and_prints_the_same_again(path, tmp_path):
    shutil.copy(path, tmp_path)
    runs = [python(tmp_path, path.name) for _ in range(2)]
    for run in runs:
        assert (run.returncode, run.stderr) == (0, "")
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stdout.strip() and runs[0].stdout.isascii()
    assert max(map(len, runs[0].stdout.splitlines())) <= LINE
    assert os.listdir(tmp_path) == [path.name]


PROBE = """
import sys, warnings
import numpy as np

def state():
    return (np.geterr(), np.get_printoptions(), list(warnings.filters),
            [str(part) for part in np.random.get_state()])

before = state()
sys.path.insert(0, ".")
import {name}
assert state() == before, "import changes the state of NumPy or warnings"
others = [m for m in sys.modules if m.split(".")[0] == "snippets"]
assert not others, others
"""


@every_snippet
def test_import_has_no_side_effects(path, tmp_path):
    shutil.copy(path, tmp_path)
    run = python(tmp_path, "-c", PROBE.format(name=path.stem))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert os.listdir(tmp_path) == [path.name]


@every_snippet
def test_imports_only_numpy_and_the_standard_library(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names.add(node.module.split(".")[0])
    assert names - set(sys.stdlib_module_names) <= {"numpy"}


@every_snippet
def test_top_level_only_defines(path):
    """Below the docstring: imports, definitions, constants, the demo."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body[1:]:
        demo = (isinstance(node, ast.If)
                and ast.unparse(node.test) == "__name__ == '__main__'")
        assert demo or isinstance(node, (
            ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef,
            ast.Assign, ast.AnnAssign)), ast.unparse(node)


@every_snippet
def test_uses_no_global_random_state_and_hides_no_warning(path):
    names = {ast.unparse(node) for node in
             ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, (ast.Attribute, ast.Global))}
    allowed = {"np.random", "np.random.default_rng", "np.random.Generator"}
    assert not {n for n in names if n.startswith("np.random")} - allowed
    assert not names & {"np.errstate", "np.seterr", "np.nan_to_num",
                        "warnings.filterwarnings", "warnings.simplefilter"}
    assert not {n for n in names if n.startswith("global ")}


@every_snippet
def test_docstrings_say_returns_error_and_source(path):
    module = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(module), "the file needs a docstring"
    for node in module.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            assert ast.get_docstring(node), node.name
    functions = public_functions(path)
    assert functions
    for function in functions:
        text = ast.get_docstring(function)
        assert text.splitlines()[0].endswith("."), function.name
        for word in ("returns ", "Error: ", "ValueError", "Source: "):
            assert word in text, f"{function.name} does not say {word}"
        arguments = function.args
        for argument in (arguments.posonlyargs + arguments.args
                         + arguments.kwonlyargs):
            assert argument.arg in text, f"{function.name}: {argument.arg}"


@every_snippet
def test_fits_on_a_screen(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= LINE
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.FunctionDef):
            whole = node.end_lineno - node.lineno + 1
            first = node.body[0]
            docstring = (first.end_lineno - first.lineno + 1
                         if ast.get_docstring(node) else 0)
            assert whole - docstring <= BODY, node.name
            assert whole <= WHOLE, node.name


@every_snippet
def test_is_plain_text(path):
    text = path.read_bytes().decode("ascii")
    assert "\t" not in text and "\r" not in text
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_wheel_needs_only_numpy_and_holds_every_snippet(tmp_path, monkeypatch):
    build = pytest.importorskip("flit_core.buildapi")
    monkeypatch.chdir(ROOT)
    wheel = zipfile.ZipFile(tmp_path / build.build_wheel(str(tmp_path)))
    names = [n for n in wheel.namelist() if ".dist-info/" not in n]
    assert sorted(names) == sorted(["snippets/__init__.py"] + [
        f"snippets/{path.name}" for path in SNIPPETS])
    [metadata] = [n for n in wheel.namelist() if n.endswith("/METADATA")]
    needs = Parser().parsestr(wheel.read(metadata).decode("utf-8")).get_all(
        "Requires-Dist")
    assert [need for need in needs if "extra ==" not in need] == [
        "numpy>=1.26"]
