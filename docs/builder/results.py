"""Runs snippets and experiments, once for all languages, and keeps the results.

Everything is kept in .cache under a hash of what it was made from: the file,
the project's own files that it imports, and the versions of Python, NumPy and
Matplotlib. Nothing that is unchanged is run again.
"""

import ast
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

from . import apart
from . import page as pages
from .experiment import Number, frames_name
from .numbers import localize, plain
from .project import BUILDER, CACHE, EXPERIMENTS, LANGUAGES, ROOT, SNIPPETS, PageError

SECONDS = {"snippet": 60, "experiment": 1800, "lab": 300}  # before a program counts as endless
LOOK = [BUILDER / name for name in ("figure.py", "experiment.py", "numbers.py", "play.py")]


@dataclass(frozen=True)
class Results:
    """What an experiment gave."""

    facts: dict[str, Number]
    figures: dict[str, dict]  # name -> its parameters, empty where it does not play

    def text(self, fact: str, language: str) -> str:
        return localize(plain(*self.facts[fact]), language)


# What a file was made from ----------------------------------------------------


def imports(path: Path) -> set[Path]:
    """The project's own files that a Python file imports, directly or not."""
    seen: set[Path] = set()
    todo = [path]
    while todo:
        file = todo.pop()
        if file in seen:
            continue
        seen.add(file)
        for name in _imported_names(file.read_text("utf-8"), file):
            module = ROOT.joinpath(*name.split("."))
            for candidate in (module.with_suffix(".py"), module / "__init__.py"):
                if candidate.exists() and BUILDER not in candidate.parents:
                    todo.append(candidate)
    return seen


@cache
def _imported_names(source: str, file: Path) -> list[str]:
    names = []
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise PageError(file, error.lineno or 1, f"cannot be read as Python: {error.msg}") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(file.relative_to(ROOT).parts[:-node.level]) if node.level else ""
            module = ".".join(filter(None, (above, node.module)))
            names += [module] + [f"{module}.{alias.name}" for alias in node.names]
    return names


def fingerprint(*parts: object) -> str:
    """A hash of files (by content) and of anything that JSON can write."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            digest.update(part.name.encode() + b"\0" + part.read_bytes())
        else:
            digest.update(json.dumps(part, sort_keys=True, ensure_ascii=False).encode())
        digest.update(b"\1")
    return digest.hexdigest()[:20]


@cache
def versions() -> list[str]:
    return [platform.python_version(), version("numpy"), version("matplotlib")]


# Snippets ---------------------------------------------------------------------


def snippet_names() -> list[str]:
    return sorted(path.stem for path in SNIPPETS.glob("*.py") if path.stem != "__init__")


def snippet_output(name: str) -> str:
    """What `python snippets/NAME.py` prints, run alone in an empty folder."""
    path = SNIPPETS / f"{name}.py"
    kept = CACHE / "snippets" / f"{name}-{fingerprint(path, versions())}.txt"
    if kept.exists():
        return kept.read_text("utf-8")
    with tempfile.TemporaryDirectory() as empty:
        try:
            done = subprocess.run([sys.executable, "-I", str(path)], cwd=empty, capture_output=True, text=True,
                                  encoding="utf-8", timeout=SECONDS["snippet"])
        except subprocess.TimeoutExpired:
            raise PageError(path, 1, f"does not end within {SECONDS['snippet']} s") from None
    if done.returncode or done.stderr:
        raise PageError(path, _last_line(done.stderr, path), f"fails when run alone:\n{done.stderr.strip()}")
    if not done.stdout.strip():
        raise PageError(path, 1, "prints nothing when run alone")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(done.stdout, "utf-8")
    return done.stdout


def _last_line(trace: str, path: Path) -> int:
    lines = re.findall(rf'File "{re.escape(str(path))}", line (\d+)', trace)
    return int(lines[-1]) if lines else 1


# Experiments ------------------------------------------------------------------


@cache
def _run_key(name: str) -> str:
    return fingerprint(*sorted(imports(EXPERIMENTS / f"{name}.py")), versions())


def _folder(name: str) -> Path:
    return CACHE / "experiments" / f"{name}-{_run_key(name)}"


def _answer(name: str) -> Path:
    """Facts and the figures' parameters, as this builder writes them."""
    return _folder(name) / f"answer.{fingerprint(*LOOK)}.json"


