"""How many small faults in the snippets do their tests notice?

    python -m tests.mutation                 every snippet
    python -m tests.mutation softmax adam    these

A mutant is a snippet with one fault: another operator, constant, comparison or
reduction, a keyword or a statement left out. It counts as killed when a test
file that imports the snippet fails on it or does not end. Docstrings, error texts and the
demo are left alone. Mutants that no test could tell from the original stand in
tests/equivalent.yml, each with the reason, and do not count.

Each mutant runs in a fork of this process, in which NumPy and pytest are
imported already; so this needs an operating system that can fork.
"""

import ast
import copy
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # one core a mutant

import playwright.sync_api  # noqa: E402, F401  (what the tests' conftest imports, once for all forks)
import pytest  # noqa: E402
import yaml  # noqa: E402

import snippets  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
LEAST = 0.9
SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
         ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.MatMult: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
         ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
EDGES = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OPPOSITES = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
             ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}
TWINS = dict(pair for one, other in (("min", "max"), ("sum", "mean"), ("any", "all"), ("zeros", "ones"),
                                     ("argmin", "argmax"), ("minimum", "maximum"), ("zeros_like", "ones_like"),
                                     ("floor", "ceil"), ("sin", "cos")) for pair in ((one, other), (other, one)))
DROPPED = (ast.AugAssign, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Mutant:
    name: str  # the same while the function's code is
    line: int
    tree: ast.Module


def mutants(source: str) -> list[Mutant]:
    tree = ast.parse(source)
    seen: Counter = Counter()
    found = []
    for where, path in _places(tree):
        node = _at(tree, path)
        for new in _faults(node):
            name = f"{where}: {_short(node)} -> {_short(new)}"
            seen[name] += 1
            mutated = copy.deepcopy(tree)
            holder = _at(mutated, path[:-1])
            _put(holder, path[-1], ast.copy_location(new, node))
            found.append(Mutant(name + (f" #{seen[name]}" if seen[name] > 1 else ""), node.lineno,
                                ast.fix_missing_locations(mutated)))
    return found


def _short(node: ast.AST) -> str:
    return " ".join(ast.unparse(node.test if isinstance(node, (ast.If, ast.While)) else node).split())


def _places(tree: ast.Module) -> Iterator[tuple[str, tuple]]:
    """Where a fault may be: name of the function, and the way from the tree's root."""

    def walk(node: ast.AST, path: tuple, where: str) -> Iterator[tuple[str, tuple]]:
        if isinstance(node, (ast.JoinedStr, ast.Import, ast.ImportFrom)) or _is_demo(node):
            return
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            where = f"{where}.{node.name}".lstrip(".")
        if hasattr(node, "lineno"):
            yield where or "module", path
        if isinstance(node, ast.Raise):
            return  # the error's text
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list"):
                continue
            if isinstance(value, ast.AST):
                yield from walk(value, (*path, field), where)
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, ast.AST):
                        yield from walk(item, (*path, (field, index)), where)

    yield from walk(tree, (), "")


def _is_demo(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def _at(node: ast.AST, path: tuple) -> ast.AST:
    for step in path:
        node = getattr(node, step[0])[step[1]] if isinstance(step, tuple) else getattr(node, step)
    return node


def _put(holder: ast.AST, step, new: ast.AST) -> None:
    if isinstance(step, tuple):
        getattr(holder, step[0])[step[1]] = new
    else:
        setattr(holder, step, new)


def _faults(node: ast.AST) -> Iterator[ast.AST]:
    """Each way in which this node alone may be wrong."""

    def changed(**fields) -> ast.AST:
        new = copy.deepcopy(node)
        for name, value in fields.items():
            setattr(new, name, value)
        return new

    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)) and type(node.op) in SWAPS:
        yield changed(op=SWAPS[type(node.op)]())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        yield copy.deepcopy(node.operand)
    if isinstance(node, ast.Compare):
        for table in (EDGES, OPPOSITES):
            for index, operator in enumerate(node.ops):
                if type(operator) in table:
                    yield changed(ops=[*node.ops[:index], table[type(operator)](), *node.ops[index + 1:]])
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float)):
        yield changed(value=not node.value if isinstance(node.value, bool) else
                      node.value + 1 if isinstance(node.value, int) or node.value == 0 else 2 * node.value)
    if isinstance(node, ast.Attribute) and node.attr in TWINS:
        yield changed(attr=TWINS[node.attr])
    if isinstance(node, ast.Call):
        for index in range(len(node.keywords)):
            yield changed(keywords=node.keywords[:index] + node.keywords[index + 1:])
    if isinstance(node, (ast.If, ast.IfExp, ast.While)) and not isinstance(node.test, (ast.Compare, ast.BoolOp, ast.UnaryOp)):
        yield changed(test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, DROPPED) or isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()


