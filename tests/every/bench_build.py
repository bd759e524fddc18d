"""What a build from nothing costs, against mkdocs-jupyter when it executes every page as a notebook.

    python tests/every/bench_build.py [PAGES]

Every page (or some of them, PAGES) becomes a notebook that does what the site's build does for it, once: the snippet runs, the experiment
runs, each figure is drawn, each state of a play figure computed; a lab is a notebook already, and a page without programs a notebook
of text. mkdocs-jupyter builds them in a project of their own, and its time, less that of the same project with an empty notebook, is taken
for all pages in three languages. Notebooks know nothing of each other: what two pages share, each of them computes. Python for the browser,
the formulas, the search and the archive count on our side alone.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from docs.builder.page import in_order  # noqa: E402
from docs.builder.plain import in_parts, notebook  # noqa: E402
from docs.builder.project import CACHE, LANGUAGES, ORIGINAL  # noqa: E402
from docs.builder.results import is_experiment  # noqa: E402

FETCHED = ("node", "pyodide")  # of the cache: what comes from elsewhere stays; the names go on with a version
EXPERIMENT = """
%matplotlib inline
%config InlineBackend.figure_formats = ["svg"]
import os, tempfile
os.environ["UNSTUCK_CACHE"] = tempfile.mkdtemp()
from docs.builder import play
from docs.experiments import {name} as experiment
results = experiment.run()
print(experiment.facts(results))
for function in list(vars(experiment).values()):
    if hasattr(function, "parameters"):
        display(function(results, str, **{{key: slider.at for key, slider in function.parameters.items()}}))
        if function.parameters:
            play.frames(function, results)
"""
SETTINGS = """
site_name: Notebooks
theme: {name: material, font: false}
plugins: [{mkdocs-jupyter: {execute: true, allow_errors: false, cache: false}}]
"""


def build_all(folder: Path) -> float:
    """Seconds for the whole site, from a cache that holds nothing the build can make."""
    cache = folder / "cache"
    cache.mkdir()
    for path in CACHE.iterdir():
        if path.name.startswith(FETCHED):
            (cache / path.name).symlink_to(path)
    return timed(ROOT, folder / "site", UNSTUCK_CACHE=str(cache))


def build_notebooks(folder: Path, texts: dict[str, str]) -> float:
    (folder / "docs").mkdir(parents=True)
    (folder / "mkdocs.yml").write_text(SETTINGS, "utf-8")
    (folder / "docs/index.md").write_text("# Notebooks\n", "utf-8")
    for name, text in texts.items():
        (folder / f"docs/{name}.ipynb").write_text(text, "utf-8")
    return timed(folder, folder / "site", PYTHONPATH=str(ROOT))


def timed(project: Path, site: Path, **environment: str) -> float:
    start = time.monotonic()
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "-q", "-d", site], cwd=project, check=True, env={**os.environ, **environment})
    return time.monotonic() - start


def executable(page) -> str:
    """The page's notebook, with its experiment; a lab has none besides, a page without programs is text."""
    root = "https://example.org/"
    cells = json.loads(notebook(page, list(in_parts(page, root)), root, "wheel"))
    if is_experiment(page.experiment):
        source = EXPERIMENT.format(name=page.experiment).splitlines(keepends=True)
        cells["cells"].append({"id": "experiment", "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source})
    return json.dumps(cells)


def main() -> None:
    pages = in_order(ORIGINAL)
    chosen = [page for page in pages if page.slug in sys.argv[1:]] or pages
    empty = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    with tempfile.TemporaryDirectory() as folder:
        ours = build_all(Path(folder))
        rest = build_notebooks(Path(folder, "empty"), {"empty": json.dumps(empty)})
        theirs = (build_notebooks(Path(folder, "pages"), {page.slug: executable(page) for page in chosen}) - rest) / len(chosen)
    every = theirs * len(pages) * len(LANGUAGES)
    print(f"this site, from nothing: {ours:.0f} s")
    print(f"mkdocs-jupyter: {theirs:.1f} s a page, measured on {len(chosen)}; {every:.0f} s for {len(pages)} pages in {len(LANGUAGES)} languages")
    print(f"ratio {ours / every:.2f}, bar 0.10: {'met' if ours < every / 10 else 'MISSED'}; bar 180 s: {'met' if ours < 180 else 'MISSED'}")


if __name__ == "__main__":
    main()