def figure_file(page: pages.Page, figure: str) -> Path:
    """Where the drawing of a page's figure is kept; its words are in the name."""
    words = page.figure(figure)
    key = fingerprint(words.labels, words.alt, *LOOK)
    return _folder(page.experiment) / f"{figure}.{page.language}.{key}.svg"


def frames_file(name: str, figure: str) -> Path:
    """Where the states of a play figure are kept."""
    return _folder(name) / frames_name(figure, fingerprint(*LOOK))


def frames_url(name: str, figure: str) -> str:
    """Where a site keeps the same, from the root of a language; new states have a new name."""
    data = frames_file(name, figure).read_bytes()
    return f"assets/frames/{name}-{figure}-{hashlib.sha256(data).hexdigest()[:8]}.json"


def all_frames() -> dict[str, Path]:
    """Address -> file, for every play figure of the site."""
    return {frames_url(name, figure): frames_file(name, figure)
            for name in experiment_names() if pages_of(name)
            for figure, parameters in results(name).figures.items() if parameters}


def _is_complete(name: str) -> bool:
    """Nothing to run, to draw or to compute."""
    answer = _answer(name)
    if not answer.exists() or _missing(name):
        return False
    figures = json.loads(answer.read_text("utf-8"))["figures"]
    return all(frames_file(name, figure).exists() for figure, parameters in figures.items() if parameters)


def _missing(name: str) -> list[dict]:
    """The drawings that some language's page wants and the cache lacks."""
    tasks = []
    for page in pages_of(name):
        for figure in page.named("figure"):
            file = figure_file(page, figure)
            if not file.exists():
                words = page.figure(figure)
                tasks.append({"figure": figure, "name": f"{name}/{figure}", "language": page.language,
                              "labels": words.labels, "alt": words.alt, "file": str(file)})
    return tasks


def pages_of(name: str) -> list[pages.Page]:
    slug = name.replace("_", "-")
    paths = [ROOT / "docs" / language / f"{slug}.md" for language in LANGUAGES]
    return [pages.read(path) for path in paths if path.exists()]


@cache
def is_experiment(name: str) -> bool:
    return (EXPERIMENTS / f"{name}.py").exists()


def experiment_names() -> list[str]:
    """One for each file, but for those that several experiments share: _surface.py."""
    return sorted(path.stem for path in EXPERIMENTS.glob("[!_]*.py"))


@cache
def results(name: str) -> Results:
    """An experiment's facts; runs it, and draws its figures, where needed."""
    path = EXPERIMENTS / f"{name}.py"
    folder = _folder(name)
    answer = _answer(name)
    if not _is_complete(name):
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / "answer.new.json"
        start = time.monotonic()
        job = {"folder": str(folder), "answer": str(new), "look": fingerprint(*LOOK), "figures": _missing(name)}
        _raise_error(path, name, apart.run(path, "experiment", job, SECONDS["experiment"]))
        new.replace(answer)
        (folder / "seconds").write_text(f"{time.monotonic() - start:.1f}\n")
    given = json.loads(answer.read_text("utf-8"))
    return Results({key: (value, form) for key, (value, form) in given["facts"].items()}, given["figures"])


def look_again() -> None:
    """Files may have changed since the last build."""
    for known in (_run_key, results, is_experiment):
        known.cache_clear()


def _raise_error(path: Path, name: str, answer: dict) -> None:
    if "error" not in answer:
        return
    where = answer.get("where")
    if where is None:
        raise PageError(path, _last_line(answer["error"], path), f"fails:\n{answer['error'].strip()}")
    page = next(page for page in pages_of(name) if page.language == where["language"])
    if where["kind"] == "label":
        line = page.line_in_meta("figures", where["figure"], "labels", where["label"])
    else:
        line = page.line_of("figure", where["figure"])
    raise page.error(line, answer["error"])


def prepare(say: Callable[[str], None], *more: Callable[[], object]) -> None:
    """Run all that is out of date, and whatever else there is to do before the first page, on all cores; say what runs."""

    def one(name: str) -> None:
        say(f"Running experiment {name}")
        results(name)

    late = [partial(one, name) for name in experiment_names() if pages_of(name) and not _is_complete(name)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for job in (*more, *late):
            pool.submit(job)  # errors are raised again, with file and line, by the page that needs it
        list(pool.map(snippet_output, snippet_names()))  # but a snippet may stand on no page