# Running the tests ------------------------------------------------------------


def tests_of(name: str) -> list[Path]:
    """The test files of pages that import this snippet; its own comes first, as it notices most."""
    found = [path for path in sorted((ROOT / "tests").glob("test_*.py")) if re.search(rf"\bsnippets(\.| import .*\b){name}\b", path.read_text("utf-8"))]
    return sorted(found, key=lambda path: path.stem != f"test_{name}") or sys.exit(f"no test imports snippets/{name}.py")


def run_tests(name: str, tree: ast.Module | None, seconds: float) -> "Run":
    """The tests of a snippet in a fork, with the mutant in the snippet's place."""
    child = os.fork()
    if child == 0:
        os.setsid()
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1), os.dup2(quiet, 2)
        code = 1
        try:
            if tree is not None:
                module = ModuleType(f"snippets.{name}")
                module.__file__ = str(ROOT / "snippets" / f"{name}.py")
                sys.modules[module.__name__] = module
                setattr(snippets, name, module)
                exec(compile(tree, module.__file__, "exec"), module.__dict__)
            code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib",
                                    *map(str, tests_of(name))]))
        finally:
            os._exit(code)
    return Run(child, time.monotonic() + seconds)


@dataclass
class Run:
    child: int
    deadline: float

    def passed(self) -> bool | None:
        """None while it runs."""
        done, status = os.waitpid(self.child, os.WNOHANG)
        if done:
            return status == 0
        if time.monotonic() > self.deadline:
            os.killpg(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
            return False
        return None


def survivors(name: str, found: list[Mutant]) -> list[Mutant]:
    """The mutants that the tests do not notice, on all cores."""
    start = time.monotonic()
    whole = run_tests(name, None, 600)
    while (passed := whole.passed()) is None:
        time.sleep(0.01)
    if not passed:
        sys.exit(f"{', '.join(path.name for path in tests_of(name))}: fails on the snippet itself")
    seconds = 5 + 10 * (time.monotonic() - start)
    todo, running, left = list(reversed(found)), {}, []
    while todo or running:
        while todo and len(running) < (os.cpu_count() or 1):
            mutant = todo.pop()
            running[mutant.name] = mutant, run_tests(name, mutant.tree, seconds)
        for key, (mutant, run) in list(running.items()):
            passed = run.passed()
            if passed is not None:
                del running[key]
                left += [mutant] if passed else []
        time.sleep(0.005)
    return left


def main(names: list[str]) -> int:
    names = names or sorted(path.stem for path in (ROOT / "snippets").glob("[!_]*.py"))
    equivalent = yaml.safe_load((ROOT / "tests/equivalent.yml").read_text("utf-8")) or {}
    too_few = False
    for name in names:
        start = time.monotonic()
        known = equivalent.get(name) or {}
        found = mutants((ROOT / "snippets" / f"{name}.py").read_text("utf-8"))
        left = survivors(name, found)
        unknown = [mutant for mutant in left if mutant.name not in known]
        stale = set(known) - {mutant.name for mutant in left}
        counted = len(found) - len(known)
        share = 1 - len(unknown) / counted
        print(f"{name}: {counted - len(unknown)} of {counted} mutants killed, {share:.0%}"
              f"{f', {len(known)} equivalent' if known else ''} ({time.monotonic() - start:.0f} s)", flush=True)
        for mutant in unknown:
            print(f"  snippets/{name}.py:{mutant.line}: survives: {mutant.name}", flush=True)
        for key in sorted(stale):
            print(f"  tests/equivalent.yml: no survivor of {name}: {key}", flush=True)
        too_few |= share < LEAST or bool(stale)
    return too_few


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
