"""A reader with a browser: what the tests and the benchmark do on a page."""
from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page

from docs.builder.project import ORIGINAL

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
SECONDS = 60_000        # ms; a slow machine is no fault


def home(language: str) -> str:
    """Where a language begins on its host."""
    return "/" if language == ORIGINAL else f"/{language}/"


class Snippet:
    """The first snippet of a page, as a reader handles it."""

    def __init__(self, page: Page, name: str | None = None) -> None:
        self.page = page
        self.root: Locator = page.locator(f'[data-snippet="{name}"]' if name else "[data-snippet]").first
        self.editor = self.root.locator("textarea")
        self.output = self.root.locator("[data-role=output]")
        self.status = self.root.locator("[role=status]")

    def button(self, action: str) -> Locator:
        return self.root.locator(f"button[data-action={action}]")

    def state(self) -> str:
        return self.root.get_attribute("data-state") or ""

    def wait(self, *states: str) -> str:
        self.page.wait_for_function("([root, states]) => states.includes(root.dataset.state)", arg=[self.root.element_handle(), states])
        return self.state()

    def run(self, code: str | None = None) -> str:
        """Press Run, wait for the end, and return the output."""
        if code is not None:
            self.editor.fill(code)
        self.button("run").click()
        self.wait("done", "error")
        return self.output.text_content() or ""


def pages_with_snippets(site: Path) -> list[str]:
    """Addresses of the pages that have a snippet to run."""
    pages = [path for path in sorted(site.rglob("*.html")) if 'data-action="run"' in path.read_text("utf-8")]
    return ["/" + path.relative_to(site).as_posix().removesuffix("index.html") for path in pages]


def first_page(site: Path) -> str:
    return next(address for address in pages_with_snippets(site) if not address.startswith(("/zh/", "/de/")))
