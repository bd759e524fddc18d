"""Formulas, set once by MathJax when the site is built.

A formula becomes an SVG for the eye and MathML for a screen reader. It stays
out of the search index. MathJax comes from npm, pinned with hashes in
package-lock.json; Node itself comes from PyPI.
"""

import contextlib
import hashlib
import html
import json
import os
import re
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .. import npm
from ..page import Page, find_formulas, without_code
from ..project import CACHE

HERE = Path(__file__).parent


class FormulaError(ValueError):
    """TeX that MathJax does not understand."""


@cache
def _lock_key() -> str:
    return hashlib.sha256(b"".join((HERE / name).read_bytes() for name in
                                   ("package-lock.json", "set.mjs", "__init__.py"))).hexdigest()[:12]


class _MathJax:
    """One Node process for each process that builds, started by the first formula that is new."""

    process: subprocess.Popen | None = None
    owner: int | None = None

    def set(self, tex: str, display: bool) -> dict[str, str]:
        if self.process is None or self.owner != os.getpid() or self.process.poll() is not None:
            self.owner = os.getpid()
            self.process = subprocess.Popen([npm.NODE, HERE / "set.mjs", npm.install(HERE)], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self.process.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline() or '{"error": "MathJax ended"}')


_mathjax = _MathJax()


@cache
def set_formula(tex: str, display: bool) -> str:
    """HTML of a formula: `<span class="formula">` with an SVG and MathML."""
    key = hashlib.sha256(f"{_lock_key()}{display}{tex}".encode()).hexdigest()[:20]
    kept = CACHE / "formulas" / f"{key}.html"
    if kept.exists():
        return kept.read_text("utf-8")
    answer = _mathjax.set(tex, display)
    if "error" in answer:
        raise FormulaError(answer["error"])
    text = _to_html(answer["svg"], answer["mathml"], tex, display)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(text, "utf-8")
    return text


def prepare(pages: Iterable[Page]) -> None:
    """Set what stands on the pages; what is wrong with a formula is said by the page that shows it."""
    for page in pages:
        for _, tex, display in find_formulas(without_code(page.body)):
            with contextlib.suppress(FormulaError):
                set_formula(tex, display)


def _to_html(svg: str, mathml: str, tex: str, display: bool) -> str:
    """MathJax's SVG without inline styles, which the page's policy forbids."""
    lift = re.search(r'style="vertical-align: (-?[\d.]+)ex;?"', svg)
    svg = re.sub(r' style="[^"]*"', "", svg)
    svg = re.sub(r' (?:role|focusable|xmlns(?::xlink)?|data-mml-node|data-c|data-mjx-texclass)="[^"]*"', "", svg)
    svg = re.sub(r"<g>(<path[^>]*>(?:</path>)?)</g>", r"\1", svg)
    svg = svg.replace("<svg", f'<svg aria-hidden="true" {_drop(lift[1] if lift else "0")}', 1)
    tag = "div" if display else "span"
    tabindex = ' tabindex="0"' if display else ""
    return (f'<{tag} class="formula" data-search-exclude data-tex="{html.escape(tex)}"{tabindex}>'
            f'{svg}<span class="formula-words">{mathml}</span></{tag}>')


def _drop(lift: str) -> str:
    """How far the formula reaches below the line, as a class of the style sheet.

    In steps of 0.1 ex, which is less than a pixel.
    """
    tenths = round(-float(lift) * 10)
    return f'class="drop-{max(tenths, 0)}"'


def style_sheet() -> str:
    """The classes that `_drop` uses."""
    return "".join(f".formula svg.drop-{k}{{vertical-align:-{k / 10:g}ex}}\n" for k in range(80))
