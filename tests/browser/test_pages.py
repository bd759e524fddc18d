"""Every page in Chromium, as a first visit: third parties, weight, accessibility, print. One load a page; the gates are in gates.py."""
from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import gates
import pytest
from gates import DESKTOP, FRAMES, PHONE, Visit
from playwright.sync_api import BrowserContext
from reader import ROOT, Snippet, home, pages_with_snippets
from server import Host

from docs.builder.project import LANGUAGES

SLUGS = [*sorted(path.stem for path in (ROOT / "docs/en").glob("*.md")), "404.html"]


def address(language: str, slug: str) -> str:
    return home(language) + ("" if slug == "index" else slug if slug == "404.html" else f"{slug}/")


@pytest.fixture
def visit(context: BrowserContext) -> Callable[[str], Visit]:
    return lambda address: Visit(context, address)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_passes_every_gate(visit: Callable[[str], Visit], whole_host: Host, language: str, slug: str) -> None:
    """The languages of a page share its structure. So in each one everything is looked at that hangs on words, weight, requests and figures; the keyboard's
    way, rest and paper are looked at in one, and axe-core's two widths each in another one and in that one: the pages take turns."""
    turn = (SLUGS.index(slug) + list(LANGUAGES).index(language)) % 3
    there = visit(whole_host.address + address(language, slug))
    page = there.page
    page.set_viewport_size(DESKTOP)
    faults = gates.burdens(there.requests, whole_host.folder)
    first = len(there.requests)
    if turn == 0:
        faults += gates.unrest(page) + gates.detours(page)
    faults += gates.stuck(page)
    faults += [f"{size:,} bytes of frames, the budget is {FRAMES:,}: {path}" for _, path, size
               in gates.parcels(there.requests[first:], whole_host.folder) if "/frames/" in path and size > FRAMES]
    if turn == 0:
        faults += gates.misprints(page)
    faults += gates.slices(page)
    faults += gates.barriers(page, ((PHONE, DESKTOP), (PHONE,), (DESKTOP,))[turn])
    faults += gates.strangers(there) + there.complaints
    assert not faults, "\n".join(faults)
    assert page.locator("figure[data-play]").count() == sum("/frames/" in request.url for request in there.requests), "a figure that was dragged fetches its frames once"


