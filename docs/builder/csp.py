"""The content security policy: pages take nothing from other hosts and send nothing to them, and no script runs that the build did not write.

`content_security_policy(site)` runs at the end of the build. It puts the policy into each page as a meta tag, with the hashes of that page's
inline scripts, and writes `_headers` for hosts that read it (Netlify, Cloudflare Pages and others).

What a meta tag covers: the page, and any worker that the page starts from a blob: URL, which takes over the page's policy. A worker started from a file
gets the policy of the file's own HTTP headers, that is none on most static hosts. So run.js starts its worker from a blob: URL: the reader's code can reach this
site and no other host, wherever the site is hosted. A meta tag cannot say who may frame the page (frame-ancestors): that stands in `_headers` alone.

What the policy has to allow:
- script-src 'wasm-unsafe-eval': WebAssembly. Pyodide 0.27 needs no 'unsafe-eval': only run_js() evaluates JavaScript, and here it may not.
- worker-src blob:, see above. img-src blob: the reader's figures; data: the icons in Material's style sheet.
- style-src 'unsafe-inline': formulas and figures carry style attributes, which cannot be hashed (that would take 'unsafe-hashes').
"""
from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

META = '<meta http-equiv="Content-Security-Policy" content="{}">'
OURS = re.compile(r'<meta http-equiv="Content-Security-Policy" content="[^"]*">')
HEAD = re.compile(r"<head[^>]*>", re.I)
SCRIPT = re.compile(r"<script\b.*?</script>", re.I | re.S)
CHARSET = re.compile(r"<meta charset=[^>]*>", re.I)
RUNTIME_CACHE = "Cache-Control: public, max-age=31536000, immutable"


def policy(hashes: list[str], header: bool = False) -> str:
    """The policy's text; hashes: of the inline scripts that may run."""
    directives = {
        "default-src": ["'self'"],
        "script-src": ["'self'", "'wasm-unsafe-eval'", *hashes],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "worker-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
    } | ({"frame-ancestors": ["'self'"]} if header else {})
    return "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items())


def content_security_policy(site: Path) -> None:
    """Put the policy into every HTML page of a built site, and write `_headers`. Doing it again changes nothing."""
    everywhere: set[str] = set()
    for page in sorted(site.rglob("*.html")):
        text = OURS.sub("", page.read_text("utf-8"))
        hashes = inline_script_hashes(text)
        everywhere.update(hashes)
        meta = META.format(policy(hashes))
        place = CHARSET.search(text) or HEAD.search(text)
        if place:       # right after the charset, which must stand within the first 1024 bytes; and before any script
            page.write_text(text[:place.end()] + meta + text[place.end():], "utf-8")
    headers = f"/*\n  Content-Security-Policy: {policy(sorted(everywhere), header=True)}\n  X-Content-Type-Options: nosniff\n" \
              f"  Referrer-Policy: no-referrer\n\n/runtime/*\n  {RUNTIME_CACHE}\n"
    (site / "_headers").write_text(headers, "utf-8")


def inline_script_hashes(text: str) -> list[str]:
    """'sha256-...' of each inline script that a browser would run; data blocks (JSON) need none."""
    found = _Scripts()
    for script in SCRIPT.findall(text):     # nine tenths of a page are drawings, which take a parser seconds a site
        found.feed(script)
    return sorted({f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in found.scripts})


class _Scripts(HTMLParser):
    RUNS = ("", "text/javascript", "application/javascript", "module")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self._inside: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and (given.get("type") or "") in self.RUNS:
            self._inside = []

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self._inside.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._inside is not None:
            self.scripts.append("".join(self._inside))
            self._inside = None
