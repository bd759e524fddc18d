"""Takes the memory snapshot: Python with NumPy imported, made in a real Chromium, because one made in Node does not load in a browser."""
from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SECONDS = 180
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = ("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-extensions")
PAGE = """<!doctype html><script type="module">
new Worker("/snapshot.js", { type: "module" }).postMessage(%s)
</script>"""

log = logging.getLogger(__name__)


def find_chromium() -> str | None:
    """A Chromium, or a browser built from it: the one in CHROMIUM, one on the path, or Playwright's own."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (found := shutil.which(name)):
            return found
    try:
        from playwright.sync_api import sync_playwright
        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
        return path if Path(path).exists() else None
    except Exception:   # not installed, or it runs inside an event loop: there is no Chromium to be had this way
        return None


def take(runtime: Path, boot: Path, libraries: list[str], chromium: str) -> tuple[bytes, dict[str, Any]] | None:
    """The memory and what is needed to load it; None, with an info line, where this Chromium does not make one.

    runtime: a folder with a manifest and the ordinary boot's files.  boot: assets/boot.js.  libraries: the shared objects, in the order of linking.
    """
    order = {"folder": "RUNTIME", "warm": (HERE / "warm.py").read_text("utf-8"), "order": libraries}
    got: dict[str, bytes] = {}
    finished = threading.Event()

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            host = f"http://{self.headers['Host']}"
            pages = {
                "/": (PAGE % json.dumps(order | {"folder": f"{host}/runtime/"}), "text/html"),
                "/boot.js": (boot.read_text("utf-8"), "text/javascript"),
                "/snapshot.js": ((HERE / "snapshot.js").read_text("utf-8"), "text/javascript"),
            }
            if self.path in pages:
                text, kind = pages[self.path]
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(text.encode())
            else:
                super().do_GET()

        def translate_path(self, path: str) -> str:
            return str(runtime / Path(path).name)

        def do_POST(self) -> None:
            got[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            if self.path in ("/done", "/failed"):
                finished.set()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [chromium, *FLAGS, *sandbox, f"--user-data-dir={profile}", f"http://127.0.0.1:{server.server_port}/"]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                                   env=os.environ | {"TZ": "UTC", "LC_ALL": "C.UTF-8"})  # Python remembers both
        try:
            finished.wait(SECONDS)
        finally:
            _end(browser)
            server.shutdown()
            server.server_close()
    if "/done" not in got:
        log.info("no memory snapshot: %s", got.get("/failed", b"the browser does not answer").decode())
        return None
    return got["/memory"], json.loads(got["/done"])


def _end(browser: subprocess.Popen) -> None:
    """With all that it has started: Debian's chromium-headless-shell is a script, and the browser its child."""
    if hasattr(os, "killpg"):
        os.killpg(browser.pid, signal.SIGTERM)
    else:
        browser.terminate()
    browser.wait()