def test_every_page_is_visited(site: Path) -> None:
    visited = {address(language, slug) for language in LANGUAGES for slug in SLUGS}
    assert visited == {"/" + path.relative_to(site).as_posix().removesuffix("index.html") for path in site.rglob("*.html")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_snippet_runs_by_keyboard_alone_and_asks_no_other_host(visit: Callable[[str], Visit], whole_host: Host, language: str) -> None:
    start = next(path for path in pages_with_snippets(whole_host.folder) if path.startswith(address(language, "index")))
    there = visit(whole_host.address + start)
    snippet, keys = Snippet(there.page), there.page.keyboard
    there.page.locator("article a[href]").first.focus()
    for _ in range(100):
        keys.press("Tab")
        if snippet.button("run").evaluate("button => button === document.activeElement"):
            break
    keys.press("Enter")
    assert snippet.wait("done", "error") == "done"
    while not snippet.editor.evaluate("editor => editor === document.activeElement"):
        keys.press("Tab")
    keys.press("ControlOrMeta+a")
    keys.type("print(6 * 7)")
    keys.press("Control+Enter")
    snippet.page.wait_for_function("output => output.textContent.trim() === '42'", arg=snippet.output.element_handle())
    keys.press("Escape")
    keys.press("Tab")
    assert not snippet.editor.evaluate("editor => editor === document.activeElement"), "Escape, then Tab, leaves the editor"
    assert any("/runtime/" in request.url for request in there.requests), "requests of the worker are seen too"
    assert not gates.strangers(there) + there.complaints


def test_colours_of_figures_can_be_read(visit: Callable[[str], Visit], whole_host: Host) -> None:
    """axe-core does not judge the words in a drawing; their colours are the theme's variables."""
    page = visit(whole_host.address).page
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(gates.SETTLED)
        contrast = page.evaluate(gates.CONTRASTS)
        assert len(contrast) == 6 and min(contrast.values()) >= 4.5, f"{scheme}: {contrast}"


# Planted faults: each gate is seen to fail --------------------------------------------------------------------------------------------------------

PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,"><main><article><h1>A page</h1><p>Words.</p>{}</article></main></html>'
SLIDER = '<figure data-play="x"><p><label for="lr">rate</label><input id="lr" name="lr" type="range" min="0" max="9" step="1" value="5" {}><output>5</output></p></figure>'
ANSWER = '<script>lr.oninput = () => { lr.nextSibling.textContent = lr.value; }</script>'
PLANTED = {
    "an image of another host": ("<img alt='' src='http://elsewhere.invalid/a.png'>", "strangers", "asks another host: http://elsewhere.invalid/a.png"),
    "a request by script": ("<script>fetch('//elsewhere.invalid/count')</script>", "strangers", "asks another host: http://elsewhere.invalid/count"),
    "a style sheet of another host": ("<style>@import 'http://elsewhere.invalid/a.css'</style>", "strangers", "asks another host: http://elsewhere.invalid/a.css"),
    "an image without words": ("<img src='data:,'>", "barriers", "1280 px: image-alt"),
    "a list of paragraphs": ("<ul><p>a</p></ul>", "barriers", "390 px: list"),
    "a box that only a mouse scrolls": ("<div style='width: 9em; overflow: auto'><pre>" + "wide " * 99 + "</pre></div>", "barriers", "scrollable-region-focusable"),
    "grey on white": ("<p style='color: #999'>pale</p>", "barriers", "1280 px, light: color-contrast"),
    "pale in the dark": ("<style>@media (prefers-color-scheme: dark) { p { color: #999 } }</style>", "barriers", "1280 px, dark: color-contrast"),
    "pale on phones": ("<style>@media (max-width: 400px) { p { color: #999 } }</style>", "barriers", "390 px, light: color-contrast"),
    "an animation": ("<style>@keyframes turn { to { rotate: 1turn } } h1 { animation: turn 1s }</style>", "unrest", "moves in spite of prefers-reduced-motion: h1"),
    "a transition": ("<style>p::before { content: '-'; transition: color .3s }</style>", "unrest", "p.::before"),
    "a focus that is not seen": ("<style>:focus { outline: 0 }</style><a href='#'>there</a>", "detours", 'no focus to be seen on a  "there"'),
    "a button out of reach": ("<button data-action='run' tabindex='-1'>Run</button>", "detours", 'Tab does not reach button run "Run"'),
    "a trap": ("<textarea onkeydown='event.preventDefault()'></textarea><a href='#'>there</a>", "detours", 'Tab does not reach a  "there"'),
    "wrong turns": ("<a href='#'>one</a><a href='#' tabindex='1'>two</a><a href='#'>three</a>", "detours", 'Tab does not reach a  "two"'),
    "a slider for mice": (SLIDER.format("onkeydown='event.preventDefault()'") + ANSWER, "stuck", "the slider lr does not answer to the arrow keys"),
    "a slider for keys": (SLIDER.format("style='pointer-events: none'") + ANSWER, "stuck", "the slider lr does not follow the mouse"),
    "a button cut off on phones": ("<div style='overflow: hidden'><span style='display: flex; width: 400px'><button>Run</button></span></div>", "slices",
                                   'cuts off what is in div. "Run"'),
    "a word broken on phones": ("<button style='width: 1em'>运行</button>", "slices", 'breaks the word on button. "运行"'),
    "a page wider than a phone": ("<pre style='width: 400px'>wide</pre>", "slices", "the page is wider than the screen"),
    "a button on paper": ("<button>Run</button>", "misprints", "prints article button"),
    "code cut off on paper": ("<pre style='height: 2em; overflow: auto'>a<br>b<br>c<br>d</pre>", "misprints", 'prints only a part of pre "abcd"'),
    "light words on paper": ("<p style='color: #eee'>a</p><style>p { color: #eee }</style>", "misprints", "prints light text"),
    "dark paper": ("<style>body { --paper: #1e2129 }</style>", "misprints", "prints on #1e2129"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(visit: Callable[[str], Visit], tmp_path: Path, name: str) -> None:
    body, gate, message = PLANTED[name]
    (tmp_path / "index.html").write_text(PAGE.format(body), "utf-8")
    host = Host(tmp_path)
    there = visit(host.address)
    faults = gates.strangers(there) if gate == "strangers" else getattr(gates, gate)(there.page)
    host.close()
    assert any(message in fault for fault in faults), faults


def test_a_heavy_page_is_weighed(visit: Callable[[str], Visit], tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(PAGE.format("<script src='noise.js'></script>"), "utf-8")
    (tmp_path / "noise.js").write_text(f"// {random.Random(0).randbytes(200_000).hex()}", "utf-8")
    host = Host(tmp_path)
    faults = gates.burdens(visit(host.address).requests, tmp_path)
    host.close()
    assert [fault.split(" of ")[1].split(",")[0] for fault in faults[:1]] == ["script"], faults
    assert any(fault.endswith("script      /noise.js") for fault in faults), faults


def test_a_good_page_passes(visit: Callable[[str], Visit], tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(PAGE.format("<style>body { --paper: #fff }</style><a href='#'>there</a>" + SLIDER.format("") + ANSWER), "utf-8")
    host = Host(tmp_path)
    there = visit(host.address)
    page = there.page
    faults = gates.burdens(there.requests, tmp_path) + gates.unrest(page) + gates.detours(page) + gates.stuck(page) + gates.misprints(page)
    faults += gates.barriers(page) + gates.strangers(there) + there.complaints
    host.close()
    assert not faults, faults
