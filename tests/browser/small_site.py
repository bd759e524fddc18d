"""A small site with every state that Run has to master: what the page builder makes of a snippet, without the rest of the site.

In each language a page with the first snippets, which is soon there, and under whole/ one with all of them.
"""
from __future__ import annotations

import html
import json
import os
import shutil
from pathlib import Path

import yaml
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from docs.builder import csp, runtime

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "docs/builder/theme/assets"
LANGUAGES = ("en", "zh", "de")
FEW = 3


def words(language: str) -> dict[str, str]:
    table: dict[str, dict[str, str]] = {}
    for name in ("interface.yml", "runtime/words.yml"):
        table |= yaml.safe_load((ROOT / "docs/builder" / name).read_text("utf-8"))
    return {name: entry[language] for name, entry in table.items()}


def build(site: Path, snippets: dict[str, tuple[str, str]], cache: Path) -> Path:
    """Write the site; snippets: name -> (code, recorded output)."""
    shutil.copytree(ASSETS, site / "assets", dirs_exist_ok=True)
    manifest = runtime.collect(site / "runtime", cache)
    if manifest is None:
        raise RuntimeError("the browser tests need Pyodide's files: set PYODIDE_DIR")
    packed = runtime.pack_snippets(ROOT / "snippets", site / "runtime")
    for language in LANGUAGES:
        for name, shown in (("", dict(list(snippets.items())[:FEW])), ("whole", snippets)):
            folder = (site if language == "en" else site / language) / name
            folder.mkdir(exist_ok=True)
            root = os.path.relpath(site, folder)
            settings = {"root": root, "words": words(language), "runtime": f"{root}/runtime/{manifest.name}/", "snippets": f"{root}/runtime/{packed.name}"}
            (folder / "index.html").write_text(page(language, root, settings, shown), "utf-8")
    csp.content_security_policy(site)
    return site


def page(language: str, root: str, settings: dict[str, object], snippets: dict[str, tuple[str, str]]) -> str:
    blocks = "\n".join(block(name, code, output, words(language)) for name, (code, output) in snippets.items())
    data = json.dumps(settings).replace("<", "\\u003c")
    return f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Run</title>
<link rel="icon" href="{root}/assets/icon.svg"><link rel="stylesheet" href="{root}/assets/run.css">
<script id="unstuck" type="application/json">{data}</script>
<script type="module" src="{root}/assets/unstuck.js"></script><script type="module" src="{root}/assets/run.js"></script></head>
<body class="md-typeset">{blocks}</body></html>"""


def block(name: str, code: str, output: str, say: dict[str, str]) -> str:
    body = highlight(code, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    buttons = "".join(f'<button type="button" data-action="{action}"{" disabled" if action == "stop" else ""}>{say[action]}</button>'
                      for action in ("run", "stop", "reset", "copy"))
    return f"""<div class="snippet" data-snippet="{name}" data-state="idle">
<div class="snippet-bar"><span class="snippet-file">{name}.py</span><span class="snippet-buttons">{buttons}</span></div>
<div class="highlight"><pre tabindex="0" role="region" aria-label="{name}.py"><code translate="no">{body}</code></pre></div>
<p class="snippet-status" role="status"></p>
<div class="snippet-output"><span>{say["output"]}</span><pre data-role="output">{html.escape(output)}</pre></div></div>"""
