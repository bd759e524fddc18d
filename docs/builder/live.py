"""While the site is served, an edit of a page's words builds that page and nothing else.

The three languages stay in memory as they were built last. A page's HTML is made from its own file, from the English page (the banner of a
translation that is behind), and from much that only a whole build looks at: when any of that has changed, or a heading, everything is built.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from mkdocs.commands.build import _build_page, _populate_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from . import downloads, labs, results, search
from . import page as pages
from .project import BUILDER, DOCS, EXPERIMENTS, LABS, LANGUAGES, ORIGINAL, ROOT, SNIPPETS, PageError, words

WATCHED = [*(DOCS / language for language in LANGUAGES), BUILDER, EXPERIMENTS, LABS, SNIPPETS, ROOT / "mkdocs.yml",
           *(DOCS / name for name in ("glossary.csv", "sources.yml", "zh.yml", "de.yml"))]


@dataclass
class Built:
    """A language as MkDocs built it, and the index of its search."""

    config: MkDocsConfig
    files: Files
    nav: Navigation
    index: Any  # Material's SearchIndex
    env: jinja2.Environment | None = None

    def build(self, names: list[str]) -> None:
        """Build some pages, by the steps that MkDocs takes with every page, and put their new words into the index."""
        edited = [self.files.get_file_from_path(name).page for name in names]
        for page in edited:
            _populate_page(page, self.config, self.files)
        plugin = self.config.plugins["material/search"]  # one object for all languages
        plugin.search_index = self.index
        search.use_segmenter(self.config.theme["language"])
        for page in edited:
            self._build(page)
        if edited:
            self.index.config["separator"] = search.separator(self.config.theme["language"])
            plugin.on_post_build(config=self.config)

    def _build(self, page: Page) -> None:
        entries, self.index.entries = self.index.entries, []
        _build_page(page, self.config, self.files.documentation_pages(), self.nav, self.env)
        page.validate_anchor_links(files=self.files, log_level=self.config.validation.links.anchors)
        own = [place for place, entry in enumerate(entries) if entry["location"].partition("#")[0] == page.url]
        self.index.entries = entries[:own[0]] + self.index.entries + entries[own[-1] + 1:]


@dataclass
class Site:
    """What a build has read, and what it made of it."""

    times: dict[Path, int] = field(default_factory=dict)
    outlines: dict[Path, Any] = field(default_factory=dict)
    built: dict[str, Built] = field(default_factory=dict)
    complete: bool = False

    def begin(self, config: MkDocsConfig, files: Files, nav: Navigation) -> None:
        self.built[config.theme["language"]] = Built(config, files, nav, config.plugins["material/search"].search_index)

    def follow(self) -> bool:
        """Build the pages whose words have changed; False where more has."""
        now = _times()
        edited = {path for path in now.keys() | self.times.keys() if now.get(path) != self.times.get(path)}
        if not self.complete or any(self.outlines.get(path) != _outline(path) for path in edited):
            return False
        look_again()
        originals = {path.name for path in edited if path.parent.name == ORIGINAL}
        for language, built in self.built.items():
            built.build(sorted(originals | {path.name for path in edited if path.parent.name == language}))
        self.times = now
        return True


site: Site | None = None  # what the last build made; the languages' hooks are modules of their own, this one they share


def look_again() -> None:
    """Forget what was read from files: they may have changed."""
    results.look_again()
    for known in (labs.outcome, downloads.wheel, words):
        known.cache_clear()


def seen() -> tuple[dict[Path, int], dict[Path, Any]]:
    """The files that the site is made from, as they are now."""
    return _times(), {path: _outline(path) for language in LANGUAGES for path in (DOCS / language).glob("*.md")}


def _times() -> dict[Path, int]:
    """When each file was written that the site is made from."""
    found = [path for root in WATCHED for path in (root.rglob("*") if root.is_dir() else [root])]
    return {path: path.stat().st_mtime_ns for path in found if path.is_file() and path.suffix != ".pyc"}


def _outline(path: Path) -> Any:
    """What the navigation, the theme and other pages see of a page; no two of what is none are the same."""
    if path.suffix != ".md" or not path.exists():
        return object()
    try:
        page = pages.read(path)
    except PageError:
        return object()  # the whole build says what is wrong
    headings = [line for line in page.body.splitlines() if line.startswith("#")]
    return headings, page.mistakes, page.named("source"), {key: value for key, value in page.meta.items() if key not in ("figures", "follows")}
