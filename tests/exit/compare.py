"""Builds the pages with MkDocs and with two engines that may follow it, and compares what the pages say.

    tox run -e exit

ProperDocs is a fork of MkDocs 1.6 and gets the whole project, hooks and theme parts included. Zensical, by the makers of Material, runs Markdown
extensions but no hooks, so it gets the pages and the extensions alone, in its own theme: what our hooks and theme parts do around the text would
have to be done anew, the text itself not.
"""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "zh", "de")
COUNTED = {"figures": "<figure ", "snippets": "data-snippet=", "formulas": "data-tex=", "facts": "data-fact="}


@dataclass(frozen=True)
class Known:
    """A difference that is known by name: what to take away on both sides, and why."""

    pattern: str
    reason: str


@dataclass(frozen=True)
class Engine:
    name: str
    build: Callable[[Path], None]
    known: list[Known] = field(default_factory=list)
    has_404: bool = True        # of ours; otherwise the engine's own


# The engines --------------------------------------------------------------------------------------------------------------------------------------


def run(command: list[str | Path], folder: Path, **environment: str) -> None:
    subprocess.run(command, cwd=folder, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)


def program(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def mkdocs(site: Path) -> None:
    run([program("mkdocs"), "build", "--quiet", "--strict", "--site-dir", site], ROOT)


def properdocs(site: Path) -> None:
    run([program("properdocs"), "build", "--quiet", "--strict", "--site-dir", site], ROOT)


def zensical(site: Path) -> None:
    """In a copy of the project: Zensical writes only below its settings, and empties a folder named .cache there."""
    project = site.with_name("zensical-project")
    for name in ("docs", "snippets"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("mkdocs.yml", "pyproject.toml", "README.md", "LICENSE"):  # the order of the pages; what the snippets' package is made from
        shutil.copy(ROOT / name, project)
    for language in LANGUAGES:
        (project / f"{language}.yml").write_text(yaml.safe_dump(settings(language), allow_unicode=True), "utf-8")
        run([program("zensical"), "build", "--clean", "--strict", "--config-file", f"{language}.yml"], project,
            UNSTUCK_CACHE=str(ROOT / ".cache"), PYTHONPATH=str(project))
    (project / "site").rename(site)


def settings(language: str) -> dict:
    """All that the pages need of an engine: where they are, and the Markdown extensions."""
    files = (ROOT / "mkdocs.yml", ROOT / f"docs/{language}.yml")
    whole, own = ({} if not file.exists() else yaml.load(file.read_text("utf-8"), Plain) for file in files)
    extensions = whole["markdown_extensions"]
    for name, options in own.get("markdown_extensions", {}).items():
        extensions[name] = {**extensions[name], **options}
    return {
        "site_name": "Unstuck", "docs_dir": f"docs/{language}", "site_dir": "site" if language == "en" else f"site/{language}",
        "nav": whole["nav"], "theme": {"name": "material", "language": language}, "markdown_extensions": extensions,
    }


class Plain(yaml.SafeLoader):
    """Without MkDocs' tags."""


Plain.add_constructor("!ENV", lambda loader, node: None)

ENGINES = [
    Engine("ProperDocs", properdocs),
    Engine("Zensical", zensical, has_404=False, known=[
        Known(r' data-search-exclude(?:="[^"]*")?', "Zensical takes the mark away when it has left the element out of the search index"),
        Known(r'<a id="__skip" tabindex="-1"></a>\s*', "where its link past the navigation leads"),
        Known(r'\s*<p class="take">.*?</p>\s*', "what a reader takes along, which hook and theme add to a page"),
        Known(r'(?<=href=")(?:\.\./)+(?=downloads/|unstuck-site|llms)', "our links to it count from the built page; Zensical takes them for links of the source and adds a step"),
    ]),
]


# What they say ------------------------------------------------------------------------------------------------------------------------------------


def article(page: Path) -> str:
    found = re.search(r"<article\b[^>]*>(.*?)</article>", page.read_text("utf-8"), re.S)
    return found[1].strip() if found else ""


def lines(text: str) -> list[str]:
    return re.sub(r">\s*<", ">\n<", text).splitlines()


def differences(wanted: Path, found: Path, known: list[Known], has_404: bool = True) -> list[str]:
    """Where two built sites differ in their articles: a line a page. A known difference that is not there is one too."""
    faults, needed = [], set()
    pages = [page.relative_to(wanted) for page in sorted(wanted.rglob("*.html")) if has_404 or page.name != "404.html"]
    for page in pages:
        if not (found / page).exists():
            faults.append(f"{page}: missing")
            continue
        sides = [article(site / page) for site in (wanted, found)]
        for one in known:
            if re.search(one.pattern, sides[0]) or re.search(one.pattern, sides[1]):
                needed.add(one)
            sides = [re.sub(one.pattern, "", side) for side in sides]
        here, there = map(lines, sides)
        unlike = next((pair for pair in zip([*here, ""], [*there, ""]) if pair[0] != pair[1]), None)
        if unlike or len(here) != len(there):
            faults.append(f"{page}: {unlike[0][:160] if unlike else len(here)!r} is {unlike[1][:160] if unlike else len(there)!r}")
        elif not here:
            faults.append(f"{page}: no article")
    return faults + [f"known, but gone: {one.pattern} ({one.reason})" for one in known if one not in needed]


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch, "mkdocs")
        mkdocs(wanted)
        articles = [article(page) for page in wanted.rglob("*.html")]
        counts = {name: sum(text.count(mark) for text in articles) for name, mark in COUNTED.items()}
        assert all(counts.values()), counts
        print(f"MkDocs: {len(articles)} pages,", ", ".join(f"{count} {name}" for name, count in counts.items()))
        failed = False
        for engine in ENGINES:
            site = Path(scratch, engine.name)
            engine.build(site)
            faults = differences(wanted, site, engine.known, engine.has_404)
            failed |= bool(faults)
            print(f"{engine.name}: {'the same' if not faults else f'{len(faults)} differences'}", *faults, sep="\n  ")
            for one in engine.known:
                print(f"  known: {one.pattern}: {one.reason}")
            if not engine.has_404:
                print("  known: the 404 page is the engine's own")
    sys.exit(failed)


if __name__ == "__main__":
    main()
