"""How long from a click on Run to the first line of NumPy output? `python tests/browser/bench_run.py [rounds]`

In one run and one Chromium, on loopback, with each round in a fresh profile:
  this site, from its memory snapshot, and by the ordinary boot from its files;
  Pyodide's official files as they come, in a worker that a click starts;
  markdown-exec's pyodide fence (where markdown-exec is installed), which boots on the main thread when the page loads: its time counts from there,
  its button is pressed as soon as it answers, and its editor and highlighter are stubs, so that they cost nothing.
Ratios are what counts; the absolute times are those of one machine on one day. Needs PYODIDE_DIR, for the official files.
"""
from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(Path(__file__).parent)]
import small_site  # noqa: E402
from conftest import FLAGS, find_chromium  # noqa: E402
from reader import CACHE  # noqa: E402
from server import Host  # noqa: E402

CODE = "import numpy as np\nprint(np.random.default_rng(0).normal(size=3).sum(), np.linalg.inv(np.eye(2)).sum())\n"
TARGETS = (("this site, snapshot", "first visit", 0.25), ("this site, files", "first visit", 0.40))

# From the click to the first text in the output, which is emptied before.
WATCH = """([button, output]) => new Promise(resolve => {
    const target = document.querySelector(output)
    target.textContent = ""
    setTimeout(() => {
        const clicked = performance.now()
        new MutationObserver(() => target.textContent.trim() && resolve(performance.now() - clicked))
            .observe(target, { childList: true, characterData: true, subtree: true })
        document.querySelector(button).click()
    })
})"""

OFFICIAL_PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><button>Run</button><pre></pre><script>
let worker
document.querySelector("button").onclick = () => {
  document.querySelector("pre").textContent = ""
  if (!worker) {
    worker = new Worker("worker.js", { type: "module" })
    worker.onmessage = ({ data }) => document.querySelector("pre").append(data)
  }
  worker.postMessage(%s)
}
</script>"""
OFFICIAL_WORKER = """import { loadPyodide } from "./files/pyodide.mjs"
let python
onmessage = async ({ data }) => {
  if (!python) {
    python = await loadPyodide({ indexURL: new URL("files/", import.meta.url).href })
    await python.loadPackage("numpy", { messageCallback() {} })
    python.setStdout({ batched: text => postMessage(text) })
  }
  python.runPython(data)
}
"""
FENCE_STUBS = """<script>
const nothing = new Proxy(function () {}, { get: (_, name) => name === Symbol.toPrimitive ? () => "" : nothing, apply: () => nothing })
window.ace = { edit: id => new Proxy({ getValue: () => document.getElementById(id).textContent }, { get: (own, name) => own[name] ?? nothing }) }
window.hljs = { highlightElement() {} }
</script>"""
FENCE_WATCH = """() => new Promise(resolve => {
    const run = document.querySelector(".pyodide-clickable"), output = document.querySelector(".pyodide-output")
    const timer = setInterval(() => { if (run.onclick) { clearInterval(timer); run.click() } }, 1)
    new MutationObserver(() => /\\d\\.\\d/.test(output.textContent) && resolve(performance.now())).observe(output, { childList: true, subtree: true })
})"""


def build(folder: Path) -> bool:
    """The three sites below one host; whether markdown-exec is among them."""
    small_site.build(folder / "site", {"bench": (CODE, "recorded\n")}, CACHE)
    official = folder / "official"
    shutil.copytree(os.environ["PYODIDE_DIR"], official / "files")
    (official / "index.html").write_text(OFFICIAL_PAGE % json.dumps(CODE), "utf-8")
    (official / "worker.js").write_text(OFFICIAL_WORKER, "utf-8")
    try:
        import markdown_exec
        from markdown_exec._internal.formatters.pyodide import _format_pyodide
    except ImportError:
        print("markdown-exec is not installed: left out")
        return False
    fence = _format_pyodide(CODE, None, "", {"install": "numpy", "assets": "0", "theme": "a,b"})
    script = (Path(markdown_exec.__file__).parent / "assets" / "pyodide.js").read_text("utf-8")
    (folder / "fence").mkdir()
    (folder / "fence" / "index.html").write_text(
        f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body>{FENCE_STUBS}<script src="/official/files/pyodide.js"></script>'
        f"<script>{script}</script>{fence}", "utf-8")
    return True


def clicks(path: str, button: str, output: str, before: str = "") -> Callable[[BrowserContext, str], tuple[float, Callable[[], float]]]:
    """Open the page, wait until it is quiet, click; then, on demand, click again."""
    def visit(context: BrowserContext, address: str) -> tuple[float, Callable[[], float]]:
        page = context.new_page()
        page.goto(address + path)
        if before:
            page.evaluate(before)
        page.wait_for_timeout(800)

        def click() -> float:
            return page.evaluate(WATCH, [button, output])

        took = click()
        page.wait_for_timeout(500)
        return took, click
    return visit


def fence(context: BrowserContext, address: str) -> tuple[float, Callable[[], float]]:
    page: Page = context.new_page()
    page.goto(address + "/fence/", wait_until="commit")
    page.wait_for_selector(".pyodide-output", state="attached")
    return page.evaluate(FENCE_WATCH), lambda: float("nan")


SITE = ("/site/", "button[data-action=run]", "[data-role=output]")
CONTENDERS: dict[str, Callable[[BrowserContext, str], tuple[float, Callable[[], float]]]] = {
    "official files in a worker": clicks("/official/", "button", "pre"),
    "markdown-exec fence": fence,
    "this site, files": clicks(*SITE, "sessionStorage.setItem('unstuck-no-snapshot', '')"),
    "this site, snapshot": clicks(*SITE),
}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    chromium = find_chromium()
    times: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        if not build(Path(folder)):
            CONTENDERS.pop("markdown-exec fence")
        host = Host(Path(folder))
        for number in range(rounds + 1):                # the first round warms the host's compressed copies and is not counted
            for name, visit in CONTENDERS.items():
                with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
                    context = playwright.chromium.launch_persistent_context(profile, executable_path=chromium, args=FLAGS)
                    context.set_default_timeout(120_000)
                    for what in ("first visit", "second visit"):
                        took, again = visit(context, host.address)
                        if number:
                            times.setdefault((name, what), []).append(took)
                            if what == "second visit":
                                times.setdefault((name, "worker running"), []).append(again())
                        context.pages[-1].close()
                    context.close()
            print(f"round {number} of {rounds}", file=sys.stderr)
        host.close()
    report(times)


def report(times: dict[tuple[str, str], list[float]]) -> None:
    official = {what: statistics.median(times["official files in a worker", what]) for what in ("first visit", "second visit", "worker running")}
    print(f"{'click to first output, median (least to most), ms; ratio to the official files':<28}")
    for name in CONTENDERS:
        cells = []
        for what in official:
            got = times[name, what]
            middle = statistics.median(got)
            cells.append(f"{middle:7.0f} ({min(got):.0f} to {max(got):.0f})  x{middle / official[what]:.2f}" if middle == middle else "      -")
        print(f"{name:<28}" + "".join(f"{cell:<34}" for cell in cells))
    for name, what, bar in TARGETS:
        ratio = statistics.median(times[name, what]) / official[what]
        print(f"{name}, {what}: {ratio:.3f} of the official files, bar {bar:.2f}: {'met' if ratio <= bar else 'MISSED'}")
    running = statistics.median(times["this site, snapshot", "worker running"])
    print(f"worker running: {running:.1f} ms, bar 20 ms: {'met' if running <= 20 else 'MISSED'}")


if __name__ == "__main__":
    main()
